"""JPEG 2000: tile-parts follow each other up to the end (ISO 15444-1, A.4)."""

import struct
from typing import Any

SOC, SOT, EOC = b"\xff\x4f", b"\xff\x90", b"\xff\xd9"
START = SOC + b"\xff\x51"
PART = 12
"Bytes of a tile-part's first segment: marker, length, tile, Psot, number, count."


def check(data: Any) -> str | None:
    """What is damaged; None where each tile-part is as long as it says.

    Args:
        data: The file's bytes.
    """
    place = max(0, data.find(START)) + len(SOC)
    while data[place : place + 2] != SOT:
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place : place + 1] != b"\xff" or length < 2:
            return f"no segment begins at byte {place:,}"
        place += 2 + length
    while (marker := data[place : place + 2]) == SOT:
        head = data[place : place + PART]
        if len(head) < PART:
            return "image file is truncated"
        size = struct.unpack(">HHHI", head[:10])[3]
        if size == 0:  # the last one, up to the end
            return None if EOC in data[-64:] else "image file is truncated"
        if size < PART + 2:
            return f"the tile-part at byte {place:,} has {size:,} bytes"
        place += size
        if place > len(data):
            return "image file is truncated"
    if marker != EOC:
        return f"no tile-part begins at byte {place:,}" if marker else "image file is truncated"
    return None
