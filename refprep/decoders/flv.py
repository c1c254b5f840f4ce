"""FLV: tags that follow each other, each with the size of the one before (Adobe FLV 10.1, E.3)."""

from refprep.decoders.reader import Contents

HEADER, TAG, SIZE = 9, 11, 4
AUDIO, VIDEO, SCRIPT = KINDS = (8, 9, 18)
"Five bits of a tag's first byte."
ENHANCED = 0x80
"The bit of a video tag that names its codec by four characters."


def check(data: Contents) -> str | None:
    """What is damaged; None where tags fill the file."""
    if data[:3] != b"FLV":
        return None
    codecs = dict[int, int]()
    place = int.from_bytes(data[5:HEADER], "big") + SIZE
    while place < len(data):
        head = data[place : place + TAG]
        if len(head) < TAG or head[0] & 0xC0 or head[0] & 0x1F not in KINDS:
            return f"no tag begins at byte {place:,}" if data[place:].strip(b"\0") else None
        size = TAG + int.from_bytes(head[1:4], "big")
        end = place + size
        declared = int.from_bytes(data[end : end + SIZE], "big")
        if end + SIZE <= len(data) and declared not in (size, 0):  # some writers leave it at 0
            return f"the tag at byte {place:,} has {size:,} bytes, or {declared:,}"
        if _codec_changes(codecs, head[0] & 0x1F, data[place + TAG : min(end, place + TAG + 1)]):
            return f"the tag at byte {place:,} is of another codec than the first"
        place = end + SIZE
    return "it ends within a tag" if place - SIZE > len(data) else None


def _codec_changes(codecs: dict[int, int], kind: int, body: bytes) -> bool:
    """True for a tag of another codec than the first of its kind."""
    if kind not in (AUDIO, VIDEO) or not body or (kind == VIDEO and body[0] & ENHANCED):
        return False
    codec = body[0] >> 4 if kind == AUDIO else body[0] & 15
    return codecs.setdefault(kind, codec) != codec
