"""Where pictures stand and how wide they are, beside the same scene drawn upright by hand."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pillow_heif
import pytest
from av.bitstream import BitStreamFilterContext
from PIL import Image as Pillow

import refprep
from fixtures import hdr, patches
from fixtures.clips import clip
from fixtures.fields import interlaced, picture_at
from fixtures.motion import BAR, FLASH
from fixtures.pictures import picture
from refprep.models.bundle import Prepared
from refprep.models.media import Video
from tests import seeing

RATE = Fraction(24)
ALIKE, OTHER = 27, 19
"""Decibels that the right position reaches, and that no other one does."""
CLEAN, COMBED = 31, 26
"""Decibels that whole pictures reach, and that those of another time and woven ones do not."""


def mend(source: Path, folder: Path, **how: Any) -> Prepared:
    """The one file that fix writes for a source; nothing may be left to complain about."""
    fixed = refprep.fix([source], folder, **how)
    assert [f for f in fixed.findings if f.level != "info"] == []
    (prepared,) = fixed.prepared
    return prepared


def stands(shown: seeing.Pixels) -> bool:
    """True where a square picture of the scene is upright, and nowhere near any other position."""
    right, *wrong = (
        seeing.psnr(shown, one) for one in seeing.turned(seeing.drawn(*shown.shape[:2]))
    )
    return right > ALIKE and max(wrong) < OTHER


def test_every_other_position_of_the_scene_would_be_seen() -> None:
    upright, *others = seeing.turned(seeing.drawn(320, 320))
    assert stands(upright)
    assert not any(stands(other) for other in others)


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".png", ".tif", ".heic", ".avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright_in_its_pixels(
    tmp_path: Path, orientation: int, suffix: str
) -> None:
    turned = tmp_path / f"a{suffix}"
    picture(turned, size=(320, 320), orientation=orientation, quality=95)
    result = mend(turned, tmp_path / "out")
    shown = seeing.pixels(result.path)
    assert stands(shown)
    assert seeing.ssim(shown, seeing.drawn(320, 320)) > 0.97
    with Pillow.open(result.path) as opened:
        assert opened.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("orientation", [2, 5, 6])
def test_a_still_of_high_dynamic_range_comes_out_upright_too(
    tmp_path: Path, orientation: int
) -> None:
    """It is decoded a second time, with all its bits."""
    light = patches.srgb_linear(seeing.drawn(320, 320) / 255)
    bright = hdr.CURVES["pq"](patches.converted(light, 1, 9).clip(0) * hdr.WHITE)
    deep = (bright * 65535).round().astype(np.uint16)
    stored = np.ascontiguousarray(
        {2: deep[:, ::-1], 5: deep.swapaxes(0, 1), 6: np.rot90(deep)}[orientation]
    )
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    coded = pillow_heif.from_bytes("RGB;16", (320, 320), stored.tobytes())
    points = {"color_primaries": 9, "transfer_characteristics": 16, "matrix_coefficients": 9}
    coded.save(tmp_path / "a.heic", quality=95, exif=exif.tobytes(), **points)
    shown = seeing.pixels(mend(tmp_path / "a.heic", tmp_path / "out").path)
    right, *wrong = (seeing.psnr(shown, one) for one in seeing.turned(seeing.drawn(320, 320)))
    assert right > max(wrong) + 6


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_every_display_matrix_comes_out_upright_in_its_pixels(
    tmp_path: Path, rotation: int, mirror: bool
) -> None:
    how: dict[str, Any] = {"rotation": rotation, "mirror": mirror, "audio": None}
    source = clip(tmp_path / "a.mov", size=(656, 656), duration=2, frame_rate=RATE, **how)
    result = mend(source, tmp_path / "out")
    turned = ["turn", "encode"] if rotation or mirror else []
    assert [step.step for step in result.steps] == turned
    assert stands(still_part(seeing.first_frame(result.path)))
    with av.open(str(result.path)) as container:
        assert next(container.decode(video=0)).rotation == 0


def still_part(shown: seeing.Pixels) -> seeing.Pixels:
    """The picture, its bar and flash painted over by those of the scene as it is drawn."""
    height, width = shown.shape[:2]
    truth, whole = seeing.drawn(width, height), shown.copy()
    for left, top, right, bottom in (FLASH, BAR):
        box = (
            slice(top * height // 24 - 2, bottom * height // 24 + 2),
            slice(left * width // 24 - 2, right * width // 24 + 2),
        )
        whole[box] = truth[box]
    return whole


@pytest.mark.parametrize(("rotation", "mirror"), [(90, False), (0, True), (270, True)])
def test_packets_that_are_copied_keep_their_display_matrix(
    tmp_path: Path, rotation: int, mirror: bool
) -> None:
    how: dict[str, Any] = {"rotation": rotation, "mirror": mirror, "audio": "libopus"}
    source = clip(tmp_path / "a.mkv", size=(656, 656), duration=2, frame_rate=RATE, **how)
    result = mend(source, tmp_path / "out", ignore=["video-rotation"])
    assert result.steps[-1].step == "remux"
    assert isinstance(result.after, Video)
    assert (result.after.rotation, result.after.mirrored) == (rotation, mirror)
    assert tkhd(result.path) == MATRICES[rotation, mirror]


MATRICES = {
    (90, False): (0, 1, -1, 0),
    (0, True): (-1, 0, 0, 1),
    (270, True): (0, -1, -1, 0),
}
"""a, b, c, d of ISO 14496-12, 8.3.2: where a player puts (x, y)."""


def tkhd(path: Path) -> tuple[int, ...]:
    """The display matrix that the first track's header holds, without its translation."""
    told = path.read_bytes()
    start = told.index(b"tkhd") + 4 + 4 + 5 * 4 + 16
    nine = np.frombuffer(told[start : start + 36], ">i4")
    return tuple(int(nine[place]) >> 16 for place in (0, 1, 3, 4))


