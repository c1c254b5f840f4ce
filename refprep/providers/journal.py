"""What is kept of a submission, so that nothing that was paid for is lost.

The journal is a file in the folder of results: lines of JSON, which are only added. Its room on
the disk is taken, and its first line synced, before the request is sent; so the id of a generation
can be kept even where the disk has filled up meanwhile. A line that a crash cut in half is no line.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from refprep.providers.contents import open_inside
from refprep.providers.wire import SubmitError

NAME = "generation.jsonl"
SENDING, QUEUED, ANSWERED, FETCHED, BROKEN = "sending", "queued", "answered", "fetched", "failed"
"The states: the request may be under way; ids are known; so is the answer; the end, good or bad."
OPEN = (SENDING, QUEUED, ANSWERED)
"The states in which something may be paid for and not fetched."
ROOM = 64 << 10
"Bytes that are taken beforehand: the answer to a request has some hundred for each generation."
JOURNAL_BYTES = 32 << 20
FAR = 1 << 40
"Where Windows locks a byte: beyond the end, so that the file can still be read."


class Journal:
    """The journal of one folder of results. It is read once; `keep` adds to it."""

    def __init__(self, folder: Path, tell: Any = lambda line: None) -> None:
        self.path, self.tell = folder / NAME, tell
        self.facts: dict[str, Any] = {}
        self._file: BinaryIO | None = None
        self._end = 0
        if folder.is_dir():
            self._read(folder)

    def _read(self, folder: Path) -> None:
        try:
            with open_inside(folder, NAME, JOURNAL_BYTES) as file:
                content = file.read()
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise SubmitError(f"{self.path}: cannot be read: {error}") from None
        for line in content.splitlines(keepends=True):
            try:
                facts = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(facts, dict) and line.endswith(b"\n"):
                self.facts.update(facts)
                self._end = content.index(line, self._end) + len(line)

    @property
    def state(self) -> str:
        """One of the states; "" where nothing was sent."""
        return str(self.facts.get("state", ""))

    @property
    def ids(self) -> list[str]:
        """The generations that are known."""
        ids = self.facts.get("ids")
        return [key for key in ids if isinstance(key, str)] if isinstance(ids, list) else []

    def is_fetched(self, request: str) -> bool:
        """True where the video of a request, by its identity, is there already."""
        return self.state == FETCHED and self.facts.get("request") == request

    def begin(self, **facts: Any) -> None:
        """Start anew: take the room, write a first line, sync. SubmitError: there is no place."""
        self.close()
        self.facts = {"schema": 1, **facts}
        line = json.dumps(self.facts).encode() + b"\n"
        try:
            write(self.path, line + b" " * max(0, ROOM - len(line)))
            self._file, self._end = self.path.open("r+b"), len(line)
        except OSError as error:
            self.facts = {}
            raise SubmitError(f"{self.path}: {error.strerror}") from None
        except SubmitError:
            self.facts = {}
            raise

    def keep(self, **facts: Any) -> bool:
        """Add a line and sync it. False, and a line of progress, where that cannot be done."""
        self.facts.update(facts)
        line = json.dumps(facts).encode() + b"\n"
        try:
            self._file = self._file or self.path.open("r+b")
            self._file.seek(self._end)
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())
            if os.path.samestat(os.fstat(self._file.fileno()), self.path.stat()):
                self._end += len(line)
                return True
            why = "another file has taken its place"
        except OSError as error:
            why = error.strerror or str(error)
        self.tell(f"{self.path}: cannot be written: {why}; keep this: {line.decode().strip()}")
        return False

    def remove(self) -> None:
        """Forget a request that started nothing."""
        self.close()
        self.facts = {}
        with contextlib.suppress(OSError):
            self.path.unlink()
            self.path.parent.rmdir()  # where nothing else is in it

    def close(self) -> None:
        """Close the file."""
        if self._file:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None


def now() -> str:
    """This moment, for a line of the journal: 2026-11-25T10:00:00Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and sync it. SubmitError where it cannot be written."""
    with Download(path) as file:
        file.write(content)
        file.finish(path)


class Download:
    """A file under construction beside its place. Its errors are SubmitErrors, never OSErrors."""

    def __init__(self, path: Path) -> None:
        self.place, self.path = path, path.with_name(f".{path.name}.part")
        self.sha256, self.size = hashlib.sha256(), 0

    def __enter__(self) -> Download:
        with self._errors():
            self.place.parent.mkdir(parents=True, exist_ok=True)
            if self.path.is_symlink() or self.path.exists():
                self.path.unlink()
            self._file = self.path.open("xb")  # follows no link that a stranger has put there
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self.path.unlink()

    def write(self, content: bytes) -> int:
        """Add some bytes."""
        self.sha256.update(content)
        self.size += len(content)
        with self._errors():
            return self._file.write(content)

    def end(self) -> None:
        """Sync what was written; then it can be looked at under `path`."""
        with self._errors():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()

    def finish(self, target: Path) -> None:
        """Give it its name, for good."""
        with self._errors():
            if not self._file.closed:
                self.end()
            self.path.replace(target)
            sync_folder(target.parent)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise SubmitError(f"{self.place}: cannot be written: {reason}") from None


def sync_folder(folder: Path) -> None:
    """Sync the names in a folder, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def alone(bundle: Path) -> Iterator[None]:
    """In this block no other run works on the bundle. The system frees it when a run is killed.

    SubmitError where another run does.
    """
    path = bundle / "manifest.json" if bundle.is_dir() else bundle
    try:
        file = path.open("rb")
    except OSError as error:
        raise SubmitError(f"{path}: {error.strerror}", 1) from None
    with file:
        try:
            _lock(file)
        except (BlockingIOError, PermissionError):
            why = "another run is at work on this bundle; wait for it"
            raise SubmitError(f"{bundle}: {why}") from None
        except OSError:
            pass  # a file system without locks
        yield


def _lock(file: BinaryIO) -> None:
    """Lock a file until it is closed. BlockingIOError or PermissionError: it is locked."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        return
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
