"""Images as they come out: upright, in their own colors, inside, and no smaller than needed."""

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
from tests import seeing

SIZE = (640, 480)


def mend(source: Path, folder: Path, **how: Any) -> Prepared:
    """The one file that fix writes for a source; nothing may be left to complain about."""
    fixed = refprep.fix([source], folder, **how)
    assert [f for f in fixed.findings if f.level != "info"] == []
    (prepared,) = fixed.prepared
    return prepared


def facts(prepared: Prepared) -> Image:
    assert isinstance(prepared.after, Image)
    return prepared.after


def worth(path: Path, size: tuple[int, int] = SIZE) -> float:
    """How much the result looks like the scene, in dB."""
    return seeing.psnr(seeing.pixels(path), seeing.drawn(*size))


@pytest.mark.parametrize("name", ["a.heic", "a.avif", "a.bmp", "a.tif", "a.gif", "a.jp2"])
def test_other_formats_become_ones_that_are_taken(tmp_path: Path, name: str) -> None:
    result = mend(picture(tmp_path / name, size=SIZE), tmp_path / "out")
    assert facts(result).format in {"JPEG", "PNG", "WebP"}
    assert worth(result.path) > 28


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_cmyk_becomes_srgb(tmp_path: Path, name: str) -> None:
    result = mend(picture(tmp_path / name, size=SIZE, mode="CMYK"), tmp_path / "out")
    assert facts(result).color_space == "sRGB"
    assert seeing.off(seeing.pixels(result.path)) < 8


@pytest.mark.parametrize(
    ("name", "mode"), [("a.jpg", "RGB"), ("a.heic", "RGB"), ("a.png", "RGB"), ("a.webp", "RGB")]
)
def test_display_p3_becomes_srgb_and_looks_the_same(tmp_path: Path, name: str, mode: str) -> None:
    wide = picture(tmp_path / name, size=SIZE, mode=mode, icc=display_p3(), quality=95)
    result = mend(wide, tmp_path / "out")
    assert facts(result).color_space == "sRGB"
    assert seeing.off(seeing.pixels(result.path)) < 5


def test_wide_colors_of_a_scaled_and_turned_picture_are_kept(tmp_path: Path) -> None:
    wide = picture(tmp_path / "a.jpg", size=(200, 150), icc=display_p3(), orientation=6, quality=95)
    result = mend(wide, tmp_path / "out")
    assert seeing.off(seeing.pixels(result.path)) < 6


def test_display_p3_under_alpha_becomes_srgb_too(tmp_path: Path) -> None:
    wide = picture(tmp_path / "a.png", size=SIZE, icc=display_p3())
    with Pillow.open(wide) as opened:
        clear = opened.convert("RGBA")
        clear.putpixel((320, 240), (0, 0, 0, 0))
        clear.save(wide, icc_profile=display_p3())
    result = mend(wide, tmp_path / "out")
    assert facts(result).alpha
    assert seeing.off(seeing.pixels(result.path)) < 5


