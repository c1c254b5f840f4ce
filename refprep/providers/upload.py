"""Uploading a bundle's media to where the provider can read them, under names of their content.

A place is whatever fsspec opens (s3://, gs://, file:// ...), or a repository of the provider's.
"""

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from refprep.envelopes import body as bodies
from refprep.errors import ProviderError, RefprepError, UsageError
from refprep.providers.contents import LoadedBundle, load, replace, upload_name
from refprep.providers.exchange import WHOLE, Answer, may_repeat, walk
from refprep.providers.journal import write
from refprep.providers.storage import upload
from refprep.providers.wire import Client, SubmitError, require_https

REPOSITORY = "oxen://"
SIGNED_SECONDS = 86_400
"A signed URL is good for a day: longer than refprep waits for a generation."
PAUSES = (1.0, 2.0, 4.0, 8.0)
"Seconds before each repetition."
MEANINGS = {
    401: "the credentials are not accepted",
    403: "the credentials do not allow writing there",
    404: "there is no such place",
    413: "the file is too large for it",
}
STATUSES: dict[type[BaseException], int] = {PermissionError: 403, FileNotFoundError: 404}
"The exceptions that fsspec's stores raise for these answers."
INSTALL = "pip install 'refprep[publish]', and what the place itself needs"


def upload_media(
    folder: Path, api: Any, place: str, media_url: str | None, tell: Callable[[str], None]
) -> dict[str, str]:
    """Upload a bundle's media to `place`, and write their URLs into its request.json.

    A file that is there already is not sent again.

    Args:
        folder: The bundle.
        api: The provider's API, as `Envelope.submission` has it.
        place: What fsspec opens, or `oxen://namespace/repository[/branch]`.
        media_url: The https address of `place`, for stores that cannot sign URLs.
        tell: Called with each line of progress.

    Returns:
        The URL of each file, by its path in the bundle.

    Raises:
        UsageError: Nothing here opens the place, or it has no https address.
        ProviderError: The place cannot be reached, or denies access.
        SubmitError: The bundle was changed, or the provider's repository fails.
    """
    bundle = load(folder)
    found = _media(bundle)
    media = dict(found.values())
    if not place.startswith(REPOSITORY):
        urls = _store(folder, media, place, media_url, tell)
    elif "upload" in api:
        client = Client(api, os.environ, tell)
        urls = upload(client, folder, media, place.removeprefix(REPOSITORY))
    else:
        raise UsageError(f"--publish {place}: {api['provider']} documents no upload")
    body = replace(bundle.body, {name: urls[path] for name, (path, _) in found.items()})
    write(folder / "request.json", bodies.data(body))
    return urls


def validate_target(place: str | None, media_url: str | None) -> None:
    """Refuse a place for media before any work is done.

    Raises:
        UsageError: Nothing here opens the place, or `media_url` is not https.
    """
    if media_url:
        _https(media_url)
    if place and not place.startswith(REPOSITORY):
        _open(place)


def _https(url: str) -> str:
    try:
        return require_https(url)
    except SubmitError as error:
        raise UsageError(str(error)) from None


def _media(bundle: LoadedBundle) -> dict[str, tuple[str, str]]:
    """Each name of a file in the body, its path or an older URL, with its path and SHA-256."""
    remote = {media["url"] for media in bundle.manifest.get("remote", ())}
    known = {}
    for file in bundle.manifest["files"]:
        path, sha256 = file["path"], file["sha256"]
        known[Path(path).name] = known[upload_name(path, sha256)] = (path, sha256)
    found = {}
    for _, item in walk(bundle.body):
        if isinstance(item, str) and item.startswith(("media/", "http://", "https://")):
            name = item.partition("?")[0].rpartition("/")[2]
            if name in known and item not in remote:
                found[item] = known[name]
    return found


def _store(
    folder: Path,
    media: Mapping[str, str],
    place: str,
    media_url: str | None,
    tell: Callable[[str], None],
) -> dict[str, str]:
    """Upload to a store of fsspec; the URL of each path."""
    store, root = _open(place)
    urls = {}
    for path, sha256 in media.items():
        name = upload_name(path, sha256)
        target = f"{root.rstrip('/')}/{name}"
        urls[path] = _url(store, target, media_url and f"{media_url.rstrip('/')}/{name}")
        retry(partial(_put, store, folder / path, target), place, tell)
        tell(f"{path} -> {place.rstrip('/')}/{name}")
    return urls


def _open(place: str) -> tuple[Any, str]:
    """The store, and the path in it. UsageError where nothing here opens it."""
    try:
        from fsspec.core import url_to_fs

        local = {"auto_mkdir": True} if place.startswith("file:") else {}
        store, root = url_to_fs(place, **local)
    except (ImportError, ValueError) as error:
        raise UsageError(f"--publish {place}: {' '.join(str(error).split())}; {INSTALL}") from None
    return store, str(root)


def _put(store: Any, local: Path, target: str) -> None:
    """Upload a file, unless it is there; a part of it, from a run that broke off, is not it."""
    if not store.exists(target) or store.info(target)["size"] != local.stat().st_size:
        store.put_file(str(local), target)


def _url(store: Any, target: str, public: str | None) -> str:
    """The public URL, else a signed one. UsageError where there is neither."""
    if not public:
        try:
            public = str(store.sign(target, expiration=SIGNED_SECONDS))
        except (NotImplementedError, AttributeError):
            why = "this store cannot sign URLs; name its https address: --media-url PREFIX"
            raise UsageError(f"{target}: {why}") from None
    return _https(public)


def retry(work: Callable[[], None], place: str, tell: Callable[[str], None]) -> None:
    """Do the work, again after growing pauses where that may help. ProviderError."""
    for pause in (*PAUSES, None):
        try:
            return work()
        except RefprepError:
            raise
        except Exception as error:  # every store has exceptions of its own
            status = _status(error)
            transient = may_repeat(Answer(status, WHOLE)) if status else isinstance(error, OSError)
            reason = MEANINGS.get(status or 0, " ".join(str(error).split()) or type(error).__name__)
            if pause is None or not transient:
                raise ProviderError(f"{place}: {reason}; nothing was enqueued") from None
            tell(f"{place}: {reason}; again in {pause:g} s")
            time.sleep(pause)
    return None


def _status(error: BaseException) -> int | None:
    """The HTTP status behind an error of a store, if it has one."""
    for kind, status in STATUSES.items():
        if isinstance(error, kind):
            return status
    response = getattr(error, "response", None)
    values = [getattr(error, "status", None), getattr(error, "code", None)]
    values += [getattr(response, "status_code", None)]
    if isinstance(response, dict):
        values += [response.get("ResponseMetadata", {}).get("HTTPStatusCode")]
    return next((int(str(value)) for value in values if str(value).isdigit()), None)
