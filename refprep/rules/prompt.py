"""What is read of the prompt: its tags, its length, and words that the provider may misread."""

import re
from collections.abc import Iterator

from refprep.envelopes import tags
from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.reference import ReferenceSet
from refprep.rules.rule import NOTHING, Rule, finding, perhaps

FLAG = re.compile(r"(?<!\S)--(?:ratio|rt|dur|duration|fps|resolution|rs|seed|watermark|wm|cf)\b")
"Flags that are interpreted upstream, from public copies of its documentation."
EDITING = re.compile(
    r"\b(replace|remove|erase|delete|swap|change|edit|restyle|recolou?r|extend)\b", re.IGNORECASE
)
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"Kana, Chinese characters and Hangul, which are written without spaces between words."


def length(reference_set: ReferenceSet) -> int | tuple[()]:
    """Characters of the prompt; nothing where the prompt is not looked at."""
    return (
        len((reference_set.request.prompt or "").strip())
        if reference_set.scope == "request"
        else NOTHING
    )


def words(reference_set: ReferenceSet) -> int:
    """Words of the prompt; a Chinese, Japanese or Korean character counts as two."""
    prompt = reference_set.request.prompt or ""
    characters = len(CJK.findall(prompt))
    return 2 * characters + len(CJK.sub(" ", prompt).split())


def unasked(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """Bare files without a prompt: the prompt's rules have nothing to read."""
    if reference_set.scope == "files":
        yield finding(rule, "no prompt was given, so the rules about it were not looked at")


def dangling(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A tag in the prompt, of whatever style, that addresses an empty slot."""
    slots = list(reference_set.request.slots)
    for slot, tag in _addressed(reference_set.request.prompt or "", envelope).items():
        if slot not in slots:
            there = f"the request has {', '.join(slots)}" if slots else "the request has no media"
            repair = perhaps(slot, slots, envelope)
            said = f"the prompt names {tag}; {there}"
            yield finding(rule, said, actual=tag, required=slots, repair=repair)


def _addressed(prompt: str, envelope: Envelope) -> dict[str, str]:
    """The tags by their slots; plain words are one only where the provider writes them so."""
    found = tags.tags(prompt, envelope)
    return {tag.slot: tag.words for tag in found if tag.own or not tag.words[0].isalpha()}


def unused(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A file that the prompt never names, in whatever style."""
    named = {tag.slot for tag in tags.tags(reference_set.request.prompt or "", envelope)}
    for reference in reference_set.references:
        if reference_set.scope == "request" and reference.slot and reference.slot not in named:
            yield finding(
                rule, f"the prompt never names {envelope.tag_of(reference.slot)}", reference
            )


def foreign(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A tag in another provider's style."""
    for tag in tags.tags(reference_set.request.prompt or "", envelope):
        if tag.slot in reference_set.request.slots and not tag.own:
            offered = envelope.tag_of(tag.slot)
            said = f"{tag.words} is not how {envelope.name} addresses media; here it is {offered}"
            repair = f"write {offered}; refprep pack does so"
            yield finding(rule, said, actual=tag.words, required=offered, repair=repair)


def flags(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A command-line flag in the text."""
    for flag in dict.fromkeys(FLAG.findall(reference_set.request.prompt or "")):
        yield finding(rule, f"{flag} in the prompt is interpreted upstream", actual=flag)


def editing(rule: Rule, reference_set: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A wish that, with a clip, may be taken for editing that clip."""
    found = EDITING.search(reference_set.request.prompt or "")
    if found and reference_set.placed("video"):
        said = f'"{found[0]}" with a clip may be taken as video editing'
        yield finding(rule, said, actual=found[0])
