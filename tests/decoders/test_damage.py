"""Damage is found wherever a decoder or a checksum can know it."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from fixtures.pictures import picture
from refprep import decoders
from refprep.errors import UnreadableError
from tests import measure
from tests.decoders.damage import damaged

SIZE = (320, 240)
SEEDS = 60
RUINED = 30.0
"PSNR in dB to the undamaged picture below which a picture that passes is a wrong pass."
WRONG_PASSES: dict[str, tuple[dict[str, Any], float]] = {
    "a.png": ({}, 0.0),
    "deflate.tif": ({"compression": "tiff_adobe_deflate"}, 0.0),
    "jpeg.tif": ({"compression": "jpeg"}, 0.04),
    "a.jpg": ({}, 0.06),
    "progressive.jpg": ({"progressive": True}, 0.06),
    "a.avif": ({}, 0.04),
    "lossless.webp": ({"lossless": True}, 0.06),
}
"""By file: how it is saved, and the part of its damaged copies that may pass with a ruined picture.
What is left cannot be known: other bits that are a picture as well."""


def found(path: Path) -> str | None:
    """What is wrong with an image; None where it passes."""
    try:
        facts = decoders.facts(path)
    except UnreadableError as error:
        return str(error)
    if facts["kind"] != "image":
        return "not an image"
    return facts.get("decode_error") or facts.get("damage")


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG_PASSES)
def test_damaged_images_that_pass_look_like_the_undamaged_one(tmp_path: Path, name: str) -> None:
    options, accepted = WRONG_PASSES[name]
    path = picture(tmp_path / name, size=SIZE)
    with Pillow.open(path) as whole:
        whole.load()
    whole.save(path, **options)
    assert found(path) is None
    data, truth = path.read_bytes(), measure.pixels(path)
    wrong = []
    for seed in range(SEEDS):
        path.write_bytes(damaged(data, seed))
        if found(path) is None:
            pixels = measure.pixels(path)
            if pixels.shape != truth.shape or measure.psnr(pixels, truth) < RUINED:
                wrong.append(seed)
    assert len(wrong) <= accepted * SEEDS, wrong


@given(
    size=st.tuples(st.integers(1, 200), st.integers(1, 200)),
    mode=st.sampled_from(["RGB", "L", "CMYK"]),
    quality=st.integers(1, 100),
    progressive=st.booleans(),
    restarts=st.integers(0, 3),
    subsampling=st.integers(0, 2),
    after=st.sampled_from([b"", b"\0", b"trailer", bytes(100)]),
    padding=st.sampled_from([b"", b"\0\0", b"\xff", b"\xff\xff\xff"]),
)
@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@example(
    size=(1, 15),
    mode="RGB",
    quality=6,
    progressive=False,
    restarts=1,
    subsampling=0,
    after=b"",
    padding=b"\0\0",
)  # a table of it holds the bytes of an end marker
def test_no_whole_jpeg_is_damaged(
    tmp_path_factory: pytest.TempPathFactory,
    size: tuple[int, int],
    mode: str,
    quality: int,
    progressive: bool,
    restarts: int,
    subsampling: int,
    after: bytes,
    padding: bytes,
) -> None:
    path = tmp_path_factory.mktemp("jpeg") / "a.jpg"
    noise = np.random.default_rng(quality).integers(0, 256, (size[1], size[0], 3), np.uint8)
    Pillow.fromarray(noise).convert(mode).save(
        path,
        quality=quality,
        progressive=progressive,
        restart_marker_rows=restarts,
        subsampling=subsampling,
    )
    data = path.read_bytes()
    path.write_bytes(data[:-2] + padding + data[-2:] + after)
    assert found(path) is None


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_whose_end_marker_alone_is_missing_is_whole(
    tmp_path: Path, progressive: bool
) -> None:
    path = picture(tmp_path / "a.jpg", size=SIZE)
    with Pillow.open(path) as opened:
        opened.load()
    opened.save(path, progressive=progressive)
    path.write_bytes(path.read_bytes()[:-2])
    assert found(path) is None


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_jpeg_that_ends_early_is_truncated_and_one_with_a_gap_is_damaged(
    tmp_path: Path, part: float
) -> None:
    path = picture(tmp_path / "a.jpg", size=(640, 480), quality=95)
    data = path.read_bytes()
    place = int(len(data) * part)
    path.write_bytes(data[:place])
    assert "truncated" in str(found(path))
    path.write_bytes(data[:place] + data[place + 200 :])
    assert "damaged" in str(found(path))
    assert "truncated" not in str(found(path))


@pytest.mark.parametrize("place", ["IDAT", "tEXt", "IEND"])
def test_every_checksum_of_a_png_counts(tmp_path: Path, place: str) -> None:
    path = picture(tmp_path / "a.png", size=SIZE)
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_text("Title", "an image")
    with Pillow.open(path) as opened:
        opened.load()
    opened.save(path, pnginfo=text)
    data = bytearray(path.read_bytes())
    start = data.index(place.encode())
    size = int.from_bytes(data[start - 4 : start], "big")
    data[start + 4 + size] ^= 1
    path.write_bytes(data)
    assert found(path) is not None


def saved(path: Path, *, mode: str = "RGB", **options: Any) -> bytearray:
    """A picture of a mode and its bytes."""
    source = picture(path.with_name("source.png"), size=SIZE)
    with Pillow.open(source) as whole:
        whole.convert(mode).save(path, **options)
    assert found(path) is None
    return bytearray(path.read_bytes())


def directory(data: bytearray) -> tuple[int, int]:
    """Where a TIFF's first entry is, and how many there are."""
    (place,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, place)
    return place + 2, count


