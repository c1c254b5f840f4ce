"""Suggestions: what would repair each finding, read from the plan, or else what the user can do."""

from collections.abc import Iterable

from refprep.models.finding import Finding
from refprep.models.plan import FilePlan, Plan
from refprep.rules import RULES
from refprep.rules.pages import page

ROWS = {rule.name: rule for rule in RULES}


def with_repairs(findings: Iterable[Finding], plan: Plan) -> tuple[Finding, ...]:
    """The findings of unfixed media, each with the plan's steps that repair it, or with advice."""
    left = {(finding.rule, finding.source) for finding in plan.findings}
    return tuple(
        finding.model_copy(update={"repair": _repair(finding, left, plan)}) for finding in findings
    )


def with_advice(findings: Iterable[Finding], plan: Plan) -> tuple[Finding, ...]:
    """The findings of written files, each with advice; no step of the plan is left to repair it."""
    known = {(finding.rule, finding.source): finding.repair for finding in plan.findings}
    return tuple(
        finding.model_copy(
            update={"repair": known.get((finding.rule, finding.source)) or _advice(finding)}
        )
        for finding in findings
    )


def _repair(finding: Finding, left: set[tuple[str, str | None]], plan: Plan) -> str | None:
    if (finding.rule, finding.source) in left:
        return _advice(finding)
    aspect = ROWS[finding.rule].aspect
    steps = [(file, _steps(file, aspect)) for file in plan.files if _concerns(finding, file)]
    repairs = [(file, text) for file, text in steps if text]
    if len(repairs) == 1 and finding.source:
        return repairs[0][1]
    return "; ".join(f"{file.reference.slot}: {text}" for file, text in repairs) or _advice(finding)


def _advice(finding: Finding) -> str | None:
    return finding.repair or page(finding.rule).advice


def _concerns(finding: Finding, file: FilePlan) -> bool:
    """True for the file that the finding names, or for all of the rule's kind where none is."""
    if finding.source:
        return (finding.slot, finding.source) == (file.reference.slot, str(file.reference.source))
    return finding.rule.split("-")[0] in (file.reference.kind, "file")


def _steps(file: FilePlan, aspect: str) -> str:
    return ", ".join(f"{step} ({step.cost})" for step in file.steps if aspect in step.aspects)
