"""The pool: worker processes that wait for calls, warm for the next file and the next run.

It is neither multiprocessing nor a library over it, for three reasons that were measured: those
unpickle what a worker sends, so that a decoder that was taken over would execute code here; they
import the caller's main script into every worker (40 ms, and a script without a main guard runs
again); and each worker hands every file to a child of its own, which takes away what they are for.
"""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from typing import Any, ClassVar, TypeVar

from refprep.errors import CrashError, RefprepError, TooBigError, TooSlowError, UnreadableError
from refprep.isolation import frames
from refprep.isolation.call import Call, Progress, error_of, over_memory, over_time
from refprep.models.budget import Budget

FORKS = sys.platform == "linux"
"Where a worker forks a child per file. On macOS frameworks forbid it, Windows has no fork."
GRACE = 5.0
"Seconds that a worker has to report that time is up, before it is ended itself."
INTERVAL = 0.05
"Seconds between two looks at a worker's memory, where the system keeps no limit."
COMMAND = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from refprep.isolation.worker import main; main()"  # noqa: E501
KEPT = (
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
)  # fmt: skip
"What a worker sees of the environment; keys of providers are not among it."
OWN = {"MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"numpy's own threads would keep a worker from forking safely, and are not used."


class Worker:
    """One worker process, for one call at a time."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.scratch = tempfile.mkdtemp(prefix="refprep-")
        arguments = [json.dumps(sys.path), self.scratch, *(["--fork"] if FORKS else [])]
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-BP", "-c", COMMAND, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**environment, **OWN},
                **_apart(),
            )
        except BaseException:
            _remove(self.scratch)
            raise

    def send(self, message: Mapping[str, Any]) -> None:
        """BrokenPipeError where the worker has ended."""
        assert self.process.stdin is not None
        self.process.stdin.write(frames.encoded(message))
        self.process.stdin.flush()

    def call(self, call: Call, progress: Progress | None) -> Any:
        """Have a call carried out.

        Raises:
            RefprepError: What its function raises; CrashError, TooSlowError or TooBigError where
                that ends its process.
            OSError: The disk refuses.
        """
        with Watch(self.process, call.budget) as watch:
            try:
                message = {**asdict(call), "reports": progress is not None}
                self.send(message)
                outcome = self._outcome(progress)
            except (EOFError, ValueError, OSError):
                self.stop()
                raise watch.reason or self._death() from None
        Workers.peak = max(Workers.peak, int(outcome.get("memory", 0)))
        if "error" in outcome:
            raise error_of(outcome["error"])
        return outcome.get("value")

    def _outcome(self, progress: Progress | None) -> dict[str, Any]:
        assert self.process.stdout is not None
        while True:
            message = frames.read(self.process.stdout)
            if not isinstance(message, dict) or not isinstance(message.get("error", {}), dict):
                raise ValueError(f"no outcome: {message!r}")
            if "progress" not in message:
                return message
            if progress is not None:
                progress(float(message["progress"]))

    def _death(self) -> UnreadableError:
        code = self.process.returncode
        return CrashError(f"the decoder or encoder crashes over it (exit code {code})")

    def stop(self) -> None:
        """End the worker now, whatever it does."""
        with suppress(OSError):
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        self.process.wait()
        _remove(self.scratch)


class Watch:
    """Ends a worker that takes too long; and one that takes too much, where no limit stops it."""

    def __init__(self, process: "subprocess.Popen[bytes]", budget: Budget) -> None:
        self.process, self.budget = process, budget
        self.reason: RefprepError | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        left = self.budget.seconds + (GRACE if FORKS else 0.0)
        while left > 0 and not FORKS:
            if self._done.wait(min(INTERVAL, left)):
                return
            left -= INTERVAL
            if _memory_of(self.process.pid) > self.budget.memory:
                self._end(TooBigError(over_memory(self.budget.memory)))
                return
        if not self._done.wait(left):
            self._end(TooSlowError(over_time(self.budget.seconds)))

    def _end(self, reason: RefprepError) -> None:
        self.reason = reason
        with suppress(OSError):
            self.process.kill()


class Workers:
    """Carries out calls in worker processes: as many as there are threads that call at once."""

    peak: ClassVar[int] = 0
    "Bytes: the most that one file has used in any call so far; 0 where no child is forked."

    def call(self, call: Call, progress: Progress | None = None) -> Any:
        """As `Executor.call`."""
        worker = _take()
        try:
            value = worker.call(call, progress)
        except (RefprepError, OSError):
            _give_back(worker)
            raise
        except BaseException:  # an interrupt: nobody waits for this call any more
            worker.stop()
            with _lock:
                _busy.pop(worker, None)
            raise
        _give_back(worker)
        return value


Item = TypeVar("Item")
Result = TypeVar("Result")
_idle: list[Worker] = []
_busy: "dict[Worker, Run | None]" = {}
_lock = threading.Lock()
_thread = threading.local()


class Run:
    """The threads of one `each`: an error or an interrupt ends their workers, and no others."""

    def __init__(self) -> None:
        self.ended = False

    def enter(self) -> None:
        """The calls of this thread belong to this run."""
        _thread.run = self

    def end(self) -> None:
        """End its workers; a thread that asks for another one gets none."""
        with _lock:
            self.ended = True
            ended = [worker for worker, run in _busy.items() if run is self]
            for worker in ended:
                del _busy[worker]
        for worker in ended:
            worker.stop()


def start(count: int, modules: Iterable[str] = ()) -> None:
    """Start workers before there is work, so that they are warm when it comes.

    Args:
        count: How many are to be there at least.
        modules: What they import meanwhile.
    """
    message = {"modules": list(modules)}
    with _lock:
        missing = count - len(_idle) - len(_busy)
    for _ in range(missing):
        worker = _started(None)
        with suppress(OSError):
            worker.send(message)
        _give_back(worker)


def stop() -> None:
    """End all workers: those that wait, and those that work."""
    with _lock:
        ended = [*_idle, *_busy]
        _idle.clear()
        _busy.clear()
    for worker in ended:
        worker.stop()


def each(work: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> list[Result]:
    """What the work makes of each item, in order; up to `jobs` items at once, a thread each.

    Where it ends early, by an error or an interrupt, its workers end, too.
    """
    if jobs < 2 or len(items) < 2:
        return [work(item) for item in items]
    run = Run()
    with ThreadPoolExecutor(min(jobs, len(items)), initializer=run.enter) as threads:
        try:
            futures = [threads.submit(work, item) for item in items]
            return [future.result() for future in futures]
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            run.end()
            raise


def _take() -> Worker:
    run: Run | None = getattr(_thread, "run", None)
    while True:
        with _lock:
            if run is not None and run.ended:
                raise CrashError("its run has ended")
            worker = _idle.pop() if _idle else None
            if worker is not None:
                _busy[worker] = run
        if worker is None:
            return _started(run)
        if worker.process.poll() is None:
            return worker
        _give_back(worker)


def _started(run: Run | None) -> Worker:
    """Start a worker in a thread: a signal interrupts the main thread only, so none is lost."""
    found: Future[Worker] = Future()

    def begin() -> None:
        try:
            worker = Worker()
        except BaseException as error:
            found.set_exception(error)
            return
        with _lock:
            ended = run is not None and run.ended
            if not ended:
                _busy[worker] = run
        if ended:
            worker.stop()
            found.set_exception(CrashError("its run has ended"))
        else:
            found.set_result(worker)

    threading.Thread(target=begin).start()
    return found.result()


def _give_back(worker: Worker) -> None:
    """Keep a worker for the next call; one that has ended leaves nothing."""
    with _lock:
        known = worker in _busy
        _busy.pop(worker, None)
        alive = worker.process.poll() is None
        if known and alive:
            _idle.append(worker)
    if not alive:
        worker.stop()


def _remove(scratch: str) -> None:
    """Remove a worker's folder; a child that is just ending may still write into it."""
    for _ in range(50):
        shutil.rmtree(scratch, ignore_errors=True)
        if not os.path.lexists(scratch):
            return
        time.sleep(0.01)


def _forget() -> None:
    """In a forked copy of this process: the workers belong to the original."""
    global _lock  # noqa: PLW0603
    _lock = threading.Lock()
    _idle.clear()
    _busy.clear()


def _apart() -> dict[str, Any]:
    """Out of the terminal's group of processes: Ctrl-C reaches this process only."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"process_group": 0}


def _memory_of(process: int) -> int:
    """Bytes that a process has in use; 0 where it has ended."""
    import psutil

    try:
        return int(psutil.Process(process).memory_info().rss)
    except psutil.Error:
        return 0


atexit.register(stop)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
