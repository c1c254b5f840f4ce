"""What is read of the request: how many files, in which company, and the parameters."""

from collections.abc import Callable, Iterator

from refprep.body import inline, writing
from refprep.body.tags import kind_of
from refprep.envelope import Envelope
from refprep.finding import Finding
from refprep.limits import Scalar
from refprep.lineup import Lineup
from refprep.media import Kind
from refprep.rules.row import NOTHING, Find, Rule, finding, judge, perhaps


def count(kind: Kind) -> Callable[[Lineup], int]:
    """How many files stand in the slots of one kind."""
    return lambda lineup: len(lineup.placed(kind))


def all_files(lineup: Lineup) -> int:
    return len(lineup.entries)


def no_media(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A request of text only."""
    if lineup.scope == "request" and not lineup.entries:
        yield finding(rule, "no images, clips or sounds: text only")


def weighed(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """The bytes of the body with all media inside, just as `pack --inline` writes it."""
    if lineup.inline and lineup.scope != "each":
        says = "{value:,} bytes with the media inside; {takes}"
        yield from judge(rule, envelope, weight(lineup, envelope), says, ())


def weight(lineup: Lineup, envelope: Envelope) -> int:
    """Bytes of a body that holds its media as base64, without reading them."""
    sent = lineup.arranged(envelope)
    placed = [entry for entry in sent.entries if entry.slot]
    heads = {str(entry.slot): inline.head(entry.media.format) for entry in placed}
    asked = sent.request
    body = writing.write(envelope, asked.prompt, heads, asked.parameters, asked.faces)
    return len(writing.data(body)) + sum(inline.length(one.media.bytes or 0) for one in placed)


def inside(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file inside a request whose provider wants its URL."""
    for entry in lineup.entries if lineup.inline else ():
        if entry.kind:
            says = "{value} inside the request, as a data: URI; {takes}"
            yield from judge(rule, envelope, entry.kind, says, (entry,))


def faces(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A face in a slot that is not there, or that the provider has no field for."""
    places = {entry.slot: entry for entry in lineup.entries}
    fields = " and ".join(f"{kind}s" for kind in envelope.face_fields)
    there = f"has fields for faces only in {fields}" if fields else "has no fields for real faces"
    slots = list(lineup.request.slots)
    for face in lineup.request.faces:
        if face not in slots:
            has = ", ".join(slots) or "no media"
            said = f"{face} is marked as a real face; the request has {has}"
            meant = perhaps(face, slots)
            yield finding(rule, said, level="error", actual=face, required=slots, repair=meant)
        elif kind_of(face) not in envelope.face_fields:
            said = f"marked as a real face; {envelope.name} {there}"
            repair = f"mark {fields} only" if fields else None
            yield finding(rule, said, places.get(face), actual=face, repair=repair)


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
