"""FLV: tags that follow each other, each with the size of the one before (Adobe FLV 10.1, E.3)."""

from mmap import mmap

HEADER, TAG, SIZE = 9, 11, 4
KINDS = (8, 9, 18)
"Audio, video, script data; five bits of a tag's first byte."


def check(data: mmap) -> str | None:
    """What is damaged; None where tags fill the file."""
    if data[:3] != b"FLV":
        return None
    place = int.from_bytes(data[5:HEADER], "big") + SIZE
    while place < len(data):
        head = data[place : place + TAG]
        if not any(head):
            return None if not data[place:].strip(b"\0") else _nothing(place)
        if len(head) < TAG or head[0] & 0xC0 or head[0] & 0x1F not in KINDS:
            return _nothing(place)
        size = TAG + int.from_bytes(head[1:4], "big")
        end = place + size + SIZE
        if end - SIZE > len(data):
            return "it ends within a tag"
        declared = int.from_bytes(data[end - SIZE : end], "big")
        if end <= len(data) and declared not in (size, 0):  # some writers leave it at 0
            return f"the tag at byte {place:,} has {size:,} bytes, or {declared:,}"
        place = end
    return None


def _nothing(place: int) -> str:
    return f"no tag begins at byte {place:,}"
