"""The verbs: probe, check, plan, fix, pack. The only place that knows the whole."""

from collections.abc import Collection, Iterable
from pathlib import Path

from refprep import envelope as envelopes
from refprep import planning, probing, rules
from refprep.envelope import DEFAULT, Envelope
from refprep.errors import RefprepError, RenderError, Unreadable
from refprep.finding import Finding, Report
from refprep.gather import Asked, Progress, deepen, line_up
from refprep.lineup import Entry, Lineup
from refprep.media import Media
from refprep.packing import bundle
from refprep.planning import FilePlan, Plan
from refprep.prepared import Bundle, Fixed, Prepared
from refprep.remedy import advised
from refprep.rendering import names, render
from refprep.rendering.whole import sha256
from refprep.source import Source


def probe(source: str | Path, *, quick: bool = False) -> Media:
    """The facts of one file, decoded to its end unless `quick`. SourceError, Unreadable."""
    return probing.read(Source.parse(source).path, decode=not quick)


def check(
    asked: Asked,
    *,
    envelope: str | Path | Envelope = DEFAULT,
    allow: Collection[str] = (),
    quick: bool = False,
    strict: bool = False,
    each: bool = False,
    progress: Progress | None = None,
) -> Report:
    """All findings about a request, or about `each` file for itself; nothing is written.

    `quick` reads headers and packets only; `strict` makes warnings count as errors; `allow` names
    losses that the repairs may speak of, as in `plan`. UsageError where nothing can be checked.
    """
    limits, lineup = _envelope(envelope), line_up(asked, quick=quick, progress=progress)
    findings = [
        finding
        for one in _apart(lineup, each)
        for finding in advised(rules.check(one, limits), planning.plan(one, limits, allow))
    ]
    return Report(envelope=limits.name, findings=findings, media=lineup.entries, strict=strict)


def plan(
    asked: Asked,
    *,
    envelope: str | Path | Envelope = DEFAULT,
    allow: Collection[str] = (),
    quick: bool = False,
    strict: bool = False,
    each: bool = False,
) -> Plan:
    """What `fix` would do, the media it would give, and the findings that would be left.

    `allow` names losses that are never taken unasked: "crop", "pad". Files that would be taken as
    they are must decode to their end, unless `quick`.
    """
    limits = _envelope(envelope)
    plans = [
        _plan(one, limits, allow, quick)[1] for one in _apart(line_up(asked, quick=True), each)
    ]
    return Plan(
        envelope=limits.name,
        plans=[file for one in plans for file in one.plans],
        findings=[finding for one in plans for finding in one.findings],
        strict=strict,
    )


def fix(
    asked: Asked,
    directory: str | Path,
    *,
    envelope: str | Path | Envelope = DEFAULT,
    allow: Collection[str] = (),
    quick: bool = False,
    strict: bool = False,
    each: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> Fixed:
    """Write every file so that it lies inside the envelope, into `directory`; sources stay.

    Each result is probed anew, and the findings are those that are left. A file that is right is
    copied byte for byte. A file of the same name and other content is replaced only by `force`.
    """
    limits = _envelope(envelope)
    work = [_plan(one, limits, allow, quick) for one in _apart(line_up(asked, quick=True), each)]
    targets = names.beside([file for _, one in work for file in one.plans], Path(directory))
    prepared: list[Prepared] = []
    findings: list[Finding] = []
    for lineup, planned in work:
        paths = [next(targets) for _ in planned.plans]
        written, left = _carry_out(lineup, planned, limits, paths, force, progress)
        prepared += written
        findings += left
    return Fixed(envelope=limits.name, prepared=prepared, findings=findings, strict=strict)


def pack(
    asked: Asked,
    directory: str | Path,
    *,
    envelope: str | Path | Envelope = DEFAULT,
    allow: Collection[str] = (),
    quick: bool = False,
    strict: bool = False,
    force: bool = False,
    media_url: str | None = None,
    progress: Progress | None = None,
) -> Bundle:
    """Fix the request's media and write the bundle: media/, request.json, manifest.json.

    Whole or not at all: where errors are left nothing is written, and `path` is None. An existing
    `directory` that is not empty is replaced only by `force`. `media_url` is where media/ will lie.
    """
    limits = _envelope(envelope)
    asked_for = line_up(asked, quick=True).model_copy(update={"scope": "request"})
    with bundle.place(Path(directory), force=force) as place:
        lineup, planned = _plan(asked_for, limits, allow, quick)
        paths = list(names.slots(planned.plans, place.folder / bundle.MEDIA))
        prepared, left = _carry_out(lineup, planned, limits, paths, True, progress)
        packed = Bundle(envelope=limits.name, prepared=prepared, findings=left, strict=strict)
        if packed.verdict == "fail":
            return packed.model_copy(update={"prepared": ()})
        return bundle.write(place, packed, lineup.request, limits, media_url)


def _envelope(envelope: str | Path | Envelope) -> Envelope:
    return envelope if isinstance(envelope, Envelope) else envelopes.load(envelope)


def _apart(lineup: Lineup, each: bool) -> Iterable[Lineup]:
    return lineup.apart() if each else [lineup]


def _plan(
    lineup: Lineup, limits: Envelope, allow: Collection[str], quick: bool
) -> tuple[Lineup, Plan]:
    """Plan by headers and packets; what would be taken as it is, is decoded to its end first."""
    planned = planning.plan(lineup, limits, allow)
    if not quick:
        kept = {file.entry.source for file in planned.plans if not file.steps}
        lineup = deepen(lineup, kept)
        planned = planning.plan(lineup, limits, allow)
    return lineup, planned.model_copy(update={"findings": advised(planned.findings, planned)})


def _carry_out(
    lineup: Lineup,
    planned: Plan,
    limits: Envelope,
    paths: list[Path],
    force: bool,
    progress: Progress | None,
) -> tuple[list[Prepared], list[Finding]]:
    """Render every file that can be, probe the results, and check them in their slots."""
    prepared, entries, failed = [], [], []
    for file, path in zip(planned.plans, paths, strict=True):
        entry = file.entry
        try:
            if file.predicted.fits_slot and entry.media.kind:
                prepared.append(_render(file, path, force, progress))
                entry = entry.model_copy(update={"media": prepared[-1].after, "window": None})
        except (RenderError, Unreadable) as error:
            failed.append(_failure(entry, error))
        entries.append(entry)
    after = lineup.model_copy(update={"entries": tuple(entries)})
    left = advised(rules.check(after, limits), planning.plan(after, limits))
    return prepared, [*failed, *left]


def _render(file: FilePlan, path: Path, force: bool, progress: Progress | None) -> Prepared:
    name = str(file.entry.source)

    def tell(part: float) -> None:
        if progress:
            progress(name, part)

    render(file, path, replace=force, progress=tell)
    tell(1.0)
    return Prepared(
        slot=file.entry.slot,
        source=name,
        source_sha256=sha256(file.entry.source.path),
        path=path,
        sha256=sha256(path),
        steps=file.steps,
        before=file.entry.media,
        after=probing.attempt(path),
    )


def _failure(entry: Entry, error: RefprepError) -> Finding:
    return Finding(
        rule="file-unreadable",
        level="error",
        slot=entry.slot,
        source=str(entry.source),
        message=f"could not be mended: {error}",
    )
