"""Markdown: a summary for a pull request's comment or for $GITHUB_STEP_SUMMARY.

Names and messages are shown exactly as they are: punctuation with a meaning in Markdown becomes
character references, which work in table cells and in code; names are in code, where GitHub makes
no mention and no issue link of them. So are tags: `@Image1` is somebody's account.
"""

import re
from collections.abc import Iterable, Sequence

from refprep.models.bundle import Bundle, FixResult
from refprep.models.finding import Finding, Result
from refprep.models.plan import Plan
from refprep.models.steps import Step
from refprep.reports.parts import REMOTE, UNCHANGED, File, files, outcome, tally
from refprep.reports.text import facts
from refprep.words import visible

_PUNCTUATION = re.compile(r"[!\"#$&*<>?@\[\\\]^_`{|}~]")
_TAG = re.compile(r"(@\w+)")


def render(result: Result) -> str:
    """Verdict, findings, files."""
    head = f"## refprep: {result.verdict}\n\n{tally(result)}; {code(result.envelope)}"
    blocks = [head, _findings(result.findings), _files(files(result)), *_work(result)]
    return "\n\n".join(filter(None, blocks))


def plain(text: str) -> str:
    """Text in a cell, with the tags of a prompt in code."""
    parts = _TAG.split(text)
    return "".join(code(part) if place % 2 else _escaped(part) for place, part in enumerate(parts))


def code(text: object) -> str:
    """A name in a cell."""
    return f"<code>{_escaped(text)}</code>"


def _escaped(text: object) -> str:
    return _PUNCTUATION.sub(lambda found: f"&#{ord(found[0])};", visible(text))


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"### {title}\n\n{text}" if len(lines) > 2 else ""


def _findings(findings: Iterable[Finding]) -> str:
    rows = (
        (
            finding.level,
            code(finding.source) if finding.source else "the request",
            _escaped(finding.slot or ""),
            code(finding.rule),
            plain(finding.message),
            plain(finding.repair or ""),
        )
        for finding in findings
    )
    return _table("Findings", ("level", "file", "slot", "rule", "finding", "remedy"), rows)


def _files(files: Iterable[File]) -> str:
    rows = (
        (code(file.source), _escaped(file.slot or ""), plain(facts(file.media)))
        for file in files
        if file.media
    )
    return _table("Files", ("file", "slot", "facts"), rows)


def _work(result: Result) -> Iterable[str]:
    """The plan, or the written files and where they are."""
    match result:
        case Plan():
            rows = [
                (
                    code(plan.reference.source),
                    _steps(plan.steps, outcome(plan)),
                    plain(facts(plan.predicted.media)) if plan.steps else "",
                )
                for plan in result.files
            ]
            yield _table("Plan", ("file", "steps", "after, at most"), rows)
        case FixResult():
            written = [
                (code(file.source), code(file.path), _steps(file.steps)) for file in result.prepared
            ]
            written += [(code(row.source), "", REMOTE) for row in result.remote]
            yield _table("Prepared", ("file", "written to", "steps"), written)
    if isinstance(result, Bundle):
        yield f"Bundle: {code(result.path)}" if result.path else "No bundle was written."


def _steps(steps: Iterable[Step], none: str = UNCHANGED) -> str:
    return "<br>".join(plain(f"{step} ({step.cost})") for step in steps) or none
