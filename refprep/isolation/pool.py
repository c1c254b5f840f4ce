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
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", COMMAND, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, **OWN},
            **_apart(),
        )

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
            if not isinstance(message, dict):
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
        shutil.rmtree(self.scratch, ignore_errors=True)


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
                self._end(TooBigError(over_memory(self.budget)))
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
            raise
        _give_back(worker)
        return value


Item = TypeVar("Item")
Result = TypeVar("Result")
_idle: list[Worker] = []
_busy: set[Worker] = set()
_lock = threading.Lock()


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
        worker = Worker()
        with suppress(OSError):
            worker.send(message)
        with _lock:
            _idle.append(worker)


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

    Where it ends early, by an error or an interrupt, the workers end, too.
    """
    if jobs < 2 or len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(jobs, len(items))) as threads:
        futures = [threads.submit(work, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            stop()
            raise


def _take() -> Worker:
    with _lock:
        worker = _idle.pop() if _idle else None
    if worker is None or worker.process.poll() is not None:
        worker = Worker()
    with _lock:
        _busy.add(worker)
    return worker


def _give_back(worker: Worker) -> None:
    with _lock:
        known = worker in _busy
        _busy.discard(worker)
        if known and worker.process.poll() is None:
            _idle.append(worker)


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
