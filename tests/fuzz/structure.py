"""Where the parts of a file lie: chunks, which may be moved, and fields, which may lie.

Readers here are lenient: they describe as much of a valid seed as the mutator needs, and stop where
a file is no longer of their format.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

BOXES_INSIDE = (
    b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf", b"mvex", b"udta",
    b"dinf", b"meta", b"iprp", b"ipco", b"iinf", b"jp2h", b"stsd", b"dref", b"ilst",
)  # fmt: skip
FULL_BOXES = (b"meta", b"stsd", b"dref", b"iinf")
"Boxes whose children follow version, flags and perhaps a count."
MASTERS = (0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0, 0xE1, 0x1F43B675, 0x1C53BB6B, 0x114D9B74)
"EBML elements that hold others: Segment, Info, Tracks, TrackEntry, Video, Audio, Cluster ..."
TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
FALLBACK = 64
"Bytes of a piece where no structure is known."


@dataclass(frozen=True)
class Chunk:
    """A part of a file that may be removed, doubled, or swapped with another one."""

    start: int
    stop: int
    name: bytes = b""


@dataclass(frozen=True)
class Field:
    """An integer of a file: a size, a count, an offset, a dimension."""

    offset: int
    width: int
    little: bool = False


Part = Chunk | Field
Order = Literal["little", "big"]


def parts_of(data: bytes) -> tuple[list[Chunk], list[Field]]:
    """The chunks and the fields of a file, by its first bytes; pieces of 64 bytes where unknown."""
    reader = next((read for fits, read in READERS if fits(data)), None)
    parts: list[Part] = []
    with suppress(
        IndexError, ValueError, struct.error
    ):  # a mutated file ends where its structure does not
        parts.extend(reader(data) if reader else ())
    chunks = [part for part in parts if isinstance(part, Chunk) and part.stop <= len(data)]
    fields = [
        part for part in parts if isinstance(part, Field) and part.offset + part.width <= len(data)
    ]
    if len(chunks) < 2:
        edges = [*range(0, len(data), FALLBACK), len(data)]
        chunks += [Chunk(*edge) for edge in pairwise(edges)]
    return chunks, fields or [Field(offset, 4) for offset in range(0, len(data) - 4, 4)]


def boxes(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Part]:
    """ISO 14496-12 boxes: size, type, and the words of small ones, which hold counts and times."""
    stop = len(data) if stop is None else stop
    while start + 8 <= stop:
        size, name = struct.unpack_from(">I4s", data, start)
        head = 16 if size == 1 else 8
        end = stop if size == 0 else start + (_long(data, start + 8) if size == 1 else size)
        if end > stop or end < start + head:
            return
        yield Chunk(start, end, name)
        yield Field(start, 4)
        yield Field(start + 4, 4)
        body = start + head
        if name in BOXES_INSIDE:
            inside = body + (4 if name in FULL_BOXES else 0)
            if name in (b"stsd", b"dref"):
                inside += 4
            elif name == b"iinf":
                inside += 2
            yield from (Field(at, 4) for at in range(body, inside - 3, 4))
            yield from boxes(data, inside, end)
        elif name != b"mdat":
            yield from (Field(at, 4) for at in range(body, min(end, body + 400) - 3, 4))
        start = end


def _long(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "big")


def elements(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Part]:
    """EBML elements (RFC 8794): an identifier, a size of a variable length, content."""
    stop = len(data) if stop is None else stop
    while start + 2 <= stop:
        id_width = 9 - data[start].bit_length()
        at = start + id_width
        if id_width > 4 or at >= stop or not data[at]:
            return
        width = 9 - data[at].bit_length()
        marker = 1 << (7 * width)
        size = int.from_bytes(data[at : at + width], "big") - marker
        identifier = int.from_bytes(data[start:at], "big")
        body = at + width
        end = stop if size == marker - 1 else body + size
        if end > stop:
            return
        yield Chunk(start, end, data[start:at])
        yield Field(at, width)
        if identifier in MASTERS:
            yield from elements(data, body, end)
        elif end - body <= 8:
            yield Field(body, end - body)
        start = end


def riff(data: bytes, start: int = 0, stop: int | None = None) -> Iterator[Part]:
    """RIFF (little-endian) and AIFF's FORM (big-endian): chunks, lists of chunks."""
    little = data[:4] != b"FORM"
    stop = len(data) if stop is None else stop
    while start + 8 <= stop:
        name = data[start : start + 4]
        size = int.from_bytes(data[start + 4 : start + 8], "little" if little else "big")
        end = min(stop, start + 8 + size + size % 2)
        yield Chunk(start, end, name)
        yield Field(start + 4, 4, little)
        if name in (b"RIFF", b"LIST", b"FORM", b"RF64"):
            yield from riff(data, start + 12, end)
        else:
            yield from (
                Field(at, 2, little) for at in range(start + 8, min(end, start + 72) - 1, 2)
            )
            yield from (
                Field(at, 4, little) for at in range(start + 8, min(end, start + 72) - 3, 4)
            )
        start = end


