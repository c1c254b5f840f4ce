"""The cache: results of earlier runs, found again by the content that they come from."""

import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from refprep.files import sha256_of

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

    It never fails: what cannot be read or written counts as not cached.
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
        """The file under this key, which now is the last one used; None where there is none."""
        if self.folder is None:
            return None
        path = self._place(self.folder, key)
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def keep(self, key: str, content: bytes | Path) -> None:
        """Keep bytes, or a copy of a file, under a key."""
        if self.folder is None:
            return
        with suppress(OSError):
            place = self._place(self.folder, key)
            place.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.folder) as temporary:
                copy = Path(temporary) / key
                if isinstance(content, bytes):
                    copy.write_bytes(content)
                else:
                    shutil.copyfile(content, copy)
                copy.replace(place)
            self._shrink(self.folder)

    def _place(self, folder: Path, key: str) -> Path:
        return folder / key[:2] / key

    def _shrink(self, folder: Path) -> None:
        """Remove what is longest unused, until the rest is small enough."""
        kept = [(path, path.stat()) for path in folder.glob("??/*")]
        over = sum(facts.st_size for _, facts in kept) - self.max_size
        for path, facts in sorted(kept, key=lambda pair: pair[1].st_mtime_ns):
            if over <= 0:
                return
            path.unlink(missing_ok=True)
            over -= facts.st_size


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
