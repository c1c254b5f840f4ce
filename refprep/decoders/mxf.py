"""MXF: keys, lengths and values fill the file; partitions name each other (SMPTE ST 377-1)."""

from collections.abc import Iterator

from refprep.decoders.reader import Contents

KEY = 16
LABEL = b"\x06\x0e\x2b\x34"
"With which every key of SMPTE begins."
PARTITION = bytes.fromhex("060e2b34020501010d01020101")
"The key of a partition pack, to the byte that says which."
PREAMBLE, FOOTER = 2, 4
PACKS = range(PREAMBLE, FOOTER + 1)
THIS, PREVIOUS, FOOTER_AT = slice(8, 16), slice(16, 24), slice(24, 32)
"Fields of a partition pack: where it is, and others are, in the file."


def check(data: Contents) -> str | None:
    """What is damaged; None where every key follows the value before, up to the end."""
    place = first = max(0, data.find(PARTITION, 0, 1 << 16))  # a run-in may come before
    footer, packs = 0, set[int]()
    try:
        for place, start, end in _values(data, first):
            key = data[place : place + KEY]
            if key[:13] == PARTITION and key[13] in PACKS:
                at, before, last = (
                    _number(data, start, part) for part in (THIS, PREVIOUS, FOOTER_AT)
                )
                footer = max(footer, last)
                if at != place - first:
                    return f"the partition at byte {place:,} says that it is at {at:,}"
                if packs and before not in packs:
                    return f"no partition begins at byte {before:,}, which one names"
                packs.add(at)
            if end > len(data):
                return "it ends within a value"
    except ValueError as error:
        return str(error)
    if footer and footer not in packs:
        return f"no partition begins at byte {footer:,}, where its footer is"
    return None


def _values(data: Contents, place: int) -> Iterator[tuple[int, int, int]]:
    """Where each key, its value, and what follows begins."""
    while place < len(data):
        if data[place : place + 4] != LABEL:
            if not data[place : place + KEY].strip(b"\0") and not data[place:].strip(b"\0"):
                return
            raise ValueError(f"no key begins at byte {place:,}")
        first = data[place + KEY] if place + KEY < len(data) else 0
        width = first & 0x7F if first & 0x80 else 0
        start = place + KEY + 1 + width
        length = int.from_bytes(data[place + KEY + 1 : start], "big") if width else first
        if width > 8:
            raise ValueError(f"the value at byte {place:,} has no length")
        yield place, start, start + length
        place = start + length


def _number(data: Contents, start: int, part: slice) -> int:
    return int.from_bytes(data[start + part.start : start + part.stop], "big")
