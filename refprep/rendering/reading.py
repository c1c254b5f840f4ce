"""Reading decoded frames of a clip, on a clock that starts with the first picture that is kept."""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer

LAG = 2.0
"Seconds that interleaved sound may lag behind the picture in a file."
PREROLL = 0.5


def frames(
    container: InputContainer, streams: Sequence[Any], start: float | None, seconds: float | None
) -> Iterator[Any]:
    """Pictures and sound from `start` (on the file's clock; None: from the first) for `seconds`.

    Every pts counts from the first picture, so that sound keeps its place; sound before it has a
    negative one. Pictures come in order, and none lasts beyond `seconds`.
    """
    pace = 1 / (streams[0].average_rate or Fraction(25))
    first = -math.inf if start is None else start - float(pace) / 2
    last = math.inf if seconds is None else seconds + 0.001 - float(pace)
    origin, shown, early = None, Fraction(-1), []
    for frame in _decoded(container, streams, first, last):
        when = frame.pts * frame.time_base
        if isinstance(frame, av.AudioFrame):
            early.append(frame)
        elif when >= first:
            origin = when if origin is None else origin
            if shown < when - origin <= last:
                shown = when - origin
                yield _moved(frame, origin)
        if origin is not None:
            yield from (_moved(sound, origin) for sound in early)
            early = []


def clock_start(container: InputContainer) -> float:
    """Seconds on the file's clock at which its first stream starts."""
    return (container.start_time or 0) / av.time_base


def _decoded(
    container: InputContainer, streams: Sequence[Any], first: float, last: float
) -> Iterator[Any]:
    """Frames with a time, up to some way past the end; a damaged packet costs only its own."""
    if first > 1:
        container.seek(int((first - PREROLL) * av.time_base))
    for packet in container.demux(*streams):
        if packet.dts is not None and packet.dts * packet.time_base > first + last + LAG:
            return
        try:
            yield from (frame for frame in packet.decode() if frame.pts is not None)
        except av.error.FFmpegError:
            continue


def _moved(frame: Any, origin: Fraction) -> Any:
    """The frame with its pts counted from `origin`; sound in units of samples."""
    when = frame.pts * frame.time_base - origin
    if isinstance(frame, av.AudioFrame):
        frame.time_base = Fraction(1, frame.sample_rate)
    frame.pts = round(when / frame.time_base)
    return frame
