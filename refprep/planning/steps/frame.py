"""Steps on the frame: where it stands and how large it is."""

from typing import Any, ClassVar, Literal

from refprep.limits import Frozen
from refprep.media import Image, Video
from refprep.planning.steps.cost import Cost, change


class Turn(Frozen):
    """Turn the pixels `rotation` degrees clockwise, then flip left to right if `mirrored`."""

    step: Literal["turn"] = "turn"
    cost: Cost = "exact"
    rotation: Literal[0, 90, 180, 270]
    mirrored: bool = False
    aspects: ClassVar[frozenset[str]] = frozenset({"frame"})

    def predict(self, media: Any) -> Any:
        if isinstance(media, Image):
            return change(media, orientation=1)
        return change(media, rotation=0, mirrored=False)

    def __str__(self) -> str:
        deeds = [f"turn {self.rotation} degrees"] * bool(self.rotation) + ["mirror"] * self.mirrored
        return " and ".join(deeds)


class Reframe(Frozen):
    """Another frame of `width` x `height` around the middle of one of `of` pixels, as displayed."""

    width: int
    height: int
    of: tuple[int, int]
    aspects: ClassVar[frozenset[str]] = frozenset({"frame"})

    def predict(self, media: Any) -> Any:
        return change(media, width=self.width, height=self.height)


class Crop(Reframe):
    """Keep the middle of the frame."""

    step: Literal["crop"] = "crop"
    cost: Cost = "crop"

    def __str__(self) -> str:
        return f"crop to {self.width}x{self.height}"


class Pad(Reframe):
    """Centre the frame on black."""

    step: Literal["pad"] = "pad"
    cost: Cost = "invent"

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
        return change(media, width=self.width, height=self.height, **square)

    def __str__(self) -> str:
        return f"scale to {self.width}x{self.height}"


class Deinterlace(Frozen):
    """Make whole frames of interlaced ones."""

    step: Literal["deinterlace"] = "deinterlace"
    cost: Cost = "near"
    aspects: ClassVar[frozenset[str]] = frozenset({"scan"})

    def predict(self, media: Any) -> Any:
        return change(media, scan="progressive")

    def __str__(self) -> str:
        return "deinterlace"
