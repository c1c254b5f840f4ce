"""Reading a body back: whose it is, the files in its slots, its prompt and parameters."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from refprep.models.envelope import Envelope
from refprep.models.limits import Scalar
from refprep.models.media import Kind


class BodyContent(NamedTuple):
    """What a body says, in the words of a request; `media` has the URI of each slot, in order."""

    prompt: str | None
    media: dict[str, str]
    faces: tuple[str, ...]
    parameters: dict[str, Scalar]


def envelope_of(body: Mapping[str, Any], known: Iterable[Envelope]) -> Envelope | None:
    """The envelope that a body is written for: the first of its model that has all its keys.

    Where no model is of that name, the keys alone tell. None: it is no provider's body.
    """
    if "model" not in body:
        return None
    fitting = [one for one in known if not unknown_keys(body, one)]
    named = (one for one in fitting if one.model == body["model"] and _typed(body, one))
    return next(named, next(iter(fitting), None))


def unknown_keys(body: Mapping[str, Any], envelope: Envelope) -> list[str]:
    """The keys of a body that an envelope's provider does not know."""
    own = (
        {"content"}
        if envelope.shape == "content"
        else {"prompt", *envelope.media_fields.values(), *envelope.face_fields.values()}
    )
    parameters = {one.field or name for name, one in envelope.parameters.items()}
    return [key for key in body if key not in {"model"} | own | parameters]


def read(body: Mapping[str, Any], envelope: Envelope) -> BodyContent:
    """What a body says. ValueError, in words for people, where it is of another shape."""
    if keys := unknown_keys(body, envelope):
        raise ValueError(f"{', '.join(keys)}: no field of the body that {envelope.name} takes")
    find = _content if envelope.shape == "content" else _fields
    prompt, found = find(body, envelope)
    media: dict[str, str] = {}
    faces = []
    for kind, uris in found.items():
        for place, (uri, face) in enumerate(uris, start=1):
            media[f"{kind}{place}"] = uri
            faces += [f"{kind}{place}"] * face
    parameters = {name: one.field or name for name, one in envelope.parameters.items()}
    said = {name: body[field] for name, field in parameters.items() if field in body}
    return BodyContent(prompt, media, tuple(faces), said)


Found = dict[Kind, list[tuple[str, bool]]]


def _fields(body: Mapping[str, Any], envelope: Envelope) -> tuple[Any, Found]:
    """Media by kind, those of the face fields first: so they are numbered."""
    found: Found = {}
    for kind, field in envelope.media_fields.items():
        face = envelope.face_fields.get(kind)
        faces = [(uri, True) for uri in _texts(body, face)] if face else []
        found[kind] = [*faces, *((uri, False) for uri in _texts(body, field))]
    return body.get("prompt"), found


def _texts(body: Mapping[str, Any], field: str) -> list[str]:
    uris = body.get(field, [])
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise ValueError(f"{field}: is a list of strings")
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
                found[kind].append((_url(item, name), False))
            case _:
                kinds = ", ".join(f"{kind}_url" for kind in found)
                raise ValueError(f"content: the type of an item is text, {kinds}")
    return "\n".join(texts) if texts else None, found


def _items(body: Mapping[str, Any]) -> Iterator[Any]:
    content = body.get("content", [])
    if not isinstance(content, list):
        raise ValueError("content: is a list of items")
    yield from content


def _url(item: Mapping[str, Any], name: str) -> str:
    match item.get(name):
        case {"url": str(url)}:
            return url
    raise ValueError(f"content: an item of {name} holds its url")


def _typed(body: Mapping[str, Any], envelope: Envelope) -> bool:
    """True where every parameter is one that the envelope takes as it stands."""
    asked = ((name, one.field or name) for name, one in envelope.parameters.items())
    return all(
        envelope.bound(name.replace("_", "-")).judge(body[field]) != "error"
        for name, field in asked
        if field in body
    )
