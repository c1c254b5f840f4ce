"""What is read of the request: how many files, in which company, and the parameters."""

from collections.abc import Callable, Iterator

from refprep.envelope import Envelope
from refprep.finding import Finding
from refprep.limits import Scalar
from refprep.lineup import Lineup
from refprep.media import Kind
from refprep.rules.row import NOTHING, Find, Rule, finding, judge


def count(kind: Kind) -> Callable[[Lineup], int]:
    """How many files stand in the slots of one kind."""
    return lambda lineup: len(lineup.placed(kind))


def all_files(lineup: Lineup) -> int:
    return len(lineup.entries)


def no_media(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A request of text only."""
    if lineup.scope == "request" and not lineup.entries:
        yield finding(rule, "no images, clips or sounds: text only")


def inlined(lineup: Lineup) -> int | tuple[()]:
    """Bytes of all media as base64 data: URIs; nothing where they travel by their URLs."""
    sizes = (entry.media.bytes or 0 for entry in lineup.entries)
    return sum((size + 2) // 3 * 4 for size in sizes) if lineup.inline else NOTHING


def company(lineup: Lineup) -> int | tuple[()]:
    """How many images and videos go with the audio; nothing where there is no audio."""
    beside = len(lineup.placed("image")) + len(lineup.placed("video"))
    return beside if lineup.placed("audio") else NOTHING


def parameter(name: str) -> Find:
    """Judge one parameter as the body would have it; what is not set is the provider's choice."""
    says = f"{name} is {{value}}; {{takes}}"

    def find(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
        asked: Scalar | None = lineup.request.parameters.get(name)
        if asked is None:
            return
        if name in envelope.parameters:
            value = envelope.parameters[name].write(asked)
            yield from judge(rule, envelope, value, says, ())
        else:
            known = ", ".join(envelope.parameters)
            said = f"{envelope.name} has no parameter {name}; it takes {known}"
            yield finding(rule, said, level="error", actual=asked)

    return find
