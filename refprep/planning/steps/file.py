"""Steps on the file: what is taken of it, and how it is written."""

from typing import Any, ClassVar, Literal

from refprep.limits import Frozen
from refprep.media import Audio, Image
from refprep.planning.steps.cost import Cost, change

TRIED = {"step", "cost", "shortest_side", "smaller"}
"Fields of an encoding that say how it is tried, not what it gives."


class Extract(Frozen):
    """Take the sound of a video file and leave its picture."""

    step: Literal["extract"] = "extract"
    cost: Cost = "exact"
    aspects: ClassVar[frozenset[str]] = frozenset({"stream"})

    def predict(self, media: Any) -> Audio:
        shared = media.model_dump(include=set(Audio.model_fields) - {"kind", "other_streams"})
        return Audio(**shared)

    def __str__(self) -> str:
        return "take the sound, leave the picture"


class Encode(Frozen):
    """Write anew. `bytes` is what the file may weigh at most."""

    step: Literal["encode"] = "encode"
    cost: Cost = "near"
    format: str
    shortest_side: int = 1
    "The pixels that shrinking for bytes leaves to the shorter side of a picture, at least."
    smaller: tuple[tuple[int, int], ...] = ()
    "Sizes of a clip that shrinking for bytes may try, largest first."
    video_codec: str | None = None
    audio_codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    bytes: int
    aspects: ClassVar[frozenset[str]] = frozenset({"stream", "sound", "weight", "name"})

    def predict(self, media: Any) -> Any:
        known = self.model_dump(exclude=TRIED, exclude_none=True)
        match media:
            case Image():
                return change(media, format=self.format, bytes=self.bytes)
            case Audio():
                return change(media, **known, other_streams=())
        coded = {"coded_width": media.width, "coded_height": media.height}
        return change(media, **known, **coded, pixel_format="yuv420p", other_streams=())

    def __str__(self) -> str:
        codecs = ", ".join(filter(None, (self.video_codec, self.audio_codec)))
        return f"encode as {self.format}{f' ({codecs})' * bool(codecs)}"


class Remux(Frozen):
    """Write the same picture packets into another file; the sound as well, or written anew."""

    step: Literal["remux"] = "remux"
    cost: Cost = "exact"
    format: str
    audio_codec: str | None = None
    "The codec in which the sound is written anew; None: its packets are kept."
    sample_rate: int | None = None
    channels: int | None = None
    bytes: int
    aspects: ClassVar[frozenset[str]] = frozenset({"stream", "sound", "weight", "name"})

    def predict(self, media: Any) -> Any:
        known = self.model_dump(exclude={"step", "cost"}, exclude_none=True)
        return change(media, **known, other_streams=())

    def __str__(self) -> str:
        sound = f", its sound as {self.audio_codec}" if self.audio_codec else ""
        return f"put the same picture into {self.format}{sound}"


class Drop(Frozen):
    """Leave the file out of the request."""

    step: Literal["drop"] = "drop"
    cost: Cost = "drop"
    aspects: ClassVar[frozenset[str]] = frozenset({"request"})

    def predict(self, media: Any) -> Any:
        return media

    def __str__(self) -> str:
        return "leave it out"


class Rename(Frozen):
    """Keep the bytes, under a name whose ending is that of the content."""

    step: Literal["rename"] = "rename"
    cost: Cost = "exact"
    suffix: str
    aspects: ClassVar[frozenset[str]] = frozenset({"name"})

    def predict(self, media: Any) -> Any:
        return media

    def __str__(self) -> str:
        return f"name it {self.suffix}, the same bytes"
