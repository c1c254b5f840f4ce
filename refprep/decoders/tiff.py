"""TIFF: damage in its strips and tiles that libtiff only logs."""

import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from refprep.decoders import jpeg
from refprep.decoders.reader import reading
from refprep.errors import UnreadableError

PIECE = 1 << 20
"Bytes that are inflated at once."
STRIPS, TILES = (273, 279), (324, 325)
"The tags of offsets and byte counts (TIFF 6.0)."
JPEG_TABLES = 347


def check(picture: Any, path: Path) -> None:
    """Check the data of the picture that is open: checksums of zlib, warnings of libjpeg.

    Args:
        picture: A TIFF that Pillow has opened.
        path: Its file.

    Raises:
        UnreadableError: They are damaged.
    """
    tags = picture.tag_v2
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
