"""The verbs: probe, check, plan, fix, pack. The only place that knows the whole.

Their keywords are those of refprep.terms.Terms.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Unpack

from refprep import planning, probing, rules
from refprep.delivering import publishing, submission
from refprep.digest import sha256
from refprep.errors import RefprepError, RenderError, Unreadable
from refprep.finding import Finding, Report
from refprep.gather import Asked, deepen, line_up
from refprep.lineup import Entry, Lineup
from refprep.media import Media
from refprep.packing import bundle
from refprep.planning import FilePlan, Plan
from refprep.prepared import Bundle, Fixed, Prepared
from refprep.remedy import advised
from refprep.rendering import names, render
from refprep.source import Source
from refprep.terms import Settled, Terms, settle


def probe(source: str | Path, *, quick: bool = False) -> Media:
    """The facts of one file, decoded to its end unless `quick`. SourceError, Unreadable."""
    where = Source.parse(source)
    return probing.read(where.path, decode=not quick, window=where.window)


def check(asked: Asked, *, inline: bool = False, **terms: Unpack[Terms]) -> Report:
    """All findings about a request, each with what would mend it; nothing is written.

    `inline` says that the media travel inside the request. UsageError where nothing can be checked.
    """
    how = settle(**terms)
    lineup = line_up(asked, quick=how.quick, progress=how.progress)
    lineups = list(_apart(lineup.model_copy(update={"inline": inline}), how))
    findings = [finding for one in lineups for finding in _found(one, how)]
    media = [entry for one in lineups for entry in one.entries]
    return Report(envelope=how.limits.name, findings=findings, media=media, strict=how.strict)


def plan(asked: Asked, **terms: Unpack[Terms]) -> Plan:
    """What `fix` would do, the media it would give, and the findings that would be left."""
    how = settle(**terms)
    plans = [_plan(one, how)[1] for one in _apart(line_up(asked, quick=True), how)]
    return Plan(
        envelope=how.limits.name,
        plans=[file for one in plans for file in one.plans],
        findings=[finding for one in plans for finding in one.findings],
        strict=how.strict,
    )


def fix(
    asked: Asked, directory: str | Path, *, force: bool = False, **terms: Unpack[Terms]
) -> Fixed:
    """Write every file so that it lies inside the envelope, into `directory`; sources stay.

    Each result is probed anew, and the findings are those that are left. A file that is right is
    copied byte for byte. A file of the same name and other content is replaced only by `force`.
    """
    how = settle(**terms)
    work = [_plan(one, how) for one in _apart(line_up(asked, quick=True), how)]
    files = [file for _, one in work for file in one.plans]
    targets = iter(list(names.beside(files, Path(directory))))
    prepared: list[Prepared] = []
    findings: list[Finding] = []
    for lineup, planned in work:
        paths = [next(targets) for _ in planned.plans]
        written, left = _carry_out(lineup, planned, paths, how, force=force)
        prepared += written
        findings += left
    return Fixed(envelope=how.limits.name, prepared=prepared, findings=findings, strict=how.strict)


def pack(
    asked: Asked,
    directory: str | Path,
    *,
    force: bool = False,
    media_url: str | None = None,
    publish: str | None = None,
    **terms: Unpack[Terms],
) -> Bundle:
    """Fix the request's media and write the bundle: media/, request.json, manifest.json.

    Whole or not at all: where errors are left nothing is written, and `path` is None. An existing
    `directory` that is not empty is replaced only by `force`. `media_url` is where media/ will lie.
    With `publish`, a place such as s3://bucket/shoot, they are put there once the bundle stands.
    """
    how = settle(**terms)
    publishing.usable(publish, media_url)
    asked_for = line_up(asked, quick=True).model_copy(update={"scope": "request"})
    bundle.spare([entry.source.path for entry in asked_for.entries], Path(directory))
    with bundle.place(Path(directory), force=force) as place:
        lineup, planned = _plan(asked_for, how)
        known = {"envelope": how.limits.name, "strict": how.strict}
        if planned.verdict == "fail":
            return Bundle.model_validate({**known, "findings": planned.findings, "prepared": ()})
        paths = list(names.slots(planned.plans, place.folder / bundle.MEDIA))
        prepared, left = _carry_out(lineup, planned, paths, how, force=True)
        packed = Bundle.model_validate({**known, "findings": left, "prepared": prepared})
        if packed.verdict == "fail":
            return packed.model_copy(update={"prepared": ()})
        prefix = None if publish else media_url
        written = bundle.write(place, packed, lineup.request, how.limits, prefix)
    if publish and written.path:
        submission.published(written.path, publish, media_url)
    return written


def _apart(lineup: Lineup, how: Settled) -> Iterable[Lineup]:
    return lineup.apart() if how.each else [lineup]


def _found(lineup: Lineup, how: Settled) -> tuple[Finding, ...]:
    planned = planning.plan(lineup, how.limits, how.allow)
    return advised(rules.check(lineup, how.limits), planned)


def _plan(lineup: Lineup, how: Settled) -> tuple[Lineup, Plan]:
    """Plan by headers and packets; what would be taken as it is, is decoded to its end first."""
    planned = planning.plan(lineup, how.limits, how.allow)
    if not how.quick:
        kept = {file.entry.source for file in planned.plans if not file.steps}
        lineup = deepen(lineup, kept)
        planned = planning.plan(lineup, how.limits, how.allow)
    left = advised(planned.findings, planned)
    return lineup, planned.model_copy(update={"findings": left, "strict": how.strict})


def _carry_out(
    lineup: Lineup, planned: Plan, paths: list[Path], how: Settled, *, force: bool
) -> tuple[list[Prepared], list[Finding]]:
    """Render every file that can be, probe the results, and check them in their slots."""
    prepared, entries, failed = [], [], []
    for file, path in zip(planned.plans, paths, strict=True):
        entry = file.entry
        try:
            if file.predicted.usable:
                prepared.append(_render(file, path, how, force=force))
                written = {"media": prepared[-1].after, "window": None, "suffix": path.suffix}
                entry = entry.model_copy(update=written)
        except (RenderError, Unreadable) as error:
            failed.append(_failure(entry, error))
        entries.append(entry)
    after = lineup.model_copy(update={"entries": tuple(entries)})
    return prepared, [*failed, *_found(after, how)]


def _render(file: FilePlan, path: Path, how: Settled, *, force: bool) -> Prepared:
    name = str(file.entry.source)
    render(file, path, replace=force, progress=lambda part: how.progress(name, part))
    how.progress(name, 1.0)
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
