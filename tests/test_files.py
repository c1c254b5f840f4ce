"""A file has its final name only when it is complete, whatever happens on the way."""

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import refprep
from fixtures.clips import clip
from fixtures.pictures import picture
from fixtures.sounds import tone
from refprep.errors import ReadError
from refprep.files import PREFIX, STALE, SUFFIX, Digests, atomic_write
from tests import measure

KILLED = """
import os, signal, sys
from pathlib import Path
from refprep.files import atomic_write
with atomic_write(Path(sys.argv[1])) as partial:
    partial.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
FULL = """
import resource, sys
sys.dont_write_bytecode = True  # CPython keeps a cut-off file of bytecode
from refprep.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
verb, *files = sys.argv[1:]
sys.exit(main([verb, "--prompt", "A kite", "--allow", "crop", "--force", files[0], "-o", files[1]]))
"""
FRAME = 1 / 30
TIMEOUT = 60
"""The seconds that a child process may take."""


def test_a_file_appears_when_its_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.txt"
    with atomic_write(target) as partial:
        partial.write_bytes(b"all")
        assert not target.exists()
    assert target.read_bytes() == b"all"
    assert measure.names(target.parent) == ["a.txt"]


@pytest.mark.parametrize("trouble", [ValueError, KeyboardInterrupt, refprep.TransformError])
def test_nothing_is_left_where_the_block_fails(
    tmp_path: Path, trouble: type[BaseException]
) -> None:
    with pytest.raises(trouble), atomic_write(tmp_path / "a.txt") as partial:  # noqa: PT012
        partial.write_bytes(b"half")
        raise trouble
    assert measure.names(tmp_path) == []


@pytest.mark.posix
def test_a_killed_run_leaves_no_file_under_the_final_name(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    run = subprocess.run([sys.executable, "-c", KILLED, target], check=False)
    assert run.returncode == -signal.SIGKILL
    assert not target.exists()
    with atomic_write(target) as partial:
        partial.write_bytes(b"all")
    assert target.read_bytes() == b"all"


def test_a_file_with_other_content_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_bytes(b"dear")
    with pytest.raises(refprep.OutputError, match="--force"), atomic_write(target) as partial:
        partial.write_bytes(b"new")
    assert target.read_bytes() == b"dear"
    assert measure.names(tmp_path) == ["a.txt"]


def test_the_same_content_is_no_conflict(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_bytes(b"same")
    with atomic_write(target) as partial:
        partial.write_bytes(b"same")
    assert measure.names(tmp_path) == ["a.txt"]


def test_force_replaces(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_bytes(b"old")
    with atomic_write(target, replace=True) as partial:
        partial.write_bytes(b"new")
    assert target.read_bytes() == b"new"


@pytest.mark.posix
def test_the_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "ours") as partial:
        partial.write_bytes(b"")
    (tmp_path / "plain").write_bytes(b"")
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "plain")}
    assert len(modes) == 1


def test_a_place_that_cannot_be_a_folder_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(refprep.OutputError), atomic_write(tmp_path / "file" / "a.txt"):
        pass


def test_a_folder_in_the_place_of_the_file_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with (
        pytest.raises(refprep.OutputError),
        atomic_write(tmp_path / "a.txt", replace=True) as partial,
    ):
        partial.write_bytes(b"new")
    assert measure.names(tmp_path) == ["a.txt"]


@pytest.mark.posix
@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() == 0, reason="root may write anywhere")
def test_a_folder_that_must_not_be_written_is_an_output_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(refprep.OutputError), atomic_write(tmp_path / "a.txt"):
        pass


@pytest.mark.posix
@pytest.mark.parametrize("name", ["big.jpg", "copied.jpg", "a.mov", "copied.mp4", "a.flac"])
def test_a_full_disk_ends_the_run_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    ended_by_a_full_disk(tmp_path, name, "fix")
    assert measure.names(tmp_path / "out") == []


@pytest.mark.posix
@pytest.mark.parametrize("name", ["copied.jpg", "a.mov"])
def test_a_full_disk_ends_packing_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    ended_by_a_full_disk(tmp_path, name, "pack")
    assert measure.names(tmp_path) == [name]


def ended_by_a_full_disk(tmp_path: Path, name: str, verb: str) -> None:
    """Run a verb where no file may grow: the error is one line, and the source is unchanged."""
    source = tmp_path / name
    match source.suffix:
        case ".jpg":
            picture(source, size=(1600, 400) if name == "big.jpg" else (1600, 1200), quality=98)
        case ".flac":
            tone(source)
        case _:
            clip(source, size=(640, 642), duration=2, rotation=90 if name == "a.mov" else 0)
    before = measure.sha256(source)
    run = subprocess.run(
        [sys.executable, "-c", FULL, verb, source, tmp_path / "out"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert measure.sha256(source) == before
    assert (run.returncode, "Traceback" in run.stderr) == (2, False), run.stdout + run.stderr
    assert "cannot be written" in run.stderr.strip().splitlines()[-1]


def test_a_disk_that_fills_up_while_copying_is_an_output_error(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("refprep.transforms.jobs.copy", full)
    with pytest.raises(refprep.OutputError, match="No space left"):
        refprep.fix([photo], tmp_path)
    assert measure.names(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "refprep-test", str(disk)]
    if (
        not shutil.which("mount")
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("only root may make a tiny disk, and not everywhere")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.posix
def test_a_disk_that_is_really_full_keeps_nothing(
    small_disk: Path, dance: Path, voice: Path
) -> None:
    for source in (dance, voice, f"{dance}#t=0.5,2.9"):
        with pytest.raises(refprep.OutputError, match="cannot be written"):
            refprep.fix([source], small_disk)
        assert measure.names(small_disk) == []


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rotated video, which takes a while to encode."""
    return clip(
        tmp_path_factory.mktemp("rotated") / "a.mov", size=(320, 240), duration=8, rotation=90
    )


