"""One pass over the packets of a file: their times, and how many of them decode."""

import io
import struct
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
from av.container import InputContainer

from refprep.decoders import jpeg
from refprep.errors import TooBigError

PACKETS_MAX = 5_000_000
"Of one stream: a day of AAC, and 40 MB of times."
REPEATS, ALLOWANCE = 2, 1 << 20
"""Bytes of packets for each byte of the file, and beyond. An index can name the same bytes again;
edit lists do so for good reasons, and hardly for all of a file twice."""
OnFrame = Callable[[Any], object]
"Called with every decoded frame."


ZERO_BASED = ("mov", "matroska")
"Demuxers whose clock starts at 0: audio packets before it only prime the decoder."


@dataclass
class Scan:
    """What one stream holds. Packets that an edit list discards do not count."""

    stream: Any
    starts: "array[int]" = field(default_factory=lambda: array("q"))
    "When each packet starts, in ticks of the stream's time base."
    last: int | None = None
    "Where the last one ends, in ticks."
    first_frame: Any = None
    decoded: int = 0
    "Frames of video, or samples of audio."
    decoded_rate: int | None = None
    "Of decoded audio, in Hz."
    decode_errors: int = 0
    discarded: int = 0
    "Packets that an edit list discards."
    key_frames: "array[int]" = field(default_factory=lambda: array("q"))
    "Starts of the video packets at which decoding can begin, in ticks."
    declared_size: tuple[int, int] | None = None
    "Width and height by the header of a still in the first packet; None where there is none."

    @property
    def time_base(self) -> Fraction:
        """Seconds of a tick."""
        return self.stream.time_base or Fraction(1, av.time_base)

    @property
    def start(self) -> Fraction | None:
        """Seconds at which the first packet starts; None without packets."""
        return min(self.starts) * self.time_base if self.starts else None

    @property
    def end(self) -> Fraction | None:
        """Seconds at which the last packet ends; None without packets."""
        return None if self.last is None else self.last * self.time_base

    @property
    def duration(self) -> float | None:
        """Seconds from the first packet's start to the last one's end; None without packets."""
        start, end = self.start, self.end
        if start is None or end is None:
            return None
        primes = start < 0 < end and self.stream.container.format.name.startswith(ZERO_BASED)
        return round(float(end - (0 if primes else start)), 6)

    @property
    def decoded_duration(self) -> float:
        """Seconds that were decoded; of video, at the stream's average frame rate."""
        if self.stream.type == "audio":
            return round(self.decoded / self.decoded_rate, 6) if self.decoded_rate else 0.0
        frame_duration = (self.duration or 0.0) / len(self.starts) if self.starts else 0.0
        return round(self.decoded * frame_duration, 6)

    @property
    def damaged_share(self) -> float:
        """The part of the packets, 0 to 1, in which there are errors."""
        return min(1.0, round(self.decode_errors / max(1, len(self.starts)), 6))

    @property
    def is_short(self) -> bool:
        """True where video gives fewer frames than it has packets, and no decoder complains."""
        return self.stream.type == "video" and self.decoded < len(self.starts)

    @property
    def frame_durations(self) -> tuple[float, float] | None:
        """Seconds of the shortest and of the longest frame; the last frame does not count."""
        if len(self.starts) < 2:
            return None
        ordered = sorted(self.starts)
        shortest, longest = 1 << 63, 0
        for before, after in pairwise(ordered):
            shortest, longest = min(shortest, after - before), max(longest, after - before)
        return round(float(shortest * self.time_base), 6), round(float(longest * self.time_base), 6)

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
        start = self._ticks(timestamp, packet.time_base)
        lasts = self._ticks(packet.duration or 0, packet.time_base) or self._frame_duration()
        self.declared_size = self.declared_size if self.starts else still_size(packet)
        self.starts.append(start)
        if len(self.starts) > PACKETS_MAX:
            raise TooBigError(f"holds more than {PACKETS_MAX:,} packets of {self.stream.type}")
        if packet.is_keyframe and self.stream.type == "video":
            self.key_frames.append(start)
        self.last = start + lasts if self.last is None else max(self.last, start + lasts)

    def _ticks(self, time: int, time_base: Fraction) -> int:
        return time if time_base == self.time_base else round(time * time_base / self.time_base)

    def decode(self, packet: Any, on_frame: OnFrame) -> None:
        """Decode one packet (the last, empty one flushes); a refused packet is counted."""
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except av.error.FFmpegError:
            self.decode_errors += 1
            return
        if self.stream.codec_context.name == "mjpeg" and packet.size:
            self.decode_errors += jpeg.is_damaged(bytes(packet))
        for frame in frames:
            self.first_frame = self.first_frame or frame
            self.decoded += getattr(frame, "samples", 1)
            self.decoded_rate = getattr(frame, "sample_rate", None)
            self.decode_errors += bool(frame.is_corrupt)
            on_frame(frame)

    def _frame_duration(self) -> int:
        """Ticks of a frame by the header, for packets without a duration."""
        rate = getattr(self.stream, "average_rate", None)
        return round(1 / rate / self.time_base) if rate else 0


def scan_packets(
    container: InputContainer,
    streams: Sequence[Any],
    *,
    on_frame: OnFrame | None = None,
    one_by_one: bool = False,
) -> list[Scan]:
    """Read every packet of some streams.

    Args:
        container: The file, open.
        streams: The streams to read.
        on_frame: Called with every decoded frame. None: only video up to its first frame is
            decoded.
        one_by_one: True to decode one frame of video after the other. Several at once are faster;
            what is wrong with the last of them is lost then, and `Scan.is_short`.

    Returns:
        A scan for each stream, in their order.

    Raises:
        TooBigError: The packets hold far more bytes than the file, or are too many.
    """
    decode = on_frame is not None
    scans = {stream.index: Scan(stream) for stream in streams}
    for stream in streams:
        several = "AUTO" if stream.type == "video" and not one_by_one else "SLICE"
        stream.thread_type = several if decode else "NONE"
    left = REPEATS * container.size + ALLOWANCE
    try:
        for packet in container.demux(*streams):
            left -= packet.size
            if left < 0:
                raise TooBigError(
                    f"its packets hold more than {REPEATS} times the {container.size:,} bytes of"
                    " the file: its index names the same data again and again"
                )
            current = scans[packet.stream.index]
            current.add(packet)
            if decode or (current.stream.type == "video" and current.first_frame is None):
                current.decode(packet, on_frame or _ignore)
    except MemoryError:
        raise
    except (av.error.FFmpegError, IndexError):  # IndexError: a stream that FLV adds late
        for current in scans.values():
            current.decode_errors += 1
    return list(scans.values())


def still_size(packet: Any) -> tuple[int, int] | None:
    """Width and height by the header of a packet that is a whole PNG or JPEG; else None."""
    head = bytes(memoryview(packet)[:65_536]) if packet.size else b""
    if head.startswith(b"\x89PNG") and len(head) >= 24:
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    if head.startswith(b"\xff\xd8"):
        found = jpeg.header_of(io.BytesIO(head))
        return (found.width, found.height) if found.width and found.height else None
    return None


def _ignore(frame: Any) -> None:
    """Measure nothing."""
