"""Tags in a prompt: found in every known style, renumbered, written in the provider's style."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from refprep.models.envelope import BEGIN, PLAIN_END, Envelope
from refprep.models.media import Kind
from refprep.models.reference import ReferenceSet
from refprep.models.request import Request, slot_type

LATIN: dict[Kind, tuple[str, ...]] = {
    "image": ("image", "img", "photo", "picture", "pic"),
    "video": ("video", "vid", "clip"),
    "audio": ("audio", "sound"),
}
EAST_ASIAN: dict[Kind, tuple[str, ...]] = {
    "image": ("图片", "圖片", "图像", "照片", "图", "圖", "画像", "写真", "이미지", "사진"),
    "video": ("视频", "視頻", "影片", "動画", "ビデオ", "동영상", "비디오", "영상"),
    "audio": ("音频", "音頻", "音訊", "音声", "オーディオ", "오디오", "음성"),
}
"How people name the kinds of media in Chinese, Japanese and Korean prompts."
KIND_OF: dict[str, Kind] = {
    name: kind for table in (LATIN, EAST_ASIAN) for kind, names in table.items() for name in names
}
ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
]
HANZI = "一二三四五六七八九十"


def _either(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


_ANY = _either(KIND_OF)
_EAST = _either(name for names in EAST_ASIAN.values() for name in names)
_PLACE = r"[ _#-]{{0,2}}(?P<place{0}>[0-9０-９]{{1,3}})"
_MARKED = rf"(?P<kind{{0}}>{_ANY})" + _PLACE
_COMPOUNDS = "插地截动動视視草构構意蓝藍版线線缩縮贴貼拼"
"Before 图 they make another word: 截图 is a screenshot, 地图 a map."
_COUNTERS = "秒分倍张張个個段条條帧幀次岁歲年月日点點时時米枚本초장개배"
"After a number they count or measure: 图片3张 is three images, 视频5秒 five seconds."
_STYLES = (
    r"<<<" + _MARKED + r">>>",
    r"\{{\{{" + _MARKED + r"\}}\}}",
    r"@?\[@?" + _MARKED + r"\]",
    r"@?<@?" + _MARKED + r">",
    r"@?\{{@?" + _MARKED + r"\}}",
    BEGIN + "@" + _MARKED + r"(?![0-9])",
    BEGIN + r"(?P<kind{0}>image|img|video|vid|audio)" + _PLACE + PLAIN_END,
    rf"(?<![{_COMPOUNDS}])(?P<kind{{0}}>{_EAST}) ?(?P<place{{0}}>[0-9０-９]{{{{1,2}}}})"
    rf"(?![0-9０-９{_COUNTERS}a-zA-Z%]|[.:][0-9a-zA-Z])",
)
TAG = re.compile(
    "|".join(style.format(place) for place, style in enumerate(_STYLES)), re.IGNORECASE | re.ASCII
)
"""[Image1], <<<image_1>>>, {{image1}}, @图片1, 图1 and plain "Image 1": as people write tags.

