"""Sharing what the set has in common: totals become one tighter envelope per reference.

The set only narrows. After this every reference is independent of the others.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import get_args

from refprep.models.envelope import Envelope
from refprep.models.limits import Range
from refprep.models.media import Kind
from refprep.models.reference import Reference, ReferenceSet
from refprep.models.steps import Lengthen, LengthenMode
from refprep.options import Options, permitted
from refprep.rules.file import CLIP_RULES

TIMED: tuple[Kind, ...] = ("video", "audio")


def share_duration(
    reference_set: ReferenceSet, envelope: Envelope, options: Options
) -> list[Envelope]:
    """The envelope of each reference: its part of the seconds that its kind has together."""
    tight = [envelope] * len(reference_set.references)
    for kind in TIMED:
        limit = envelope.range(f"{kind}-total-duration")
        places = [
            place
            for place, reference in enumerate(reference_set.references)
            if reference.kind == kind
        ]
        if limit.max is None or not places:
            continue
        seconds = [reference_set.references[place].duration or 0.0 for place in places]
        least = envelope.range(CLIP_RULES[kind]).min or 0.0
        needs = lengthened(seconds, least, limit.min or 0.0) if _repeats(options) else seconds
        parts = DIVIDED[options.share](needs, limit.max, least)
        for place, need, part in zip(places, needs, parts, strict=True):
            own = Range(min=need if _repeats(options) else None, max=part)
            tight[place] = tight[place].tighten(f"{kind}-total-duration", own)
    return tight


def share_size(
    reference_set: ReferenceSet, weights: Sequence[float], envelopes: Sequence[Envelope]
) -> list[Envelope]:
    """The same envelopes, and in each the clip's part of the bytes that all have together."""
    tight = list(envelopes)
    places = [
        place
        for place, reference in enumerate(reference_set.references)
        if reference.kind == "video"
    ]
    most = tight[places[0]].range("video-total-size").max if places else None
    if most is None:
        return tight
    parts = spread([weights[place] for place in places], most)
    for place, part in zip(places, parts, strict=True):
        tight[place] = tight[place].tighten("video-total-size", Range(max=part))
    return tight


def _repeats(options: Options) -> bool:
    modes = (Lengthen(mode=mode, duration=0.0) for mode in get_args(LengthenMode))
    return any(permitted(step, options) for step in modes)


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


def kept_size(reference: Reference) -> float:
    """Bytes that the reference's part of the file takes now."""
    seconds = getattr(reference.media, "duration", None)
    kept = (reference.duration or 0) / seconds if seconds else 1
    return (reference.media.size or 0) * kept


Division = Callable[[Sequence[float], float, float], list[float]]
DIVIDED: dict[str, Division] = {
    "even": level,
    "proportional": proportional,
    "first": first_served,
}
