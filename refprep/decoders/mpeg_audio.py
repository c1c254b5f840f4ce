"""MP3: frames that follow each other, and their data in them (ISO 11172-3, 13818-3)."""

import re
from dataclasses import dataclass

from refprep.decoders.reader import Contents

KBITS = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"Bit rates by MPEG version (2 and 2.5 are alike) and layer; layer III of version 2 is as layer II."
RATES = (44_100, 48_000, 32_000)
HEADER, CHECKSUM = 4, 2
TAGS = (b"TAG", b"APETAGEX", b"ID3", b"LYRICSBEGIN", b"3DI")
"What may follow the frames."
SYNC = re.compile(rb"\xff[\xe2-\xff]")


@dataclass(frozen=True)
class Frame:
    """A frame's header."""

    size: int
    kind: tuple[int, int, int]
    "Version (1, 2, or 3 for 2.5), layer, sampling rate: the same in all frames of a file."
    mono: bool
    protected: bool


def check(data: Contents) -> str | None:
    """What is damaged; None where each frame, and what it holds, begins where the last one ends.

    The main data of layer III begin up to 511 bytes before their frame, in the rest of others.
    """
    place = _first(data)
    frame = frame_at(data, place)
    kind = frame.kind if frame else None
    held, ended = 0, None
    while frame is not None and place + frame.size <= len(data):
        if frame.kind[1] == 3:
            side, before, used = _main_data(data, place, frame)
            if ended is not None and held - before < ended:
                return f"the frame at byte {place:,} does not follow the one before"
            ended = held - before + used
            held += frame.size - side
        place += frame.size
        frame = frame_at(data, place)
        if frame is None or frame.kind != kind:
            return None if _is_end(data, place, kind) else f"no frame begins at byte {place:,}"
    return None if frame is None else "it ends within a frame"


def frame_at(data: Contents, place: int) -> Frame | None:
    """The frame whose header is at a place; None where none is, or one of free format."""
    head = data[place : place + HEADER]
    if len(head) < HEADER or head[0] != 0xFF or head[1] < 0xE0:
        return None
    version = {3: 1, 2: 2, 0: 3}.get(head[1] >> 3 & 3)
    layer, index, rate = 4 - (head[1] >> 1 & 3), head[2] >> 4, head[2] >> 2 & 3
    if version is None or layer == 4 or index in (0, 15) or rate == 3:
        return None
    hertz = RATES[rate] >> version - 1
    table = KBITS[min(version, 2), layer if version == 1 else min(layer, 2)]
    bits, padding = 1000 * table[index - 1], head[2] >> 1 & 1
    if layer == 1:
        size = 4 * (12 * bits // hertz + padding)
    else:
        size = (72 if layer == 3 and version > 1 else 144) * bits // hertz + padding
    return Frame(size, (version, layer, rate), head[3] >> 6 == 3, not head[1] & 1)


def _main_data(data: Contents, place: int, frame: Frame) -> tuple[int, int, int]:
    """Of layer III: bytes of header and side information; main data before it, and in all."""
    first_version = frame.kind[0] == 1
    size = ((32, 17) if first_version else (17, 9))[frame.mono]
    start = place + HEADER + CHECKSUM * frame.protected
    side = int.from_bytes(data[start : start + size], "big")
    channels = 1 if frame.mono else 2
    if first_version:
        before, first, step, parts = side >> 8 * size - 9, (18, 20)[channels - 1], 59, 2 * channels
    else:
        before, first, step, parts = side >> 8 * size - 8, (9, 10)[channels - 1], 63, channels
    lengths = (side >> 8 * size - first - step * part - 12 & 0xFFF for part in range(parts))
    return start - place + size, before, (sum(lengths) + 7) // 8


def _first(data: Contents) -> int:
    """Where the first of three frames in a row begins; the end where there are none."""
    head = data[:10]
    start = 0
    if head[:3] == b"ID3" and len(head) == 10:  # ID3v2.4.0, 3.1: a size of 4 x 7 bits
        start = 10 + sum(
            byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True)
        )
    return _next(data, start, None)


def _is_end(data: Contents, place: int, kind: tuple[int, int, int] | None) -> bool:
    """True where no more frames follow, or only after a tag."""
    return data[place : place + 11].startswith(TAGS) or _next(data, place, kind) == len(data)


def _next(data: Contents, start: int, kind: tuple[int, int, int] | None) -> int:
    for found in data.search(SYNC, start, 2):
        place, kinds = found, set[tuple[int, int, int]]()
        for _ in range(3):
            frame = frame_at(data, place)
            kinds.add(frame.kind if frame else (0, 0, 0))
            place += frame.size if frame else 0
        if len(kinds) == 1 and (0, 0, 0) not in kinds and kinds <= {kind or min(kinds)}:
            return found
    return len(data)
