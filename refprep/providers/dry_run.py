"""DryRun: what submitting would send, told and not sent."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from refprep.models.limits import Frozen
from refprep.options import Mode
from refprep.providers.client import folder, translated
from refprep.providers.submit import MODES, addressed, load, named
from refprep.providers.upload import REPOSITORY
from refprep.providers.wire import Stopped, Wire

SHOWN = 40
"Characters of a data: URI that are shown."


class PlannedRequest(Frozen):
    """One request as it would go out; the key is masked."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any = None


class DryRun(Frozen):
    """The requests of a submission in their order, and what only sending them would tell."""

    requests: tuple[PlannedRequest, ...]
    unchecked: tuple[str, ...]


def dry_run(bundle: str | Path, mode: Mode = "async", publish: str | None = None) -> DryRun:
    """What `submit` would do. BundleError, ProviderError, UsageError."""
    where = folder(bundle)
    try:
        text, envelope, files = load(where)
        api = envelope["api"]
        if MODES[mode] not in api:
            raise Stopped(f"{envelope['provider']} documents no way of {mode}")
        key = os.environ.get(api["key"])
        wire = Wire(api, {**os.environ, api["key"]: key or "unset"})
        sent = tuple(_requests(wire, mode, text, dict(_places(wire, files, publish))))
    except Stopped as stopped:
        raise translated(stopped, where) from None
    return DryRun(requests=sent, unchecked=tuple(_unchecked(api, bool(key), envelope["name"])))


def _places(wire: Wire, files: dict[str, str], publish: str | None) -> Iterator[tuple[str, str]]:
    """Where each file that is not published would go."""
    own = f"{REPOSITORY}{os.environ.get(wire.api.get('repo', ''), '')}"
    place = publish or own
    if place.startswith(REPOSITORY):
        yield from addressed(wire, files, place.removeprefix(REPOSITORY))
    else:
        yield from (
            (path, f"{place.rstrip('/')}/{named(path, digest)}") for path, digest in files.items()
        )


def _requests(
    wire: Wire, mode: Mode, text: str, places: dict[str, str]
) -> Iterator[PlannedRequest]:
    key = {"Authorization": f"{wire.api['scheme']} ***"}
    for path, url in places.items():
        text = text.replace(f'"{path}"', json.dumps(url))
        own = url.startswith(wire.at("upload").partition("{")[0]) if "upload" in wire.api else False
        yield PlannedRequest(method="PUT", url=url, headers=key if own else {}, body=path)
    if mode == "sse":
        yield PlannedRequest(method="GET", url=wire.at("events"), headers=key)
    url = wire.at("sync" if mode == "sync" else "queue")
    headers = {**key, "Content-Type": "application/json"}
    yield PlannedRequest(method="POST", url=url, headers=headers, body=_shortened(json.loads(text)))


def _shortened(value: Any) -> Any:
    """The body with its data: URIs cut short."""
    if isinstance(value, dict):
        return {key: _shortened(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    if isinstance(value, str) and re.match(r"data:[\w/+.-]+;base64,", value):
        return f"{value[:SHOWN]}... ({len(value):,} characters)"
    return value


def _unchecked(api: dict[str, Any], key: bool, envelope: str) -> Iterator[str]:
    yield f"whether the key in {api['key']} is accepted" if key else f"{api['key']} is not set"
    yield "whether the place of the media exists, and anybody may read there"
    yield "whether the addresses in the body answer, or have expired"
    yield f"whether the provider's live schema still is that of {envelope}"
    yield "moderation, real faces, credit"
