"""The rules for people: a table of all, and a page of each."""

from collections.abc import Iterable, Iterator

from refprep import words
from refprep.errors import UsageError, unknown
from refprep.models.envelope import Envelope
from refprep.models.limits import Frozen
from refprep.rules import RULES
from refprep.rules.pages import page
from refprep.rules.rule import Rule


class Row(Frozen):
    """One rule in one envelope."""

    rule: str
    level: str
    "error, warning or info; unset where the envelope has no limit for it."
    limit: str | None
    "With its unit; None where the envelope has none."
    what: str


def rows(envelope: Envelope) -> list[Row]:
    """Every rule, in the order of the table."""
    return [_row(rule, envelope) for rule in RULES]


def table(envelope: Envelope, rows: Iterable[Row]) -> str:
    """The rules as text, a line each."""
    lines = [
        f"{row.rule:20} {row.level:8} {row.what}"
        + (f" {envelope.name} takes {row.limit}." if row.limit else "")
        for row in rows
    ]
    return words.page(lines)


def explain(name: str, envelope: Envelope) -> str:
    """The page of a rule, as Markdown: what, why, limit, evidence, fix and an example.

    Raises:
        UsageError: There is no such rule.
    """
    rule = next((rule for rule in RULES if rule.name == name), None)
    if rule is None:
        raise UsageError(unknown("rule", name, (rule.name for rule in RULES)))
    return words.page(_lines(rule, envelope))


def _row(rule: Rule, envelope: Envelope) -> Row:
    bound = envelope.bounds.get(rule.name)
    level = rule.level or (bound.level if bound else "unset")
    limit = rule.accepts(bound) if bound else None
    return Row(rule=rule.name, level=level, limit=limit, what=page(rule.name).what)


def _lines(rule: Rule, envelope: Envelope) -> Iterator[str]:
    text, row = page(rule.name), _row(rule, envelope)
    yield from (f"## {rule.name}", "", f"{text.what} ({row.level})", "")
    yield from (f"**Why.** {text.why}", "")
    if bound := envelope.bounds.get(rule.name):
        yield from (f"**Limit.** {envelope.name} takes {row.limit}.", "")
        for name in bound.evidence:
            evidence = envelope.evidence[name]
            yield f"- {evidence.kind}: {evidence.who} ({evidence.when})"
        yield ""
    advice = f" You can: {text.advice}." if text.advice else ""
    yield from (f"**Fix.** {text.fix}{advice}", "")
    yield f"**Example.** `{text.example}`"