def interrupted(verb: str, source: Path, folder: Path, signum: int) -> tuple[int, str]:
    """Start a verb, end it by a signal while it writes; its exit code and its error output."""
    request = folder / "request.toml"
    request.write_text(f"prompt = '@Video1'\nvideos = ['{source}']\n")
    command = [sys.executable, "-m", "refprep", verb, "--allow-outside", str(request)]
    command += ["-o", str(folder / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        deadline = time.monotonic() + TIMEOUT
        while not any(map(is_being_written, folder.rglob("*"))) and time.monotonic() < deadline:
            assert run.poll() is None, run.stderr and run.stderr.read()
            time.sleep(0.01)
        run.send_signal(signum)
        _, message = run.communicate(timeout=TIMEOUT)
    return run.returncode, message.decode()


def is_being_written(path: Path) -> bool:
    return path.name.endswith(SUFFIX) and path.is_file()


def request_for(source: Path) -> refprep.Request:
    return refprep.Request(prompt="@Video1", videos=[str(source)])


@pytest.mark.posix
@pytest.mark.parametrize("verb", ["fix", "pack"])
def test_a_killed_run_leaves_nothing_half_written_and_the_next_one_completes(
    tmp_path: Path, rotated: Path, verb: str
) -> None:
    before = measure.sha256(rotated)
    code, _ = interrupted(verb, rotated, tmp_path, signal.SIGKILL)
    assert code == -signal.SIGKILL
    out = tmp_path / "out"
    assert [path for path in out.rglob("*") if not path.name.endswith(SUFFIX)] == []
    assert measure.sha256(rotated) == before
    completed = {"fix": refprep.fix, "pack": refprep.pack}[verb](request_for(rotated), out)
    assert completed.verdict == "pass"
    (prepared,) = completed.prepared
    assert measure.sha256(prepared.path) == prepared.sha256
    assert max(measure.durations(prepared.path).values()) == pytest.approx(8, abs=FRAME)


@pytest.mark.posix
@pytest.mark.parametrize("verb", ["fix", "pack"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_run_that_a_signal_ends_prints_one_line_and_leaves_nothing(
    tmp_path: Path, rotated: Path, verb: str, name: str
) -> None:
    signum = getattr(signal, name)
    code, message = interrupted(verb, rotated, tmp_path, signum)
    assert code == 128 + signum, message
    assert (message.count("\n"), f"ended by {name}" in message) == (1, True), message
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["request.toml"]


@pytest.mark.posix
@pytest.mark.parametrize("verb", ["fix", "pack"])
def test_an_interrupted_run_prints_one_line_and_leaves_nothing(
    tmp_path: Path, rotated: Path, verb: str
) -> None:
    code, message = interrupted(verb, rotated, tmp_path, signal.SIGINT)
    # Where the signal meets code that is run from text (a data class in an import), Python ends
    # itself by it after all is caught; a shell reports 130 for that, too.
    assert code in (130, -signal.SIGINT), message
    assert (message.count("\n"), "interrupted" in message) == (1, True), message
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["request.toml"]


def leftovers(folder: Path) -> list[Path]:
    """A file and a folder that a killed run has left."""
    left = [folder / f"{PREFIX}{name}{SUFFIX}" for name in ("file", "bundle")]
    left[0].write_bytes(b"half")
    (left[1] / "media").mkdir(parents=True)
    (left[1] / "media" / "a.jpg").write_bytes(b"half")
    return left


@pytest.mark.posix
def test_what_a_killed_run_has_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    leftovers(tmp_path)
    (tmp_path / ".refprep-notes").write_bytes(b"dear")
    with atomic_write(tmp_path / "a.txt") as partial:
        partial.write_bytes(b"all")
    assert measure.names(tmp_path) == [".refprep-notes", "a.txt"]


@pytest.mark.posix
def test_what_another_run_is_writing_stays(tmp_path: Path) -> None:
    with atomic_write(tmp_path / "one") as other:
        for left in (other, tmp_path):
            os.utime(left, (time.time() - 2 * STALE,) * 2)
        with atomic_write(tmp_path / "two") as partial:
            partial.write_bytes(b"two")
        other.write_bytes(b"one")
    assert measure.names(tmp_path) == ["one", "two"]


def test_without_locks_a_day_must_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refprep.files._locked", lambda path: -1)
    young, old = leftovers(tmp_path)
    os.utime(old, (time.time() - 2 * STALE,) * 2)
    with atomic_write(tmp_path / "a.txt") as partial:
        partial.write_bytes(b"all")
    assert measure.names(tmp_path) == [young.name, "a.txt"]


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with pytest.raises(refprep.OutputError, match="--force"), atomic_write(target) as partial:  # noqa: PT012
        partial.write_bytes(b"new")
        target.write_bytes(b"dear")
    assert target.read_bytes() == b"dear"


def rewrite(path: Path) -> None:
    """Other content of the same size, with the time of before."""
    path.write_bytes(b"abd")
    os.utime(path, (1, 1))


CHANGES: dict[str, Callable[[Path], Any]] = {
    "longer": lambda path: path.write_bytes(b"longer"),
    "of the same size": lambda path: path.write_bytes(b"abd"),
    "another file": lambda path: (path.parent / "other").replace(path),
    "with its old time": rewrite,
    "gone": lambda path: path.unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_after_it_was_hashed_is_noticed(tmp_path: Path, change: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    (tmp_path / "other").write_bytes(b"abc")
    os.utime(path, (1, 1))
    digests = Digests()
    assert digests[path] == measure.sha256(path)
    digests.require_unchanged(path)
    CHANGES[change](path)
    with pytest.raises(ReadError, match="changed while it was read"):
        digests.require_unchanged(path)


def test_a_file_that_was_not_hashed_counts_as_unchanged(tmp_path: Path) -> None:
    Digests().require_unchanged(tmp_path / "none")
