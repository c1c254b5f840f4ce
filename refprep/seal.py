"""The seal of a bundle: what its manifest says of its files, and what stands there now."""

from typing import Literal

from refprep.limits import Frozen


class Piece(Frozen):
    """A file of a bundle as it was packed, and as it is found; None where it was not, or is not."""

    path: str
    "As it is told: bundle/media/image1.jpg."
    slot: str | None = None
    packed: str | None = None
    "SHA-256."
    packed_bytes: int | None = None
    found: str | None = None
    "SHA-256."
    found_bytes: int | None = None


class Edit(Frozen):
    """A difference between the body as it was packed and as it is found, in words."""

    kind: Literal["edited", "published", "rewritten"]
    "published: only where a file lies on the web; rewritten: other bytes that say the same."
    says: str


class Seal(Frozen):
    """All pieces of a bundle, and what has become of its body."""

    pieces: tuple[Piece, ...]
    body: str = "request.json"
    "As it is told."
    edits: tuple[Edit, ...] = ()
    faults: tuple[str, ...] = ()
    "What of the body its provider's model does not take."
