"""What is checked of the request: the number of files, its size, and the parameters."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import get_close_matches

from refprep.envelopes import body as bodies
from refprep.envelopes import data_uri
from refprep.envelopes.tags import arrange_set
from refprep.models.envelope import Envelope, rule_of
from refprep.models.finding import Finding
from refprep.models.reference import ReferenceSet
from refprep.models.request import FRAMES, PLURALS, slot_type
from refprep.rules.rule import NOT_APPLICABLE, Rule, finding, judge, nearest_slot

MEDIA = "media"
"Where a bundle's body names the files that are not inside it."
OWN_RULES = ("resolution", "duration", "aspect-ratio", "generate-audio", "seed", "watermark")
"The parameters that have a rule of their own name; `parameter` is about all others."


def count(slot: str) -> Callable[[ReferenceSet], int]:
    """How many files are in the slots of one type."""
    return lambda references: len(references.in_slots(slot))


def count_files(references: ReferenceSet) -> int:
    """How many files there are in all."""
    return len(references.references)


def count_beside_audio(references: ReferenceSet) -> int | tuple[()]:
    """How many images and videos go with the audio."""
    beside = len(references.in_slots("image", "video"))
    return beside if references.in_slots("audio") else NOT_APPLICABLE


def unknown_slots(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file in a slot that the envelope does not have."""
    for reference in references.references:
        slot = reference.slot_type
        known = envelope.slots.get(slot) if slot else None
        if slot is None or (known and known.single is (reference.slot == slot)):
            continue
        kinds = ", ".join(envelope.slots)
        message = f"{envelope.name} has no slot {reference.slot}; it takes {kinds}"
        near = get_close_matches(slot, envelope.slots, n=1)
        repair = f"did you mean {near[0]}?" if near else "leave it out"
        yield finding(rule, message, reference, actual=slot, repair=repair)


def conflicting_slots(
    rule: Rule, references: ReferenceSet, envelope: Envelope
) -> Iterator[Finding]:
    """Slots that exclude each other, or a slot without the one that it needs."""
    filled = references.filled
    for group in envelope.groups.values():
        sides = [" and ".join(side) for side in group.sides]
        present = [
            ", ".join(name for name in references.request.slots if slot_type(name) in side)
            for side in group.sides
            if filled & set(side)
        ]
        if len(present) > 1:
            message = f"{' beside '.join(present)}; {envelope.name} takes {' or '.join(sides)}"
            yield finding(
                rule, message, level=group.level, actual=sorted(filled), repair="leave one side out"
            )
    for name in references.request.slots:
        slot = envelope.slots.get(slot_type(name))
        for needed in slot.needs if slot else ():
            if needed not in filled:
                message = f"{name} without {needed}; {envelope.name} takes it only with {needed}"
                yield finding(rule, message, actual=name, required=needed, repair=f"add {needed}")


def capped_slots(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """More files in several slots together than the envelope takes."""
    for cap in envelope.caps.values():
        number = len(references.in_slots(*cap.slots))
        if number > cap.max and references.scope != "each":
            what = " and ".join(f"{slot}s" for slot in cap.slots)
            message = f"{number} {what} together; {envelope.name} takes at most {cap.max}"
            yield finding(rule, message, level=cap.level, actual=number, required=cap.max)


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
    kinds = " and ".join(f"{slot}s" for slot in envelope.face_slots)
    fields = f"has fields for faces only in {kinds}" if kinds else "has no fields for real faces"
    slots = list(references.request.slots)
    for face in references.request.faces:
        if face not in slots:
            present = ", ".join(slots) or "no media"
            message = f"{face} is marked as a real face; the request has {present}"
            repair = nearest_slot(face, slots)
            yield finding(rule, message, level="error", actual=face, required=slots, repair=repair)
        elif slot_type(face) not in envelope.face_slots:
            message = f"marked as a real face; {envelope.name} {fields}"
            repair = f"mark {kinds} only" if kinds else None
            yield finding(rule, message, by_slot.get(face), actual=face, repair=repair)


def parameter(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """The parameter of the rule's name, in the type of the body; where unset, nothing."""
    yield from _judge_parameter(rule, rule.name.replace("-", "_"), references, envelope)


def other_parameters(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """Every parameter that has no rule of its own."""
    for name in references.request.parameters:
        if rule_of(name) not in OWN_RULES:
            yield from _judge_parameter(rule, name, references, envelope)


def _judge_parameter(
    rule: Rule, name: str, references: ReferenceSet, envelope: Envelope
) -> Iterator[Finding]:
    value, known = references.request.parameters.get(name), envelope.parameters.get(name)
    if value is None:
        return
    if known is None:
        yield _unknown_parameter(rule, name, references, envelope)
        return
    written, bound = known.write(value), envelope.bounds[rule_of(name)]
    level = bound.judge(written) if known.has_type(written) else "error"
    if level:
        unit = f" {known.unit}" * bool(known.unit)
        row = rule if rule.message else replace(rule, accepted="{limit}" + unit)
        takes = known.type if bound.limit.admits(written) else row.accepts(bound)
        message = (rule.message or f"{name} is {{json}}; {{takes}}").format(
            json=json.dumps(written, ensure_ascii=False), takes=f"{envelope.name} takes {takes}"
        )
        required = bound.limit.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        yield finding(rule, message, level=level, actual=written, required=required)


def _unknown_parameter(
    rule: Rule, name: str, references: ReferenceSet, envelope: Envelope
) -> Finding:
    names = ", ".join(envelope.parameters)
    fields = ["prompt", "faces", *PLURALS, *FRAMES, *envelope.parameters]
    near = get_close_matches(name, fields, n=1)
    repair = f"did you mean {near[0]}?" if near else None
    message = f"{envelope.name} has no parameter {name}; it takes {names}"
    value = references.request.parameters[name]
    return finding(rule, message, level="error", actual=value, repair=repair)


def sent_parameters(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A parameter that is sent although the request leaves it out: leaving it out costs money."""
    given = references.request.parameters
    if references.scope == "each":
        return
    for name, value in envelope.values(given, references.filled).items():
        if name not in given:
            known = envelope.parameters[name]
            unit = f" {known.unit}" * bool(known.unit)
            default = f"would use {json.dumps(known.default)}, which may cost more"
            why = "requires it" if known.default is None else default
            message = (
                f"{name} is not set; refprep sends {json.dumps(value)}{unit}, because "
                f"{envelope.provider} {why}"
            )
            yield finding(rule, message, actual=value, repair=f"set {name}")
