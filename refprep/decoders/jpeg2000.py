"""JPEG 2000: tile-parts follow each other up to the end (ISO 15444-1, A.4)."""

from refprep.decoders.reader import Contents

SOC, SOT, EOC = b"\xff\x4f", b"\xff\x90", b"\xff\xd9"
START = SOC + b"\xff\x51"
QCD = b"\xff\x5c"
SPARSEST = 16
"From one sample of a component to the next, in pixels; 255 is the most that a field holds."
PART = 12
"Bytes of a tile-part's first segment: marker, length, tile, Psot, number, count."


def check(data: Contents) -> str | None:
    """What is damaged; None where each tile-part is as long as it says.

    Args:
        data: The file's bytes.
    """
    place = max(0, data.find(START)) + len(SOC)
    size = data[place + 2 : place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")]
    if any(not 0 < step <= SPARSEST for step in size[37::3] + size[38::3]):
        return "its header declares samples that lie far apart"
    while data[place : place + 2] != SOT:
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place : place + 1] != b"\xff" or length < 2:
            return f"no segment begins at byte {place:,}"
        if data[place : place + 2] == QCD and _has_no_bits(data[place + 4 : place + 2 + length]):
            return "its table of quantization is damaged"
        place += 2 + length
    return _parts_damage(data, place, _tiles(size))


def _tiles(size: bytes) -> int:
    """How many tiles the picture has, by its segment SIZ after the marker (A.5.1)."""
    right, bottom, _, _, width, height, left, top = (
        int.from_bytes(size[at : at + 4], "big") for at in range(4, 36, 4)
    )
    return -(-(right - left) // max(1, width)) * -(-(bottom - top) // max(1, height))


def _parts_damage(data: Contents, place: int, tiles: int) -> str | None:
    """What is wrong with the tile-parts, of which the first begins at a place."""
    found = set[bytes]()
    while data[place : place + 2] == SOT:
        found.add(data[place + 4 : place + 6])
        head = data[place : place + PART].ljust(PART, b"\0")
        size = int.from_bytes(head[6:10], "big")
        if size == 0 and EOC in data[-64:]:  # the last one, up to the end
            break
        if 0 < size < PART + 2:
            return f"the tile-part at byte {place:,} has {size:,} bytes"
        place += size or len(data)
    if place >= len(data):
        return "image file is truncated"
    if data[place : place + 2] not in (SOT, EOC):
        return f"no tile-part begins at byte {place:,}"
    return None if len(found) == tiles else f"it holds {len(found):,} tiles of {tiles:,}"


def _has_no_bits(table: bytes) -> bool:
    """True where a sub-band of a reversible wavelet has an exponent of 0 (A.6.4, E.1)."""
    return bool(table) and table[0] & 31 == 0 and any(step >> 3 == 0 for step in table[1:])
