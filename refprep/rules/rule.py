"""The row of the rule table, and the ways in which a row finds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from operator import attrgetter
from typing import Any, Literal, Protocol

from refprep.models.envelope import Bound, Envelope
from refprep.models.finding import Finding
from refprep.models.limits import Level, number
from refprep.models.media import Kind
from refprep.models.reference import Reference, ReferenceSet

Aspect = Literal[
    "name", "frame", "scan", "time", "rate", "stream", "color", "audio", "size", "request"
]
NOTHING = ()
"What a reading returns where there is nothing to judge; None is for what cannot be measured."


class Find(Protocol):
    """Yields the findings of one rule over one reference_set."""

    def __call__(
        self, rule: "Rule", reference_set: ReferenceSet, envelope: Envelope
    ) -> Iterator[Finding]: ...


@dataclass(frozen=True)
class Rule:
    """One row: its name, the aspect that mends it, and how it finds. Its page tells the rest."""

    name: str
    aspect: Aspect
    find: Find
    level: Level | None = None
    "FixResult where the envelope's witnesses do not decide."


def each(kind: Kind, fact: str, says: str, *, sensed: bool = False) -> Find:
    """Judge a fact of every file of one kind; `fact` is its path from the reference.

    A `sensed` fact is known only of what has been decoded; without it there is nothing to judge.
    """
    read = attrgetter(fact)

    def find(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
        for reference in reference_set.of(kind):
            value = read(reference)
            known = NOTHING if sensed and value is None else value
            yield from judge(rule, envelope, known, says, (reference,))

    return find


def total(kind: Kind, fact: str, says: str) -> Find:
    """Judge the sum of a fact over all files of one kind."""
    read = attrgetter(fact)

    def find(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
        if references := reference_set.of(kind):
            facts = [read(reference) for reference in references]
            value = None if None in facts else round(sum(facts), 6)
            yield from judge(rule, envelope, value, says, references)

    return find


def whole(read: Callable[[ReferenceSet], Any], says: str) -> Find:
    """Judge one reading of the request as a whole; a file for itself has none."""

    def find(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
        if reference_set.scope != "each":
            yield from judge(rule, envelope, read(reference_set), says, ())

    return find


def judge(
    rule: Rule, envelope: Envelope, value: Any, says: str, references: Sequence[Reference]
) -> Iterator[Finding]:
    """Hold a value against the rule's bound; what could not be measured is found, too."""
    bound = envelope.bound(rule.name)
    level = bound.level if value is None else bound.judge(value)
    if level is None or value is NOTHING or bound.limit.admits(value):
        return
    says = "could not be measured; {takes}" if value is None else says
    yield finding(
        rule,
        says.format(
            value=value,
            takes=takes(envelope, bound),
            count=files(references),
            reference=references[:1],
        ),
        references[0] if len(references) == 1 else None,
        level=rule.level or level,
        actual=value,
        required=bound.limit.model_dump(mode="json", exclude_none=True, exclude_defaults=True),
    )


def takes(envelope: Envelope, bound: Bound) -> str:
    """`oxen-seedance-2.0 takes at most 30,000,000 (31,457,280 in the generous reading)`."""
    most = getattr(bound.lenient, "max", None)
    doubt = f" ({number(most)} in the generous reading)" if most else ""
    return f"{envelope.name} takes {bound.limit}{doubt}"


def perhaps(slot: str, slots: Sequence[str], envelope: Envelope | None = None) -> str | None:
    """`perhaps image1 is meant`, or with the provider's tag; None where there are no slots."""
    nearest = get_close_matches(slot, slots, n=1, cutoff=0.0)
    names = [envelope.tag_of(one) if envelope else one for one in nearest]
    return f"perhaps {names[0]} is meant" if names else None


def files(references: Sequence[Reference]) -> str:
    return "1 file" if len(references) == 1 else f"{len(references)} files"


def finding(rule: Rule, message: str, reference: Reference | None = None, **known: Any) -> Finding:
    """A finding of this rule, about one reference or about the request."""
    level = known.pop("level", None) or rule.level or "error"
    place = {"slot": reference.slot, "source": str(reference.source)} if reference else {}
    return Finding(rule=rule.name, level=level, message=message, **place, **known)
