"""The workshop: one lineup planned, carried out and judged, on the terms that were settled."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from refprep import planning, rules
from refprep.cache import Cache
from refprep.envelope import Level
from refprep.errors import RefprepError
from refprep.finding import Finding
from refprep.gather import deepen, survey
from refprep.jobs import Job, Outcome, run
from refprep.lineup import Entry, Lineup
from refprep.planning import FilePlan, Plan
from refprep.prepared import Fixed, Prepared
from refprep.remedy import advised
from refprep.terms import Settled


def apart(lineup: Lineup, how: Settled) -> list[Lineup]:
    """The lineup; or where every file is for itself, one for each."""
    return list(lineup.apart()) if how.each else [lineup]


def found(lineup: Lineup, how: Settled) -> tuple[Finding, ...]:
    """What the rules find, each with what would mend it."""
    plan = planning.plan(lineup, how.limits, how.consent)
    return advised(rules.check(lineup, how.limits), plan)


def planned(lineup: Lineup, how: Settled) -> tuple[Lineup, Plan]:
    """Plan by headers and packets; what would be taken as it is, is decoded to its end first."""
    lineup = surveyed(lineup, how)
    plan = planning.plan(lineup, how.limits, how.consent)
    if not how.quick:
        kept = {file.entry.source for file in plan.plans if not file.steps}
        lineup = deepen(lineup, kept, Cache.at(how.cache))
        plan = planning.plan(lineup, how.limits, how.consent)
    left = advised(plan.findings, plan)
    return lineup, plan.model_copy(update={"findings": left, "strict": how.strict})


def surveyed(lineup: Lineup, how: Settled) -> Lineup:
    """Where the best part is to be kept: the lineup with moments of all that is cut."""
    if how.consent.keep != "best":
        return lineup
    plan = planning.plan(lineup, how.limits, how.consent)
    cut = {file.entry.source for file in plan.plans if file.cut}
    return survey(lineup, cut, Cache.at(how.cache))


def carried_out(
    files: Sequence[FilePlan], paths: Iterable[Path], how: Settled, *, force: bool
) -> list[Outcome]:
    """Render every file that can be, and probe the results."""
    pairs = zip(files, paths, strict=True)
    cache = Cache.at(how.cache)
    return run([Job(file, path, force, cache) for file, path in pairs], how.jobs, how.progress)


def judged(lineup: Lineup, plan: Plan, outcomes: Iterator[Outcome], how: Settled) -> Fixed:
    """What was written and is left of one lineup, checked in its slots."""
    prepared: list[Prepared] = []
    entries, failed = [], []
    for file in plan.plans:
        outcome, entry = next(outcomes) if file.writable else None, file.entry
        match outcome:
            case Prepared():
                prepared.append(outcome)
                written = {"media": outcome.after, "window": None, "suffix": outcome.path.suffix}
                entry = entry.model_copy(update=written)
            case RefprepError():
                failed.append(_finding(entry, "file-unreadable", f"could not be mended: {outcome}"))
        entries.append(entry)
    dropped = [file.entry for file in plan.plans if file.dropped]
    after = lineup.model_copy(update={"entries": tuple(entries)})
    after = after.without([str(entry.slot) for entry in dropped])
    findings = [*failed, *map(_left_out, dropped), *found(after, how)]
    return Fixed(envelope=how.limits.name, prepared=prepared, findings=findings)


def _left_out(entry: Entry) -> Finding:
    return _finding(entry, "file-count", "left out, for it is too many and drop is allowed", "info")


def _finding(entry: Entry, rule: str, message: str, level: Level = "error") -> Finding:
    source = str(entry.source)
    return Finding(rule=rule, level=level, slot=entry.slot, source=source, message=message)
