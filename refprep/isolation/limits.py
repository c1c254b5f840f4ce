"""Limits that the system keeps: memory, time, the size of files, an end with the parent."""

import ctypes
import os
import signal
import sys

from refprep.models.budget import Budget

PR_SET_PDEATHSIG = 1
"linux/prctl.h"
M_ARENA_MAX = -8
"glibc's malloc.h: each arena reserves 64 MB of address space, one for every thread by default."


def apply(budget: Budget) -> None:
    """Limit this process for the rest of its life: one file.

    RLIMIT_AS counts address space, so what is mapped already comes on top: the memory that is in
    use can grow to the budget and not beyond. macOS and Windows keep no such limit; there the
    parent watches.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + budget.cpu_seconds) + 1
    _lower(resource.RLIMIT_CPU, seconds, seconds + 5)  # SIGXCPU first, which says why
    _lower(resource.RLIMIT_FSIZE, budget.output, budget.output)
    _lower(resource.RLIMIT_CORE, 0, 0)
    if sys.platform == "linux":
        memory = _mapped() + budget.memory
        _lower(resource.RLIMIT_AS, memory, memory)


def keep(budget: Budget) -> bool:
    """True where this process is limited to the budget's output, and not to less."""
    try:
        import resource
    except ImportError:  # Windows
        return False
    return resource.getrlimit(resource.RLIMIT_FSIZE)[0] == budget.output


def _lower(kind: int, *limits: int) -> None:
    """Set a soft and a hard limit, neither above the hard limit that there is."""
    import resource

    _, most = resource.getrlimit(kind)
    unlimited = most == resource.RLIM_INFINITY
    soft, hard = (value if unlimited else min(value, most) for value in limits)
    resource.setrlimit(kind, (soft, hard))


def _mapped() -> int:
    """Bytes of address space that are mapped and not in use."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  no pathlib in a fresh worker
        size, resident, *_ = map(int, file.read().split())
    return (size - resident) * os.sysconf("SC_PAGESIZE")


def few_arenas() -> None:
    """Keep glibc from reserving address space for every thread."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt:  # musl has none
            mallopt(M_ARENA_MAX, 2)


def end_with_parent() -> None:
    """End this process when its parent ends, even while a decoder is in C code. Linux only."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
