"""Fitting time: the part that is kept, what lengthens it, and the frame rate."""

import math
from typing import get_args

from refprep.consent import Consent
from refprep.envelope import Envelope
from refprep.lineup import Entry
from refprep.media import Audio, Video
from refprep.planning.moment import best
from refprep.planning.steps import Lengthen, Retime, Step, Trim
from refprep.planning.steps.time import Repeat
from refprep.rules.file import CLIP_RULES, disagrees, missing

TICK = 0.001
"Seconds that containers round times by."
NEAR = 0.5
"Seconds from an asked start within which a key frame is taken instead, and nothing is encoded."
LOOSE = 0.1
"The same for a start that nobody asked for, as a part of what is kept."


def fit(entry: Entry, envelope: Envelope, consent: Consent) -> list[Trim]:
    """Keep what the window asks for, as far as the entry's share of the seconds goes."""
    media = entry.media
    if not isinstance(media, Video | Audio) or media.seconds is None or not entry.seconds:
        return []
    kept = min(entry.seconds, most(media, envelope))
    if kept == media.seconds:
        return []
    first = entry.window.start if entry.window else 0.0
    start, why = _place(media, first, entry.seconds, kept, consent)
    return [Trim(start=start, end=round(start + kept, 6), why=why)]


def _place(
    media: Video | Audio, first: float, there: float, kept: float, consent: Consent
) -> tuple[float, str | None]:
    """Where the kept part of the seconds from `first` begins, and why there."""
    spare = there - kept
    if consent.keep == "best" and spare and media.moments:
        return best(media.moments, first, spare, kept)
    part = {"tail": spare, "middle": spare / 2}.get(consent.keep, 0.0)
    return round(first + part, 6), None


def on_key_frame(
    trim: Trim, entry: Entry, clip: Video, envelope: Envelope, consent: Consent
) -> Trim | None:
    """The trim from a key frame, where one is near enough; None where only encoding starts there.

    The end is the window's, or as far as the share of the seconds goes.
    """
    if not trim.start:
        return trim
    end = entry.window.end if entry.window and entry.window.end else math.inf
    last, kept = min(end, clip.seconds or math.inf), trim.end - trim.start
    for key in sorted(clip.key_frames, key=lambda key: abs(key - trim.start)):
        length = min(most(clip, envelope), last - key)
        near = abs(key - trim.start) <= _reach(trim, entry, consent)
        ends = consent.keep != "tail" or key >= trim.start
        if near and ends and length >= min(kept, least(clip, envelope)):
            return Trim(start=key, end=round(key + length, 6), why=trim.why)
    return None


def _reach(trim: Trim, entry: Entry, consent: Consent) -> float:
    """Seconds from the trim's start within which a key frame is taken instead."""
    asked = entry.window is not None and trim.start == entry.window.start
    return TICK if consent.exact else NEAR if asked else LOOSE * (trim.end - trim.start)


def lengthen(
    entry: Entry, trims: list[Trim], envelope: Envelope, consent: Consent
) -> list[Lengthen]:
    """Repeat what is too short, in the way that is allowed."""
    media = entry.media
    how = next((one for one in get_args(Repeat) if one in consent.allow), None)
    seconds = trims[0].end - trims[0].start if trims else entry.seconds
    if how is None or not seconds or not isinstance(media, Video | Audio):
        return []
    asked = min(least(media, envelope), most(media, envelope))
    return [Lengthen(how=how, seconds=asked)] if seconds < asked else []


def whole(entry: Entry, envelope: Envelope) -> bool:
    """True where nothing is missing or damaged, and every reader sees the same length."""
    media = entry.media
    damaged = (
        not isinstance(media, Video | Audio) or media.decode_errors or missing(media, envelope)
    )
    return not (damaged or disagrees(entry, envelope))


def most(media: Video | Audio, envelope: Envelope) -> float:
    """The most seconds that this entry may last, rounded down to microseconds."""
    rules = (f"{media.kind}-seconds", CLIP_RULES[media.kind])
    seconds = min(envelope.range(rule).nearest(math.inf) for rule in rules)
    return seconds if seconds == math.inf else math.floor(seconds * 1e6 + 1e-3) / 1e6


def least(media: Video | Audio, envelope: Envelope) -> float:
    """The least seconds that this entry should last."""
    rules = (f"{media.kind}-seconds", CLIP_RULES[media.kind])
    return max(envelope.range(rule).nearest(0.0) for rule in rules)


def rate(media: Video, envelope: Envelope) -> list[Step]:
    """The nearest frame rate that is taken; an unknown rate is left alone."""
    fps = media.fps
    nearest = fps and envelope.range("video-fps").nearest(fps)
    return [Retime(fps=nearest)] if nearest and nearest != fps else []
