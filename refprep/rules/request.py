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
    """The size of the body with all media inside, as `pack --inline` writes it."""
    if references.inline and references.scope != "each":
        yield from judge(rule, envelope, inline_size(references, envelope))


def inline_size(references: ReferenceSet, envelope: Envelope) -> int:
    """Bytes of a body that holds its media as base64, computed without reading them."""
    sent = arrange_set(references, envelope)
    placed = [reference for reference in sent.references if reference.slot]
    heads = {str(reference.slot): data_uri.head(reference.media.format) for reference in placed}
    request = sent.request
    body = bodies.write(envelope, request.prompt, heads, request.parameters, request.faces)
    media = sum(data_uri.length(reference.media.size or 0) for reference in placed)
    return len(bodies.data(body)) + media


def inline(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file inside a request whose provider takes this kind by URL only."""
    for reference in references.references if references.inline else ():
        if reference.kind:
            yield from judge(rule, envelope, reference.kind, (reference,))


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
