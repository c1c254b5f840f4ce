"""Uploading the media of a bundle to the provider's own storage, where it can read them."""

from __future__ import annotations

import json
import mimetypes
import os
from collections.abc import Mapping
from pathlib import Path

from refprep.providers.contents import LoadedBundle, replace, upload_name, urls_in
from refprep.providers.exchange import excerpt, parse, strings
from refprep.providers.wire import Client, SubmitError, require_https

BOUNDARY = "refprep7d0c4b1f9a83"
UPLOAD_SECONDS = 1800
"The longest that the upload of one file may take."


def publish(client: Client, bundle: LoadedBundle) -> str:
    """The body to send, with URLs in place of paths. Every URL in it can be read by anybody."""
    for url in urls_in(bundle.body):  # before anything is sent
        client.require_strangers(require_https(url))
    urls = upload(client, bundle.folder, bundle.media, repository(client, os.environ))
    body = replace(bundle.body, urls)
    for url in urls_in(body):
        status = client.probe_url(url)
        if status != 200:
            why = f"answers {status or 'nothing'}: it has expired or is not public"
            raise SubmitError(f"{url.partition('?')[0]}: {why}")
    return json.dumps(body) if urls else bundle.text


def repository(client: Client, environ: Mapping[str, str]) -> str:
    """The repository of the provider that the environment names; "" for none."""
    return environ.get(client.api.get("repo", ""), "")


def upload(client: Client, folder: Path, media: Mapping[str, str], place: str) -> dict[str, str]:
    """Upload files; the URL of each path. A repository has those already that it had before."""
    if media and "upload_start" in client.api:
        return {path: start_and_put(client, folder / path, sha) for path, sha in media.items()}
    urls = upload_urls(client, media, place)
    for path, url in urls.items():
        if client.probe_url(url) != 200:
            put_file(client, folder / path, url)
    return urls


def upload_urls(client: Client, media: Mapping[str, str], place: str) -> dict[str, str]:
    """The URL of each path in a repository of the provider: `namespace/name[/branch]`."""
    owner, name, branch = [*place.split("/", 2), "", ""][:3]
    if media and not ("upload" in client.api and owner and name):
        why = f"not published; {client.api['publish']}"
        raise SubmitError(f"{', '.join(media)}: {why}")
    return repository_urls(client, media, f"{owner}/{name}", branch or "main")


def repository_urls(
    client: Client, media: Mapping[str, str], repo: str, branch: str = "main"
) -> dict[str, str]:
    """The URL of each path in a repository: the same content has the same one."""
    parts = {"repo": repo, "branch": branch}
    return {
        path: client.url("upload", "/{}", **parts, path=upload_name(path, sha256))
        for path, sha256 in media.items()
    }


def start_and_put(client: Client, file: Path, sha256: str) -> str:
    """Ask for a place, and PUT a file there; the URL at which anybody reads it."""
    kind = content_type(file.name)
    wanted = {"file_name": upload_name(file.name, sha256), "content_type": kind}
    url = client.url("upload_start")
    answer = parse(client.masked(client.call("POST", url, json.dumps(wanted).encode())))
    places, urls = strings(answer, "upload_url"), strings(answer, "file_url")
    if not (places and urls):
        raise SubmitError(f"the storage names no place: {excerpt(answer)}")
    client.tell(f"{file.name} -> {urls[0]}")
    headers = {"Content-Type": kind}
    content = file.read_bytes()
    client.call("PUT", places[0], content, headers=headers, key=False, seconds=UPLOAD_SECONDS)
    return urls[0]


def content_type(name: str) -> str:
    """The media type of a file by its name."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def put_file(client: Client, file: Path, url: str) -> None:
    """PUT a file into a repository, as multipart/form-data."""
    name = url.rpartition("/")[2]
    fields = {"message": f"Add {name}", "name": "refprep", "email": "refprep@localhost"}
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="'
    form = "".join(f'{part}{key}"\r\n\r\n{value}\r\n' for key, value in fields.items())
    form += f'{part}file"; filename="{name}"\r\n\r\n'
    data = form.encode() + file.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()
    client.tell(f"{file.name} -> {url}")
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    client.call("PUT", url, data, headers=kind, seconds=UPLOAD_SECONDS)
