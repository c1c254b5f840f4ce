"""Colors as they are written: patches coded by the formulas of the ITU, and read back by them."""

import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pillow_heif
import pytest

import refprep
from fixtures import hdr, patches
from fixtures.patches import PATCHES, chart, in_primaries, means, rgb_of
from refprep.models.media import Image, Video
from refprep.models.steps import Pad, Scale
from refprep.transforms.filters import video_chain
from refprep.transforms.tracks import feed, filter_graph, pull
from tests import measure
from tests.transforms.fixing import fixed

STANDARD = (1, 1, 1, 1)
"""BT.709 primaries, transfer and matrix, limited range."""
Array = patches.Array


def filtered(frame: Any, *steps: Any) -> Any:
    """What the encoder gets for a video of such frames."""
    graph = filter_graph(frame, video_chain(frame, steps, None))
    feed(graph, frame)
    feed(graph, None)
    return next(pull(graph))


def first(path: Path) -> Any:
    with av.open(str(path)) as container:
        return next(container.decode(video=0))


def tags(frame: Any) -> tuple[int, ...]:
    return (frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range)


def error(ours: Array, theirs: Array) -> float:
    """The mean difference of patches, in levels of 255."""
    return float(np.abs(ours - theirs).mean() * 255)


@pytest.mark.parametrize("kind", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le"])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", patches.LUMA)
def test_colors_survive_every_matrix_range_and_depth(matrix: int, full: bool, kind: str) -> None:
    result = filtered(patches.frame(chart(), matrix, full=full, kind=kind))
    assert error(means(rgb_of(result)), PATCHES) < 0.7
    assert (*tags(result), result.format.name) == (*STANDARD, "yuv420p")


def test_a_wrong_matrix_or_range_would_be_detected() -> None:
    for wrong in (patches.frame(chart(), 6), patches.frame(chart(), 1, full=True)):
        assert error(means(rgb_of(wrong)), PATCHES) > 3


@pytest.mark.parametrize("kind", ["yuv420p", "yuv420p10le"])
@pytest.mark.parametrize(("primaries", "matrix"), [(5, 5), (6, 6), (9, 9), (12, 1), (12, 6)])
def test_colors_of_other_primaries_become_those_of_bt709(
    primaries: int, matrix: int, kind: str
) -> None:
    other = in_primaries(PATCHES, primaries)
    frame = patches.frame(chart(other), matrix, kind=kind)
    frame.color_primaries = primaries
    assert error(means(rgb_of(filtered(frame))), PATCHES) < 0.7
    assert error(other, PATCHES) > (0.7 if primaries == 5 else 2)


@pytest.mark.parametrize("kind", ["rgb24", "bgr0", "gbrp", "gbrp10le", "rgb48le", "bgra"])
@pytest.mark.parametrize("primaries", [1, 12])
def test_rgb_keeps_its_colors(kind: str, primaries: int) -> None:
    picture = chart(in_primaries(PATCHES, primaries)) * 65535
    frame = av.VideoFrame.from_ndarray(picture.round().astype(np.uint16), "rgb48le")
    frame = frame.reformat(format=kind)
    frame.time_base, frame.pts, frame.color_primaries = patches.TICK, 0, primaries
    assert error(means(rgb_of(filtered(frame))), PATCHES) < 1


def test_ycgco_keeps_its_colors_at_any_size() -> None:
    red, green, blue = np.moveaxis(chart(), -1, 0)
    luma, chroma = (
        red / 4 + green / 2 + blue / 4,
        (green / 2 - red / 4 - blue / 4, (red - blue) / 2),
    )
    samples = [16 + 219 * luma, *(128 + 224 * difference for difference in chroma)]
    planar = np.round(np.stack(samples)).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(planar, "yuv444p")
    frame.time_base, frame.pts, frame.colorspace = patches.TICK, 0, 8
    assert error(means(rgb_of(filtered(frame, Scale(width=640, height=640)))), PATCHES) < 0.7


