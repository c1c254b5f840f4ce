"""AAC in ADTS: frames that follow each other (ISO 13818-7, 6.2)."""

from refprep.decoders.reader import Contents

HEADER = 7
TAGS = (b"TAG", b"APETAGEX", b"ID3")
"What may follow the frames."


def check(data: Contents) -> str | None:
    """What is damaged; None where each frame begins where the last one ends."""
    place = 0
    if data[:3] == b"ID3":  # ID3v2.4.0, 3.1: a size of 4 x 7 bits
        place = 10 + sum(
            byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=False)
        )
    kind: tuple[int, int] | None = None
    while place < len(data):
        head = data[place : place + HEADER]
        if len(head) < HEADER or not _is_sync(head):
            return None if _is_end(data, place) else f"no frame begins at byte {place:,}"
        fixed = head[1] & 0xF6, head[2] & 0xFD
        kind = kind or fixed
        if fixed != kind:
            return f"the frame at byte {place:,} is of another kind than the first"
        size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        if size < HEADER:
            return f"the frame at byte {place:,} has {size:,} bytes"
        place += size
    return "it ends within a frame" if place > len(data) else None


def _is_sync(head: bytes) -> bool:
    """True for twelve bits of ones, and a layer of 0."""
    return head[0] == 0xFF and head[1] & 0xF6 == 0xF0


def _is_end(data: Contents, place: int) -> bool:
    """True where a tag follows, or nothing but zeros."""
    return data[place : place + 8].startswith(TAGS) or not data[place:].strip(b"\0")
