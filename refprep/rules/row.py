"""The row of the rule table, and the ways in which a row finds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from operator import attrgetter
from typing import Any, Literal, Protocol

from refprep.envelope import Bound, Envelope, Level
from refprep.finding import Finding
from refprep.limits import number
from refprep.lineup import Entry, Lineup
from refprep.media import Kind

Aspect = Literal[
    "name", "frame", "scan", "time", "rate", "stream", "colour", "sound", "weight", "request"
]
NOTHING = ()
"What a reading returns where there is nothing to judge; None is for what cannot be measured."


class Find(Protocol):
    """Yields the findings of one rule over one lineup."""

    def __call__(self, rule: "Rule", lineup: Lineup, envelope: Envelope) -> Iterator[Finding]: ...


@dataclass(frozen=True)
class Rule:
    """One row: its name, the aspect that mends it, and how it finds. Its page tells the rest."""

    name: str
    aspect: Aspect
    find: Find
    level: Level | None = None
    "Fixed where the envelope's witnesses do not decide."


def each(kind: Kind, fact: str, says: str, *, sensed: bool = False) -> Find:
    """Judge a fact of every file of one kind; `fact` is its path from the entry.

    A `sensed` fact is known only of what has been decoded; without it there is nothing to judge.
    """
    read = attrgetter(fact)

    def find(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
        for entry in lineup.of(kind):
            value = read(entry)
            known = NOTHING if sensed and value is None else value
            yield from judge(rule, envelope, known, says, (entry,))

    return find


def total(kind: Kind, fact: str, says: str) -> Find:
    """Judge the sum of a fact over all files of one kind."""
    read = attrgetter(fact)

    def find(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
        if entries := lineup.of(kind):
            facts = [read(entry) for entry in entries]
            value = None if None in facts else round(sum(facts), 6)
            yield from judge(rule, envelope, value, says, entries)

    return find


def whole(read: Callable[[Lineup], Any], says: str) -> Find:
    """Judge one reading of the request as a whole; a file for itself has none."""

    def find(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
        if lineup.scope != "each":
            yield from judge(rule, envelope, read(lineup), says, ())

    return find


def judge(
    rule: Rule, envelope: Envelope, value: Any, says: str, entries: Sequence[Entry]
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
            value=value, takes=takes(envelope, bound), count=files(entries), entry=entries[:1]
        ),
        entries[0] if len(entries) == 1 else None,
        level=rule.level or level,
        actual=value,
        required=bound.limit.model_dump(mode="json", exclude_none=True, exclude_defaults=True),
    )


def takes(envelope: Envelope, bound: Bound) -> str:
    """`oxen-seedance-2.0 takes at most 30,000,000 (31,457,280 in the generous reading)`."""
    most = getattr(bound.generous, "max", None)
    doubt = f" ({number(most)} in the generous reading)" if most else ""
    return f"{envelope.name} takes {bound.limit}{doubt}"


def perhaps(slot: str, slots: Sequence[str], envelope: Envelope | None = None) -> str | None:
    """`perhaps image1 is meant`, or with the provider's tag; None where there are no slots."""
    nearest = get_close_matches(slot, slots, n=1, cutoff=0.0)
    names = [envelope.tag_of(one) if envelope else one for one in nearest]
    return f"perhaps {names[0]} is meant" if names else None


def files(entries: Sequence[Entry]) -> str:
    return "1 file" if len(entries) == 1 else f"{len(entries)} files"


def finding(rule: Rule, message: str, entry: Entry | None = None, **known: Any) -> Finding:
    """A finding of this rule, about one entry or about the request."""
    level = known.pop("level", None) or rule.level or "error"
    place = {"slot": entry.slot, "source": str(entry.source)} if entry else {}
    return Finding(rule=rule.name, level=level, message=message, **place, **known)
