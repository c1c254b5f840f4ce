"""The verbs: probe, check, plan, fix, pack, verify, estimate. The only place that knows the whole.

Their keywords are those of refprep.terms.Terms.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Unpack

from refprep import costing, planning, probing, rules
from refprep.cache import Cache
from refprep.costing import Estimate
from refprep.envelope import Level
from refprep.errors import RefprepError
from refprep.finding import Finding, Report
from refprep.gather import Asked, deepen, line_up, survey
from refprep.jobs import Job, Outcome, run
from refprep.lineup import Entry, Lineup
from refprep.media import Media
from refprep.packing import bundle, verifying
from refprep.packing.order import MEDIA, Order, Packing, sendable
from refprep.planning import FilePlan, Plan
from refprep.prepared import Bundle, Fixed, Prepared, Verified
from refprep.remedy import advised
from refprep.rendering import names
from refprep.request import Request
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
    how = settle(**meant(asked, terms))
    inline = inline or (isinstance(asked, Request) and asked.inside)
    cache = Cache.at(how.cache)
    lineup = line_up(asked, quick=how.quick, cache=cache, progress=how.progress)
    lineup = _surveyed(lineup.model_copy(update={"inline": inline}), how)
    lineups = list(_apart(lineup, how))
    findings = [finding for one in lineups for finding in _found(one, how)]
    media = [entry for one in lineups for entry in one.entries]
    return Report(envelope=how.limits.name, findings=findings, media=media, strict=how.strict)


def plan(asked: Asked, **terms: Unpack[Terms]) -> Plan:
    """What `fix` would do, the media it would give, and the findings that would be left."""
    how = settle(**meant(asked, terms))
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
    how = settle(**meant(asked, terms))
    work = [_plan(one, how) for one in _apart(line_up(asked, quick=True), how)]
    files = [file for _, one in work for file in one.written]
    outcomes = iter(_carry_out(files, names.beside(files, Path(directory)), how, force=force))
    results = [_judged(lineup, planned, outcomes, how) for lineup, planned in work]
    return Fixed(
        envelope=how.limits.name,
        prepared=[file for one in results for file in one.prepared],
        findings=[finding for one in results for finding in one.findings],
        strict=how.strict,
    )


def pack(
    asked: Asked,
    directory: str | Path,
    *,
    force: bool = False,
    media_url: str | None = None,
    inline: bool = False,
    zipped: bool = False,
    **terms: Unpack[Terms],
) -> Bundle:
    """Fix the request's media and write the bundle: media/, request.json, manifest.json.

    Whole or not at all: where errors are left nothing is written, and `path` is None. An existing
    `directory` that is not empty is replaced only by `force`. `media_url` is where media/ will lie;
    `inline` puts the media into request.json. `zipped`, or a name that ends in .zip: one archive.
    """
    how = settle(**meant(asked, terms))
    choice = how.consent
    packing = Packing(
        allow=sorted(choice.allow), keep=choice.keep, share=choice.share, exact=choice.exact,
        strict=how.strict, quick=how.quick, inline=inline, media_url=media_url,
    )  # fmt: skip
    sendable(packing)
    target = bundle.named(Path(directory), zipped=zipped)
    found = line_up(asked, quick=True)
    bundle.spare([entry.source.path for entry in found.entries], target)
    sent = found.model_copy(update={"scope": "request", "inline": inline}).arranged(how.limits)
    with bundle.place(target, force=force) as place:
        packed = _packed(sent, place.folder, how)
        if packed.verdict == "fail":
            return packed.model_copy(update={"prepared": ()})
        return bundle.write(place, packed, Order(found.request, how.limits, packing))


def _packed(sent: Lineup, folder: Path, how: Settled) -> Bundle:
    """The media of a bundle, rendered into its folder, and what is left to find."""
    lineup, planned = _plan(sent, how)
    known = {"envelope": how.limits.name, "strict": how.strict}
    # How heavy the body will be is known only when the media in it are written.
    early = [finding for finding in planned.findings if finding.rule != "request-bytes"]
    if planned.model_copy(update={"findings": tuple(early)}).verdict == "fail":
        return Bundle.model_validate({**known, "findings": early, "prepared": ()})
    paths = names.slots(planned.written, folder / MEDIA)
    outcomes = iter(_carry_out(planned.written, paths, how, force=True))
    fixed = _judged(lineup, planned, outcomes, how)
    done = {"findings": fixed.findings, "prepared": fixed.prepared}
    return Bundle.model_validate({**known, **done})


def verify(path: str | Path, **terms: Unpack[Terms]) -> Verified:
    """What a bundle, a folder or an archive, is now: what has changed, and what is wrong with it.

    It is judged by the envelope that its manifest holds. UsageError where it is no bundle.
    """
    return verifying.verify(Path(path), terms)


def estimate(asked: Asked, **terms: Unpack[Terms]) -> Estimate:
    """What the request costs once its media are fixed. UsageError where no formula reaches."""
    how = settle(**meant(asked, terms))
    lineup = line_up(asked, quick=True)
    fixed = planning.plan(lineup, how.limits, how.consent)
    return costing.estimate(lineup.request, [one.predicted for one in fixed.kept], how.limits)


def meant(asked: Asked, terms: Terms) -> Terms:
    """The terms; a bundle's own request brings its envelope and rules where none are named."""
    own = asked.made_for if isinstance(asked, Request) else None
    if own is None or "envelope" in terms:
        return terms
    return {"envelope": own, "select": own.select, "ignore": own.ignore, **terms}


