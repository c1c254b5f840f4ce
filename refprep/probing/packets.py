"""One pass over the packets: what the streams really hold, and what decodes of them."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer


@dataclass
class Scan:
    """What one stream held. Times in seconds; a cover, data or discarded packet does not count."""

    stream: Any
    packets: int = 0
    start: Fraction | None = None
    end: Fraction | None = None
    first_frame: Any = None
    decoded: int = 0
    "Frames of picture, or samples of sound."
    decoded_rate: int | None = None
    errors: int = 0
    _gap: Fraction = field(default=Fraction(0), repr=False)

    @property
    def seconds(self) -> float | None:
        """From the first packet's start to the last one's end."""
        if self.start is None or self.end is None:
            return None
        return round(float(self.end - self.start), 6)

    @property
    def decoded_seconds(self) -> float:
        """Seconds of what was decoded, at the stream's own pace."""
        if self.stream.type == "audio":
            return round(self.decoded / self.decoded_rate, 6) if self.decoded_rate else 0.0
        pace = (self.seconds or 0.0) / self.packets if self.packets else 0.0
        return round(self.decoded * pace, 6)

    def note(self, packet: Any) -> None:
        """Take in one packet's place in time."""
        when = packet.dts if packet.pts is None else packet.pts
        if when is None or packet.is_discard:
            return
        self.packets += 1
        start = when * packet.time_base
        end = start + (packet.duration or 0) * packet.time_base
        self.start = start if self.start is None else min(self.start, start)
        if self.end is None or end >= self.end:
            self._gap = self._gap if self.end is None or packet.duration else start - self.end
            self.end = end if packet.duration else end + self._pace()

    def _pace(self) -> Fraction:
        return (
            1 / self.stream.average_rate
            if getattr(self.stream, "average_rate", None)
            else self._gap
        )

    def decode(self, packet: Any) -> None:
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


def scan(container: InputContainer, streams: list[Any], *, decode: bool) -> dict[int, Scan]:
    """Read every packet of `streams`, and decode them all or only up to the first picture."""
    scans = {stream.index: Scan(stream) for stream in streams}
    for stream in streams:
        stream.thread_type = "AUTO" if decode else "NONE"
    try:
        for packet in container.demux(*streams):
            seen = scans[packet.stream.index]
            seen.note(packet)
            if decode or (seen.stream.type == "video" and seen.first_frame is None):
                seen.decode(packet)
    except av.error.FFmpegError:
        for seen in scans.values():
            seen.errors += 1
    return scans
