"""Telling a file's family by its content, never by its name."""

from pathlib import Path
from typing import Literal

from refprep.documents import NotRegularError, open_regular
from refprep.errors import SourceError, UnreadableError
from refprep.files import unreadable

Family = Literal["image", "stream"]
HEAD = 64
"Bytes from the start that tell a family."
IMAGE_MAGICS = (
    b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*",
    b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51",
)  # fmt: skip
IMAGE_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
"Major brands of ISO 14496-12 files that hold images: HEIF (ISO 23008-12) and AVIF."


def sniff(path: Path) -> Family:
    """Tell which library reads a file.

    Returns:
        `image` for what Pillow reads; `stream` for all else, which is left to FFmpeg's demuxers.

    Raises:
        SourceError: The file is missing.
        UnreadableError: It is empty, not a regular file, or cannot be opened.
    """
    head = _head(path)
    if not head:
        raise UnreadableError("the file is empty: it holds 0 bytes")
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    heif = head[4:8] == b"ftyp" and head[8:12] in IMAGE_BRANDS
    return "image" if head.startswith(IMAGE_MAGICS) or webp or heif else "stream"


def is_webm(path: Path) -> bool:
    """True where the EBML header of a Matroska file names WebM as its document type."""
    return b"webm" in _head(path)


def _head(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            return file.read(HEAD)
    except NotRegularError as error:
        raise UnreadableError(str(error.strerror)) from None
    except (FileNotFoundError, NotADirectoryError):
        raise SourceError(f"{path}: no such file") from None
    except OSError as error:
        raise unreadable(error) from None