def caf(data: bytes) -> Iterator[Part]:
    """Core Audio Format: chunks with a size of 8 bytes."""
    start = 8
    while start + 12 <= len(data):
        end = start + 12 + _long(data, start + 4)
        end = min(end, len(data))
        yield Chunk(start, end, data[start : start + 4])
        yield Field(start + 4, 8)
        yield from (Field(at, 4) for at in range(start + 12, min(end, start + 60) - 3, 4))
        start = end


def png(data: bytes) -> Iterator[Part]:
    """PNG chunks: size, type, content, CRC."""
    start = 8
    while start + 12 <= len(data):
        size = int.from_bytes(data[start : start + 4], "big")
        end = start + 12 + size
        if end > len(data):
            return
        name = data[start + 4 : start + 8]
        yield Chunk(start, end, name)
        yield Field(start, 4)
        if name != b"IDAT":
            yield from (Field(at, 4) for at in range(start + 8, min(end - 4, start + 60) - 3, 4))
            yield from (Field(at, 1) for at in range(start + 8, min(end - 4, start + 60)))
        start = end


def with_png_checksums(data: bytes) -> bytes:
    """A PNG whose chunks have the CRC of what they hold now: damage that only decoding shows."""
    result, start = bytearray(data), 8
    while start + 12 <= len(data):
        size = int.from_bytes(data[start : start + 4], "big")
        end = start + 8 + size
        if end + 4 > len(data):
            break
        result[end : end + 4] = struct.pack(">I", zlib.crc32(data[start + 4 : end]))
        start = end + 4
    return bytes(result)


def jpeg(data: bytes) -> Iterator[Part]:
    """JPEG segments, and the entropy-coded data between restart markers."""
    start = 2
    while start + 4 <= len(data) and data[start] == 0xFF:
        marker = data[start + 1]
        if marker == 0xD9 or 0xD0 <= marker <= 0xD8:
            yield Chunk(start, start + 2, data[start : start + 2])
            start += 2
            continue
        end = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        yield Chunk(start, min(end, len(data)), data[start : start + 2])
        yield Field(start + 2, 2)
        yield from (Field(at, 1) for at in range(start + 4, min(end, start + 30)))
        if 0xC0 <= marker <= 0xCF:
            yield Field(start + 5, 2)
            yield Field(start + 7, 2)
        start = end
        if marker == 0xDA:
            while end + 1 < len(data) and not (data[end] == 0xFF and data[end + 1]):
                end += 1
            yield Chunk(start, end, b"entropy")
            start = end


def tiff(data: bytes) -> Iterator[Part]:
    """TIFF: the entries of its directories, and what they point at."""
    little = data[:2] == b"II"
    order = "<" if little else ">"
    (at,) = struct.unpack_from(f"{order}I", data, 4)
    yield Field(4, 4, little)
    visited: set[int] = set()
    while at and at not in visited and at + 2 <= len(data):
        visited.add(at)
        (count,) = struct.unpack_from(f"{order}H", data, at)
        yield Field(at, 2, little)
        for entry in range(at + 2, min(at + 2 + 12 * count, len(data) - 16), 12):
            kind, number, value = struct.unpack_from(f"{order}HII", data, entry + 2)
            yield Chunk(entry, entry + 12, b"entry")
            yield Field(entry, 2, little)
            yield Field(entry + 2, 2, little)
            yield Field(entry + 4, 4, little)
            yield Field(entry + 8, 2, little)
            yield Field(entry + 8, 4, little)
            size = TIFF_SIZES.get(kind, 0) * number
            if 4 < size <= len(data) - value:
                yield Chunk(value, value + size, b"values")
                yield from (Field(f, 4, little) for f in range(value, value + min(size, 64) - 3, 4))
        end = at + 2 + 12 * count
        at = struct.unpack_from(f"{order}I", data, end)[0] if end + 4 <= len(data) else 0
        yield Field(end, 4, little)


