"""Request files: the user's own, and the request.json of a bundle, read back as a request."""

import hashlib
import json
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from refprep import envelopes
from refprep.envelopes import data_uri
from refprep.envelopes.body_reader import BodyContent, envelope_of, read
from refprep.errors import RequestError, SourceError, UsageError, unknown
from refprep.models.address import scheme_of
from refprep.models.envelope import Envelope
from refprep.models.request import Request, slot_kind
from refprep.models.source import URLS, Source
from refprep.options import DEFAULT_ENVELOPE
from refprep.packer.loader import PackedFile, PackedManifest, load_manifest

SUFFIXES = (".toml", ".yaml", ".yml", ".json")


class BundleRequest(Request):
    """The request that a body holds, with the envelope that the body is for."""

    envelope: Envelope = Field(exclude=True)
    inline: frozenset[str] = Field(default=frozenset(), exclude=True)
    "The slots whose media the body holds as data: URIs."


def is_request_file(path: object) -> bool:
    """True for a path whose suffix is that of a request file."""
    if not isinstance(path, str | Path) or scheme_of(str(path)) in URLS:
        return False
    return Path(path).suffix.lower() in SUFFIXES


def load_request(path: str | Path, *, any_model: bool = False) -> Request:
    """Read a .toml, .yaml or .json request; its media are relative to it.

    Args:
        path: A request file, or the request.json of a bundle: that one is read as a BundleRequest,
            which knows its envelope.
        any_model: Whether a body may name a model that no envelope is for: the caller knows which
            envelope it is to be checked against.

    Raises:
        SourceError: There is no such file.
        RequestError: It cannot be read as a request.
    """
    path = Path(path)
    data = _parse(path)
    manifest = _manifest_beside(path) if "model" in data else None
    known = map(envelopes.load, _names())
    envelope = manifest.envelope if manifest else envelope_of(data, known)
    request: Request
    try:
        if "model" in data and envelope is not None:
            if not any_model:
                _check_model(data["model"], envelope)
            packed = manifest.files if manifest else ()
            request = _request_of_body(path, read(data, envelope), packed, envelope)
        else:
            request = Request.model_validate(data)
    except (ValueError, RequestError) as error:
        raise RequestError(f"{path}: {error}", source=str(path)) from None
    except SourceError as error:
        raise SourceError(f"{path}: {error}", source=str(path)) from None
    return request.relative_to(path.parent)


def _check_model(model: object, envelope: Envelope) -> None:
    """RequestError for another model: it may have other limits and another price."""
    if model != envelope.model:
        models = {envelopes.load(name).model for name in envelopes.names()} | {envelope.model}
        hint = f"--envelope {envelope.name} checks it as {envelope.model}"
        raise RequestError(f"{unknown('model', str(model), models)} {hint}")


def _request_of_body(
    path: Path, content: BodyContent, packed: Sequence[PackedFile], envelope: Envelope
) -> BundleRequest:
    """The body as a request: its files by the paths that the body or the manifest names."""
    files = {file.slot: file for file in packed if (path.parent / file.path).is_file()}
    inline = {slot for slot, uri in content.media.items() if scheme_of(uri) == "data"}
    fields: dict[str, Any] = {
        **content.parameters, "prompt": content.prompt, "faces": content.faces,
        "envelope": envelope, "inline": inline,
    }  # fmt: skip
    for slot, uri in content.media.items():
        source = source_of(uri, f"{path.name}#{slot}", files.get(slot))
        fields.setdefault(f"{slot_kind(slot)}s", []).append(source)
    return BundleRequest.model_validate(fields)


def source_of(uri: str, name: str, packed: PackedFile | None) -> Source:
    """Where the bytes are that a body names by a URI.

    Args:
        uri: A path, a URL or a data: URI.
        name: What the bytes of a data: URI are called.
        packed: The file that was packed for the slot and is there: it is at the URL by now, or the
            data: URI holds its bytes.

    Raises:
        ValueError: A data: URI is not base64.
        SourceError: A URL is none that could be sent.
    """
    scheme = scheme_of(uri)
    if packed and scheme == "https":
        return Source(path=Path(packed.path))
    if scheme != "data":
        return Source.parse(uri)
    try:
        content = data_uri.content(uri)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if packed and hashlib.sha256(content).hexdigest() == packed.sha256:
        return Source(path=Path(packed.path))
    return Source(path=Path(name), content=content)


def _manifest_beside(path: Path) -> PackedManifest | None:
    """The manifest beside a body; None where there is none that can be read."""
    try:
        return load_manifest(path.parent, path.parent)
    except UsageError:
        return None


def _names() -> list[str]:
    """The envelopes that come with refprep, the default one first."""
    return sorted(envelopes.names(), key=lambda name: name != DEFAULT_ENVELOPE)


def _parse(path: Path) -> dict[str, Any]:
    parser = _PARSERS.get(path.suffix.lower())
    if parser is None:
        raise RequestError(f"{path}: a request file ends in {', '.join(SUFFIXES)}")
    try:
        data = parser(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file", source=str(path)) from None
    except (OSError, ValueError, RecursionError) as error:
        raise RequestError(f"{path}: {' '.join(str(error).split())}", source=str(path)) from None
    if not isinstance(data, dict):
        raise RequestError(f"{path}: a request is a table of prompt, images, videos, audios")
    return data


def _yaml(text: str) -> Any:
    from ruamel.yaml import YAML

    try:
        return YAML(typ="safe", pure=True).load(text)  # YAML 1.2, in which 9:16 is no number
    except Exception as error:  # not only YAMLError: `!!int` of nothing is an IndexError
        raise ValueError(f"cannot be read as YAML: {error}") from None


_PARSERS: dict[str, Callable[[str], Any]] = {
    ".toml": tomllib.loads,
    ".json": json.loads,
    ".yaml": _yaml,
    ".yml": _yaml,
}
