"""What is read of the request: how many files, in which company, and the parameters."""

from collections.abc import Callable, Iterator

from refprep.envelopes import body as bodies
from refprep.envelopes import data_uri
from refprep.envelopes.tags import arrange_set
from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.limits import Scalar
from refprep.models.media import Kind
from refprep.models.reference import ReferenceSet
from refprep.models.request import slot_kind
from refprep.rules.rule import NOTHING, Find, Rule, finding, judge, perhaps


def count(kind: Kind) -> Callable[[ReferenceSet], int]:
    """How many files stand in the slots of one kind."""
    return lambda reference_set: len(reference_set.placed(kind))


def all_files(reference_set: ReferenceSet) -> int:
    return len(reference_set.references)


def no_media(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A request of text only."""
    if reference_set.scope == "request" and not reference_set.references:
        yield finding(rule, "no images, clips or sounds: text only")


def weighed(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """The bytes of the body with all media inside, just as `pack --inline` writes it."""
    if reference_set.inline and reference_set.scope != "each":
        says = "{value:,} bytes with the media inside; {takes}"
        yield from judge(rule, envelope, weight(reference_set, envelope), says, ())


def weight(reference_set: ReferenceSet, envelope: Envelope) -> int:
    """Bytes of a body that holds its media as base64, without reading them."""
    sent = arrange_set(reference_set, envelope)
    placed = [reference for reference in sent.references if reference.slot]
    heads = {str(reference.slot): data_uri.head(reference.media.format) for reference in placed}
    asked = sent.request
    body = bodies.write(envelope, asked.prompt, heads, asked.parameters, asked.faces)
    return len(bodies.data(body)) + sum(data_uri.length(one.media.size or 0) for one in placed)


def inside(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file inside a request whose provider wants its URL."""
    for reference in reference_set.references if reference_set.inline else ():
        if reference.kind:
            says = "{value} inside the request, as a data: URI; {takes}"
            yield from judge(rule, envelope, reference.kind, says, (reference,))


def faces(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A face in a slot that is not there, or that the provider has no field for."""
    places = {reference.slot: reference for reference in reference_set.references}
    fields = " and ".join(f"{kind}s" for kind in envelope.face_fields)
    there = f"has fields for faces only in {fields}" if fields else "has no fields for real faces"
    slots = list(reference_set.request.slots)
    for face in reference_set.request.faces:
        if face not in slots:
            has = ", ".join(slots) or "no media"
            said = f"{face} is marked as a real face; the request has {has}"
            meant = perhaps(face, slots)
            yield finding(rule, said, level="error", actual=face, required=slots, repair=meant)
        elif slot_kind(face) not in envelope.face_fields:
            said = f"marked as a real face; {envelope.name} {there}"
            repair = f"mark {fields} only" if fields else None
            yield finding(rule, said, places.get(face), actual=face, repair=repair)


def company(reference_set: ReferenceSet) -> int | tuple[()]:
    """How many images and videos go with the audio; nothing where there is no audio."""
    beside = len(reference_set.placed("image")) + len(reference_set.placed("video"))
    return beside if reference_set.placed("audio") else NOTHING


def parameter(name: str) -> Find:
    """Judge one parameter as the body would have it; what is not set is the provider's choice."""
    says = f"{name} is {{value}}; {{takes}}"

    def find(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
        asked: Scalar | None = reference_set.request.parameters.get(name)
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
