"""Audio as it is written: its content, its duration to the sample, its format."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import refprep
from fixtures.clips import clip
from fixtures.sounds import tone, wave
from refprep import envelopes
from refprep.models.bundle import Prepared
from refprep.models.limits import Range
from refprep.models.media import Audio
from refprep.options import DEFAULT_ENVELOPE
from tests import measure

EXPECTED = {"audio-only", "prompt-missing", "audio-silent"}
"""Findings about the bare request, and about silence where a test is about it."""


def fixed(source: Path | str, folder: Path, **options: Any) -> Prepared:
    """The one audio file that `fix` writes; no findings but the expected ones may be left."""
    request = refprep.Request(audios=[str(source)])
    result = refprep.fix(request, folder, **options)
    left = {finding.rule for finding in result.findings if finding.level != "info"}
    assert left <= EXPECTED
    (prepared,) = result.prepared
    return prepared


def wav_samples(prepared: Prepared) -> tuple[NDArray[Any], int]:
    """Samples and sample rate of a WAV of 16-bit PCM, read by another library than wrote it."""
    after = prepared.after
    assert isinstance(after, Audio)
    assert (after.format, after.audio_codec) == ("WAV", "pcm_s16le")
    assert soundfile.info(prepared.path).subtype == "PCM_16"
    samples, rate, _ = measure.audio(prepared.path)
    return samples, rate


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("float.wav", {"subtype": "FLOAT"}),
        ("double.wav", {"subtype": "DOUBLE"}),
        ("deep.wav", {"subtype": "PCM_24"}),
        ("deeper.wav", {"subtype": "PCM_32"}),
        ("shallow.wav", {"subtype": "PCM_U8"}),
        ("adpcm.wav", {"subtype": "IMA_ADPCM"}),
        ("ms-adpcm.wav", {"subtype": "MS_ADPCM"}),
        ("mu.wav", {"subtype": "ULAW"}),
        ("a.wav", {"subtype": "ALAW"}),
        ("a.flac", {}),
        ("a.ogg", {}),
        ("a.aiff", {}),
        ("a.caf", {}),
        ("a.m4a", {}),
        ("a.aac", {}),
        ("a.opus", {}),
        ("mono.opus", {"channels": 1}),
        ("phone.aiff", {"sample_rate": 8000, "channels": 1}),
    ],
)
def test_any_audio_becomes_16_bit_pcm_of_the_same_content(
    tmp_path: Path, name: str, parameters: dict[str, Any]
) -> None:
    source = tone(tmp_path / name, **parameters)
    samples, rate = wav_samples(fixed(source, tmp_path / "out"))
    channels = parameters.get("channels", 2)
    assert (rate, samples.shape[1]) == (parameters.get("sample_rate", 48000), channels)
    assert len(samples) / rate == pytest.approx(3, abs=_slack(name))
    assert measure.likeness(samples[_priming(name) :], wave(3, rate, channels)) > 0.99


def _slack(name: str) -> float:
    """Seconds by which formats of whole blocks may overhang."""
    return 0.06 if name.endswith((".aac", ".m4a")) else 0.02 if "adpcm" in name else 0.001


def _priming(name: str) -> int:
    """Samples of priming, which ADTS has no field for."""
    return 1024 if name.endswith(".aac") else 0


def test_an_mp3_that_meets_the_limits_is_copied_byte_for_byte(tmp_path: Path) -> None:
    source = tone(tmp_path / "a.mp3")
    result = fixed(source, tmp_path / "out")
    assert result.steps == ()
    assert measure.sha256(result.path) == measure.sha256(source)


def test_a_wav_that_meets_the_limits_is_copied_byte_for_byte(voice: Path, tmp_path: Path) -> None:
    result = fixed(voice, tmp_path)
    assert result.steps == ()
    assert measure.sha256(result.path) == measure.sha256(voice)


@pytest.mark.parametrize("samples", [16002, 16016, 20000, 119_999, 120_000])
def test_audio_of_any_duration_within_the_limits_is_not_trimmed(
    tmp_path: Path, samples: int
) -> None:
    source = tone(tmp_path / "a.wav", duration=samples / 8000, sample_rate=8000, channels=1)
    assert fixed(source, tmp_path / "out").steps == ()


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.m4a", "a.opus", "a.ogg"])
def test_a_window_is_trimmed_to_the_sample_at_its_place(tmp_path: Path, name: str) -> None:
    source = tone(tmp_path / name, duration=5)
    samples, rate = wav_samples(fixed(f"{source}#t=1.25,3.5", tmp_path / "out"))
    assert len(samples) == round(2.25 * rate)
    truth = wave(5, rate, 2)[round(1.25 * rate) :]
    assert measure.likeness(samples, truth) > 0.99


def test_trimmed_ends_fade_so_that_they_do_not_click(tmp_path: Path) -> None:
    source = tone(tmp_path / "a.wav", duration=5)
    samples, _ = wav_samples(fixed(f"{source}#t=1.2503,3.5008", tmp_path / "out"))
    assert np.abs(samples[[0, -1]]).max() < 0.01
    assert np.abs(samples).max() > 0.2


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.m4a", "a.opus", "a.flac"])
@pytest.mark.parametrize("duration", [2.0, 2.02, 5.0])
def test_no_reader_reports_more_than_the_maximum_duration(
    tmp_path: Path, name: str, duration: float
) -> None:
    tight = envelopes.load(DEFAULT_ENVELOPE).tighten("audio-total-duration", Range(max=2))
    result = fixed(tone(tmp_path / name, duration=duration), tmp_path / "out", envelope=tight)
    after = result.after
    assert isinstance(after, Audio)
    assert max(measure.durations(result.path).values()) <= 2
    assert max(after.duration or 9, after.declared_duration or 9, after.decoded_duration or 9) <= 2


def test_ffprobe_too_reports_no_more_than_the_maximum_duration(tmp_path: Path) -> None:
    result = fixed(tone(tmp_path / "a.m4a", duration=16, channels=1), tmp_path / "out")
    probed = measure.ffprobe(result.path)
    assert float(probed["format"]["duration"]) == 15
    assert probed["streams"][0]["codec_name"] == "pcm_s16le"


def test_audios_share_the_total_duration(tmp_path: Path) -> None:
    tight = envelopes.load(DEFAULT_ENVELOPE).tighten("audio-total-duration", Range(max=9))
    sources = [str(tone(tmp_path / f"{n}.flac", duration=n)) for n in (2, 5, 6)]
    result = refprep.fix(refprep.Request(audios=sources), tmp_path / "out", envelope=tight)
    lengths = [len(wav_samples(prepared)[0]) / 48000 for prepared in result.prepared]
    assert lengths == [2, 3.5, 3.5]


def test_a_sample_rate_of_96_khz_becomes_48_khz(tmp_path: Path) -> None:
    source = tone(tmp_path / "a.flac", sample_rate=96000, subtype="PCM_24")
    samples, rate = wav_samples(fixed(source, tmp_path / "out"))
    assert rate == 48000
    assert len(samples) == 3 * rate
    assert measure.likeness(samples, wave(3, rate, 2)) > 0.999


def test_surround_audio_is_mixed_down_to_stereo(tmp_path: Path) -> None:
    samples, _ = wav_samples(fixed(tone(tmp_path / "a.flac", channels=6), tmp_path / "out"))
    assert samples.shape[1] == 2
    assert np.abs(samples).max() > 0.1


@pytest.mark.parametrize("subtype", ["FLOAT", "PCM_16"])
def test_loud_channels_that_are_mixed_down_are_not_clipped(tmp_path: Path, subtype: str) -> None:
    loud = wave(2.0, 48000, 1).repeat(6, axis=1) * np.float32(3.6)
    soundfile.write(tmp_path / "a.wav", loud, 48000, subtype=subtype)
    samples, _ = wav_samples(fixed(tmp_path / "a.wav", tmp_path / "out"))
    assert np.abs(samples).max() < 1
    assert measure.likeness(samples[:, :1], loud[:, :1]) > 0.9999


@pytest.mark.parametrize("window", ["", "#t=1,3"])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_the_audio_of_a_video_is_extracted(tmp_path: Path, window: str, name: str) -> None:
    source = clip(tmp_path / name, size=(320, 240), frame_rate=Fraction(24))
    result = fixed(f"{source}{window}", tmp_path / "out")
    samples, rate = wav_samples(result)
    assert result.steps[0].step == "extract-audio"
    assert len(samples) / rate == pytest.approx(2 if window else 3, abs=0.03)
    assert measure.click_times(result.path) == pytest.approx(
        [0, 1, 2][: 2 if window else 3], abs=0.03
    )


def test_a_video_without_audio_in_an_audio_slot_is_a_finding(tmp_path: Path) -> None:
    mute = clip(tmp_path / "a.mp4", size=(320, 240), audio=None)
    result = refprep.fix(refprep.Request(prompt="@Audio1", audios=[str(mute)]), tmp_path / "out")
    assert "file-kind" in {finding.rule for finding in result.findings}
    assert result.prepared == ()


def test_audio_that_would_be_too_large_as_wav_becomes_mp3(tmp_path: Path) -> None:
    tight = envelopes.load(DEFAULT_ENVELOPE).tighten("audio-file-size", Range(max=120_000))
    result = fixed(tone(tmp_path / "a.flac", duration=4), tmp_path / "out", envelope=tight)
    assert isinstance(result.after, Audio)
    assert (result.after.format, result.path.suffix) == ("MP3", ".mp3")
    assert result.path.stat().st_size <= 120_000
    samples, rate, start = measure.audio(result.path)
    assert measure.likeness(samples, wave(4, rate, 2)) > 0.98, start


def test_silence_stays_silent(tmp_path: Path) -> None:
    samples, _ = wav_samples(fixed(tone(tmp_path / "a.m4a", silent=True), tmp_path / "out"))
    assert np.abs(samples).max() < 1e-4


def test_the_same_audio_gives_the_same_bytes_and_the_source_is_not_altered(tmp_path: Path) -> None:
    source = tone(tmp_path / "a.m4a")
    before = measure.sha256(source)
    results = [fixed(source, tmp_path / name).sha256 for name in ("one", "two")]
    assert results[0] == results[1]
    assert measure.sha256(source) == before
