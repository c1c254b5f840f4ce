"""Writes the body: model, prompt, media in the order of the slots, parameters that are set."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from refprep.models.envelope import Envelope
from refprep.models.limits import Scalar
from refprep.models.request import slot_kind


def write(
    envelope: Envelope,
    prompt: str | None,
    media: Mapping[str, str],
    parameters: Mapping[str, Scalar],
    faces: Collection[str] = (),
) -> dict[str, Any]:
    """The body as data.

    Args:
        envelope: The shape of the body: its fields, their names and types.
        prompt: The text, with tags in the provider's style.
        media: The URI of each slot, in the order and numbering of the body.
        parameters: Those that are set. The others are left out, so that the provider's defaults
            apply.
        faces: Slots whose media show a real face.
    """
    fill = _content if envelope.shape == "content" else _fields
    return {
        "model": envelope.model,
        **fill(envelope, prompt, media, faces),
        **dict(_set(envelope, parameters)),
    }


def data(body: Mapping[str, Any]) -> bytes:
    """The bytes of request.json; half a surrogate pair becomes a JSON escape."""
    text = json.dumps(body, indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace")


def _fields(
    envelope: Envelope, prompt: str | None, media: Mapping[str, str], faces: Collection[str]
) -> dict[str, Any]:
    """A field for the prompt, and a list for each kind of media that is present."""
    filled: dict[str, Any] = {} if prompt is None else {"prompt": prompt}
    for slot, uri in media.items():
        filled.setdefault(_field(envelope, slot, slot in faces), []).append(uri)
    return filled


def _field(envelope: Envelope, slot: str, face: bool) -> str:
    kind = slot_kind(slot)
    tables = (envelope.face_fields if face else {}, envelope.media_fields)
    return next(table[kind] for table in tables if kind in table)


def _content(
    envelope: Envelope, prompt: str | None, media: Mapping[str, str], faces: Collection[str]
) -> dict[str, Any]:
    """A list: the text, then an item for each file."""
    text = [] if prompt is None else [{"type": "text", "text": prompt}]
    return {"content": [*text, *(_item(slot_kind(slot), uri) for slot, uri in media.items())]}


def _item(kind: str, uri: str) -> dict[str, Any]:
    return {"type": f"{kind}_url", f"{kind}_url": {"url": uri}, "role": f"reference_{kind}"}


def _set(envelope: Envelope, parameters: Mapping[str, Scalar]) -> Iterator[tuple[str, Scalar]]:
    """The parameters that the provider has, by its names and in its types."""
    for name, value in parameters.items():
        if known := envelope.parameters.get(name):
            yield known.field or name, known.write(value)
