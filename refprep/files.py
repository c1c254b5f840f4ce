"""Files: their digests, and writing them atomically, whole or not at all."""

import errno
import hashlib
import io
import multiprocessing
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
import tomllib
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from refprep.errors import OutputError

PREFIX, SUFFIX = ".refprep-", ".partial"
"How the names of files that are being written begin and end."
STALE = 24 * 60 * 60
"Seconds after which no run can still be writing a file."


class NotRegularError(OSError):
    """Something that is no plain file: a folder, a pipe, a socket, a device, a file of /proc."""


def open_regular(path: Path) -> io.BufferedReader:
    """Open a regular file to read; nothing else is opened for longer than it takes to tell.

    A pipe or a device is refused without waiting for it, and becomes no controlling terminal.

    Raises:
        NotRegularError: It is something else; the text says what.
        OSError: It cannot be opened.
    """
    try:
        file = open(path, "rb", buffering=0, opener=_open_now)  # noqa: SIM115 (closed by the reader)
    except IsADirectoryError:
        raise NotRegularError(errno.EINVAL, "not a file but a directory") from None
    except OSError as error:
        if error.errno == errno.ENXIO:  # how Linux answers to a socket
            raise NotRegularError(errno.EINVAL, "not a file but a socket") from None
        raise
    except ValueError:  # a name with a NUL
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
    try:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            kind = FILE_KINDS.get(stat.S_IFMT(facts.st_mode), "device")
            raise NotRegularError(errno.EINVAL, f"not a file but a {kind}")
        if facts.st_dev in _made_up() or (facts.st_size == 0 and _has_bytes(file)):
            raise NotRegularError(errno.EINVAL, "not a file on a disk: the system makes it up")
    except BaseException:
        file.close()
        raise
    return io.BufferedReader(file)


FILE_KINDS = {stat.S_IFDIR: "directory", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}


def _open_now(path: str, flags: int) -> int:
    """Open without waiting, for this process alone."""
    more = ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY")  # Windows has none of them
    return os.open(path, flags | sum(getattr(os, name, 0) for name in more))


@cache
def _made_up() -> frozenset[int]:
    """The file systems whose files the kernel writes while they are read."""
    places = (Path("/proc"), Path("/sys"))
    return frozenset(place.stat().st_dev for place in places if place.is_mount())


def _has_bytes(file: io.FileIO) -> bool:
    """True for a file of /proc elsewhere: it has no size, and still a content."""
    try:
        return bool(os.read(file.fileno(), 1))
    except OSError:
        return True


def read_bounded(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes.

    Raises:
        NotRegularError: It is no regular file.
        OSError: It cannot be read, or is larger; `strerror` says so.
    """
    with open_regular(path) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"is larger than {limit:,} bytes", str(path))
    return content


def require_bounded(value: Any) -> None:
    """ValueError for data of a stranger that is nested too deep, too much, or holds huge numbers.

    Aliases count as often as they are used, so that a few lines cannot stand for millions.
    """
    stack, count = [(value, 1)], 0
    while stack:
        item, depth = stack.pop()
        count += 1
        if count > MAX_VALUES:
            raise ValueError(f"holds more than {MAX_VALUES:,} values")
        if isinstance(item, int) and item.bit_length() > MAX_BITS:
            raise ValueError(f"holds a whole number of more than {MAX_BITS} bits")
        if isinstance(item, dict | list | tuple):
            if depth > MAX_DEPTH:
                raise ValueError(f"is nested more than {MAX_DEPTH} deep")
            inner = [*item.keys(), *item.values()] if isinstance(item, dict) else item
            stack += [(each, depth + 1) for each in inner]


MAX_DEPTH, MAX_VALUES, MAX_BITS = 64, 100_000, 128
"What data from outside may hold: tables in tables, values in all, bits of a whole number."
DOCUMENT_SIZE, BODY_SIZE = 1 << 20, 128 << 20
"Bytes of what people write (TOML, YAML), and of JSON, which may hold media as data: URIs."


def parse_toml(text: str) -> Any:
    """What a TOML document holds. ValueError: it is none, or has a key of very many parts.

    The time that tomllib takes for a dotted key grows with the square of its parts.
    """
    if _LONG_KEY.search(text):
        raise ValueError(f"is nested more than {MAX_DEPTH} deep")
    return tomllib.loads(text)


_LONG_KEY = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+)""" + f"{{{MAX_DEPTH}}}"
)


def read_document(path: Path, parse: Callable[[str], Any], limit: int = DOCUMENT_SIZE) -> Any:
    """What a document of a stranger holds.

    Raises:
        OSError: It is no regular file, cannot be read, or is too large.
        ValueError: It cannot be parsed, or holds too much.
    """
    try:
        value = parse(read_bounded(path, limit).decode("utf-8-sig"))
    except (RecursionError, MemoryError):
        raise ValueError(f"is nested more than {MAX_DEPTH} deep") from None
    require_bounded(value)
    return value


MAX_FILES, MAX_FOLDERS = 1_000, 8
"Files in a bundle, and folders in each other; a request has some twenty files in one folder."


def files_below(folder: Path) -> list[Path]:
    """The files below a folder of a stranger, sorted.

    Raises:
        NotRegularError: It holds a symbolic link, or anything that is no regular file.
        OSError: It holds too much, or cannot be read.
    """
    found: list[Path] = []
    waiting, count = [(str(folder), 1)], 0
    while waiting:
        place, depth = waiting.pop()
        with os.scandir(place) as entries:
            for entry in entries:
                count += 1
                if count > MAX_FILES:
                    raise OSError(errno.EFBIG, f"holds more than {MAX_FILES:,} files", place)
                if entry.is_symlink():
                    raise NotRegularError(errno.EINVAL, "is a symbolic link", entry.path)
                if entry.is_dir(follow_symlinks=False):
                    if depth >= MAX_FOLDERS:
                        why = f"is nested more than {MAX_FOLDERS} folders deep"
                        raise OSError(errno.EFBIG, why, entry.path)
                    waiting.append((entry.path, depth + 1))
                elif not entry.is_file(follow_symlinks=False):
                    raise NotRegularError(errno.EINVAL, "is no regular file", entry.path)
                else:
                    found.append(Path(entry.path))
    return sorted(found)


def sha256(path: Path) -> str:
    """The SHA-256 of a regular file, 64 hexadecimal digits."""
    with open_regular(path) as file:
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
    return folder / f"{PREFIX}{_owner()}-{secrets.token_hex(8)}{SUFFIX}"


def remove_stale(folder: Path) -> None:
    """Remove what killed runs left half-written in a folder, a day ago or longer."""
    for left in folder.glob(f"{PREFIX}*{SUFFIX}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def remove_partial(folder: Path) -> None:
    """Remove what worker processes of this one left half-written when they ended early."""
    for left in folder.glob(f"{PREFIX}{os.getpid()}-*{SUFFIX}"):
        left.unlink(missing_ok=True)


def _owner() -> int:
    """The process that the work is done for: a worker's parent, or this one."""
    parent = multiprocessing.parent_process()
    return (parent and parent.pid) or os.getpid()


def _finish(partial: Path, target: Path) -> None:
    """Flush to disk, give ordinary permissions, and rename."""
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    umask = os.umask(0)
    os.umask(umask)
    partial.chmod(0o666 & ~umask)
    partial.replace(target)
