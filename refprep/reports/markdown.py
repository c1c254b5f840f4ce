"""Markdown: a summary for a pull request's comment or for $GITHUB_STEP_SUMMARY.

What came from outside is written so that it is shown as it is: punctuation that means something
becomes character references, which work in table cells and code alike, and names stand in code,
where GitHub sees no mention and no issue number. So do tags: `@Image1` is somebody's account.
"""

import re
from collections.abc import Iterable, Sequence

from refprep.models.bundle import Bundle, FixResult
from refprep.models.finding import Finding, Result
from refprep.models.plan import Plan
from refprep.models.steps import Step
from refprep.reports import printable
from refprep.reports.parts import File, files, tally
from refprep.reports.text import facts

_MEANING = re.compile(r"[!\"#$&*<>?@\[\\\]^_`{|}~]")
_TAG = re.compile(r"(@\w+)")


def render(result: Result) -> str:
    """Verdict, findings, files."""
    head = f"## refprep: {result.verdict}\n\n{tally(result)}; {code(result.envelope)}"
    blocks = [head, _findings(result.findings), _files(files(result)), *_work(result)]
    return "\n\n".join(filter(None, blocks))


def plain(text: str) -> str:
    """Words in a cell; tags among them in code."""
    parts = _TAG.split(text)
    return "".join(code(part) if place % 2 else _shown(part) for place, part in enumerate(parts))


def code(text: object) -> str:
    """A name in a cell."""
    return f"<code>{_shown(text)}</code>"


def _shown(text: object) -> str:
    return _MEANING.sub(lambda found: f"&#{ord(found[0])};", printable(text))


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    drawn = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"### {title}\n\n{drawn}" if len(lines) > 2 else ""


def _findings(findings: Iterable[Finding]) -> str:
    rows = (
        (
            one.level,
            code(one.source) if one.source else "the request",
            one.slot or "",
            code(one.rule),
            plain(one.message),
            plain(one.repair or ""),
        )
        for one in findings
    )
    return _table("Findings", ("level", "file", "slot", "rule", "what is", "remedy"), rows)


def _files(told: Iterable[File]) -> str:
    rows = (
        (code(one.source), one.slot or "", plain(facts(one.media))) for one in told if one.media
    )
    return _table("Files", ("file", "slot", "facts"), rows)


def _work(result: Result) -> Iterable[str]:
    """What is planned, or what has been written and where."""
    match result:
        case Plan():
            rows = [
                (
                    code(plan.reference.source),
                    _steps(plan.steps),
                    plain(facts(plan.predicted.media)) if plan.steps else "",
                )
                for plan in result.files
            ]
            yield _table("Plan", ("file", "steps", "after, at most"), rows)
        case FixResult():
            done = [
                (code(file.source), code(file.path), _steps(file.steps)) for file in result.prepared
            ]
            yield _table("Prepared", ("file", "written to", "steps"), done)
    if isinstance(result, Bundle):
        yield f"Bundle: {code(result.path)}" if result.path else "No bundle was written."


def _steps(steps: Iterable[Step]) -> str:
    return "<br>".join(plain(f"{step} ({step.cost})") for step in steps) or "the same bytes"
