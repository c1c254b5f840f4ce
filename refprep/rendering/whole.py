"""Whole or nothing: a file appears under its final name only when all its bytes are on disk."""

import multiprocessing
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from refprep.digest import sha256
from refprep.errors import OutputError

PREFIX, SUFFIX = ".refprep-", ".partial"
"How the names of what is being written begin and end."
STALE = 24 * 60 * 60
"Seconds after which no run can still be writing it."


@contextmanager
def whole(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """A temporary path beside `target`; renamed to it when the block ends well, else removed.

    OutputError where it cannot be written, or where `target` has other content; `replace` allows
    that.
    """
    partial = unused(target.parent)  # named before it is there, so that no interrupt leaves it
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        tidy(target.parent)
        partial.touch(0o600, exist_ok=False)
        yield partial
        if target.exists() and not replace and sha256(target) != sha256(partial):
            raise OutputError(f"{target}: exists with other content; --force replaces it")
        _settle(partial, target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def unused(folder: Path) -> Path:
    """A name in a folder for what is being written."""
    return folder / f"{PREFIX}{_owner()}-{secrets.token_hex(8)}{SUFFIX}"


def tidy(folder: Path) -> None:
    """Remove what killed runs have left half-written in a folder, a day ago or longer."""
    for left in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def sweep(folder: Path) -> None:
    """Remove what worker processes of this one have left half-written when they ended early."""
    for left in folder.glob(f"{PREFIX}{os.getpid()}-*{SUFFIX}"):
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
