"""Names for the files that are written: their own, with the right ending, or their slot's."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from refprep.errors import OutputError
from refprep.formats import suffix_of
from refprep.planning import FilePlan


def beside(plans: Iterable[FilePlan], directory: Path) -> Iterator[Path]:
    """`directory`/name of the source with the new ending; a second of the same name gets -2."""
    plans = list(plans)
    sources = {plan.entry.source.path.resolve() for plan in plans}
    taken: set[Path] = set()
    for plan in plans:
        path = _free(directory / _named(plan), taken)
        if path.resolve() in sources:
            raise OutputError(f"{path}: is a source; choose another directory")
        taken.add(path)
        yield path


def slots(plans: Iterable[FilePlan], directory: Path) -> Iterator[Path]:
    """`directory`/image1.jpg, video1.mp4 ..."""
    for plan in plans:
        yield directory / f"{plan.entry.slot}{_suffix(plan)}"


def _named(plan: FilePlan) -> str:
    source = plan.entry.source.path
    return f"{source.stem}{_suffix(plan)}"


def _suffix(plan: FilePlan) -> str:
    """The ending it has, where that is one of its format's; else the usual one."""
    return suffix_of(plan.predicted.media.format or "", plan.predicted.ending)


def _free(path: Path, taken: set[Path]) -> Path:
    candidate, number = path, 1
    while candidate in taken:
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate
