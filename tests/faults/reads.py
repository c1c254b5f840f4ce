"""A disk that fails, or a file that shrinks, at the n-th read of one file."""

import builtins
import errno
import io
import os
from pathlib import Path
from typing import Any

import pytest

from refprep import decoders

NAME = "tests.faults.reads"
DYING, SHRINKING = "dying", "shrinking"
ERRORS = (errno.EIO, errno.ESTALE, errno.EACCES)


class Disk:
    """Counts the reads of one file, by the system's calls, and spoils them from the n-th on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
        self.path, self.reads = path, 0
        self.first: int | None = None
        self.way, self.error, self.lasting = DYING, errno.EIO, True
        opened = builtins.open

        def opening(path: Any, mode: str = "r", *arguments: Any, **keywords: Any) -> Any:
            if isinstance(path, int) or Path(path).absolute() != self.path or mode != "rb":
                return opened(path, mode, *arguments, **keywords)
            assert keywords["buffering"] == 0, "a source is opened past open_regular"
            return File(self, path, keywords["opener"])

        monkeypatch.setattr(builtins, "open", opening)

    def spoil(self, first: int, way: str = DYING, error: int = errno.EIO) -> None:
        self.reads, self.first, self.way, self.error = 0, first, way, error

    def read(self) -> None:
        self.reads += 1
        if self.first is None or self.reads < self.first:
            return
        if self.way == DYING and (self.lasting or self.reads == self.first):
            raise OSError(self.error, os.strerror(self.error))
        if self.way == SHRINKING and self.reads == self.first:
            os.truncate(self.path, self.path.stat().st_size // 2)


class File(io.FileIO):
    """A file of that disk."""

    def __init__(self, disk: Disk, path: Any, opener: Any) -> None:
        super().__init__(path, "rb", opener=opener)
        self.disk = disk

    def readinto(self, buffer: Any) -> Any:
        self.disk.read()
        return super().readinto(buffer)

    def readall(self) -> bytes:
        self.disk.read()
        return bytes(super().readall())


def facts(path: str, number: int) -> Any:
    """What a worker says of a file whose n-th read fails."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        disk = Disk(monkeypatch, Path(path))
        disk.spoil(number)
        return decoders.facts(path)
