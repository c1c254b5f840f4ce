"""The sandbox of a decoder on Linux: it reads its one file, writes its one result, has no network.

Landlock (Linux 5.13) limits which files can be opened; seccomp refuses sockets, other programs and
signals to other processes. Where the kernel or a library lacks one of them the other holds; on
other systems there is none. docs/reliability.md says what holds where.
"""

import errno
import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from functools import cache
from typing import Any

REFUSED = (
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg",
    "sendmmsg", "execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv",
    "process_vm_writev", "kill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open",
    "pidfd_send_signal", "pidfd_getfd", "io_uring_setup", "bpf", "perf_event_open", "userfaultfd",
    "keyctl", "add_key", "request_key", "mount", "umount2", "pivot_root", "chroot", "unshare",
    "setns", "open_by_handle_at", "init_module", "finit_module", "kexec_load", "reboot", "swapon",
    "symlink", "symlinkat", "link", "linkat", "chmod", "fchmod", "fchmodat", "chown", "fchown",
    "fchownat", "lchown", "swapoff", "setxattr", "utimensat",
)  # fmt: skip
"System calls that no decoder needs."
CLONE_THREAD = 0x10000
"linux/sched.h: codecs start threads; a process would outlive the run, and its limits are new ones."
SYSTEM = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache")
"Where shared libraries are."


def enter(reads: Iterable[str], writes: Iterable[str], scratch: str) -> None:
    """Confine this process for the rest of its life.

    Args:
        reads: The files that it may read.
        writes: The files that it may write, too. They exist.
        scratch: A folder for its temporary files.
    """
    _landlock(reads, writes, scratch)
    _seccomp()


def available() -> tuple[str, ...]:
    """What holds on this machine: `landlock`, `seccomp`, both or neither."""
    held = {"landlock": _has_landlock(), "seccomp": _seccomp_library() is not None}
    return tuple(name for name, holds in held.items() if holds)


def _has_landlock() -> bool:
    try:
        from landlock import landlock_abi_version

        return bool(landlock_abi_version() > 0)
    except Exception:  # no library, no such system call, switched off
        return False


def _landlock(reads: Iterable[str], writes: Iterable[str], scratch: str) -> None:
    if not _has_landlock():
        return
    from landlock import FSAccess, Ruleset

    every = FSAccess.all()
    read_file = FSAccess.READ_FILE
    rules = Ruleset()
    rules.allow(*libraries(), rules=read_file | FSAccess.READ_DIR | FSAccess.EXECUTE)
    rules.allow(*filter(os.path.isfile, (*SYSTEM, *reads)), rules=read_file)
    rules.allow(
        *writes, rules=(read_file | FSAccess.WRITE_FILE | FSAccess.TRUNCATE) & FSAccess.all_file()
    )
    rules.allow(scratch, rules=every & ~(FSAccess.EXECUTE | FSAccess.MAKE_CHAR | FSAccess.MAKE_BLOCK
                                         | FSAccess.MAKE_SOCK))  # fmt: skip
    rules.apply()


@cache
def libraries() -> tuple[str, ...]:
    """The folders of Python's own code and of shared libraries: what is imported late is there."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    folders = {
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *site.getsitepackages(),
        *(path for path in sys.path if path.endswith(("site-packages", "dist-packages"))),
        *SYSTEM,
        own,
    }
    return tuple(sorted(folder for folder in folders if os.path.isdir(folder)))  # noqa: PTH112


@cache
def _seccomp_library() -> Any:
    """pyseccomp; None where it, or libseccomp itself, is missing."""
    try:
        import pyseccomp
    except Exception:  # it raises RuntimeError where there is no libseccomp
        return None
    return pyseccomp


@cache
def _filter() -> Any:
    """The filter of system calls, built once, loaded by every child; None where there is none."""
    library = _seccomp_library()
    if library is None:
        return None
    refuse = library.SyscallFilter(library.ALLOW)
    for name in REFUSED:
        try:
            refuse.add_rule(library.ERRNO(errno.EPERM), name)
        except (OSError, ValueError):  # a system call that this processor or kernel does not have
            continue
    refuse.add_rule(
        library.ERRNO(errno.EPERM), "clone", library.Arg(0, library.MASKED_EQ, CLONE_THREAD, 0)
    )
    # Its flags are in memory, where no filter looks; the C library then takes clone instead.
    refuse.add_rule(library.ERRNO(errno.ENOSYS), "clone3")
    return refuse


def _seccomp() -> None:
    if _filter() is not None:
        _filter().load()


def prepare() -> None:
    """Import what `enter` needs, before the first file."""
    _has_landlock()
    _filter()
    libraries()
