"""Steps on what the picture shows: which frame, in which colors."""

from typing import Any, ClassVar, Literal

from refprep.models.media import Image
from refprep.models.steps.base import BaseStep, Cost, change


class FirstFrame(BaseStep):
    """Take the first frame of an animated image."""

    step: Literal["first-frame"] = "first-frame"
    cost: Cost = "trim"
    of: int
    "How many frames the animation has."
    aspects: ClassVar[frozenset[str]] = frozenset({"stream"})

    def predict(self, media: Any) -> Any:
        return change(media, frames=1)

    def __str__(self) -> str:
        return f"take the first of {self.of} frames"


class ConvertColor(BaseStep):
    """Convert to 8-bit sRGB (images) or BT.709 standard dynamic range (video)."""

    step: Literal["convert-color"] = "convert-color"
    cost: Cost = "lossy"
    source: str
    "The color space or the transfer function before."
    target: Literal["sRGB", "BT.709"] = "sRGB"
    aspects: ClassVar[frozenset[str]] = frozenset({"color"})

    def predict(self, media: Any) -> Any:
        facts = {"color_space": "sRGB"} if isinstance(media, Image) else {"transfer": "SDR"}
        return change(media, **facts)

    def __str__(self) -> str:
        return f"convert {self.source} to {self.target}"


class Flatten(BaseStep):
    """Put transparent parts on an opaque background."""

    step: Literal["flatten"] = "flatten"
    cost: Cost = "lossy"
    background: Literal["white"] = "white"
    aspects: ClassVar[frozenset[str]] = frozenset({"color"})

    def predict(self, media: Any) -> Any:
        return change(media, alpha=False)

    def __str__(self) -> str:
        return f"flatten on {self.background}"
