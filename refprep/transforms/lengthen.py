"""Lengthening: pictures and samples of a short clip or sound, put out again in another order."""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain
from typing import Any

import av
import numpy as np

from refprep.models.steps import Lengthen
from refprep.models.steps.time import LengthenMode
from refprep.transforms.audio_track import AAC_FRAME
from refprep.transforms.tracks import Track, feed, pull

Order = Callable[[Any, int], Any]
FADE = 0.005
"Seconds of fade at either end of a sound that is looped."
ORDERS: dict[str, Order] = {
    # which of `there` pictures or samples stands at `place`
    "loop": lambda place, there: place % there,
    "ping-pong": lambda place, there: (
        (there - 1) - abs((there - 1) - place % max(1, 2 * there - 2))
    ),
    "freeze": lambda place, there: np.minimum(place, there - 1),
}


class FrameBuffer(Track):
    """A track that holds its frames back until all are there, and puts them out in an order."""

    def __init__(self, track: Track, order: Callable[[list[Any]], Iterator[Any]]) -> None:
        super().__init__(track.output, track.encoder, track.chain)
        self.order = order
        self.held: list[Any] = []

    def _drain(self) -> None:
        self.held += pull(self.graph)

    def finish(self) -> None:
        """Put out what is held, through another graph where the frames must be of one length."""
        if self.graph is not None:
            feed(self.graph, None)
            self._drain()
        for frame in chain(self.order(self.held), [None]) if self.held else ():
            self._mux(frame)


def lengthened(tracks: dict[type, Track], step: Lengthen, pace: Fraction) -> dict[type, Track]:
    """The tracks of a clip, its pictures and sound repeated together."""
    shown = FrameBuffer(tracks[av.VideoFrame], lambda frames: pictures(frames, step, pace))

    def heard(frames: list[Any]) -> Iterator[Any]:
        period = len(shown.held) / pace
        return samples(frames, step.mode, step.duration - AAC_FRAME / frames[0].sample_rate, period)

    held: dict[type, Track] = {av.VideoFrame: shown}
    if sound := tracks.get(av.AudioFrame):
        held[av.AudioFrame] = FrameBuffer(sound, heard)
    return held


def pictures(frames: list[Any], step: Lengthen, pace: Fraction) -> Iterator[Any]:
    """The frames again and again until they last, each at its place on a grid of `pace`."""
    for place in range(math.ceil(Fraction(step.duration).limit_denominator(10**6) * pace)):
        frame = frames[int(ORDERS[step.mode](place, len(frames)))]
        frame.time_base, frame.pts = 1 / pace, place
        yield frame


def samples(
    frames: list[Any], how: LengthenMode, seconds: float, period: Fraction | None = None
) -> Iterator[Any]:
    """The sound again and again for `seconds`; silence where the picture is held.

    `period` is what the pictures last that it goes with, in seconds. The frames are as long as the
    first one.
    """
    first = frames[0]
    rate, channels = first.sample_rate, len(first.layout.channels)
    sound = _fitted(_rows(frames, channels), round(period * rate) if period else None)
    sound = _faded(sound, round(FADE * rate)) if how == "loop" else sound
    longer = sound[ORDERS[how](np.arange(int(seconds * rate)), len(sound))]
    if how == "freeze":
        longer[len(sound) :] = 0
    for start in range(0, len(longer), first.samples):
        yield _frame(longer[start : start + first.samples], start, first)


def _rows(frames: list[Any], channels: int) -> Any:
    """All samples: a row for each time, a column for each channel."""
    if frames[0].format.is_planar:
        return np.concatenate([frame.to_ndarray().T for frame in frames])
    return np.concatenate([frame.to_ndarray().reshape(-1, channels) for frame in frames])


def _fitted(sound: Any, rows: int | None) -> Any:
    """As many rows as are asked for: the rest is silence, or is left out."""
    missing = (rows or len(sound)) - len(sound)
    return np.pad(sound, ((0, missing), (0, 0))) if missing > 0 else sound[: rows or None]


def _faded(sound: Any, rows: int) -> Any:
    """The sound, faded in and out at its ends, so that it does not click where it begins again."""
    ramp = np.minimum(1.0, np.arange(len(sound)) / max(1, rows))
    return (sound * np.minimum(ramp, ramp[::-1])[:, None]).astype(sound.dtype)


def _frame(rows: Any, start: int, like: Any) -> Any:
    laid = rows.T if like.format.is_planar else rows.reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(laid), format=like.format.name, layout=like.layout.name
    )
    frame.sample_rate, frame.pts = like.sample_rate, start
    frame.time_base = Fraction(1, like.sample_rate)
    return frame
