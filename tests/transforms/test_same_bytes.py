"""The same input gives the same bytes: on fewer processors, on another day, in another place."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import refprep
from fixtures.clips import clip
from fixtures.pictures import picture
from fixtures.sounds import tone
from tests import measure
from tests.matrix.factors import HALTING

ELSEWHERE = """
import json, os, sys
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
import time
time.time = lambda: 4_000_000_000.5
time.time_ns = lambda: 4_000_000_000_500_000_000
import refprep
request = refprep.Request(**json.loads(sys.argv[1]))
refprep.pack(request, "bundle")
"""
"""Packs on one processor, in the year 2096."""


@pytest.fixture(scope="module")
def sample_request(tmp_path_factory: pytest.TempPathFactory) -> refprep.Request:
    """A request with one of each kind, all of which are transcoded or remuxed."""
    folder = tmp_path_factory.mktemp("sample_request")
    rotated = clip(
        folder / "a.mov", size=(320, 240), duration=2.5, frame_rate=Fraction(24), rotation=90
    )
    variable = clip(folder / "b.webm", size=(320, 240), codec="libvpx-vp9", audio="libopus",
                  times=HALTING)  # fmt: skip
    kept = clip(folder / "c.mkv", size=(640, 642), duration=2.5, frame_rate=Fraction(24))
    image = picture(folder / "d.jpg", size=(640, 480), orientation=6)
    audio = tone(folder / "e.flac")
    return refprep.Request(
        prompt="@Image1 and @Video1, @Video2, @Video3, @Audio1",
        images=[str(image)], videos=[str(rotated), str(variable), str(kept)], audios=[str(audio)],
    )  # fmt: skip


@pytest.mark.posix
@pytest.mark.slow
def test_a_bundle_is_the_same_on_one_processor_on_another_day_in_another_folder(
    sample_request: refprep.Request, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "far away"
    packed = refprep.pack(sample_request, here)
    assert packed.verdict == "pass"
    assert all(file.steps for file in packed.prepared)
    there.mkdir()
    home = Path(refprep.__file__).parents[1]
    strange = {"TZ": "Pacific/Kiritimati", "SOURCE_DATE_EPOCH": "1", "PYTHONHASHSEED": "7"}
    strange["MALLOC_PERTURB_"] = "1"  # glibc fills fresh memory: nothing may depend on it
    subprocess.run(
        [sys.executable, "-c", ELSEWHERE, sample_request.model_dump_json(exclude_none=True)],
        cwd=there, check=True, env={**os.environ, **strange, "PYTHONPATH": str(home)},
    )  # fmt: skip
    ours, theirs = measure.snapshot(here), measure.snapshot(there / "bundle")
    assert {name for name in ours if ours[name] != theirs.get(name)} == set()
    assert ours == theirs
