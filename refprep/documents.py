"""Documents of strangers: what is no regular file is refused, and what is read is bounded."""

import errno
import io
import os
import re
import stat
import tomllib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any


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
MAX_MARKS = 4 * MAX_VALUES
"Commas and opening brackets, in texts, too: 128 MiB of `{},` take 6.5 GB once they are parsed."
REQUEST_SUFFIXES = (".toml", ".yaml", ".yml", ".json")
"How the names of request files end."
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
        content = read_bounded(path, limit)
        if sum(map(content.count, (b",", b"[", b"{"))) > MAX_MARKS:  # each value begins with one
            raise ValueError(f"holds more than {MAX_VALUES:,} values")
        value = parse(content.decode("utf-8-sig"))
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


_silent: ContextVar[bool] = ContextVar("_silent", default=False)


class _InSilence:
    """Stands for the pattern of a module's name; it matches in a context that asked for silence."""

    def match(self, module: str) -> bool:
        return _silent.get()


SILENCE: Any = ("ignore", None, Warning, _InSilence(), 0)
"A filter of warnings for one context only; `warnings.catch_warnings` is one for all threads."


@contextmanager
def no_warnings() -> Iterator[None]:
    """Silence the warnings of a parser or decoder: they would print words of a file.

    Safe in threads: warnings elsewhere are not touched.
    """
    if SILENCE not in warnings.filters[:1]:
        warnings.filters.insert(0, SILENCE)  # type: ignore[attr-defined]
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)
