"""Content tells what a file is, not its name; a file that is no media opens nothing else."""

import os
import socket
import struct
from fractions import Fraction
from pathlib import Path

import pytest

import refprep
from fixtures.clips import clip
from fixtures.pictures import picture
from fixtures.sounds import tone
from refprep.errors import ReadError

PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:3,\n{target}\n#EXT-X-ENDLIST\n",
    "ffconcat": "ffconcat version 1.0\nfile '{target}'\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "svg": "<svg xmlns='http://www.w3.org/2000/svg'><image href='{target}'/></svg>",
    "text": "I am a text, and my name claims that I am a video.\n",
}
NAMES = [
    "with space.mp4",
    pytest.param("two\nlines.mp4", marks=pytest.mark.posix),
    "-i.mp4",
    "\N{DANCER}.mp4",
    "number#1.mp4",
    pytest.param("concat:x.mp4", marks=pytest.mark.posix),
    "%03d.mp4",
    "שלום.mp4",
]


@pytest.mark.parametrize("text", PLAYLISTS.values(), ids=PLAYLISTS)
@pytest.mark.parametrize("name", ["a.mp4", "a.jpg"])
def test_a_text_named_as_media_is_unreadable(
    dance: Path, tmp_path: Path, text: str, name: str
) -> None:
    path = tmp_path / name
    path.write_text(text.format(target=dance))
    for quick in (True, False):
        with pytest.raises(refprep.UnreadableError):
            refprep.probe(path, quick=quick)


@pytest.mark.parametrize("kind", ["hls", "ffconcat"])
def test_a_playlist_reaches_no_network(tmp_path: Path, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        target = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        path = tmp_path / "a.mp4"
        path.write_text(PLAYLISTS[kind].format(target=target))
        with pytest.raises(refprep.UnreadableError):
            refprep.probe(path)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("name", ["a.jpg", "a.mp4", "a.wav"])
def test_an_empty_file_is_unreadable(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(refprep.UnreadableError, match="empty"):
        refprep.probe(tmp_path / name)


def test_a_directory_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(refprep.UnreadableError, match="directory"):
        refprep.probe(tmp_path)


@pytest.mark.posix
def test_a_pipe_is_unreadable_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp4")
    with pytest.raises(refprep.UnreadableError, match="pipe"):
        refprep.probe(tmp_path / "a.mp4")


@pytest.mark.posix
def test_a_device_is_unreadable() -> None:
    with pytest.raises(refprep.UnreadableError, match="device"):
        refprep.probe("/dev/zero")


def test_a_missing_file_is_a_source_error(tmp_path: Path) -> None:
    with pytest.raises(refprep.SourceError, match="no such file"):
        refprep.probe(tmp_path / "none.mp4")


@pytest.mark.parametrize("name", ["a\0.jpg", "a.jpg/b.jpg"])
def test_an_impossible_path_is_a_source_error(photo: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "a.jpg").write_bytes(photo.read_bytes())
    with pytest.raises(refprep.SourceError):
        refprep.check([tmp_path / name])


def test_a_name_that_is_too_long_costs_its_file_only(photo: Path, tmp_path: Path) -> None:
    report = refprep.check([photo, tmp_path / ("n" * 300)], ignore=["audio-only"])
    assert [finding.rule for finding in report.findings if finding.level == "error"] == [
        "file-read-error"
    ]
    assert report.media[0].media.kind == "image"


@pytest.mark.posix
def test_a_dangling_link_is_a_source_error(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").symlink_to(tmp_path / "none.mp4")
    for verb in (refprep.probe, refprep.check):
        with pytest.raises(refprep.SourceError, match="no such file"):
            verb(tmp_path / "a.mp4")


@pytest.mark.posix
def test_links_in_a_circle_are_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").symlink_to(tmp_path / "b.mp4")
    (tmp_path / "b.mp4").symlink_to(tmp_path / "a.mp4")
    with pytest.raises(refprep.RefprepError):
        refprep.probe(tmp_path / "a.mp4")


@pytest.mark.posix
@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() == 0, reason="root may read anything")
def test_a_file_that_must_not_be_read_is_unreadable(tmp_path: Path) -> None:
    picture(tmp_path / "a.jpg").chmod(0)
    with pytest.raises(ReadError, match="Permission denied"):
        refprep.probe(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    ("real", "name", "kind", "expected"),
    [
        ("a.jpg", "a.png", "image", "JPEG"),
        ("a.png", "a.mp4", "image", "PNG"),
        ("a.heic", "a.jpg", "image", "HEIF"),
        ("a.webp", "a.wav", "image", "WebP"),
        ("a.mp4", "a.jpg", "video", "MP4"),
        ("a.mkv", "a.mp4", "video", "Matroska"),
        ("a.wav", "a.mp3", "audio", "WAV"),
        ("a.m4a", "a.jpg", "audio", "M4A"),
        ("a.mp3", "noending", "audio", "MP3"),
    ],
)
def test_a_wrong_suffix_does_not_matter(
    tmp_path: Path, real: str, name: str, kind: str, expected: str
) -> None:
    path = tmp_path / real
    match path.suffix:
        case ".mp4" | ".mkv":
            clip(path, size=(64, 64), duration=1)
        case ".wav" | ".m4a" | ".mp3":
            tone(path)
        case _:
            picture(path, size=(64, 64))
    media = refprep.probe(path.rename(tmp_path / name))
    assert (media.kind, media.format) == (kind, expected)


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_are_read_as_names(tmp_path: Path, name: str) -> None:
    path = clip(tmp_path / "a.mp4", size=(64, 64), duration=1, frame_rate=Fraction(10))
    assert refprep.probe(path.rename(tmp_path / name)).kind == "video"


@pytest.mark.posix
def test_a_relative_odd_name_is_read_as_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("-i.mp4", "concat:x.mp4", "pipe:0"):
        clip("a.mp4", size=(64, 64), duration=1).rename(name)
        assert refprep.probe(name).kind == "video"


def boxes(data: bytes) -> dict[bytes, bytes]:
    """The top boxes of an MP4 file."""
    found, at = {}, 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        found[kind] = data[at : at + size]
        at += size
    return found


def test_a_header_without_media_is_unreadable(dance: Path, tmp_path: Path) -> None:
    parts = boxes(dance.read_bytes())
    (tmp_path / "a.mp4").write_bytes(parts[b"ftyp"] + parts[b"moov"])
    with pytest.raises(refprep.UnreadableError):
        refprep.probe(tmp_path / "a.mp4")


def test_media_without_a_header_are_unreadable(dance: Path, tmp_path: Path) -> None:
    data = dance.read_bytes()
    (tmp_path / "a.mp4").write_bytes(data[: len(data) // 2])
    with pytest.raises(refprep.UnreadableError):
        refprep.probe(tmp_path / "a.mp4")
