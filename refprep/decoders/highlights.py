"""Looking through a whole clip or sound, cheaply, for the moments that tell most."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from refprep.decoders import stream
from refprep.models.media import ContentStats

STEP = Fraction(1, 4)
"Seconds from one moment to the next."
GLANCE = (160, 90)
"Width and height, in pixels, at which a picture is looked at: enough to tell sharp from soft."


def content_stats(path: Path) -> tuple[ContentStats, ...]:
    """A moment every quarter of a second; of a clip's picture, or of a sound. UnreadableError."""
    with stream.opened(path) as container:
        zero = stream.clock_start(container)
        if picture := stream.picture_of(container):
            return tuple(_seen(container, picture, zero))
        return tuple(_heard(container, stream.sound_of(container), zero))


def _seen(container: Any, picture: Any, zero: float) -> Iterator[ContentStats]:
    """Pictures that others are predicted from, without the last polish: half the work."""
    picture.thread_type = "AUTO"
    codec = picture.codec_context
    codec.skip_frame, codec.options = "NONREF", {"skip_loop_filter": "all"}
    last, due = None, -float(STEP)
    for frame in _frames(container, picture):
        at = round(float(frame.pts * frame.time_base) - zero, 6)
        if at < due:
            continue
        due = at + float(STEP) - 0.01
        luma = frame.reformat(*GLANCE, format="gray").to_ndarray() / 255
        moved = 0.0 if last is None else float(np.abs(luma - last).mean())
        sharp = float(np.abs(np.diff(luma, axis=1)).mean() + np.abs(np.diff(luma, axis=0)).mean())
        yield ContentStats(
            time=at, brightness=float(luma.mean()), sharpness=min(1.0, sharp), motion=moved
        )
        last = luma


def _heard(container: Any, sound: Any, zero: float) -> Iterator[ContentStats]:
    """The root mean square of each quarter of a second."""
    held: list[Any] = []
    start = 0.0
    for frame in _frames(container, sound):
        at = float(frame.pts * frame.time_base) - zero
        if held and at - start >= STEP:
            yield _loudness(start, held)
            held = []
        start = start if held else at
        held.append(_samples(frame))
    if held:
        yield _loudness(start, held)


def _loudness(start: float, held: list[Any]) -> ContentStats:
    power = np.concatenate(held) ** 2
    return ContentStats(time=round(start, 6), loudness=min(1.0, float(np.sqrt(power.mean()))))


def _samples(frame: Any) -> Any:
    samples = frame.to_ndarray()
    if samples.dtype.kind == "f":
        return samples.ravel().astype(np.float64)
    middle = 128.0 if samples.dtype == np.uint8 else 0.0
    scale = float(np.iinfo(samples.dtype).max) - middle
    return (samples.ravel().astype(np.float64) - middle) / scale


def _frames(container: Any, chosen: Any) -> Iterator[Any]:
    """What decodes; a damaged packet costs only its own frames."""
    for packet in container.demux(chosen):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        yield from (frame for frame in frames if frame.pts is not None)
