"""What is checked of the request: the number of files, its size, and the parameters."""

from collections.abc import Callable, Iterator

from refprep.envelopes import body as bodies
from refprep.envelopes import data_uri
from refprep.envelopes.tags import arrange_set
from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.media import Kind
from refprep.models.reference import ReferenceSet
from refprep.models.request import slot_kind
from refprep.rules.rule import NOT_APPLICABLE, Rule, finding, judge, nearest_slot

MEDIA = "media"
"Where a bundle's body names the files that are not inside it."


def count(kind: Kind) -> Callable[[ReferenceSet], int]:
    """How many files are in the slots of one kind."""
    return lambda references: len(references.placed(kind))


def count_files(references: ReferenceSet) -> int:
    """How many files there are in all."""
    return len(references.references)


def count_beside_audio(references: ReferenceSet) -> int | tuple[()]:
    """How many images and videos go with the audio."""
    beside = len(references.placed("image")) + len(references.placed("video"))
    return beside if references.placed("audio") else NOT_APPLICABLE


def without_media(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A request that consists of text only."""
    if references.scope == "request" and not references.references:
        yield finding(rule, "no image, video or audio: text only")


def too_large(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """The size of the body with the media inside that travel there."""
    if references.inlined and references.scope != "each":
        yield from judge(rule, envelope, inline_size(references, envelope))


def inline_size(references: ReferenceSet, envelope: Envelope) -> int:
    """Bytes of a body that holds media as base64, computed without reading them."""
    sent = arrange_set(references, envelope)
    inside = {str(row.slot): row.media for row in sent.inlined}
    uris = {
        slot: data_uri.head(inside[slot].format)
        if slot in inside
        else source.url or f"{MEDIA}/{slot}{source.suffix}"
        for slot, source in sent.request.slots.items()
    }
    request = sent.request
    body = bodies.write(envelope, request.prompt, uris, request.parameters, request.faces)
    media = sum(data_uri.length(media.size or 0) for media in inside.values())
    return len(bodies.data(body)) + media


def faces(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A real face in a slot that does not exist, or that the provider has no field for."""
    by_slot = {reference.slot: reference for reference in references.references}
    kinds = " and ".join(f"{kind}s" for kind in envelope.face_fields)
    fields = f"has fields for faces only in {kinds}" if kinds else "has no fields for real faces"
    slots = list(references.request.slots)
    for face in references.request.faces:
        if face not in slots:
            present = ", ".join(slots) or "no media"
            message = f"{face} is marked as a real face; the request has {present}"
            repair = nearest_slot(face, slots)
            yield finding(rule, message, level="error", actual=face, required=slots, repair=repair)
        elif slot_kind(face) not in envelope.face_fields:
            message = f"marked as a real face; {envelope.name} {fields}"
            repair = f"mark {kinds} only" if kinds else None
            yield finding(rule, message, by_slot.get(face), actual=face, repair=repair)


def parameter(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """The parameter of the rule's name, in the type of the body; where unset, nothing."""
    name = rule.name.replace("-", "_")
    value = references.request.parameters.get(name)
    if value is None:
        return
    if known := envelope.parameters.get(name):
        yield from judge(rule, envelope, known.write(value))
    else:
        names = ", ".join(envelope.parameters)
        message = f"{envelope.name} has no parameter {name}; it takes {names}"
        yield finding(rule, message, level="error", actual=value)
