"""A file stands under its final name whole or not at all, whatever happens on the way."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import refprep
from fixtures.clips import clip
from fixtures.pictures import picture
from fixtures.sounds import tone
from refprep.rendering.whole import whole
from tests import seeing

KILLED = """
import os, signal, sys
from pathlib import Path
from refprep.rendering.whole import whole
with whole(Path(sys.argv[1])) as partial:
    partial.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
FULL = """
import resource, sys
from refprep.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
sys.exit(main(["fix", "--allow", "crop", "--force", sys.argv[1], "-o", sys.argv[2]]))
"""


def test_what_the_block_wrote_appears_when_it_ends(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.txt"
    with whole(target) as partial:
        partial.write_bytes(b"all")
        assert not target.exists()
    assert target.read_bytes() == b"all"
    assert seeing.names(target.parent) == ["a.txt"]


@pytest.mark.parametrize("trouble", [ValueError, KeyboardInterrupt, refprep.RenderError])
def test_nothing_is_left_where_the_block_fails(
    tmp_path: Path, trouble: type[BaseException]
) -> None:
    with pytest.raises(trouble), whole(tmp_path / "a.txt") as partial:  # noqa: PT012
        partial.write_bytes(b"half")
        raise trouble
    assert seeing.names(tmp_path) == []


def test_a_killed_run_leaves_no_file_under_the_final_name(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    run = subprocess.run([sys.executable, "-c", KILLED, target], check=False)
    assert run.returncode == -signal.SIGKILL
    assert not target.exists()
    with whole(target) as partial:
        partial.write_bytes(b"all")
    assert target.read_bytes() == b"all"


def test_other_content_is_spared(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_bytes(b"dear")
    with pytest.raises(refprep.OutputError, match="--force"), whole(target) as partial:
        partial.write_bytes(b"new")
    assert target.read_bytes() == b"dear"
    assert seeing.names(tmp_path) == ["a.txt"]


def test_the_same_content_is_no_conflict(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_bytes(b"same")
    with whole(target) as partial:
        partial.write_bytes(b"same")
    assert seeing.names(tmp_path) == ["a.txt"]


def test_force_replaces(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")
    with whole(target, replace=True) as partial:
        partial.write_bytes(b"new")
    assert target.read_bytes() == b"new"


def test_the_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    with whole(tmp_path / "ours") as partial:
        partial.write_bytes(b"")
    (tmp_path / "plain").write_bytes(b"")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "plain")}
    assert len(modes) == 1


def test_a_place_that_cannot_be_a_folder_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(refprep.OutputError), whole(tmp_path / "file" / "a.txt"):
        pass


def test_a_folder_in_the_place_of_the_file_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(refprep.OutputError), whole(tmp_path / "a.txt", replace=True) as partial:
        partial.write_bytes(b"new")
    assert seeing.names(tmp_path) == ["a.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_must_not_be_written_is_an_output_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(refprep.OutputError), whole(tmp_path / "a.txt"):
        pass


@pytest.mark.parametrize("name", ["big.jpg", "copied.jpg", "a.mov", "copied.mp4", "a.flac"])
def test_a_full_disk_ends_the_run_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    source = tmp_path / name
    match source.suffix:
        case ".jpg":
            picture(source, size=(1600, 400) if name == "big.jpg" else (1600, 1200), quality=98)
        case ".flac":
            tone(source)
        case _:
            clip(source, size=(640, 642), seconds=2, rotation=90 if name == "a.mov" else 0)
    before = seeing.sha256(source)
    run = subprocess.run(
        [sys.executable, "-c", FULL, source, tmp_path / "out"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert seeing.names(tmp_path / "out") == []
    assert seeing.sha256(source) == before
    assert (run.returncode, "Traceback" in run.stderr) == (2, False), run.stdout + run.stderr
