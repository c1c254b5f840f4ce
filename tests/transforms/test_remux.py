"""Remuxing and cutting between packets: the same frames, no longer than the limit by any reader."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import refprep
from fixtures.clips import clip
from tests import measure
from tests.transforms.fixing import fixed

PYRAMID: Mapping[str, str] = {"preset": "medium", "bf": "3", "g": "40"}
"Encoder options that give B-frames, some of which others are predicted from."

OPEN = {"x265-params": "log-level=error:open-gop=1:keyint=40:min-keyint=40:bframes=3:scenecut=0"}
"The same for x265, with leading frames that also need those before their key frame."


def decoded(path: Path) -> list[bytes]:
    """Every decoded frame, in display order."""
    with av.open(str(path)) as container:
        return [np.ascontiguousarray(f.to_ndarray()).tobytes() for f in container.decode(video=0)]


@pytest.mark.parametrize("frame_rate", [Fraction(24), Fraction(30), Fraction(30000, 1001)])
def test_a_remuxed_video_has_the_same_frames_at_an_exact_rate(
    tmp_path: Path, frame_rate: Fraction
) -> None:
    source = clip(
        tmp_path / "a.mkv", size=(640, 642), duration=3, frame_rate=frame_rate, options=PYRAMID
    )
    result = fixed(source, tmp_path / "out")
    assert [step.step for step in result.steps] == ["remux"]
    assert decoded(result.path) == decoded(source)
    with av.open(str(result.path)) as container:
        assert container.streams.video[0].average_rate == frame_rate


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_long_video_is_cut_between_packets_within_the_limit_of_every_reader(
    tmp_path: Path, name: str
) -> None:
    rate = Fraction(30000, 1001)
    source = clip(tmp_path / name, size=(640, 642), duration=17, frame_rate=rate, options=PYRAMID)
    result = fixed(source, tmp_path / "out")
    assert [step.step for step in result.steps] == ["trim", "remux"]
    kept = decoded(result.path)
    assert kept == decoded(source)[: len(kept)]
    assert min(measure.durations(result.path).values()) > 14.5
    assert max(measure.durations(result.path).values()) <= 15


def test_only_the_audio_is_encoded_where_only_the_audio_is_wrong(tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mov", size=(640, 642), duration=3, audio="pcm_s16le")
    result = fixed(source, tmp_path / "out")
    assert [(step.step, step.cost) for step in result.steps] == [("remux", "lossy")]
    assert decoded(result.path) == decoded(source)
    assert isinstance(result.after, refprep.Video)
    assert result.after.audio_codec == "aac"
    assert measure.click_times(result.path) == pytest.approx([0, 1, 2], abs=1 / 30)


def test_hevc_is_tagged_as_apple_players_require(tmp_path: Path) -> None:
    source = clip(
        tmp_path / "a.mkv", size=(640, 642), duration=2, codec="libx265", pixel_format="yuv420p"
    )
    result = fixed(source, tmp_path / "out")
    with av.open(str(result.path)) as container:
        assert container.streams.video[0].codec_tag == "hvc1"
    assert decoded(result.path) == decoded(source)


def test_the_same_packets_give_the_same_bytes(tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mkv", size=(640, 642), duration=2)
    once, again = (fixed(source, tmp_path / name) for name in ("one", "two"))
    assert once.sha256 == again.sha256


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {"codec": "libx264", "options": PYRAMID}),
        ("a.mkv", {"codec": "libx264", "options": PYRAMID}),
        ("a.mov", {"codec": "libx265", "pixel_format": "yuv420p", "options": OPEN}),
    ],
)
def test_a_window_is_cut_from_the_key_frame_nearest_to_its_start(
    tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    source = clip(tmp_path / name, size=(640, 642), duration=9, frame_rate=Fraction(20), **options)
    result = fixed(f"{source}#t=4.3,8", tmp_path / "out", ignore=["video-fps"])
    assert [step.step for step in result.steps] == ["trim", "remux"]
    kept, every = decoded(result.path), decoded(source)
    assert kept == every[80 : 80 + len(kept)]
    assert len(kept) > 66
    assert max(measure.durations(result.path).values()) <= 3.71
    assert measure.flash_times(result.path) == pytest.approx([0, 1, 2, 3], abs=0.001)
    assert measure.click_times(result.path)[-3:] == pytest.approx([1, 2, 3], abs=0.03)


def test_a_frame_accurate_window_starts_at_its_exact_time(tmp_path: Path) -> None:
    source = clip(
        tmp_path / "a.mp4", size=(640, 642), duration=6, frame_rate=Fraction(24), options=PYRAMID
    )
    result = fixed(f"{source}#t=3.5,6", tmp_path / "out", frame_accurate=True)
    assert [step.step for step in result.steps] == ["trim", "encode"]
    assert measure.flash_times(result.path) == pytest.approx([0.5, 1.5], abs=1 / 24)


def test_a_codec_that_no_limit_is_about_is_remuxed(tmp_path: Path) -> None:
    options: dict[str, Any] = {"pixel_format": "yuvj420p", "audio": None}
    source = clip(tmp_path / "a.mkv", size=(640, 640), duration=1, codec="mjpeg", **options)
    fixed = refprep.fix([source], tmp_path / "out", select=["video-format"], cache=False)
    assert [file.path.suffix for file in fixed.prepared] == [".mp4"]
    assert fixed.verdict == "pass"
