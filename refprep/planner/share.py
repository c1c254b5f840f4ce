"""Sharing totals: each becomes one tighter envelope per reference.

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
    references: ReferenceSet, envelope: Envelope, options: Options
) -> list[Envelope]:
    """The envelope of each reference, with its part of the total duration of its kind."""
    envelopes = [envelope] * len(references.references)
    repeats = _repeats(options)
    for kind in TIMED:
        limit = envelope.range(f"{kind}-total-duration")
        places = _places(references, kind)
        if limit.max is None or not places:
            continue
        durations = [references.references[place].duration or 0.0 for place in places]
        least = envelope.range(CLIP_RULES[kind]).min or 0.0
        needs = lengthened(durations, least, limit.min or 0.0) if repeats else durations
        parts = DIVISIONS[options.share](needs, limit.max, least)
        for place, need, part in zip(places, needs, parts, strict=True):
            own = Range(min=need if repeats else None, max=part)
            envelopes[place] = envelopes[place].tighten(f"{kind}-total-duration", own)
    return envelopes


def share_size(
    references: ReferenceSet, sizes: Sequence[float], envelopes: Sequence[Envelope]
) -> list[Envelope]:
    """The same envelopes, each with the video's part of the total size.

    Args:
        references: The media in their slots.
        sizes: Bytes that each reference needs.
        envelopes: One for each reference.
    """
    tight = list(envelopes)
    places = _places(references, "video")
    total = tight[places[0]].range("video-total-size").max if places else None
    if total is None:
        return tight
    parts = divide_all([sizes[place] for place in places], total)
    for place, part in zip(places, parts, strict=True):
        tight[place] = tight[place].tighten("video-total-size", Range(max=part))
    return tight


def _places(references: ReferenceSet, kind: Kind) -> list[int]:
    return [i for i, reference in enumerate(references.references) if reference.kind == kind]


def _repeats(options: Options) -> bool:
    modes = (Lengthen(mode=mode, duration=0.0) for mode in get_args(LengthenMode))
    return any(permitted(step, options) for step in modes)


def lengthened(durations: Sequence[float], each: float, total: float) -> list[float]:
    """The durations to reach where short videos may be repeated; an empty one stays empty.

    Args:
        durations: Seconds of each.
        each: The least seconds of one.
        total: The least seconds of all.
    """
    longer = [max(duration, each) if duration else 0.0 for duration in durations]
    missing = max(0.0, total - sum(longer)) / max(1, sum(map(bool, longer)))
    return [round(duration + missing, 6) if duration else 0.0 for duration in longer]


def divide_evenly(needs: Sequence[float], total: float, least: float = 0.0) -> list[float]:
    """The smallest needs are met in full, the rest is divided evenly; no part exceeds its need."""
    parts = [0.0] * len(needs)
    left = total
    for done, place in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        parts[place] = min(needs[place], left / (len(needs) - done))
        left -= parts[place]
    return parts


def divide_proportionally(needs: Sequence[float], total: float, least: float) -> list[float]:
    """`least` for each where there is enough, and the rest in proportion to the further needs."""
    assured, further, left = _assured(needs, total, least)
    part = min(1.0, left / sum(further)) if sum(further) else 0.0
    return [own + part * more for own, more in zip(assured, further, strict=True)]


def divide_in_order(needs: Sequence[float], total: float, least: float) -> list[float]:
    """`least` for each where there is enough, and the rest to the first, then to the next."""
    assured, further, left = _assured(needs, total, least)
    before = accumulate(further, initial=0.0)
    return [
        own + min(more, max(0.0, left - used))
        for own, more, used in zip(assured, further, before, strict=False)
    ]


def _assured(
    needs: Sequence[float], total: float, least: float
) -> tuple[list[float], list[float], float]:
    """What each surely gets, what it needs beyond that, and what is left to divide."""
    assured = divide_evenly([min(need, least) for need in needs], total)
    further = [need - own for need, own in zip(needs, assured, strict=True)]
    return assured, further, max(0.0, total - sum(assured))


def divide_all(needs: Sequence[float], total: float) -> list[float]:
    """As `divide_evenly`, and what is not needed is divided evenly on top; in whole units."""
    parts = divide_evenly(needs, total)
    spare = max(0.0, total - sum(parts)) / len(parts)
    return [int(part + spare) for part in parts]


def kept_size(reference: Reference) -> float:
    """Bytes that the reference's part of the file has now."""
    duration = getattr(reference.media, "duration", None)
    kept = (reference.duration or 0) / duration if duration else 1
    return (reference.media.size or 0) * kept


Division = Callable[[Sequence[float], float, float], list[float]]
DIVISIONS: dict[str, Division] = {
    "even": divide_evenly,
    "proportional": divide_proportionally,
    "first": divide_in_order,
}
