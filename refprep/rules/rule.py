"""A row of the rule table, and the functions that find: on each file, on sums, on the request."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf
from operator import attrgetter
from typing import Any, Literal, Protocol

from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.limits import Bound, Level
from refprep.models.media import Kind
from refprep.models.reference import Reference, ReferenceSet

Aspect = Literal[
    "name", "frame", "scan", "time", "rate", "stream", "color", "audio", "size", "request"
]
NOT_APPLICABLE = ()
"The value where there is nothing to check; None is for what could not be measured."
UNMEASURED = "could not be measured; {takes}"


class Find(Protocol):
    """Yields the findings of one rule over one reference set."""

    def __call__(
        self, rule: "Rule", references: ReferenceSet, envelope: Envelope
    ) -> Iterator[Finding]: ...


@dataclass(frozen=True)
class Rule:
    """One row of the table. Its page in pages.toml explains it to people.

    Attributes:
        name: The rule of its findings, and the name of its limit in an envelope.
        aspect: Which steps repair it: those that have this aspect.
        find: Yields its findings.
        message: The text of its findings: {value} is what was measured, {json} the same as JSON,
            {count} the number of files, {unit} what the limit counts, {media} the facts of the
            file, {accepted} the limit with its unit, {takes} the envelope's name and that limit.
            Unused where `find` writes its own messages.
        accepted: The limit with its unit: {limit} is its text. An envelope's own words for a limit
            take precedence.
        level: The level of its findings, where the envelope's evidence does not decide it.
    """

    name: str
    aspect: Aspect
    find: Find
    message: str = ""
    accepted: str = "{limit}"
    level: Level | None = None

    def accepts(self, bound: Bound) -> str:
        """The limit with its unit: `at most 9 images`, and its lenient reading."""
        text = bound.words or self.accepted.format(limit=bound.limit, unit=bound.unit)
        text += f" {bound.condition}" * bool(bound.condition)
        return f"{text} (lenient reading: {bound.lenient})" if bound.lenient else text


def each(kind: Kind, fact: str, *, decoded: bool = False) -> Find:
    """Check a fact of every file of one kind.

    Args:
        kind: Of the slot and of the content.
        fact: The path to the fact from the reference: `media.size`.
        decoded: True for a fact that is known only of decoded files; there, None is no finding.
    """
    read = attrgetter(fact)

    def find(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
        for reference in references.of(kind):
            value = read(reference)
            known = NOT_APPLICABLE if decoded and value is None else value
            yield from judge(rule, envelope, known, (reference,))

    return find


def total(kind: Kind, fact: str) -> Find:
    """Check the sum of a fact over all files of one kind.

    A URL that was not fetched is not in the sum: what is missing to the least sum is no finding.
    """
    read = attrgetter(fact)

    def find(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
        if files := references.of(kind):
            facts = [read(file) for file in files]
            value = None if None in facts else round(sum(facts), 6)
            whole_sum = all(reference.checked for reference in references.placed(kind))
            if whole_sum or value is None or value >= (envelope.range(rule.name).max or inf):
                yield from judge(rule, envelope, value, files)

    return find


def whole(read: Callable[[ReferenceSet], Any]) -> Find:
    """Check a value of the request as a whole; a file that is checked by itself has none."""

    def find(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
        if references.scope != "each":
            yield from judge(rule, envelope, read(references))

    return find


def judge(
    rule: Rule, envelope: Envelope, value: Any, files: Sequence[Reference] = ()
) -> Iterator[Finding]:
    """Compare a value with the rule's bound; a value that could not be measured is a finding.

    Args:
        rule: The row; its message describes the finding.
        envelope: Where the bound is.
        value: The measured value; None where it is unknown, NOT_APPLICABLE where there is none.
        files: The files that the value was measured on; none for the request.
    """
    bound = envelope.bound(rule.name)
    level = bound.level if value is None else bound.judge(value)
    if level is None or value is NOT_APPLICABLE or bound.limit.admits(value):
        return
    accepted = rule.accepts(bound)
    message = (UNMEASURED if value is None else rule.message).format(
        value=value,
        json=json.dumps(value, ensure_ascii=False),
        count=f"{len(files)} file{'s' * (len(files) != 1)}",
        media=files[0].media if files else None,
        envelope=envelope.name,
        unit=bound.unit,
        accepted=accepted,
        takes=f"{envelope.name} takes {accepted}",
    )
    yield finding(
        rule,
        message,
        files[0] if len(files) == 1 else None,
        level=rule.level or level,
        actual=value,
        required=bound.limit.model_dump(mode="json", exclude_none=True, exclude_defaults=True),
    )


def finding(rule: Rule, message: str, reference: Reference | None = None, **fields: Any) -> Finding:
    """A finding of this rule, about one reference or about the request."""
    level = fields.pop("level", None) or rule.level or "error"
    place = {"slot": reference.slot, "source": str(reference.source)} if reference else {}
    return Finding(rule=rule.name, level=level, message=message, **place, **fields)


def nearest_slot(slot: str, slots: Sequence[str], envelope: Envelope | None = None) -> str | None:
    """`did you mean image1?`, or the provider's tag for it; None where there are no slots."""
    nearest = get_close_matches(slot, slots, n=1, cutoff=0.0)
    names = [envelope.tag_of(name) if envelope else name for name in nearest]
    return f"did you mean {names[0]}?" if names else None
