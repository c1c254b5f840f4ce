"""Real media of other projects, each fixed by itself: other tools agree on the results."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import refprep
from refprep.models.media import Audio, Image, Video
from tests import measure
from tests.matrix import judge

SLOW = {
    "D037",
    "D038",
    "D042",
    "D043",
    "D049",
    "D051",
    "D055",
    "D056",
    "D057",
    "D059",
    "D061",
    "D062",
    "D045",
}
"Videos that take seconds each: left out unless REFPREP_SLOW is set."
TOO_SHORT = {"video-duration", "video-total-duration", "audio-duration"}
"The rules that refprep does not fix unless the user allows it to lengthen."
EMPTY = {"audio-silent", "video-black"}
"The rules about content, which refprep never fixes."
ACCEPTED = {"JPEG", "PNG", "WEBP"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sources(shared_media: Path) -> list[Path]:
    files = sorted((shared_media / "files").iterdir())
    every = "REFPREP_SLOW" in os.environ
    return [path for path in files if every or path.name[:4] not in SLOW]


@pytest.fixture(scope="module")
def before(sources: list[Path]) -> dict[Path, str]:
    return {path: measure.sha256(path) for path in sources}


@pytest.fixture(scope="module")
def fixed(
    sources: list[Path], before: dict[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> refprep.FixResult:
    assert before
    return refprep.fix(sources, tmp_path_factory.mktemp("fixed"), each=True)


def written(fixed: refprep.FixResult, kind: type) -> list[refprep.Prepared]:
    """The results of one kind, without those that are too short."""
    short = {finding.source for finding in fixed.findings if finding.rule in TOO_SHORT}
    return [
        file for file in fixed.prepared if isinstance(file.after, kind) and file.source not in short
    ]


def test_every_file_is_written_or_has_an_error(
    fixed: refprep.FixResult, sources: list[Path]
) -> None:
    prepared = {file.source for file in fixed.prepared}
    refused = {finding.source for finding in fixed.findings if finding.level == "error"}
    assert {str(path) for path in sources} - prepared - refused == set()
    assert len(prepared) > 50


def test_a_written_file_has_no_findings_left_but_that_it_is_too_short_or_empty(
    fixed: refprep.FixResult,
) -> None:
    prepared = {file.source for file in fixed.prepared}
    left = {
        (Path(str(finding.source)).name, finding.rule)
        for finding in fixed.findings
        if finding.source in prepared and finding.level != "info"
    }
    assert {(name, rule) for name, rule in left if rule not in TOO_SHORT | EMPTY} == set()


def test_every_video_meets_the_limits_by_ffprobe(fixed: refprep.FixResult) -> None:
    if not shutil.which("ffprobe"):
        pytest.skip("ffprobe is not installed")
    paths = [file.path for file in written(fixed, Video)]
    assert len(paths) >= 3
    assert {path.name: breaches for path in paths if (breaches := judge.breaches(path))} == {}


def test_every_audio_file_meets_the_limits_by_ffprobe(fixed: refprep.FixResult) -> None:
    for file in written(fixed, Audio):
        (stream, *others) = measure.ffprobe(file.path)["streams"]
        assert stream["codec_name"] in ("mp3", "pcm_s16le"), file.path.name
        assert float(stream["duration"]) <= 15, file.path.name
        assert [other["codec_type"] for other in others if other["codec_type"] == "audio"] == []


def test_every_image_is_upright_and_meets_the_limits_by_exiftool(
    fixed: refprep.FixResult,
) -> None:
    if not (tool := shutil.which("exiftool")):
        pytest.skip("exiftool is not installed")
    paths = [file.path for file in written(fixed, Image)]
    tags = ["-FileType", "-Orientation", "-ImageWidth", "-ImageHeight", "-FileSize"]
    run = subprocess.run([tool, "-j", "-n", *tags, *paths], check=True, capture_output=True)
    rows: list[dict[str, Any]] = json.loads(run.stdout)
    assert len(rows) == len(paths) > 15
    for row in rows:
        sides = (row["ImageWidth"], row["ImageHeight"])
        assert row["FileType"] in ACCEPTED, row
        assert row.get("Orientation", 1) in (0, 1), row  # 0 is no value of the standard
        assert min(sides) >= 300, row
        assert max(sides) <= 6000, row
        assert 0.4 <= sides[0] / sides[1] <= 2.5, row
        assert row["FileSize"] <= 30_000_000, row


def test_no_source_is_changed(fixed: refprep.FixResult, before: dict[Path, str]) -> None:
    assert fixed.prepared
    assert {path: measure.sha256(path) for path in before} == before
