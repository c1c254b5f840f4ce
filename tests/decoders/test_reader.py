"""The bytes of a file are the same, whatever block of them is in memory."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from refprep.decoders import reader
from refprep.decoders.reader import INVALID, Contents, Reader, reading
from refprep.errors import ReadError

PLACE = st.none() | st.integers(-80, 80)
SAME = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200
)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "BLOCK", 7)


@SAME
@given(
    data=st.binary(max_size=64),
    ranges=st.lists(st.slices(70) | st.builds(slice, PLACE, PLACE), max_size=8),
    wanted=st.binary(min_size=1, max_size=3),
    start=st.integers(0, 70),
    end=st.none() | st.integers(0, 70),
)
def test_contents_answer_as_bytes_do(
    tmp_path: Path,
    data: bytes,
    ranges: list[slice],
    wanted: bytes,
    start: int,
    end: int | None,
) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    with Contents(path) as contents:
        assert len(contents) == len(data)
        assert [contents[part] for part in ranges] == [data[part] for part in ranges]
        assert [contents[place] for place in range(len(data))] == list(data)
        assert contents.find(wanted, start, end) == data.find(wanted, start, end)
        pattern = re.compile(rb"\0[\0\1]")
        found = [match.start() for match in re.finditer(rb"(?=\0[\0\1])", data[start:])]
        assert {*contents.search(pattern, start, 2)} <= {start + place for place in found}
        first = next(iter(contents.search(pattern, start, 2)), None)
        assert first == (start + found[0] if found else None)
        assert b"".join(contents.pieces(0, len(data))) == data
        with pytest.raises(IndexError):
            contents[len(data)]


@SAME
@given(
    data=st.binary(max_size=64), moves=st.lists(st.tuples(st.integers(-9, 70), st.integers(-1, 70)))
)
def test_a_reader_gives_what_the_file_holds(
    tmp_path: Path, data: bytes, moves: list[tuple[int, int]]
) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    with reading(path) as file:
        for place, size in moves:
            if place < 0:
                assert file.seek(place) == INVALID
                continue
            assert file.seek(place) == place
            assert file.read(size) == (data[place:] if size < 0 else data[place : place + size])
        with pytest.raises(OSError, match="fileno"):
            file.fileno()


def test_a_file_that_shrinks_is_a_read_error(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(100_000))
    with Contents(path) as contents, Reader(path) as file:
        path.write_bytes(b"")
        with pytest.raises(ReadError, match="changed while it was read"):
            contents[90_000]
        assert file.read() == b""
        assert isinstance(file.failure, ReadError)


def test_whatever_a_library_makes_of_a_failure_it_is_a_read_error(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(100_000))
    with pytest.raises(ReadError):
        fail(path)


def fail(path: Path) -> None:
    with reading(path) as file:
        path.write_bytes(b"")
        file.seek(90_000)
        file.read(10)
        raise ValueError("the image is truncated")