@pytest.mark.parametrize(
    ("size", "matrix", "primaries"),
    [((640, 640), 6, 1), ((720, 480), 6, 6), ((720, 576), 5, 5), ((640, 720), 1, 1),
     ((1280, 544), 1, 1)],
)  # fmt: skip
def test_untagged_colors_are_read_by_the_frame_size(
    size: tuple[int, int], matrix: int, primaries: int
) -> None:
    color = PATCHES[np.array([3, 12, 17, 48])]
    picture = in_primaries(color, primaries).repeat(size[0] // 4, 0)[None].repeat(size[1], 0)
    frame = patches.frame(picture, matrix, tagged=False)
    result = rgb_of(filtered(frame))[size[1] // 2, size[0] // 8 :: size[0] // 4]
    assert error(result, color) < 1


@pytest.mark.parametrize("full", [False, True])
def test_padding_is_black_whatever_the_range(full: bool) -> None:
    frame = patches.frame(chart(), 6, full=full)
    padded = filtered(frame, Pad(width=800, height=640, of=(640, 640)))
    assert np.abs(rgb_of(padded)[:, 8:72] * 255).max() < 1


def test_a_smooth_gradient_of_ten_bits_keeps_its_levels_in_eight() -> None:
    ramp = np.linspace(0.30, 0.34, 640)[:, None].repeat(3, 1)[None].repeat(640, 0)
    result = rgb_of(filtered(patches.frame(ramp, 1, kind="yuv420p10le")))
    blocks = result[..., 1].reshape(40, 16, 40, 16).mean(axis=(0, 1, 3))
    truth = ramp[..., 1].reshape(40, 16, 40, 16).mean(axis=(0, 1, 3))
    assert np.abs(blocks - truth).max() * 255 < 0.35


ENCODED: dict[str, tuple[str, str, int, bool, str]] = {
    "full range, BT.601": ("a.ts", "libx264", 6, True, "yuvj420p"),
    "H.264 of 10 bits": ("a.mp4", "libx264", 1, False, "yuv420p10le"),
    "H.264 of 4:4:4": ("a.mp4", "libx264", 5, False, "yuv444p"),
    "H.265 of 10 bits": ("a.mov", "libx265", 9, False, "yuv420p10le"),
    "ProRes 422": ("a.mov", "prores", 6, False, "yuv422p10le"),
    "ProRes 4444": ("a.mov", "prores", 1, False, "yuva444p10le"),
    "lossless": ("a.mkv", "ffv1", 6, False, "yuv422p"),
}


@pytest.mark.parametrize("source", ENCODED)
def test_a_video_keeps_its_colors_from_file_to_file(tmp_path: Path, source: str) -> None:
    name, codec, matrix, full, kind = ENCODED[source]
    frame = patches.frame(chart(), matrix, full=full, kind=kind)
    result = fixed(patches.write(tmp_path / name, frame, codec), tmp_path / "out", ignore=FROZEN)
    assert isinstance(result.after, Video)
    assert (result.steps[-1].step, result.after.pixel_format) == ("encode", "yuv420p")
    assert error(means(rgb_of(first(result.path))), PATCHES) < 2


FROZEN = ("video-frozen",)
"""A chart never moves."""


def test_the_color_tags_are_in_the_stream_and_in_the_container(tmp_path: Path) -> None:
    frame = patches.frame(chart(), 6, kind="yuv444p")
    source = patches.write(tmp_path / "a.mp4", frame, "libx264")
    result = fixed(source, tmp_path / "out", ignore=FROZEN).path
    data = result.read_bytes()
    assert data.count(b"colrnclx" + struct.pack(">HHHB", 1, 1, 1, 0)) == 1
    bare = tmp_path / "bare.mp4"
    bare.write_bytes(data.replace(b"colrnclx", b"freenclx"))
    assert tags(first(bare)) == tags(first(result)) == STANDARD


def test_ffprobe_too_reads_bt709_of_limited_range(tmp_path: Path) -> None:
    source = patches.write(tmp_path / "a.mp4", patches.frame(chart(), 9, kind="yuv444p"), "libx264")
    (stream,) = measure.ffprobe(fixed(source, tmp_path / "out", ignore=FROZEN).path)["streams"]
    names = ("pix_fmt", "color_range", "color_space", "color_transfer", "color_primaries")
    assert [stream[name] for name in names] == ["yuv420p", "tv", *["bt709"] * 3]


@pytest.mark.parametrize("full", [False, True])
def test_packets_that_are_copied_keep_their_tags(tmp_path: Path, full: bool) -> None:
    frame = patches.frame(chart(), 6, full=full, kind="yuvj420p" if full else "yuv420p")
    frame.color_primaries = frame.color_trc = 6
    result = fixed(patches.write(tmp_path / "a.mkv", frame, "libx264"), tmp_path, ignore=FROZEN)
    assert [step.step for step in result.steps] == ["remux"]
    assert tags(first(result.path)) == (6, 6, 6, 2 if full else 1)
    assert b"colrnclx" + struct.pack(">HHHB", 6, 6, 6, 128 * full) in result.path.read_bytes()


NITS = np.array([0, 0.5, 1, 2, 5, 10, 20, 50, 100, 150, 203, 300, 400, 600, 800, 1000])
"""Of neutral patches, from shadows to highlights; diffuse white is 203 (ITU-R BT.2408)."""
SATURATED = np.stack(np.meshgrid(*[[0.02, 0.2, 0.7]] * 3), -1).reshape(-1, 3)
SATURATED = SATURATED[np.ptp(SATURATED, axis=1) > 0]
"""BT.709 light of patches that are no brighter than diffuse white, which is 1."""
CURVES = {"pq": 16, "hlg": 18}


def bright(transfer: str, primaries: int = 9) -> Array:
    """The signals of the neutral patches, then of the saturated ones, then black, as a chart."""
    saturated = patches.converted(SATURATED, 1, primaries).clip(0) * hdr.WHITE
    light = np.vstack([np.repeat(NITS[:, None], 3, 1), saturated])
    light = np.vstack([light, np.zeros((100 - len(light), 3))])
    return chart(hdr.CURVES[transfer](light))


@cache
def tone_mapped(transfer: str, primaries: int = 9) -> tuple[Array, Array]:
    """The gray levels of the neutral patches, and the signals of the saturated ones."""
    frame = patches.frame(bright(transfer, primaries), 9, kind="yuv420p10le")
    frame.color_primaries, frame.color_trc = primaries, CURVES[transfer]
    result = filtered(frame)
    assert (*tags(result), result.format.name) == (*STANDARD, "yuv420p")
    colors = means(rgb_of(result))
    assert np.ptp(colors[: len(NITS)], axis=1).max() * 255 < 1.5
    return colors[: len(NITS)].mean(axis=1), colors[len(NITS) : len(NITS) + len(SATURATED)]


@pytest.mark.parametrize("transfer", CURVES)
def test_diffuse_white_comes_to_85_per_cent_and_nothing_brighter_is_lost(transfer: str) -> None:
    gray, _ = tone_mapped(transfer)
    assert gray[NITS == hdr.WHITE] == pytest.approx(0.85, abs=0.01)
    assert gray[0] == pytest.approx(0, abs=0.005)
    assert np.diff(gray).min() > 1 / 255
    assert gray[-1] < 1.005


@pytest.mark.parametrize("transfer", CURVES)
def test_shadows_and_midtones_lie_between_two_plain_conversions(transfer: str) -> None:
    gray, _ = tone_mapped(transfer)
    light = NITS[NITS <= 100] / hdr.WHITE
    all_to_white, all_to_85 = light ** (1 / 2.4), light ** (1 / 2.4) * 0.85
    assert (gray[NITS <= 100] > all_to_85 - 0.005).all()
    assert (gray[NITS <= 100] < all_to_white + 0.005).all()


@pytest.mark.parametrize("transfer", CURVES)
def test_hues_stay_and_no_color_is_desaturated(transfer: str) -> None:
    _, colors = tone_mapped(transfer)
    ours, theirs = oklab(np.clip(colors, 0, 1) ** 2.4), oklab(SATURATED)
    rotated = np.angle(ours * theirs.conj(), deg=True)
    assert np.abs(rotated).max() < 2
    assert np.abs(np.abs(ours) / np.abs(theirs) - 0.95).max() < 0.06


def oklab(light: Array) -> Array:
    """Hue and chroma of BT.709 light, as complex numbers (Oklab's a and b)."""
    cones = np.array(
        [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
         [0.0883024619, 0.2817188376, 0.6299787005]]
    )  # fmt: skip
    opponents = np.array(
        [[1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]]
    )
    a, b = np.moveaxis(np.cbrt(light @ cones.T) @ opponents.T, -1, 0)
    return np.asarray(a + 1j * b)


@pytest.mark.parametrize(("transfer", "primaries"), [("hlg", 9), ("pq", 12), ("pq", 1)])
def test_the_same_light_looks_the_same_under_every_curve_and_primaries(
    transfer: str, primaries: int
) -> None:
    for ours, theirs in zip(tone_mapped(transfer, primaries), tone_mapped("pq"), strict=True):
        assert error(ours, theirs) < 1


def still(path: Path, signals: Array, primaries: int, transfer: int) -> Path:
    """Write an image of 640 x 640 that names its colors by code points and nothing else."""
    deep = np.round(np.clip(signals, 0, 1) * 65535).astype(np.uint16)
    points = {"color_primaries": primaries, "transfer_characteristics": transfer}
    if path.suffix == ".png":
        return png(path, deep, bytes([primaries, transfer, 0, 1]))
    if path.suffix == ".heic":
        picture = pillow_heif.from_bytes("RGB;16", deep.shape[1::-1], deep.tobytes())
        picture.save(
            path, quality=98, chroma=444, matrix_coefficients=9, full_range_flag=1, **points
        )
        return path
    frame = patches.frame(signals, 9, full=True, kind="yuv420p10le")
    frame.color_primaries, frame.color_trc = primaries, transfer
    with av.open(str(path), "w", format="avif") as output:
        stream: Any = output.add_stream("libsvtav1", rate=1, options={"preset": "9", "crf": "5"})
        stream.width, stream.height, stream.pix_fmt = 640, 640, "yuv420p10le"
        for tag in ("colorspace", "color_primaries", "color_trc", "color_range"):
            setattr(stream.codec_context, tag, getattr(frame, tag))
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def png(path: Path, deep: Any, points: bytes) -> Path:
    """Write a PNG of 16 bits with a cICP chunk."""
    rows = deep.astype(">u2").reshape(deep.shape[0], -1).view(np.uint8)
    chunks = {
        b"IHDR": struct.pack(">IIBBBBB", deep.shape[1], deep.shape[0], 16, 2, 0, 0, 0),
        b"cICP": points,
        b"IDAT": zlib.compress(np.pad(rows, ((0, 0), (1, 0))).tobytes(), 1),
        b"IEND": b"",
    }
    packed = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks.items()
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))
    return path


