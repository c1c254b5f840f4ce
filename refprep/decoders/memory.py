"""What decoding an image takes, from its header alone: nothing of it is decoded here.

Measured with Pillow 13 and pillow-heif 1.8 on pictures of 31 megapixels: the growth of the greatest
resident set (ru_maxrss) of a fresh process, over width times height, in bytes a pixel.

| format | measured | of which the finished picture | what else |
|---|---|---|---|
| JPEG, baseline RGB, CMYK; gray | 4.0; 1.0 | 4; 1 | |
| JPEG, progressive 4:2:0; 4:4:4; CMYK; gray | 7.0; 10.0; 12.0; 3.0 | 4; 4; 4; 1 | coefficients |
| PNG RGB, RGBA, LA; I;16; L, P, 1 | 4.0; 2.0; 1.0 | all | |
| GIF; BMP RGB; BMP RLE | 1.0; 4.0; 3.0 | 1; 4; 1 | two copies in the RLE decoder |
| TIFF in strips; in one strip | 4.1; 7.0 | 4 | one strip or tile, decompressed |
| WebP; with alpha | 16.0; 17.0 | 4 | two canvases, one copy |
| JPEG 2000 gray; RGB; RGBA | 6.1; 19.3; 24.5 | 1; 4; 4 | a tile: samples of 32 bits, a copy |
| JPEG 2000 in tiles of 1024 x 1024 | 4.5 | 4 | |
| AVIF 4:2:0; 4:4:4; with alpha | 9.2; 10.8; 11.6 | 4 | planes, a copy; deep ones double |
| HEIF; with alpha | 7.3; 8.3 | 4 | planes, a copy; deep ones double |
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from refprep.decoders.reader import Contents, Reader, reading
from refprep.errors import TooBigError, UnreadableError

PROCESS = 112 << 20
"Bytes of a process that has loaded the decoders, before it opens a file."
FRAMES_MAX = 10_000
"Pictures in one file, and segments or chunks beside its pixels: listing each costs memory."
VALUES_MAX = 1_000_000
"Numbers in the tags of one TIFF, such as offsets of strips; Pillow makes an object of each."
STORED = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
"Bytes of a pixel in Pillow's memory, by mode; 4 in all others."
WEBP, AVIF, HEIF = 17, 12, 10
"Bytes a pixel at the peak; of AVIF and HEIF with 8 bits a sample."
DEEP = 8
"More bytes a pixel of AVIF and HEIF with 10 or 12 bits a sample."
TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"Bytes of a value by its TIFF type; 1, 2, 6 and 7 are bytes, which stay one object."
BYTE_TYPES = (1, 2, 6, 7)
ORIENTATION = 0x0112
"The EXIF tag."


def require(taken: int, memory: int, width: int, height: int) -> None:
    """Refuse what takes too much memory.

    Args:
        taken: Bytes that decoding takes.
        memory: Bytes that it may take, with the process itself.
        width: Of the picture, in pixels.
        height: Of the picture, in pixels.

    Raises:
        TooBigError: It takes more.
    """
    if taken + PROCESS > memory:
        raise TooBigError(
            f"{width:,} x {height:,} pixels take {_megabytes(taken + PROCESS)} of memory to decode;"
            f" refprep uses at most {_megabytes(memory)} for one file (--max-memory)"
        )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


def too_many(count: int, what: str) -> TooBigError:
    """The error of a file that lists more of something than is read."""
    return TooBigError(f"holds more than {count:,} {what}; refprep reads at most so many")


def stored_bytes(mode: str, width: int, height: int) -> int:
    """Bytes of a decoded picture in Pillow's memory."""
    return width * height * STORED.get(mode, 4)


def decoding_bytes(picture: Any, path: Path) -> int:
    """Bytes that decoding takes at its peak, the finished picture included.

    Args:
        picture: An image that Pillow has opened and not decoded.
        path: Its file.

    Raises:
        UnreadableError: A header contradicts itself.
    """
    pixels = picture.width * picture.height
    stored = stored_bytes(picture.mode, picture.width, picture.height)
    size = path.stat().st_size
    taken = stored
    match picture.format:
        case "WEBP":
            taken = pixels * WEBP + 2 * size
        case "AVIF":
            taken = pixels * (AVIF + DEEP * _is_deep_av1(path)) + 2 * size
        case "HEIF":
            taken = pixels * (HEIF + DEEP * (picture.info.get("bit_depth", 8) > 8)) + 3 * size
        case "JPEG2000":
            taken += jpeg2000_tile_bytes(path, picture.size) + size
        case "TIFF":
            turned = stored if picture.tag_v2.get(ORIENTATION, 1) != 1 else 0  # a second picture
            taken += max(turned, _tiff_block_bytes(picture, size))
        case "BMP" if "rle" in str(picture.tile).lower():
            taken += 2 * pixels
        case "GIF":
            taken *= 2
    return taken


def _is_deep_av1(path: Path) -> bool:
    """True where an AV1 configuration in the file's head says high_bitdepth (AV1-ISOBMFF 2.3.3)."""
    with reading(path) as file:
        head = file.read(1 << 20)
    place = head.find(b"av1C")
    return place < 0 or (len(head) > place + 6 and bool(head[place + 6] & 0x40))


def _tiff_block_bytes(picture: Any, size: int) -> int:
    """Bytes of the file, and of one decompressed strip or tile; others are read in rows."""
    tags = picture.tag_v2
    if tags.get(259, 1) == 1:
        return 0
    width = int(tags.get(322, picture.width))
    rows = int(tags.get(323, min(tags.get(278, picture.height), picture.height)))
    bits = tags.get(258, (8,))
    deepest = max(bits) if isinstance(bits, tuple) else int(bits)
    bits_of_pixel = int(tags.get(277, 1)) * deepest
    whole = 32 if tags.get(262) == 6 else 0  # YCbCr is decompressed to RGBA
    return size + width * rows * max(whole, bits_of_pixel) // 8


def webp_size(path: Path) -> tuple[int, int] | None:
    """The size of a WebP's canvas, which its decoder allocates when it opens the file."""
    with reading(path) as file:
        head = file.read(30).ljust(30, b"\0")
    match head[12:16]:
        case b"VP8X":
            return (
                int.from_bytes(head[24:27], "little") + 1,
                int.from_bytes(head[27:30], "little") + 1,
            )
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = struct.unpack("<HH", head[26:30])
            return width & 0x3FFF, height & 0x3FFF
    return None


def jpeg2000_tile_bytes(path: Path, declared: tuple[int, int]) -> int:
    """Bytes that OpenJPEG takes for the largest tile (ISO 15444-1, A.5.1 SIZ and A.6.1 COD).

    Samples have 32 bits, and are copied once in the bytes of their depth.

    Raises:
        UnreadableError: There is no codestream, or it has another size than its file declares.
    """
    with Contents(path) as data:
        start = data.find(b"\xff\x4f\xff\x51")
        siz = data[start + 6 : start + 42]
        if start < 0 or len(siz) < 36:
            raise UnreadableError("looks like an image, but its header cannot be read")
        _, right, bottom, left, top, tile_width, tile_height, _, _, count = struct.unpack(
            ">HIIIIIIIIH", siz
        )
        components = data[start + 42 : start + 42 + 3 * count]
        # bytes of a packet never look like a marker of 0xff90 or less (A.1)
        own = 6 if count < 257 else 7
        styles = [
            data[place + flags : place + flags + 1] + data[place + rest :][:38]
            for marker, flags, rest in ((b"\xff\x52", 4, 9), (b"\xff\x53", own - 1, own))
            for place in _places(data, marker, start)
        ]
    size = (right - left, bottom - top)
    if size != declared:
        sizes = " and ".join(f"{width:,} x {height:,}" for width, height in (declared, size))
        raise UnreadableError(f"its headers contradict each other: {sizes} pixels")
    pixels = min(tile_width, size[0]) * min(tile_height, size[1])
    sample = 0.0
    for depth, across, down in zip(*[iter(components)] * 3, strict=False):
        bytes_of_one = (
            4 + (1 if depth & 0x7F < 8 else 2) + max(map(_block_bytes, styles), default=0)
        )
        sample += bytes_of_one / max(1, across * down)
    return int(pixels * sample)


def _places(data: Contents, marker: bytes, start: int) -> Iterator[int]:
    place = data.find(marker, start)
    while place >= 0:
        yield place
        place = data.find(marker, place + 2)


def _block_bytes(style: bytes) -> float:
    """Bytes a sample for what OpenJPEG notes of code blocks and precincts.

    Measured: some 400 for each code block, 7,500 for each precinct.

    Args:
        style: Scod, then what table A.15 lists.
    """
    if len(style) < 6:
        return 0.0
    flags, levels, across, down = style[:4]
    block = 1 << (across & 15) + 2 + (down & 15) + 2
    sizes = style[6 : 7 + levels] if flags & 1 else b""
    precincts = sum(
        4.0 ** (level - levels) / (1 << (size & 15) + (size >> 4))
        for level, size in enumerate(sizes)  # from the smallest resolution on
    )
    return 420 / block + 8_000 * precincts


def pictures_of_gif(path: Path) -> int:
    """How many pictures a GIF holds (GIF89a, 15 to 26), without decoding any.

    Raises:
        TooBigError: It holds more than `FRAMES_MAX`, or its comments alone are that many blocks.
    """
    with Contents(path) as data:
        end, flags = len(data), data[10] if len(data) > 10 else 0
        place = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
        pictures = comments = 0
        while place < end and data[place] != 0x3B:
            kind = data[place]
            is_comment = data[place : place + 2] == b"\x21\xfe"
            if kind == 0x2C and place + 9 < end:
                flags = data[place + 9]
                place += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
                pictures += 1
            elif kind == 0x21:
                place += 2
            else:
                place += 1
                continue
            while place < end and data[place]:
                place += data[place] + 1
                comments += is_comment
            place += 1
            if pictures > FRAMES_MAX or comments > FRAMES_MAX:
                raise too_many(FRAMES_MAX, "pictures" if pictures > comments else "comments")
    return pictures


def check_tiff(path: Path) -> int:
    """The bytes of the tags of a TIFF's pages, all read when they are listed.

    Raises:
        TooBigError: It has more pages, numbers, or bytes in tags than are read.
    """
    with reading(path) as file:
        return sum(_page_bytes(file, path.stat().st_size))


def _page_bytes(file: BinaryIO | Reader, limit: int) -> Iterator[int]:
    """The bytes in the tags of each page, of at most as many as the file has."""
    values = 0
    pages: set[int] = set()
    for place, entries in directories(file):
        if place in pages:
            return
        pages.add(place)
        if len(pages) > FRAMES_MAX:
            raise too_many(FRAMES_MAX, "pages")
        sizes = [TYPE_SIZES.get(kind, 0) * count for _, kind, count, _ in entries]
        values += sum(count for _, kind, count, _ in entries if kind not in BYTE_TYPES)
        if values > VALUES_MAX:
            raise too_many(VALUES_MAX, "numbers in its tags")
        if sum(size for size in sizes if size <= limit) > limit:
            raise TooBigError("its tags name more bytes than the file has")
        yield sum(size for size in sizes if size <= limit)


def directories(
    file: BinaryIO | Reader,
) -> Iterator[tuple[int, list[tuple[int, int, int, bytes]]]]:
    """The image file directories of TIFF 6.0: offset; tag, type, count and value of its entries."""
    file.seek(0)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(file.read(4))
    if order is None:
        return
    while len(offset := file.read(4)) == 4 and (place := struct.unpack(f"{order}I", offset)[0]):
        file.seek(place)
        head = file.read(2)
        if len(head) < 2:
            return
        rows = file.read(12 * struct.unpack(f"{order}H", head)[0])
        whole = rows[: len(rows) // 12 * 12]
        yield place, [*struct.iter_unpack(f"{order}HHI4s", whole)]


def exif_orientation(exif: bytes) -> int | None:
    """The orientation tag of EXIF data, read without the values of any other tag.

    Args:
        exif: A TIFF, perhaps after `Exif` and two zero bytes.
    """
    import io

    data = exif.removeprefix(b"Exif\0\0")
    order = "<" if data.startswith(b"II") else ">"
    for _, entries in directories(io.BytesIO(data)):
        for tag, kind, count, value in entries:
            if tag == ORIENTATION and count == 1 and kind in (3, 4):
                size = "H" if kind == 3 else "I"
                return int(struct.unpack_from(f"{order}{size}", value)[0])
        return None
    return None


def exif_is_read(exif: bytes) -> bool:
    """True where EXIF data have a directory, and an orientation in it is one number.

    Args:
        exif: A TIFF, perhaps after `Exif` and two zero bytes; or nothing.
    """
    import io

    data = exif.removeprefix(b"Exif\0\0")
    if not data.strip(b"\0"):
        return True
    if data[:4] not in (b"II*\0", b"MM\0*"):
        return False
    for _, entries in directories(io.BytesIO(data)):
        turns = [(kind, count) for tag, kind, count, _ in entries if tag == ORIENTATION]
        return all(kind in (1, 3, 4) and count == 1 for kind, count in turns)
    return not any(data[4:8])


@dataclass(frozen=True)
class Chunk:
    """One chunk of a PNG: its type, and where its content is."""

    kind: bytes
    start: int
    size: int


def chunks_of_png(data: Any) -> Iterator[Chunk]:
    """The chunks of a PNG, up to its end.

    Args:
        data: The file's bytes.

    Raises:
        TooBigError: There are more than `FRAMES_MAX` beside those of pixels.
    """
    place, others = 8, 0
    while place + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[place : place + 8])
        yield Chunk(kind, place + 8, size)
        if kind == b"IEND":
            return
        others += kind not in (b"IDAT", b"fdAT")
        if others > FRAMES_MAX:
            raise too_many(FRAMES_MAX, "chunks beside its pixels")
        place += size + 12
