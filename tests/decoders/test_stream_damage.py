"""Damage of audio and video that FFmpeg conceals or skips is found all the same."""

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
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


def changed(path: Path, place: int, value: bytes) -> object:
    """What is found after some bytes are other ones."""
    data = bytearray(path.read_bytes())
    data[place : place + len(value)] = value
    path.write_bytes(data)
    return found(path)


@pytest.mark.codec
@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("mp4", {}),
        ("mov", {"audio": "pcm_s16le"}),
        ("3gp", {"codec": "mpeg4"}),
        ("mkv", {}),
        ("webm", {"codec": "libvpx", "audio": "libopus", "sample_rate": 48_000}),
        ("webm", {"codec": "libvpx-vp9", "audio": None}),
        ("avi", {"codec": "mpeg4", "audio": "mp3"}),
        ("flv", {"audio": "aac"}),
        ("ts", {}),
        (
            "mxf",
            {
                "codec": "mpeg2video",
                "audio": "pcm_s16le",
                "sample_rate": 48_000,
                "frame_rate": Fraction(25),
            },
        ),
        ("wmv", {"codec": "wmv2", "audio": None}),
    ],
)
def test_whole_video_is_whole(tmp_path: Path, suffix: str, options: dict[str, Any]) -> None:
    settings: dict[str, Any] = {
        "frame_rate": Fraction(8),
        "size": (64, 48),
        "duration": 1,
        **options,
    }
    assert found(clip(tmp_path / f"a.{suffix}", **settings)) is None


@pytest.mark.codec
@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_damage_of_the_last_frames_is_found_although_frames_are_decoded_together(
    tmp_path: Path, codec: str
) -> None:
    path = clip(tmp_path / "a.mp4", size=(64, 48), duration=1, codec=codec, audio=None)
    assert found(path) is None
    with av.open(str(path)) as container:
        last = [packet for packet in container.demux(video=0) if packet.size][-1]
    assert last.pos
    head = last.pos + 5  # after the length and the type of a unit, or a start code
    assert changed(path, head, b"\xff" * min(64, last.size - 5))


