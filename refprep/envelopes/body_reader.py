"""Reads a body: whose it is, the files in its slots, its prompt and parameters."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from refprep.models.envelope import Envelope
from refprep.models.limits import Scalar
from refprep.models.media import Kind


class BodyContent(NamedTuple):
    """The content of a body, by the names of a request."""

    prompt: str | None
    media: dict[str, str]
    "The URI of each slot, in order."
    faces: tuple[str, ...]
    parameters: dict[str, Scalar]


def envelope_of(body: Mapping[str, Any], known: Iterable[Envelope]) -> Envelope | None:
    """The envelope that a body is written for: the first of its model that has all its keys.

    Args:
        body: A JSON object.
        known: The envelopes to choose from.

    Returns:
        Where no envelope has this model, the first one that has all its keys. None: it is no
        provider's body.
    """
    if "model" not in body:
        return None
    fitting = [envelope for envelope in known if not unknown_keys(body, envelope)]
    same_model = (
        envelope
        for envelope in fitting
        if envelope.model == body["model"] and _accepts_parameters(envelope, body)
    )
    return next(same_model, next(iter(fitting), None))


def unknown_keys(body: Mapping[str, Any], envelope: Envelope) -> list[str]:
    """The keys of a body that are no fields of an envelope's body."""
    known = fields(envelope)
    return [key for key in body if key not in known]


def fields(envelope: Envelope) -> set[str]:
    """The fields of an envelope's body."""
    own = (
        {"content"}
        if envelope.shape == "content"
        else {"prompt", *envelope.media_fields.values(), *envelope.face_fields.values()}
    )
    parameters = {known.field or name for name, known in envelope.parameters.items()}
    return {"model"} | own | parameters


def read(body: Mapping[str, Any], envelope: Envelope) -> BodyContent:
    """The content of a body.

    Raises:
        ValueError: The body has another shape; the message is for people.
    """
    if keys := unknown_keys(body, envelope):
        near = get_close_matches(keys[0], fields(envelope), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"{', '.join(keys)}: {envelope.name} takes no such field{hint}")
    read_media = _content if envelope.shape == "content" else _fields
    prompt, found = read_media(body, envelope)
    media: dict[str, str] = {}
    faces = []
    for kind, uris in found.items():
        for place, (uri, face) in enumerate(uris, start=1):
            media[f"{kind}{place}"] = uri
            faces += [f"{kind}{place}"] * face
    names = {name: known.field or name for name, known in envelope.parameters.items()}
    parameters = {name: body[field] for name, field in names.items() if field in body}
    return BodyContent(prompt, media, tuple(faces), parameters)


Found = dict[Kind, list[tuple[str, bool]]]
"The URIs of each kind, each with whether it is in a field for faces."


def _fields(body: Mapping[str, Any], envelope: Envelope) -> tuple[Any, Found]:
    """The prompt, and media by kind: those of the face fields first, as they are numbered."""
    found: Found = {}
    for kind, field in envelope.media_fields.items():
        face = envelope.face_fields.get(kind)
        faces = [(uri, True) for uri in _texts(body, face)] if face else []
        found[kind] = [*faces, *((uri, False) for uri in _texts(body, field))]
    return body.get("prompt"), found


def _texts(body: Mapping[str, Any], field: str) -> list[str]:
    uris = body.get(field, [])
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise ValueError(f"{field}: must be a list of strings")
    return uris


def _content(body: Mapping[str, Any], envelope: Envelope) -> tuple[Any, Found]:
    found: Found = {kind: [] for kind in envelope.media_fields}
    texts = []
    for item in _items(body):
        match item:
            case {"type": "text", "text": str(text)}:
                texts.append(text)
            case {"type": str(name)} if name.removesuffix("_url") in found:
                kind = next(kind for kind in found if kind == name.removesuffix("_url"))
                role = item.get("role", f"reference_{kind}")
                if role != f"reference_{kind}":
                    raise ValueError(
                        f"content: role {role}; {envelope.name} takes reference_{kind}"
                    )
                found[kind].append((_url(item, name), False))
            case _:
                kinds = ", ".join(f"{kind}_url" for kind in found)
                raise ValueError(f"content: the type of an item must be text, {kinds}")
    return "\n".join(texts) if texts else None, found


def _items(body: Mapping[str, Any]) -> Iterator[Any]:
    content = body.get("content", [])
    if not isinstance(content, list):
        raise ValueError("content: must be a list of items")
    yield from content


def _url(item: Mapping[str, Any], name: str) -> str:
    match item.get(name):
        case {"url": str(url)}:
            return url
    raise ValueError(f"content: an item of type {name} must hold a url")


def _accepts_parameters(envelope: Envelope, body: Mapping[str, Any]) -> bool:
    """True where the envelope accepts every parameter of the body in its value and type."""
    names = ((name, known.field or name) for name, known in envelope.parameters.items())
    return all(
        envelope.bound(name.replace("_", "-")).judge(body[field]) != "error"
        for name, field in names
        if field in body
    )
