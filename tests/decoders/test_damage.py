"""Damage is found wherever a decoder or a checksum can know it."""

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
    "a.jpg": ({}, 0.15),
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
    return facts.get("decode_error") if facts["kind"] == "image" else "not an image"


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
