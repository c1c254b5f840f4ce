"""One pass over the packets of a file: their times, and how many of them decode."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
from av.container import InputContainer

OnFrame = Callable[[Any], object]
"Called with every decoded frame."


ZERO_BASED = ("mov", "matroska")
"Demuxers whose clock starts at 0: audio packets before it only prime the decoder."


@dataclass
class Scan:
    """What one stream holds. Times in seconds; packets that an edit list discards do not count."""

    stream: Any
    starts: list[Fraction] = field(default_factory=list)
    end: Fraction | None = None
    first_frame: Any = None
    decoded: int = 0
    "Frames of video, or samples of audio."
    decoded_rate: int | None = None
    "Of decoded audio, in Hz."
    decode_errors: int = 0
    discarded: int = 0
    "Packets that an edit list discards."
    key_frames: list[Fraction] = field(default_factory=list)
    "Starts of the video packets at which decoding can begin."

    @property
    def duration(self) -> float | None:
        """Seconds from the first packet's start to the last one's end; None without packets."""
        if self.end is None:
            return None
        start = min(self.starts)
        primes = start < 0 < self.end and self.stream.container.format.name.startswith(ZERO_BASED)
        return round(float(self.end - (0 if primes else start)), 6)

    @property
    def decoded_duration(self) -> float:
        """Seconds that were decoded; of video, at the stream's average frame rate."""
        if self.stream.type == "audio":
            return round(self.decoded / self.decoded_rate, 6) if self.decoded_rate else 0.0
        frame_duration = (self.duration or 0.0) / len(self.starts) if self.starts else 0.0
        return round(self.decoded * frame_duration, 6)

    @property
    def frame_durations(self) -> tuple[float, float] | None:
        """Seconds of the shortest and of the longest frame; the last frame does not count."""
        ordered = sorted(self.starts)
        gaps = [float(after - before) for before, after in pairwise(ordered)]
        return (round(min(gaps), 6), round(max(gaps), 6)) if gaps else None

    def missing_duration(self, *, decoded: bool) -> float:
        """Seconds that the stream's header declares beyond what is present, or is `decoded`."""
        if self.stream.duration is None or self.duration is None:
            return 0.0
        declared = float(self.stream.duration * self.stream.time_base)
        present = min(self.duration, self.decoded_duration) if decoded else self.duration
        return round(max(0.0, declared - present), 6)

    def add(self, packet: Any) -> None:
        """Record one packet's times."""
        timestamp = packet.dts if packet.pts is None else packet.pts
        self.discarded += packet.is_discard
        if timestamp is None or packet.is_discard:
            return
        start = timestamp * packet.time_base
        end = start + ((packet.duration or 0) * packet.time_base or self._frame_duration())
        self.starts.append(start)
        if packet.is_keyframe and self.stream.type == "video":
            self.key_frames.append(start)
        self.end = end if self.end is None else max(self.end, end)

    def decode(self, packet: Any, on_frame: OnFrame) -> None:
        """Decode one packet (the last, empty one flushes); a refused packet is counted."""
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            self.decode_errors += 1
            return
        for frame in frames:
            self.first_frame = self.first_frame or frame
            self.decoded += getattr(frame, "samples", 1)
            self.decoded_rate = getattr(frame, "sample_rate", None)
            self.decode_errors += bool(frame.is_corrupt)
            on_frame(frame)

    def _frame_duration(self) -> Fraction:
        """Seconds of a frame by the header, for packets without a duration."""
        rate = getattr(self.stream, "average_rate", None)
        return 1 / rate if rate else Fraction(0)


def scan_packets(
    container: InputContainer, streams: Sequence[Any], *, on_frame: OnFrame | None = None
) -> list[Scan]:
    """Read every packet of some streams.

    Args:
        container: The file, open.
        streams: The streams to read.
        on_frame: Called with every decoded frame. None: only video up to its first frame is
            decoded.

    Returns:
        A scan for each stream, in their order.
    """
    decode = on_frame is not None
    scans = {stream.index: Scan(stream) for stream in streams}
    for stream in streams:
        stream.thread_type = "AUTO" if decode else "NONE"
    try:
        for packet in container.demux(*streams):
            current = scans[packet.stream.index]
            current.add(packet)
            if decode or (current.stream.type == "video" and current.first_frame is None):
                current.decode(packet, on_frame or _ignore)
    except (av.error.FFmpegError, IndexError):  # IndexError: a stream that FLV adds late
        for current in scans.values():
            current.decode_errors += 1
    return list(scans.values())


def _ignore(frame: Any) -> None:
    """Measure nothing."""
