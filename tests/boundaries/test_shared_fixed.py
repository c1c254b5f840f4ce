"""Real media of other projects, fixed each for itself: the results lie inside, by others too."""

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
"""Clips that take seconds each: left out, unless REFPREP_SLOW says otherwise."""
TOO_SHORT = {"video-duration", "video-total-duration", "audio-duration"}
"""What nothing mends: nobody makes a clip longer."""
EMPTY = {"audio-silent", "video-black"}
"""What is nobody's to mend: that is how they are."""
TAKEN = {"JPEG", "PNG", "WEBP"}


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
    """The results of one kind that are long enough."""
    short = {found.source for found in fixed.findings if found.rule in TOO_SHORT}
    return [
        one for one in fixed.prepared if isinstance(one.after, kind) and one.source not in short
    ]


def test_every_file_is_written_or_has_an_error(
    fixed: refprep.FixResult, sources: list[Path]
) -> None:
    done = {one.source for one in fixed.prepared}
    refused = {found.source for found in fixed.findings if found.level == "error"}
    assert {str(path) for path in sources} - done - refused == set()
    assert len(done) > 50


def test_nothing_is_left_of_what_was_written_but_that_it_is_short_or_empty(
    fixed: refprep.FixResult,
) -> None:
    done = {one.source for one in fixed.prepared}
    left = {
        (Path(str(found.source)).name, found.rule)
        for found in fixed.findings
        if found.source in done and found.level != "info"
    }
    assert {one for one in left if one[1] not in TOO_SHORT | EMPTY} == set()


def test_ffprobe_finds_every_clip_inside(fixed: refprep.FixResult) -> None:
    if not shutil.which("ffprobe"):
        pytest.skip("ffprobe is not installed")
    clips = written(fixed, Video)
    assert len(clips) >= 4
    assert {one.path.name: broken for one in clips if (broken := judge.breaches(one.path))} == {}


def test_ffprobe_finds_every_sound_plain(fixed: refprep.FixResult) -> None:
    for one in written(fixed, Audio):
        (stream, *others) = measure.ffprobe(one.path)["streams"]
        assert stream["codec_name"] in ("mp3", "pcm_s16le"), one.path.name
        assert float(stream["duration"]) <= 15, one.path.name
        assert [other["codec_type"] for other in others if other["codec_type"] == "audio"] == []


def test_exiftool_finds_every_picture_upright_and_inside(fixed: refprep.FixResult) -> None:
    if not (tool := shutil.which("exiftool")):
        pytest.skip("exiftool is not installed")
    paths = [one.path for one in written(fixed, Image)]
    asked = ["-FileType", "-Orientation", "-ImageWidth", "-ImageHeight", "-FileSize"]
    run = subprocess.run([tool, "-j", "-n", *asked, *paths], check=True, capture_output=True)
    told: list[dict[str, Any]] = json.loads(run.stdout)
    assert len(told) == len(paths) > 15
    for one in told:
        sides = (one["ImageWidth"], one["ImageHeight"])
        assert one["FileType"] in TAKEN, one
        assert one.get("Orientation", 1) in (0, 1), one  # 0 is none that the standard knows
        assert min(sides) >= 300, one
        assert max(sides) <= 6000, one
        assert 0.4 <= sides[0] / sides[1] <= 2.5, one
        assert one["FileSize"] <= 30_000_000, one


def test_no_source_was_touched(fixed: refprep.FixResult, before: dict[Path, str]) -> None:
    assert fixed.prepared
    assert {path: measure.sha256(path) for path in before} == before
