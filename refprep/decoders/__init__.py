"""Reading facts from bytes: told by content, codecs imported only when their family turns up."""

from pathlib import Path

from refprep.decoders.sniff import sniff
from refprep.errors import UnreadableError
from refprep.models.media import Media, Unreadable
from refprep.models.source import Window


def read(path: Path, *, decode: bool = True, window: Window | None = None) -> Media:
    """The facts of a file. Raises SourceError where it is missing, UnreadableError where it is broken.

    With `decode` everything is decoded to its end, and a file that gives nothing is UnreadableError;
    without, headers and packets are read, and one frame of a clip (for its display matrix). What
    eyes and ears would notice is looked for inside the `window`.
    """
    if sniff(path) == "image":
        from refprep.decoders import image

        return image.probe(path, decode=decode)
    from refprep.decoders import container

    return container.probe(path, decode=decode, window=window)


def attempt(path: Path, *, decode: bool = True, window: Window | None = None) -> Media | Unreadable:
    """As `read`, but a broken file is a fact, too."""
    try:
        return read(path, decode=decode, window=window)
    except UnreadableError as error:
        size = path.stat().st_size if path.is_file() else None
        return Unreadable(size=size, reason=str(error))
