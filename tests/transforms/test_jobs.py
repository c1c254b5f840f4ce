"""Jobs: files are written side by side as one by one; a crash costs one file."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import refprep
from fixtures.pictures import picture
from refprep.decoders.decoder import Decoder
from refprep.decoders.references import Loader
from refprep.errors import CrashError, OutputError
from refprep.isolation import Call, Workers
from refprep.models.bundle import Prepared
from refprep.models.request import LooseFiles
from refprep.packer import names
from refprep.planner import plan
from refprep.transforms.jobs import Job, run
from tests import measure
from tests.examples import ENVELOPE

Calls = list[tuple[str, float]]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four images in a format that is not accepted."""
    folder = tmp_path_factory.mktemp("jobs")
    return [picture(folder / f"{place}.gif", size=(400 + place, 300)) for place in range(4)]


def jobs(sources: list[Path], folder: Path) -> list[Job]:
    decoder = Decoder(Workers())
    loader = Loader(decoder)
    files = plan(loader.load(LooseFiles(files=sources), quick=True), ENVELOPE).written
    return [
        Job(
            slot=file.reference.slot,
            source=file.reference.file,
            name=str(file.reference.source),
            steps=file.steps,
            before=file.reference.media,
            predicted=file.predicted.media,
            target=path,
            replace=False,
            decoder=decoder,
        )
        for file, path in zip(files, names.beside(files, folder), strict=True)
    ]


def silent(source: str, part: float) -> None:
    """Progress that nothing shows."""


def test_side_by_side_gives_the_same_as_one_by_one(sources: list[Path], tmp_path: Path) -> None:
    alone = refprep.fix(sources, tmp_path / "one", jobs=1)
    together = refprep.fix(sources, tmp_path / "two", jobs=3)
    assert [file.sha256 for file in together.prepared] == [file.sha256 for file in alone.prepared]
    assert [file.after for file in together.prepared] == [file.after for file in alone.prepared]
    assert together.findings == alone.findings


def test_workers_report_their_progress(sources: list[Path], tmp_path: Path) -> None:
    calls: Calls = []
    run(jobs(sources, tmp_path), 2, lambda source, part: calls.append((source, part)))
    assert [calls.count((str(source), 0.0)) for source in sources] == [1] * 4
    assert [calls.count((str(source), 1.0)) for source in sources] == [1] * 4


@pytest.mark.posix
def test_a_crash_costs_one_file(
    sources: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = jobs(sources, tmp_path)
    call = Workers.call

    def crash_over_one(self: Workers, wanted: Call, progress: Any = None) -> Any:
        if wanted.arguments.get("source") == str(sources[1]):
            return call(self, replace(wanted, function="os:abort", arguments={}))
        return call(self, wanted, progress)

    monkeypatch.setattr(Workers, "call", crash_over_one)
    outcomes = run(work, 2, silent)
    assert [type(outcome) for outcome in outcomes] == [Prepared, CrashError, Prepared, Prepared]
    assert "SIGABRT" in str(outcomes[1])
    assert measure.names(tmp_path) == ["0.png", "2.png", "3.png"]


def test_what_stands_in_the_way_stops_the_run_and_leaves_nothing_half_written(
    sources: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "1.png").write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists with other content"):
        run(jobs(sources, tmp_path), 2, silent)
    assert (tmp_path / "1.png").read_bytes() == b"mine"
    assert not [name for name in measure.names(tmp_path) if name.startswith(".")]
