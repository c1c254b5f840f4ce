"""Orientation and size of pictures, compared to the same scene drawn upright."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pillow_heif
import pytest
from av.bitstream import BitStreamFilterContext
from PIL import Image as Pillow

from fixtures import hdr, patches
from fixtures.clips import clip
from fixtures.fields import interlaced, picture_at
from fixtures.motion import BAR, FLASH
from fixtures.pictures import picture
from refprep.models.media import Video
from tests import measure
from tests.transforms.fixing import fixed

RATE = Fraction(24)
ALIKE, OTHER = 27, 19
"""Decibels that the right orientation reaches, and that no other orientation does."""
CLEAN, COMBED = 31, 26
"""Decibels that progressive frames reach, and that those of another time and combed ones do not."""


def is_upright(picture: measure.Pixels) -> bool:
    """True where a square picture of the scene is upright, and unlike any other orientation."""
    truth = measure.drawn(*picture.shape[:2])
    right, *wrong = (measure.psnr(picture, rotated) for rotated in measure.orientations(truth))
    return right > ALIKE and max(wrong) < OTHER


def test_every_other_orientation_of_the_scene_would_be_detected() -> None:
    upright, *others = measure.orientations(measure.drawn(320, 320))
    assert is_upright(upright)
    assert not any(is_upright(other) for other in others)


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".png", ".tif", ".heic", ".avif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_becomes_upright_pixels(
    tmp_path: Path, orientation: int, suffix: str
) -> None:
    source = tmp_path / f"a{suffix}"
    picture(source, size=(320, 320), orientation=orientation, quality=95)
    result = fixed(source, tmp_path / "out")
    pixels = measure.pixels(result.path)
    assert is_upright(pixels)
    assert measure.ssim(pixels, measure.drawn(320, 320)) > 0.97
    with Pillow.open(result.path) as opened:
        assert opened.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("orientation", [2, 5, 6])
def test_an_image_of_high_dynamic_range_becomes_upright_too(
    tmp_path: Path, orientation: int
) -> None:
    """It is decoded a second time, with all its bits."""
    light = patches.srgb_linear(measure.drawn(320, 320) / 255)
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
    pixels = measure.pixels(fixed(tmp_path / "a.heic", tmp_path / "out").path)
    truth = measure.orientations(measure.drawn(320, 320))
    right, *wrong = (measure.psnr(pixels, rotated) for rotated in truth)
    assert right > max(wrong) + 6


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_every_display_matrix_becomes_upright_pixels(
    tmp_path: Path, rotation: int, mirror: bool
) -> None:
    parameters: dict[str, Any] = {"rotation": rotation, "mirror": mirror, "audio": None}
    source = clip(tmp_path / "a.mov", size=(656, 656), duration=2, frame_rate=RATE, **parameters)
    result = fixed(source, tmp_path / "out")
    expected = ["rotate", "encode"] if rotation or mirror else []
    assert [step.step for step in result.steps] == expected
    assert is_upright(still_part(measure.first_frame(result.path)))
    with av.open(str(result.path)) as container:
        assert next(container.decode(video=0)).rotation == 0


def still_part(frame: measure.Pixels) -> measure.Pixels:
    """The frame, its bar and flash replaced by the same areas of the scene as it is drawn."""
    height, width = frame.shape[:2]
    truth, whole = measure.drawn(width, height), frame.copy()
    for left, top, right, bottom in (FLASH, BAR):
        box = (
            slice(top * height // 24 - 2, bottom * height // 24 + 2),
            slice(left * width // 24 - 2, right * width // 24 + 2),
        )
        whole[box] = truth[box]
    return whole


@pytest.mark.parametrize(("rotation", "mirror"), [(90, False), (0, True), (270, True)])
def test_copied_packets_keep_their_display_matrix(
    tmp_path: Path, rotation: int, mirror: bool
) -> None:
    parameters: dict[str, Any] = {"rotation": rotation, "mirror": mirror, "audio": "libopus"}
    source = clip(tmp_path / "a.mkv", size=(656, 656), duration=2, frame_rate=RATE, **parameters)
    result = fixed(source, tmp_path / "out", ignore=["video-rotation"])
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
    data = path.read_bytes()
    start = data.index(b"tkhd") + 4 + 4 + 5 * 4 + 16
    matrix = np.frombuffer(data[start : start + 36], ">i4")
    return tuple(int(matrix[place]) >> 16 for place in (0, 1, 3, 4))


@pytest.mark.parametrize(
    ("size", "aspect", "rotation"),
    [((720, 576), Fraction(16, 11), 0), ((720, 480), Fraction(8, 9), 0),
     ((960, 720), Fraction(4, 3), 0), ((720, 576), Fraction(16, 11), 90),
     ((480, 960), Fraction(3, 2), 270)],
)  # fmt: skip
def test_wide_and_narrow_pixels_become_square_at_the_same_aspect_ratio(
    tmp_path: Path, size: tuple[int, int], aspect: Fraction, rotation: int
) -> None:
    parameters: dict[str, Any] = {
        "sample_aspect_ratio": aspect,
        "rotation": rotation,
        "audio": None,
    }
    source = clip(tmp_path / "a.mov", size=size, duration=2, frame_rate=RATE, **parameters)
    result = fixed(source, tmp_path / "out")
    assert isinstance(result.after, Video)
    displayed = (size[0] * aspect / size[1]) ** (-1 if rotation % 180 else 1)
    assert result.after.aspect_ratio == pytest.approx(float(displayed), rel=0.005)
    assert result.after.sample_aspect_ratio == "1:1"
    frame = still_part(measure.first_frame(result.path))
    truth = measure.drawn(*result.after.dimensions)
    assert measure.psnr(frame, truth) > ALIKE
    assert measure.ssim(frame, truth) > 0.96
    assert measure.psnr(frame[::-1], truth) < OTHER


@pytest.mark.parametrize("size", [(641, 643), (655, 641)])
def test_odd_sides_become_even_and_nothing_is_cropped(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    parameters: dict[str, Any] = {"pixel_format": "yuv444p", "audio": None}
    source = clip(tmp_path / "a.mp4", size=size, duration=2, frame_rate=RATE, **parameters)
    result = fixed(source, tmp_path / "out")
    assert isinstance(result.after, Video)
    width, height = result.after.dimensions
    assert (width % 2, height % 2) == (0, 0)
    frame = still_part(measure.first_frame(result.path))
    assert measure.psnr(frame, measure.drawn(width, height)) > ALIKE
    assert measure.color_error(frame) < 6


def test_the_crop_rectangle_of_a_coded_frame_is_applied_to_the_pixel(tmp_path: Path) -> None:
    whole = clip(tmp_path / "a.mp4", size=(800, 720), duration=2, frame_rate=RATE, audio=None)
    source = cropped(whole, tmp_path / "b.mov", left=18, right=182, top=6, bottom=114)
    result = fixed(source, tmp_path / "out")
    frame = measure.first_frame(result.path)
    truth = Pillow.fromarray(measure.first_frame(whole)[6:606, 18:618]).resize(frame.shape[1::-1])
    assert measure.psnr(frame, np.asarray(truth)) > CLEAN
    shifted = np.roll(np.asarray(truth), 18, axis=1)
    assert measure.psnr(frame, shifted) < COMBED


def cropped(source: Path, target: Path, **sides: int) -> Path:
    """The same packets, whose header crops the picture."""
    sizes = ":".join(f"crop_{side}={pixels}" for side, pixels in sides.items())
    with av.open(str(source)) as whole, av.open(str(target), "w") as output:
        stream = whole.streams.video[0]
        copied = output.add_stream_from_template(stream)
        crop = BitStreamFilterContext(f"h264_metadata={sizes}", stream, copied)
        for packet in whole.demux(stream):
            for changed in crop.filter(packet if packet.size else None):
                changed.stream = copied
                output.mux(changed)
    return target


@pytest.mark.parametrize("top_first", [True, False])
def test_deinterlaced_frames_are_those_at_the_time_of_their_first_field(
    tmp_path: Path, top_first: bool
) -> None:
    size = (720, 576)
    source = interlaced(tmp_path / "a.mp4", size=size, top_first=top_first)
    result = fixed(source, tmp_path / "out")
    assert [step.step for step in result.steps] == ["deinterlace", "encode"]
    frames = [frame for _, frame in measure.frames(result.path)]
    combed = [frame for _, frame in measure.frames(source)]
    assert len(frames) == 51
    for place in (0, 7, 25):
        likeness = [
            measure.psnr(frames[place], picture_at(size, 2 * place + late)) for late in (0, 1, 2)
        ]
        assert likeness[0] > CLEAN
        assert max(likeness[1:]) < COMBED
        assert measure.ssim(frames[place], picture_at(size, 2 * place)) > 0.98
        assert measure.psnr(combed[place], picture_at(size, 2 * place)) < COMBED


def test_a_rotated_interlaced_video_is_deinterlaced_before_it_is_rotated(tmp_path: Path) -> None:
    """Otherwise its rows would be columns, and stay combed."""
    size = (720, 576)
    source = interlaced(tmp_path / "a.mp4", size=size, top_first=True, rotation=90)
    result = fixed(source, tmp_path / "out")
    frame = list(measure.frames(result.path))[7][1]
    assert measure.psnr(np.rot90(frame), picture_at(size, 14)) > CLEAN
