"""Runs with workers that are ended, killed or stopped: no process and no file of them is left."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import refprep
from fixtures.clips import clip
from refprep.files import PREFIX
from refprep.isolation import pool
from tests import measure
from tests.faults.driver import NAMES

PROJECT = Path(__file__).parents[2]
ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
WORKER = b"refprep.isolation.worker"
pytestmark = [
    pytest.mark.posix,
    pytest.mark.codec,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]


@pytest.fixture(scope="module")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip that takes a second or more to encode, made once."""
    path = tmp_path_factory.mktemp("clip") / "clip.mov"
    return clip(path, size=(1920, 1080), duration=4, frame_rate=Fraction(60), audio=None)


@pytest.fixture
def clips(tmp_path: Path, clip_file: Path) -> list[Path]:
    """Three of them, that differ by empty boxes at their ends."""
    names = [tmp_path / f"{name}.mov" for name in "abc"]
    for number, name in enumerate(names):
        name.write_bytes(clip_file.read_bytes() + b"\0\0\0\x08free" * number)
    return names


class Running:
    """The command line in a session of its own, with a folder for its temporary files."""

    def __init__(self, folder: Path, *arguments: object) -> None:
        self.scratch, self.out = folder / "scratch", folder / "out"
        self.scratch.mkdir(exist_ok=True)
        environment = {**os.environ, "TMPDIR": str(self.scratch), "PYTHONPATH": str(PROJECT)}
        command = [sys.executable, "-m", "refprep", *map(str, arguments), "-o", str(self.out)]
        self.process = subprocess.Popen(
            command, env=environment, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def processes(self) -> list[int]:
        """Its workers and their children; they stay in its session when it is gone."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                facts = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(facts[3]) == self.process.pid and facts[0] != "Z":
                    found.append(int(entry.name))
        return [number for number in found if number != self.process.pid]

    def partials(self) -> list[Path]:
        return list(self.out.rglob(f"{PREFIX}*"))

    def leftovers(self) -> list[object]:
        return [*self.processes(), *self.scratch.glob("refprep-*"), *self.partials()]

    def communicate(self) -> tuple[str, str]:
        return self.process.communicate(timeout=60)


@contextmanager
def running(folder: Path, *arguments: object) -> Iterator[Running]:
    run = Running(folder, *arguments)
    try:
        yield run
    finally:
        for process in (run.process.pid, *run.processes()):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        with run.process:
            pass


def fixing(folder: Path, clips: list[Path]) -> Any:
    return running(folder, "fix", *clips, "--jobs", 3, "--no-cache")


def wait_until(holds: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def encodes(run: Running) -> bool:
    """Whether several files are being written, each by a child of a worker."""
    return sum(partial.stat().st_size > 0 for partial in run.partials()) > 1


def ends_cleanly(run: Running, signum: signal.Signals) -> None:
    """One line, the shell's exit code, and nothing left behind."""
    out, err = run.communicate()
    word = "interrupted" if signum == signal.SIGINT else f"ended by {signum.name}"
    assert (run.process.returncode, out) == (128 + signum, "")
    assert err == f"refprep: {word}; nothing half-written is left\n"
    assert wait_until(lambda: not run.processes(), 2), "a worker outlives its run"
    assert run.leftovers() == []


@pytest.mark.parametrize("signum", ENDINGS)
def test_a_signal_ends_a_run_and_the_workers_that_encode(
    tmp_path: Path, clips: list[Path], signum: signal.Signals
) -> None:
    with fixing(tmp_path, clips) as run:
        assert wait_until(lambda: encodes(run), 30)
        started = time.monotonic()
        os.kill(run.process.pid, signum)
        ends_cleanly(run, signum)
        assert time.monotonic() - started < 3


@pytest.mark.extensive
def test_so_does_one_at_any_moment(tmp_path: Path, clips: list[Path]) -> None:
    chance = random.Random(5)
    for number in range(60):
        folder = tmp_path / str(number)
        folder.mkdir()
        with fixing(folder, clips) as run:
            assert wait_until(run.processes, 10)  # before, the signal has its usual effect
            time.sleep(chance.random() * 4)
            signum = chance.choice(ENDINGS)
            os.kill(run.process.pid, signum)
            ends_cleanly(run, signum)


def test_a_second_signal_does_not_disturb_the_end(tmp_path: Path, clips: list[Path]) -> None:
    with fixing(tmp_path, clips) as run:
        assert wait_until(lambda: encodes(run), 30)
        os.kill(run.process.pid, signal.SIGTERM)
        os.kill(run.process.pid, signal.SIGTERM)
        ends_cleanly(run, signal.SIGTERM)


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path, clips: list[Path]) -> None:
    with fixing(tmp_path, clips) as run:
        assert wait_until(lambda: encodes(run), 30)
        os.kill(run.process.pid, signal.SIGKILL)
        run.process.wait()
        assert wait_until(lambda: not run.processes(), 2), "a worker outlives its parent"
        assert list(run.scratch.glob("refprep-*")) == []


