"""The integrity of a bundle: what its manifest says of its files, and what is there now."""

from typing import Literal

from refprep.models.limits import Frozen


class BundleFile(Frozen):
    """A file of a bundle as packed and as found; None where it was not packed, or is not there."""

    path: str
    "As the user reads it: bundle/media/image1.jpg."
    slot: str | None = None
    packed_sha256: str | None = None
    packed_size: int | None = None
    "In bytes."
    found_sha256: str | None = None
    found_size: int | None = None
    "In bytes."


class BodyEdit(Frozen):
    """A difference between the body as packed and as found, in words."""

    kind: Literal["edited", "published", "rewritten"]
    "published: only where a file lies on the web; rewritten: other bytes, the same content."
    text: str


class HeldEnvelope(Frozen):
    """What a manifest says of the limits and rules that its bundle is to be checked by."""

    name: str
    known: bool
    "True where refprep has an envelope of this name: that one counts."
    differences: tuple[str, ...] = ()
    "Limits, parameters and other tables in which the held envelope differs from refprep's own."
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    "The rules that are checked, or not, because the manifest says so and nobody else."


class Integrity(Frozen):
    """All files of a bundle, and the differences in its body."""

    files: tuple[BundleFile, ...]
    body: str = "request.json"
    "As the user reads it: bundle/request.json."
    edits: tuple[BodyEdit, ...] = ()
    schema_errors: tuple[str, ...] = ()
    "What of the body does not fit the provider's schema."
