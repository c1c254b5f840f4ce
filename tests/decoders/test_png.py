"""PNG: what decoders pass over is found; what is whole is not."""

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image as Pillow

import refprep
from refprep.models.media import Image
from tests.decoders.bombs import chunk

SIGNATURE = b"\x89PNG\r\n\x1a\n"
IHDR = struct.pack(">IIBBBBB", 40, 30, 8, 2, 0, 0, 0)
PIXELS = (b"\0" + bytes(range(120))) * 30
IDAT = zlib.compress(PIXELS)
Parts = list[tuple[bytes, bytes]]
WHOLE: Parts = [(b"IHDR", IHDR), (b"IDAT", IDAT), (b"IEND", b"")]


def written(folder: Path, parts: Parts) -> Path:
    path = folder / "a.png"
    path.write_bytes(SIGNATURE + b"".join(chunk(kind, body) for kind, body in parts))
    return path


def decode_error(path: Path) -> str | None:
    media = refprep.probe(path)
    assert isinstance(media, Image)
    return media.decode_error


def header(**fields: int) -> bytes:
    names = ("width", "height", "depth", "color", "compression", "filter", "interlace")
    values = dict(zip(names, struct.unpack(">IIBBBBB", IHDR), strict=True))
    return struct.pack(">IIBBBBB", *{**values, **fields}.values())


def test_a_whole_png_has_no_error(tmp_path: Path) -> None:
    assert decode_error(written(tmp_path, WHOLE)) is None


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([WHOLE[0], (b"IDAT", zlib.compress(PIXELS[:-200])), WHOLE[2]], "truncated"),
        ([WHOLE[0], (b"IDAT", IDAT[: len(IDAT) // 2]), WHOLE[2]], "truncated"),
        ([WHOLE[0], (b"IDAT", zlib.compress(PIXELS + b"\0" * 121)), WHOLE[2]], "more pixels"),
        ([WHOLE[0], WHOLE[0], *WHOLE[1:]], "several headers"),
        ([WHOLE[0], WHOLE[1], (b"tEXt", b"a\0b"), (b"IDAT", b"x"), WHOLE[2]], "not together"),
        ([(b"IHDR", header(compression=1)), *WHOLE[1:]], "none that PNG has"),
        (WHOLE[:2], "truncated"),
    ],
)  # fmt: skip
def test_damage_that_pillow_passes_over_is_found(
    tmp_path: Path, parts: Parts, message: str
) -> None:
    assert message in (decode_error(written(tmp_path, parts)) or "")


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (7, 5), (64, 33)])
def test_every_kind_of_png_is_whole(tmp_path: Path, mode: str, size: tuple[int, int]) -> None:
    path = tmp_path / "a.png"
    Pillow.new(mode, size).save(path)
    assert decode_error(path) is None


def interlaced(width: int, height: int) -> bytes:
    """The filter bytes and pixels of the seven passes of a gray picture, counted by hand."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
              (0, 1, 1, 2))  # fmt: skip
    rows = b""
    for left, top, across, down in passes:
        columns = len(range(left, width, across))
        rows += (b"\0" + b"\7" * columns) * len(range(top, height, down)) if columns else b""
    return rows


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (8, 8), (13, 9)])
@pytest.mark.parametrize("cut", [False, True])
def test_an_interlaced_png_is_whole_with_all_its_passes(
    tmp_path: Path, size: tuple[int, int], cut: bool
) -> None:
    pixels = interlaced(*size)
    fields = {"width": size[0], "height": size[1], "color": 0, "interlace": 1}
    parts = [(b"IHDR", header(**fields)), (b"IDAT", zlib.compress(pixels[: -1 if cut else None]))]
    found = decode_error(written(tmp_path, [*parts, WHOLE[2]]))
    assert ("truncated" in (found or "")) is cut
