"""What has been written: prepared files with their fresh facts, and the bundle of them."""

from pathlib import Path

from refprep.finding import Report, Result
from refprep.limits import Frozen
from refprep.media import Media, Unread
from refprep.planning.steps import Step


class Prepared(Frozen):
    """A written file: where it came from, what was done, and what a fresh probe says of it."""

    slot: str | None
    source: str
    source_sha256: str
    path: Path
    sha256: str
    steps: tuple[Step, ...]
    "In the order in which they were carried out; none: the source's own bytes."
    before: Media
    after: Media | Unread


class Fixed(Result):
    """The files that `fix` wrote; the findings are those left, read from the files themselves."""

    prepared: tuple[Prepared, ...]


class Bundle(Fixed):
    """What `pack` wrote; `path` is None where errors were left and so nothing was written."""

    path: Path | None = None


class Verified(Report):
    """What `verify` found in a bundle: what has changed since packing, its files as they are."""

    path: Path
