"""Reading decoded frames on one clock, which starts where the kept part of a file starts."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer

from refprep.decoders.demuxer import decoder_of, read_packets, video_stream
from refprep.errors import CorruptError
from refprep.models.media import is_ruined

LAG = 2.0
"Seconds that interleaved audio may lag behind the video in a file."
PREROLL = 0.5
"Seconds before a cut that are decoded, for decoders to warm up."
SEEKABLE = ("mov", "matroska")
"Demuxers with an index; MPEG-TS and Ogg land past the key frame, and are read from the start."


def video_frames(
    container: InputContainer, streams: Sequence[Any], start: float | None, duration: float | None
) -> Iterator[Any]:
    """Decode a part of a video, its audio interleaved.

    Every pts counts from the first frame of video, so that audio keeps its place; audio before it
    has a negative one. Video frames come in order, and none ends after `duration`. A frame that is
    still displayed at `start` is the first.

    Args:
        container: The file, open.
        streams: The video stream, then perhaps an audio stream.
        start: In seconds on the file's clock; None for the first frame.
        duration: In seconds; None for all.

    Yields:
        Frames of video and audio.
    """
    frame_duration = 1 / (streams[0].average_rate or Fraction(25))
    first = -math.inf if start is None else start - float(frame_duration) / 2
    last = math.inf if duration is None else duration + 0.001 - float(frame_duration)
    origin: Fraction | None = None
    latest, before, early = Fraction(-1), None, []
    for frame in decode(container, streams, first, last):
        time = frame.pts * frame.time_base
        if isinstance(frame, av.AudioFrame):
            early.append(frame)
        elif time < first:
            before = frame
        else:
            if origin is None:
                opening = _displayed_at(start, before, time, frame_duration) or frame
                origin = opening.pts * opening.time_base
                if opening is not frame:
                    latest = Fraction(0)
                    yield _shifted(opening, origin)
            if latest < time - origin <= last:
                latest = time - origin
                yield _shifted(frame, origin)
        if origin is not None:
            yield from (_shifted(audio, origin) for audio in early)
            early = []


def audio_frames(
    container: InputContainer, stream: Any, start: float, duration: float | None
) -> Iterator[Any]:
    """Decode a part of an audio stream; every pts counts samples from its start.

    Args:
        container: The file, open.
        stream: The audio stream.
        start: In seconds on the file's clock.
        duration: In seconds; None for all.
    """
    origin = Fraction(start).limit_denominator(av.time_base)
    last = math.inf if duration is None else duration
    for decoded in decode(container, [stream], start, last):
        frame = _shifted(decoded, origin)
        if frame.pts + frame.samples > 0 and frame.pts * frame.time_base <= last:
            yield frame


def decode(
    container: InputContainer, streams: Sequence[Any], first: float, last: float
) -> Iterator[Any]:
    """Decode from before `first` to some way past `first` + `last`, in seconds.

    A damaged packet costs only its own frames. A frame without a time follows the one before, as
    ADPCM in WAV does.

    Raises:
        CorruptError: At the end, where a large part of the packets from `first` on has errors.
    """
    if first > 1 and container.format.name.split(",")[0] in SEEKABLE:
        container.seek(int((first - PREROLL) * av.time_base))
    decoders = {stream.index: decoder_of(stream) for stream in streams}
    tallies = {stream.index: Tally(stream.type) for stream in streams}
    ends: dict[int, Fraction] = {}
    for packet in read_packets(container, *streams):
        stream = packet.stream
        if packet.dts is not None and packet.dts * packet.time_base > first + last + LAG:
            break
        tally = tallies[stream.index]
        used = packet.pts is None or packet.pts * packet.time_base >= first
        tally.packets += used and packet.size > 0
        try:
            frames = decoders[stream.index].decode(packet)
        except MemoryError:
            raise
        except av.error.FFmpegError:
            tally.errors += used
            continue
        for frame in frames:
            if frame.time_base is None:
                frame.time_base = Fraction(1, getattr(frame, "sample_rate", av.time_base))
            if frame.pts is None:
                frame.pts = round(ends.get(stream.index, Fraction(0)) / frame.time_base)
            ends[stream.index] = frame.pts * frame.time_base + _frame_duration(frame, stream)
            if frame.pts * frame.time_base >= first:  # those before may lack what they refer to
                tally.errors += bool(frame.is_corrupt)
            yield frame
    for tally in tallies.values():
        tally.refuse_ruined()


@dataclass
class Tally:
    """Packets of a stream that were decoded, and errors in them."""

    kind: str
    packets: int = 0
    errors: int = 0

    def refuse_ruined(self) -> None:
        """UnreadableError where a large part of them has errors."""
        if is_ruined(self.errors, self.errors / max(1, self.packets)):
            refused = f"{self.errors:,} of {self.packets:,} {self.kind} packets"
            raise CorruptError(f"ruined or encrypted: {refused} cannot be decoded without errors")


def _frame_duration(frame: Any, stream: Any) -> Fraction:
    if isinstance(frame, av.AudioFrame):
        return Fraction(frame.samples, frame.sample_rate)
    return 1 / (stream.average_rate or Fraction(25))


def _displayed_at(start: float | None, before: Any, time: Fraction, lasts: Fraction) -> Any:
    """The frame before the cut, where it is displayed for long enough after it; else None."""
    if before is None or start is None or time <= start + lasts / 2:
        return None
    before.pts = round(start / before.time_base)
    return before


def _shifted(frame: Any, origin: Fraction) -> Any:
    """The frame with its pts counted from `origin`; of audio, in samples."""
    time = frame.pts * frame.time_base - origin
    if isinstance(frame, av.AudioFrame):
        frame.time_base = Fraction(1, frame.sample_rate)
    frame.pts = round(time / frame.time_base)
    return frame


def video_bit_rate(container: InputContainer, start: float | None, duration: float | None) -> float:
    """The average bit rate of a part of the video stream, in bits per second.

    The key frame before it counts, for the part needs one of its own to begin with.

    Args:
        container: The file, open.
        start: In seconds on the file's clock; None for all of it.
        duration: In seconds.
    """
    first = -math.inf if start is None else start
    last = math.inf if start is None or duration is None else start + duration
    key_frame_size, size, times = 0, 0, []
    for packet in read_packets(container, video_stream(container)):
        timestamp = packet.dts if packet.pts is None else packet.pts
        time = None if timestamp is None else float(timestamp * packet.time_base)
        if time is None or time >= last:
            continue
        if time < first:
            key_frame_size = packet.size if packet.is_keyframe else key_frame_size
        else:
            size += packet.size + key_frame_size * (not packet.is_keyframe)
            key_frame_size = 0
            times += [time, time + float((packet.duration or 0) * packet.time_base)]
    return size * 8 / max(max(times) - min(times), 0.04) if times else 0.0
