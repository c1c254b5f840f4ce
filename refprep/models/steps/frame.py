"""Steps on the frame: its orientation and its size."""

from typing import Any, ClassVar, Literal

from refprep.models.media import Image, Video
from refprep.models.steps.base import BaseStep, Cost, change


class Rotate(BaseStep):
    """Rotate the pixels `rotation` degrees clockwise, then flip left to right if `mirrored`."""

    step: Literal["rotate"] = "rotate"
    cost: Cost = "lossless"
    rotation: Literal[0, 90, 180, 270]
    "Degrees clockwise."
    mirrored: bool = False
    aspects: ClassVar[frozenset[str]] = frozenset({"frame"})

    def predict(self, media: Any) -> Any:
        if isinstance(media, Image):
            return change(media, orientation=1)
        return change(media, rotation=0, mirrored=False)

    def __str__(self) -> str:
        rotation = [f"rotate {self.rotation}° clockwise"] * bool(self.rotation)
        return " and ".join([*rotation, *["mirror"] * self.mirrored])


class Reframe(BaseStep):
    """A frame of `width` x `height` pixels around the middle of one of `of`, as displayed."""

    width: int
    height: int
    of: tuple[int, int]
    "Width and height of the frame before, in pixels."
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
    """Center the frame on black."""

    step: Literal["pad"] = "pad"
    cost: Cost = "synthesize"

    def __str__(self) -> str:
        return f"pad to {self.width}x{self.height}"


class Scale(BaseStep):
    """Resample to `width` x `height` square pixels."""

    step: Literal["scale"] = "scale"
    cost: Cost = "lossy"
    width: int
    height: int
    aspects: ClassVar[frozenset[str]] = frozenset({"frame"})

    def predict(self, media: Any) -> Any:
        square = {"sample_aspect_ratio": "1:1"} if isinstance(media, Video) else {}
        return change(media, width=self.width, height=self.height, **square)

    def __str__(self) -> str:
        return f"scale to {self.width}x{self.height}"


class Deinterlace(BaseStep):
    """Convert interlaced frames to progressive ones."""

    step: Literal["deinterlace"] = "deinterlace"
    cost: Cost = "lossy"
    aspects: ClassVar[frozenset[str]] = frozenset({"scan"})

    def predict(self, media: Any) -> Any:
        return change(media, scan="progressive")

    def __str__(self) -> str:
        return "deinterlace"
