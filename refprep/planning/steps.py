"""Steps: one deed each, as data. `predict(media)` gives the facts after it, `str()` its words."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from refprep.limits import Frozen, number
from refprep.media import Audio, Image, Media, Video

Cost = Literal["exact", "near", "cut", "crop", "invent"]
CONSENTED: frozenset[Cost] = frozenset({"exact", "near", "cut"})
"What may be done unasked; `crop` and `invent` only when allowed by name."


class Still(Frozen):
    """Take the first of an animation's frames."""

    step: Literal["still"] = "still"
    cost: Cost = "cut"
    of: int
    aspects: ClassVar[frozenset[str]] = frozenset({"stream"})

    def predict(self, media: Any) -> Any:
        return _change(media, frames=1)

    def __str__(self) -> str:
        return f"take the first of {self.of} frames"


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


class Trim(Frozen):
    """Keep the time from `start` to `end`, in seconds from the file's first picture or sample."""

    step: Literal["trim"] = "trim"
    cost: Cost = "cut"
    start: float
    end: float
    aspects: ClassVar[frozenset[str]] = frozenset({"time"})

    def predict(self, media: Any) -> Any:
        return _change(media, seconds=round(self.end - self.start, 6))

    def __str__(self) -> str:
        return f"keep {self.start:g} to {self.end:g} s"


class Turn(Frozen):
    """Turn the pixels `rotation` degrees clockwise, then flip left to right if `mirrored`."""

    step: Literal["turn"] = "turn"
    cost: Cost = "exact"
    rotation: Literal[0, 90, 180, 270]
    mirrored: bool = False
    aspects: ClassVar[frozenset[str]] = frozenset({"frame"})

    def predict(self, media: Any) -> Any:
        if isinstance(media, Image):
            return _change(media, orientation=1)
        return _change(media, rotation=0, mirrored=False)

    def __str__(self) -> str:
        deeds = [f"turn {self.rotation} degrees"] * bool(self.rotation) + ["mirror"] * self.mirrored
        return " and ".join(deeds)


class Crop(Frozen):
    """Keep the middle `width` x `height` of a frame of `of` pixels, as displayed."""

    step: Literal["crop"] = "crop"
    cost: Cost = "crop"
    width: int
    height: int
    of: tuple[int, int]
    aspects: ClassVar[frozenset[str]] = frozenset({"frame"})

    def predict(self, media: Any) -> Any:
        return _change(media, width=self.width, height=self.height)

    def __str__(self) -> str:
        return f"crop to {self.width}x{self.height}"


class Pad(Frozen):
    """Centre the frame of `of` pixels, as displayed, on black of `width` x `height`."""

    step: Literal["pad"] = "pad"
    cost: Cost = "invent"
    width: int
    height: int
    of: tuple[int, int]
    aspects: ClassVar[frozenset[str]] = frozenset({"frame"})

    def predict(self, media: Any) -> Any:
        return _change(media, width=self.width, height=self.height)

    def __str__(self) -> str:
        return f"pad to {self.width}x{self.height}"


class Scale(Frozen):
    """Resample to `width` x `height` square pixels."""

    step: Literal["scale"] = "scale"
    cost: Cost = "near"
    width: int
    height: int
    aspects: ClassVar[frozenset[str]] = frozenset({"frame"})

    def predict(self, media: Any) -> Any:
        square = {"sample_aspect": "1:1"} if isinstance(media, Video) else {}
        return _change(media, width=self.width, height=self.height, **square)

    def __str__(self) -> str:
        return f"scale to {self.width}x{self.height}"


class Flatten(Frozen):
    """Put what shows through on an opaque background."""

    step: Literal["flatten"] = "flatten"
    cost: Cost = "near"
    background: Literal["white"] = "white"
    aspects: ClassVar[frozenset[str]] = frozenset({"colour"})

    def predict(self, media: Any) -> Any:
        return _change(media, alpha=False)

    def __str__(self) -> str:
        return f"flatten on {self.background}"


class Deinterlace(Frozen):
    """Make whole frames of interlaced ones."""

    step: Literal["deinterlace"] = "deinterlace"
    cost: Cost = "near"
    aspects: ClassVar[frozenset[str]] = frozenset({"scan"})

    def predict(self, media: Any) -> Any:
        return _change(media, scan="progressive")

    def __str__(self) -> str:
        return "deinterlace"


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


class Retime(Frozen):
    """Show frames at a constant rate, repeating or leaving out some; the speed stays."""

    step: Literal["retime"] = "retime"
    cost: Cost = "near"
    fps: float
    aspects: ClassVar[frozenset[str]] = frozenset({"rate"})

    def predict(self, media: Any) -> Any:
        return _change(media, fps=self.fps, frame_seconds=(1 / self.fps, 1 / self.fps))

    def __str__(self) -> str:
        return f"show {number(self.fps)} frames per second"


class Recolour(Frozen):
    """Convert to 8-bit sRGB (images) or BT.709 standard dynamic range (video)."""

    step: Literal["recolour"] = "recolour"
    cost: Cost = "near"
    source: str
    aspects: ClassVar[frozenset[str]] = frozenset({"colour"})

    def predict(self, media: Any) -> Any:
        target = {"colour": "sRGB"} if isinstance(media, Image) else {"transfer": "SDR"}
        return _change(media, **target)

    def __str__(self) -> str:
        return f"convert {self.source} colour to the standard one"


class Encode(Frozen):
    """Write anew. `bytes` is what the file may weigh at most."""

    step: Literal["encode"] = "encode"
    cost: Cost = "near"
    format: str
    shortest_side: int = 1
    "The pixels that shrinking for bytes leaves to the shorter side of a picture, at least."
    video_codec: str | None = None
    audio_codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    bytes: int
    aspects: ClassVar[frozenset[str]] = frozenset({"stream", "sound", "weight", "name"})

    def predict(self, media: Any) -> Any:
        known = self.model_dump(exclude={"step", "cost", "shortest_side"}, exclude_none=True)
        match media:
            case Image():
                return _change(media, format=self.format, bytes=self.bytes)
            case Audio():
                return _change(media, **known, other_streams=())
        coded = {"coded_width": media.width, "coded_height": media.height}
        return _change(media, **known, **coded, pixel_format="yuv420p", other_streams=())

    def __str__(self) -> str:
        codecs = ", ".join(filter(None, (self.video_codec, self.audio_codec)))
        return f"encode as {self.format}{f' ({codecs})' * bool(codecs)}"


Step = Annotated[
    Still
    | Extract
    | Trim
    | Turn
    | Crop
    | Pad
    | Scale
    | Deinterlace
    | Retime
    | Recolour
    | Flatten
    | Encode
    | Rename,
    Field(discriminator="step"),
]


def predict(media: Media, steps: Sequence[Step]) -> Media:
    """The facts after all steps; what was decoded of the old file says nothing of the new."""
    for step in steps:
        media = step.predict(media)
    if isinstance(media, Image) or not any(isinstance(step, Encode) for step in steps):
        return media
    fresh = {"decoded_seconds": None, "decode_errors": None, "declared_seconds": None}
    return media.model_copy(update={**fresh, "missing_seconds": 0.0, "empty_seconds": 0.0})


def _change(media: Any, **facts: Any) -> Any:
    return media.model_copy(update=facts)
