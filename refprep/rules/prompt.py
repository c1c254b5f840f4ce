"""What is read of the prompt: its tags, its length, and words that the provider may misread."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from refprep.envelope import Envelope
from refprep.finding import Finding
from refprep.lineup import Lineup
from refprep.rules.row import NOTHING, Rule, finding

FOREIGN_TAG = re.compile(
    r"(?<![@\w])@?[\[<({]?(?P<kind>image|video|audio) ?#?(?P<place>\d+)[\])>}]?",
    re.IGNORECASE,
)
'[Image1], <Image 1>, {image1} and plain "Image 1": how other providers address media.'
FLAG = re.compile(r"(?<!\S)--(?:ratio|rt|dur|duration|fps|resolution|rs|seed|watermark|wm|cf)\b")
"Flags that are interpreted upstream, from public copies of its documentation."
EDITING = re.compile(
    r"\b(replace|remove|erase|delete|swap|change|edit|restyle|recolou?r|extend)\b", re.IGNORECASE
)
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"Kana, Chinese characters and Hangul, which are written without spaces between words."


def length(lineup: Lineup) -> int | tuple[()]:
    """Characters of the prompt; nothing where the prompt is not looked at."""
    return len((lineup.request.prompt or "").strip()) if lineup.scope == "request" else NOTHING


def words(lineup: Lineup) -> int:
    """Words of the prompt; a Chinese, Japanese or Korean character counts as two."""
    prompt = lineup.request.prompt or ""
    characters = len(CJK.findall(prompt))
    return 2 * characters + len(CJK.sub(" ", prompt).split())


def unasked(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """Bare files without a prompt: the prompt's rules have nothing to read."""
    if lineup.scope == "files":
        yield finding(rule, "no prompt was given, so the rules about it were not looked at")


def dangling(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A tag in the prompt that addresses an empty slot."""
    slots = list(lineup.request.slots)
    for slot, tag in envelope.references(lineup.request.prompt or "").items():
        if slot not in slots:
            there = f"the request has {', '.join(slots)}" if slots else "the request has no media"
            nearest = get_close_matches(slot, slots, n=1, cutoff=0.0)
            repair = f"perhaps {envelope.tag_of(nearest[0])} is meant" if nearest else None
            said = f"the prompt names {tag}; {there}"
            yield finding(rule, said, actual=tag, required=slots, repair=repair)


def unused(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A file that the prompt never names."""
    named = envelope.references(lineup.request.prompt or "")
    for entry in lineup.entries:
        if lineup.scope == "request" and entry.slot and entry.slot not in named:
            yield finding(rule, f"the prompt never names {envelope.tag_of(entry.slot)}", entry)


def foreign(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A tag in another provider's style."""
    for tag in FOREIGN_TAG.finditer(lineup.request.prompt or ""):
        slot = f"{tag['kind'].lower()}{tag['place'].lstrip('0')}"
        offered = envelope.tag_of(slot)
        if slot in lineup.request.slots and tag[0].lower() != offered.lower():
            said = f"{tag[0]} is not how {envelope.name} addresses media; here it is {offered}"
            yield finding(rule, said, actual=tag[0], required=offered, repair=f"write {offered}")


def flags(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A command-line flag in the text."""
    for flag in dict.fromkeys(FLAG.findall(lineup.request.prompt or "")):
        yield finding(rule, f"{flag} in the prompt is interpreted upstream", actual=flag)


def editing(rule: Rule, lineup: Lineup, envelope: Envelope) -> Iterator[Finding]:
    """A wish that, with a clip, may be taken for editing that clip."""
    found = EDITING.search(lineup.request.prompt or "")
    if found and lineup.placed("video"):
        said = f'"{found[0]}" with a clip may be taken as video editing'
        yield finding(rule, said, actual=found[0])
