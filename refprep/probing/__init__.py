"""Reading facts from bytes: told by content, codecs imported only when their family turns up."""

from pathlib import Path

from refprep.errors import Unreadable
from refprep.media import Media, Unread
from refprep.probing.sniff import sniff
from refprep.source import Window


def read(path: Path, *, decode: bool = True, window: Window | None = None) -> Media:
    """The facts of a file. Raises SourceError where it is missing, Unreadable where it is broken.

    With `decode` everything is decoded to its end, and a file that gives nothing is Unreadable;
    without, headers and packets are read, and one frame of a clip (for its display matrix). What
    eyes and ears would notice is looked for inside the `window`.
    """
    if sniff(path) == "image":
        from refprep.probing import image

        return image.probe(path, decode=decode)
    from refprep.probing import clip

    return clip.probe(path, decode=decode, window=window)


def attempt(path: Path, *, decode: bool = True, window: Window | None = None) -> Media | Unread:
    """As `read`, but a broken file is a fact, too."""
    try:
        return read(path, decode=decode, window=window)
    except Unreadable as error:
        size = path.stat().st_size if path.is_file() else None
        return Unread(bytes=size, reason=str(error))
