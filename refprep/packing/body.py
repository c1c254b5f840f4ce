"""The body that is POSTed to the provider."""

from collections.abc import Sequence
from typing import Any

from refprep.envelope import Envelope
from refprep.lineup import kind_of
from refprep.media import Kind
from refprep.prepared import Prepared
from refprep.request import KINDS, Request


def body(
    request: Request, prepared: Sequence[Prepared], envelope: Envelope, prefix: str
) -> dict[str, Any]:
    """Model, prompt, media by `prefix`/name in slot order, and the parameters that are set."""
    media = {kind: _urls(kind, prepared, prefix) for kind in KINDS}
    write = _content if envelope.shape == "content" else _fields
    return {"model": envelope.model, **write(request, media, envelope), **_set(request, envelope)}


def _fields(request: Request, media: dict[Kind, list[str]], envelope: Envelope) -> dict[str, Any]:
    """A field for the prompt, and one for each kind of media that there is."""
    filled = {envelope.media_fields[kind]: urls for kind, urls in media.items() if urls}
    return {"prompt": request.prompt, **filled}


def _content(request: Request, media: dict[Kind, list[str]], envelope: Envelope) -> dict[str, Any]:
    """One list: the text, then an item for each file."""
    items = [
        {"type": f"{kind}_url", f"{kind}_url": {"url": url}, "role": f"reference_{kind}"}
        for kind, urls in media.items()
        for url in urls
    ]
    return {"content": [{"type": "text", "text": request.prompt}, *items]}


def _urls(kind: Kind, prepared: Sequence[Prepared], prefix: str) -> list[str]:
    placed = (file for file in prepared if file.slot and kind_of(file.slot) == kind)
    return [f"{prefix}/{file.path.name}" for file in placed]


def _set(request: Request, envelope: Envelope) -> dict[str, Any]:
    known = envelope.parameters
    asked = request.parameters.items()
    return {known[name].field or name: known[name].write(value) for name, value in asked}
