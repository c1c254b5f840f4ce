"""Fitting time: the part that is kept, what lengthens it, and the frame rate."""

import math
from typing import get_args

from refprep.models.envelope import Envelope
from refprep.models.media import Audio, Video
from refprep.models.reference import Reference
from refprep.models.steps import Lengthen, LengthenMode, Retime, Step, Trim
from refprep.options import Options, permitted
from refprep.planner.highlight import best
from refprep.rules.file import CLIP_RULES, disagrees, missing

TICK = 0.001
"Seconds by which containers round times."
NEAR = 0.5
"Seconds from a start that the user chose, within which a key frame is used: nothing is encoded."
LOOSE = 0.1
"The same for a start that the user did not choose, as a part of the kept duration."


def fit(reference: Reference, envelope: Envelope, options: Options) -> list[Trim]:
    """Keep the window, as far as the reference's share of the total duration allows."""
    media = reference.media
    if not isinstance(media, Video | Audio) or media.duration is None or not reference.duration:
        return []
    kept = min(reference.duration, longest(media, envelope))
    if kept == media.duration:
        return []
    first = reference.window.start if reference.window else 0.0
    start, reason = _start(media, first, reference.duration - kept, kept, options)
    return [Trim(start=start, end=round(start + kept, 6), reason=reason)]


def _start(
    media: Video | Audio, first: float, spare: float, kept: float, options: Options
) -> tuple[float, str | None]:
    """Where the kept part begins, from `first` to `first + spare` seconds, and the reason."""
    if options.keep == "best" and spare and media.content_stats:
        return best(media.content_stats, first, spare, kept)
    part = {"tail": spare, "middle": spare / 2}.get(options.keep, 0.0)
    return round(first + part, 6), None


def on_key_frame(
    trim: Trim, reference: Reference, video: Video, envelope: Envelope, options: Options
) -> Trim | None:
    """The trim from a key frame near its start; None where only encoding can start there.

    The end is the window's, or as far as the share of the total duration allows.
    """
    if not trim.start:
        return trim
    end = reference.window.end if reference.window and reference.window.end else math.inf
    last, kept = min(end, video.duration or math.inf), trim.end - trim.start
    for key in sorted(video.key_frames, key=lambda key: abs(key - trim.start)):
        length = min(longest(video, envelope), last - key)
        near = abs(key - trim.start) <= _tolerance(trim, reference, options)
        ends = options.keep != "tail" or key >= trim.start
        if near and ends and length >= min(kept, shortest(video, envelope)):
            return Trim(start=key, end=round(key + length, 6), reason=trim.reason)
    return None


def _tolerance(trim: Trim, reference: Reference, options: Options) -> float:
    """Seconds from the trim's start within which a key frame is used instead."""
    chosen = reference.window is not None and trim.start == reference.window.start
    return TICK if options.frame_accurate else NEAR if chosen else LOOSE * (trim.end - trim.start)


def lengthen(
    reference: Reference, trims: list[Trim], envelope: Envelope, options: Options
) -> list[Lengthen]:
    """Repeat what is too short, in the first mode that is permitted."""
    media = reference.media
    seconds = trims[0].end - trims[0].start if trims else reference.duration
    if not seconds or not isinstance(media, Video | Audio):
        return []
    target = min(shortest(media, envelope), longest(media, envelope))
    modes = (Lengthen(mode=mode, duration=target) for mode in get_args(LengthenMode))
    return [step for step in modes if permitted(step, options)][:1] if seconds < target else []


def intact(reference: Reference, envelope: Envelope) -> bool:
    """True where nothing is missing or damaged, and every reader reports the same duration."""
    media = reference.media
    if not isinstance(media, Video | Audio) or media.decode_errors or media.damage:
        return False
    return not (missing(media, envelope) or disagrees(reference, envelope))


def longest(media: Video | Audio, envelope: Envelope) -> float:
    """The longest accepted duration in seconds, rounded down to microseconds."""
    rules = (f"{media.kind}-total-duration", CLIP_RULES[media.kind])
    seconds = min(envelope.range(rule).nearest(math.inf) for rule in rules)
    return seconds if seconds == math.inf else math.floor(seconds * 1e6 + 1e-3) / 1e6


def shortest(media: Video | Audio, envelope: Envelope) -> float:
    """The shortest accepted duration in seconds."""
    rules = (f"{media.kind}-total-duration", CLIP_RULES[media.kind])
    return max(envelope.range(rule).nearest(0.0) for rule in rules)


def fit_rate(media: Video, envelope: Envelope) -> list[Step]:
    """The nearest accepted frame rate; an unknown rate is left alone."""
    rate = media.frame_rate
    nearest = rate and envelope.range("video-fps").nearest(rate)
    return [Retime(frame_rate=nearest)] if nearest and nearest != rate else []
