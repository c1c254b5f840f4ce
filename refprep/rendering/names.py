"""Names for the files that are written: their own, with the right ending, or their slot's."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from refprep.errors import OutputError
from refprep.planning import FilePlan

SUFFIXES = {
    "JPEG": (".jpg", ".jpeg"), "MPO": (".jpg", ".jpeg"), "PNG": (".png",), "WebP": (".webp",),
    "MP4": (".mp4", ".m4v"), "MOV": (".mov", ".qt"), "WAV": (".wav", ".wave"), "MP3": (".mp3",),
}  # fmt: skip
"The endings of each format, the usual one first."


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
    suffix = _suffix(plan)
    return source.name if source.suffix == suffix else f"{source.stem}{suffix}"


def _suffix(plan: FilePlan) -> str:
    """The source's own ending where it is one of the result's format."""
    own = plan.entry.source.path.suffix
    usual = SUFFIXES.get(plan.predicted.media.format or "", (own,))
    return own if own.lower() in usual and not plan.steps else usual[0]


def _free(path: Path, taken: set[Path]) -> Path:
    candidate, number = path, 1
    while candidate in taken:
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate
