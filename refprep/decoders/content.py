"""What eyes and ears would notice: a black clip, a frozen one, a silent sound."""

from fractions import Fraction
from typing import Any

import av
import numpy as np

from refprep.models.source import Window

STEP = Fraction(1, 4)
"Seconds from one frame that is looked at to the next."
GLANCE = (32, 18)
"Width and height, in pixels, at which a frame is looked at."


class ContentChecks:
    """Looks at frames and listens to samples inside a window, cheaply."""

    def __init__(self, window: Window | None, zero: float) -> None:
        self.start = zero + (window.start if window else 0.0)
        self.end = zero + window.end if window and window.end is not None else float("inf")
        self.last: Any = None
        self.next = Fraction(-(10**9))
        self.brightness: float | None = None
        self.motion: float | None = None
        self.loudness_peak: float | None = None

    def __call__(self, frame: Any) -> None:
        """EncodeJob in one decoded frame of picture or sound."""
        when = None if frame.pts is None else frame.pts * frame.time_base
        if when is not None and not self.start <= when < self.end:
            return
        if isinstance(frame, av.AudioFrame):
            self._listen(frame)
        elif when is None or when >= self.next:
            self.next = (when or Fraction(0)) + STEP
            self._look(frame)

    def _look(self, frame: Any) -> None:
        luma = frame.reformat(*GLANCE, format="gray").to_ndarray() / 255  # gray is full range
        self.brightness = _greatest(self.brightness, luma.max())
        if self.last is not None:
            self.motion = _greatest(self.motion, np.abs(luma - self.last).mean())
        self.last = luma

    def _listen(self, frame: Any) -> None:
        samples = frame.to_ndarray()
        if samples.size:
            scale = 1.0 if samples.dtype.kind == "f" else float(np.iinfo(samples.dtype).max)
            middle = 128.0 if samples.dtype == np.uint8 else 0.0
            loudest = np.abs(samples.astype(np.float64) - middle).max() / (scale - middle)
            self.loudness_peak = _greatest(self.loudness_peak, loudest)


def _greatest(before: float | None, now: float) -> float:
    return round(max(before or 0.0, min(1.0, max(0.0, float(now)))), 6)
