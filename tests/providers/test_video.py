"""Whether bytes are a whole video: by the boxes of MP4 and MOV, and the elements of WebM."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.clips import clip
from refprep.providers.video import why_no_video
from tests.examples import many


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("video")
    return clip(folder / "a.mp4", size=(64, 64), duration=1, frame_rate=Fraction(24))


def test_a_whole_video_is_accepted(whole: Path) -> None:
    assert why_no_video(whole) == ""


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html>busy</html>", "it is a text"),
        (b'{"error": "expired"}', "it is a text"),
        (b"\xff\xd8\xff\xe0" + bytes(99), "it is no video"),
        (b"\0\0\0\x18ftypmp42" + bytes(12), "it has no mdat"),
        (b"\0\0\0\x04ftyp" + bytes(90), "smaller than its own head"),
        (b"\x1aE\xdf\xa3\x80" + bytes(99), "it has no segment"),
    ],
)
def test_what_is_no_video_says_why(content: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "video"
    path.write_bytes(content)
    assert why in why_no_video(path)


@many(60)
@given(st.integers(min_value=1))
def test_a_part_of_a_video_is_none(whole: Path, cut: int) -> None:
    content = whole.read_bytes()
    part = whole.with_name("part")
    part.write_bytes(content[: cut % (len(content) - 8)])
    assert why_no_video(part)
