"""The handbook: rules explained, envelopes shown and compared. docs/rules.md is made of it.

`python -m refprep.reports.handbook docs/rules.md` writes that file.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from refprep import envelopes as known
from refprep.errors import UsageError
from refprep.models.envelope import Bound, Envelope
from refprep.models.limits import Frozen
from refprep.options import DEFAULT_ENVELOPE
from refprep.rules import RULES
from refprep.rules.pages import page
from refprep.rules.rule import Rule

HEAD = """# Rules

A page per rule, with the limits of the default envelope, made from the table that `refprep check`
runs. `refprep explain RULE` prints one of these pages, `refprep rules` lists them.
"""

ADDRESSES = ("sync", "queue", "events", "upload")


class Row(Frozen):
    """One rule as it stands in one envelope; `limit` None: nothing is demanded there."""

    rule: str
    level: str
    limit: str | None
    what: str


def rows(envelope: Envelope) -> list[Row]:
    """Every rule, in the order of the table."""
    return [_row(rule, envelope) for rule in RULES]


def table(envelope: Envelope, rows: Iterable[Row]) -> str:
    """The rules, a line each."""
    lines = [
        f"{row.rule:20} {row.level:8} {row.what}"
        + (f" {envelope.name} takes {row.limit}." if row.limit else "")
        for row in rows
    ]
    return "\n".join(lines)


def explain(name: str, envelope: Envelope) -> str:
    """The page of a rule: what, why, limit and witnesses, how it is mended, an example."""
    rule = next((rule for rule in RULES if rule.name == name), None)
    if rule is None:
        raise UsageError(f"no rule is named {name}; refprep rules lists them")
    return "\n".join(_page(rule, envelope))


def handbook(envelope: Envelope) -> str:
    """All pages, as Markdown."""
    return HEAD + "".join("\n" + "\n".join(_page(rule, envelope)) + "\n" for rule in RULES)


def envelopes(*all_known: Envelope) -> str:
    """A line each: name and title."""
    return "\n".join(f"{envelope.name:28} {envelope.title}" for envelope in all_known)


def show(envelope: Envelope) -> str:
    """Every limit of an envelope with its witnesses, and the shape of its request."""
    limits = (
        f"{rule:20} {bound.level:8} {_limit(bound)}  [{', '.join(bound.evidence)}]"
        for rule, bound in envelope.limits.items()
    )
    witnesses = (
        f"{name:20} {witness.kind}, {witness.when}: {witness.who}"
        for name, witness in envelope.evidence.items()
    )
    fields = [*envelope.media_fields.values(), *envelope.face_fields.values()]
    media = ", ".join(fields) if envelope.shape == "fields" else envelope.shape
    taken = ", ".join(one.field or name for name, one in envelope.parameters.items())
    head = [
        f"{envelope.name}: {envelope.title}",
        f"model {envelope.model}; media in {media}; parameters {taken}",
    ]
    tail = [*_cost(envelope), "", *_api(envelope), "evidence", *witnesses]
    return "\n".join([*head, "", *limits, *tail])


def _cost(envelope: Envelope) -> Iterator[str]:
    """What is known of prices, in a line; refprep estimate tells the rest."""
    if cost := envelope.cost:
        price = (
            cost.no_price
            if cost.per_1000_tokens is None
            else f"{cost.per_1000_tokens} per 1,000 tokens"
        )
        names = ", ".join([*cost.price_evidence, *cost.size_evidence])
        yield f"{'cost':20} {'':8} {price} ({cost.currency})  [{names}]"


def _api(envelope: Envelope) -> Iterator[str]:
    """The addresses of the provider, and where its key is read."""
    if api := envelope.api:
        urls = {name: getattr(api, name) for name in ADDRESSES}
        yield f"api, by the key in {api.key}  [{', '.join(api.evidence)}]"
        yield from (f"{name:20} {url or 'not documented'}" for name, url in urls.items())
        yield ""


def differences(one: Envelope, other: Envelope) -> str:
    """The limits in which two envelopes differ, a line for each side."""
    rules = dict.fromkeys([*one.limits, *other.limits])
    told = [(rule, _side(one, rule), _side(other, rule)) for rule in rules]
    lines = [f"--- {one.name}", f"+++ {other.name}"]
    for rule, ours, theirs in told:
        if ours != theirs:
            lines += [f"{rule}", f"- {ours}", f"+ {theirs}"]
    return "\n".join(lines)


def _row(rule: Rule, envelope: Envelope) -> Row:
    bound = envelope.limits.get(rule.name)
    level = rule.level or (bound.level if bound else "unset")
    limit = str(bound.limit) if bound else None
    return Row(rule=rule.name, level=level, limit=limit, what=page(rule.name).what)


def _page(rule: Rule, envelope: Envelope) -> Iterator[str]:
    told, row = page(rule.name), _row(rule, envelope)
    yield f"## {rule.name}\n\n{told.what} ({row.level})\n"
    yield f"**Why.** {told.why}\n"
    if bound := envelope.limits.get(rule.name):
        yield f"**Limit.** {envelope.name} takes {_limit(bound)}.\n"
        yield from (f"- {line}" for line in _witnesses(bound, envelope))
        yield ""
    advice = f" You can: {told.advice}." if told.advice else ""
    yield f"**Mended.** {told.mended}{advice}\n"
    yield f"**Example.** `{told.example}`"


def _witnesses(bound: Bound, envelope: Envelope) -> Iterator[str]:
    for name in bound.evidence:
        witness = envelope.evidence[name]
        yield f"{witness.kind}: {witness.who} ({witness.when})"


def _limit(bound: Bound) -> str:
    doubt = f", in the generous reading {bound.lenient}" if bound.lenient else ""
    return f"{bound.limit}{doubt}"


def _side(envelope: Envelope, rule: str) -> str:
    bound = envelope.limits.get(rule)
    return f"{_limit(bound)} ({bound.level})" if bound else "no limit"


def main(arguments: Sequence[str]) -> None:
    """Write the handbook of the default envelope."""
    Path(arguments[0]).write_text(handbook(known.load(DEFAULT_ENVELOPE)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