@pytest.mark.parametrize("transfer", CURVES)
@pytest.mark.parametrize("name", ["a.heic", "a.avif", "a.png"])
def test_an_image_of_high_dynamic_range_looks_as_a_video_does(
    tmp_path: Path, name: str, transfer: str
) -> None:
    source = still(tmp_path / name, bright(transfer), 9, CURVES[transfer])
    result = fixed(source, tmp_path / "out")
    assert [step.step for step in result.steps] == ["convert-color", "encode"]
    gray, colors = tone_mapped(transfer)
    written = means(measure.pixels(result.path)) / 255
    assert error(written[: len(NITS)], gray[:, None]) < 1.5
    assert error(written[len(NITS) :][: len(colors)], colors) < 2


@pytest.mark.parametrize("name", ["a.heic", "a.avif", "a.png"])
@pytest.mark.parametrize(("primaries", "color_space"), [(12, "Display P3"), (9, "BT.2020")])
def test_an_image_that_names_wide_primaries_becomes_srgb(
    tmp_path: Path, name: str, primaries: int, color_space: str
) -> None:
    light = patches.converted(patches.srgb_linear(PATCHES), 1, primaries)
    source = still(tmp_path / name, chart(patches.srgb_curved(light)), primaries, 13)
    facts = refprep.probe(source)
    assert isinstance(facts, Image)
    assert facts.color_space == color_space
    result = fixed(source, tmp_path / "out")
    assert error(means(measure.pixels(result.path)) / 255, PATCHES) < 2


