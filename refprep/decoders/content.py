"""Content checks: a black video, a frozen one, a silent audio; and what they measure it by."""

from fractions import Fraction
from typing import Any

import av
import numpy as np

INTERVAL = Fraction(1, 4)
"Seconds from one checked video frame to the next."
SIZE = (32, 18)
"Width and height, in pixels, to which a checked frame is scaled."


class ContentChecks:
    """Measures decoded frames inside a window, cheaply. Called with each frame of a file.

    Attributes:
        brightness: Luma of the brightest spot, 0 to 1; None before the first video frame.
        motion: The greatest mean difference of luma between two checked frames, 0 to 1.
        loudness_peak: The loudest sample, 0 to 1; None before the first audio frame.
    """

    def __init__(self, start: float, end: float | None, zero: float) -> None:
        """`zero` is the time in seconds of the file's first stream, from which a window counts."""
        self.start = zero + start
        self.end = zero + (float("inf") if end is None else end)
        self.previous: Any = None
        self.next_check = Fraction(-(10**9))
        self.brightness: float | None = None
        self.motion: float | None = None
        self.loudness_peak: float | None = None

    def __call__(self, frame: Any) -> None:
        """Measure one decoded frame of video or audio."""
        time = None if frame.pts is None else frame.pts * frame.time_base
        if time is not None and not self.start <= time < self.end:
            return
        if isinstance(frame, av.AudioFrame):
            if frame.samples:
                self.loudness_peak = _greatest(self.loudness_peak, peak_of(frame))
        elif time is None or time >= self.next_check:
            self.next_check = (time or Fraction(0)) + INTERVAL
            luma = luma_of(frame, SIZE)
            self.brightness = _greatest(self.brightness, luma.max())
            if self.previous is not None:
                self.motion = _greatest(self.motion, np.abs(luma - self.previous).mean())
            self.previous = luma


def luma_of(frame: Any, size: tuple[int, int]) -> Any:
    """The luma of a video frame, 0 to 1, scaled to a width and height: an array (height, width)."""
    return frame.reformat(*size, format="gray").to_ndarray() / 255  # gray is full range


def peak_of(frame: Any) -> float:
    """The loudest sample of an audio frame, 0 to 1; no sample is copied."""
    samples = frame.to_ndarray()
    lowest, highest = float(samples.min()), float(samples.max())
    if samples.dtype.kind != "f":
        middle = 128.0 if samples.dtype == np.uint8 else 0.0
        full = float(np.iinfo(samples.dtype).max) - middle
        lowest, highest = (lowest - middle) / full, (highest - middle) / full
    return max(abs(lowest), abs(highest))


def audio_samples(frame: Any) -> Any:
    """All samples of an audio frame, -1 to 1, whatever its format: an array of one axis."""
    samples = frame.to_ndarray().ravel()
    if samples.dtype.kind == "f":
        return samples.astype(np.float64)
    middle = 128.0 if samples.dtype == np.uint8 else 0.0
    return (samples.astype(np.float64) - middle) / (float(np.iinfo(samples.dtype).max) - middle)


def _greatest(before: float | None, now: float) -> float:
    return round(max(before or 0.0, min(1.0, max(0.0, float(now)))), 6)
