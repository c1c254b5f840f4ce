"""Some thousand mutated files of every format go through the library within a minute."""

import struct
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

import refprep
from tests.fuzz import cases, figures, oracles, structure
from tests.fuzz.mutate import LONGEST, mutated
from tests.fuzz.seeds import MAKERS, seed

SEED = 11
FILES_PER_SEED = 40
FIXED_PER_SEED = 2
ISOLATED_PER_SEED = 10
"These go through worker processes, the others are decoded in the tests' own."
REGRESSIONS = (
    ("ogv", 1, 10),  # demuxing raised in `fix`: a page with a wrong checksum
    ("ogv", 2, 49),
    ("ogv", 2, 59),
    ("flv", 1, 334),  # a stream that begins late: an IndexError of av
    ("mov-jpeg", 1, 42),  # a pixel aspect that makes a frame 10^11 wide
    ("mp4-fragmented", 2, 8),  # the same: a fragment that cannot be read
    ("mp4-faststart", 1, 118),  # libavcodec crashed: H.264
    ("mp4-faststart", 1, 313),
    ("mp4-edit-list", 1, 339),  # took 1.8 GB
    ("mpeg-ps", 1, 346),  # took 2.0 GB
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


@pytest.mark.parametrize("name", MAKERS)
def test_the_structure_of_a_file_that_ends_early_is_read_as_far_as_it_goes(name: str) -> None:
    content = seed(name)
    for length in range(min(len(content), 200)):
        structure.parts_of(content[:length])


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
        fix, isolate = index < FIXED_PER_SEED, index < ISOLATED_PER_SEED
        outcome = cases.run(path, name, index, fixed, fix=fix, isolate=isolate)
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


def test_the_figures_of_a_run_are_read_as_they_were_written(tmp_path: Path) -> None:
    counted = figures.Figures(seed=7, seconds=2.0)
    failure = cases.Failure("contradiction", "ffmpeg: damaged")
    counted.add(cases.Outcome("png-alpha", 3, "pass", memory=5_000_000, failures=[failure]), 9)
    counted.add(cases.Outcome("mp4", 4, "fail", ("file-crashes",), signals=("SIGSEGV",)), 10)
    figures.write(counted, tmp_path / "figures.json")
    table = figures.table(figures.read(tmp_path / "figures.json"))
    assert table == figures.table(counted)
    assert "| verdicts of check | pass 1, fail 1 |" in table
    assert "their worker: a finding | SIGSEGV 1 |" in table
    assert "another decoder contradicts | 1 (png 1); 100% of passes judged |" in table
    assert "| 5 MB (png-alpha 3) |" in table


def test_an_exception_that_nobody_expected_is_a_failure_and_a_crashed_decoder_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise TypeError("int expected")

    monkeypatch.setattr("refprep.decoders.facts", broken)
    path = tmp_path / "a.png"
    path.write_bytes(seed("png"))
    outcome = cases.run(path, "png", 0, tmp_path / "fixed", fix=False, isolate=False)
    assert [failure.kind for failure in outcome.failures] == ["word"]
    crash = SimpleNamespace(rule="file-crashes", message="the decoder crashes over it (SIGSEGV)")
    judged = cases.Outcome("png", 0)
    cases.judge(judged, [crash])
    assert (judged.failures, judged.signals) == ([], ("SIGSEGV",))


def test_an_oracle_counts_damage_and_not_an_incomplete_last_sample() -> None:
    error = "Error while decoding stream #0:0: Invalid data found when processing input\n"
    sample = "[pcm_s24le @ 0x1] Invalid PCM packet, data has size 1 but at least a size of 3\n"
    damage = "[h264 @ 0x1] negative number of zero coeffs at 1 2\n"
    assert oracles.real_complaints(sample + error) == []
    assert oracles.real_complaints(damage + error) == [damage.strip(), error.strip()]
    assert oracles.real_complaints(sample + damage) == [damage.strip()]
