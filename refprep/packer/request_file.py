"""Request files: the user's own, and the request.json of a bundle, read back as a request."""

import hashlib
import json
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path, PureWindowsPath
from typing import Any

from pydantic import Field

from refprep import envelopes
from refprep.documents import (
    BODY_SIZE,
    DOCUMENT_SIZE,
    REQUEST_SUFFIXES,
    no_warnings,
    parse_toml,
    read_document,
)
from refprep.envelopes import data_uri
from refprep.envelopes.body_reader import BodyContent, envelopes_of, is_body, read
from refprep.errors import RequestError, SourceError, UsageError, unknown
from refprep.models.address import scheme_of
from refprep.models.envelope import Envelope
from refprep.models.integrity import HeldEnvelope
from refprep.models.request import FIELDS, Request
from refprep.models.source import URLS, Source
from refprep.options import DEFAULT_ENVELOPE
from refprep.packer.loader import (
    PackedFile,
    PackedManifest,
    UnsafeBundleError,
    load_manifest,
    refuse_links,
)
from refprep.packer.names import BODY, MANIFEST


class BundleRequest(Request):
    """The request that a body holds, with the envelope that the body is for."""

    envelope: Envelope = Field(exclude=True)
    inline: frozenset[str] = Field(default=frozenset(), exclude=True)
    "The slots whose media the body holds as data: URIs."
    held: HeldEnvelope | None = Field(default=None, exclude=True)
    "What the manifest beside the body decides of the limits and rules."


def is_request_file(path: object) -> bool:
    """True for a path whose suffix is that of a request file."""
    if not isinstance(path, str | Path) or scheme_of(str(path)) in URLS:
        return False
    return Path(path).suffix.lower() in REQUEST_SUFFIXES


def load_request(
    path: str | Path, *, chosen: Envelope | None = None, allow_outside: bool = False
) -> Request:
    """Read a .toml, .yaml or .json request; its media are relative to it.

    Args:
        path: A request file, or the body of a provider, such as the request.json of a bundle: that
            one is read as a BundleRequest, which knows its envelope.
        chosen: The envelope that it is to be checked against, whatever model a body names; None:
            that of the body.
        allow_outside: Whether it may name files that do not lie below its own folder.

    Raises:
        SourceError: There is no such file.
        RequestError: It cannot be read as a request, or names a file outside its folder.
        UnsafeBundleError: It is a bundle's, and there are links in that.
    """
    path = Path(path)
    if path.name == BODY and (path.parent / MANIFEST).is_file():  # a bundle: perhaps a stranger's
        refuse_links(path.parent, path.parent)
    data = _parse(path)
    request: Request
    try:
        envelope, manifest = _envelope_of(data, path, chosen)
        if envelope is None:
            request = Request.model_validate(data)
        else:
            if chosen is not None and (model := chosen.body.model) in data:
                data[str(model)] = envelope.model  # the user has chosen, whatever the body names
            request = _request_of_body(path, read(data, envelope), manifest, envelope)
    except (ValueError, RequestError) as error:
        raise RequestError(f"{path}: {error}", source=str(path)) from None
    except SourceError as error:
        raise SourceError(f"{path}: {error}", source=str(path)) from None
    for slot, source in request.slots.items() if not allow_outside else ():
        if source.is_file and not _is_below(path.parent, str(source.path)):
            raise RequestError(
                f"{path}: {slot} names {source}, which is not below the folder of the request; "
                "--allow-outside permits it",
                source=str(path),
            )
    return request.relative_to(path.parent)


def _is_below(folder: Path, name: str) -> bool:
    """True for a relative path, on any system, that leads nowhere else: through no link either."""
    windows = PureWindowsPath(name)  # knows both separators, drives and shares
    if windows.anchor or ".." in windows.parts or windows.parts[:1] == ("~",) or name[:1] == "~":
        return False
    try:
        return (folder / name).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # a name that no file can have, a loop of links
        return "\0" in name or len(name) > 255