@pytest.mark.parametrize("size", [SIZE, (200, 150)])
def test_sixteen_bits_of_gray_become_eight_of_the_same_brightness(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    deep = picture(tmp_path / "a.png", size=size, mode="I;16")
    result = mend(deep, tmp_path / "out")
    shown = facts(result).dimensions
    with Pillow.fromarray(seeing.drawn(*shown)) as truth:
        assert seeing.psnr(seeing.pixels(result.path, "L"), np.asarray(truth.convert("L"))) > 30


def test_sixteen_bits_of_color_become_eight(tmp_path: Path) -> None:
    result = mend(png16(tmp_path / "a.png", size=SIZE), tmp_path / "out")
    assert worth(result.path) > 40
    assert result.path.read_bytes()[24] == 8


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif"])
@pytest.mark.parametrize("size", [SIZE, (200, 150)])
def test_transparency_is_kept_and_hidden_color_never_shows(
    tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    clear = picture(tmp_path / name, size=size, mode="RGBA", orientation=3)
    result = mend(clear, tmp_path / "out")
    seen = seeing.pixels(result.path, "RGBA")
    height, width, _ = seen.shape
    assert seen[:, : width // 2 - 8, 3].max() == 0
    assert seen[:, width // 2 + 8 :, 3].min() == 255
    assert to_magenta(seen[seen[..., 3] > 8]) > 70
    shown = slice(width // 2 + 4, None)
    assert seeing.psnr(seen[:, shown, :3], seeing.drawn(width, height)[:, shown]) > 22


def to_magenta(colors: NDArray[Any]) -> float:
    """How near, in levels, any of the colors comes to the one that hides under alpha 0."""
    return float(np.abs(colors[..., :3].astype(int) - MAGENTA).max(axis=-1).min())


def test_transparency_is_flattened_where_only_jpeg_is_taken(tmp_path: Path) -> None:
    clear = picture(tmp_path / "a.png", size=SIZE, mode="RGBA")
    tight = envelopes.load(DEFAULT_ENVELOPE).tighten("image-format", OneOf(one_of=("JPEG",)))
    result = mend(clear, tmp_path / "out", envelope=tight)
    assert facts(result).format == "JPEG"
    assert to_magenta(seeing.pixels(result.path)) > 70


@pytest.mark.parametrize("name", ["a.gif", "a.bmp", "a.tif"])
def test_a_palette_becomes_its_colors(tmp_path: Path, name: str) -> None:
    result = mend(picture(tmp_path / name, size=SIZE, mode="P"), tmp_path / "out")
    assert seeing.off(seeing.pixels(result.path)) < 8


@pytest.mark.parametrize("name", ["a.gif", "a.tif", "a.heic", "a.avif"])
def test_of_many_frames_the_first_is_taken_and_told(tmp_path: Path, name: str) -> None:
    moving = picture(tmp_path / name, size=SIZE, frames=3)
    result = mend(moving, tmp_path / "out")
    assert facts(result).frames == 1
    assert result.steps[0].step == "still"
    assert seeing.off(seeing.pixels(result.path)) < 12


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_a_picture_inside_is_taken_byte_for_byte(tmp_path: Path, name: str) -> None:
    source = picture(tmp_path / name, size=SIZE)
    result = mend(source, tmp_path / "out")
    assert result.steps == ()
    assert seeing.sha256(result.path) == seeing.sha256(source) == result.sha256


def test_sides_above_the_most_come_down_to_it(tmp_path: Path) -> None:
    result = mend(picture(tmp_path / "a.jpg", size=(7000, 3000)), tmp_path / "out")
    assert facts(result).width == pytest.approx(6000, abs=10)
    assert max(facts(result).dimensions) <= 6000
    assert seeing.off(seeing.pixels(result.path)) < 6


def test_sides_below_the_least_come_up_to_it(tmp_path: Path) -> None:
    result = mend(picture(tmp_path / "a.jpg", size=(100, 80), quality=98), tmp_path / "out")
    assert facts(result).dimensions == (375, 300)
    assert worth(result.path, (375, 300)) > 24


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_the_bytes_that_are_taken_are_not_exceeded_and_quality_gives_way_first(
    tmp_path: Path, name: str
) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (400, 600, 3), np.uint8)
    source = tmp_path / name
    Pillow.fromarray(noise).save(source, quality=100)
    most = source.stat().st_size // 2
    tight = envelopes.load(DEFAULT_ENVELOPE).tighten("image-file-size", Range(max=most))
    result = mend(source, tmp_path / "out", envelope=tight)
    assert most / 3 < result.path.stat().st_size <= most
    assert facts(result).width >= 300


def test_shrinking_for_bytes_never_leaves_the_sides_that_are_taken(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (320, 480, 3), np.uint8)
    source = tmp_path / "a.png"
    Pillow.fromarray(noise).save(source)
    tight = envelopes.load(DEFAULT_ENVELOPE).tighten("image-file-size", Range(max=60_000))
    fixed = refprep.fix([source], tmp_path / "out", envelope=tight)
    assert {finding.rule for finding in fixed.findings} <= {"image-file-size", "prompt-unchecked"}


def test_an_extreme_ratio_is_left_and_the_finding_tells_what_would_mend_it(tmp_path: Path) -> None:
    fixed = refprep.fix([picture(tmp_path / "a.jpg", size=(1600, 400))], tmp_path / "out")
    (left,) = (finding for finding in fixed.findings if finding.level != "info")
    assert left.rule == "image-aspect-ratio"
    assert "--allow crop" in (left.repair or "")
    assert seeing.sha256(tmp_path / "out" / "a.jpg") == seeing.sha256(tmp_path / "a.jpg")


def test_an_extreme_ratio_is_cropped_in_the_middle_where_that_is_allowed(tmp_path: Path) -> None:
    source = picture(tmp_path / "a.jpg", size=(1600, 400), quality=98)
    result = mend(source, tmp_path / "out", allow=("crop",))
    assert facts(result).dimensions == (1000, 400)
    middle = seeing.drawn(1600, 400)[:, 300:1300]
    assert seeing.psnr(seeing.pixels(result.path), middle) > 35


def test_an_extreme_ratio_is_padded_with_black_where_that_is_allowed(tmp_path: Path) -> None:
    source = picture(tmp_path / "a.jpg", size=(1600, 400), quality=98)
    result = mend(source, tmp_path / "out", allow=("pad",))
    assert facts(result).dimensions == (1600, 640)
    seen = seeing.pixels(result.path)
    assert seeing.psnr(seen[120:520], seeing.drawn(1600, 400)) > 35
    assert seen[:112].max() < 12


def test_a_picture_that_the_decoder_shrinks_is_cropped_in_the_same_place(tmp_path: Path) -> None:
    source = picture(tmp_path / "a.jpg", size=(6400, 2000), orientation=3)
    tight = envelopes.load(DEFAULT_ENVELOPE).tighten("image-dimensions", Range(min=150, max=400))
    result = mend(source, tmp_path / "out", allow=("crop",), envelope=tight)
    assert facts(result).dimensions == (400, 160)
    middle = seeing.drawn(512, 160)[:, 56:456]
    assert seeing.psnr(seeing.pixels(result.path), middle) > 25


def test_the_same_picture_gives_the_same_bytes_and_is_not_touched(tmp_path: Path) -> None:
    source = picture(tmp_path / "a.heic", size=SIZE)
    before = seeing.sha256(source)
    results = [mend(source, tmp_path / name).sha256 for name in ("one", "two")]
    assert results[0] == results[1]
    assert seeing.sha256(source) == before


def test_a_picture_that_its_format_cannot_hold_is_a_finding(tmp_path: Path) -> None:
    endless = tmp_path / "endless.tiff"
    Pillow.new("RGBA", (17_000, 450), (200, 30, 30, 90)).save(endless, compression="tiff_lzw")
    loose = ["image-format", "image-file-size"]  # nothing asks for smaller sides
    fixed = refprep.fix([endless], tmp_path / "out", select=loose)
    told = {finding.rule: finding.message for finding in fixed.findings}
    assert "cannot be written as WebP" in told["file-unreadable"]
    assert list((tmp_path / "out").iterdir()) == []
