"""Durations of a video or audio file: by its packets, by its headers, by decoding."""

import struct
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from refprep.decoders.packets import Scan
from refprep.decoders.reader import reading

ESTIMATING = ("mp3", "aac", "ac3", "eac3", "mpegts", "mpeg", "h264", "hevc", "dts", "ogg")
"Demuxers that estimate a stream's duration; the others read it in a header."
FIRST_FRAME = 4096
"Bytes in which an MP3's first frame ends, by far."


def durations(
    container: InputContainer, scans: list[Scan], decode: bool, path: Path
) -> dict[str, Any]:
    """The durations of a file as facts of `refprep.models.media.Timed`, all in seconds.

    Args:
        container: The file, open.
        scans: What `scan_packets` read of its streams.
        decode: True where the streams were decoded to their end; adds what only that measures.
        path: The file.
    """
    starts = [scan.start for scan in scans if scan.start is not None]
    empty = float(min(starts)) if starts and container.format.name.startswith("mov") else 0.0
    facts: dict[str, Any] = {
        "duration": _longest([scan.duration for scan in scans]),
        "empty_duration": round(max(0.0, empty), 6),
        "missing_duration": _missing(container, scans, decode, path),
    }
    if decode:
        facts["decoded_duration"] = _longest([scan.decoded_duration for scan in scans])
        facts["decode_errors"] = sum(scan.decode_errors for scan in scans)
        facts["damaged_share"] = max(scan.damaged_share for scan in scans)
    return facts


def _missing(container: InputContainer, scans: list[Scan], decode: bool, path: Path) -> float:
    """Seconds that the headers declare beyond the packets; 0 where headers only estimate."""
    present = _longest([scan.duration for scan in scans]) or 0.0
    declared = (container.duration or 0) / av.time_base
    match container.format.name.split(",")[0]:
        case "wav":
            share = _missing_of_wav(path)
            return round(present * share / (1 - share), 6) if share < 1 else present
        case "matroska":
            alone = len(container.streams) == len(scans)
            return round(max(0.0, declared - present), 6) if alone else 0.0
        case "mp3" if _counts_frames(path):
            return round(max(0.0, declared - present), 6)
        case name if name in ESTIMATING:
            return 0.0
    return max(scan.missing_duration(decoded=decode) for scan in scans)


def _longest(seconds: list[float | None]) -> float | None:
    return max((value for value in seconds if value is not None), default=None)


def _counts_frames(path: Path) -> bool:
    """True where an MP3 declares its duration: a Xing, Info or VBRI tag in its first frame."""
    with reading(path) as file:
        head = file.read(10).ljust(10, b"\0")
        tagged = head[:3] == b"ID3"  # ID3v2.4.0, 3.1: a size of 4 x 7 bits follows
        size = sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        file.seek(size + 10 if tagged else 0)
        first = file.read(FIRST_FRAME)
    return any(tag in first for tag in (b"Xing", b"Info", b"VBRI"))


def _missing_of_wav(path: Path) -> float:
    """The part of a WAV's data chunk, 0 to 1, that the file is too short for."""
    size = path.stat().st_size
    with reading(path) as file:
        offset = 12  # "RIFF", size, "WAVE"; then chunks of name, size, content
        while offset + 8 <= size:
            file.seek(offset)
            name, length = struct.unpack("<4sI", file.read(8))
            if name == b"data":
                streamed = length in (0, 0xFFFFFFFF)  # a header that was never completed
                return 0.0 if streamed else max(0.0, 1 - (size - offset - 8) / length)
            offset += 8 + length + length % 2
    return 0.0
