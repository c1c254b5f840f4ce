"""Sharing what the set has in common: totals become one tighter envelope per entry.

The set only narrows. After this every entry is independent of the others.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import get_args

from refprep.consent import Consent
from refprep.envelope import Envelope
from refprep.limits import Range
from refprep.lineup import Entry, Lineup
from refprep.media import Kind
from refprep.planning.steps.time import Repeat
from refprep.rules.file import CLIP_RULES

TIMED: tuple[Kind, ...] = ("video", "audio")


def share_seconds(lineup: Lineup, envelope: Envelope, consent: Consent) -> list[Envelope]:
    """The envelope of each entry: its part of the seconds that its kind has together."""
    tight = [envelope] * len(lineup.entries)
    for kind in TIMED:
        limit = envelope.range(f"{kind}-seconds")
        places = [place for place, entry in enumerate(lineup.entries) if entry.kind == kind]
        if limit.max is None or not places:
            continue
        seconds = [lineup.entries[place].seconds or 0.0 for place in places]
        least = envelope.range(CLIP_RULES[kind]).min or 0.0
        needs = lengthened(seconds, least, limit.min or 0.0) if _repeats(consent) else seconds
        parts = DIVIDED[consent.share](needs, limit.max, least)
        for place, need, part in zip(places, needs, parts, strict=True):
            own = Range(min=need if _repeats(consent) else None, max=part)
            tight[place] = tight[place].tighten(f"{kind}-seconds", own)
    return tight


def share_bytes(
    lineup: Lineup, weights: Sequence[float], envelopes: Sequence[Envelope]
) -> list[Envelope]:
    """The same envelopes, and in each the clip's part of the bytes that all have together."""
    tight = list(envelopes)
    places = [place for place, entry in enumerate(lineup.entries) if entry.kind == "video"]
    most = tight[places[0]].range("video-bytes").max if places else None
    if most is None:
        return tight
    parts = spread([weights[place] for place in places], most)
    for place, part in zip(places, parts, strict=True):
        tight[place] = tight[place].tighten("video-bytes", Range(max=part))
    return tight


def _repeats(consent: Consent) -> bool:
    return not consent.allow.isdisjoint(get_args(Repeat))


def lengthened(seconds: Sequence[float], each: float, together: float) -> list[float]:
    """What every clip has to last where short ones may be repeated; nothing stays nothing."""
    longer = [max(one, each) if one else 0.0 for one in seconds]
    lacking = max(0.0, together - sum(longer)) / max(1, sum(map(bool, longer)))
    return [round(one + lacking, 6) if one else 0.0 for one in longer]


def level(needs: Sequence[float], most: float, least: float = 0.0) -> list[float]:
    """Least needs are met in full, the rest is shared evenly; each part is at most its need."""
    parts = [0.0] * len(needs)
    left = most
    for done, place in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        parts[place] = min(needs[place], left / (len(needs) - done))
        left -= parts[place]
    return parts


def proportional(needs: Sequence[float], most: float, least: float) -> list[float]:
    """`least` for each where there is enough, and the rest as the needs beyond it are."""
    sure, wanted, left = _assured(needs, most, least)
    part = min(1.0, left / sum(wanted)) if sum(wanted) else 0.0
    return [own + part * more for own, more in zip(sure, wanted, strict=True)]


def first_served(needs: Sequence[float], most: float, least: float) -> list[float]:
    """`least` for each where there is enough, and the rest to the first, then to the next."""
    sure, wanted, left = _assured(needs, most, least)
    before = accumulate(wanted, initial=0.0)
    return [
        own + min(more, max(0.0, left - taken))
        for own, more, taken in zip(sure, wanted, before, strict=False)
    ]


def _assured(
    needs: Sequence[float], most: float, least: float
) -> tuple[list[float], list[float], float]:
    """What each is sure of, what it wants beyond that, and what is left to divide."""
    sure = level([min(need, least) for need in needs], most)
    wanted = [need - own for need, own in zip(needs, sure, strict=True)]
    return sure, wanted, max(0.0, most - sum(sure))


def spread(needs: Sequence[float], most: float) -> list[float]:
    """As `level`, and what nobody needs is shared evenly on top; in whole units."""
    parts = level(needs, most)
    spare = max(0.0, most - sum(parts)) / len(parts)
    return [int(part + spare) for part in parts]


def kept_bytes(entry: Entry) -> float:
    """Bytes that the entry's part of the file takes now."""
    seconds = getattr(entry.media, "seconds", None)
    kept = (entry.seconds or 0) / seconds if seconds else 1
    return (entry.media.bytes or 0) * kept


Division = Callable[[Sequence[float], float, float], list[float]]
DIVIDED: dict[str, Division] = {
    "even": level,
    "proportional": proportional,
    "first": first_served,
}
