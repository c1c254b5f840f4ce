"""Videos as they are written: frames, their times, audio, and durations by every reader."""

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
from tests import measure
from tests.transforms.fixing import fixed

RATE = Fraction(24)
SMALL = (640, 642)
"""A frame just above the minimum area."""


def facts(prepared: Prepared) -> Video:
    assert isinstance(prepared.after, Video)
    return prepared.after


def steps(prepared: Prepared) -> list[str]:
    return [step.step for step in prepared.steps]


def test_colors_of_422_are_kept_when_the_frame_is_rotated(tmp_path: Path) -> None:
    fine = clip(
        tmp_path / "a.mov",
        size=(644, 640),
        duration=2,
        frame_rate=RATE,
        rotation=90,
        pixel_format="yuv422p",
    )
    result = fixed(fine, tmp_path / "out")
    assert measure.color_error(measure.first_frame(result.path)) < 6


@pytest.mark.parametrize(
    ("size", "expected"),
    [((320, 240), (740, 556)), ((1920, 1080), (1280, 720)), ((800, 1600), (680, 1360))],
)
def test_the_frame_is_scaled_to_the_limits_at_its_aspect_ratio(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    result = fixed(
        clip(tmp_path / "a.mp4", size=size, duration=2, frame_rate=RATE), tmp_path / "out"
    )
    after = facts(result)
    assert 409_600 <= after.pixels <= 927_408
    assert after.aspect_ratio == pytest.approx(size[0] / size[1], rel=0.005)
    assert np.abs(np.log(np.array(after.dimensions) / expected)).max() < 0.03
    assert measure.still_psnr(measure.first_frame(result.path)) > 30


@pytest.mark.parametrize(("frame_rate", "expected"), [(12, 24), (120, 60)])
def test_the_frame_rate_is_converted_at_the_same_speed(
    tmp_path: Path, frame_rate: int, expected: int
) -> None:
    source = clip(tmp_path / "a.mp4", size=SMALL, duration=2, frame_rate=Fraction(frame_rate))
    result = fixed(source, tmp_path / "out")
    frames = list(measure.frames(result.path))
    assert facts(result).frame_rate == pytest.approx(expected)
    assert len(frames) == pytest.approx(2 * expected, abs=1)
    assert [later - sooner for (sooner, _), (later, _) in pairwise(frames)] == pytest.approx(
        [1 / expected] * (len(frames) - 1), abs=1e-4
    )
    for time, frame in frames[:: len(frames) // 4]:
        assert measure.elapsed(frame) == pytest.approx(time / 2, abs=1 / 20)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "parameters"),
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
    tmp_path: Path, name: str, parameters: dict[str, Any]
) -> None:
    result = fixed(
        clip(tmp_path / name, size=SMALL, duration=3, frame_rate=RATE, **parameters),
        tmp_path / "out",
    )
    after = facts(result)
    assert (after.format, after.video_codec, after.audio_codec) == ("MP4", "h264", "aac")
    assert after.duration == pytest.approx(3, abs=0.06)
    picture = measure.first_frame(result.path)
    assert measure.color_error(picture) < 8
    assert measure.flashing(picture)


def test_a_video_without_audio_stays_without(tmp_path: Path) -> None:
    result = fixed(clip(tmp_path / "a.mkv", size=SMALL, duration=2, audio=None), tmp_path / "out")
    with av.open(str(result.path)) as container:
        assert [stream.type for stream in container.streams] == ["video"]


def test_surround_audio_is_mixed_down_to_stereo(tmp_path: Path) -> None:
    surround = clip(tmp_path / "a.mkv", size=SMALL, duration=2, channels=6, audio="libopus")
    result = fixed(surround, tmp_path / "out")
    samples, _, _ = measure.audio(result.path)
    assert facts(result).channels == samples.shape[1] == 2
    assert np.abs(samples).max() > 0.1


def test_bt601_colors_are_kept_and_tagged_bt709(tmp_path: Path) -> None:
    old = clip(tmp_path / "a.webm", size=SMALL, duration=2, codec="libvpx", audio="libopus")
    result = fixed(old, tmp_path / "out")
    assert measure.color_error(measure.first_frame(result.path)) < 6
    assert _tags(result.path) == (1, 1, 1, 1)


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_high_dynamic_range_becomes_bt709_and_looks_like_it(tmp_path: Path, transfer: str) -> None:
    bright = clip(tmp_path / "a.mp4", size=SMALL, duration=2, frame_rate=RATE, transfer=transfer)
    result = fixed(bright, tmp_path / "out")
    assert _tags(result.path) == (1, 1, 1, 1)
    assert facts(result).pixel_format == "yuv420p"
    *colors, white = measure.corners(measure.first_frame(result.path))
    assert white.min() > 200
    assert white.max() < 0.85 * 255
    assert np.ptp(white) < 4
    assert [_saturation(color) for color in colors] == pytest.approx(
        [_saturation(color) for color in measure.LEVELS[:3]], abs=0.2
    )


def _saturation(color: Any) -> float:
    """How far a color is from gray, 0 to 1."""
    return float(np.ptp(color) / color.max())


