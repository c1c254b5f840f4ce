"""Publishing: a bundle's media go where the provider can read them, under names of their content.

A place is whatever fsspec opens (s3://, gs://, file:// ...), or a repository of the provider's.
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from refprep.errors import ProviderError, RefprepError, UsageError
from refprep.providers.submit import keep, load, named, upload
from refprep.providers.wire import AGAIN, Stopped, Wire, secure

REPOSITORY = "oxen://"
SIGNED_SECONDS = 86_400
"A signed address is good for a day: longer than a generation waits."
PAUSES = (1.0, 2.0, 4.0, 8.0)
"Seconds before a place is asked again."
MEANS = {
    401: "the credentials are not accepted",
    403: "the credentials do not allow writing there",
    404: "there is no such place",
    413: "the file is too large for it",
}
STATUSES: dict[type[BaseException], int] = {PermissionError: 403, FileNotFoundError: 404}
"What stores of fsspec make of these answers."
INSTALL = "pip install 'refprep[publish]', and what the place itself needs"


def publish(
    folder: Path, place: str, media_url: str | None, tell: Callable[[str], None]
) -> dict[str, str]:
    """Put a bundle's media to `place`, and their addresses into its request.json; the addresses.

    What is there already is not sent again. `media_url` is where `place` lies on the web, for
    stores that cannot sign. UsageError, ProviderError; Stopped where the bundle has been changed.
    """
    text, envelope, _ = load(folder)
    spots = dict(_spots(folder, text))
    files = dict(spots.values())
    if place.startswith(REPOSITORY):
        wire = Wire(envelope["api"], os.environ, tell)
        urls = dict(upload(wire, folder, files, place.removeprefix(REPOSITORY)))
    else:
        urls = dict(_stored(folder, files, place, media_url, tell))
    for spot, (path, _) in spots.items():
        text = text.replace(f'"{spot}"', json.dumps(urls[path]))
    keep(folder / "request.json", text)
    return urls


def check_place(place: str | None, media_url: str | None) -> None:
    """UsageError where nothing here opens the place, or the prefix is not https."""
    if media_url:
        _safe(media_url)
    if place and not place.startswith(REPOSITORY):
        _opened(place)


def _safe(url: str) -> str:
    try:
        return secure(url)
    except Stopped as stopped:
        raise UsageError(str(stopped)) from None


def _spots(folder: Path, text: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """How the request names each file, by path or by an older address, with its path and sum."""
    files = json.loads((folder / "manifest.json").read_bytes())["files"]
    known = {
        name: (one["path"], one["sha256"])
        for one in files
        for name in (Path(one["path"]).name, named(one["path"], one["sha256"]))
    }
    for spot in dict.fromkeys(re.findall(r'"((?:media/|https?://)[^"\\]+)"', text)):
        if file := known.get(urlsplit(spot).path.rpartition("/")[2]):
            yield spot, file


def _stored(
    folder: Path,
    files: Mapping[str, str],
    place: str,
    media_url: str | None,
    tell: Callable[[str], None],
) -> Iterator[tuple[str, str]]:
    store, root = _opened(place)
    for path, digest in files.items():
        name = named(path, digest)
        target = f"{root.rstrip('/')}/{name}"
        address = _address(store, target, media_url and f"{media_url.rstrip('/')}/{name}")
        patiently(partial(_put, store, folder / path, target), place, tell)
        tell(f"{path} -> {place.rstrip('/')}/{name}")
        yield path, address


def _opened(place: str) -> tuple[Any, str]:
    """The store and the path in it. UsageError where nothing here opens it."""
    try:
        from fsspec.core import url_to_fs

        local = {"auto_mkdir": True} if place.startswith("file:") else {}
        store, root = url_to_fs(place, **local)
    except (ImportError, ValueError) as error:
        raise UsageError(f"--publish {place}: {' '.join(str(error).split())}; {INSTALL}") from None
    return store, str(root)


def _put(store: Any, local: Path, target: str) -> None:
    """Send a file unless it is there; half of one, from a run that broke off, is not it."""
    if not store.exists(target) or store.info(target)["size"] != local.stat().st_size:
        store.put_file(str(local), target)


def _address(store: Any, target: str, public: str | None) -> str:
    """The public address, else a signed one. UsageError where there is neither."""
    if not public:
        try:
            public = str(store.sign(target, expiration=SIGNED_SECONDS))
        except (NotImplementedError, AttributeError):
            raise UsageError(
                f"{target}: this store cannot sign addresses; say where it lies: --media-url PREFIX"
            ) from None
    return _safe(public)


def patiently(work: Callable[[], None], place: str, tell: Callable[[str], None]) -> None:
    """Do it, again after growing pauses where that may help. ProviderError."""
    for pause in (*PAUSES, None):
        try:
            return work()
        except RefprepError:
            raise
        except Exception as error:  # every store has exceptions of its own
            status = _status(error)
            passing = status in AGAIN or (status is None and isinstance(error, OSError))
            said = MEANS.get(status or 0, " ".join(str(error).split()) or type(error).__name__)
            if pause is None or not passing:
                raise ProviderError(f"{place}: {said}; nothing was enqueued") from None
            tell(f"{place}: {said}; again in {pause:g} s")
            time.sleep(pause)
    return None


def _status(error: BaseException) -> int | None:
    """The HTTP status behind an error of a store, if it tells any."""
    for kind, status in STATUSES.items():
        if isinstance(error, kind):
            return status
    answer = getattr(error, "response", None)
    told = [getattr(error, "status", None), getattr(error, "code", None)]
    told += [getattr(answer, "status_code", None)]
    if isinstance(answer, dict):
        told += [answer.get("ResponseMetadata", {}).get("HTTPStatusCode")]
    numbers = (int(str(one)) for one in told if str(one).isdigit())
    return next(numbers, None)
