"""Names for the files that are written: their own, with the right suffix, or their slot's."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from refprep.errors import OutputError
from refprep.models.formats import suffix_of
from refprep.models.plan import FilePlan

MANIFEST, BODY, MEDIA = "manifest.json", "request.json", "media"
"What a bundle consists of, beside the submit script."


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
        path = _free(directory / f"{stem}{_suffix(plan)}", taken)
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


def _free(path: Path, taken: set[Path]) -> Path:
    candidate, number = path, 1
    while candidate in taken:
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate
