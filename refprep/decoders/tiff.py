"""TIFF: damage in its directory, strips and tiles that libtiff only logs."""

import io
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from PIL import Image as Pillow

from refprep.decoders import jpeg
from refprep.decoders.memory import directories
from refprep.decoders.reader import reading
from refprep.errors import UnreadableError

PIECE = 1 << 20
"Bytes that are inflated at once."
STRIPS, TILES = (273, 279), (324, 325)
"The tags of offsets and byte counts (TIFF 6.0)."
JPEG_TABLES = 347
NEEDED = {256: "width", 257: "height", 262: "kind of pixels"}
"Tags without which no decoder knows what is shown, in words."
NUMBERS = (*NEEDED, 258, 259, 277, 278, 284, *STRIPS, *TILES, 322, 323)
"Tags whose values are whole numbers."
BYTE, SHORT, LONG, LONG8 = 1, 3, 4, 16
SINGLE = (*NEEDED, 259, 277, 278, 284, 322, 323)
"Tags of one value."
DIRECTORY = 8
"Bytes in front of which nothing but the header is."
YCBCR = 6
"A kind of pixels that are stored with fewer samples of color."
FAX = (2, 3, 4)
"Compressions of ITU-T T.4 and T.6, whose codes have no checksum; libtiff goes on after wrong ones."


def check_directory(path: Path) -> str | None:
    """What is damaged in the first directory; None where all decoders read the same of it.

    The tags stand in ascending order (TIFF 6.0, section 2): a decoder may stop at one that does
    not, or take the first of two. What is needed is there, in numbers.
    """
    with reading(path) as file:
        order: Literal["little", "big"] = "little" if file.read(1) == b"I" else "big"
        place, entries = next(directories(file), (0, []))
        file.seek(place)
        count = int.from_bytes(file.read(2), order)
    if len(entries) != count:
        return "its directory ends early"
    return _damage_of_tags(entries)


def _damage_of_tags(entries: list[tuple[int, int, int, bytes]]) -> str | None:
    """What is wrong with the tags, types and counts of a directory."""
    tags = {tag: (kind, count) for tag, kind, count, _ in entries}
    if any(after[0] <= before[0] for before, after in pairwise(entries)):
        return "the tags of its directory are not in order; some decoders cannot read it"
    if missing := [words for tag, words in NEEDED.items() if tag not in tags]:
        return f"its directory does not tell its {missing[0]}"
    wrong = [tag for tag in NUMBERS if tags.get(tag, (LONG,))[0] not in (BYTE, SHORT, LONG, LONG8)]
    if wrong:
        return f"tag {wrong[0]} of its directory is no number"
    several = [tag for tag in SINGLE if tags.get(tag, (SHORT, 1))[1] != 1]
    if several:
        return f"tag {several[0]} of its directory has more than one value"
    offsets, sizes = TILES if TILES[0] in tags else STRIPS
    if offsets not in tags or sizes not in tags or tags[offsets][1] != tags[sizes][1]:
        return "its directory does not tell where its pixels are, and how many bytes they take"
    return None


def check_layout(picture: Any, path: Path) -> str | None:
    """What is wrong with the number and the size of strips or tiles; None where nothing is.

    Args:
        picture: A TIFF that Pillow has opened.
        path: Its file.
    """
    tags = picture.tag_v2
    width, height, samples = (int(tags.get(tag, 1)) for tag in (256, 257, 277))
    bits = _listed(tags.get(258, 1))
    if len(bits) not in (1, samples):
        return f"its directory has the bits of {len(bits):,} samples of {samples:,}"
    apart = samples if tags.get(284) == 2 else 1
    tiled = TILES[0] in tags
    if tiled:
        across, down = (int(tags.get(tag, 0)) for tag in (322, 323))
        needed = -(-width // max(1, across)) * -(-height // max(1, down)) * apart
    else:
        needed = -(-height // max(1, min(height, int(tags.get(278, height))))) * apart
    offsets, sizes = (_listed(tags.get(name, ())) for name in (TILES if tiled else STRIPS))
    if len(offsets) < needed:
        return f"its directory names {len(offsets):,} parts of {needed:,}"
    length = path.stat().st_size
    if any(
        start < DIRECTORY or start + size > length
        for start, size in zip(offsets, sizes, strict=False)
    ):
        return "its directory names pixels outside of the file"
    row = -(-width * sum(bits if len(bits) == samples else bits * samples) // 8)
    plain = tags.get(259, 1) == 1 and tags.get(262) != YCBCR and not tiled and apart == 1
    if plain and sum(sizes) < row * height:
        return f"its parts hold {sum(sizes):,} bytes of {row * height:,}"
    return None


def check(picture: Any, path: Path) -> None:
    """Check the data of the picture that is open: checksums of zlib, warnings of libjpeg.

    Args:
        picture: A TIFF that Pillow has opened.
        path: Its file.

    Raises:
        UnreadableError: They are damaged.
    """
    tags = picture.tag_v2
    if tags.get(259) in FAX and TILES[0] not in tags and check_directory(path) is None:
        _check_fax(path)
    checks: dict[int, Callable[[bytes], str | None]] = {
        8: _check_zlib,
        32946: _check_zlib,
        7: lambda data: _check_jpeg(data, tags.get(JPEG_TABLES, b"")),
    }
    check_one = checks.get(tags.get(259, 1))
    if check_one is None:
        return
    names = TILES if TILES[0] in tags else STRIPS
    offsets, sizes = (_listed(tags.get(name, ())) for name in names)
    with reading(path) as file:
        for offset, size in zip(offsets, sizes, strict=False):
            file.seek(offset)
            if complaint := check_one(file.read(size)):
                raise UnreadableError(f"the image is damaged: {complaint}")


def prepare(picture: Any) -> None:
    """Allocate the pixels of a TIFF that Pillow has opened, so that Pillow's limit is not asked."""
    if picture._im is None:
        core: Any = vars(Pillow)["core"]
        picture.im = core.new(picture.mode, picture._tile_size)


def _check_fax(path: Path) -> None:
    """Decode with FFmpeg, which stops at a wrong code; it takes a bit a pixel.

    Raises:
        UnreadableError: A code is wrong.
    """
    import av

    with reading(path) as file:
        whole = file.read()
    decoder = av.CodecContext.create("tiff", "r")
    decoder.options = {"err_detect": "explode"}
    try:
        decoder.decode(av.Packet(whole))
    except av.error.InvalidDataError:
        raise UnreadableError("the image is damaged: wrong codes in its pixels") from None
    except av.error.FFmpegError:  # a kind that this decoder does not know
        return


def _listed(value: Any) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (int(value),)


def _check_zlib(data: bytes) -> str | None:
    inflate, rest = zlib.decompressobj(), data
    try:
        while rest and not inflate.eof:
            inflate.decompress(rest, PIECE)
            rest = inflate.unconsumed_tail
    except zlib.error as error:
        return str(error)
    return None if inflate.eof else "image file is truncated"


def _check_jpeg(data: bytes, tables: bytes) -> str | None:
    """The data are a JPEG without tables, which are in a tag (Adobe TIFF technical note 2)."""
    whole = bytearray((tables[:-2] + data[2:] if tables else data) + jpeg.EOI)
    header = jpeg.header_of(io.BytesIO(bytes(whole)))
    return jpeg.check_data(memoryview(whole), header, header.scan)
