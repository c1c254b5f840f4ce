"""Written files: each with its fresh facts, and the bundle of them."""

from pathlib import Path

from refprep.models.finding import Report, Result
from refprep.models.limits import Frozen
from refprep.models.media import AnyMedia, Media, Unreadable
from refprep.models.steps import Step


class Prepared(Frozen):
    """A written file: its source, the steps, and what a fresh probe measures."""

    slot: str | None
    source: str
    source_sha256: str
    path: Path
    sha256: str
    steps: tuple[Step, ...]
    "In the order in which they were carried out; none: the source's own bytes."
    before: Media
    after: Media | Unreadable
    inline: bool = False
    "True where the request holds it as a data: URI."


class Remote(Frozen):
    """Media that stay at their address: they need no fix, or are known to the provider only."""

    slot: str | None
    source: str
    "As it was given."
    url: str
    "As the body names it."
    sha256: str | None
    "Of the content as fetched; None where it was not."
    size: int | None
    "In bytes."
    media: AnyMedia


class FixResult(Result):
    """The files that `fix` wrote; the findings are those left, read from the files themselves."""

    prepared: tuple[Prepared, ...]
    remote: tuple[Remote, ...] = ()
    "Media for which no file was written: they stay at their URLs."


class Bundle(FixResult):
    """What `pack` wrote; `path` is None where errors were left and so nothing was written."""

    path: Path | None = None


class VerifyResult(Report):
    """What `verify` found in a bundle: what has changed since packing, its files as they are."""

    path: Path
