"""Names for the files that are written: their own, with the right suffix, or their slot's."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from refprep.errors import OutputError
from refprep.models.formats import suffix_of
from refprep.models.plan import FilePlan

MANIFEST, BODY, MEDIA = "manifest.json", "request.json", "media"
"What a bundle consists of, beside the submit script."
LONGEST = 255
"Bytes of the longest name that most file systems hold."


def beside(plans: Iterable[FilePlan], directory: Path) -> Iterator[Path]:
    """`directory`/name of the source with the new suffix; a second of the same name gets -2.

    Raises:
        OutputError: A result would replace a source.
    """
    plans = list(plans)
    sources = {plan.reference.file.resolve() for plan in plans}
    taken: set[Path] = set()
    for plan in plans:
        stem = plan.reference.source.stem or "media"
        path = _free(directory, stem, _suffix(plan), taken)
        if path.resolve() in sources:
            raise OutputError(f"{path}: is a source; choose another directory")
        taken.add(path)
        yield path


def slots(plans: Iterable[FilePlan], directory: Path) -> Iterator[Path]:
    """`directory`/image1.jpg, video1.mp4 ..."""
    for plan in plans:
        yield directory / f"{plan.reference.slot}{_suffix(plan)}"


def _suffix(plan: FilePlan) -> str:
    """The source's own, where that is one of its format's; else the usual one."""
    return suffix_of(plan.predicted.media.format or "", plan.predicted.suffix)


def _free(directory: Path, stem: str, suffix: str, taken: set[Path]) -> Path:
    candidate, number = directory / _fitting(stem, suffix), 1
    while candidate in taken:
        number += 1
        candidate = directory / _fitting(stem, f"-{number}{suffix}")
    return candidate


def _fitting(stem: str, ending: str) -> str:
    """A name of at most `LONGEST` bytes: the stem loses whole characters at its end."""
    while stem and len(os.fsencode(stem + ending)) > LONGEST:
        stem = stem[:-1]
    return stem + ending
