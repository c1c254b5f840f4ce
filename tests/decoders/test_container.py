"""The facts of video and audio files."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import refprep
from fixtures.clips import clip
from fixtures.sounds import LEVEL, tone
from refprep.models.media import Audio, Video
from tests import measure

SIZE = (64, 48)
RATE = Fraction(24)
VIDEOS: list[tuple[str, dict[str, Any], tuple[str, str, str | None]]] = [
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
AUDIOS: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
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


def facts(path: Path, **options: Any) -> Video:
    media = refprep.probe(path, **options)
    assert isinstance(media, Video)
    return media


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize(("name", "parameters", "expected"), VIDEOS)
def test_every_container_and_codec_is_named(
    tmp_path: Path,
    name: str,
    parameters: dict[str, Any],
    expected: tuple[str, str, str | None],
    quick: bool,
) -> None:
    path = clip(tmp_path / name, size=SIZE, duration=2, frame_rate=RATE, **parameters)
    media = facts(path, quick=quick)
    assert (media.format, media.video_codec, media.audio_codec) == expected
    assert (media.dimensions, media.size) == (SIZE, path.stat().st_size)
    assert media.duration == pytest.approx(2, abs=0.06)
    assert media.frame_rate == pytest.approx(24, rel=0.001)
    assert (media.decode_errors, media.channels) == (
        None if quick else 0,
        2 if media.audio_codec else None,
    )


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize(("name", "parameters", "expected"), AUDIOS)
def test_every_audio_format_is_named(
    tmp_path: Path, name: str, parameters: dict[str, Any], expected: tuple[str, str], quick: bool
) -> None:
    media = refprep.probe(tone(tmp_path / name, duration=2, **parameters), quick=quick)
    assert isinstance(media, Audio)
    assert (media.format, media.audio_codec) == expected
    assert media.sample_rate == parameters.get("sample_rate", 48000)
    assert media.channels == parameters.get("channels", 2)
    assert media.duration == pytest.approx(2, abs=0.06)


def test_the_loudest_sample_of_an_audio_is_measured(tmp_path: Path) -> None:
    loud = refprep.probe(tone(tmp_path / "loud.wav"))
    silent = refprep.probe(tone(tmp_path / "silent.wav", silent=True))
    assert isinstance(loud, Audio)
    assert isinstance(silent, Audio)
    assert loud.loudness_peak == pytest.approx(LEVEL, abs=0.001)
    assert silent.loudness_peak == 0


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_dimensions_are_those_that_a_player_displays(
    tmp_path: Path, suffix: str, rotation: int, mirror: bool
) -> None:
    path = tmp_path / f"a{suffix}"
    clip(path, size=SIZE, duration=1, frame_rate=RATE, rotation=rotation, mirror=mirror)
    media = facts(path, quick=True)
    assert (media.rotation, media.mirrored) == (rotation, mirror)
    assert media.dimensions == (SIZE[::-1] if rotation % 180 else SIZE)
    assert (media.coded_width, media.coded_height) == SIZE


@pytest.mark.parametrize("rotation", [0, 90])
def test_the_sample_aspect_ratio_counts_in_the_displayed_dimensions(
    tmp_path: Path, rotation: int
) -> None:
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


@pytest.mark.parametrize(("transfer", "expected"), [(None, "SDR"), ("pq", "PQ"), ("hlg", "HLG")])
def test_the_transfer_function_is_named(
    tmp_path: Path, transfer: str | None, expected: str
) -> None:
    path = clip(tmp_path / "a.mp4", size=SIZE, duration=1, transfer=transfer)
    assert facts(path, quick=True).transfer == expected


@pytest.mark.parametrize(
    "frame_rate", [Fraction(10), Fraction(30000, 1001), Fraction(60), Fraction(120)]
)
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_the_frame_rate_is_measured(tmp_path: Path, name: str, frame_rate: Fraction) -> None:
    path = clip(tmp_path / name, size=SIZE, duration=2, frame_rate=frame_rate)
    assert facts(path).frame_rate == pytest.approx(float(frame_rate), abs=1e-4)


def test_a_variable_frame_rate_is_measured_as_its_average(tmp_path: Path) -> None:
    times = [0, 0.1, 0.2, 0.3, 1.0, 1.9]
    path = clip(tmp_path / "a.mp4", size=SIZE, frame_rate=Fraction(10), times=times, audio=None)
    media = facts(path)
    assert media.duration == pytest.approx(2)
    assert media.frame_rate == pytest.approx(3)


def test_the_duration_of_a_video_is_that_of_its_longer_stream(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", size=SIZE, duration=2, frame_rate=RATE)
    lengths = measure.durations(path)
    longer = max(lengths["packets of 0"], lengths["packets of 1"])
    assert facts(path).duration == pytest.approx(longer)


def test_the_decoded_duration_of_half_a_video_is_shorter_than_its_header_declares(
    tmp_path: Path,
) -> None:
    source = clip(tmp_path / "a.mov", size=(640, 642), frame_rate=RATE, rotation=180)
    (prepared,) = refprep.fix([source], tmp_path / "out").prepared  # its header is in front
    data = prepared.path.read_bytes()
    (tmp_path / "half.mp4").write_bytes(data[: len(data) // 2])
    media = facts(tmp_path / "half.mp4")
    assert media.declared_duration == pytest.approx(3, abs=0.05)
    assert media.decoded_duration is not None
    assert media.decoded_duration < 2.5


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.avi", "a.ts"])
def test_ffprobe_agrees(tmp_path: Path, name: str) -> None:
    parameters: dict[str, Any] = {}
    if name == "a.webm":
        parameters = {"codec": "libvpx-vp9", "audio": "libopus"}
    path = clip(tmp_path / name, size=SIZE, duration=2, frame_rate=RATE, **parameters)
    probed, media = measure.ffprobe(path), facts(path)
    video, audio = probed["streams"]
    assert (video["codec_name"], audio["codec_name"]) == (media.video_codec, media.audio_codec)
    assert (video["width"], video["height"]) == media.dimensions
    assert (int(audio["sample_rate"]), audio["channels"]) == (media.sample_rate, media.channels)
    assert float(probed["format"]["duration"]) == pytest.approx(media.duration, abs=0.06)
    assert Fraction(video["avg_frame_rate"]) == pytest.approx(media.frame_rate, rel=0.001)


@pytest.mark.codec
@pytest.mark.parametrize(
    ("codec", "kind"), [(b"avc1", "video"), (b"mp4a", "audio")], ids=["video", "audio"]
)
def test_a_stream_of_an_unknown_codec_is_told(tmp_path: Path, codec: bytes, kind: str) -> None:
    path = clip(tmp_path / "a.mp4", size=(64, 64), duration=1)
    path.write_bytes(path.read_bytes().replace(codec, b"zzzz").replace(b"esds", b"free"))
    media = refprep.probe(path)
    assert getattr(media, "damage", None) == f"its {kind} is of a codec that no decoder here knows"
    report = refprep.check([path])
    assert "file-corrupt" in {finding.rule for finding in report.findings}