def _tags(path: Path) -> tuple[int, ...]:
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        return (frame.color_primaries, frame.color_trc, frame.colorspace, frame.color_range)


def test_a_window_starts_with_the_frame_displayed_at_its_start(dance: Path, tmp_path: Path) -> None:
    result = fixed(f"{dance}#t=1,3", tmp_path)
    frames = list(measure.frames(result.path))
    assert frames[0][0] == 0
    assert measure.elapsed(frames[0][1]) == pytest.approx(1 / 3, abs=1 / 100)
    assert measure.elapsed(frames[-1][1]) == pytest.approx(1 - 1 / 72, abs=1 / 50)
    assert len(frames) == 48


@pytest.mark.slow
@pytest.mark.parametrize("window", ["#t=0.9,3", "#t=0.76,2.8", ""])
@pytest.mark.parametrize("name", ["a.mkv", "a.mov"])
def test_audio_and_video_stay_in_sync(tmp_path: Path, window: str, name: str) -> None:
    source = clip(tmp_path / name, size=SMALL, frame_rate=Fraction(50), rotation=180)
    result = fixed(f"{source}{window}", tmp_path / "out")
    flashes, clicks = measure.flash_times(result.path), measure.click_times(result.path)
    assert len(flashes) >= 2
    assert clicks == pytest.approx(flashes, abs=1 / 50)


@pytest.mark.parametrize(("duration", "frame_rate"), [(2, 24), (3, 60)])
def test_the_millisecond_times_of_matroska_change_no_duration_or_frame_rate(
    tmp_path: Path, duration: float, frame_rate: int
) -> None:
    rounded = clip(
        tmp_path / "a.mkv", size=SMALL, duration=duration, frame_rate=Fraction(frame_rate)
    )
    after = facts(fixed(rounded, tmp_path / "out"))
    assert (after.duration, after.frame_rate) == (duration, frame_rate)


def test_a_frame_displayed_across_the_start_of_a_window_is_its_first(tmp_path: Path) -> None:
    times = [*np.arange(0, 0.5, 0.1), *np.arange(2.5, 4.5, 0.1)]
    halting = clip(tmp_path / "a.mp4", size=SMALL, frame_rate=Fraction(10), times=times)
    result = fixed(f"{halting}#t=1,4", tmp_path / "out")
    first = measure.first_frame(result.path)
    assert measure.elapsed(first) == pytest.approx(0.4 / 4.5, abs=1 / 50)
    assert facts(result).duration == pytest.approx(3, abs=0.11)


@pytest.mark.parametrize("name", ["a.mkv", "a.mov", "a.ts"])
def test_a_window_counts_from_the_first_frame_whatever_the_clock_of_the_file(
    tmp_path: Path, name: str
) -> None:
    times = [100 + frame / 24 for frame in range(96)]
    late = clip(tmp_path / name, size=SMALL, frame_rate=RATE, times=times)
    result = fixed(f"{late}#t=1,4", tmp_path / "out")
    time, picture = next(measure.frames(result.path))
    assert time == 0
    assert measure.elapsed(picture) == pytest.approx(1 / 4, abs=1 / 70)
    assert measure.click_times(result.path) == pytest.approx([0, 1, 2], abs=1 / 23)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.mkv", "a.mov", "a.ts", "a.flv"])
def test_a_window_far_behind_the_last_key_frame_is_exact(tmp_path: Path, name: str) -> None:
    source = clip(tmp_path / name, size=SMALL, duration=9, frame_rate=RATE)
    result = fixed(f"{source}#t=6,9", tmp_path / "out")
    assert measure.elapsed(measure.first_frame(result.path)) == pytest.approx(2 / 3, abs=1 / 100)


def test_an_empty_edit_at_the_start_does_not_count_as_duration(tmp_path: Path) -> None:
    times = [100 + frame / 24 for frame in range(72)]
    late = clip(tmp_path / "a.mov", size=SMALL, frame_rate=RATE, times=times)
    result = fixed(late, tmp_path / "out")
    assert max(measure.durations(result.path).values()) == pytest.approx(3, abs=0.05)


@pytest.fixture(scope="module")
def shared_time(tmp_path_factory: pytest.TempPathFactory) -> refprep.FixResult:
    """Three videos of 3, 8 and 9 s, fixed to share the 15 s that are allowed."""
    folder = tmp_path_factory.mktemp("shared")
    lengths = {"a.mp4": (3, RATE), "b.mkv": (8, Fraction(30000, 1001)), "c.mov": (9, Fraction(25))}
    sources = [
        clip(folder / name, size=SMALL, duration=duration, frame_rate=frame_rate)
        for name, (duration, frame_rate) in lengths.items()
    ]
    return refprep.fix(sources, folder / "out")


def test_videos_share_the_total_duration_and_short_ones_keep_theirs(
    shared_time: refprep.FixResult,
) -> None:
    assert shared_time.verdict == "pass"
    lengths = [facts(prepared).duration or 0 for prepared in shared_time.prepared]
    assert lengths == pytest.approx([3, 6, 6], abs=0.07)
    assert steps(shared_time.prepared[0]) == []


