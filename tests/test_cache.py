"""The cache: earlier results are found by their content, and nothing else depends on it."""

import os
from pathlib import Path

import pytest

import refprep
from fixtures.pictures import picture
from refprep.cache import FOLDER, Cache, key_of
from tests import measure


def file(path: Path, size: int = 100) -> Path:
    path.write_bytes(b"x" * size)
    return path


def test_a_kept_result_is_found_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    cache.keep(key_of("one"), file(tmp_path / "a"))
    cache.keep(key_of("two"), b"two")
    first, second = cache.find(key_of("one")), cache.find(key_of("two"))
    assert first is not None
    assert second is not None
    assert (first.read_bytes(), second.read_bytes()) == (b"x" * 100, b"two")
    assert cache.find(key_of("three")) is None


def test_the_parts_of_a_key_are_separate() -> None:
    assert len({key_of("a", "b"), key_of("ab"), key_of("b", "a"), key_of("a", "b", "")}) == 4


def test_the_least_recently_used_file_is_removed_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, max_size=250)
    keys = [key_of(name) for name in "abc"]
    for age, key in enumerate(keys[:2]):
        cache.keep(key, b"x" * 100)
        place = cache.find(key)
        assert place is not None
        os.utime(place, (age, age))
    assert cache.find(keys[0])  # used just now
    cache.keep(keys[2], b"x" * 100)
    assert [cache.find(key) is not None for key in keys] == [True, False, True]


def test_a_cache_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    cache = Cache(file(tmp_path / "no folder"))
    cache.keep(key_of("one"), b"one")
    assert cache.find(key_of("one")) is None


def test_a_second_run_transcodes_nothing_and_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = picture(tmp_path / "large.png", size=(700, 7000))
    once = refprep.fix([large], tmp_path / "one", allow=["crop"], cache=tmp_path / "cache")

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("transcoded again")

    monkeypatch.setattr("refprep.transforms.image.transcode", forbidden)
    monkeypatch.setattr("refprep.decoders.image.load", forbidden)
    again = refprep.fix([large], tmp_path / "two", allow=["crop"], cache=tmp_path / "cache")
    assert again.prepared[0].sha256 == once.prepared[0].sha256
    assert again.prepared[0].after == once.prepared[0].after
    assert again.findings == once.findings


def test_other_options_are_other_results(tmp_path: Path) -> None:
    wide = picture(tmp_path / "wide.png", size=(3000, 600))
    results = [
        refprep.fix([wide], tmp_path / loss, allow=[loss], cache=tmp_path / "cache").prepared[0]
        for loss in ("crop", "pad")
    ]
    assert results[0].sha256 != results[1].sha256


def test_a_damaged_file_in_the_cache_is_found(tmp_path: Path) -> None:
    large = picture(tmp_path / "large.jpg", size=(6400, 640))
    refprep.fix([large], tmp_path / "one", allow=["crop"], cache=tmp_path / "cache")
    for kept in (tmp_path / "cache").glob("??/*"):
        if kept.read_bytes().startswith(b"\xff\xd8"):
            kept.write_bytes(b"\xff\xd8\xff damaged")
    again = refprep.fix([large], tmp_path / "two", allow=["crop"], cache=tmp_path / "cache")
    assert "file-unreadable" in {finding.rule for finding in again.findings}


def test_a_check_decodes_once(tmp_path: Path, dance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = refprep.check([dance], cache=tmp_path)
    monkeypatch.setattr("refprep.decoders.facts", None)
    assert refprep.check([dance], cache=tmp_path).media == once.media


@pytest.mark.parametrize("keywords", ["environment", "option"])
def test_nothing_is_kept_where_the_cache_is_off(
    tmp_path: Path, photo: Path, monkeypatch: pytest.MonkeyPatch, keywords: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(FOLDER, "" if keywords == "environment" else str(tmp_path / "home"))
    refprep.fix([photo], tmp_path / "out", cache=keywords == "environment")
    assert measure.names(tmp_path) == ["out"]