@pytest.mark.parametrize(
    ("size", "aspect", "rotation"),
    [((720, 576), Fraction(16, 11), 0), ((720, 480), Fraction(8, 9), 0),
     ((960, 720), Fraction(4, 3), 0), ((720, 576), Fraction(16, 11), 90),
     ((480, 960), Fraction(3, 2), 270)],
)  # fmt: skip
def test_wide_and_narrow_pixels_become_square_ones_of_the_same_picture(
    tmp_path: Path, size: tuple[int, int], aspect: Fraction, rotation: int
) -> None:
    how: dict[str, Any] = {"sample_aspect_ratio": aspect, "rotation": rotation, "audio": None}
    source = clip(tmp_path / "a.mov", size=size, duration=2, frame_rate=RATE, **how)
    result = mend(source, tmp_path / "out")
    assert isinstance(result.after, Video)
    shown = (size[0] * aspect / size[1]) ** (-1 if rotation % 180 else 1)
    assert result.after.ratio == pytest.approx(float(shown), rel=0.005)
    assert result.after.sample_aspect_ratio == "1:1"
    seen = still_part(seeing.first_frame(result.path))
    truth = seeing.drawn(*result.after.dimensions)
    assert seeing.psnr(seen, truth) > ALIKE
    assert seeing.ssim(seen, truth) > 0.96
    assert seeing.psnr(seen[::-1], truth) < OTHER


@pytest.mark.parametrize("size", [(641, 643), (655, 641)])
def test_odd_sides_come_out_even_and_nothing_is_cut_off(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    how: dict[str, Any] = {"pixel_format": "yuv444p", "audio": None}
    source = clip(tmp_path / "a.mp4", size=size, duration=2, frame_rate=RATE, **how)
    result = mend(source, tmp_path / "out")
    assert isinstance(result.after, Video)
    width, height = result.after.dimensions
    assert (width % 2, height % 2) == (0, 0)
    seen = still_part(seeing.first_frame(result.path))
    assert seeing.psnr(seen, seeing.drawn(width, height)) > ALIKE
    assert seeing.off(seen) < 6


def test_a_crop_rectangle_inside_the_coded_picture_is_kept_to_the_pixel(tmp_path: Path) -> None:
    whole = clip(tmp_path / "a.mp4", size=(800, 720), duration=2, frame_rate=RATE, audio=None)
    source = cropped(whole, tmp_path / "b.mov", left=18, right=182, top=6, bottom=114)
    result = mend(source, tmp_path / "out")
    shown = seeing.first_frame(result.path)
    truth = Pillow.fromarray(seeing.first_frame(whole)[6:606, 18:618]).resize(shown.shape[1::-1])
    assert seeing.psnr(shown, np.asarray(truth)) > CLEAN
    shifted = np.roll(np.asarray(truth), 18, axis=1)
    assert seeing.psnr(shown, shifted) < COMBED


def cropped(source: Path, target: Path, **sides: int) -> Path:
    """The same packets, whose header crops the picture."""
    sizes = ":".join(f"crop_{side}={pixels}" for side, pixels in sides.items())
    with av.open(str(source)) as whole, av.open(str(target), "w") as output:
        stream = whole.streams.video[0]
        copied = output.add_stream_from_template(stream)
        crop = BitStreamFilterContext(f"h264_metadata={sizes}", stream, copied)
        for packet in whole.demux(stream):
            for one in crop.filter(packet if packet.size else None):
                one.stream = copied
                output.mux(one)
    return target


@pytest.mark.parametrize("top_first", [True, False])
def test_interlaced_clips_show_whole_pictures_at_the_time_of_their_first_field(
    tmp_path: Path, top_first: bool
) -> None:
    size = (720, 576)
    source = interlaced(tmp_path / "a.mp4", size=size, top_first=top_first)
    result = mend(source, tmp_path / "out")
    assert [step.step for step in result.steps] == ["deinterlace", "encode"]
    seen = [shown for _, shown in seeing.frames(result.path)]
    combed = [shown for _, shown in seeing.frames(source)]
    assert len(seen) == 51
    for place in (0, 7, 25):
        likeness = [
            seeing.psnr(seen[place], picture_at(size, 2 * place + late)) for late in (0, 1, 2)
        ]
        assert likeness[0] > CLEAN
        assert max(likeness[1:]) < COMBED
        assert seeing.ssim(seen[place], picture_at(size, 2 * place)) > 0.98
        assert seeing.psnr(combed[place], picture_at(size, 2 * place)) < COMBED


def test_a_turned_interlaced_clip_is_deinterlaced_before_it_is_turned(tmp_path: Path) -> None:
    """Otherwise its rows would be columns, and stay combed."""
    size = (720, 576)
    source = interlaced(tmp_path / "a.mp4", size=size, top_first=True, rotation=90)
    result = mend(source, tmp_path / "out")
    seen = list(seeing.frames(result.path))[7][1]
    assert seeing.psnr(np.rot90(seen), picture_at(size, 14)) > CLEAN
