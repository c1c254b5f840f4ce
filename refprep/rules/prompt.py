"""What is checked of the prompt: tags, length, and words that the provider may misinterpret."""

import re
from collections.abc import Iterator

from refprep.envelopes import tags
from refprep.envelopes.flags import FLAG
from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.reference import ReferenceSet
from refprep.models.shape import Case
from refprep.rules.rule import NOT_APPLICABLE, Rule, finding, judge, nearest_slot

TASKS = {
    "edit": re.compile(
        r"\b(?:replace|remove|erase|delete|swap|change|edit|restyle|recolou?r)\b"
        r"|去掉|去除|删除|刪除|移除|擦除|换成|換成|替换|替換|改成|改为|改為|修改|编辑|編輯"
        r"|置き換え|削除|変更|編集|바꿔|바꾸|교체|삭제|제거|편집",
        re.IGNORECASE,
    ),
    "extend": re.compile(
        r"\b(?:extend|prolong)\b|\bcontinue (?:the |this )?(?:video|clip|@|\[|<)"
        r"|延长|延長|续写|續寫|扩展|擴展|연장",
        re.IGNORECASE,
    ),
}
"Words for editing or extending a video, in English, Chinese, Japanese and Korean."
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"Kana, Chinese characters and Hangul, which are written without spaces between words."


def length(references: ReferenceSet) -> int | tuple[()]:
    """Characters of the prompt, without the spaces around it."""
    if references.scope != "request":
        return NOT_APPLICABLE
    return len((references.request.prompt or "").strip())


def words(references: ReferenceSet) -> int:
    """Words of the prompt; a Chinese, Japanese or Korean character counts as two."""
    prompt = references.request.prompt or ""
    characters = len(CJK.findall(prompt))
    return 2 * characters + len(CJK.sub(" ", prompt).split())


def too_long(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """More words, characters or bytes than the envelope takes."""
    unit = envelope.bound("prompt-length").unit
    prompt = references.request.prompt or ""
    sizes = {
        "words": words(references),
        "characters": len(prompt),
        "bytes": len(prompt.encode("utf-8", "surrogatepass")),
    }
    if references.scope != "each":
        yield from judge(rule, envelope, sizes[unit])


def unchecked(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """Loose files without a prompt."""
    if references.scope == "files":
        yield finding(rule, "no prompt is given; the rules about it are not checked")


def dangling_tags(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A tag in the prompt, of whatever style, that addresses no file."""
    slots = list(references.request.slots)
    for slot, tag in _addressed(references.request.prompt or "", envelope).items():
        if slot not in slots:
            present = ", ".join(slots) or "no media"
            message = f"the prompt names {tag}; the request has {present}"
            repair = nearest_slot(slot, slots, envelope)
            yield finding(rule, message, actual=tag, required=slots, repair=repair)


def _addressed(prompt: str, envelope: Envelope) -> dict[str, str]:
    """The tags by slot; plain Latin words are a tag only where that is the provider's style."""
    return {
        tag.slot: tag.words
        for tag in tags.tags(prompt, envelope)
        if tag.own or not (tag.phrase or (tag.words[0].isascii() and tag.words[0].isalpha()))
    }


def foreign_tags(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A tag in another provider's style."""
    for tag in tags.tags(references.request.prompt or "", envelope):
        if not envelope.has_tag(tag.slot):
            continue
        if tag.slot in references.request.slots and not tag.own:
            own = envelope.tag_of(tag.slot)
            what = "no tag" if tag.phrase else "another provider's style"
            message = f"{tag.words} is {what}; {envelope.name} takes {own}"
            repair = f"write {own}" if tag.phrase else f"write {own}; refprep pack does so"
            yield finding(rule, message, actual=tag.words, required=own, repair=repair)


def unused_references(
    rule: Rule, references: ReferenceSet, envelope: Envelope
) -> Iterator[Finding]:
    """A file that the prompt never names, in whatever style."""
    named = {tag.slot for tag in tags.tags(references.request.prompt or "", envelope)}
    for reference in references.references:
        slot = reference.slot
        if references.scope != "request" or slot is None or not envelope.has_tag(slot):
            continue
        if slot not in named:
            message = f"the prompt never names {envelope.tag_of(slot)}"
            yield finding(rule, message, reference)


def flags(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A command-line flag in the prompt."""
    for flag in dict.fromkeys(FLAG.findall(references.request.prompt or "")):
        yield finding(rule, f"{flag} in the prompt is interpreted upstream", actual=flag)


def edits(rule: Rule, references: ReferenceSet, envelope: Envelope) -> Iterator[Finding]:
    """A prompt that, with a video, may be taken as a task to edit or to extend that video."""
    for task, pattern in TASKS.items():
        found = pattern.search(references.request.prompt or "")
        if found is None or not references.placed("video"):
            continue
        case = envelope.cases.get(task)
        if case and any(_chosen(name, references, envelope) for name in case.parameters):
            continue
        message = f'"{found[0]}" with a video may be taken as a task to {task} it'
        repair, level = None, rule.level
        if case:
            message += f"; {case.title} {envelope.name} takes {case.takes}"
            broken = [name for name in case.limits if _breaks(name, case, references, envelope)]
            level = "warning" if broken else level
            repair = f"see to {', '.join(broken)}, or choose the task by name" if broken else None
        yield finding(rule, message, level=level, actual=found[0], repair=repair)


def _chosen(name: str, references: ReferenceSet, envelope: Envelope) -> bool:
    """True where the request itself says what the task is."""
    value = references.request.parameters.get(name)
    return value is not None and value != envelope.parameters[name].default


def _breaks(name: str, case: Case, references: ReferenceSet, envelope: Envelope) -> bool:
    """True where the request breaks a limit of a case that it is not known to be."""
    parameter, limit = name.replace("-", "_"), case.limits[name].limit
    if known := envelope.parameters.get(parameter):
        sent = envelope.values(references.request.parameters, references.filled)
        return not limit.admits(sent.get(parameter, known.default))
    durations = [video.duration for video in references.of("video")]
    return name == "video-duration" and not all(map(limit.admits, durations))
