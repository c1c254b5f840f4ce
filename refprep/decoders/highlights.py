"""Content statistics of a whole video or audio, cheaply, to find its best part by."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from refprep.decoders.content import audio_samples, luma_of
from refprep.decoders.demuxer import (
    audio_stream,
    clock_start,
    open_container,
    read_packets,
    video_stream,
)
from refprep.models.budget import DEFAULT

INTERVAL = Fraction(1, 4)
"Seconds from one measurement to the next."
SIZE = (160, 90)
"Width and height, in pixels, to which a measured frame is scaled: enough to tell sharp from soft."


def content_stats(path: str | Path, memory: int = DEFAULT.memory) -> list[dict[str, float]]:
    """Measure a video's frames, or an audio's samples, every quarter of a second.

    Args:
        path: The file. Of a video only the video stream is read.
        memory: Bytes that decoding may take.

    Returns:
        The fields of `refprep.models.media.ContentStats`, one set per measurement.

    Raises:
        UnreadableError: The file cannot be demuxed.
    """
    with open_container(Path(path), memory) as container:
        zero = clock_start(container)
        if video := video_stream(container):
            return list(_video_stats(container, video, zero))
        return list(_audio_stats(container, audio_stream(container), zero))


def _video_stats(container: Any, stream: Any, zero: float) -> Iterator[dict[str, float]]:
    """Of reference frames only, and without the deblocking filter: half the work."""
    stream.thread_type = "AUTO"
    codec = stream.codec_context
    codec.skip_frame, codec.options = "NONREF", {**codec.options, "skip_loop_filter": "all"}
    previous, due = None, -float(INTERVAL)
    for frame in _frames(container, stream):
        time = round(float(frame.pts * frame.time_base) - zero, 6)
        if time < due:
            continue
        due = time + float(INTERVAL) - 0.01
        luma = luma_of(frame, SIZE)
        motion = 0.0 if previous is None else float(np.abs(luma - previous).mean())
        sharpness = np.abs(np.diff(luma, axis=1)).mean() + np.abs(np.diff(luma, axis=0)).mean()
        yield {
            "time": time,
            "brightness": float(luma.mean()),
            "sharpness": min(1.0, float(sharpness)),
            "motion": motion,
        }
        previous = luma


def _audio_stats(container: Any, stream: Any, zero: float) -> Iterator[dict[str, float]]:
    """The root mean square of each quarter of a second."""
    samples: list[Any] = []
    start = 0.0
    for frame in _frames(container, stream):
        time = float(frame.pts * frame.time_base) - zero
        if samples and time - start >= INTERVAL:
            yield _loudness(start, samples)
            samples = []
        start = start if samples else time
        samples.append(audio_samples(frame))
    if samples:
        yield _loudness(start, samples)


def _loudness(start: float, samples: list[Any]) -> dict[str, float]:
    power = np.concatenate(samples) ** 2
    return {"time": round(start, 6), "loudness": min(1.0, float(np.sqrt(power.mean())))}


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """All frames that decode; a damaged packet costs only its own."""
    for packet in read_packets(container, stream):
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except av.error.FFmpegError:
            continue
        yield from (frame for frame in frames if frame.pts is not None)
