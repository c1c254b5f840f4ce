"""A worker process: it imports the decoders once, then works on one file after the other.

On Linux each file gets a child of its own, forked from this process, which never decodes anything
itself: it stays clean and has one thread only, so forking is safe, and takes 2 ms. The child has
the limits and the sandbox, and ends with its file. Elsewhere the worker does the work itself, and
its parent starts another one where it dies.
"""

import gc
import os
import select
import shutil
import signal
import sys
import tempfile
import time
from importlib import import_module
from typing import Any, BinaryIO, NamedTuple

from refprep.errors import CrashError, TooBigError, TooSlowError, UnreadableError
from refprep.isolation import frames, limits, sandbox
from refprep.isolation.call import Call, failure, over_memory, over_time, perform
from refprep.models.budget import Budget

Outcome = dict[str, Any]
"Plain data: `value`, or `error`; and `memory`, the most bytes that were in use."
BLOCK = 1 << 16
FORKS = "--fork"
"The argument that asks for a child per file."
SCRATCH = 2
"Which argument is the folder for temporary files. Whoever ends last removes it."


class Work(NamedTuple):
    """A call, and whether its progress is of interest."""

    call: Call
    reports: bool


def main() -> None:
    """Carry out the calls on standard input until it ends; outcomes go to standard output."""
    calls, results = _streams()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what ends
    forks = FORKS in sys.argv
    limits.few_arenas()
    scratch = tempfile.tempdir = sys.argv[SCRATCH]
    if forks:
        sandbox.prepare()
    try:
        while True:
            message = frames.read(calls)
            for name in message["modules"]:
                import_module(name)
            if "function" not in message:
                continue
            work = Work(_call(message), bool(message["reports"]))
            outcome = _in_child(work, calls, results, scratch) if forks else _here(work, results)
            _send(results, outcome)
    except (EOFError, BrokenPipeError):
        return
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the parent; what a library prints goes nowhere."""
    calls, results = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(nowhere, number)
    return os.fdopen(calls, "rb"), os.fdopen(results, "wb", buffering=0)


def _call(message: dict[str, Any]) -> Call:
    return Call(
        function=message["function"],
        arguments=message["arguments"],
        reads=tuple(message["reads"]),
        writes=tuple(message["writes"]),
        modules=tuple(message["modules"]),
        budget=Budget(**message["budget"]),
    )


def _send(results: BinaryIO, value: Any) -> None:
    rest = memoryview(frames.encoded(value))
    while rest:
        rest = rest[results.write(rest) :]


def _here(work: Work, results: BinaryIO) -> Outcome:
    """Do the work in this process."""

    def report(part: float) -> None:
        _send(results, {"progress": part})

    try:
        return {"value": perform(work.call, report if work.reports else None)}
    except Exception as error:
        return {"error": failure(error)}


def _in_child(work: Work, calls: BinaryIO, results: BinaryIO, scratch: str) -> Outcome:
    """Do the work in a child, and watch it: by time, and for the end of the parent."""
    budget = work.call.budget
    inlet, outlet = os.pipe()
    deadline = time.monotonic() + budget.seconds
    gc.freeze()  # or the child's collector writes to, and so copies, what both share
    child = os.fork()
    if child == 0:
        os.close(inlet)
        os.close(calls.fileno())
        os.close(results.fileno())
        _as_child(work, outlet, scratch)
    os.close(outlet)
    expired = False
    try:
        outcome, expired = _listen(inlet, calls.fileno(), deadline, results)
        if expired:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(inlet)
        status, usage = _end(child)
        _empty(scratch)
    if expired:
        outcome = {"error": failure(TooSlowError(over_time(budget.seconds)))}
    elif outcome is None:
        outcome = {"error": failure(_death(status, budget))}
    return {**outcome, "memory": usage.ru_maxrss * 1024}


def _end(child: int) -> tuple[int, Any]:
    """How a child has ended, and what it used. It has answered: it ends by itself, or is ended."""
    for _ in range(100):
        ended, status, usage = os.wait4(child, os.WNOHANG)
        if ended:
            return status, usage
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    return status, usage


def _as_child(work: Work, outlet: int, scratch: str) -> None:
    """In the child: confine itself, work, answer, end. It never returns."""
    try:
        limits.end_with_parent()
        limits.apply(work.call.budget)
        with os.fdopen(outlet, "wb", buffering=0) as results:
            try:
                sandbox.enter(work.call.reads, work.call.writes, scratch)
            except Exception as error:  # nothing is decoded outside the sandbox
                reason = " ".join(f"{type(error).__name__}: {error}".split())
                outcome = {"error": failure(CrashError(f"the sandbox cannot be entered: {reason}"))}
            else:
                outcome = _here(work, results)
            _send(results, outcome)
    except BaseException:
        os._exit(1)
    os._exit(0)


def _listen(
    inlet: int, parent: int, deadline: float, results: BinaryIO
) -> tuple[Outcome | None, bool]:
    """Pass on a child's progress; its outcome, None where it ends without; whether time is up.

    Raises:
        EOFError: The parent has ended.
    """
    poll = select.poll()
    poll.register(inlet, select.POLLIN)
    poll.register(parent, 0)  # its hang-up only
    received = bytearray()
    while True:
        left = deadline - time.monotonic()
        ready = dict(poll.poll(max(0.0, left) * 1000))
        if parent in ready:
            raise EOFError
        if not ready and left <= 0:
            return None, True
        if inlet not in ready:
            continue
        block = os.read(inlet, BLOCK)
        if not block:
            return None, False
        received += block
        while (text := _frame(received)) is not None:
            message = frames.decoded(text)
            if "progress" not in message:
                return {
                    name: message[name] for name in ("value", "error") if name in message
                }, False
            _send(results, {"progress": float(message["progress"])})


def _frame(received: bytearray) -> bytes | None:
    """The text of the first whole frame, taken from what was received; None where there is none."""
    head = frames.LENGTH.size
    if len(received) < head:
        return None
    (size,) = frames.LENGTH.unpack(received[:head])
    if size > frames.MAX_SIZE:
        raise ValueError(f"a frame of {size:,} bytes")
    if len(received) < head + size:
        return None
    text = bytes(received[head : head + size])
    del received[: head + size]
    return text


def _death(status: int, budget: Budget) -> UnreadableError:
    """Why a child ended without an answer."""
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number == signal.SIGXCPU:
        return TooSlowError(over_time(budget.cpu_seconds, " of processor time"))
    if number == signal.SIGKILL:  # the system's own way where memory runs out
        return TooBigError(over_memory(budget.memory))
    name = (
        signal.Signals(number).name if number else f"exit code {os.waitstatus_to_exitcode(status)}"
    )
    return CrashError(f"the decoder or encoder crashes over it ({name})")


def _empty(folder: str) -> None:
    """Remove what a child left in the folder for its temporary files."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            os.unlink(entry.path)  # noqa: PTH108
