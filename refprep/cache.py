"""The cache: results of earlier runs, found again by the content that they come from."""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, reduce
from importlib.metadata import version
from operator import or_
from pathlib import Path
from typing import BinaryIO

from refprep.files import CHUNK, make_file, new_partial, remove_stale, sha256_of

MAX_SIZE = 2 << 30
"Bytes that the cache may hold; what is longest unused goes first."
LIBRARIES = ("refprep", "av", "pillow", "pillow-heif", "soundfile", "numpy")
FOLDER = "REFPREP_CACHE"
"The environment variable that names the folder; empty: no cache."


def _usual_folder() -> Path | None:
    """The user's cache directory for refprep, or what the environment names instead."""
    if FOLDER in os.environ:
        return Path(os.environ[FOLDER]) if os.environ[FOLDER] else None
    from platformdirs import user_cache_path

    return user_cache_path("refprep")


@dataclass(frozen=True)
class Cache:
    """Files by key, in one folder; without a folder it keeps nothing and finds nothing.

    It never fails: what cannot be read or written counts as not cached. An entry's name ends in a
    digest of its key and content; one that differs from it is removed. No link in it is followed.
    """

    folder: Path | None
    max_size: int = MAX_SIZE
    "In bytes."

    @classmethod
    def at(cls, place: Path | bool) -> "Cache":
        """In a folder; in the user's own for True; nowhere for False."""
        if isinstance(place, bool):
            return cls(_usual_folder() if place else None)
        return cls(place)

    def find(self, key: str) -> Path | None:
        """The file under this key, checked, which now is the last one used; None without one."""
        for path in self._entries(key):
            with suppress(OSError):
                if _digest(key, _chunks(path)) == path.name.rpartition("-")[2]:
                    os.utime(path)
                    return path
            _discard(path)
        return None

    def read(self, key: str) -> bytes | None:
        """The content under this key, checked; None where there is none."""
        for path in self._entries(key):
            with suppress(OSError):
                content = b"".join(_chunks(path))
                if _digest(key, [content]) == path.name.rpartition("-")[2]:
                    os.utime(path)
                    return content
            _discard(path)
        return None

    def copy(self, key: str, target: Path) -> bool:
        """Copy the content under this key to a file, checked while it is copied.

        Returns:
            False where there is none that is whole: what `target` holds then is no result.

        Raises:
            OSError: The target cannot be written.
        """
        for path in self._entries(key):
            with target.open("wb") as file:
                try:
                    digest = _digest(key, _written(_chunks(path), file))
                except CacheReadError:
                    digest = ""
            if digest == path.name.rpartition("-")[2]:
                with suppress(OSError):
                    os.utime(path)
                return True
            _discard(path)
        return False

    def keep(self, key: str, content: bytes | Path) -> None:
        """Keep bytes, or a copy of a file, under a key."""
        if self.folder is None:
            return
        with suppress(OSError):
            place = self.folder / key[:2]
            place.mkdir(parents=True, exist_ok=True)
            if place.is_symlink():
                return
            remove_stale(self.folder)
            chunks = [content] if isinstance(content, bytes) else _chunks(content)
            with new_partial(self.folder, make_file) as partial:
                with partial.open("wb") as file:
                    digest = _digest(key, _written(chunks, file))
                for other in self._entries(key):
                    _discard(other)
                partial.replace(place / f"{key}-{digest}")
            self._shrink(self.folder)

    def _entries(self, key: str) -> Sequence[Path]:
        """The files under a key: one, or none; where two runs kept different results, two."""
        if self.folder is None:
            return ()
        place = self.folder / key[:2]
        try:
            return () if place.is_symlink() else sorted(place.glob(f"{key}-*"))
        except OSError:
            return ()

    def _shrink(self, folder: Path) -> None:
        """Remove what is longest unused, until the rest is small enough."""
        kept = []
        for path in folder.glob("??/*"):
            with suppress(OSError):  # another run may have removed it
                if not path.parent.is_symlink():
                    kept.append((path, path.lstat()))
        over = sum(facts.st_size for _, facts in kept) - self.max_size
        for path, facts in sorted(kept, key=lambda pair: pair[1].st_mtime_ns):
            if over <= 0:
                return
            _discard(path)
            over -= facts.st_size


class CacheReadError(OSError):
    """An entry that cannot be read."""


def _discard(path: Path) -> None:
    """Remove what is no entry; a link itself, not what it leads to."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _chunks(path: Path) -> Iterator[bytes]:
    """The content of a regular file, in parts. CacheReadError where it cannot be read."""
    flags = (getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
    try:
        handle = os.open(path, reduce(or_, flags, os.O_RDONLY))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise CacheReadError("not a file")
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise CacheReadError(*error.args) from None


def _written(chunks: Iterable[bytes], file: BinaryIO) -> Iterator[bytes]:
    """The same parts, each written to a file."""
    for chunk in chunks:
        file.write(chunk)
        yield chunk


def _digest(key: str, chunks: Iterable[bytes]) -> str:
    """What an entry's name ends in: the SHA-256 of its key and its content."""
    digest = hashlib.sha256(key.encode())
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


NO_CACHE = Cache(None)


@cache
def version_key() -> str:
    """A digest of what produces results: the libraries' versions, and refprep's own code.

    The code is known by the sizes and times of its files: reading all of it would cost more than
    many a result does.
    """
    facts = [(path.name, path.stat()) for path in sorted(Path(__file__).parent.rglob("*.py"))]
    code = [f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in facts]
    return sha256_of([*code, *(f"{name} {version(name)}" for name in LIBRARIES)])


def key_of(*parts: str) -> str:
    """The key of what these parts and this version produce."""
    return sha256_of([version_key(), *parts])
