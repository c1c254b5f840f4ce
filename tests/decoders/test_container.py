"""The facts of clips and sounds."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import refprep
from fixtures.clips import clip
from fixtures.sounds import tone
from refprep.models.media import Audio, Video
from tests import seeing

SIZE = (64, 48)
RATE = Fraction(24)
CLIPS: list[tuple[str, dict[str, Any], tuple[str, str, str | None]]] = [
    ("a.mp4", {}, ("MP4", "h264", "aac")),
    ("a.mp4", {"codec": "libx265"}, ("MP4", "hevc", "aac")),
    ("a.mp4", {"codec": "libsvtav1"}, ("MP4", "av1", "aac")),
    ("a.mp4", {"codec": "mpeg4", "audio": "libmp3lame"}, ("MP4", "mpeg4", "mp3")),
    ("a.mov", {"audio": "pcm_s16le"}, ("MOV", "h264", "pcm_s16le")),
    ("a.mov", {"codec": "mjpeg", "pixel_format": "yuvj420p"}, ("MOV", "mjpeg", "aac")),
    ("a.mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le"}, ("MOV", "prores", "aac")),
    ("a.mkv", {"audio": "libopus"}, ("Matroska", "h264", "opus")),
    ("a.mkv", {"codec": "libvpx-vp9", "audio": "flac"}, ("Matroska", "vp9", "flac")),
    ("a.webm", {"codec": "libvpx", "audio": "libopus"}, ("WebM", "vp8", "opus")),
    ("a.avi", {"codec": "mpeg4", "audio": "pcm_s16le"}, ("AVI", "mpeg4", "pcm_s16le")),
    ("a.ts", {}, ("MPEG-TS", "h264", "aac")),
    ("a.flv", {"audio": None}, ("FLV", "h264", None)),
]
SOUNDS: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("a.wav", {}, ("WAV", "pcm_s16le")),
    ("a.wav", {"subtype": "PCM_24"}, ("WAV", "pcm_s24le")),
    ("a.wav", {"subtype": "FLOAT"}, ("WAV", "pcm_f32le")),
    ("a.wav", {"subtype": "PCM_U8"}, ("WAV", "pcm_u8")),
    ("a.wav", {"subtype": "ULAW"}, ("WAV", "pcm_mulaw")),
    ("a.wav", {"subtype": "IMA_ADPCM"}, ("WAV", "adpcm_ima_wav")),
    ("a.flac", {"sample_rate": 96000}, ("FLAC", "flac")),
    ("a.ogg", {}, ("Ogg", "vorbis")),
    ("a.opus", {}, ("Ogg", "opus")),
    ("a.aiff", {"channels": 1}, ("AIFF", "pcm_s16be")),
    ("a.mp3", {"sample_rate": 44100}, ("MP3", "mp3")),
    ("a.m4a", {"channels": 6}, ("M4A", "aac")),
    ("a.aac", {}, ("AAC", "aac")),
    ("a.caf", {}, ("CAF", "pcm_s16be")),
]


def facts(path: Path, **how: Any) -> Video:
    media = refprep.probe(path, **how)
    assert isinstance(media, Video)
    return media


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize(("name", "how", "told"), CLIPS)
def test_every_container_and_codec_is_told(
    tmp_path: Path, name: str, how: dict[str, Any], told: tuple[str, str, str | None], quick: bool
) -> None:
    path = clip(tmp_path / name, size=SIZE, duration=2, frame_rate=RATE, **how)
    media = facts(path, quick=quick)
    assert (media.format, media.video_codec, media.audio_codec) == told
    assert (media.dimensions, media.size) == (SIZE, path.stat().st_size)
    assert media.duration == pytest.approx(2, abs=0.06)
    assert media.frame_rate == pytest.approx(24, rel=0.001)
    assert (media.decode_errors, media.channels) == (
        None if quick else 0,
        2 if media.audio_codec else None,
    )


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize(("name", "how", "told"), SOUNDS)
def test_every_kind_of_sound_is_told(
    tmp_path: Path, name: str, how: dict[str, Any], told: tuple[str, str], quick: bool
) -> None:
    media = refprep.probe(tone(tmp_path / name, duration=2, **how), quick=quick)
    assert isinstance(media, Audio)
    assert (media.format, media.audio_codec) == told
    assert media.sample_rate == how.get("sample_rate", 48000)
    assert media.channels == how.get("channels", 2)
    assert media.duration == pytest.approx(2, abs=0.06)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_size_is_the_one_that_a_player_shows(
    tmp_path: Path, suffix: str, rotation: int, mirror: bool
) -> None:
    path = tmp_path / f"a{suffix}"
    clip(path, size=SIZE, duration=1, frame_rate=RATE, rotation=rotation, mirror=mirror)
    media = facts(path, quick=True)
    assert (media.rotation, media.mirrored) == (rotation, mirror)
    assert media.dimensions == (SIZE[::-1] if rotation % 180 else SIZE)
    assert (media.coded_width, media.coded_height) == SIZE


@pytest.mark.parametrize("rotation", [0, 90])
def test_wide_pixels_count_in_the_displayed_size(tmp_path: Path, rotation: int) -> None:
    path = clip(
        tmp_path / "a.mp4",
        size=(72, 64),
        duration=1,
        sample_aspect_ratio=Fraction(16, 11),
        rotation=rotation,
    )
    media = facts(path)
    assert media.sample_aspect_ratio == "16:11"
    assert media.dimensions == ((64, 105) if rotation else (105, 64))


@pytest.mark.parametrize(("transfer", "told"), [(None, "SDR"), ("pq", "PQ"), ("hlg", "HLG")])
def test_high_dynamic_range_is_told(tmp_path: Path, transfer: str | None, told: str) -> None:
    path = clip(tmp_path / "a.mp4", size=SIZE, duration=1, transfer=transfer)
    assert facts(path, quick=True).transfer == told


@pytest.mark.parametrize(
    "frame_rate", [Fraction(10), Fraction(30000, 1001), Fraction(60), Fraction(120)]
)
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_the_frame_rate_is_told(tmp_path: Path, name: str, fps: Fraction) -> None:
    path = clip(tmp_path / name, size=SIZE, duration=2, frame_rate=fps)
    assert facts(path).frame_rate == pytest.approx(float(fps), abs=1e-4)


def test_uneven_frames_have_their_average_rate(tmp_path: Path) -> None:
    times = [0, 0.1, 0.2, 0.3, 1.0, 1.9]
    path = clip(tmp_path / "a.mp4", size=SIZE, frame_rate=Fraction(10), times=times, audio=None)
    media = facts(path)
    assert media.duration == pytest.approx(2)
    assert media.frame_rate == pytest.approx(3)


def test_the_seconds_of_a_clip_are_those_of_its_longer_stream(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", size=SIZE, duration=2, frame_rate=RATE)
    told = seeing.durations(path)
    assert facts(path).duration == pytest.approx(max(told["packets of 0"], told["packets of 1"]))


def test_what_decodes_of_half_a_clip_is_told_whatever_its_header_says(
    dance: Path, tmp_path: Path
) -> None:
    (turned,) = refprep.fix(
        [_turned(tmp_path)], tmp_path / "out"
    ).prepared  # its header is in front
    data = turned.path.read_bytes()
    (tmp_path / "half.mp4").write_bytes(data[: len(data) // 2])
    media = facts(tmp_path / "half.mp4")
    assert media.declared_duration == pytest.approx(3, abs=0.05)
    assert media.decoded_duration is not None
    assert media.decoded_duration < 2.5


def _turned(folder: Path) -> Path:
    return clip(folder / "a.mov", size=(640, 642), frame_rate=RATE, rotation=180)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.avi", "a.ts"])
def test_ffprobe_agrees(tmp_path: Path, name: str) -> None:
    how: dict[str, Any] = {}
    if name == "a.webm":
        how = {"codec": "libvpx-vp9", "audio": "libopus"}
    path = clip(tmp_path / name, size=SIZE, duration=2, frame_rate=RATE, **how)
    told, media = seeing.ffprobe(path), facts(path)
    picture, sound = told["streams"]
    assert (picture["codec_name"], sound["codec_name"]) == (media.video_codec, media.audio_codec)
    assert (picture["width"], picture["height"]) == media.dimensions
    assert (int(sound["sample_rate"]), sound["channels"]) == (media.sample_rate, media.channels)
    assert float(told["format"]["duration"]) == pytest.approx(media.duration, abs=0.06)
    assert Fraction(picture["avg_frame_rate"]) == pytest.approx(media.frame_rate, rel=0.001)
