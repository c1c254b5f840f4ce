"""The cache: earlier results are found by their content, and nothing else depends on it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import binary, integers

import refprep
from fixtures.pictures import picture
from refprep import decoders
from refprep.cache import FOLDER, Cache, key_of
from refprep.transforms import image
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


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def become_a_folder(path: Path) -> None:
    path.unlink()
    (path / "in it").mkdir(parents=True)


def become_a_link(path: Path) -> None:
    path.symlink_to(path.rename(path.parents[1] / "elsewhere"))


def become_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGE = [
    truncate,
    flip,
    lambda path: path.write_bytes(b""),
    become_a_folder,
    pytest.param(become_a_link, marks=pytest.mark.posix),
    pytest.param(become_a_pipe, marks=pytest.mark.posix),
]


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("??/*"))


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("way", ["find", "read", "copy"])
def test_a_damaged_entry_is_removed_and_counts_as_not_cached(
    tmp_path: Path, damage: Callable[[Path], object], way: str
) -> None:
    cache, key = Cache(tmp_path / "cache"), key_of("one")
    cache.keep(key, b"content")
    damage(entries(tmp_path / "cache")[0])
    found: dict[str, Callable[[], object]] = {
        "find": lambda: cache.find(key),
        "read": lambda: cache.read(key),
        "copy": lambda: cache.copy(key, tmp_path / "target"),
    }
    assert not found[way]()
    assert entries(tmp_path / "cache") == []
    cache.keep(key, b"content")
    assert cache.read(key) == b"content"


def test_the_entry_of_another_key_is_none(tmp_path: Path) -> None:
    cache, (own, other) = Cache(tmp_path), map(key_of, ("own", "other"))
    cache.keep(own, b"content")
    (entry,) = entries(tmp_path)
    foreign = tmp_path / other[:2] / entry.name.replace(own, other)
    foreign.parent.mkdir(exist_ok=True)
    entry.rename(foreign)
    assert (cache.read(other), cache.read(own)) == (None, None)
    assert entries(tmp_path) == []


@pytest.mark.posix
def test_a_link_in_the_cache_folder_leads_nowhere(tmp_path: Path) -> None:
    cache, key = Cache(tmp_path / "cache", max_size=0), key_of("one")
    (tmp_path / "cache").mkdir()
    (tmp_path / "dear").mkdir()
    file(tmp_path / "dear" / "file")
    (tmp_path / "cache" / key[:2]).symlink_to(tmp_path / "dear")
    cache.keep(key, b"content")
    cache.keep(key_of("two"), b"content")
    assert cache.read(key) is None
    assert measure.names(tmp_path / "dear") == ["file"]


@given(content=binary(max_size=200), place=integers(0, 199), bit=integers(0, 7))
def test_no_flipped_bit_is_read(content: bytes, place: int, bit: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache, key = Cache(Path(folder)), key_of("one")
        cache.keep(key, content)
        assert cache.read(key) == content
        (entry,) = entries(Path(folder))
        damaged = bytearray(content or b"x")
        damaged[place % len(damaged)] ^= 1 << bit
        entry.write_bytes(damaged)
        assert cache.read(key) is None


def test_an_entry_that_is_gone_when_it_is_copied_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = picture(tmp_path / "large.png", size=(700, 7000))
    once = refprep.fix([large], tmp_path / "one", allow=["crop"], cache=tmp_path / "cache")

    def evicted(cache: Cache, key: str, target: Path) -> bool:
        for entry in entries(tmp_path / "cache"):
            entry.unlink()
        return copy(cache, key, target)

    copy = Cache.copy
    monkeypatch.setattr(Cache, "copy", evicted)
    again = refprep.fix([large], tmp_path / "two", allow=["crop"], cache=tmp_path / "cache")
    assert again.prepared[0].sha256 == once.prepared[0].sha256


def test_a_damaged_cache_heals(tmp_path: Path) -> None:
    large = picture(tmp_path / "large.jpg", size=(6400, 640))
    once = refprep.fix([large], tmp_path / "one", allow=["crop"], cache=tmp_path / "cache")
    before = measure.snapshot(tmp_path / "cache")
    for kept in entries(tmp_path / "cache"):
        kept.write_bytes(b"\xff\xd8\xff damaged")
    again = refprep.fix([large], tmp_path / "two", allow=["crop"], cache=tmp_path / "cache")
    assert again.findings == once.findings
    assert again.prepared[0].sha256 == once.prepared[0].sha256
    assert measure.snapshot(tmp_path / "cache") == before


WRITER = """
import sys
from pathlib import Path
from refprep.cache import Cache
cache, wrong = Cache(Path(sys.argv[1]), max_size=20_000), 0
for turn in range(150):
    key = f"{turn % 13:02d}" + "0" * 62
    content = (key * 40).encode()
    cache.keep(key, content)
    wrong += cache.read(key) not in (content, None)
print(wrong)
"""


def test_four_processes_share_one_cache(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [run.communicate(timeout=60)[0] for run in runs] == ["0\n"] * 4
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_source_that_changes_while_it_is_transformed_is_a_finding_and_not_cached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = picture(tmp_path / "a.gif", size=(400, 400))
    other = picture(tmp_path / "b.gif", size=(400, 402)).read_bytes()

    def changing(path: Path, *arguments: object, **limits: object) -> None:
        path.write_bytes(other)
        transcode(path, *arguments, **limits)

    transcode: Any = image.transcode
    monkeypatch.setattr(image, "transcode", changing)
    photo = picture(tmp_path / "c.jpg", size=(400, 400))
    fixed = refprep.fix([source, photo], tmp_path / "out", cache=tmp_path / "cache")
    (finding,) = [found for found in fixed.findings if found.rule == "file-read-error"]
    assert "changed while it was read; run again" in finding.message
    assert measure.names(tmp_path / "out") == ["c.jpg"]
    monkeypatch.undo()
    again = refprep.fix([source], tmp_path / "out", cache=tmp_path / "cache").prepared[0]
    assert getattr(again.after, "height", None) == 402


@pytest.mark.parametrize("cached", [True, False])
def test_a_source_that_changes_while_it_is_decoded_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cached: bool
) -> None:
    source = picture(tmp_path / "a.jpg", size=(400, 400))

    def changing(path: str, **keywords: Any) -> Any:
        media = facts(path, **keywords)
        source.write_bytes(source.read_bytes() + b"more")
        return media

    facts = decoders.facts
    monkeypatch.setattr(decoders, "facts", changing)
    report = refprep.check([source], cache=tmp_path / "cache" if cached else False)
    found = [finding.message for finding in report.findings if finding.rule == "file-read-error"]
    assert ["changed while it was read; run again" in message for message in found] == [True]
    assert not entries(tmp_path / "cache")


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
