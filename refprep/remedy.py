"""Remedies: what would mend each finding, read from the plan, or else what the user can do."""

from collections.abc import Iterable

from refprep.finding import Finding
from refprep.planning import FilePlan, Plan
from refprep.rules import RULES
from refprep.rules.pages import page

ROWS = {rule.name: rule for rule in RULES}


def advised(findings: Iterable[Finding], plan: Plan) -> tuple[Finding, ...]:
    """The findings, each with its repair: the plan's steps where it mends it, else advice."""
    left = {(finding.rule, finding.source) for finding in plan.findings}
    return tuple(
        finding.model_copy(update={"repair": _repair(finding, left, plan)}) for finding in findings
    )


def _repair(finding: Finding, left: set[tuple[str, str | None]], plan: Plan) -> str | None:
    rule, advice = ROWS[finding.rule], finding.repair or page(finding.rule).advice
    if (finding.rule, finding.source) in left:
        return advice
    steps = [(file, _steps(file, rule.aspect)) for file in plan.plans if _about(finding, file)]
    mending = [(file, said) for file, said in steps if said]
    if len(mending) == 1 and finding.source:
        return mending[0][1]
    return "; ".join(f"{file.entry.slot}: {said}" for file, said in mending) or advice


def _about(finding: Finding, file: FilePlan) -> bool:
    """True for the file that is named, or for all of the rule's kind where none is."""
    if finding.source:
        return (finding.slot, finding.source) == (file.entry.slot, str(file.entry.source))
    return finding.rule.split("-")[0] in (file.entry.kind, "file")


def _steps(file: FilePlan, aspect: str) -> str:
    return ", ".join(f"{step} ({step.cost})" for step in file.steps if aspect in step.aspects)
