"""What every step has: what it costs, and how facts change by it."""

from typing import Any, Literal

Cost = Literal["exact", "near", "cut", "crop", "invent", "drop"]
CONSENTED: frozenset[Cost] = frozenset({"exact", "near", "cut"})
"What may be done unasked; the others only where a deed is allowed by its name."


def change(media: Any, **facts: Any) -> Any:
    """The facts with some of them changed."""
    return media.model_copy(update=facts)
