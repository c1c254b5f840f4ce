"""Reading decoded frames, on a clock that starts where the part that is kept starts."""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer

from refprep.decoders import stream

LAG = 2.0
"Seconds that interleaved sound may lag behind the picture in a file."
PREROLL = 0.5
"Seconds before a cut that are decoded, for decoders to warm up."
SEEKABLE = ("mov", "matroska")
"Demuxers with an index; MPEG-TS and Ogg land past the key frame, and are read from the start."


def clip_frames(
    container: InputContainer,
    streams: Sequence[Any],
    start: float | None,
    seconds: float | None,
) -> Iterator[Any]:
    """Pictures and sound from `start` (on the file's clock; None: from the first) for `seconds`.

    Every pts counts from the first picture, so that sound keeps its place; sound before it has a
    negative one. Pictures come in order, and none lasts beyond `seconds`. A picture that is still
    shown at `start` is the first.
    """
    pace = 1 / (streams[0].average_rate or Fraction(25))
    first = -math.inf if start is None else start - float(pace) / 2
    last = math.inf if seconds is None else seconds + 0.001 - float(pace)
    origin: Fraction | None = None
    shown, held, early = Fraction(-1), None, []
    for frame in decoded(container, streams, first, last):
        when = frame.pts * frame.time_base
        if isinstance(frame, av.AudioFrame):
            early.append(frame)
        elif when < first:
            held = frame
        else:
            if origin is None:
                opening = _still_shown(held, when, start, pace) or frame
                origin = opening.pts * opening.time_base
                if opening is not frame:
                    shown = Fraction(0)
                    yield _moved(opening, origin)
            if shown < when - origin <= last:
                shown = when - origin
                yield _moved(frame, origin)
        if origin is not None:
            yield from (_moved(sound, origin) for sound in early)
            early = []


def sound_frames(
    container: InputContainer, sound: Any, start: float, seconds: float | None
) -> Iterator[Any]:
    """Sound from `start` (on the file's clock) for `seconds`; every pts in samples from there."""
    origin = Fraction(start).limit_denominator(av.time_base)
    last = math.inf if seconds is None else seconds
    for frame in decoded(container, [sound], start, last):
        moved = _moved(frame, origin)
        if moved.pts + moved.samples > 0 and moved.pts * moved.time_base <= last:
            yield moved


def decoded(
    container: InputContainer,
    streams: Sequence[Any],
    first: float,
    last: float,
) -> Iterator[Any]:
    """Frames up to some way past the end; a damaged packet costs only its own.

    A frame without a time follows the one before, as ADPCM in WAV does.
    """
    if first > 1 and container.format.name.split(",")[0] in SEEKABLE:
        container.seek(int((first - PREROLL) * av.time_base))
    decoders = {one.index: stream.decoder(one) for one in streams}
    after: dict[int, Fraction] = {}
    for packet in container.demux(*streams):
        if packet.dts is not None and packet.dts * packet.time_base > first + last + LAG:
            return
        try:
            frames = decoders[packet.stream.index].decode(packet)
        except av.error.FFmpegError:
            continue
        for frame in frames:
            _timed(frame, after.get(packet.stream.index, Fraction(0)))
            after[packet.stream.index] = frame.pts * frame.time_base + _length(frame, packet.stream)
            yield frame


def _timed(frame: Any, follows: Fraction) -> None:
    if frame.time_base is None:
        frame.time_base = Fraction(1, getattr(frame, "sample_rate", av.time_base))
    if frame.pts is None:
        frame.pts = round(follows / frame.time_base)


def _length(frame: Any, stream: Any) -> Fraction:
    if isinstance(frame, av.AudioFrame):
        return Fraction(frame.samples, frame.sample_rate)
    return 1 / (stream.average_rate or Fraction(25))


def _still_shown(held: Any, when: Fraction, start: float | None, pace: Fraction) -> Any:
    """The picture before the cut, where it is shown for long enough after it; else None."""
    if held is None or start is None or when <= start + pace / 2:
        return None
    held.pts = round(start / held.time_base)
    return held


def _moved(frame: Any, origin: Fraction) -> Any:
    """The frame with its pts counted from `origin`; sound in units of samples."""
    when = frame.pts * frame.time_base - origin
    if isinstance(frame, av.AudioFrame):
        frame.time_base = Fraction(1, frame.sample_rate)
    frame.pts = round(when / frame.time_base)
    return frame


def bit_rate(container: InputContainer, start: float | None, seconds: float | None) -> float:
    """Bits per second of the picture from `start` (on the file's clock) for `seconds`.

    The key frame before it counts, for the part needs one of its own to begin with.
    """
    first = -math.inf if start is None else start
    last = math.inf if start is None or seconds is None else start + seconds
    opening, weight, times = 0, 0, []
    for packet in container.demux(stream.picture_of(container)):
        when = packet.dts if packet.pts is None else packet.pts
        at = None if when is None else float(when * packet.time_base)
        if at is None or at >= last:
            continue
        if at < first:
            opening = packet.size if packet.is_keyframe else opening
        else:
            weight += packet.size + opening * (not packet.is_keyframe)
            opening = 0
            times += [at, at + float((packet.duration or 0) * packet.time_base)]
    return weight * 8 / max(max(times) - min(times), 0.04) if times else 0.0
