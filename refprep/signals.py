"""Signals that end the command line: each ends a run like Ctrl-C, by an exception."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no SIGHUP


class EndedError(KeyboardInterrupt):
    """A signal ended the run; whatever cleans up after Ctrl-C cleans up after it, too."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


def exit_code(error: KeyboardInterrupt) -> int:
    """What a shell reports of a process that the same signal ends."""
    return 128 + (error.signum if isinstance(error, EndedError) else signal.SIGINT)


def name(error: KeyboardInterrupt) -> str:
    """How the user reads what happened."""
    if isinstance(error, EndedError):
        return f"ended by {signal.Signals(error.signum).name}"
    return "interrupted"


@contextmanager
def handled() -> Iterator[None]:
    """In this block SIGTERM and SIGHUP raise EndedError; only the command line uses it.

    One that is ignored, as nohup does, stays ignored; so does the handler of a program that calls
    the command line. The first signal counts: a second one would interrupt the cleaning up.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = [signum for signum in ENDING if signal.getsignal(signum) is signal.SIG_DFL]

    def end(signum: int, frame: FrameType | None) -> None:
        for each in ours:
            signal.signal(each, signal.SIG_IGN)
        raise EndedError(signum)

    for signum in ours:
        signal.signal(signum, end)
    try:
        yield
    finally:
        for signum in ours:
            signal.signal(signum, signal.SIG_DFL)
