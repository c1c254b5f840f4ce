"""Damage of audio and video that FFmpeg conceals or skips is found all the same."""

import struct
from pathlib import Path

import pytest

from fixtures.clips import clip
from fixtures.sounds import tone
from refprep import decoders
from refprep.decoders import ogg
from refprep.errors import UnreadableError

SLACK = 0.05
"Seconds that a last packet may lack."


def found(path: Path) -> object:
    """What is wrong with a file; None where nothing is."""
    try:
        facts = decoders.facts(path)
    except UnreadableError as error:
        return str(error)
    return facts["damage"] or facts["decode_errors"] or facts["missing_duration"] > SLACK or None


@pytest.mark.codec
@pytest.mark.parametrize("suffix", ["wav", "mp3", "flac", "ogg", "m4a", "aac"])
def test_whole_audio_is_whole(tmp_path: Path, suffix: str) -> None:
    assert found(tone(tmp_path / f"a.{suffix}", duration=1)) is None


@pytest.mark.codec
@pytest.mark.parametrize("suffix", ["flac", "ogg"])
def test_a_flipped_bit_in_audio_with_checksums_is_found(tmp_path: Path, suffix: str) -> None:
    path = tone(tmp_path / f"a.{suffix}", duration=1)
    data = bytearray(path.read_bytes())
    data[len(data) * 2 // 3] ^= 4
    path.write_bytes(data)
    assert found(path)


@pytest.mark.codec
@pytest.mark.parametrize("count", [1, 100, 700])
def test_an_mp3_with_a_gap_between_frames_is_damaged(tmp_path: Path, count: int) -> None:
    path = tone(tmp_path / "a.mp3", duration=1)
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] + data[middle + count :])
    assert found(path)


@pytest.mark.codec
def test_a_missing_page_of_ogg_is_found(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.ogg", duration=3)
    data = bytearray(path.read_bytes())
    last = data.rindex(ogg.MAGIC)
    number = struct.unpack("<I", data[last + 18 : last + 22])[0] + 1
    data[last + 18 : last + 26] = struct.pack("<II", number, 0)
    data[last + 22 : last + 26] = struct.pack("<I", ogg.checksum(bytes(data[last:])))
    path.write_bytes(data)
    assert "missing" in str(found(path))


@pytest.mark.codec
def test_a_flipped_bit_in_a_matroska_cluster_is_found(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mkv", size=(64, 48), duration=1)
    assert found(path) is None
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    assert found(path)


@pytest.mark.parametrize(
    ("place", "value"),
    [(28, b"\x01\0\0\0"), (32, b"\x09\0"), (34, b"\x07\0"), (22, b"\x05\0")],
    ids=["byte rate", "block", "bits", "channels"],
)
def test_a_wav_whose_header_contradicts_itself_is_damaged(
    tmp_path: Path, place: int, value: bytes
) -> None:
    path = tone(tmp_path / "a.wav", duration=0.2)
    data = bytearray(path.read_bytes())
    data[place : place + len(value)] = value
    path.write_bytes(data)
    assert found(path)