def _apart(lineup: Lineup, how: Settled) -> Iterable[Lineup]:
    return lineup.apart() if how.each else [lineup]


def _found(lineup: Lineup, how: Settled) -> tuple[Finding, ...]:
    planned = planning.plan(lineup, how.limits, how.consent)
    return advised(rules.check(lineup, how.limits), planned)


def _plan(lineup: Lineup, how: Settled) -> tuple[Lineup, Plan]:
    """Plan by headers and packets; what would be taken as it is, is decoded to its end first."""
    lineup = _surveyed(lineup, how)
    planned = planning.plan(lineup, how.limits, how.consent)
    if not how.quick:
        kept = {file.entry.source for file in planned.plans if not file.steps}
        lineup = deepen(lineup, kept, Cache.at(how.cache))
        planned = planning.plan(lineup, how.limits, how.consent)
    left = advised(planned.findings, planned)
    return lineup, planned.model_copy(update={"findings": left, "strict": how.strict})


def _surveyed(lineup: Lineup, how: Settled) -> Lineup:
    """Where the best part is to be kept: the lineup with moments of all that is cut."""
    if how.consent.keep != "best":
        return lineup
    planned = planning.plan(lineup, how.limits, how.consent)
    return survey(
        lineup, {file.entry.source for file in planned.plans if file.cut}, Cache.at(how.cache)
    )


def _carry_out(
    files: Sequence[FilePlan], paths: Iterable[Path], how: Settled, *, force: bool
) -> list[Outcome]:
    """Render every file that can be, and probe the results."""
    pairs = zip(files, paths, strict=True)
    cache = Cache.at(how.cache)
    return run([Job(file, path, force, cache) for file, path in pairs], how.jobs, how.progress)


def _judged(lineup: Lineup, planned: Plan, outcomes: Iterator[Outcome], how: Settled) -> Fixed:
    """What was written and is left of one lineup, checked in its slots."""
    prepared: list[Prepared] = []
    entries, failed = [], []
    for file in planned.plans:
        outcome, entry = next(outcomes) if file.writable else None, file.entry
        match outcome:
            case Prepared():
                prepared.append(outcome)
                written = {"media": outcome.after, "window": None, "suffix": outcome.path.suffix}
                entry = entry.model_copy(update=written)
            case RefprepError():
                failed.append(_finding(entry, "file-unreadable", f"could not be mended: {outcome}"))
        entries.append(entry)
    dropped = [file.entry for file in planned.plans if file.dropped]
    after = lineup.model_copy(update={"entries": tuple(entries)})
    after = after.without([str(entry.slot) for entry in dropped])
    findings = [*failed, *map(_left_out, dropped), *_found(after, how)]
    return Fixed(envelope=how.limits.name, prepared=prepared, findings=findings)


def _left_out(entry: Entry) -> Finding:
    return _finding(entry, "file-count", "left out, for it is too many and drop is allowed", "info")


def _finding(entry: Entry, rule: str, message: str, level: Level = "error") -> Finding:
    source = str(entry.source)
    return Finding(rule=rule, level=level, slot=entry.slot, source=source, message=message)
