"""Tags in a prompt: found in every known style, renumbered, written in the provider's style."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from refprep.models.envelope import BEGIN, PLAIN_END, Envelope
from refprep.models.media import KINDS
from refprep.models.reference import ReferenceSet
from refprep.models.request import Request, slot_kind

_NAME = r"(?P<kind{0}>image|video|audio) ?#?(?P<place{0}>\d+)"
_STYLES = (
    r"@?\[@?" + _NAME + r"\]",
    r"@?<@?" + _NAME + r">",
    r"@?\{{@?" + _NAME + r"\}}",
    BEGIN + "@" + _NAME + r"(?!\d)",
    BEGIN + _NAME + PLAIN_END,
)
TAG = re.compile(
    "|".join(style.format(place) for place, style in enumerate(_STYLES)), re.IGNORECASE | re.ASCII
)
"""[Image1], <Image 1>, {image1}, @Image1 and plain "Image 1": the styles of the providers.

Plain words are a tag only where they end there: not in "video 1080p", "image1.jpg", "audio 1:30".
A letter of another script may be next to a tag: Chinese is written without spaces.
"""

_GLUED_BEFORE = re.compile(r"[@\w]\Z", re.ASCII)
_GLUED_AFTER = re.compile(r"[@\w]", re.ASCII)
_GLUED_AFTER_WORDS = re.compile(r"[@\w%]|[.:][\w@\[<{]", re.ASCII)


class Tag(NamedTuple):
    """A tag in a prompt: its place, its words, the slot that it addresses, whose style it is."""

    start: int
    end: int
    words: str
    slot: str
    own: bool
    "True where it is in the style of the envelope's provider."


def tags(prompt: str, envelope: Envelope) -> Iterator[Tag]:
    """All tags of a prompt, in order; of two that overlap the first, or the longer one."""
    own = [_tag(found, "", True) for found in envelope.pattern.finditer(prompt)]
    known = [_tag(found, (found.lastgroup or "")[5:], False) for found in TAG.finditer(prompt)]
    end = 0
    for tag in sorted([*own, *known], key=lambda tag: (tag.start, -tag.end, not tag.own)):
        if tag.start >= end:
            yield tag
            end = tag.end


def _tag(found: re.Match[str], style: str, own: bool) -> Tag:
    slot = f"{found[f'kind{style}'].lower()}{found[f'place{style}'].lstrip('0')}"
    return Tag(found.start(), found.end(), found[0], slot, own)


def numbering(slots: Iterable[str], first: Collection[str]) -> dict[str, str]:
    """The new name of each slot where those in `first` go before the others of their kind."""
    renamed: dict[str, str] = {}
    for kind, group in groupby(slots, slot_kind):
        order = sorted(group, key=lambda slot: slot not in first)  # a stable sort
        renamed |= {slot: f"{kind}{place}" for place, slot in enumerate(order, start=1)}
    return renamed


def rewrite(prompt: str, numbers: Mapping[str, str], envelope: Envelope) -> str:
    """The prompt with the tags of the slots in `numbers` in the provider's style and numbering.

    A tag that is already so is kept to the letter, and so is one that addresses none of the slots.
    """
    glued = _GLUED_AFTER_WORDS if envelope.in_words else _GLUED_AFTER
    written, end = "", 0
    for tag in tags(prompt, envelope):
        sent = numbers.get(tag.slot)
        if sent and not (tag.own and sent == tag.slot):
            written = _joined(written + prompt[end : tag.start], envelope.tag_of(sent))
            end = tag.end
            written += " " * bool(glued.match(prompt, end))
    return written + prompt[end:]


def _joined(before: str, tag: str) -> str:
    """A tag after a text, with a space where it would otherwise be part of a word."""
    return f"{before}{' ' * bool(_GLUED_BEFORE.search(before))}{tag}"


def slot_numbers(request: Request, envelope: Envelope) -> dict[str, str]:
    """The provider's name of each slot, in its order: real faces go first of their kind."""
    faces = [face for face in request.faces if slot_kind(face) in envelope.face_fields]
    return numbering(request.slots, faces)


def arrange(request: Request, envelope: Envelope) -> Request:
    """The request in the provider's order and style: faces first, tags renumbered and rewritten."""
    numbers, slots = slot_numbers(request, envelope), request.slots
    media = {
        f"{kind}s": tuple(slots[slot] for slot in numbers if slot_kind(slot) == kind)
        for kind in KINDS
    }
    prompt = request.prompt and rewrite(request.prompt, numbers, envelope)
    faces = tuple(sorted(numbers.get(face, face) for face in request.faces))
    return request.model_copy(update={**media, "prompt": prompt, "faces": faces})


def arrange_set(references: ReferenceSet, envelope: Envelope) -> ReferenceSet:
    """The reference set in the provider's order: its request by `arrange`, its media renumbered."""
    numbers = slot_numbers(references.request, envelope)
    renamed = (
        reference.model_copy(
            update={
                "slot": numbers.get(reference.slot or "", reference.slot),
                "duplicate_of": numbers.get(reference.duplicate_of or "", reference.duplicate_of),
            }
        )
        for reference in references.references
    )
    order = [*numbers.values(), None]
    arranged = sorted(renamed, key=lambda reference: order.index(reference.slot))
    request = arrange(references.request, envelope)
    return references.replace(arranged).model_copy(update={"request": request})