@pytest.mark.codec
def test_a_flac_that_lacks_a_frame_at_its_end_or_has_one_twice_is_damaged(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.flac", duration=1)
    data = path.read_bytes()
    with av.open(str(path)) as container:
        places = [packet.pos for packet in container.demux() if packet.size]
    path.write_bytes(data[: places[-1]])
    assert "samples" in str(found(path))
    path.write_bytes(data[: places[2]] + data[places[1] :])
    assert found(path)


@pytest.mark.codec
def test_a_file_that_begins_with_a_predicted_frame_is_damaged(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mp4", size=(64, 48), duration=1, codec="mpeg4", audio=None)
    cut = tmp_path / "cut.avi"
    with av.open(str(path)) as source, av.open(str(cut), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in list(source.demux(video=0))[1:-1]:
            packet.stream = stream
            out.mux(packet)
    assert "predicted" in str(found(cut))


@pytest.mark.codec
@pytest.mark.parametrize("box", [b"mdia", b"stbl", b"stco", b"stsz"])
def test_an_mp4_whose_boxes_do_not_fill_each_other_is_damaged(tmp_path: Path, box: bytes) -> None:
    path = clip(tmp_path / "a.mp4", size=(64, 48), duration=1)
    place = path.read_bytes().rindex(box) - 4
    (size,) = struct.unpack_from(">I", path.read_bytes(), place)
    assert changed(path, place, struct.pack(">I", size + 8))


@pytest.mark.codec
@pytest.mark.parametrize("audio", ["aac", None])
def test_an_mp4_that_names_samples_after_its_end_is_damaged(
    tmp_path: Path, audio: str | None
) -> None:
    path = clip(tmp_path / "a.mp4", size=(64, 48), duration=1, audio=audio)
    data = path.read_bytes()
    table = data.rindex(b"stsz")
    (count,) = struct.unpack_from(">I", data, table + 12)
    assert changed(path, table + 16 + 4 * (count - 1), struct.pack(">I", len(data)))


@pytest.mark.codec
@pytest.mark.parametrize("part", [0.5, 0.9, 0.99])
def test_an_flv_that_ends_within_a_tag_is_damaged(tmp_path: Path, part: float) -> None:
    path = clip(tmp_path / "a.flv", size=(64, 48), duration=1, audio="aac", sample_rate=16_000)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    assert found(path)


@pytest.mark.codec
def test_an_flv_whose_tags_do_not_follow_each_other_is_damaged(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.flv", size=(64, 48), duration=1, audio="aac", sample_rate=16_000)
    data = path.read_bytes()
    path.write_bytes(data[:-30] + data[-20:])
    assert found(path)


@pytest.mark.codec
@pytest.mark.parametrize("kept", [0.5, 0.9, 0.999])
def test_an_mxf_without_its_footer_is_damaged(tmp_path: Path, kept: float) -> None:
    options: dict[str, Any] = {"codec": "mpeg2video", "audio": "pcm_s16le", "sample_rate": 48_000}
    path = clip(tmp_path / "a.mxf", size=(64, 48), duration=1, frame_rate=Fraction(25), **options)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    assert found(path)


@pytest.mark.codec
def test_an_mxf_with_a_gap_is_damaged(tmp_path: Path) -> None:
    options: dict[str, Any] = {"codec": "mpeg2video", "audio": "pcm_s16le", "sample_rate": 48_000}
    path = clip(tmp_path / "a.mxf", size=(64, 48), duration=1, frame_rate=Fraction(25), **options)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + data[len(data) // 2 + 16 :])
    assert found(path)


@pytest.mark.codec
def test_an_mp3_that_ends_within_a_frame_is_damaged(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.mp3", duration=1)
    path.write_bytes(path.read_bytes()[:-20])
    assert found(path)


@pytest.mark.codec
def test_a_matroska_track_whose_elements_are_broken_is_damaged(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.mkv", size=(64, 48), duration=1)
    data = path.read_bytes()
    place = data.index(b"\xe0", data.index(b"\x16\x54\xae\x6b")) + 1  # the size of Video
    assert changed(path, place, b"\x00")


def wav(path: Path, *chunks: tuple[bytes, bytes]) -> Path:
    """A WAV of chunks."""
    body = b"".join(name + struct.pack("<I", len(data)) + data for name, data in chunks)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body)
    return path


BLOCK, BLOCKS = 512, 40
IMA = struct.pack("<HHIIHHHH", 0x11, 1, 16_000, 8_055, BLOCK, 4, 2, 2 * (BLOCK - 4) + 1)
MICROSOFT = struct.pack("<HHIIHHHH", 2, 1, 16_000, 8_055, BLOCK, 4, 32, 2 * (BLOCK - 7) + 2)
PREDICTORS = struct.pack(
    "<H14h", 7, *(256, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232)
)
PCM = struct.pack("<HHIIHH", 1, 1, 16_000, 32_000, 2, 16)
SOUND = bytes(range(100)) * 400


@pytest.mark.parametrize(
    "form", [(IMA, 2, b"\x59"), (MICROSOFT + PREDICTORS, 0, b"\x07")], ids=["IMA", "Microsoft"]
)
def test_adpcm_whose_state_does_not_exist_is_damaged(
    tmp_path: Path, form: tuple[bytes, int, bytes]
) -> None:
    header, place, wrong = form
    blocks = bytes(BLOCK) * BLOCKS
    assert found(wav(tmp_path / "a.wav", (b"fmt ", header), (b"data", blocks))) is None
    at = 7 * BLOCK + place
    blocks = blocks[:at] + wrong + blocks[at + 1 :]
    assert found(wav(tmp_path / "a.wav", (b"fmt ", header), (b"data", blocks)))


@pytest.mark.parametrize("samples", [0, 7, 1018])
def test_adpcm_whose_header_counts_other_samples_in_a_block_is_damaged(
    tmp_path: Path, samples: int
) -> None:
    header = IMA[:-2] + struct.pack("<H", samples)
    path = wav(tmp_path / "a.wav", (b"fmt ", header), (b"data", bytes(BLOCK) * BLOCKS))
    assert found(path)


@pytest.mark.parametrize(
    "chunks",
    [
        [(b"fmt ", PCM), (b"fmt ", PCM), (b"data", SOUND)],
        [(b"fmt ", PCM), (b"fact", bytes(4)), (b"fact", bytes(4)), (b"data", SOUND)],
        [(b"fmt ", PCM), (b"data", SOUND), (b"RIFF", b"WAVE")],
    ],
    ids=["two formats", "two counts", "another file"],
)
def test_a_wav_with_a_chunk_twice_is_damaged(
    tmp_path: Path, chunks: list[tuple[bytes, bytes]]
) -> None:
    assert found(wav(tmp_path / "a.wav", *chunks))
    once = list(dict(chunks).items())[: 2 + (chunks[1][0] == b"fact")]
    assert found(wav(tmp_path / "b.wav", *once)) is None


@pytest.mark.codec
def test_an_aac_stream_with_a_gap_or_an_end_within_a_frame_is_damaged(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.aac", duration=1)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + data[len(data) // 2 + 9 :])
    assert found(path)
    path.write_bytes(data[:-9])
    assert found(path)


@pytest.mark.codec
def test_an_flv_whose_codec_changes_is_damaged(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.flv", size=(64, 48), duration=1, audio="aac", sample_rate=16_000)
    data = path.read_bytes()
    tag = data.rindex(b"\x27\x01")  # a frame between key frames, of H.264
    assert changed(path, tag, b"\x26")


@pytest.mark.codec
@pytest.mark.parametrize("box", [b"mdhd", b"mvhd"])
def test_an_mp4_without_a_clock_is_damaged(tmp_path: Path, box: bytes) -> None:
    path = clip(tmp_path / "a.mp4", size=(64, 48), duration=1)
    assert changed(path, path.read_bytes().rindex(box) + 16, bytes(4))


@pytest.mark.codec
def test_a_damaged_jpeg_in_a_mov_is_found(tmp_path: Path) -> None:
    options: dict[str, Any] = {"codec": "mjpeg", "pixel_format": "yuvj420p", "audio": None}
    path = clip(tmp_path / "a.mov", size=(64, 48), duration=1, **options)
    assert found(path) is None
    data = path.read_bytes()
    place = data.index(b"\xff\xda") + 60
    assert changed(path, place, bytes(9))


@pytest.mark.codec
def test_a_matroska_file_whose_head_holds_all_the_rest_is_damaged(tmp_path: Path) -> None:
    path = clip(tmp_path / "a.webm", size=(64, 48), duration=1, codec="libvpx", audio=None)
    size = len(path.read_bytes()) - 12
    assert changed(path, 4, (1 << 56 | size).to_bytes(8, "big"))


@pytest.mark.codec
def test_an_aiff_of_other_samples_than_its_header_says_is_damaged(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.aiff", duration=0.2)
    assert found(path) is None
    bits = path.read_bytes().index(b"COMM") + 14
    assert changed(path, bits, b"\x00\x08")
