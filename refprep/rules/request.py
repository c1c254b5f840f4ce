"""What is read of the request: how many files, the prompt, its references, the parameters."""

from collections.abc import Callable, Iterator

from refprep.envelope import Envelope
from refprep.finding import Finding
from refprep.limits import Scalar
from refprep.lineup import Lineup
from refprep.media import Kind, Unread
from refprep.rules.row import NOTHING, Find, Rule, finding, judge


def unreadable(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file that nothing reads."""
    for entry in lineup.entries:
        if isinstance(entry.media, Unread):
            yield finding(rule, entry.media.reason, entry)


def misplaced(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file whose content is not what its slot is for."""
    for entry in lineup.entries:
        if entry.media.kind and not entry.fits_slot:
            said = f"{entry.media.format} {entry.media.kind}; this slot takes {entry.kind}"
            yield finding(rule, said, entry, actual=entry.media.kind, required=entry.kind)


def count(kind: Kind) -> Callable[[Lineup], int]:
    """How many files stand in the slots of one kind."""
    return lambda lineup: len(lineup.placed(kind))


def all_files(lineup: Lineup) -> int:
    return len(lineup.entries)


def company(lineup: Lineup) -> int | tuple[()]:
    """How many images and videos go with the audio; nothing where there is no audio."""
    beside = len(lineup.placed("image")) + len(lineup.placed("video"))
    return beside if lineup.placed("audio") else NOTHING


def prompt_length(lineup: Lineup) -> int | tuple[()]:
    """Characters of the prompt; nothing where the prompt is not looked at."""
    return len((lineup.request.prompt or "").strip()) if lineup.scope == "request" else NOTHING


def unasked(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """Bare files without a prompt: the prompt's rules have nothing to read."""
    if lineup.scope == "files":
        yield finding(rule, "no prompt was given, so the rules about it were not looked at")


def dangling(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A tag in the prompt that addresses an empty slot."""
    slots = list(lineup.request.slots)
    for slot, tag in lineup.request.references.items():
        if slot not in slots:
            there = f"the request has {', '.join(slots)}" if slots else "the request has no media"
            yield finding(rule, f"the prompt names {tag}; {there}", actual=tag, required=slots)


def unused(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file that the prompt never names."""
    named = lineup.request.references
    for entry in lineup.entries:
        if lineup.scope == "request" and entry.slot and entry.slot not in named:
            yield finding(rule, f"the prompt never names {envelope.tag_of(entry.slot)}", entry)


def parameter(name: str) -> Find:
    """Judge one parameter as the body would have it; what is not set is the provider's choice."""
    says = f"{name} is {{value}}; {{takes}}"

    def find(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
        asked: Scalar | None = lineup.request.parameters.get(name)
        if asked is not None:
            value = envelope.parameters[name].write(asked)
            yield from judge(rule, envelope, value, says, ())

    return find