@pytest.mark.parametrize(
    "compression", [None, "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"]
)
def test_a_tiff_whose_tags_are_not_in_order_is_damaged(
    tmp_path: Path, compression: str | None
) -> None:
    path = tmp_path / "a.tif"
    data = saved(path, compression=compression)
    first, _ = directory(data)
    tags = data[first : first + 24]
    data[first : first + 24] = tags[12:] + tags[:12]
    path.write_bytes(data)
    assert "not in order" in str(found(path))


@pytest.mark.parametrize("tag", [273, 278, 279])
def test_a_tiff_that_does_not_tell_where_its_pixels_are_in_numbers_is_damaged(
    tmp_path: Path, tag: int
) -> None:
    path = tmp_path / "a.tif"
    data = saved(path)
    first, count = directory(data)
    entry = next(
        place
        for place in range(first, first + 12 * count, 12)
        if struct.unpack_from("<H", data, place)[0] == tag
    )
    struct.pack_into("<H", data, entry + 2, 32767)
    path.write_bytes(data)
    assert "no number" in str(found(path)) or "cannot be" in str(found(path))


@given(
    size=st.tuples(st.integers(1, 300), st.integers(1, 200)),
    compression=st.sampled_from(["group3", "group4", "tiff_ccitt"]),
    seed=st.integers(0, 9),
    share=st.sampled_from([0.0, 0.02, 0.5, 1.0]),
    rows=st.sampled_from([1, 7, 1000]),
)
@pytest.mark.slow
@settings(max_examples=60, deadline=None)
def test_no_whole_fax_is_damaged(
    tmp_path_factory: pytest.TempPathFactory,
    size: tuple[int, int],
    compression: str,
    seed: int,
    share: float,
    rows: int,
) -> None:
    path = tmp_path_factory.mktemp("fax") / "a.tif"
    black = np.random.default_rng(seed).random(size[::-1]) < share
    Pillow.fromarray(black).save(path, compression=compression, tiffinfo={278: rows})
    assert found(path) is None


