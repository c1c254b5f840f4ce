"""Fitting time: the part that is kept, and the frame rate."""

import math

from refprep.envelope import Envelope
from refprep.lineup import Entry
from refprep.media import Audio, Video
from refprep.planning.steps import Retime, Step, Trim
from refprep.rules.file import CLIP_RULES, disagrees, missing


def fit(entry: Entry, envelope: Envelope) -> list[Step]:
    """Keep what the window asks for, as far as the entry's share of the seconds goes."""
    media = entry.media
    if not isinstance(media, Video | Audio) or media.seconds is None or not entry.seconds:
        return []
    kept = min(entry.seconds, budget(media, envelope))
    start = entry.window.start if entry.window else 0.0
    whole = kept == media.seconds
    return [] if whole else [Trim(start=start, end=round(start + kept, 6))]


def whole(entry: Entry, envelope: Envelope) -> bool:
    """True where nothing is missing or damaged, and every reader sees the same length."""
    media = entry.media
    damaged = (
        not isinstance(media, Video | Audio) or media.decode_errors or missing(media, envelope)
    )
    return not (damaged or disagrees(entry, envelope))


def budget(media: Video | Audio, envelope: Envelope) -> float:
    """The most seconds that this entry may last, rounded down to microseconds."""
    rules = (f"{media.kind}-seconds", CLIP_RULES[media.kind])
    most = min(envelope.range(rule).nearest(math.inf) for rule in rules)
    return most if most == math.inf else math.floor(most * 1e6 + 1e-3) / 1e6


def rate(media: Video, envelope: Envelope) -> list[Step]:
    """The nearest frame rate that is taken; an unknown rate is left alone."""
    fps = media.fps
    nearest = fps and envelope.range("video-fps").nearest(fps)
    return [Retime(fps=nearest)] if nearest and nearest != fps else []
