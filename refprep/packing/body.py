"""The body that is POSTed to the provider."""

from collections.abc import Sequence
from typing import Any

from refprep.envelope import Envelope
from refprep.lineup import kind_of
from refprep.prepared import Prepared
from refprep.request import KINDS, Request


def body(
    request: Request, prepared: Sequence[Prepared], envelope: Envelope, prefix: str
) -> dict[str, Any]:
    """Model, prompt, media by `prefix`/name in slot order, and the parameters that are set."""
    media = {
        envelope.media_fields[kind]: [
            f"{prefix}/{file.path.name}"
            for file in prepared
            if file.slot and kind_of(file.slot) == kind
        ]
        for kind in KINDS
    }
    parameters = {
        name: envelope.parameters[name].write(value) for name, value in request.parameters.items()
    }
    filled = {field: urls for field, urls in media.items() if urls}
    return {"model": envelope.model, "prompt": request.prompt, **filled, **parameters}
