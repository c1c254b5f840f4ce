"""Reading the bytes of media: a failure of the system to read is kept apart from damage.

Libraries take a disk that fails, or a file that shrinks, for the end of the file, and then call it
truncated. All bytes of a source go through `documents.open_regular`, here: what fails is noted, and
reported instead of whatever a library made of it. No file is mapped: the system ends a process that
touches a mapped page which it cannot read.
"""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from re import Pattern
from typing import Any, overload

from refprep.documents import open_regular
from refprep.errors import ReadError, UnreadableError
from refprep.files import CHANGED, unreadable

BLOCK = 1 << 18
"Bytes that are kept of a file whose structure is read."
ORIGINS = (os.SEEK_SET, os.SEEK_CUR, os.SEEK_END)
INVALID = -22
"What a seek to before the start of a file returns, as FFmpeg expects it: -EINVAL."


class Reader(io.RawIOBase):
    """A regular file for a C library: a read that fails is its end, and is noted.

    It has no file number, so that no library reads or maps the file without it.

    Attributes:
        name: How FFmpeg names the file.
        failure: Why it could not be read to its end; None where it could.
    """

    def __init__(self, path: Path) -> None:
        """OSError where the file cannot be opened."""
        super().__init__()
        self.name = f"file:{path}"  # keeps names such as "-x.mp4" or "concat:a" names
        self.failure: UnreadableError | None = None
        self._file = open_regular(path)
        self._size = os.fstat(self._file.fileno()).st_size
        self._place = 0

    def read(self, size: int | None = -1, /) -> bytes:
        if self.failure is not None:
            return b""
        wanted = max(0, self._size - self._place)
        if size is not None and size >= 0:
            wanted = min(size, wanted)
        try:
            if self._file.tell() != self._place:
                self._file.seek(self._place)
            found = self._file.read(wanted)
        except OSError as error:
            self.failure = unreadable(error)
            return b""
        if len(found) < wanted:
            self.failure = ReadError(CHANGED)
        self._place += len(found)
        return found

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        if whence not in ORIGINS:
            return INVALID
        place = offset + (0, self._place, self._size)[whence]
        if place < 0:
            return INVALID
        self._place = place
        return place

    def tell(self) -> int:
        return self._place

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """A file for a library to read; closed when the block ends.

    Raises:
        ReadError: The system failed to read it, whatever the library made of that.
    """
    try:
        reader = Reader(path)
    except OSError as error:
        raise unreadable(error) from None
    with reader:
        try:
            yield reader
        except MemoryError:
            raise
        except Exception:
            if reader.failure is not None:
                raise reader.failure from None
            raise
        if reader.failure is not None:
            raise reader.failure


class Contents:
    """The bytes of a regular file, as those of a `bytes`; a block of them is in memory.

    Raises:
        ReadError: They cannot be read, or the file has become shorter.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = open_regular(path)
        except OSError as error:
            raise unreadable(error) from None
        self._size = os.fstat(self._file.fileno()).st_size
        self._start, self._block = 0, b""

    def __enter__(self) -> "Contents":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: "slice[Any, Any, Any]") -> bytes: ...
    def __getitem__(self, place: "int | slice[Any, Any, Any]") -> int | bytes:
        """A byte, or the bytes of a range, as of a `bytes`."""
        if isinstance(place, slice):
            start, end, step = place.indices(self._size)
            if step != 1:
                return bytes(self[each] for each in range(start, end, step))
            return self._read(start, end)
        if not -self._size <= place < self._size:
            raise IndexError(place)
        return self._read(place % self._size, place % self._size + 1)[0]

    def find(self, wanted: bytes, start: int = 0, end: int | None = None) -> int:
        """Where some bytes begin first in a range; -1 where they are not."""
        end = self._size if end is None else min(end, self._size)
        while start < end:
            block = self[start : min(end, start + BLOCK + len(wanted))]
            if (found := block.find(wanted)) >= 0:
                return start + found
            start += BLOCK
        return -1

    def search(self, pattern: "Pattern[bytes]", start: int, longest: int) -> Iterator[int]:
        """Where the matches of a pattern begin, from a place on; none is longer than `longest`."""
        while start < self._size:
            found = pattern.finditer(self[start : start + BLOCK + longest - 1])
            yield from (start + match.start() for match in found if match.start() < BLOCK)
            start += BLOCK

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes of a range, a block at a time."""
        for place in range(start, end, BLOCK):
            yield self[place : min(end, place + BLOCK)]

    def _read(self, start: int, end: int) -> bytes:
        if end <= start:
            return b""
        first = start - self._start
        if first < 0 or end - self._start > len(self._block):
            wanted = min(max(end - start, BLOCK), self._size - start)
            try:
                self._file.seek(start)
                found = self._file.read(wanted)
            except OSError as error:
                raise unreadable(error) from None
            if len(found) < wanted:
                raise ReadError(CHANGED)
            if end - start >= BLOCK:
                return found
            self._start, self._block, first = start, found, 0
        return self._block[first : end - self._start]
