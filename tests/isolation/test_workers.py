"""Worker processes: whatever the work on a file does, it costs that file, and nothing else."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from refprep.errors import (
    CrashError,
    RefprepError,
    SourceError,
    TooBigError,
    TooSlowError,
    TransformError,
    UnreadableError,
)
from refprep.isolation import Call, InProcess, Workers, each, pool, start
from refprep.isolation.call import error_of, failure
from refprep.models.budget import Budget
from tests.isolation import deeds

BUDGET = Budget(seconds=20, cpu_seconds=20, memory=400 << 20, output=1 << 20)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="a child per file: on Linux only")


def call(name: str, *, budget: Budget = BUDGET, **arguments: Any) -> Call:
    return Call(f"{deeds.NAME}:{name}", arguments, modules=(deeds.NAME,), budget=budget)


@pytest.fixture(params=["child per file", "worker itself"])
def workers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """As on Linux, and as on other systems."""
    if request.param == "worker itself" or sys.platform != "linux":
        pool.stop()
        monkeypatch.setattr(pool, "FORKS", False)
    yield Workers()
    pool.stop()


def test_a_call_returns_what_its_function_returns(workers: Workers) -> None:
    value = {"a": [1, 2.5, None, True, "é\udcff\n"], "b": {}}
    assert workers.call(call("answer", value=value)) == value
    assert InProcess().call(call("answer", value=value)) == value


def test_a_worker_writes_no_bytecode_that_a_limit_could_cut_off(
    workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "late.py").write_text("def answer(): return 7\n")
    monkeypatch.syspath_prepend(tmp_path)
    pool.stop()
    assert workers.call(Call("late:answer", {}, budget=BUDGET, modules=("late",))) == 7
    assert [path.name for path in tmp_path.iterdir()] == ["late.py"]


@LINUX
def test_a_worker_stays_and_each_file_has_a_child_of_its_own() -> None:
    pool.stop()
    children = {Workers().call(call("process")) for _ in range(5)}
    assert len(children) == 5
    assert len(pool._idle) == 1


def test_a_worker_elsewhere_is_reused(monkeypatch: pytest.MonkeyPatch) -> None:
    pool.stop()
    monkeypatch.setattr(pool, "FORKS", False)
    assert len({Workers().call(call("process")) for _ in range(5)}) == 1
    pool.stop()


@pytest.mark.posix
@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL])
def test_a_crash_is_an_error_of_its_file_and_the_next_call_works(
    workers: Workers, number: int
) -> None:
    with pytest.raises(CrashError, match="crashes over it"):
        workers.call(call("crash", number=number))
    assert workers.call(call("answer", value=7)) == 7


@LINUX
def test_a_crash_is_named() -> None:
    with pytest.raises(CrashError, match="SIGSEGV"):
        Workers().call(call("read_nothing"))
    with pytest.raises(CrashError, match="exit code 3"):
        Workers().call(call("leave", code=3))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["busy", "hang_in_c"])
def test_what_takes_too_long_is_ended_in_time(workers: Workers, name: str) -> None:
    workers.call(call("answer"))
    begun = time.monotonic()
    with pytest.raises(TooSlowError, match=r"takes more than 1 s.*--max-seconds"):
        workers.call(call(name, budget=Budget(seconds=1, memory=BUDGET.memory)))
    assert time.monotonic() - begun < 5
    assert workers.call(call("answer", value=7)) == 7


@pytest.mark.slow
@LINUX
def test_processor_time_is_limited_apart_from_time() -> None:
    with pytest.raises(TooSlowError, match="takes more than 1 s of processor time"):
        Workers().call(call("busy", budget=Budget(seconds=20, cpu_seconds=1)))


@pytest.mark.parametrize("name", ["allocate", "allocate_in_threads"])
def test_what_takes_too_much_memory_is_refused(workers: Workers, name: str) -> None:
    with pytest.raises(TooBigError, match="--max-memory"):
        workers.call(call(name, size=3 << 30))
    assert workers.call(call(name, size=80 << 20)) == 80 << 20


@LINUX
def test_what_writes_too_much_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.touch()
    wanted = Call(
        f"{deeds.NAME}:write", {"path": str(target), "size": 2 << 20}, writes=(str(target),),
        modules=(deeds.NAME,), budget=BUDGET,
    )  # fmt: skip
    with pytest.raises(TooBigError, match="--max-output"):
        Workers().call(wanted)
    assert target.stat().st_size <= 1 << 20


@pytest.mark.parametrize("kind", ["value", "key"])
def test_an_unexpected_exception_costs_its_file(workers: Workers, kind: str) -> None:
    for executor in (workers, InProcess()):
        with pytest.raises(CrashError, match=r"fails over it: (Value|Key)Error"):
            executor.call(call("fail", kind=kind))


@LINUX
def test_even_an_exit_and_an_answer_that_is_no_data_cost_their_file() -> None:
    for wanted in (call("fail", kind="system"), call("unspeakable")):
        with pytest.raises(CrashError):
            Workers().call(wanted)


@pytest.mark.parametrize(
    "error",
    [
        UnreadableError("broken", source="a.jpg"),
        TransformError("no", step="scale to 2x2"),
        SourceError("é\udcff"),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_the_same_behind_a_worker(error: Exception) -> None:
    again = error_of(failure(error))
    assert (type(again), str(again)) == (type(error), str(error))
    assert vars(again) == vars(error)


def test_an_error_that_refprep_does_not_have_is_no_other_class() -> None:
    for kind in ("RefprepError.__init__", "annotations", "Any", "describe", "SystemExit"):
        assert isinstance(error_of({"kind": kind, "message": "x"}), RefprepError)


def test_progress_comes_from_the_worker(workers: Workers) -> None:
    parts: list[float] = []
    assert workers.call(call("report", times=4), parts.append) == 4
    assert parts == [0.0, 0.25, 0.5, 0.75]


@pytest.mark.parametrize(
    "text",
    [
        "\0\0\0\x02{}", "\0\0\0\x0f{\"value\": true}", "\xff\xff\xff\xff", "\0\0\0\x03[1]",
        "\0\0\0\x04nope", "\0\0\0\x0e{\"progress\":1}", "x", "\0\0\0\x0c{\"error\": 1}",
    ],
)  # fmt: skip
@LINUX
def test_what_a_child_writes_on_its_pipes_reaches_no_other_call(text: str) -> None:
    with suppress(RefprepError):
        assert Workers().call(call("garbage", text=text)) in (None, True)
    for value in range(3):
        assert Workers().call(call("answer", value=value)) == value


def test_what_a_library_prints_is_no_answer(
    workers: Workers, capfd: pytest.CaptureFixture[str]
) -> None:
    assert workers.call(call("chatter")) == "answered"
    assert capfd.readouterr() == ("", "")


def test_a_worker_knows_no_key(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OXEN_API_KEY", "secret")
    pool.stop()
    assert "secret" not in str(workers.call(call("environment")))


def test_a_worker_imports_no_model_and_not_the_main_script(tmp_path: Path, photo: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import refprep\n"
        "from refprep.isolation import Call, Workers\n"
        f"print('once', refprep.check([{str(photo)!r}], isolate=True, cache=False).verdict)\n"
        f"print(Workers().call(Call('{deeds.NAME}:imported', {{}}, modules=('{deeds.NAME}',))))\n"
    )
    root = str(Path(__file__).parents[2])
    ended = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    assert ended.stderr == ""
    verdict, names = ended.stdout.splitlines()
    assert verdict == "once pass"
    assert "'PIL.Image'" in names
    assert "'pydantic'" not in names


def test_calls_run_side_by_side(workers: Workers) -> None:
    start(3)
    begun = time.monotonic()
    each(lambda _: workers.call(call("sleep", seconds=1)), [0, 1, 2], 3)
    assert time.monotonic() - begun < 2.9


def test_workers_are_started_before_there_is_work() -> None:
    pool.stop()
    start(2, [deeds.NAME])
    before = {worker.process.pid for worker in pool._idle}
    assert len(before) == 2
    Workers().call(call("answer"))
    start(2)
    assert {worker.process.pid for worker in pool._idle} == before


def test_the_first_error_ends_the_others(workers: Workers) -> None:
    def work(place: int) -> Any:
        if place == 0:
            raise OSError(errno.ENOSPC, "full")
        return workers.call(call("sleep", seconds=60))

    begun = time.monotonic()
    with pytest.raises(OSError, match="full"):
        each(work, [0, 1], 2)
    assert time.monotonic() - begun < 10


def test_a_stop_ends_what_works() -> None:
    pool.stop()
    errors: list[Exception] = []

    def wait() -> None:
        try:
            Workers().call(call("sleep", seconds=60))
        except RefprepError as error:
            errors.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    while not pool._busy:
        time.sleep(0.01)
    scratch = [worker.scratch for worker in pool._busy]
    pool.stop()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert len(errors) == 1
    assert not [folder for folder in scratch if Path(folder).exists()]


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize("name", ["hang_in_c", "busy"])
def test_nothing_outlives_its_parent(name: str) -> None:
    code = (
        "from refprep.isolation import Call, Workers, pool\n"
        "import threading, time, os\n"
        f"work = Call('{deeds.NAME}:{name}', {{}}, modules=('{deeds.NAME}',))\n"
        "threading.Thread(target=lambda: Workers().call(work), daemon=True).start()\n"
        "while not pool._busy: time.sleep(0.01)\n"
        "time.sleep(0.5)\n"
        "(worker,) = pool._busy\n"
        "print(worker.process.pid, worker.scratch, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        number, scratch = run.stdout.readline().split()
        children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        assert len(children) == 1
        run.kill()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and any(map(alive, [number, *children])):
            time.sleep(0.02)
        assert not [each for each in (number, *children) if alive(each)]
        assert not Path(scratch).exists()


def alive(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
