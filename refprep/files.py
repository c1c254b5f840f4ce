"""Files: their digests, and writing them atomically, whole or not at all."""

import hashlib
import os
import secrets
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from refprep.errors import OutputError

PREFIX, SUFFIX = ".refprep-", ".partial"
"How the names of files that are being written begin and end."
STALE = 24 * 60 * 60
"Seconds after which no run can still be writing a file."


def sha256(path: Path) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of(parts: Iterable[str]) -> str:
    """The SHA-256 of several texts, kept apart."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class Digests:
    """The SHA-256 of files, each read once; for one run, in which the files do not change."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def __getitem__(self, path: Path) -> str:
        """The digest of a file, 64 hexadecimal digits. OSError where it cannot be read."""
        if path not in self._known:
            self._known[path] = sha256(path)
        return self._known[path]


class Scratch:
    """A folder for the copies that one run needs; it is there once the first one is asked for.

    It is removed with this object, at the latest when the process ends.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None

    def path(self) -> Path:
        """The name of a new file."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="refprep-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder / secrets.token_hex(8)


@contextmanager
def atomic_write(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """A temporary path beside `target`, renamed to it when the block ends well, else removed.

    Args:
        target: Where the file belongs. Its folder is made.
        replace: Whether a file there with other content gives way.

    Raises:
        OutputError: The file cannot be written, or `target` exists with other content.
    """
    partial = unused_path(target.parent)  # named before it is there: no interrupt leaves it
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_stale(target.parent)
        partial.touch(0o600, exist_ok=False)
        yield partial
        if target.exists() and not replace and sha256(target) != sha256(partial):
            raise OutputError(f"{target}: exists with other content; --force replaces it")
        _finish(partial, target)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def unused_path(folder: Path) -> Path:
    """A name in a folder for a file or folder that is being written."""
    return folder / f"{PREFIX}{os.getpid()}-{secrets.token_hex(8)}{SUFFIX}"


def remove_stale(folder: Path) -> None:
    """Remove what killed runs left half-written in a folder, a day ago or longer."""
    for left in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _finish(partial: Path, target: Path) -> None:
    """Flush to disk, give ordinary permissions, and rename."""
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    umask = os.umask(0)
    os.umask(umask)
    partial.chmod(0o666 & ~umask)
    partial.replace(target)
