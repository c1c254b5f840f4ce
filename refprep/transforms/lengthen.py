"""Lengthening: loop, ping-pong or freeze the frames and samples of a short video or audio."""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain
from typing import Any

import av
import numpy as np

from refprep.models.steps import Lengthen, LengthenMode
from refprep.transforms.audio_track import AAC_FRAME
from refprep.transforms.tracks import Track, feed, pull

Order = Callable[[Any, int], Any]
FADE = 0.005
"Seconds of fade at either end of audio that is looped."
ORDERS: dict[str, Order] = {
    # which of `count` frames or samples comes at index `place` of the result
    "loop": lambda place, count: place % count,
    "ping-pong": lambda place, count: (
        (count - 1) - abs((count - 1) - place % max(1, 2 * count - 2))
    ),
    "freeze": lambda place, count: np.minimum(place, count - 1),
}


class FrameBuffer(Track):
    """A track that holds all its frames and encodes them at its end, in another order."""

    def __init__(self, track: Track, order: Callable[[list[Any]], Iterator[Any]]) -> None:
        """`order` returns the frames to encode, given all that were pushed."""
        super().__init__(track.output, track.encoder, track.chain)
        self.order = order
        self.frames: list[Any] = []

    def _drain(self) -> None:
        self.frames += pull(self.graph)

    def finish(self) -> None:
        """Encode all frames in the new order."""
        if self.graph is not None:
            feed(self.graph, None)
            self._drain()
        for frame in chain(self.order(self.frames), [None]) if self.frames else ():
            self._mux(frame)


def lengthen_tracks(
    tracks: dict[type, Track], step: Lengthen, frame_rate: Fraction
) -> dict[type, Track]:
    """The tracks of a video, its frames and its audio repeated together.

    Args:
        tracks: By the type of frame that they take.
        step: The mode, and the duration to reach.
        frame_rate: Frames per second of the result.
    """
    video = FrameBuffer(
        tracks[av.VideoFrame], lambda frames: repeat_frames(frames, step, frame_rate)
    )

    def repeat_with_video(frames: list[Any]) -> Iterator[Any]:
        period = len(video.frames) / frame_rate
        duration = step.duration - AAC_FRAME / frames[0].sample_rate
        return repeat_samples(frames, step.mode, duration, period)

    buffers: dict[type, Track] = {av.VideoFrame: video}
    if audio := tracks.get(av.AudioFrame):
        buffers[av.AudioFrame] = FrameBuffer(audio, repeat_with_video)
    return buffers


def repeat_frames(frames: list[Any], step: Lengthen, frame_rate: Fraction) -> Iterator[Any]:
    """Video frames, repeated until they last, each with the pts of its place."""
    for place in range(math.ceil(Fraction(step.duration).limit_denominator(10**6) * frame_rate)):
        frame = frames[int(ORDERS[step.mode](place, len(frames)))]
        frame.time_base, frame.pts = 1 / frame_rate, place
        yield frame


def repeat_samples(
    frames: list[Any], mode: LengthenMode, duration: float, period: Fraction | None = None
) -> Iterator[Any]:
    """Audio, repeated until it lasts; silence while a video freezes.

    Args:
        frames: All audio frames.
        mode: The order in which samples are repeated.
        duration: Seconds of the result.
        period: Seconds of the video that the audio goes with; None for its own duration.

    Yields:
        Audio frames as long as the first one.
    """
    first = frames[0]
    rate, channels = first.sample_rate, len(first.layout.channels)
    samples = _fitted(_rows(frames, channels), round(period * rate) if period else None)
    samples = _faded(samples, round(FADE * rate)) if mode == "loop" else samples
    result = samples[ORDERS[mode](np.arange(int(duration * rate)), len(samples))]
    if mode == "freeze":
        result[len(samples) :] = 0
    for start in range(0, len(result), first.samples):
        yield _frame(result[start : start + first.samples], start, first)


def _rows(frames: list[Any], channels: int) -> Any:
    """All samples: an array (samples, channels)."""
    if frames[0].format.is_planar:
        return np.concatenate([frame.to_ndarray().T for frame in frames])
    return np.concatenate([frame.to_ndarray().reshape(-1, channels) for frame in frames])


def _fitted(samples: Any, rows: int | None) -> Any:
    """Exactly so many rows: padded with silence, or cut off."""
    missing = (rows or len(samples)) - len(samples)
    return np.pad(samples, ((0, missing), (0, 0))) if missing > 0 else samples[: rows or None]


def _faded(samples: Any, rows: int) -> Any:
    """Faded in and out over so many rows, so that it does not click where it starts again."""
    ramp = np.minimum(1.0, np.arange(len(samples)) / max(1, rows))
    return (samples * np.minimum(ramp, ramp[::-1])[:, None]).astype(samples.dtype)


def _frame(rows: Any, start: int, like: Any) -> Any:
    data = rows.T if like.format.is_planar else rows.reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(data), format=like.format.name, layout=like.layout.name
    )
    frame.sample_rate, frame.pts = like.sample_rate, start
    frame.time_base = Fraction(1, like.sample_rate)
    return frame
