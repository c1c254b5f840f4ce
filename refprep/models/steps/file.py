"""Steps on the file: which stream is kept, and how it is written."""

from typing import Any, ClassVar, Literal

from refprep.models.media import Audio, Image
from refprep.models.steps.base import BaseStep, Cost, change

SETTINGS = {"step", "cost", "shortest_side", "smaller", "max_size"}
"Fields of an encoding that steer it and are not facts of its result."


class ExtractAudio(BaseStep):
    """Take the audio of a video file and leave its picture."""

    step: Literal["extract-audio"] = "extract-audio"
    cost: Cost = "lossless"
    aspects: ClassVar[frozenset[str]] = frozenset({"stream"})

    def predict(self, media: Any) -> Audio:
        shared = media.model_dump(include=set(Audio.model_fields) - {"kind", "other_streams"})
        return Audio(**shared)

    def __str__(self) -> str:
        return "extract the audio"


class Encode(BaseStep):
    """Encode and write a new file of at most `max_size` bytes."""

    step: Literal["encode"] = "encode"
    cost: Cost = "lossy"
    format: str
    shortest_side: int = 1
    "Pixels that the shorter side of an image keeps, at least, when it shrinks to fit `max_size`."
    smaller: tuple[tuple[int, int], ...] = ()
    "Width and height that a video may shrink to in order to fit `max_size`, largest first."
    video_codec: str | None = None
    audio_codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    max_size: int
    "In bytes."
    aspects: ClassVar[frozenset[str]] = frozenset({"stream", "audio", "size", "name"})

    def predict(self, media: Any) -> Any:
        facts = self.model_dump(exclude=SETTINGS, exclude_none=True) | {"size": self.max_size}
        match media:
            case Image():
                return change(media, format=self.format, size=self.max_size)
            case Audio():
                return change(media, **facts, other_streams=())
        coded = {"coded_width": media.width, "coded_height": media.height}
        return change(media, **facts, **coded, pixel_format="yuv420p", other_streams=())

    def __str__(self) -> str:
        codecs = ", ".join(filter(None, (self.video_codec, self.audio_codec)))
        return f"encode as {self.format}{f' ({codecs})' * bool(codecs)}"


class Remux(BaseStep):
    """Copy the video packets into another container; the audio is copied or encoded."""

    step: Literal["remux"] = "remux"
    cost: Cost = "lossless"
    format: str
    audio_codec: str | None = None
    "The codec that the audio is encoded with; None: its packets are copied."
    sample_rate: int | None = None
    channels: int | None = None
    max_size: int
    "In bytes."
    aspects: ClassVar[frozenset[str]] = frozenset({"stream", "audio", "size", "name"})

    def predict(self, media: Any) -> Any:
        facts = self.model_dump(exclude=SETTINGS, exclude_none=True) | {"size": self.max_size}
        return change(media, **facts, other_streams=())

    def __str__(self) -> str:
        audio = f", audio encoded as {self.audio_codec}" if self.audio_codec else ""
        return f"remux to {self.format} (stream copy{audio})"


class Drop(BaseStep):
    """Leave the file out of the request."""

    step: Literal["drop"] = "drop"
    cost: Cost = "drop"
    aspects: ClassVar[frozenset[str]] = frozenset({"request"})

    def __str__(self) -> str:
        return "leave it out"


class Rename(BaseStep):
    """Copy the file byte for byte, under a name whose suffix is that of its content."""

    step: Literal["rename"] = "rename"
    cost: Cost = "lossless"
    suffix: str
    aspects: ClassVar[frozenset[str]] = frozenset({"name"})

    def __str__(self) -> str:
        return f"rename to {self.suffix} (copied byte for byte)"
