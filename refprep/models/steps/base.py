"""The base of every step: its cost, the aspects that it repairs, and the consent that it needs."""

from typing import Any, ClassVar, Literal

from refprep.models.limits import Frozen

Cost = Literal["lossless", "lossy", "trim", "crop", "synthesize", "drop"]
DEFAULT_COSTS: frozenset[Cost] = frozenset({"lossless", "lossy", "trim"})
"The costs that are allowed by default; the others only where the user allows them by name."


class BaseStep(Frozen):
    """One action as data. `predict(media)` returns the facts after it, `str()` describes it."""

    step: str
    cost: Cost
    aspects: ClassVar[frozenset[str]]
    "What it repairs: the aspects of the rules."

    @property
    def loss(self) -> str | None:
        """The word in `allow` that permits it; None where its cost is allowed by default."""
        return None if self.cost in DEFAULT_COSTS else self.step

    def predict(self, media: Any) -> Any:
        """The facts of the media after this step."""
        return media


def change(media: Any, **facts: Any) -> Any:
    """The facts with some of them changed."""
    return media.model_copy(update=facts)