def gif(data: bytes) -> Iterator[Part]:
    """GIF: the screen, the extensions and images as blocks."""
    yield Field(6, 2, little=True)
    yield Field(8, 2, little=True)
    yield Field(10, 1)
    start = 13 + (3 << (data[10] % 8 + 1) if data[10] & 0x80 else 0)
    while start < len(data) and data[start] in (0x21, 0x2C):
        at = start + 2
        if data[start] == 0x2C:
            flags = data[start + 9]
            yield from (Field(start + n, 2, little=True) for n in (1, 3, 5, 7))
            yield Field(start + 9, 1)
            at = start + 10 + (3 << (flags % 8 + 1) if flags & 0x80 else 0) + 1
            yield Field(at - 1, 1)
        while at < len(data) and data[at]:
            yield Field(at, 1)
            at += data[at] + 1
        yield Chunk(start, min(at + 1, len(data)), data[start : start + 2])
        start = at + 1


def bmp(data: bytes) -> Iterator[Part]:
    """BMP: its header only."""
    yield from (Field(at, 4, little=True) for at in (2, 10, 14, 18, 22, 30, 34, 46, 50))
    yield from (Field(at, 2, little=True) for at in (26, 28))


def ogg(data: bytes) -> Iterator[Part]:
    """Ogg pages (RFC 3533)."""
    start = 0
    while data[start : start + 4] == b"OggS" and start + 27 <= len(data):
        lengths = data[start + 27 : start + 27 + data[start + 26]]
        end = start + 27 + len(lengths) + sum(lengths)
        yield Chunk(start, min(end, len(data)), b"OggS")
        yield Field(start + 6, 8, little=True)
        yield Field(start + 14, 4, little=True)
        yield Field(start + 18, 4, little=True)
        yield Field(start + 26, 1)
        yield from (Field(start + 27 + n, 1) for n in range(len(lengths)))
        body = start + 27 + len(lengths)
        yield from (Field(at, 4, little=True) for at in range(body, min(body + 40, end) - 3, 4))
        start = end


def with_ogg_checksums(data: bytes) -> bytes:
    """An Ogg file whose pages have the checksum of what they hold now."""
    result = bytearray(data)
    for page in parts_of(data)[0]:
        if page.name == b"OggS" and page.stop - page.start >= 27:
            result[page.start + 22 : page.start + 26] = bytes(4)
            content = bytes(result[page.start : page.stop])
            struct.pack_into("<I", result, page.start + 22, _ogg_checksum(content))
    return bytes(result)


def _ogg_checksum(content: bytes) -> int:
    """The CRC of RFC 3533: polynomial 0x04C11DB7, highest bit first, from 0."""
    checksum = 0
    for byte in content:
        checksum = (checksum << 8 & 0xFFFFFFFF) ^ OGG_TABLE[checksum >> 24 ^ byte]
    return checksum


def _ogg_row(value: int) -> int:
    value <<= 24
    for _ in range(8):
        value = (value << 1 ^ 0x04C11DB7 if value >> 31 else value << 1) & 0xFFFFFFFF
    return value


OGG_TABLE = [_ogg_row(value) for value in range(256)]


def flac(data: bytes) -> Iterator[Part]:
    """FLAC: metadata blocks, then frames by their sync code."""
    start = 4
    while start + 4 <= len(data):
        end = start + 4 + int.from_bytes(data[start + 1 : start + 4], "big")
        yield Chunk(start, min(end, len(data)), b"block")
        yield Field(start, 1)
        yield Field(start + 1, 3)
        yield from (Field(at, 2) for at in range(start + 4, min(end, start + 40) - 1, 2))
        if data[start] & 0x80:
            break
        start = end
    yield from _synced(data, b"\xff\xf8", end if start + 4 <= len(data) else start)


