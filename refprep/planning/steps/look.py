"""Steps on what is seen: which picture, in which colours."""

from typing import Any, ClassVar, Literal

from refprep.limits import Frozen
from refprep.media import Image
from refprep.planning.steps.cost import Cost, change


class Still(Frozen):
    """Take the first of an animation's frames."""

    step: Literal["still"] = "still"
    cost: Cost = "cut"
    of: int
    aspects: ClassVar[frozenset[str]] = frozenset({"stream"})

    def predict(self, media: Any) -> Any:
        return change(media, frames=1)

    def __str__(self) -> str:
        return f"take the first of {self.of} frames"


class Recolour(Frozen):
    """Convert to 8-bit sRGB (images) or BT.709 standard dynamic range (video)."""

    step: Literal["recolour"] = "recolour"
    cost: Cost = "near"
    source: str
    aspects: ClassVar[frozenset[str]] = frozenset({"colour"})

    def predict(self, media: Any) -> Any:
        target = {"colour": "sRGB"} if isinstance(media, Image) else {"transfer": "SDR"}
        return change(media, **target)

    def __str__(self) -> str:
        return f"convert {self.source} colour to the standard one"


class Flatten(Frozen):
    """Put what shows through on an opaque background."""

    step: Literal["flatten"] = "flatten"
    cost: Cost = "near"
    background: Literal["white"] = "white"
    aspects: ClassVar[frozenset[str]] = frozenset({"colour"})

    def predict(self, media: Any) -> Any:
        return change(media, alpha=False)

    def __str__(self) -> str:
        return f"flatten on {self.background}"
