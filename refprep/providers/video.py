"""Whether a downloaded file is a whole video, by its bytes and the structure of its boxes."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

FIRST = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp")
"The boxes with which an MP4 or MOV begins (ISO/IEC 14496-12; QuickTime has no ftyp)."
EBML, SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80g"
"The first bytes of a WebM file, and of the element in it that holds everything else."
MAX_BOXES = 100_000


def why_no_video(path: Path) -> str:
    """Why a file is no whole video, in a few words; "" for one that is."""
    with path.open("rb") as file:
        head, size = file.read(64), os.fstat(file.fileno()).st_size
        if not size:
            return "it is empty"
        if head[4:8] in FIRST:
            return _boxes_fault(file, size)
        if head.startswith(EBML):
            return _webm_fault(file, size)
    text = head.lstrip().lower()
    return "it is a text, no video" if text.isascii() and b"\0" not in text else "it is no video"


def _boxes_fault(file: BinaryIO, size: int) -> str:
    try:
        found = dict(_boxes(file, size))
    except ValueError as error:
        return str(error)
    missing = [kind for kind in (b"mdat", b"moov") if not found.get(kind)]
    return f"it has no {missing[0].decode()}" if missing else ""


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """The kind and content's size of each box. ValueError where the last one is cut off."""
    at = 0
    for _ in range(MAX_BOXES):
        if size - at < 8:  # zeros at the end do no harm
            return
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if length == 1:
            wide = file.read(8)
            if len(wide) < 8:
                raise ValueError("it is cut off")
            (length,), head = struct.unpack(">Q", wide), 16
        length = length or size - at  # 0: to the end of the file
        if length < head:
            raise ValueError("it has a box that is smaller than its own head")
        if at + length > size:
            raise ValueError(f"it is cut off: {size:,} of at least {at + length:,} bytes")
        yield kind, length - head
        at += length


def _webm_fault(file: BinaryIO, size: int) -> str:
    """The header, then one segment: its size is known, or all that follows."""
    file.seek(4)
    start = 4
    length, width = _number(file.read(8))
    start += width + length
    file.seek(start)
    head = file.read(12)
    if not head.startswith(SEGMENT):
        return "it has no segment"
    length, width = _number(head[4:])
    unknown = length == (1 << 7 * width) - 1
    if not unknown and start + 4 + width + length > size:
        return f"it is cut off: {size:,} of {start + 4 + width + length:,} bytes"
    return ""


def _number(content: bytes) -> tuple[int, int]:
    """A number of EBML and how many bytes it takes (RFC 8794, 4)."""
    if not content or not content[0]:
        return 0, 1
    width = 9 - content[0].bit_length()
    value = int.from_bytes(content[:width], "big")
    return value & ~(1 << 7 * width), width