def _envelope_of(
    data: dict[str, Any], path: Path, chosen: Envelope | None
) -> tuple[Envelope | None, PackedManifest | None]:
    """The envelope of a body, and the manifest beside it; None where it is no body, or has none.

    Raises:
        RequestError: No envelope is for its model, or several are for bodies of its form.
    """
    if data.keys() <= FIELDS:
        return None, None
    if path.name == BODY and (manifest := _manifest_beside(path)):
        if chosen is None:
            _check_model(data, manifest.envelope)
        return manifest.envelope, manifest
    if chosen is not None and is_body(data, chosen):
        return chosen, None
    fitting = envelopes_of(data, map(envelopes.load, _names()))
    if not fitting:
        return None, None
    envelope = fitting[0]
    if chosen is None:
        _check_model(data, envelope)
        if len(fitting) > 1:
            names = ", ".join(each.name for each in fitting)
            raise RequestError(
                f"the body names no model and may be for {names}: choose one with --envelope"
            )
    return envelope, None


def _check_model(data: Mapping[str, Any], envelope: Envelope) -> None:
    """RequestError for another model: it may have other limits and another price."""
    model = data.get(envelope.body.model or "", envelope.model)
    if model != envelope.model:
        known = (envelopes.load(name) for name in envelopes.names())
        models = {each.model for each in known if each.body.model} | {envelope.model}
        hint = f"--envelope {envelope.name} checks it as {envelope.model}"
        raise RequestError(f"{unknown('model', str(model), models)} {hint}")


def _request_of_body(
    path: Path, content: BodyContent, manifest: PackedManifest | None, envelope: Envelope
) -> BundleRequest:
    """The body as a request: its files by the paths that the body or the manifest names."""
    packed = manifest.files if manifest else ()
    files = {file.slot: file for file in packed if (path.parent / file.path).is_file()}
    inline = {slot for slot, uri in content.media.items() if scheme_of(uri) == "data"}
    typed = {
        name: value
        for name, value in content.parameters.items()
        if envelope.parameters[name].has_type(value)
    }
    fields: dict[str, Any] = {
        "parameters": typed, "prompt": content.prompt, "faces": content.faces,
        "envelope": envelope, "inline": inline, "shape_errors": content.errors,
        "held": manifest and manifest.held,
    }  # fmt: skip
    slots = {
        slot: source_of(uri, f"{path.name}#{slot}", files.get(slot))
        for slot, uri in content.media.items()
    }
    return BundleRequest.model_validate(fields).with_slots(slots)


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
    except UnsafeBundleError:
        raise
    except UsageError:
        return None


def _names() -> list[str]:
    """The envelopes that come with refprep, the default one first."""
    return sorted(envelopes.names(), key=lambda name: name != DEFAULT_ENVELOPE)


def _parse(path: Path) -> dict[str, Any]:
    parser = _PARSERS.get(path.suffix.lower())
    if parser is None:
        raise RequestError(f"{path}: a request file ends in {', '.join(REQUEST_SUFFIXES)}")
    try:
        limit = BODY_SIZE if parser is json.loads else DOCUMENT_SIZE
        data = read_document(path, parser, limit)
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file", source=str(path)) from None
    except OSError as error:
        raise RequestError(f"{path}: {error.strerror}", source=str(path)) from None
    except ValueError as error:
        raise RequestError(f"{path}: {' '.join(str(error).split())}", source=str(path)) from None
    if not isinstance(data, dict):
        raise RequestError(f"{path}: a request is a table of prompt, images, videos, audios")
    return data


def _yaml(text: str) -> Any:
    from ruamel.yaml import YAML

    try:
        aliases = (event for event in YAML(typ="safe", pure=True).parse(text) if _is_alias(event))
        if len(list(islice(aliases, MAX_ALIASES + 1))) > MAX_ALIASES:
            raise ValueError(f"more than {MAX_ALIASES} aliases")
        with no_warnings():
            return YAML(typ="safe", pure=True).load(text)  # YAML 1.2, in which 9:16 is no number
    except Exception as error:  # not only YAMLError: `!!int` of nothing is an IndexError
        raise ValueError(f"cannot be read as YAML: {' '.join(str(error).split())}") from None


def _is_alias(event: object) -> bool:
    return type(event).__name__ == "AliasEvent"


MAX_ALIASES = 16
"Aliases in a YAML file: each level of them multiplies what the one before stands for."
_PARSERS: dict[str, Callable[[str], Any]] = {
    ".toml": parse_toml,
    ".json": json.loads,
    ".yaml": _yaml,
    ".yml": _yaml,
}
