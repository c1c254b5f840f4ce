"""Steps in time: which part is kept, how it is lengthened, at which frame rate."""

from typing import Any, ClassVar, Literal

from refprep.models.limits import number
from refprep.models.steps.base import BaseStep, Cost, change

LengthenMode = Literal["loop", "ping-pong", "freeze"]
"From the start again; forward and backward; the last frame frozen, in silence."
_MODES = {"loop": "loop", "ping-pong": "ping-pong loop", "freeze": "freeze the last frame"}


class Trim(BaseStep):
    """Keep the time from `start` to `end`, in seconds on the file's clock."""

    step: Literal["trim"] = "trim"
    cost: Cost = "trim"
    start: float
    end: float
    reason: str | None = None
    "Why this part, where it was chosen by its content."
    aspects: ClassVar[frozenset[str]] = frozenset({"time"})

    def predict(self, media: Any) -> Any:
        return change(media, duration=round(self.end - self.start, 6))

    def __str__(self) -> str:
        return f"keep {self.start:g} to {self.end:g} s{f': {self.reason}' if self.reason else ''}"


class Lengthen(BaseStep):
    """Repeat frames and audio until they last `duration` seconds."""

    step: Literal["lengthen"] = "lengthen"
    cost: Cost = "synthesize"
    mode: LengthenMode
    duration: float
    "In seconds."
    aspects: ClassVar[frozenset[str]] = frozenset({"time"})

    @property
    def loss(self) -> str:
        """Its mode: each is allowed by its own name."""
        return self.mode

    def predict(self, media: Any) -> Any:
        return change(media, duration=self.duration)

    def __str__(self) -> str:
        return f"{_MODES[self.mode]}, to {number(self.duration)} s"


class Retime(BaseStep):
    """Convert to a constant frame rate, repeating or dropping frames; the speed stays."""

    step: Literal["retime"] = "retime"
    cost: Cost = "lossy"
    frame_rate: float
    "Frames per second."
    aspects: ClassVar[frozenset[str]] = frozenset({"rate"})

    def predict(self, media: Any) -> Any:
        lasts = 1 / self.frame_rate
        return change(media, frame_rate=self.frame_rate, frame_durations=(lasts, lasts))

    def __str__(self) -> str:
        return f"convert to {number(self.frame_rate)} fps"
