"""The facts of images."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow

import refprep
from fixtures.pictures import display_p3, picture, png16
from refprep.models.media import Image

FORMATS = {
    "a.jpg": "JPEG",
    "a.png": "PNG",
    "a.webp": "WebP",
    "a.gif": "GIF",
    "a.bmp": "BMP",
    "a.tif": "TIFF",
    "a.heic": "HEIF",
    "a.avif": "AVIF",
    "a.jp2": "JPEG 2000",
}
SIZE = (64, 48)


def facts(path: Path, **options: Any) -> Image:
    media = refprep.probe(path, **options)
    assert isinstance(media, Image)
    return media


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize(("name", "expected"), FORMATS.items())
def test_every_format_is_named_with_its_dimensions(
    tmp_path: Path, name: str, expected: str, quick: bool
) -> None:
    path = picture(tmp_path / name, size=SIZE)
    media = facts(path, quick=quick)
    assert (media.format, media.dimensions, media.size) == (expected, SIZE, path.stat().st_size)
    assert (media.color_space, media.alpha, media.frames) == ("sRGB", False, 1)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".heic", ".avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_dimensions_are_those_that_a_viewer_displays(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    media = facts(picture(tmp_path / f"a{suffix}", size=SIZE, orientation=orientation))
    assert media.dimensions == SIZE


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_is_that_of_the_exif_tag(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    path = picture(tmp_path / f"a{suffix}", size=SIZE, orientation=orientation)
    assert facts(path, quick=True).orientation == orientation


def test_an_orientation_that_the_standard_does_not_know_is_ignored(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 9
    Pillow.new("RGB", SIZE).save(tmp_path / "a.jpg", exif=exif)
    assert facts(tmp_path / "a.jpg").orientation == 1


@pytest.mark.parametrize(
    ("name", "parameters", "color_space"),
    [
        ("a.jpg", {"mode": "CMYK"}, "CMYK"),
        ("a.tif", {"mode": "CMYK"}, "CMYK"),
        ("a.jpg", {"mode": "L"}, "Gray"),
        ("a.png", {"mode": "L"}, "Gray"),
        ("a.png", {"mode": "1"}, "Gray"),
        ("a.png", {"mode": "P"}, "sRGB"),
        ("a.png", {"mode": "I;16"}, "Gray 16-bit"),
        ("a.tif", {"mode": "I;16"}, "Gray 16-bit"),
        ("a.jpg", {"icc": display_p3()}, "Display P3"),
        ("a.png", {"icc": display_p3()}, "Display P3"),
        ("a.heic", {"icc": display_p3()}, "Display P3"),
        ("a.webp", {"icc": display_p3()}, "Display P3"),
    ],
)
@pytest.mark.parametrize("quick", [True, False])
def test_the_color_space_is_named(
    tmp_path: Path, name: str, parameters: dict[str, Any], color_space: str, quick: bool
) -> None:
    assert (
        facts(picture(tmp_path / name, size=SIZE, **parameters), quick=quick).color_space
        == color_space
    )


@pytest.mark.parametrize("quick", [True, False])
def test_sixteen_bits_of_color_are_named(tmp_path: Path, quick: bool) -> None:
    assert facts(png16(tmp_path / "a.png", size=SIZE), quick=quick).color_space == "RGB 16-bit"


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif", "a.heic", "a.avif", "a.gif"])
def test_alpha_is_a_fact(tmp_path: Path, name: str) -> None:
    assert facts(picture(tmp_path / name, size=SIZE, mode="RGBA")).alpha


def test_a_palette_with_a_transparent_color_has_alpha(tmp_path: Path) -> None:
    Pillow.new("P", SIZE).save(tmp_path / "a.png", transparency=0)
    assert facts(tmp_path / "a.png").alpha


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.tif", "a.heic", "a.avif"])
def test_the_frames_of_an_animation_are_counted(tmp_path: Path, name: str) -> None:
    assert facts(picture(tmp_path / name, size=SIZE, frames=3)).frames == 3


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.bmp", "a.tif", "a.heic"])
def test_a_truncated_image_is_found_when_it_is_decoded(tmp_path: Path, name: str) -> None:
    path = picture(tmp_path / name, size=(640, 480), quality=95)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    report = refprep.check([path])
    broken = {"file-unreadable", "file-truncated", "file-corrupt"}
    assert {f.rule for f in report.findings if f.level == "error"} & broken


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_a_truncated_image_passes_a_quick_probe(tmp_path: Path, name: str) -> None:
    path = picture(tmp_path / name, size=(640, 480), quality=95)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert facts(path, quick=True).dimensions == (640, 480)


def test_a_small_file_that_declares_a_huge_image_is_not_decoded(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.bmp", size=SIZE)
    data = bytearray(path.read_bytes())
    data[18:26] = (60_000).to_bytes(4, "little") * 2
    path.write_bytes(data)
    with pytest.raises(refprep.UnreadableError, match="pixels"):
        refprep.probe(path, quick=True)


def test_a_page_without_a_width_makes_an_image_unreadable(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.tif", size=SIZE, frames=2)
    whole, width = path.read_bytes(), b"\x00\x01\x04\x00\x01\x00\x00\x00"  # tag, type, count
    place = whole.rindex(width)
    path.write_bytes(whole[:place] + b"\x01" + whole[place + 1 :])
    (finding,) = refprep.check([path], select=["file-unreadable"]).findings
    assert "the image cannot be read: Missing dimensions" in finding.message


@pytest.mark.parametrize("header", [b"Ig*\0", b"MM\xb4*"])
def test_broken_exif_is_ignored(tmp_path: Path, header: bytes) -> None:
    source = picture(tmp_path / "a.jpg", size=(400, 300), orientation=6)
    whole = source.read_bytes()
    place = whole.index(b"Exif\0\0") + 6
    source.write_bytes(whole[:place] + header + whole[place + 4 :])
    facts = refprep.probe(source)
    assert isinstance(facts, Image)
    assert facts.orientation == 1


@pytest.mark.parametrize("suffix", ["gif", "png"])
def test_damage_of_a_later_frame_is_told_and_the_first_is_still_taken(
    tmp_path: Path, suffix: str
) -> None:
    frames = [Pillow.effect_noise((60, 40), 50 + place).convert("RGB") for place in range(3)]
    path = tmp_path / f"a.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    whole = refprep.probe(path)
    assert isinstance(whole, Image)
    assert (whole.frames, whole.decode_error, whole.damage) == (3, None, None)
    data = path.read_bytes()
    path.write_bytes(data[: -len(data) // 8] + bytes(len(data) // 16))
    (finding,) = refprep.check([path], select=["file-corrupt", "file-truncated"]).findings
    assert finding.rule in ("file-corrupt", "file-truncated")
    if suffix == "gif":  # its frames stand alone, and have no checksums
        assert finding.level == "warning"
        assert "frame 3 of 3" in finding.message
        fixed = refprep.fix([path], tmp_path / "out")
        assert len(fixed.prepared) == 1
