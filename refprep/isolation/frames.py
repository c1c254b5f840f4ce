"""Frames: JSON values on a pipe between two processes, each behind its length.

Never pickle: what unpickles the words of a decoder that was taken over executes them.
"""

import json
import struct
from typing import IO, Any

LENGTH = struct.Struct(">I")
MAX_SIZE = 64 << 20
"Bytes of one frame: the steps and facts of a file take some kilobytes, its key frames megabytes."


def encoded(value: Any) -> bytes:
    """A value as a frame; a lone surrogate of a file's name travels as an escape."""
    text = json.dumps(value).encode("ascii")
    return LENGTH.pack(len(text)) + text


def read(file: IO[bytes]) -> Any:
    """The next value.

    Raises:
        EOFError: There is none.
        ValueError: What is there is no frame.
    """
    (size,) = LENGTH.unpack(_exactly(file, LENGTH.size))
    if size > MAX_SIZE:
        raise ValueError(f"a frame of {size:,} bytes")
    return decoded(_exactly(file, size))


def decoded(text: bytes) -> Any:
    """The value of a frame's text. ValueError where it holds none."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("a frame nested without end") from None


def _exactly(file: IO[bytes], size: int) -> bytes:
    found = file.read(size)
    if len(found) < size:
        raise EOFError
    return found
