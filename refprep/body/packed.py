"""A body from a bundle, told as the request that it is: its files are found beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from refprep import envelopes
from refprep.body.reading import read, recognised
from refprep.body.tags import kind_of
from refprep.envelope import Envelope
from refprep.errors import RequestError

MANIFEST = "manifest.json"


class Opened(NamedTuple):
    """A request as data, its files relative to its folder; envelope None: it was no body."""

    request: dict[str, Any]
    envelope: Envelope | None = None
    inside: bool = False
    "True where the body holds media as data: URIs."


def opened(data: dict[str, Any], path: Path) -> Opened:
    """A body as the request that it is; any other data as it is.

    RequestError where it names a file that is not at hand.
    """
    manifest = _beside(path) if "model" in data else {}
    envelope = _told(manifest) or recognised(data, map(envelopes.load, _names()))
    if "model" not in data or envelope is None:
        return Opened(data)
    try:
        said = read(data, envelope)
    except ValueError as error:
        raise RequestError(f"{path}: {error}") from None
    files = {str(one["slot"]): str(one["path"]) for one in manifest.get("files", ())}
    request: dict[str, Any] = {**said.parameters, "prompt": said.prompt, "faces": said.faces}
    for slot, uri in said.media.items():
        here = _local(uri, files.get(slot), f"{path}: {slot}")
        request.setdefault(f"{kind_of(slot)}s", []).append(here)
    inside = any(uri.startswith("data:") for uri in said.media.values())
    return Opened(request, envelope, inside)


def _local(uri: str, told: str | None, place: str) -> str:
    """The path of a file: its own where it has one, else what the manifest says of its slot."""
    if not uri.startswith(("https:", "http:", "data:")):
        return uri
    if told:
        return told
    short = uri if len(uri) < 80 else f"{uri[:40]}..."
    raise RequestError(f"{place} is {short}, and no {MANIFEST} beside it tells which file that is")


def _beside(path: Path) -> dict[str, Any]:
    """The manifest beside a body; nothing where there is none that can be read."""
    try:
        told = json.loads((path.parent / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _told(manifest: Mapping[str, Any]) -> Envelope | None:
    """The envelope that a manifest holds."""
    try:
        return Envelope.model_validate(manifest["envelope"])
    except (KeyError, ValidationError):
        return None


def _names() -> list[str]:
    """The envelopes that come with refprep, the default one first."""
    return sorted(envelopes.names(), key=lambda name: name != envelopes.DEFAULT)