def test_no_reader_reports_more_than_the_total_duration(
    shared_time: refprep.FixResult,
) -> None:
    reported = [measure.durations(prepared.path) for prepared in shared_time.prepared]
    assert sum(max(durations.values()) for durations in reported) <= 15
    assert sum(facts(p).declared_duration or 99 for p in shared_time.prepared) <= 15
    assert sum(facts(p).decoded_duration or 99 for p in shared_time.prepared) <= 15


def test_ffprobe_too_reports_no_more_than_the_total_duration(
    shared_time: refprep.FixResult,
) -> None:
    probed = [measure.ffprobe(prepared.path) for prepared in shared_time.prepared]
    longest = [
        max(float(part["duration"]) for part in (file["format"], *file["streams"]))
        for file in probed
    ]
    assert sum(longest) <= 15


def test_the_maximum_total_size_is_not_exceeded(tmp_path: Path) -> None:
    source = clip(
        tmp_path / "a.mp4", size=(1280, 720), duration=3, frame_rate=RATE, options={"crf": "5"}
    )
    tight = envelopes.load(DEFAULT_ENVELOPE).tighten("video-total-size", Range(max=150_000))
    assert source.stat().st_size > 150_000
    result = fixed(source, tmp_path / "out", envelope=tight)
    assert result.path.stat().st_size <= 150_000
    assert measure.color_error(measure.first_frame(result.path)) < 12


def test_a_video_that_meets_the_limits_is_copied_byte_for_byte(dance: Path, tmp_path: Path) -> None:
    result = fixed(dance, tmp_path)
    assert result.steps == ()
    assert measure.sha256(result.path) == measure.sha256(dance) == result.sha256


def test_the_same_video_gives_the_same_bytes_and_the_source_is_not_altered(tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mov", size=SMALL, duration=2, rotation=90)
    before = measure.sha256(source)
    results = [fixed(source, tmp_path / name) for name in ("one", "two")]
    assert measure.sha256(results[0].path) == measure.sha256(results[1].path)
    assert measure.sha256(source) == before == results[0].source_sha256


def test_ffprobe_agrees_with_the_facts_of_the_result(tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mov", size=(1280, 960), duration=2, rotation=90)
    after = facts(fixed(source, tmp_path / "out"))
    probed = measure.ffprobe(tmp_path / "out" / "a.mp4")
    video, audio = probed["streams"]
    assert (video["width"], video["height"]) == after.dimensions
    assert (video["codec_name"], audio["codec_name"]) == (after.video_codec, after.audio_codec)
    assert (video["pix_fmt"], video.get("sample_aspect_ratio", "1:1")) == ("yuv420p", "1:1")
    assert "side_data_list" not in video
    assert float(probed["format"]["duration"]) == pytest.approx(after.duration, abs=0.05)


def video_size(path: Path) -> int:
    """Bytes of all video packets."""
    with av.open(str(path)) as container:
        return sum(packet.size for packet in container.demux(video=0))


def noise(path: Path, codec: str, options: dict[str, str]) -> Path:
    """Write two seconds of changing soft spots: many bytes, whatever the codec."""
    random = np.random.default_rng(3)
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=24, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 852, 640, "yuv420p"
        for place in range(48):
            spots = random.integers(0, 255, (40, 53, 3), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(spots, format="rgb24")
            frame = frame.reformat(852, 640, "yuv420p", interpolation="BICUBIC")
            frame.pts = place
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.webm", "libvpx-vp9", {"b": "600k", "deadline": "realtime", "cpu-used": "6"}),
        ("a.avi", "mpeg4", {"b": "1M"}),
    ],
)
def test_the_video_stream_never_takes_more_bytes_than_in_the_source(
    tmp_path: Path, name: str, codec: str, options: dict[str, str]
) -> None:
    source = noise(tmp_path / name, codec, options)
    result = fixed(source, tmp_path / "out")
    always_allowed = 250_000 / 8 * 2  # bytes of two seconds
    assert always_allowed < video_size(source)
    assert video_size(result.path) <= video_size(source)
    assert video_size(result.path) > 0.6 * video_size(source)
    ours, theirs = measure.first_frame(result.path), measure.first_frame(source)
    assert measure.psnr(ours, theirs) > 25


@pytest.mark.slow
def test_where_lower_quality_does_not_suffice_the_frame_gets_smaller(tmp_path: Path) -> None:
    source = clip(
        tmp_path / "a.mkv", size=(1280, 700), duration=2, frame_rate=RATE, codec="mpeg4", audio=None
    )
    roomy = fixed(source, tmp_path / "roomy")
    tight = envelopes.load("oxen-seedance-2.0").tighten("video-total-size", Range(max=10_000))
    result = fixed(source, tmp_path / "tight", envelope=tight)
    assert result.path.stat().st_size <= 10_000 < roomy.path.stat().st_size
    assert 409_600 <= facts(result).pixels < facts(roomy).pixels
    assert facts(result).aspect_ratio == pytest.approx(facts(roomy).aspect_ratio, rel=0.005)
