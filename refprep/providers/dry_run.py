"""DryRun: every request that submitting a bundle would send, without sending any."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from refprep.models.envelope import Envelope
from refprep.models.limits import Frozen
from refprep.options import Mode
from refprep.packer.loader import unpacked
from refprep.providers.client import as_refprep_error, envelope_of
from refprep.providers.contents import LoadedBundle, load, replace, upload_name
from refprep.providers.storage import content_type, repository_urls, upload_urls
from refprep.providers.submit import require_mode
from refprep.providers.upload import REPOSITORY
from refprep.providers.wire import JSON, Client, SubmitError

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
        UsageError: It is no bundle.
    """
    try:
        with unpacked(Path(bundle)) as folder:
            loaded = load(folder)
            chosen = envelope_of(loaded, envelope)
            api = chosen.submission
            require_mode(api, mode)
            key = api["key"]
            client = Client(api, {**os.environ, key: os.environ.get(key) or "unset"})
            urls, uploads = _uploads(client, loaded.media, publish)
    except SubmitError as error:
        raise as_refprep_error(error) from None
    return DryRun(
        requests=(*uploads, *_requests(client, mode, loaded, urls)),
        unchecked=tuple(_unchecked(chosen.name, key)),
    )


def _uploads(
    client: Client, media: dict[str, str], publish: str | None
) -> tuple[dict[str, str], list[PlannedRequest]]:
    """The URL of each file that is only in the bundle, and the requests that upload it.

    What only an answer or the environment tells is a {placeholder}.
    """
    api, key = client.api, _key(client)
    own = not publish or publish.startswith(REPOSITORY)
    if own and not publish and "upload_start" in api:
        urls = {path: f"{{file_url of {path}}}" for path in media}
        return urls, [step for path in media for step in _started(client, path)]
    if own and "upload" in api:
        place = (publish or "").removeprefix(REPOSITORY) or os.environ.get(api["repo"], "")
        urls = (
            upload_urls(client, media, place)
            if place
            else repository_urls(client, media, f"{{{api['repo']}}}")
        )
        puts = [_put(url, key, path) for path, url in urls.items()]
    elif publish and not own:
        root = publish.rstrip("/")
        urls = {path: f"{root}/{upload_name(path, sha256)}" for path, sha256 in media.items()}
        puts = [_put(url, {}, path) for path, url in urls.items()]
    else:
        urls, puts = {path: f"{{URL of {path}}}" for path in media}, []
    return urls, puts


def _started(client: Client, path: str) -> Iterator[PlannedRequest]:
    """The upload of one file to a storage that names the place itself."""
    kind = content_type(path)
    start = {"file_name": Path(path).name, "content_type": kind}
    url, headers = client.url("upload_start"), _key(client) | JSON
    yield PlannedRequest(method="POST", url=url, headers=headers, body=start)
    yield _put(f"{{upload_url of {path}}}", {"Content-Type": kind}, path)


def _put(url: str, headers: dict[str, str], path: str) -> PlannedRequest:
    return PlannedRequest(method="PUT", url=url, headers=headers, body=path)


def _key(client: Client) -> dict[str, str]:
    return {"Authorization": f"{client.api['scheme']} ***"}


def _requests(
    client: Client, mode: Mode, bundle: LoadedBundle, urls: dict[str, str]
) -> Iterator[PlannedRequest]:
    key = _key(client)
    if mode == "sse":
        yield PlannedRequest(method="GET", url=client.url("events"), headers=key)
    url = client.url("sync" if mode == "sync" else "queue")
    headers = key | JSON
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
