"""Media inside the body, as data: URIs (RFC 2397)."""

import base64
from pathlib import Path

from refprep.models.formats import mime_of


def head(name: str | None) -> str:
    """The start of a data: URI of this format: `data:image/jpeg;base64,`."""
    return f"data:{mime_of(name)};base64,"


def length(size: int) -> int:
    """Characters of the base64 text of so many bytes."""
    return (size + 2) // 3 * 4


MAX_SIZE = 256_000_000
"Bytes of a data: URI that are read; providers take bodies of 64 MB."


def content(text: str) -> bytes:
    """The bytes of a data: URI. ValueError where it holds no base64, or too much of it."""
    head, comma, encoded = text.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise ValueError("a data: URI that is not base64, which no provider takes")
    if len(encoded) > length(MAX_SIZE):
        raise ValueError(f"a data: URI of more than {MAX_SIZE:,} bytes")
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:  # also: a character beyond ASCII
        raise ValueError("a data: URI whose base64 is damaged") from None


def uri(path: Path, name: str | None) -> str:
    """A whole file as a data: URI."""
    return head(name) + base64.b64encode(path.read_bytes()).decode("ascii")


def join(mime: str, text: str) -> str:
    """The data: URI of a media type and a base64 text."""
    return f"data:{mime};base64,{text}"


def split(text: str) -> tuple[str, str]:
    """Media type and base64 text of a data: URI; of any other URI, nothing and itself."""
    start, found, content = text.partition(";base64,")
    return (start.removeprefix("data:"), content) if found else ("", text)
