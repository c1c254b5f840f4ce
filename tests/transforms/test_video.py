"""Clips as they come out: what they show, when, with which sound, and how long by every reader."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import refprep
from fixtures.clips import clip
from refprep import envelopes
from refprep.models.bundle import Prepared
from refprep.models.limits import Range
from refprep.models.media import Video
from refprep.options import DEFAULT_ENVELOPE
from tests import seeing

RATE = Fraction(24)
SMALL = (640, 642)
"""A frame just above the least area."""


def mend(source: Path | str, folder: Path, **how: Any) -> Prepared:
    """The one file that fix writes for a source; nothing may be left to complain about."""
    fixed = refprep.fix([source], folder, **how)
    assert [f for f in fixed.findings if f.level != "info"] == []
    (prepared,) = fixed.prepared
    return prepared


def facts(prepared: Prepared) -> Video:
    assert isinstance(prepared.after, Video)
    return prepared.after


def steps(prepared: Prepared) -> list[str]:
    return [step.step for step in prepared.steps]


def test_color_that_is_finer_down_than_across_stays_itself_when_turned(tmp_path: Path) -> None:
    fine = clip(
        tmp_path / "a.mov",
        size=(644, 640),
        duration=2,
        frame_rate=RATE,
        rotation=90,
        pixel_format="yuv422p",
    )
    result = mend(fine, tmp_path / "out")
    assert seeing.off(seeing.first_frame(result.path)) < 6


@pytest.mark.parametrize(
    ("size", "expected"),
    [((320, 240), (740, 556)), ((1920, 1080), (1280, 720)), ((800, 1600), (680, 1360))],
)
def test_the_area_comes_inside_with_the_proportions_kept(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    result = mend(
        clip(tmp_path / "a.mp4", size=size, duration=2, frame_rate=RATE), tmp_path / "out"
    )
    after = facts(result)
    assert 409_600 <= after.pixels <= 927_408
    assert after.ratio == pytest.approx(size[0] / size[1], rel=0.005)
    assert np.abs(np.log(np.array(after.dimensions) / expected)).max() < 0.03
    assert seeing.still_psnr(seeing.first_frame(result.path)) > 30


@pytest.mark.parametrize(("frame_rate", "expected"), [(12, 24), (120, 60)])
def test_the_frame_rate_comes_inside_at_the_same_speed(
    tmp_path: Path, fps: int, expected: int
) -> None:
    source = clip(tmp_path / "a.mp4", size=SMALL, duration=2, frame_rate=Fraction(fps))
    result = mend(source, tmp_path / "out")
    seen = list(seeing.frames(result.path))
    assert facts(result).frame_rate == pytest.approx(expected)
    assert len(seen) == pytest.approx(2 * expected, abs=1)
    assert [later - sooner for (sooner, _), (later, _) in pairwise(seen)] == pytest.approx(
        [1 / expected] * (len(seen) - 1), abs=1e-4
    )
    for time, picture in seen[:: len(seen) // 4]:
        assert seeing.part(picture) == pytest.approx(time / 2, abs=1 / 20)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.mkv", {"audio": "libopus"}),
        ("a.webm", {"codec": "libvpx-vp9", "audio": "libopus"}),
        ("a.webm", {"codec": "libvpx", "audio": "libopus"}),
        ("a.mp4", {"codec": "libsvtav1"}),
        ("a.avi", {"codec": "mpeg4", "audio": "libmp3lame"}),
        ("a.mov", {"codec": "mjpeg", "pixel_format": "yuvj420p", "audio": "pcm_s16le"}),
        ("a.ts", {}),
    ],
)
def test_other_containers_and_codecs_become_h264_and_aac_in_mp4(
    tmp_path: Path, name: str, how: dict[str, Any]
) -> None:
    result = mend(
        clip(tmp_path / name, size=SMALL, duration=3, frame_rate=RATE, **how), tmp_path / "out"
    )
    after = facts(result)
    assert (after.format, after.video_codec, after.audio_codec) == ("MP4", "h264", "aac")
    assert after.duration == pytest.approx(3, abs=0.06)
    picture = seeing.first_frame(result.path)
    assert seeing.off(picture) < 8
    assert seeing.flashing(picture)


def test_a_clip_without_sound_stays_without(tmp_path: Path) -> None:
    result = mend(clip(tmp_path / "a.mkv", size=SMALL, duration=2, audio=None), tmp_path / "out")
    with av.open(str(result.path)) as container:
        assert [stream.type for stream in container.streams] == ["video"]


def test_surround_sound_is_mixed_down_to_stereo(tmp_path: Path) -> None:
    surround = clip(tmp_path / "a.mkv", size=SMALL, duration=2, channels=6, audio="libopus")
    result = mend(surround, tmp_path / "out")
    samples, _, _ = seeing.sound(result.path)
    assert facts(result).channels == samples.shape[1] == 2
    assert np.abs(samples).max() > 0.1


def test_bt601_colors_are_kept_and_tagged_bt709(tmp_path: Path) -> None:
    old = clip(tmp_path / "a.webm", size=SMALL, duration=2, codec="libvpx", audio="libopus")
    result = mend(old, tmp_path / "out")
    assert seeing.off(seeing.first_frame(result.path)) < 6
    assert _tags(result.path) == (1, 1, 1, 1)


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_high_dynamic_range_becomes_bt709_and_looks_like_it(tmp_path: Path, transfer: str) -> None:
    bright = clip(tmp_path / "a.mp4", size=SMALL, duration=2, frame_rate=RATE, transfer=transfer)
    result = mend(bright, tmp_path / "out")
    assert _tags(result.path) == (1, 1, 1, 1)
    assert facts(result).pixel_format == "yuv420p"
    *colors, white = seeing.corners(seeing.first_frame(result.path))
    assert white.min() > 200
    assert white.max() < 0.85 * 255
    assert np.ptp(white) < 4
    assert [_saturation(one) for one in colors] == pytest.approx(
        [_saturation(one) for one in seeing.LEVELS[:3]], abs=0.2
    )


def _saturation(color: Any) -> float:
    """Washed out pictures have little."""
    return float(np.ptp(color) / color.max())


def _tags(path: Path) -> tuple[int, ...]:
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        return (frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range)


def test_a_window_begins_with_the_picture_that_is_shown_then(dance: Path, tmp_path: Path) -> None:
    result = mend(f"{dance}#t=1,3", tmp_path)
    seen = list(seeing.frames(result.path))
    assert seen[0][0] == 0
    assert seeing.part(seen[0][1]) == pytest.approx(1 / 3, abs=1 / 100)
    assert seeing.part(seen[-1][1]) == pytest.approx(1 - 1 / 72, abs=1 / 50)
    assert len(seen) == 48


@pytest.mark.parametrize("window", ["#t=0.9,3", "#t=0.76,2.8", ""])
@pytest.mark.parametrize("name", ["a.mkv", "a.mov"])
def test_sound_and_picture_stay_together(tmp_path: Path, window: str, name: str) -> None:
    source = clip(tmp_path / name, size=SMALL, frame_rate=Fraction(50), rotation=180)
    result = mend(f"{source}{window}", tmp_path / "out")
    flashes, clicks = seeing.flash_times(result.path), seeing.click_times(result.path)
    assert len(flashes) >= 2
    assert clicks == pytest.approx(flashes, abs=1 / 50)


@pytest.mark.parametrize(("duration", "frame_rate"), [(2, 24), (3, 60)])
def test_the_milliseconds_of_matroska_make_no_clip_shorter_or_faster(
    tmp_path: Path, seconds: float, fps: int
) -> None:
    rounded = clip(tmp_path / "a.mkv", size=SMALL, duration=seconds, frame_rate=Fraction(fps))
    after = facts(mend(rounded, tmp_path / "out"))
    assert (after.duration, after.frame_rate) == (seconds, fps)


def test_a_picture_held_over_the_start_of_a_window_is_its_first(tmp_path: Path) -> None:
    times = [*np.arange(0, 0.5, 0.1), *np.arange(2.5, 4.5, 0.1)]
    halting = clip(tmp_path / "a.mp4", size=SMALL, frame_rate=Fraction(10), times=times)
    result = mend(f"{halting}#t=1,4", tmp_path / "out")
    seen = list(seeing.frames(result.path))
    assert seeing.part(seen[0][1]) == pytest.approx(0.4 / 4.5, abs=1 / 50)
    assert facts(result).duration == pytest.approx(3, abs=0.11)


@pytest.mark.parametrize("name", ["a.mkv", "a.mov", "a.ts"])
def test_a_window_counts_from_the_first_picture_whatever_the_clock_of_the_file(
    tmp_path: Path, name: str
) -> None:
    times = [100 + frame / 24 for frame in range(96)]
    late = clip(tmp_path / name, size=SMALL, frame_rate=RATE, times=times)
    result = mend(f"{late}#t=1,4", tmp_path / "out")
    time, picture = next(seeing.frames(result.path))
    assert time == 0
    assert seeing.part(picture) == pytest.approx(1 / 4, abs=1 / 70)
    assert seeing.click_times(result.path) == pytest.approx([0, 1, 2], abs=1 / 23)


@pytest.mark.parametrize("name", ["a.mkv", "a.mov", "a.ts", "a.flv"])
def test_a_window_far_behind_the_last_key_frame_is_found(tmp_path: Path, name: str) -> None:
    source = clip(tmp_path / name, size=SMALL, duration=9, frame_rate=RATE)
    result = mend(f"{source}#t=6,9", tmp_path / "out")
    assert seeing.part(seeing.first_frame(result.path)) == pytest.approx(2 / 3, abs=1 / 100)


def test_a_clip_that_begins_late_after_an_empty_edit_does_not_last_as_long(tmp_path: Path) -> None:
    times = [100 + frame / 24 for frame in range(72)]
    late = clip(tmp_path / "a.mov", size=SMALL, frame_rate=RATE, times=times)
    result = mend(late, tmp_path / "out")
    assert max(seeing.durations(result.path).values()) == pytest.approx(3, abs=0.05)


@pytest.fixture(scope="module")
def shared_time(tmp_path_factory: pytest.TempPathFactory) -> refprep.FixResult:
    """Three clips, 3, 8 and 9 s long, that have 15 s between them."""
    folder = tmp_path_factory.mktemp("shared")
    lengths = {"a.mp4": (3, RATE), "b.mkv": (8, Fraction(30000, 1001)), "c.mov": (9, Fraction(25))}
    sources = [
        clip(folder / name, size=SMALL, duration=seconds, frame_rate=fps)
        for name, (seconds, fps) in lengths.items()
    ]
    return refprep.fix(sources, folder / "out")


def test_clips_share_the_seconds_and_short_ones_keep_theirs(shared_time: refprep.FixResult) -> None:
    assert shared_time.verdict == "pass"
    lengths = [facts(prepared).duration or 0 for prepared in shared_time.prepared]
    assert lengths == pytest.approx([3, 6, 6], abs=0.07)
    assert steps(shared_time.prepared[0]) == []


def test_no_reader_finds_more_than_the_seconds_that_are_taken(
    shared_time: refprep.FixResult,
) -> None:
    told = [seeing.durations(prepared.path) for prepared in shared_time.prepared]
    assert sum(max(lengths.values()) for lengths in told) <= 15
    assert sum(facts(p).declared_duration or 99 for p in shared_time.prepared) <= 15
    assert sum(facts(p).decoded_duration or 99 for p in shared_time.prepared) <= 15


def test_ffprobe_too_finds_no_more_than_the_seconds(shared_time: refprep.FixResult) -> None:
    told = [seeing.ffprobe(prepared.path) for prepared in shared_time.prepared]
    longest = [
        max(float(one["duration"]) for one in (seen["format"], *seen["streams"])) for seen in told
    ]
    assert sum(longest) <= 15


def test_the_bytes_that_are_taken_are_not_exceeded(tmp_path: Path) -> None:
    source = clip(
        tmp_path / "a.mp4", size=(1280, 720), duration=3, frame_rate=RATE, options={"crf": "5"}
    )
    tight = envelopes.load(DEFAULT_ENVELOPE).tighten("video-total-size", Range(max=150_000))
    assert source.stat().st_size > 150_000
    result = mend(source, tmp_path / "out", envelope=tight)
    assert result.path.stat().st_size <= 150_000
    assert seeing.off(seeing.first_frame(result.path)) < 12


def test_a_clip_inside_is_taken_byte_for_byte(dance: Path, tmp_path: Path) -> None:
    result = mend(dance, tmp_path)
    assert result.steps == ()
    assert seeing.sha256(result.path) == seeing.sha256(dance) == result.sha256


def test_the_same_clip_gives_the_same_bytes_and_is_not_touched(tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mov", size=SMALL, duration=2, rotation=90)
    before = seeing.sha256(source)
    results = [mend(source, tmp_path / name) for name in ("one", "two")]
    assert seeing.sha256(results[0].path) == seeing.sha256(results[1].path)
    assert seeing.sha256(source) == before == results[0].source_sha256


def test_ffprobe_agrees_with_the_facts_of_the_result(tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mov", size=(1280, 960), duration=2, rotation=90)
    after = facts(mend(source, tmp_path / "out"))
    told = seeing.ffprobe(tmp_path / "out" / "a.mp4")
    picture, heard = told["streams"]
    assert (picture["width"], picture["height"]) == after.dimensions
    assert (picture["codec_name"], heard["codec_name"]) == (after.video_codec, after.audio_codec)
    assert (picture["pix_fmt"], picture.get("sample_aspect_ratio", "1:1")) == ("yuv420p", "1:1")
    assert "side_data_list" not in picture
    assert float(told["format"]["duration"]) == pytest.approx(after.duration, abs=0.05)


def picture_bytes(path: Path) -> int:
    """Bytes of all picture packets."""
    with av.open(str(path)) as container:
        return sum(packet.size for packet in container.demux(video=0))


def noise(path: Path, codec: str, options: dict[str, str]) -> Path:
    """Two seconds of soft spots that dance: many bytes, whatever the codec."""
    dice = np.random.default_rng(3)
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=24, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 852, 640, "yuv420p"
        for place in range(48):
            spots = dice.integers(0, 255, (40, 53, 3), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(spots, format="rgb24")
            frame = frame.reformat(852, 640, "yuv420p", interpolation="BICUBIC")
            frame.pts = place
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.webm", "libvpx-vp9", {"b": "600k", "deadline": "realtime", "cpu-used": "6"}),
        ("a.avi", "mpeg4", {"b": "1M"}),
    ],
)
def test_a_picture_never_takes_more_bytes_than_it_did_in_the_source(
    tmp_path: Path, name: str, codec: str, options: dict[str, str]
) -> None:
    source = noise(tmp_path / name, codec, options)
    result = mend(source, tmp_path / "out")
    light = 250_000 / 8 * 2  # what a picture may always take in two seconds
    assert light < picture_bytes(source)
    assert picture_bytes(result.path) <= picture_bytes(source)
    assert picture_bytes(result.path) > 0.6 * picture_bytes(source)
    ours, theirs = seeing.first_frame(result.path), seeing.first_frame(source)
    assert seeing.psnr(ours, theirs) > 25


def test_where_quality_alone_cannot_save_the_bytes_the_picture_gets_smaller(tmp_path: Path) -> None:
    source = clip(
        tmp_path / "a.mkv", size=(1280, 700), duration=2, frame_rate=RATE, codec="mpeg4", audio=None
    )
    roomy = mend(source, tmp_path / "roomy")
    tight = envelopes.load("oxen-seedance-2.0").tighten("video-total-size", Range(max=10_000))
    result = mend(source, tmp_path / "tight", envelope=tight)
    assert result.path.stat().st_size <= 10_000 < roomy.path.stat().st_size
    assert 409_600 <= facts(result).pixels < facts(roomy).pixels
    assert facts(result).ratio == pytest.approx(facts(roomy).ratio, rel=0.005)
