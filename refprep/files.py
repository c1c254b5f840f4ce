"""Files: their digests, and writing them atomically, whole or not at all."""

import ctypes
import errno
import hashlib
import os
import secrets
import shutil
import stat
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from refprep.documents import NotRegularError, open_regular
from refprep.errors import NameTooLongError, OutputError, ReadError, UnreadableError

PREFIX, SUFFIX = ".refprep-", ".partial"
"How the names of files that are being written begin and end."
OLD = ".old"
"How the name of a folder that gives way to another one ends, where the two cannot be exchanged."
STALE = 24 * 60 * 60
"Seconds after which no run can still be writing a file; asked where there are no locks."
FRESH = 20 * 10**6
"Nanoseconds in which a file may change twice and show one time: two ticks of the slowest clock."
CHUNK = 1 << 20
CHANGED = "changed while it was read; run again"
EXCLUSIVE, EXCHANGE = "exclusive", "exchange"


def sha256(path: Path) -> str:
    """The SHA-256 of a regular file, 64 hexadecimal digits."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of(parts: Iterable[str]) -> str:
    """The SHA-256 of several texts, kept apart."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class FileState(NamedTuple):
    """What changes where a file's content changes, or another file takes its name."""

    device: int
    inode: int
    size: int
    modified: int
    "In nanoseconds."
    changed: int
    "In nanoseconds."

    @classmethod
    def of(cls, facts: os.stat_result) -> "FileState":
        times = facts.st_mtime_ns, facts.st_ctime_ns
        return cls(facts.st_dev, facts.st_ino, facts.st_size, *times)


class Digests:
    """The SHA-256 of files, each read once in one run; it notices a file that changes meanwhile.

    Args:
        own: True for files that this run wrote under names that no other run uses.
    """

    def __init__(self, *, own: bool = False) -> None:
        self._own = own
        self._known: dict[Path, tuple[str, FileState, int]] = {}
        self._first: dict[Path, FileState] = {}

    def __getitem__(self, path: Path) -> str:
        """The digest of a file, 64 hexadecimal digits. OSError where it cannot be read."""
        if path not in self._known:
            now = time.time_ns()
            with open_regular(path) as file:
                state = FileState.of(os.fstat(file.fileno()))
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            self._known[path] = digest, state, now
        return self._known[path][0]

    def remember(self, path: Path) -> None:
        """Note what a file is before it is read for the first time."""
        with suppress(OSError, ValueError):
            self._first.setdefault(path, FileState.of(path.stat()))

    def require_as_first_read(self, path: Path) -> None:
        """ReadError where the file is another one, or has another size or time, than it had."""
        first = self._first.get(path)
        if first is not None and _state_of(path) != first:
            raise ReadError(CHANGED)

    def require_unchanged(self, path: Path) -> None:
        """Require that the file still is what it was when it was first read or hashed, if it was.

        A file that was written just before it was hashed is hashed again: a second change in the
        same tick of the clock shows in no time.

        Raises:
            ReadError: It has changed, or cannot be read.
        """
        self.require_as_first_read(path)
        if path not in self._known:
            return
        digest, state, hashed = self._known[path]
        if _state_of(path) != state:
            raise ReadError(CHANGED)
        settled = self._own or hashed - max(state.modified, state.changed) > FRESH
        try:
            same = settled or sha256(path) == digest
        except OSError as error:
            raise unreadable(error) from None
        if not same:
            raise ReadError(CHANGED)


def _state_of(path: Path) -> FileState | None:
    """What a file is now; None where it is gone."""
    try:
        return FileState.of(path.stat())
    except OSError:
        return None


def copy(source: Path, target: Path) -> None:
    """Copy a file's content.

    Raises:
        UnreadableError: The source cannot be read.
        OSError: The target cannot be written.
    """
    with target.open("wb") as file:
        for chunk in _chunks(source):
            file.write(chunk)


def _chunks(source: Path) -> Iterator[bytes]:
    try:
        with open_regular(source) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise unreadable(error) from None


def unreadable(error: OSError) -> UnreadableError:
    """The error of a file that the system cannot read, in the user's words."""
    kind = UnreadableError if isinstance(error, NotRegularError) else ReadError
    return kind(f"cannot be read: {error.strerror or error}")


def is_of_system(error: Exception) -> bool:
    """True where the system refuses; False for what a library or refprep makes of a file."""
    numbered = isinstance(error, OSError) and error.errno is not None
    return numbered and type(error).__module__ == "builtins"


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
        NameTooLongError: The folder cannot hold a file of this name.
        OutputError: The file cannot be written, or `target` exists with other content.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_stale(target.parent)
        with new_partial(target.parent, make_file) as partial:
            yield partial
            _finish(partial, target, replace)
    except OSError as error:
        raise cannot_write(target, error) from None


def cannot_write(target: Path, error: OSError) -> OutputError:
    """The error of a target that cannot be written, in the user's words."""
    kind = NameTooLongError if error.errno == errno.ENAMETOOLONG else OutputError
    return kind(f"{target}: cannot be written: {error.strerror or error}")


