"""Runs that are killed, and runs at the same time: a whole bundle has the name, or none does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
pytestmark = [pytest.mark.posix, pytest.mark.codec, pytest.mark.slow]
PLACES = ["force", "fresh", "zip", "zip,fresh"]


def promises(way: str, count: int, folder: Path, seed: int = 1) -> int:
    """Run the driver; no promise is broken. How many runs were killed, or refused."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.faults.driver", way, str(count), str(seed), str(folder)],
        cwd=PROJECT, check=False, capture_output=True, text=True, timeout=1800,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(PROJECT)},
    )  # fmt: skip
    *broken, figure = run.stdout.splitlines() or [""]
    assert (broken, run.returncode) == ([], 0), run.stdout + run.stderr
    return int(figure)


@pytest.mark.parametrize("place", PLACES)
def test_a_run_that_is_killed_at_any_moment_leaves_a_whole_bundle_or_none(
    media: Path, place: str
) -> None:
    assert promises(f"moments:{place}", 5, media) > 0


@pytest.mark.extensive
@pytest.mark.parametrize("place", PLACES)
def test_so_do_two_hundred_runs(media: Path, place: str) -> None:
    assert promises(f"moments:{place}", 200, media, seed=2) > 100


@pytest.mark.parametrize("place", [*PLACES, "no-exchange", "zip,no-exchange"])
def test_a_run_that_is_killed_at_a_change_of_a_name_leaves_a_whole_bundle_or_none(
    media: Path, place: str
) -> None:
    assert promises(f"names:{place}", 200, media) >= 4


@pytest.mark.extensive
@pytest.mark.parametrize("place", [*PLACES, "no-exchange", "zip,no-exchange"])
def test_so_does_one_that_is_killed_while_it_removes(media: Path, place: str) -> None:
    assert promises(f"all:{place}", 400, media) >= 6


@pytest.mark.parametrize("place", ["", "force", "zip", "zip,force"])
def test_of_two_runs_on_one_target_one_leaves_its_bundle(media: Path, place: str) -> None:
    refused = promises(f"together:{place}", 5, media)
    assert refused == (0 if "force" in place else 5)
