"""One pass over the packets: what the streams really hold, and what decodes of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

import av
from av.container import InputContainer

Look = Callable[[Any], None]
"Is shown every decoded frame."


ZEROED = ("mov", "matroska")
"Demuxers whose clock starts at 0: before it lies what a sound's decoder needs to warm up."


@dataclass
class Scan:
    """What one stream held. Times in seconds; packets that an edit list discards do not count."""

    stream: Any
    starts: list[Fraction] = field(default_factory=list)
    end: Fraction | None = None
    first_frame: Any = None
    decoded: int = 0
    "Frames of picture, or samples of sound."
    decoded_rate: int | None = None
    errors: int = 0
    hidden: int = 0
    "Packets that an edit list discards."
    keys: list[Fraction] = field(default_factory=list)
    "Starts of the packets at which decoding can begin."

    @property
    def duration(self) -> float | None:
        """From the first packet's start to the last one's end."""
        if self.end is None:
            return None
        begin = min(self.starts)
        hidden = begin < 0 < self.end and self.stream.container.format.name.startswith(ZEROED)
        return round(float(self.end - (0 if hidden else begin)), 6)

    @property
    def decoded_duration(self) -> float:
        """Seconds of what was decoded; for pictures, at the stream's own pace."""
        if self.stream.type == "audio":
            return round(self.decoded / self.decoded_rate, 6) if self.decoded_rate else 0.0
        pace = (self.duration or 0.0) / len(self.starts) if self.starts else 0.0
        return round(self.decoded * pace, 6)

    @property
    def frame_durations(self) -> tuple[float, float] | None:
        """How long the shortest and the longest frame last; the last one's end is a guess."""
        ordered = sorted(self.starts)
        gaps = [float(after - before) for before, after in pairwise(ordered)]
        return (round(min(gaps), 6), round(max(gaps), 6)) if gaps else None

    def missing(self, *, decoded: bool) -> float:
        """Seconds that the stream's header declares beyond what is there."""
        if self.stream.duration is None or self.duration is None:
            return 0.0
        declared = float(self.stream.duration * self.stream.time_base)
        held = min(self.duration, self.decoded_duration) if decoded else self.duration
        return round(max(0.0, declared - held), 6)

    def note(self, packet: Any) -> None:
        """EncodeJob in one packet's place in time."""
        when = packet.dts if packet.pts is None else packet.pts
        self.hidden += packet.is_discard
        if when is None or packet.is_discard:
            return
        start = when * packet.time_base
        end = start + ((packet.duration or 0) * packet.time_base or self._pace())
        self.starts.append(start)
        if packet.is_keyframe and self.stream.type == "video":
            self.keys.append(start)
        self.end = end if self.end is None else max(self.end, end)

    def decode(self, packet: Any, look: Look) -> None:
        """Decode one packet (the last, empty one flushes); a refused packet is counted."""
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            self.errors += 1
            return
        for frame in frames:
            self.first_frame = self.first_frame or frame
            self.decoded += getattr(frame, "samples", 1)
            self.decoded_rate = getattr(frame, "sample_rate", None)
            self.errors += bool(frame.is_corrupt)
            look(frame)

    def _pace(self) -> Fraction:
        """What a frame lasts by the header, for packets that do not say."""
        rate = getattr(self.stream, "average_rate", None)
        return 1 / rate if rate else Fraction(0)


def scan(
    container: InputContainer, streams: Sequence[Any], *, decode: bool, look: Look
) -> list[Scan]:
    """Read every packet of `streams`, and decode them all or only up to the first picture."""
    scans = {stream.index: Scan(stream) for stream in streams}
    for stream in streams:
        stream.thread_type = "AUTO" if decode else "NONE"
    try:
        for packet in container.demux(*streams):
            seen = scans[packet.stream.index]
            seen.note(packet)
            if decode or (seen.stream.type == "video" and seen.first_frame is None):
                seen.decode(packet, look)
    except av.error.FFmpegError:
        for seen in scans.values():
            seen.errors += 1
    return list(scans.values())
