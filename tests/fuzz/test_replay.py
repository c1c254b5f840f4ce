"""Some thousand mutated files of every format go through the library within a minute."""

import struct
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

import refprep
from tests.fuzz import cases, structure
from tests.fuzz.mutate import LONGEST, mutated
from tests.fuzz.seeds import MAKERS, seed

SEED = 11
FILES_PER_SEED = 40
FIXED_PER_SEED = 2
REGRESSIONS = (
    ("ogv", 1, 10),  # demuxing raised in `fix`: a page with a wrong checksum
    ("ogv", 2, 49),
    ("ogv", 2, 59),
    ("flv", 1, 334),  # a stream that begins late: an IndexError of av
    ("mov-jpeg", 1, 42),  # a pixel aspect that makes a frame 10^11 wide
    ("mp4-fragmented", 2, 8),  # the same: a fragment that cannot be read
)
"Seed's name, run's seed and index of what a run once found."


@cache
def _contents() -> Mapping[str, bytes]:
    return {name: content for name in MAKERS if (content := seed(name))}


def test_a_case_is_the_same_bytes_each_time() -> None:
    seeds = _contents()
    for name in ("jpeg", "mp4", "webm", "opus"):
        first, second = (mutated(name, 1, 2, seeds) for _ in range(2))
        assert first == second != mutated(name, 1, 3, seeds)


def test_mutations_are_short_and_almost_always_differ_from_their_seed() -> None:
    seeds = _contents()
    files = [(seeds[name], mutated(name, SEED, index, seeds)) for name in seeds for index in (0, 1)]
    assert all(0 < len(file) <= LONGEST for _, file in files)
    assert sum(file == original for original, file in files) < 0.1 * len(files)


def test_the_structure_of_most_formats_is_known() -> None:
    chunks = {name: structure.parts_of(content)[0] for name, content in _contents().items()}
    named = {name for name, parts in chunks.items() if any(part.name for part in parts)}
    rest = {"bmp", "bmp-palette", "au", "ac3", "amr", "wavpack", "tta", "wmv"}
    rest |= {"jpeg2000-codestream"}
    assert set(chunks) - named <= rest


def test_a_box_of_an_mp4_is_found_where_it_lies() -> None:
    data = struct.pack(">I4s", 24, b"moov") + struct.pack(">I4s8s", 16, b"mvhd", b"")
    chunks, fields = structure.parts_of(struct.pack(">I4s", 8, b"ftyp") + data)
    assert [(chunk.start, chunk.stop, chunk.name) for chunk in chunks] == [
        (0, 8, b"ftyp"), (8, 32, b"moov"), (16, 32, b"mvhd"),
    ]  # fmt: skip
    assert {field.offset for field in fields} >= {8, 16, 24, 28}


@pytest.mark.slow
@pytest.mark.codec
@pytest.mark.parametrize("name", MAKERS)
def test_mutated_files_cost_no_more_than_a_finding(name: str, tmp_path: Path) -> None:
    original = seed(name)
    if not original:
        pytest.skip("the libraries of this platform write no such seed")
    seeds = _contents()
    failures = []
    for index in range(FILES_PER_SEED):
        path = tmp_path / f"case{MAKERS[name][0]}"
        path.write_bytes(mutated(name, SEED, index, seeds))
        fixed = tmp_path / f"fixed{index}"
        outcome = cases.run(path, name, index, fixed, fix=index < FIXED_PER_SEED)
        failures += [(index, failure) for failure in outcome.failures]
    assert failures == []


@pytest.mark.codec
@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_a_seed_is_undamaged(name: str, tmp_path: Path) -> None:
    content = seed(name)
    if not content:
        pytest.skip("the libraries of this platform write no such seed")
    path = tmp_path / f"seed{MAKERS[name][0]}"
    path.write_bytes(content)
    report = refprep.check([path], each=True, cache=False, ignore=cases.LIMITS)
    assert report.verdict == "pass", report.findings


@pytest.mark.slow
@pytest.mark.codec
@pytest.mark.parametrize("case", REGRESSIONS, ids=lambda case: "-".join(map(str, case)))
def test_what_a_run_once_found_stays_mended(case: tuple[str, int, int], tmp_path: Path) -> None:
    name, run, index = case
    path = tmp_path / f"case{MAKERS[name][0]}"
    path.write_bytes(mutated(name, run, index, _contents()))
    assert cases.run(path, name, index, tmp_path / "fixed", fix=True).failures == []