Plain words are a tag only where they end there: not in "video 1080p", "image1.jpg", "audio 1:30",
"视频5秒" (a video of 5 s) or "截图1" (screenshot 1). A letter of another script may be next to a
tag: Chinese is written without spaces.
"""
PHRASE = re.compile(
    rf"\b(?:the )?(?P<ordinal>{'|'.join(ORDINALS)}) (?:reference )?"
    rf"(?P<name>{_either(name for names in LATIN.values() for name in names)})\b"
    rf"|第(?P<numeral>[{HANZI}]|[0-9]{{1,2}})[张張个個段条條幅]?(?:参考|參考)?(?P<noun>{_EAST})",
    re.IGNORECASE | re.ASCII,
)
""""the first image", "第一张图片": no tag, but a place in the request that may move."""

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
    phrase: bool = False
    "True for words such as `the first image`, which no provider reads as a tag."


def tags(prompt: str, envelope: Envelope) -> Iterator[Tag]:
    """All tags of a prompt, in order; of two that overlap the first, or the longer one."""
    slots = {kind: envelope.slot_for(kind) or kind for kind in KIND_OF.values()}
    own = [
        Tag(found.start(), found.end(), found[0], f"{slot}{int(found['place'])}", own=True)
        for slot, pattern in envelope.patterns.items()
        for found in pattern.finditer(prompt)
    ]
    known = [_tag(found, (found.lastgroup or "")[5:], slots) for found in TAG.finditer(prompt)]
    phrases = [_phrase(found, slots) for found in PHRASE.finditer(prompt)]
    end = 0
    for tag in sorted([*own, *known, *phrases], key=lambda t: (t.start, -t.end, not t.own)):
        if tag.start >= end:
            yield tag
            end = tag.end


def _tag(found: re.Match[str], style: str, slots: Mapping[Kind, str]) -> Tag:
    slot = slots[KIND_OF[found[f"kind{style}"].lower()]]
    place = int(found[f"place{style}"])  # full-width digits, too
    return Tag(found.start(), found.end(), found[0], f"{slot}{place}", own=False)


def _phrase(found: re.Match[str], slots: Mapping[Kind, str]) -> Tag:
    slot = slots[KIND_OF[(found["name"] or found["noun"]).lower()]]
    if found["ordinal"]:
        place = ORDINALS.index(found["ordinal"].lower()) + 1
    else:
        numeral = found["numeral"]
        place = int(numeral) if numeral.isascii() else HANZI.index(numeral) + 1
    return Tag(found.start(), found.end(), found[0], f"{slot}{place}", own=False, phrase=True)


def numbering(slots: Iterable[str], first: Collection[str]) -> dict[str, str]:
    """The new name of each slot where those in `first` go before the others of their type."""
    renamed: dict[str, str] = {}
    for kind, group in groupby(slots, slot_type):
        order = sorted(group, key=lambda slot: slot not in first)  # a stable sort
        numbers = enumerate(order, start=1)
        renamed |= {slot: slot if slot == kind else f"{kind}{place}" for place, slot in numbers}
    return renamed


def rewrite(prompt: str, numbers: Mapping[str, str], envelope: Envelope) -> str:
    """The prompt with the tags of the slots in `numbers` in the provider's style and numbering.

    A tag that is already so is kept to the letter, and so is one that addresses none of the slots.
    A phrase such as `the first image` is replaced only where its slot moves.
    """
    glued = _GLUED_AFTER_WORDS if envelope.in_words else _GLUED_AFTER
    written, end = "", 0
    for tag in tags(prompt, envelope):
        sent = numbers.get(tag.slot)
        if sent and not ((tag.own or tag.phrase) and sent == tag.slot):
            written = _joined(written + prompt[end : tag.start], envelope.tag_of(sent))
            end = tag.end
            written += " " * bool(glued.match(prompt, end))
    return written + prompt[end:]


def _joined(before: str, tag: str) -> str:
    """A tag after a text, with a space where it would otherwise be part of a word."""
    return f"{before}{' ' * bool(_GLUED_BEFORE.search(before))}{tag}"


def slot_numbers(request: Request, envelope: Envelope) -> dict[str, str]:
    """The provider's name of each slot, in its order: real faces go first of their type."""
    faces = [face for face in request.faces if slot_type(face) in envelope.face_slots]
    return numbering(request.slots, faces)


def arrange(request: Request, envelope: Envelope) -> Request:
    """The request in the provider's order and style: faces first, tags renumbered and rewritten."""
    numbers, slots = slot_numbers(request, envelope), request.slots
    arranged = request.with_slots({sent: slots[slot] for slot, sent in numbers.items()})
    prompt = request.prompt and rewrite(request.prompt, numbers, envelope)
    faces = tuple(sorted(numbers.get(face, face) for face in request.faces))
    return arranged.model_copy(update={"prompt": prompt, "faces": faces})


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
    inline = frozenset(numbers.get(slot, slot) for slot in references.inline)
    return references.replace(arranged).model_copy(update={"request": request, "inline": inline})
