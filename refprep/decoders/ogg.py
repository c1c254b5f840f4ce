"""Ogg: checksums and numbers of pages (RFC 3533)."""

import struct
import zlib

from refprep.decoders.reader import Contents

MAGIC = b"OggS"
HEADER = 27
CONTINUED, FIRST = 1, 2
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"The bits of each byte in the other order: Ogg's checksum is that of zlib, read backwards."
ALL = 0xFFFFFFFF
UNNUMBERED = -1


def check(data: Contents) -> str | None:
    """What is damaged; None where every page follows the one before, with its checksum."""
    place, numbers = 0, dict[int, int]()
    while place < len(data):
        header = data[place : place + HEADER]
        if header[:4] != MAGIC:
            rest = data[place : place + 3]
            return None if rest == b"TAG" else f"no page of Ogg begins at byte {place:,}"
        if len(header) < HEADER:
            return "it ends within a page"
        kind, serial, number, declared, segments = struct.unpack("<5xB8xIIIB", header)
        sizes = data[place + HEADER : place + HEADER + segments]
        end = place + HEADER + segments + sum(sizes)
        if end > len(data):
            return "it ends within a page"
        if checksum(data[place : place + 22] + bytes(4) + data[place + 26 : end]) != declared:
            return f"wrong checksum of the page at byte {place:,}"
        if not kind & FIRST and number != numbers.get(serial, UNNUMBERED) + 1:
            return f"a page is missing before byte {place:,}"
        numbers[serial] = number
        place = end
    return None


def checksum(page: bytes) -> int:
    """The checksum of a page whose own field holds zeros: polynomial 0x04C11DB7, from bit 31."""
    backwards = zlib.crc32(page.translate(REVERSED), ALL) ^ ALL
    return int(f"{backwards:032b}"[::-1], 2)
