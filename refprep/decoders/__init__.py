"""Decoders: bytes to facts. Content tells the format; a codec is imported where it is needed."""

from contextlib import suppress
from pathlib import Path

from refprep.decoders.sniff import sniff
from refprep.errors import UnreadableError
from refprep.models.media import Media, Unreadable
from refprep.models.source import Window


def read(path: Path, *, decode: bool = True, window: Window | None = None) -> Media:
    """Read the facts of a file.

    Args:
        path: The file.
        decode: True to decode everything to its end. False to read headers and packets, and one
            frame of a video for its display matrix.
        window: The part of a video or audio in which content is checked (black, frozen, silent);
            None for all of it.

    Raises:
        SourceError: The file is missing.
        UnreadableError: The file is broken, or nothing in it can be decoded.
    """
    try:
        if sniff(path) == "image":
            from refprep.decoders import image

            return image.probe(path, decode=decode)
        from refprep.decoders import container

        return container.probe(path, decode=decode, window=window)
    except UnreadableError as error:
        error.source = str(path)
        raise
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}", source=str(path)) from None


def attempt(path: Path, *, decode: bool = True, window: Window | None = None) -> Media | Unreadable:
    """Read the facts of a file, as `read` does; a broken file is a fact, too.

    Raises:
        SourceError: The file is missing.
    """
    try:
        return read(path, decode=decode, window=window)
    except UnreadableError as error:
        size = None
        with suppress(OSError):
            size = path.stat().st_size if path.is_file() else None
        return Unreadable(size=size, reason=str(error))
