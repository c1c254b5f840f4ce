"""Signals that end the command line: each ends a run like Ctrl-C, by an exception."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no SIGHUP

DELAY = 0.01
"Seconds until a signal that was lost is sent anew: the callback has ended by then."


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
    ended: list[int] = []
    report = sys.unraisablehook

    def end(signum: int, frame: FrameType | None) -> None:
        if not ended:  # SIG_IGN instead would have Python complain of one that is on its way
            ended.append(signum)
            raise EndedError(signum)

    def again(lost: "sys.UnraisableHookArgs") -> None:
        """Python drops what a signal raises inside a destructor or a callback: send it anew."""
        if not isinstance(lost.exc_value, KeyboardInterrupt):
            report(lost)
            return
        ended.clear()
        signum = lost.exc_value.signum if isinstance(lost.exc_value, EndedError) else signal.SIGINT
        threading.Timer(DELAY, _send, [signum]).start()

    for signum in ours:
        signal.signal(signum, end)
    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = report
        for signum in ours:
            signal.signal(signum, signal.SIG_DFL)


def _send(signum: int) -> None:
    """Send a signal to the main thread, so that it ends a wait there."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signum)
    else:  # Windows
        signal.raise_signal(signum)