def test_a_stopped_worker_ends_with_a_parent_that_is_killed(
    tmp_path: Path, clips: list[Path]
) -> None:
    with fixing(tmp_path, clips) as run:
        assert wait_until(lambda: encodes(run), 30)
        for process in run.processes():
            os.kill(process, signal.SIGSTOP)
        assert wait_until(lambda: all(map(is_stopped, run.processes())), 5)
        os.kill(run.process.pid, signal.SIGKILL)
        run.process.wait()
        assert wait_until(lambda: not run.processes(), 2), "a worker outlives its parent"


def is_stopped(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def command_of(process: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return b""


def children(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(number) for number in listed.read_text().split()]


@pytest.mark.parametrize("which", ["worker", "child"])
def test_a_worker_that_is_killed_costs_one_file(
    tmp_path: Path, clips: list[Path], which: str
) -> None:
    with fixing(tmp_path, clips) as run:
        assert wait_until(lambda: encodes(run), 30)
        busy = [
            (number, children(number)[0])
            for number in run.processes()
            if WORKER in command_of(number) and children(number)
        ]
        os.kill(busy[0][which == "child"], signal.SIGKILL)
        out, err = run.communicate()
        assert run.process.returncode == 1
        assert out.count("cannot be fixed") == 1, out + err
        assert len(list(run.out.iterdir())) == len(clips) - 1
        assert run.leftovers() == []


def test_a_worker_that_is_stopped_costs_its_file_when_time_is_up(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "GRACE", 0.5)
    pool.stop()
    pool.start(1)
    [worker] = pool._idle
    os.kill(worker.process.pid, signal.SIGSTOP)
    report = refprep.check([media / "b.jpg"], isolate=True, max_seconds=1, cache=False)
    assert "file-too-slow" in {finding.rule for finding in report.findings}
    assert worker.process.poll() is not None
    assert not Path(worker.scratch).exists()


def test_an_idle_worker_that_is_killed_costs_nothing_and_leaves_nothing(media: Path) -> None:
    pool.stop()
    pool.start(1)
    [worker] = pool._idle
    worker.process.kill()
    worker.process.wait()
    report = refprep.check([media / "b.jpg"], isolate=True, cache=False)
    assert not [finding for finding in report.findings if finding.rule.startswith("file-")]
    assert not Path(worker.scratch).exists()


def test_a_run_that_fails_ends_no_worker_of_another_run() -> None:
    pool.stop()
    pool.start(1)
    [worker] = pool._idle
    taken, failed = threading.Event(), threading.Event()

    def other(item: int) -> bool:
        if item:
            return True
        mine = pool._take()
        taken.set()
        failed.wait(10)
        pool._give_back(mine)
        return mine.process.poll() is None

    alive: list[bool] = []
    thread = threading.Thread(target=lambda: alive.extend(pool.each(other, [0, 1], 2)))
    thread.start()
    assert taken.wait(10)
    with pytest.raises(OSError, match="full"):
        pool.each(full, [0, 1], 2)
    failed.set()
    thread.join()
    assert alive == [True, True]
    assert pool._idle == [worker]


def full(item: int) -> None:
    raise OSError(28, "full")


def test_a_thread_of_a_run_that_has_ended_gets_no_worker() -> None:
    pool.stop()
    ended = threading.Event()

    def late(item: int) -> None:
        if item == 0:
            raise KeyboardInterrupt
        ended.wait(0.2)
        pool._take()
        pytest.fail("a worker starts after the end")

    with pytest.raises(KeyboardInterrupt):
        pool.each(late, [0, 1], 2)
    assert (pool._idle, pool._busy) == ([], {})


LOST = """
import os, signal, sys, time
from refprep import cli
from refprep.cli import commands
class Destroyed:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})
        time.sleep(0.1)
def verb(options):
    destroyed = Destroyed()
    del destroyed
    time.sleep(5)
    return 0
commands.rules = verb
sys.exit(cli.main(["rules"]))
"""


@pytest.mark.parametrize("signum", ENDINGS)
def test_a_signal_inside_a_destructor_is_not_lost(signum: signal.Signals) -> None:
    run = subprocess.run(
        [sys.executable, "-c", LOST.format(name=signum.name)],
        check=False, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert run.returncode == 128 + signum, run.stderr
    assert run.stderr.endswith("nothing half-written is left\n")
    assert run.stderr.count("\n") == 1


def test_a_source_that_vanishes_from_a_worker_costs_itself_only(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call: Any = refprep.isolation.Workers.call

    def vanishing(self: Any, work: Any, progress: Any = None) -> Any:
        if work.writes and work.arguments["source"].endswith("a.gif"):
            (media / "a.gif").unlink()
        return call(self, work, progress)

    monkeypatch.setattr(refprep.isolation.Workers, "call", vanishing)
    sources = [media / name for name in NAMES]
    fixed = refprep.fix(sources, media / "out", cache=False, isolate=True, jobs=2)
    assert sorted(Path(file.source).name for file in fixed.prepared) == ["b.jpg", "voice.wav"]
    [finding] = [finding for finding in fixed.findings if "cannot be fixed" in finding.message]
    assert finding.source == str(media / "a.gif")


def test_a_source_that_changes_while_a_worker_reads_it_gives_no_result(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call: Any = refprep.isolation.Workers.call

    def changing(self: Any, work: Any, progress: Any = None) -> Any:
        value = call(self, work, progress)
        if work.writes and work.arguments["source"].endswith("a.gif"):
            with (media / "a.gif").open("ab") as file:
                file.write(b"\0")
        return value

    monkeypatch.setattr(refprep.isolation.Workers, "call", changing)
    sources = [media / name for name in NAMES]
    cache = media / "cache"
    fixed = refprep.fix(sources, media / "out", cache=cache, isolate=True, jobs=2)
    assert [f.source for f in fixed.findings if "changed while" in f.message] == [str(sources[0])]
    assert len(fixed.prepared) == 2
    assert not list((media / "out").glob(f"{PREFIX}*"))


def test_a_target_folder_that_vanishes_while_workers_write_is_one_line(
    tmp_path: Path, clips: list[Path]
) -> None:
    with fixing(tmp_path, clips) as run:
        assert wait_until(lambda: encodes(run), 30)
        for partial in run.partials():
            partial.unlink(missing_ok=True)
        run.out.rmdir()
        out, err = run.communicate()
        assert (run.process.returncode, out) == (2, "")
        assert "cannot be written" in err
        assert err.count("\n") == 1
        assert run.leftovers() == []


LIMITED = """
import resource, sys
sys.dont_write_bytecode = True  # CPython keeps a cut-off file of bytecode
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
from refprep.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_worker_that_may_write_no_more_leaves_whole_files_only(
    tmp_path: Path, media: Path
) -> None:
    out = tmp_path / "out"
    sources = [str(media / name) for name in NAMES]
    before = measure.snapshot(media)
    command = [sys.executable, "-c", LIMITED, "fix", *sources, "-o", str(out), "--no-cache"]
    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert run.returncode in (1, 2)
    assert "Traceback" not in run.stderr
    assert not list(out.glob(f"{PREFIX}*"))
    assert measure.snapshot(media) == before
    again = refprep.fix(sources, out, cache=False, isolate=True, jobs=2)
    assert len(again.prepared) == len(NAMES)


def test_a_full_disk_ends_the_run_with_one_line(tmp_path: Path, clips: list[Path]) -> None:
    small = tmp_path / "out"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed")
    try:
        with fixing(tmp_path, clips) as run:
            out, err = run.communicate()
            assert (run.process.returncode, out) == (2, "")
            assert "no space left on device" in err.lower()
            assert err.count("\n") == 1
            assert run.leftovers() == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def together(folder: Path, media: Path, count: int, *arguments: str) -> list[int]:
    """The exit codes of runs at the same time, each with workers; {} is the number of a run."""
    command = [sys.executable, "-m", "refprep"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "TMPDIR": str(folder)}
    runs = [
        subprocess.Popen(
            [*command, *(argument.format(number) for argument in arguments)],
            cwd=media,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for number in range(count)
    ]
    for run in runs:
        _, err = run.communicate(timeout=120)
        assert b"Traceback" not in err
    assert not list(folder.glob("refprep-*"))
    return [run.returncode for run in runs]


def test_two_runs_fix_into_one_folder(tmp_path: Path, media: Path) -> None:
    refprep.fix([media / name for name in NAMES], tmp_path / "whole", cache=False)
    out = tmp_path / "out"
    codes = together(tmp_path, media, 2, "fix", *NAMES, "-o", str(out), "--no-cache")
    assert set(codes) <= {0, 1}
    assert codes[0] == codes[1]
    assert measure.snapshot(out) == measure.snapshot(tmp_path / "whole")


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_two_runs_pack_to_one_target(tmp_path: Path, media: Path, name: str) -> None:
    target = tmp_path / "place" / name
    packing = ("pack", *NAMES, "--prompt", "@Image1 {}", "-o", str(target), "--no-cache")
    assert sorted(together(tmp_path, media, 2, *packing)) == [0, 2]
    assert together(tmp_path, media, 2, *packing, "--force") == [0, 0]
    assert refprep.verify(target).verdict != "fail"
    assert measure.names(target.parent) == [name]


def test_four_runs_share_one_cache(tmp_path: Path, media: Path) -> None:
    cache = tmp_path / "cache"
    whole = refprep.fix([media / name for name in NAMES], tmp_path / "whole", cache=False)
    out, after = tmp_path / "out", tmp_path / "after"
    fixing = ("fix", *NAMES, "-o", str(out), "--cache", str(cache))
    assert len(set(together(tmp_path, media, 4, *fixing))) == 1
    again = refprep.fix([media / name for name in NAMES], after, cache=cache, isolate=True)
    assert measure.snapshot(out) == measure.snapshot(tmp_path / "whole") == measure.snapshot(after)
    assert again.findings == whole.findings
