"""Telling a file's family by its content; its name is never believed."""

import stat
import struct
from pathlib import Path
from typing import Literal

from refprep.errors import SourceError, Unreadable

Family = Literal["image", "stream"]
FIRST_FRAME = 4096
"Bytes in which an MP3's first frame ends, by far."
HEAD = 64
"Bytes from the start that tell a family."
IMAGE_MAGICS = (
    b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*",
    b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51",
)  # fmt: skip
IMAGE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
"Major brands of ISO 14496-12 files that hold pictures: HEIF (ISO 23008-12) and AVIF."


def sniff(path: Path) -> Family:
    """`image` for pictures, `stream` for what is left to the demuxers. SourceError, Unreadable."""
    head = _head(path)
    if not head:
        raise Unreadable("the file is empty: it holds 0 bytes")
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    picture = head[4:8] == b"ftyp" and head[8:12] in IMAGE_BRANDS
    return "image" if head.startswith(IMAGE_MAGICS) or webp or picture else "stream"


def is_webm(path: Path) -> bool:
    """True where a Matroska file calls itself WebM in its EBML header."""
    return b"webm" in _head(path)


def counts_frames(path: Path) -> bool:
    """True where an MP3 states its length: a Xing, Info or VBRI tag in its first frame."""
    with path.open("rb") as file:
        head = file.read(10)
        tagged = head[:3] == b"ID3"  # ID3v2.4.0, 3.1: a size of 4 x 7 bits follows
        size = sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        file.seek(size + 10 if tagged else 0)
        first = file.read(FIRST_FRAME)
    return any(tag in first for tag in (b"Xing", b"Info", b"VBRI"))


def missing_of_wav(path: Path) -> float:
    """The part of a WAV's data chunk, 0 to 1, that the file is too short for."""
    size = path.stat().st_size
    with path.open("rb") as file:
        place = 12  # "RIFF", size, "WAVE"; then chunks of name, size, content
        while place + 8 <= size:
            file.seek(place)
            name, length = struct.unpack("<4sI", file.read(8))
            if name == b"data":
                streamed = length in (0, 0xFFFFFFFF)  # a header that was never completed
                return 0.0 if streamed else max(0.0, 1 - (size - place - 8) / length)
            place += 8 + length + length % 2
    return 0.0


def _head(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise Unreadable(f"not a file but a {_special(mode)}")
        with path.open("rb") as file:
            return file.read(HEAD)
    except (FileNotFoundError, NotADirectoryError):
        raise SourceError(f"{path}: no such file") from None
    except OSError as error:
        raise Unreadable(f"cannot be opened: {error.strerror}") from None


def _special(mode: int) -> str:
    names = {stat.S_IFDIR: "directory", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}
    return names.get(stat.S_IFMT(mode), "device")