@contextmanager
def new_partial(folder: Path, make: Callable[[Path], None]) -> Iterator[Path]:
    """A new file or folder that is being written; at the end it is removed if it is still there.

    It is locked as long as this process lives, so that nobody takes it for what a killed run left.
    """
    handle = None
    partial = unused_path(folder)  # named before it is there: no interrupt leaves it
    try:
        while handle is None:
            make(partial)
            handle = _locked(partial)
            if handle is None:  # another run took it for a leftover before it was locked
                partial = unused_path(folder)
        yield partial
    finally:
        _remove(partial)
        if handle is not None and handle >= 0:
            os.close(handle)


def unused_path(folder: Path) -> Path:
    """A name in a folder for a file or folder that is being written."""
    return folder / f"{PREFIX}{os.getpid()}-{secrets.token_hex(8)}{SUFFIX}"


def remove_stale(folder: Path) -> None:
    """Remove what killed runs left half-written in a folder."""
    for left in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError):
            handle = _locked(left)
            if handle is None:
                continue
            if handle >= 0 or time.time() - left.lstat().st_mtime > STALE:
                _remove(left)
            if handle >= 0:
                os.close(handle)


def rename_new(source: Path, target: Path) -> None:
    """Rename to a name that nothing has. FileExistsError where something has it."""
    try:
        _rename(source, target, EXCLUSIVE)
    except NotImplementedError:  # the moment between look and rename is short, and not nothing
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        source.rename(target)


def replace_folder(folder: Path, target: Path) -> None:
    """Give a folder the name of another one, which is removed; one of them always has it.

    Where the system cannot exchange two names, `target` is nothing for a moment; a run that is
    killed in it has left the old folder to `restore_folder`.
    """
    while True:
        with suppress(FileExistsError):
            rename_new(folder, target)
            return
        with suppress(FileNotFoundError):  # another run took it away: it is new again
            try:
                _rename(folder, target, EXCHANGE)
            except NotImplementedError:
                _replace_in_two(folder, target)
            return


def restore_folder(target: Path) -> None:
    """Put back the folder that a killed run has moved aside, or remove it where a new one stands.

    OSError where it cannot be put back.
    """
    for old in target.parent.glob(f"{PREFIX}*-{_mark(target)}{SUFFIX}{OLD}"):
        handle = _locked(old)
        if handle is None:
            continue
        try:
            if os.path.lexists(target):
                _remove(old)
            else:
                old.rename(target)
        finally:
            if handle >= 0:
                os.close(handle)


def _mark(target: Path) -> str:
    """What in the name of a folder that is moved aside tells whose place it was."""
    return sha256_of([target.name])[:16]


def _replace_in_two(folder: Path, target: Path) -> None:
    name = unused_path(target.parent).name.removesuffix(SUFFIX)
    old = target.with_name(f"{name}-{_mark(target)}{SUFFIX}{OLD}")
    handle = None
    with suppress(OSError):
        handle = _locked(target)
    try:
        target.rename(old)
        try:
            folder.rename(target)
        except BaseException:
            if not os.path.lexists(target):
                old.rename(target)
            raise
        _remove(old)
    finally:
        if handle is not None and handle >= 0:
            os.close(handle)


def make_file(path: Path) -> None:
    """Make an empty file that nobody else reads. FileExistsError where it exists."""
    path.touch(0o600, exist_ok=False)


def _locked(path: Path) -> int | None:
    """A handle that locks a file or folder until it is closed or this process ends.

    Returns:
        The handle; -1 where the system has no locks; None where another process holds the lock, or
        the file is gone.

    Raises:
        OSError: It cannot be opened.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return -1
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(handle), path.lstat()):
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    except OSError:  # a file system without locks
        os.close(handle)
        return -1
    os.close(handle)
    return None


def _remove(path: Path) -> None:
    """Remove a file or a folder, as far as possible."""
    with suppress(OSError):
        if stat.S_ISDIR(path.lstat().st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _finish(partial: Path, target: Path, replace: bool) -> None:
    """Flush to disk, give ordinary permissions, and rename."""
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    umask = os.umask(0)
    os.umask(umask)
    partial.chmod(0o666 & ~umask)
    if replace:
        partial.replace(target)
        return
    try:
        rename_new(partial, target)
    except FileExistsError:
        if sha256(target) != sha256(partial):
            message = f"{target}: exists with other content; --force replaces it"
            raise OutputError(message) from None


@cache
def _library() -> Any:
    """The C library; None on Windows, where it has no functions that exchange names."""
    return None if sys.platform == "win32" else ctypes.CDLL(None, use_errno=True)


def _rename(source: Path, target: Path, way: str) -> None:
    """Rename as os.rename cannot: EXCLUSIVE refuses a name that exists, EXCHANGE swaps two.

    Raises:
        NotImplementedError: The system or the file system cannot do so.
        OSError: As os.rename.
    """
    names = os.fsencode(source), os.fsencode(target)
    library = _library()
    if hasattr(library, "renameat2"):  # Linux, renameat2(2)
        at_cwd, flag = -100, {EXCLUSIVE: 1, EXCHANGE: 2}[way]
        failed = library.renameat2(at_cwd, names[0], at_cwd, names[1], flag)
    elif hasattr(library, "renamex_np"):  # macOS, renamex_np(2)
        failed = library.renamex_np(*names, {EXCLUSIVE: 4, EXCHANGE: 2}[way])
    else:
        raise NotImplementedError
    if failed:
        code = ctypes.get_errno()
        if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise NotImplementedError
        raise OSError(code, os.strerror(code), str(source), None, str(target))