def test_a_fax_with_wrong_codes_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    data = saved(path, mode="1", compression="group4")
    missed = []
    for place in range(20, len(data) - 300, max(1, len(data) // 20)):
        copy = bytearray(data)
        copy[place : place + 4] = bytes(4)
        path.write_bytes(copy)
        if copy != data and found(path) is None:
            missed.append(place)
    assert missed == []


def test_a_gif_whose_blocks_do_not_follow_each_other_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    data = saved(path, mode="P")
    path.write_bytes(data[:-1] + b"\x07" + data[-1:])
    assert "no block" in str(found(path))
    control = bytes.fromhex("21f90400000000 00".replace(" ", ""))
    path.write_bytes(data[:-1] + control + data[-1:])
    assert "missing" in str(found(path))
    path.write_bytes(data[:-1])
    assert "end is missing" in str(found(path))


def test_a_gif_with_codes_of_no_bits_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    data = saved(path, mode="P")
    place = data.index(b"\x2c\0\0\0\0") + 10
    path.write_bytes(data[:place] + b"\0" + data[place + 1 :])
    assert found(path)


def test_a_bmp_that_is_shorter_than_its_header_says_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.bmp"
    data = saved(path)
    struct.pack_into("<I", data, 2, len(data) + 1)
    path.write_bytes(data)
    assert "declares" in str(found(path))


@pytest.mark.parametrize("suffix", ["jp2", "j2k"])
def test_a_jpeg_2000_whose_parts_do_not_follow_each_other_is_damaged(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    data = saved(path, tile_size=(100, 100))
    second = data.index(b"\xff\x90", data.index(b"\xff\x90") + 2)
    (size,) = struct.unpack_from(">I", data, second + 6)
    struct.pack_into(">I", data, second + 6, size - 1)
    path.write_bytes(data)
    assert found(path)


def test_a_jpeg_2000_without_bits_for_a_sub_band_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.jp2"
    data = saved(path)
    table = data.index(b"\xff\x5c") + 6
    data[table : table + 3] = bytes(3)
    path.write_bytes(data)
    assert "quantization" in str(found(path))


def test_a_jpeg_with_more_coefficients_than_a_block_has_is_damaged(tmp_path: Path) -> None:
    """libjpeg drops them in silence: after wrong bits they are the only sign."""
    path = tmp_path / "a.jpg"
    data = saved(path, mode="L")
    start = data.index(b"\xff\xda") + 10
    complaints = set[str | None]()
    for place in range(start, len(data) - 2, 211):
        for bit in range(8):
            copy = bytearray(data)
            copy[place] ^= 1 << bit
            path.write_bytes(copy)
            complaints.add(found(path))
    assert "wrong codes in its pixels, which decoders show in different ways" in complaints


@pytest.mark.parametrize(
    ("tag", "value"), [(257, 1000), (278, 1), (273, 0), (273, 1 << 30), (277, 200), (279, 50)]
)
def test_a_tiff_whose_directory_contradicts_itself_is_damaged(
    tmp_path: Path, tag: int, value: int
) -> None:
    path = tmp_path / "a.tif"
    data = saved(path)
    first, count = directory(data)
    for entry in range(first, first + 12 * count, 12):
        if struct.unpack_from("<H", data, entry)[0] == tag:
            struct.pack_into("<HII", data, entry + 2, 4, 1, value)
    path.write_bytes(data)
    assert found(path)


def test_a_bmp_of_several_planes_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.bmp"
    data = saved(path)
    struct.pack_into("<H", data, 26, 3)
    path.write_bytes(data)
    assert "planes" in str(found(path))


def test_a_gif_with_a_picture_beside_its_screen_is_damaged(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.gif", size=SIZE, frames=3)
    assert found(path) is None
    data = bytearray(path.read_bytes())
    last = data.rindex(b"\x2c\0\0\0\0")
    struct.pack_into("<H", data, last + 1, SIZE[0])
    path.write_bytes(data)
    assert found(path)


@pytest.mark.parametrize(
    ("place", "value"), [(36 + 4, b"\x21"), (4 + 4 + 4, b"\0\0\x7f\xff")], ids=["apart", "height"]
)
def test_a_jpeg_2000_whose_header_does_not_fit_its_tiles_is_damaged(
    tmp_path: Path, place: int, value: bytes
) -> None:
    path = tmp_path / "a.j2k"
    data = saved(path)
    start = data.index(b"\xff\x51") + place
    data[start : start + len(value)] = value
    path.write_bytes(data)
    assert found(path)


def test_an_animation_whose_chunks_are_not_in_order_is_damaged(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png", size=SIZE, frames=3)
    assert found(path) is None
    data = path.read_bytes()
    header = data.index(b"acTL") - 4
    control = header + 20
    first = data[header:control]
    path.write_bytes(data[:header] + data[control : control + 38] + first + data[control + 38 :])
    assert "behind a frame" in str(found(path))
    frame = data.rindex(b"fcTL") - 4
    path.write_bytes(data[:frame] + data[frame + 38 :])
    assert found(path)


@pytest.mark.parametrize("field", [b"\0\xff\0\1", b"\0\0\0\0", b"\0\0\0\2"])
def test_a_jpeg_whose_orientation_cannot_be_read_is_damaged(tmp_path: Path, field: bytes) -> None:
    path = picture(tmp_path / "a.jpg", size=SIZE, orientation=6)
    assert found(path) is None
    data = bytearray(path.read_bytes())
    entry = data.index(b"\x01\x12\x00\x03")
    data[entry + 4 : entry + 8] = field
    path.write_bytes(data)
    assert "EXIF" in str(found(path))


def test_a_tiff_whose_directory_ends_early_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    data = saved(path, compression="tiff_lzw")
    first, count = directory(data)
    assert first + 12 * count < len(data)
    struct.pack_into("<H", data, first - 2, count + 9999)
    path.write_bytes(data)
    assert found(path)
