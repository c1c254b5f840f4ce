"""Reading facts from bytes: told by content, codecs imported only when their family turns up."""

from pathlib import Path

from refprep.errors import Unreadable
from refprep.media import Media, Unread
from refprep.probing.sniff import sniff


def read(path: Path, *, decode: bool = True) -> Media:
    """The facts of a file. Raises SourceError where it is missing, Unreadable where it is broken.

    With `decode` everything is decoded to its end, and a file that gives nothing is Unreadable;
    without, headers and packets are read, and one frame of a clip (for its display matrix).
    """
    if sniff(path) == "image":
        from refprep.probing import image

        return image.probe(path, decode=decode)
    from refprep.probing import clip

    return clip.probe(path, decode=decode)


def attempt(path: Path, *, decode: bool = True) -> Media | Unread:
    """As `read`, but a broken file is a fact, too."""
    try:
        return read(path, decode=decode)
    except Unreadable as error:
        size = path.stat().st_size if path.is_file() else None
        return Unread(bytes=size, reason=str(error))
