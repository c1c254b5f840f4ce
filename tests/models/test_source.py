"""Sources: a path, or a time window of one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.errors import SourceError
from refprep.models.source import Source, Window
from tests.examples import many

MILLISECONDS = st.integers(0, 7_200_000)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("a.mov#t=3,9", 3, 9),
        ("a.mov#t=,9", 0, 9),
        ("a.mov#t=3", 3, None),
        ("a.mov#t=3.25,9.5", 3.25, 9.5),
        ("a.mov#t=npt:3,9", 3, 9),
        ("a.mov#t=npt:1:30,2:00", 90, 120),
        ("a.mov#t=1:00:00,1:00:12.5", 3600, 3612.5),
    ],
)
def test_a_window_is_read_from_the_end_of_the_path(
    text: str, start: float, end: float | None
) -> None:
    assert Source.parse(text) == Source(path=Path("a.mov"), window=Window(start=start, end=end))


@pytest.mark.parametrize(
    "name", ["take#3.mov", "#1.png", "a#t.mov", "a#t=3.mov", "a#b#t", "C# minor.wav", "plain.mp4"]
)
def test_a_name_may_contain_a_hash_without_a_window(name: str) -> None:
    assert Source.parse(name) == Source(path=Path(name), window=None)


def test_only_the_last_hash_of_a_name_begins_the_window() -> None:
    source = Source.parse("take#3.mov#t=1,2")
    assert source == Source(path=Path("take#3.mov"), window=Window(start=1, end=2))
    assert source.name == "take#3.mov"


@pytest.mark.parametrize("window", ["9,3", "3,3", "0,0", ",0", "1.2.3", "1,2.3.4", ":", "1::2", ""])
def test_a_window_without_a_duration_is_refused_with_its_text(window: str) -> None:
    with pytest.raises(SourceError, match=rf"^a\.mov#t={window}: "):
        Source.parse(f"a.mov#t={window}")


@pytest.mark.parametrize("text", ["data:,a", "s3://b/a", "gs://b/a", "file:///etc/passwd"])
def test_what_is_neither_a_local_file_nor_an_https_url_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="reads local files"):
        Source.parse(text)


@pytest.mark.parametrize(
    ("text", "url", "window"),
    [
        ("https://x.org/a.png", "https://x.org/a.png", None),
        ("HTTPS://x.org/a.png", "https://x.org/a.png", None),
        ("https://x.org/a.mp4?sign=1#t=3,9", "https://x.org/a.mp4?sign=1", Window(start=3, end=9)),
        ("https://x.org/a.mp4#top", "https://x.org/a.mp4#top", None),
        ("http://x.org/a", "http://x.org/a", None),
        ("asset://asset-2026.1", "asset://asset-2026.1", None),
        ("mm_file://7", "mm_file://7", None),
    ],
)
def test_a_url_is_a_source(text: str, url: str, window: Window | None) -> None:
    source = Source.parse(text)
    assert source == Source(url=url, window=window)
    assert (source.is_file, source.scheme) == (False, url.partition(":")[0])
    assert Source.parse(str(source)) == source
    assert source.relative_to(Path("/folder")) == source


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("https:/x.org/a", "a URL begins with https://"),
        (Path("https://x.org/a"), "a URL begins with https://"),
        ("https://", "a URL begins with https://"),
        ("https:///a.png", "names no host"),
        ("https://[::1/a.png", "names no host"),
        ("https://%6cocalhost/a.png", "names no host"),
        ("https://a..b/a.png", "names no host"),
        (f"https://{'a' * 64}.example/a.png", "names no host"),
        ("https://x.org/a b", "holds a space or a control character"),
        ("https://x.org/a\r\nHost: y", "holds a space or a control character"),
        ("https://x.org/\u202egnp.a", "holds a space or a control character"),
        ("https://x.org/\ud800", "holds a space or a control character"),
        ("https://user:secret@x.org/a", "holds a user name or password"),
        ("https://x.org:99999/a", "its port is no number"),
        ("https://x.org:https/a", "its port is no number"),
        ("https://x.org:0/a", "port 0 cannot be reached"),
        ("https://x.org/" + "a" * 300_000, "has 300,014 characters"),
        ("asset://", "a URL begins with asset://"),
    ],
    ids=lambda value: str(value)[:30].encode("ascii", "backslashreplace").decode(),
)
def test_a_url_that_nobody_should_send_is_refused_in_one_short_line(
    text: str | Path, problem: str
) -> None:
    with pytest.raises(SourceError) as raised:
        Source.parse(text)
    message = str(raised.value)
    assert problem in message
    assert len(message) < 200
    assert "secret" not in message


@pytest.mark.parametrize(
    ("text", "name", "stem", "suffix"),
    [
        ("https://x.org/a/dance.mp4?x=/y.png#z.gif", "dance.mp4", "dance", ".mp4"),
        ("https://x.org/a%2F..%2Fb.jpg", "a_2F.._2Fb.jpg", "a_2F.._2Fb", ".jpg"),
        ("https://x.org/..", "..", "..", ""),
        ("https://x.org", "x.org", "x", ""),
        ("https://x.org/b\u00fccher.png", "b_cher.png", "b_cher", ".png"),
        ("asset://asset.7", "asset.7", "asset", ""),
        ("a/take.1.mov", "take.1.mov", "take.1", ".mov"),
    ],
)
def test_the_name_of_a_source_is_safe_for_a_file(
    text: str, name: str, stem: str, suffix: str
) -> None:
    source = Source.parse(text)
    assert (source.name, source.stem, source.suffix) == (name, stem, suffix)


def test_bytes_of_a_request_are_named_by_their_slot_and_shown_nowhere() -> None:
    source = Source(path=Path("b/request.json#image1"), content=b"abc")
    assert (str(source), source.stem, source.suffix) == ("b/request.json#image1", "image1", "")
    assert "abc" not in repr(source)
    assert source.model_dump_json() == '"b/request.json#image1"'


@many(150)
@given(start=MILLISECONDS, length=st.integers(1, 60_000) | st.none())
def test_a_source_is_parsed_from_its_own_text(start: int, length: int | None) -> None:
    end = None if length is None else (start + length) / 1000
    source = Source(path=Path("a/b.mov"), window=Window(start=start / 1000, end=end))
    assert Source.parse(str(source)) == source


@pytest.mark.parametrize("text", ["a/b.mov", "take#3.mov", "a.mov#t=3,9", "a.mov#t=3.5"])
def test_the_text_of_a_source_is_the_text_that_it_was_parsed_from(text: str) -> None:
    assert str(Source.parse(text)) == text
    assert Source.parse(text).model_dump_json() == f'"{text}"'
    assert Source.model_validate(text) == Source.parse(text)


@pytest.mark.parametrize(
    ("window", "duration"),
    [
        (Window(start=3, end=9), 6),
        (Window(start=3), 7),
        (Window(end=4.5), 4.5),
        (Window(start=8, end=30), 2),
        (Window(start=12, end=20), 0),
        (Window(), 10),
    ],
)
def test_a_window_of_a_file_of_ten_seconds_has_the_duration_of_their_overlap(
    window: Window, duration: float
) -> None:
    assert window.of(10.0) == duration
