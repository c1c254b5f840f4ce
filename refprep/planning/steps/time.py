"""Steps in time: which part is kept, and at what pace."""

from typing import Any, ClassVar, Literal

from refprep.limits import Frozen, number
from refprep.planning.steps.cost import Cost, change


class Trim(Frozen):
    """Keep the time from `start` to `end`, in seconds from the file's first picture or sample."""

    step: Literal["trim"] = "trim"
    cost: Cost = "cut"
    start: float
    end: float
    aspects: ClassVar[frozenset[str]] = frozenset({"time"})

    def predict(self, media: Any) -> Any:
        return change(media, seconds=round(self.end - self.start, 6))

    def __str__(self) -> str:
        return f"keep {self.start:g} to {self.end:g} s"


class Retime(Frozen):
    """Show frames at a constant rate, repeating or leaving out some; the speed stays."""

    step: Literal["retime"] = "retime"
    cost: Cost = "near"
    fps: float
    aspects: ClassVar[frozenset[str]] = frozenset({"rate"})

    def predict(self, media: Any) -> Any:
        return change(media, fps=self.fps, frame_seconds=(1 / self.fps, 1 / self.fps))

    def __str__(self) -> str:
        return f"show {number(self.fps)} frames per second"
