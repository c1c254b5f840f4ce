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
"Seconds that containers round times by."
NEAR = 0.5
"Seconds from an asked start within which a key frame is taken instead, and nothing is encoded."
LOOSE = 0.1
"The same for a start that nobody asked for, as a part of what is kept."


def fit(reference: Reference, envelope: Envelope, options: Options) -> list[Trim]:
    """Keep what the window asks for, as far as the reference's share of the seconds goes."""
    media = reference.media
    if not isinstance(media, Video | Audio) or media.duration is None or not reference.duration:
        return []
    kept = min(reference.duration, most(media, envelope))
    if kept == media.duration:
        return []
    first = reference.window.start if reference.window else 0.0
    start, reason = _place(media, first, reference.duration, kept, options)
    return [Trim(start=start, end=round(start + kept, 6), reason=reason)]


def _place(
    media: Video | Audio, first: float, there: float, kept: float, options: Options
) -> tuple[float, str | None]:
    """Where the kept part of the seconds from `first` begins, and why there."""
    spare = there - kept
    if options.keep == "best" and spare and media.content_stats:
        return best(media.content_stats, first, spare, kept)
    part = {"tail": spare, "middle": spare / 2}.get(options.keep, 0.0)
    return round(first + part, 6), None


def on_key_frame(
    trim: Trim, reference: Reference, clip: Video, envelope: Envelope, options: Options
) -> Trim | None:
    """The trim from a key frame, where one is near enough; None where only encoding starts there.

    The end is the window's, or as far as the share of the seconds goes.
    """
    if not trim.start:
        return trim
    end = reference.window.end if reference.window and reference.window.end else math.inf
    last, kept = min(end, clip.duration or math.inf), trim.end - trim.start
    for key in sorted(clip.key_frames, key=lambda key: abs(key - trim.start)):
        length = min(most(clip, envelope), last - key)
        near = abs(key - trim.start) <= _reach(trim, reference, options)
        ends = options.keep != "tail" or key >= trim.start
        if near and ends and length >= min(kept, least(clip, envelope)):
            return Trim(start=key, end=round(key + length, 6), reason=trim.reason)
    return None


def _reach(trim: Trim, reference: Reference, options: Options) -> float:
    """Seconds from the trim's start within which a key frame is taken instead."""
    asked = reference.window is not None and trim.start == reference.window.start
    return TICK if options.frame_accurate else NEAR if asked else LOOSE * (trim.end - trim.start)


def lengthen(
    reference: Reference, trims: list[Trim], envelope: Envelope, options: Options
) -> list[Lengthen]:
    """Repeat what is too short, in the first mode that is permitted."""
    media = reference.media
    seconds = trims[0].end - trims[0].start if trims else reference.duration
    if not seconds or not isinstance(media, Video | Audio):
        return []
    target = min(least(media, envelope), most(media, envelope))
    modes = (Lengthen(mode=mode, duration=target) for mode in get_args(LengthenMode))
    return [step for step in modes if permitted(step, options)][:1] if seconds < target else []


def whole(reference: Reference, envelope: Envelope) -> bool:
    """True where nothing is missing or damaged, and every reader sees the same length."""
    media = reference.media
    damaged = (
        not isinstance(media, Video | Audio) or media.decode_errors or missing(media, envelope)
    )
    return not (damaged or disagrees(reference, envelope))


def most(media: Video | Audio, envelope: Envelope) -> float:
    """The most seconds that this reference may last, rounded down to microseconds."""
    rules = (f"{media.kind}-total-duration", CLIP_RULES[media.kind])
    seconds = min(envelope.range(rule).nearest(math.inf) for rule in rules)
    return seconds if seconds == math.inf else math.floor(seconds * 1e6 + 1e-3) / 1e6


def least(media: Video | Audio, envelope: Envelope) -> float:
    """The least seconds that this reference should last."""
    rules = (f"{media.kind}-total-duration", CLIP_RULES[media.kind])
    return max(envelope.range(rule).nearest(0.0) for rule in rules)


def rate(media: Video, envelope: Envelope) -> list[Step]:
    """The nearest frame rate that is taken; an unknown rate is left alone."""
    fps = media.frame_rate
    nearest = fps and envelope.range("video-fps").nearest(fps)
    return [Retime(frame_rate=nearest)] if nearest and nearest != fps else []
