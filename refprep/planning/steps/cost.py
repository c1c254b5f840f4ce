"""What every step has: what it costs, and how facts change by it."""

from typing import Any, Literal

Cost = Literal["exact", "near", "cut", "crop", "invent"]
CONSENTED: frozenset[Cost] = frozenset({"exact", "near", "cut"})
"What may be done unasked; `crop` and `invent` only when allowed by name."


def change(media: Any, **facts: Any) -> Any:
    """The facts with some of them changed."""
    return media.model_copy(update=facts)
