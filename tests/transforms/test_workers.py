"""Jobs: files rendered side by side, as one by one; a crash costs one file and leaves nothing."""

import multiprocessing
import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

import refprep
from fixtures.pictures import picture
from refprep.cache import Cache
from refprep.decoders.references import line_up
from refprep.errors import OutputError, TransformError
from refprep.models.bundle import Prepared
from refprep.packer import names
from refprep.planner import plan
from refprep.transforms.workers import Job, run
from tests import measure
from tests.examples import ENVELOPE

NOWHERE = Cache(None)
Told = list[tuple[str, float]]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four pictures in a format that is not taken."""
    folder = tmp_path_factory.mktemp("jobs")
    return [picture(folder / f"{place}.gif", size=(400 + place, 300)) for place in range(4)]


def jobs(sources: list[Path], folder: Path, cache: Cache = NOWHERE) -> list[Job]:
    files = plan(line_up(sources, quick=True), ENVELOPE).written
    return [
        Job(f, p, False, cache) for f, p in zip(files, names.beside(files, folder), strict=True)
    ]


def silent(source: str, part: float) -> None:
    """Progress where nobody watches."""


def test_side_by_side_gives_the_same_as_one_by_one(sources: list[Path], tmp_path: Path) -> None:
    alone = refprep.fix(sources, tmp_path / "one", jobs=1)
    together = refprep.fix(sources, tmp_path / "two", jobs=3)
    assert [file.sha256 for file in together.prepared] == [file.sha256 for file in alone.prepared]
    assert [file.after for file in together.prepared] == [file.after for file in alone.prepared]
    assert together.findings == alone.findings


def test_workers_tell_their_progress(sources: list[Path], tmp_path: Path) -> None:
    told: Told = []
    run(jobs(sources, tmp_path), 2, lambda source, part: told.append((source, part)))
    assert [told.count((str(source), 0.0)) for source in sources] == [1] * 4
    assert [told.count((str(source), 1.0)) for source in sources] == [1] * 4


@dataclass(frozen=True)
class Deadly(Cache):
    """A cache that kills the worker that asks it, as a decoder that crashes would."""

    def find(self, key: str) -> Path | None:
        if multiprocessing.parent_process():
            os.kill(os.getpid(), signal.SIGKILL)
        return None


def test_a_crash_costs_one_file(sources: list[Path], tmp_path: Path) -> None:
    asked = jobs(sources, tmp_path)
    asked[1] = Job(asked[1].file, asked[1].target, False, Deadly(None))
    outcomes = run(asked, 2, silent)
    assert [type(outcome) for outcome in outcomes] == [Prepared, TransformError, Prepared, Prepared]
    assert "crashed" in str(outcomes[1])
    assert measure.names(tmp_path) == ["0.png", "2.png", "3.png"]


def test_what_stands_in_the_way_stops_the_run_and_leaves_nothing_half_written(
    sources: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "1.png").write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists with other content"):
        run(jobs(sources, tmp_path), 2, silent)
    assert (tmp_path / "1.png").read_bytes() == b"mine"
    assert not [name for name in measure.names(tmp_path) if name.startswith(".")]
