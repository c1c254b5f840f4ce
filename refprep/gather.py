"""Gathering: from what is asked for to a lineup of probed media in their slots."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from refprep import probing
from refprep.digest import sha256
from refprep.errors import SourceError
from refprep.lineup import Entry, Lineup
from refprep.request import KINDS, Loose, Request
from refprep.source import Source, Window
from refprep.terms import Progress

Asked = Request | Loose | str | Path | Iterable[str | Path]
"A request; or files, to be sorted into slots by their content and in the order given."


def line_up(asked: Asked, *, quick: bool = False, progress: Progress | None = None) -> Lineup:
    """Probe what is asked for and put it into slots; a file that cannot be read is a fact, too."""
    if isinstance(asked, Request):
        loose = gather(asked.slots.values(), quick=quick, progress=progress)
        placed = [
            entry.model_copy(update={"slot": slot})
            for slot, entry in zip(asked.slots, loose, strict=True)
        ]
        return Lineup(request=asked, entries=_twinned(placed))
    if not isinstance(asked, Loose):
        files = [asked] if isinstance(asked, str | Path) else asked
        asked = Loose(files=tuple(map(Source.parse, files)))
    return _sorted(asked, gather(asked.files, quick=quick, progress=progress))


def gather(
    sources: Iterable[str | Path | Source],
    *,
    quick: bool = False,
    progress: Progress | None = None,
) -> list[Entry]:
    """Probe files, each for itself; SourceError for a missing one, before any is read."""
    found = [one if isinstance(one, Source) else Source.parse(one) for one in sources]
    for source in found:
        if not _there(source.path):
            raise SourceError(f"{source.path}: no such file")
    return [_watched(source, quick, progress) for source in found]


def _there(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except OSError:  # a name that no file can have
        return False


def _watched(source: Source, quick: bool, progress: Progress | None) -> Entry:
    tell = progress or (lambda name, part: None)
    tell(str(source), 0.0)
    entry = _entry(None, source, quick)
    tell(str(source), 1.0)
    return entry


def deepen(lineup: Lineup, sources: set[Source]) -> Lineup:
    """The same lineup, with these sources decoded to their end."""
    entries = (_deeper(entry) if entry.source in sources else entry for entry in lineup.entries)
    return lineup.model_copy(update={"entries": tuple(entries)})


def _deeper(entry: Entry) -> Entry:
    media = probing.attempt(entry.source.path, window=entry.source.window)
    return entry.model_copy(update={"media": media})


def _sorted(asked: Loose, entries: list[Entry]) -> Lineup:
    """Loose files in slots by their content; what could not be read has no slot."""
    placed: list[Entry] = []
    for kind in KINDS:
        alike = [entry for entry in entries if entry.kind == kind]
        placed += [
            entry.model_copy(update={"slot": f"{kind}{place}"})
            for place, entry in enumerate(alike, start=1)
        ]
    slots = {f"{kind}s": [e.source for e in placed if e.kind == kind] for kind in KINDS}
    unread = [entry for entry in entries if entry.kind is None]
    return Lineup(
        request=Request.model_validate({**asked.model_dump(exclude={"files"}), **slots}),
        entries=_twinned([*placed, *unread]),
        scope="files" if asked.prompt is None else "request",
    )


def _entry(slot: str | None, source: Source, quick: bool) -> Entry:
    media = probing.attempt(source.path, decode=not quick, window=source.window)
    return Entry(slot=slot, source=source, media=media, window=source.window)


def _twinned(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries, each with an earlier one of the same content and window, if there is any."""
    sizes = Counter((entry.media.bytes, entry.window) for entry in entries)
    first: dict[tuple[str, Window | None], Entry] = {}
    told = []
    for entry in entries:
        if entry.media.bytes and sizes[entry.media.bytes, entry.window] > 1:
            earlier = first.setdefault((sha256(entry.source.path), entry.window), entry)
            twin = None if earlier is entry else earlier.slot or str(earlier.source)
            told.append(entry.model_copy(update={"twin": twin}))
        else:
            told.append(entry)
    return tuple(told)
