"""Steps in time: which part is kept, how it is lengthened, at what pace."""

from typing import Any, ClassVar, Literal

from refprep.limits import Frozen, number
from refprep.planning.steps.cost import Cost, change

Repeat = Literal["loop", "boomerang", "hold"]
"From the start again; there and back; the last picture standing, in silence."


class Trim(Frozen):
    """Keep the time from `start` to `end`, in seconds on the file's clock."""

    step: Literal["trim"] = "trim"
    cost: Cost = "cut"
    start: float
    end: float
    why: str | None = None
    "Why this part, where it was chosen by what is seen or heard."
    aspects: ClassVar[frozenset[str]] = frozenset({"time"})

    def predict(self, media: Any) -> Any:
        return change(media, seconds=round(self.end - self.start, 6))

    def __str__(self) -> str:
        return f"keep {self.start:g} to {self.end:g} s{f': {self.why}' if self.why else ''}"


class Lengthen(Frozen):
    """Repeat pictures and sound until they last `seconds`."""

    step: Literal["lengthen"] = "lengthen"
    cost: Cost = "invent"
    how: Repeat
    seconds: float
    aspects: ClassVar[frozenset[str]] = frozenset({"time"})

    def predict(self, media: Any) -> Any:
        return change(media, seconds=self.seconds)

    def __str__(self) -> str:
        said = {
            "loop": "play it again from the start",
            "boomerang": "play it to and fro",
            "hold": "hold its end",
        }
        return f"{said[self.how]}, to {number(self.seconds)} s"


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