def test_the_transparency_of_a_wide_image_is_kept(tmp_path: Path) -> None:
    deep = np.full((320, 320, 4), 40_000, np.uint16)
    deep[:, :160, 3], deep[:, 160:, 3] = 0, 65535
    picture = pillow_heif.from_bytes("RGBA;16", (320, 320), deep.tobytes())
    points = {"color_primaries": 9, "transfer_characteristics": 16, "matrix_coefficients": 9}
    picture.save(tmp_path / "a.heic", quality=95, **points)
    pixels = measure.pixels(fixed(tmp_path / "a.heic", tmp_path / "out").path, "RGBA")
    assert (pixels[:, :150, 3].max(), pixels[:, 170:, 3].min()) == (0, 255)


@pytest.mark.parametrize(
    ("name", "codec", "kind"),
    [("a.webm", "libvpx-vp9", "yuva420p"), ("a.mov", "prores", "yuva444p10le"),
     ("a.mov", "qtrle", "argb")],
)  # fmt: skip
def test_a_video_with_alpha_is_composited_on_black_and_no_hidden_color_is_left(
    tmp_path: Path, name: str, codec: str, kind: str
) -> None:
    pixels = np.zeros((640, 640, 4), np.uint8)
    pixels[:, :256] = 255, 0, 255, 0
    pixels[:, 256:448] = 40, 180, 60, 128
    pixels[:, 448:] = 40, 180, 60, 255
    frame: Any = av.VideoFrame.from_ndarray(pixels, "rgba").reformat(format=kind, dst_colorspace=1)
    frame.time_base, frame.pts = patches.TICK, 0
    if kind != "argb":
        frame.colorspace = frame.color_primaries = frame.color_trc = frame.color_range = 1
    result = fixed(patches.write(tmp_path / name, frame, codec), tmp_path, ignore=FROZEN)
    written = rgb_of(first(result.path)) * 255
    assert np.abs(written[:, :240]).max() < 8
    assert np.abs(written[:, 272:432] - np.array([40, 180, 60]) * (128 / 255)).max() < 8
    assert np.abs(written[:, 464:] - [40, 180, 60]).max() < 8
