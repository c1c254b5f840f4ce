"""Images as they are written: upright, in their own colors, and no smaller than needed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

import refprep
from fixtures.pictures import MAGENTA, display_p3, picture, png16
from refprep import envelopes
from refprep.models.bundle import Prepared
from refprep.models.limits import OneOf, Range
from refprep.models.media import Image
from refprep.options import DEFAULT_ENVELOPE
from tests import measure
from tests.transforms.fixing import fixed

SIZE = (640, 480)


def facts(prepared: Prepared) -> Image:
    assert isinstance(prepared.after, Image)
    return prepared.after


def likeness(path: Path, size: tuple[int, int] = SIZE) -> float:
    """The PSNR of a result to the scene, in dB."""
    return measure.psnr(measure.pixels(path), measure.drawn(*size))


@pytest.mark.parametrize("name", ["a.heic", "a.avif", "a.bmp", "a.tif", "a.gif", "a.jp2"])
def test_other_formats_become_accepted_formats(tmp_path: Path, name: str) -> None:
    result = fixed(picture(tmp_path / name, size=SIZE), tmp_path / "out")
    assert facts(result).format in {"JPEG", "PNG", "WebP"}
    assert likeness(result.path) > 28


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_cmyk_becomes_srgb(tmp_path: Path, name: str) -> None:
    result = fixed(picture(tmp_path / name, size=SIZE, mode="CMYK"), tmp_path / "out")
    assert facts(result).color_space == "sRGB"
    assert measure.color_error(measure.pixels(result.path)) < 8


@pytest.mark.parametrize(
    ("name", "mode"), [("a.jpg", "RGB"), ("a.heic", "RGB"), ("a.png", "RGB"), ("a.webp", "RGB")]
)
def test_display_p3_becomes_srgb_and_looks_the_same(tmp_path: Path, name: str, mode: str) -> None:
    wide = picture(tmp_path / name, size=SIZE, mode=mode, icc=display_p3(), quality=95)
    result = fixed(wide, tmp_path / "out")
    assert facts(result).color_space == "sRGB"
    assert measure.color_error(measure.pixels(result.path)) < 5


def test_wide_colors_of_a_scaled_and_rotated_image_are_kept(tmp_path: Path) -> None:
    wide = picture(tmp_path / "a.jpg", size=(200, 150), icc=display_p3(), orientation=6, quality=95)
    result = fixed(wide, tmp_path / "out")
    assert measure.color_error(measure.pixels(result.path)) < 6


def test_display_p3_under_alpha_becomes_srgb_too(tmp_path: Path) -> None:
    wide = picture(tmp_path / "a.png", size=SIZE, icc=display_p3())
    with Pillow.open(wide) as opened:
        clear = opened.convert("RGBA")
        clear.putpixel((320, 240), (0, 0, 0, 0))
        clear.save(wide, icc_profile=display_p3())
    result = fixed(wide, tmp_path / "out")
    assert facts(result).alpha
    assert measure.color_error(measure.pixels(result.path)) < 5


@pytest.mark.parametrize("size", [SIZE, (200, 150)])
def test_sixteen_bits_of_gray_become_eight_of_the_same_brightness(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    deep = picture(tmp_path / "a.png", size=size, mode="I;16")
    result = fixed(deep, tmp_path / "out")
    with Pillow.fromarray(measure.drawn(*facts(result).dimensions)) as truth:
        assert measure.psnr(measure.pixels(result.path, "L"), np.asarray(truth.convert("L"))) > 30


def test_sixteen_bits_of_color_become_eight(tmp_path: Path) -> None:
    result = fixed(png16(tmp_path / "a.png", size=SIZE), tmp_path / "out")
    assert likeness(result.path) > 40
    assert result.path.read_bytes()[24] == 8


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif"])
@pytest.mark.parametrize("size", [SIZE, (200, 150)])
def test_transparency_is_kept_and_hidden_color_stays_hidden(
    tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    clear = picture(tmp_path / name, size=size, mode="RGBA", orientation=3)
    result = fixed(clear, tmp_path / "out")
    pixels = measure.pixels(result.path, "RGBA")
    height, width, _ = pixels.shape
    assert pixels[:, : width // 2 - 8, 3].max() == 0
    assert pixels[:, width // 2 + 8 :, 3].min() == 255
    assert to_magenta(pixels[pixels[..., 3] > 8]) > 70
    opaque = slice(width // 2 + 4, None)
    assert measure.psnr(pixels[:, opaque, :3], measure.drawn(width, height)[:, opaque]) > 22


def to_magenta(colors: NDArray[Any]) -> float:
    """The distance, in levels, of the nearest of the colors to the one hidden under alpha 0."""
    return float(np.abs(colors[..., :3].astype(int) - MAGENTA).max(axis=-1).min())


def test_transparency_is_flattened_where_only_jpeg_is_accepted(tmp_path: Path) -> None:
    clear = picture(tmp_path / "a.png", size=SIZE, mode="RGBA")
    tight = envelopes.load(DEFAULT_ENVELOPE).tighten("image-format", OneOf(one_of=("JPEG",)))
    result = fixed(clear, tmp_path / "out", envelope=tight)
    assert facts(result).format == "JPEG"
    assert to_magenta(measure.pixels(result.path)) > 70


@pytest.mark.parametrize("name", ["a.gif", "a.bmp", "a.tif"])
def test_a_palette_becomes_its_colors(tmp_path: Path, name: str) -> None:
    result = fixed(picture(tmp_path / name, size=SIZE, mode="P"), tmp_path / "out")
    assert measure.color_error(measure.pixels(result.path)) < 8


@pytest.mark.parametrize("name", ["a.gif", "a.tif", "a.heic", "a.avif"])
def test_of_an_animation_the_first_frame_is_taken(tmp_path: Path, name: str) -> None:
    moving = picture(tmp_path / name, size=SIZE, frames=3)
    result = fixed(moving, tmp_path / "out")
    assert facts(result).frames == 1
    assert result.steps[0].step == "first-frame"
    assert measure.color_error(measure.pixels(result.path)) < 12


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_an_image_that_meets_the_limits_is_copied_byte_for_byte(tmp_path: Path, name: str) -> None:
    source = picture(tmp_path / name, size=SIZE)
    result = fixed(source, tmp_path / "out")
    assert result.steps == ()
    assert measure.sha256(result.path) == measure.sha256(source) == result.sha256


def test_sides_above_the_maximum_are_scaled_down_to_it(tmp_path: Path) -> None:
    result = fixed(picture(tmp_path / "a.jpg", size=(7000, 3000)), tmp_path / "out")
    assert facts(result).width == pytest.approx(6000, abs=10)
    assert max(facts(result).dimensions) <= 6000
    assert measure.color_error(measure.pixels(result.path)) < 6


def test_sides_below_the_minimum_are_scaled_up_to_it(tmp_path: Path) -> None:
    result = fixed(picture(tmp_path / "a.jpg", size=(100, 80), quality=98), tmp_path / "out")
    assert facts(result).dimensions == (375, 300)
    assert likeness(result.path, (375, 300)) > 24


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_the_maximum_file_size_is_not_exceeded_and_quality_gives_way_first(
    tmp_path: Path, name: str
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (400, 600, 3), np.uint8)
    source = tmp_path / name
    Pillow.fromarray(noise).save(source, quality=100)
    max_size = source.stat().st_size // 2
    tight = envelopes.load(DEFAULT_ENVELOPE).tighten("image-file-size", Range(max=max_size))
    result = fixed(source, tmp_path / "out", envelope=tight)
    assert max_size / 3 < result.path.stat().st_size <= max_size
    assert facts(result).width >= 300


def test_shrinking_to_the_maximum_file_size_keeps_the_minimum_sides(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (320, 480, 3), np.uint8)
    source = tmp_path / "a.png"
    Pillow.fromarray(noise).save(source)
    tight = envelopes.load(DEFAULT_ENVELOPE).tighten("image-file-size", Range(max=60_000))
    result = refprep.fix([source], tmp_path / "out", envelope=tight)
    assert {finding.rule for finding in result.findings} <= {"image-file-size", "prompt-unchecked"}


def test_an_extreme_aspect_ratio_is_left_and_the_finding_names_the_repair(tmp_path: Path) -> None:
    result = refprep.fix([picture(tmp_path / "a.jpg", size=(1600, 400))], tmp_path / "out")
    (left,) = (finding for finding in result.findings if finding.level != "info")
    assert left.rule == "image-aspect-ratio"
    assert "--allow crop" in (left.repair or "")
    assert measure.sha256(tmp_path / "out" / "a.jpg") == measure.sha256(tmp_path / "a.jpg")


def test_an_extreme_aspect_ratio_is_cropped_in_the_middle_where_that_is_allowed(
    tmp_path: Path,
) -> None:
    source = picture(tmp_path / "a.jpg", size=(1600, 400), quality=98)
    result = fixed(source, tmp_path / "out", allow=("crop",))
    assert facts(result).dimensions == (1000, 400)
    middle = measure.drawn(1600, 400)[:, 300:1300]
    assert measure.psnr(measure.pixels(result.path), middle) > 35


def test_an_extreme_aspect_ratio_is_padded_with_black_where_that_is_allowed(tmp_path: Path) -> None:
    source = picture(tmp_path / "a.jpg", size=(1600, 400), quality=98)
    result = fixed(source, tmp_path / "out", allow=("pad",))
    assert facts(result).dimensions == (1600, 640)
    pixels = measure.pixels(result.path)
    assert measure.psnr(pixels[120:520], measure.drawn(1600, 400)) > 35
    assert pixels[:112].max() < 12


def test_an_image_that_the_decoder_shrinks_is_cropped_in_the_same_place(tmp_path: Path) -> None:
    source = picture(tmp_path / "a.jpg", size=(6400, 2000), orientation=3)
    tight = envelopes.load(DEFAULT_ENVELOPE).tighten("image-dimensions", Range(min=150, max=400))
    result = fixed(source, tmp_path / "out", allow=("crop",), envelope=tight)
    assert facts(result).dimensions == (400, 160)
    middle = measure.drawn(512, 160)[:, 56:456]
    assert measure.psnr(measure.pixels(result.path), middle) > 25


def test_the_same_image_gives_the_same_bytes_and_the_source_is_not_altered(tmp_path: Path) -> None:
    source = picture(tmp_path / "a.heic", size=SIZE)
    before = measure.sha256(source)
    results = [fixed(source, tmp_path / name).sha256 for name in ("one", "two")]
    assert results[0] == results[1]
    assert measure.sha256(source) == before


def test_an_image_that_its_format_cannot_hold_is_a_finding(tmp_path: Path) -> None:
    wide = tmp_path / "wide.tiff"
    Pillow.new("RGBA", (17_000, 450), (200, 30, 30, 90)).save(wide, compression="tiff_lzw")
    loose = ["image-format", "image-file-size"]  # nothing asks for smaller sides
    result = refprep.fix([wide], tmp_path / "out", select=loose)
    messages = {finding.rule: finding.message for finding in result.findings}
    assert "cannot be written as WebP" in messages["file-unreadable"]
    assert list((tmp_path / "out").iterdir()) == []