def _synced(data: bytes, sync: bytes, start: int = 0) -> Iterator[Part]:
    """Frames that begin with a sync code."""
    places = []
    at = data.find(sync, start)
    while at >= 0:
        places.append(at)
        at = data.find(sync, at + 1)
    for begin, end in pairwise([*places, len(data)]):
        yield Chunk(begin, end, b"frame")
        yield from (Field(at, 1) for at in range(begin + len(sync), min(begin + 8, end)))


def mp3(data: bytes) -> Iterator[Part]:
    """MPEG audio and AAC in ADTS: an ID3 tag, then frames."""
    start = 0
    if data[:3] == b"ID3":
        start = 10 + sum(
            byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True)
        )
        yield Chunk(0, start, b"ID3")
        yield from (Field(at, 1) for at in range(3, 20))
        yield Field(6, 4)
        yield Field(14, 4)
    yield from _synced(data, data[start : start + 2], start)


def transport(data: bytes) -> Iterator[Part]:
    """MPEG-TS: packets of 188 bytes."""
    for start in range(0, len(data) - 187, 188):
        yield Chunk(start, start + 188, b"packet")
        yield from (Field(start + n, 1) for n in (1, 3, 4, 5))
        yield Field(start + 1, 2)
        yield from (Field(at, 2) for at in range(start + 4, start + 40, 2))


def program(data: bytes) -> Iterator[Part]:
    """MPEG program streams and elementary ones: what follows a start code."""
    yield from _synced(data, b"\0\0\1")
    at = data.find(b"\0\0\1")
    while at >= 0:
        yield Field(at + 4, 2)
        at = data.find(b"\0\0\1", at + 1)


def flv(data: bytes) -> Iterator[Part]:
    """FLV tags."""
    start = 13
    while start + 11 <= len(data):
        end = start + 11 + int.from_bytes(data[start + 1 : start + 4], "big") + 4
        yield Chunk(start, min(end, len(data)), b"tag")
        yield Field(start, 1)
        yield Field(start + 1, 3)
        yield Field(start + 4, 4)
        yield Field(end - 4, 4)
        yield from (Field(at, 1) for at in range(start + 11, min(start + 24, end)))
        start = end


def mxf(data: bytes) -> Iterator[Part]:
    """MXF: keys of 16 bytes, BER lengths, values."""
    start = 0
    while start + 17 <= len(data):
        first = data[start + 16]
        width = first & 0x7F if first & 0x80 else 0
        body = start + 17 + width
        length = int.from_bytes(data[start + 17 : body], "big") if width else first
        end = min(len(data), body + length)
        yield Chunk(start, end, b"klv")
        yield Field(start + 16, 1)
        if width:
            yield Field(start + 17, width)
        yield from (Field(at, 4) for at in range(body, min(end, body + 80) - 3, 2))
        start = end


def words(data: bytes) -> Iterator[Part]:
    """Other formats: the first words, little-endian and big-endian."""
    for at in range(0, min(len(data), 200) - 4, 2):
        yield Field(at, 4, little=bool(at % 4))


READERS: list[tuple[Callable[[bytes], bool], Callable[[bytes], Iterator[Part]]]] = [
    (lambda data: data[4:8] in (b"ftyp", b"moov", b"jP  "), boxes),
    (lambda data: data[:4] == b"\x1aE\xdf\xa3", elements),
    (lambda data: data[:4] in (b"RIFF", b"FORM", b"RF64"), riff),
    (lambda data: data[:4] == b"caff", caf),
    (lambda data: data[:8] == b"\x89PNG\r\n\x1a\n", png),
    (lambda data: data[:2] == b"\xff\xd8", jpeg),
    (lambda data: data[:4] in (b"II*\0", b"MM\0*"), tiff),
    (lambda data: data[:4] == b"GIF8", gif),
    (lambda data: data[:2] == b"BM", bmp),
    (lambda data: data[:4] == b"OggS", ogg),
    (lambda data: data[:4] == b"fLaC", flac),
    (lambda data: data[:3] == b"FLV", flv),
    (lambda data: data[:4] == b"\x06\x0e\x2b\x34", mxf),
    (lambda data: data[:3] == b"\0\0\1", program),
    (lambda data: data[:1] == b"\x47" and data[188:189] == b"\x47", transport),
    (lambda data: data[:3] == b"ID3" or (data[:1] == b"\xff" and data[1:2] >= b"\xe0"), mp3),
    (lambda data: len(data) > 8, words),
]
"""What tells a format, and what reads its structure."""
