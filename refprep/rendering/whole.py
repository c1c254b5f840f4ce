"""Whole or nothing: a file appears under its final name only when all its bytes are on disk."""

import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from refprep.digest import sha256
from refprep.errors import OutputError

SUFFIX = ".partial"


@contextmanager
def whole(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """A temporary path beside `target`; renamed to it when the block ends well, else removed.

    OutputError where it cannot be written, or where `target` has other content; `replace` allows
    that.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(SUFFIX, f".refprep-{_owner()}-", target.parent)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror}") from None
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        if target.exists() and not replace and sha256(target) != sha256(partial):
            raise OutputError(f"{target}: exists with other content; --force replaces it")
        _settle(partial, target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror}") from None
    finally:
        partial.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what worker processes of this one have left half-written when they ended early."""
    for left in folder.glob(f".refprep-{os.getpid()}-*{SUFFIX}"):
        left.unlink(missing_ok=True)


def _owner() -> int:
    """The process that the work is done for: a worker's parent, or this one."""
    parent = multiprocessing.parent_process()
    return (parent and parent.pid) or os.getpid()


def _settle(partial: Path, target: Path) -> None:
    """Flush to disk, give ordinary permissions, and rename."""
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    umask = os.umask(0)
    os.umask(umask)
    partial.chmod(0o666 & ~umask)
    partial.replace(target)
