"""Decoders: bytes to facts. Content tells the format; a codec is imported where it is needed.

`facts` and all below it return plain data and import no pydantic, so that a worker process starts
fast, and sends nothing but JSON.
"""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refprep.decoders.sniff import sniff
from refprep.errors import RefprepError, TooBigError, UnreadableError
from refprep.files import is_of_system
from refprep.files import unreadable as cannot_read
from refprep.isolation.call import over_memory
from refprep.models.budget import DEFAULT

if TYPE_CHECKING:
    from refprep.models.media import Media, Unreadable

Facts = dict[str, Any]
"The fields of an Image, a Video or an Audio, by their names."


def facts(
    path: str | Path,
    *,
    decode: bool = True,
    start: float = 0.0,
    end: float | None = None,
    memory: int = DEFAULT.memory,
) -> Facts:
    """Read the facts of a file, as plain data.

    Args:
        path: The file.
        decode: True to decode everything to its end. False to read headers and packets, and one
            frame of a video for its display matrix.
        start: Where the part of a video or audio begins in which content is checked (black,
            frozen, silent), in seconds.
        end: Where it ends; None for the end of the file.
        memory: Bytes that decoding may take, as far as the header tells.

    Raises:
        SourceError: The file is missing.
        UnreadableError: The file is broken, or nothing in it can be decoded; a TooBigError where it
            takes more memory.
    """
    path = Path(path)
    try:
        if sniff(path) == "image":
            from refprep.decoders import image

            return image.probe(path, decode=decode, memory=memory)
        from refprep.decoders import container

        return container.probe(path, decode=decode, start=start, end=end, memory=memory)
    except UnreadableError as error:
        error.source = str(path)
        raise
    except RefprepError:
        raise
    except MemoryError:
        raise TooBigError(over_memory(memory), source=str(path)) from None
    except OSError as error:
        failure = cannot_read(error) if is_of_system(error) else UnreadableError(_reason(error))
        failure.source = str(path)
        raise failure from None
    except Exception as error:  # decoders raise almost anything over a broken file
        raise UnreadableError(_reason(error), source=str(path)) from None


def _reason(error: Exception) -> str:
    return f"cannot be read: {' '.join(str(error).split()) or type(error).__name__}"


def modules_of(path: Path) -> tuple[str, ...]:
    """The modules that decode a file.

    Raises:
        SourceError: The file is missing.
        UnreadableError: It is empty, not a regular file, or cannot be opened.
    """
    return MODULES[sniff(path)]


MODULES: dict[str, tuple[str, ...]] = {
    "image": ("refprep.decoders.image", "PIL.JpegImagePlugin", "PIL.PngImagePlugin", "simplejpeg"),
    "stream": ("refprep.decoders.container", "refprep.decoders.content"),
}
"What a worker imports for a file, by its family."


def media_of(found: Facts) -> "Media":
    """The facts of a file as a model."""
    from refprep.models.media import Audio, Image, Video

    kinds: dict[str, type[Image | Video | Audio]] = {"image": Image, "video": Video, "audio": Audio}
    return kinds[found["kind"]].model_validate(found)


def unreadable(path: Path, error: UnreadableError) -> "Unreadable":
    """A broken file is a fact, too."""
    from refprep.models.media import Unreadable

    size = None
    with suppress(OSError):
        size = path.stat().st_size if path.is_file() else None
    return Unreadable.model_validate({"size": size, "reason": str(error), "rule": error.rule})
