"""DryRun: every request that submitting a bundle would send, without sending any."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from refprep.models.envelope import Envelope
from refprep.models.limits import Frozen
from refprep.options import Mode
from refprep.providers.client import as_refprep_error, bundle_folder, envelope_of
from refprep.providers.submit import (
    Client,
    LoadedBundle,
    SubmitError,
    load,
    replace,
    require_mode,
    upload_name,
    upload_urls,
)
from refprep.providers.upload import REPOSITORY

LONGEST = 40
"Characters of a data: URI that are shown."


class PlannedRequest(Frozen):
    """One HTTP request as it would be sent; the key is masked."""

    method: str
    url: str
    headers: dict[str, str]
    body: Any = None
    "The JSON of a POST; the path of the file of a PUT."


class DryRun(Frozen):
    """The requests of a submission in their order, and what only sending them would show."""

    requests: tuple[PlannedRequest, ...]
    unchecked: tuple[str, ...]


def dry_run(
    bundle: str | Path,
    mode: Mode = "async",
    publish: str | None = None,
    envelope: str | Path | Envelope | None = None,
) -> DryRun:
    """What `submit` would send.

    Args:
        bundle: The bundle's folder.
        mode: How to wait for the video.
        publish: Where the media would be uploaded; None: the repository in the environment.
        envelope: As for `submit`.

    Returns:
        The uploads, then the request itself. The requests that follow it are not known yet.

    Raises:
        BundleError: The bundle's files are not those that were packed.
        ProviderError: The provider documents no such mode, or no place for the media is known.
        UsageError: The bundle is no folder.
    """
    folder = bundle_folder(bundle)
    try:
        loaded = load(folder)
        chosen = envelope_of(loaded, envelope)
        api = chosen.submission
        require_mode(api, mode)
        key = api["key"]
        client = Client(api, {**os.environ, key: os.environ.get(key) or "unset"})
        urls = _upload_urls(client, loaded.media, publish)
    except SubmitError as error:
        raise as_refprep_error(error) from None
    return DryRun(
        requests=tuple(_requests(client, mode, loaded, urls)),
        unchecked=tuple(_unchecked(chosen.name, key)),
    )


def _upload_urls(client: Client, media: dict[str, str], publish: str | None) -> dict[str, str]:
    """Where each file that is only in the bundle would be uploaded, by its path."""
    place = publish or REPOSITORY + os.environ.get(client.api.get("repo", ""), "")
    if place.startswith(REPOSITORY):
        return upload_urls(client, media, place.removeprefix(REPOSITORY))
    root = place.rstrip("/")
    return {path: f"{root}/{upload_name(path, sha256)}" for path, sha256 in media.items()}


def _requests(
    client: Client, mode: Mode, bundle: LoadedBundle, urls: dict[str, str]
) -> Iterator[PlannedRequest]:
    key = {"Authorization": f"{client.api['scheme']} ***"}
    repository = client.url("upload").partition("{")[0] if "upload" in client.api else None
    for path, url in urls.items():
        own = repository is not None and url.startswith(repository)
        yield PlannedRequest(method="PUT", url=url, headers=key if own else {}, body=path)
    if mode == "sse":
        yield PlannedRequest(method="GET", url=client.url("events"), headers=key)
    url = client.url("sync" if mode == "sync" else "queue")
    headers = {**key, "Content-Type": "application/json"}
    body = _shortened(replace(bundle.body, urls))
    yield PlannedRequest(method="POST", url=url, headers=headers, body=body)


def _shortened(value: Any) -> Any:
    """The body with its data: URIs cut short."""
    if isinstance(value, dict):
        return {key: _shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    if isinstance(value, str) and re.match(r"data:[\w/+.-]+;base64,", value):
        return f"{value[:LONGEST]}... ({len(value):,} characters)"
    return value


def _unchecked(envelope: str, key: str) -> Iterator[str]:
    yield f"whether the key in {key} is accepted" if os.environ.get(key) else f"{key} is not set"
    yield "whether the place of the media exists, and anybody may read there"
    yield "whether the URLs in the body answer, or have expired"
    yield f"whether the provider's live schema is still that of {envelope}"
    yield "moderation, real faces, credit"
