"""Gathering: from what is asked for to a lineup of probed media in their slots."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from refprep import probing, recall
from refprep.cache import NOWHERE, Cache
from refprep.digest import sha256
from refprep.errors import SourceError
from refprep.lineup import Entry, Lineup
from refprep.media import Media, Unread
from refprep.request import KINDS, Loose, Request
from refprep.source import Source, Window
from refprep.terms import Progress, unheard

Asked = Request | Loose | str | Path | Iterable[str | Path]
"A request; or files, to be sorted into slots by their content and in the order given."


def line_up(
    asked: Asked,
    *,
    quick: bool = False,
    cache: Cache = NOWHERE,
    progress: Progress | None = None,
) -> Lineup:
    """Probe what is asked for and put it into slots; a file that cannot be read is a fact, too."""
    if isinstance(asked, Request):
        loose = gather(asked.slots.values(), quick=quick, cache=cache, progress=progress)
        placed = [
            entry.model_copy(update={"slot": slot})
            for slot, entry in zip(asked.slots, loose, strict=True)
        ]
        return Lineup(request=asked, entries=_twinned(placed))
    if not isinstance(asked, Loose):
        files = [asked] if isinstance(asked, str | Path) else asked
        asked = Loose(files=tuple(map(Source.parse, files)))
    return _sorted(asked, gather(asked.files, quick=quick, cache=cache, progress=progress))


def gather(
    sources: Iterable[str | Path | Source],
    *,
    quick: bool = False,
    cache: Cache = NOWHERE,
    progress: Progress | None = None,
) -> list[Entry]:
    """Probe files, each for itself; SourceError for a missing one, before any is read."""
    found = [one if isinstance(one, Source) else Source.parse(one) for one in sources]
    for source in found:
        if not _there(source.path):
            raise SourceError(f"{source.path}: no such file")
    tell = progress or unheard
    for source in found:
        tell(str(source), 0.0)
    return [_entry(source, quick, cache, tell) for source in found]


def _there(path: Path) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except OSError:  # a name that no file can have
        return False


def deepen(lineup: Lineup, sources: set[Source], cache: Cache) -> Lineup:
    """The same lineup, with these sources decoded to their end."""

    def deeper(entry: Entry) -> Media | Unread:
        media = recall.facts(entry.source.path, cache, entry.source.window)
        moments = getattr(entry.media, "moments", ())
        return media.model_copy(update={"moments": moments}) if moments else media

    return _known_better(lineup, sources, deeper)


def survey(lineup: Lineup, sources: set[Source], cache: Cache) -> Lineup:
    """The same lineup, with the moments of these sources looked at."""

    def surveyed(entry: Entry) -> Media | Unread:
        moments = recall.moments(entry.source.path, cache)
        return entry.media.model_copy(update={"moments": moments})

    return _known_better(lineup, sources, surveyed)


def _known_better(
    lineup: Lineup, sources: set[Source], look: Callable[[Entry], Media | Unread]
) -> Lineup:
    """The lineup with these sources' media as `look` sees them."""
    entries = (
        entry.model_copy(update={"media": look(entry)}) if entry.source in sources else entry
        for entry in lineup.entries
    )
    return lineup.model_copy(update={"entries": tuple(entries)})


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


def _entry(source: Source, quick: bool, cache: Cache, tell: Progress) -> Entry:
    if quick:
        media = probing.attempt(source.path, decode=False)
    else:
        media = recall.facts(source.path, cache, source.window)
    tell(str(source), 1.0)
    return Entry(slot=None, source=source, media=media, window=source.window)


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
