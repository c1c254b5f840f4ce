"""Writes the body: model, prompt, media in the order of the slots, the parameters that are sent."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import JsonValue

from refprep.envelopes import data_uri
from refprep.models.envelope import Envelope
from refprep.models.request import slot_type
from refprep.models.shape import Form

Body = dict[str, Any]


def write(
    envelope: Envelope,
    prompt: str | None,
    media: Mapping[str, str],
    parameters: Mapping[str, JsonValue],
    faces: Collection[str] = (),
) -> Body:
    """The body as data.

    Args:
        envelope: The shape of the body: where each of its parts stands, and in which form.
        prompt: The text, with tags in the provider's style.
        media: The URI of each slot, in the order and numbering of the body.
        parameters: Those of the request. The others are left out, so that the provider's defaults
            apply, but for those that the envelope always sends.
        faces: Slots whose media show a real face.
    """
    shape, body = envelope.body, Body()
    if shape.model:
        _put(body, shape.model, envelope.model)
    if prompt is not None:
        _put(body, shape.prompt, _filled(shape.prompt_item, {"prompt": prompt}))
    for name, uri in media.items():
        if slot := envelope.slots.get(slot_type(name)):
            path = slot.face_field if name in faces and slot.face_field else slot.field
            mime, base64 = data_uri.split(uri)
            _put(body, path, _filled(slot.item, {"uri": uri, "mime": mime, "base64": base64}))
    for name, value in envelope.values(parameters, {slot_type(slot) for slot in media}).items():
        if known := envelope.parameters.get(name):
            _put(body, known.field or name, known.write(value))
    for path, constant in shape.constants.items():
        _put(body, path, constant)
    return body


def data(body: Mapping[str, Any]) -> bytes:
    """The bytes of request.json; half a surrogate pair becomes a JSON escape."""
    text = json.dumps(body, indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace")


def _put(body: Body, path: str, value: JsonValue) -> None:
    """Put a value where a path leads: `input.media[]`, `instances[0].prompt`."""
    *parents, last = path.split(".")
    for key in parents:
        name = key.removesuffix("[0]")
        inner = body.setdefault(name, {} if name == key else [{}])
        body = inner if name == key else inner[0]
    if last.endswith("[]"):
        body.setdefault(last.removesuffix("[]"), []).append(value)
    else:
        body[last] = value


def _filled(form: Form, values: Mapping[str, str]) -> JsonValue:
    """A form with its placeholders replaced by their values."""
    match form:
        case dict():
            return {key: _filled(inner, values) for key, inner in form.items()}
        case list():
            return [_filled(inner, values) for inner in form]
        case str() if form[:1] == "{" and form[1:-1] in values:
            return values[form[1:-1]]
    return form
