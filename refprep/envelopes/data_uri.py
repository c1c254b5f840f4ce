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


def uri(path: Path, name: str | None) -> str:
    """A whole file as a data: URI."""
    return head(name) + base64.b64encode(path.read_bytes()).decode("ascii")
