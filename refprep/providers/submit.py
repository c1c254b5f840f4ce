#!/usr/bin/env python3
"""Send this bundle to its provider, follow the generation, and fetch the video.

Needs Python 3.8 or newer, and nothing else. The key is read from the environment and written
nowhere. Media that are only in this folder are uploaded to your repository first, under names made
of their content. Results are written to a folder beside this one, whose name ends in -result. It
keeps the id of the generation as soon as it is known: --resume follows it without paying again.
Exit codes: 0 fetched; 1 the request is refused, or the bundle was changed; 2 it cannot be done;
130 interrupted.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import http.client
import io
import ipaddress
import json
import os
import re
import socket
import stat
import sys
import time
import urllib.error
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from urllib.parse import quote, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

API: Any = None  # pack writes the provider's API here; a manifest is never asked for it
MODES = {"sync": "sync", "async": "queue", "sse": "events"}  # and the URL that each needs
ERROR_KEYS = ("code", "title", "detail", "message", "msg", "error", "error_message")
MEANINGS = {
    401: "the key in {} is not accepted",
    403: "the key in {} is not allowed to do this",
    404: "there is no such model, repository or generation",
    413: "the body is too large",
    422: "the request is refused",
}
TRANSIENT = (429, 500, 502, 503)  # but no 504: behind it a paid generation may be under way
NOT_SENT = (ConnectionRefusedError, socket.gaierror)
LOST = "the request was sent and its answer was lost; it may be under way, so it is not sent again"
UNFETCHED = "a generation is not fetched yet: --resume follows it; delete this to pay for another"
LOCAL_HOSTS = ("127.0.0.1", "localhost")
JSON = {"Content-Type": "application/json"}
BOUNDARY = "refprep7d0c4b1f9a83"
JSON_BYTES, VIDEO_BYTES = 16 << 20, 1 << 30  # the largest answers that are read
BODY_BYTES, MAX_FILES, MAX_DEPTH = 128 << 20, 1000, 64  # what a bundle may hold

# Words from outside, as refprep/reports/words.py has it.
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_SYMBOL = (
    "[\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2934-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff][\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]?"
)
_EMOJI = re.compile(f"({_SYMBOL}(?:\u200d{_SYMBOL})+|{_SYMBOL}|[0-9#*]\ufe0f\u20e3)")
"An emoji of several characters: a joiner or a selector in it is seen, and hides nothing."
_HIDDEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    f"\U000e0100-\U000e01ef]|(?<={_MARK}{{4}}){_MARK}"
)
"What Python calls printable and nobody sees; marks piled up over the lines above."
_COMMAND = re.compile(r"(##\w{0,20})\[")
"GitHub obeys ##[error], Azure ##vso[...], TeamCity ##teamcity[...], wherever in a line they stand."
_COMMAND_LINE = re.compile(r"^(\s*):(?=:)")
"GitHub obeys ::error:: at the start of a line, spaces before it or not."


class SubmitError(Exception):
    """Why a submission ended, in one line; `code` is the exit code.

    `provider_message` is what the provider itself says, `status` the HTTP status of its answer.
    """

    def __init__(self, line: str, code: int = 2, provider_message: str = "", status: int = 0):
        super().__init__(line)
        self.code, self.provider_message, self.status = code, provider_message, status


class LoadedBundle(NamedTuple):
    """A bundle whose files are those that were packed."""

    folder: Path
    text: str  # of request.json
    body: Any  # the same, parsed
    manifest: Any  # never asked where to send anything
    media: dict[str, str]  # the SHA-256 of each file that the body names by its path


def submit(
    folder: Path,
    api: Any,
    mode: str = "async",
    *,
    resume: bool = False,
    output: Path | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Send a bundle, or follow what was sent (`resume`), and fetch its videos into `output`.

    `api` is [api] of the envelope, without what the provider does not document, and `provider`.
    Returns what result.json holds. SubmitError where there is no video.
    """
    bundle, output = load(folder), output or default_output(folder)
    if output.is_symlink() and output == default_output(folder):
        raise SubmitError(f"{output}: is a symbolic link; name a folder with --output DIR")
    receipt = output / "generation.json"
    require_mode(api, mode)
    if receipt.exists() is not resume:
        raise SubmitError(f"{receipt}: {'there is nothing to follow' if resume else UNFETCHED}")
    client = Client(api, os.environ, tell)
    if resume:
        with open_receipt(output) as file:
            answers = client.follow(parse(str(file.read(), "utf-8", "replace")))
    else:
        answers = send(client, mode, publish(client, bundle), receipt)
    return fetch(client, answers, output)


def open_receipt(output: Path) -> Any:
    """Open what was kept of the generation. SubmitError where that is no plain file."""
    try:
        return open_inside(output, "generation.json", JSON_BYTES)
    except (OSError, ValueError) as error:
        raise SubmitError(f"{output}: {error}; there is nothing to follow") from None


def require_mode(api: Any, mode: str) -> None:
    """SubmitError where the provider documents no such mode."""
    if MODES[mode] not in api:
        raise SubmitError(f"{api['provider']} documents no {mode} mode; nothing was sent")


def load(folder: Path) -> LoadedBundle:
    """Read a bundle. SubmitError of code 1: it is none, or a file is not what was packed."""
    try:
        with open_inside(folder, "request.json", BODY_BYTES) as file:
            text = file.read().decode("utf-8")
        body = json.loads(text, strict=False)
        with open_inside(folder, "manifest.json", JSON_BYTES) as file:
            manifest = json.loads(file.read())
        require_shallow(body)
        require_shallow(manifest)
        packed = {file["path"]: file["sha256"] for file in manifest["files"]}
        if len(packed) > MAX_FILES:
            raise ValueError(f"it names more than {MAX_FILES} files")
        found = {path: digest(folder, path) for path in packed}
    except OSError as error:
        raise SubmitError(f"{error.filename}: {error.strerror}; nothing was sent", 1) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = f"is no bundle of refprep: {error}; nothing was sent"
        raise SubmitError(f"{folder}: {why}", 1) from None
    texts = (item for _, item in walk(body) if isinstance(item, str))
    named = [text for text in texts if re.fullmatch(r"media/\S+", text)]
    for path in chain(packed, named):
        if path not in packed or found[path] != packed[path]:
            raise SubmitError(f"{folder / path}: is not what was packed; nothing was sent", 1)
    return LoadedBundle(folder, text, body, manifest, {path: packed[path] for path in named})


def open_inside(folder: Path, name: str, limit: int) -> Any:
    """Open a regular file of the bundle that no link leads to, of at most `limit` bytes."""
    if not isinstance(name, str) or re.search(r"(^|[/\\])\.{0,2}([/\\]|$)|[:\0]", name):
        raise ValueError(f"it names a file outside itself, {str(name)[:80]!r}")
    path, flags = folder, os.O_RDONLY
    for part in re.split(r"[/\\]", name):
        path = path / part
        if path.is_symlink():
            raise ValueError(f"{path} is a symbolic link")
    for option in ("O_BINARY", "O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_NOCTTY"):
        flags |= getattr(os, option, 0)  # a pipe is not waited for
    file = open(os.open(path, flags), "rb")  # noqa: PTH123, SIM115 (the caller closes it)
    facts = os.fstat(file.fileno())
    if stat.S_ISREG(facts.st_mode) and facts.st_size <= limit:
        return file
    file.close()
    why = f"larger than {limit:,} bytes" if stat.S_ISREG(facts.st_mode) else "no regular file"
    raise ValueError(f"{path} is {why}")


def digest(folder: Path, name: str) -> str:
    """The SHA-256 of a file of the bundle."""
    content = hashlib.sha256()
    with open_inside(folder, name, VIDEO_BYTES) as file:
        for block in iter(partial(file.read, 1 << 20), b""):
            content.update(block)
    return content.hexdigest()


def require_shallow(value: Any) -> None:
    """ValueError for JSON that is nested deeper than any body."""
    level, depth = [value], 0
    while level := [
        inner
        for item in level
        if isinstance(item, (dict, list))
        for inner in (item.values() if isinstance(item, dict) else item)
    ]:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested more than {MAX_DEPTH} deep")


def default_output(folder: Path) -> Path:
    """The folder for results: beside the bundle, which stays as it was packed."""
    return Path(f"{folder.resolve()}-result")


def publish(client: Client, bundle: LoadedBundle) -> str:
    """The body to send, with URLs in place of paths. Every URL in it can be read by anybody."""
    repository = os.environ.get(client.api.get("repo", ""), "")
    for url in urls_in(bundle.body):  # before anything is sent
        client.require_public(require_https(url))
    urls = upload(client, bundle.folder, bundle.media, repository)
    body = replace(bundle.body, urls)
    for url in urls_in(body):
        status = client.probe_url(url)
        if status != 200:
            why = f"answers {status or 'nothing'}: it has expired or is not public"
            raise SubmitError(f"{url.partition('?')[0]}: {why}; nothing was enqueued")
    return json.dumps(body) if urls else bundle.text


def urls_in(body: Any) -> list[str]:
    """The addresses on the web that a body names."""
    texts = (item for _, item in walk(body) if isinstance(item, str))
    return [text for text in texts if re.fullmatch(r"(?i)https?://\S+", text)]


def upload(
    client: Client, folder: Path, media: Mapping[str, str], repository: str
) -> dict[str, str]:
    """Upload files, except those that are there already; the URL of each path."""
    urls = upload_urls(client, media, repository)
    for path, url in urls.items():
        if client.probe_url(url) != 200:
            client.put_file(folder / path, url)
    return urls


def upload_urls(client: Client, media: Mapping[str, str], repository: str) -> dict[str, str]:
    """The URL of each path in a repository of the provider: `namespace/name[/branch]`."""
    owner, name, branch = [*repository.split("/", 2), "", ""][:3]
    if media and not ("upload" in client.api and owner and name):
        why = f"not published; {client.api['publish']}; nothing was sent"
        raise SubmitError(f"{', '.join(media)}: {why}")
    place = {"repo": f"{owner}/{name}", "branch": branch or "main"}
    return {
        path: client.url("upload", **place, path=upload_name(path, sha256))
        for path, sha256 in media.items()
    }


def upload_name(path: str, sha256: str) -> str:
    """The name of an uploaded file: the same content has the same name."""
    return sha256[:16] + Path(path).suffix


def send(client: Client, mode: str, body: str, receipt: Path) -> Iterator[Any]:
    """POST the body; the final answer of each generation, as soon as there is one."""
    data, wait = body.encode(), client.api["wait_seconds"]
    if mode == "sync":
        client.tell("sent; the answer takes 5 to 15 minutes")
        yield parse(client.text("POST", client.url("sync"), data, VIDEO_BYTES, timeout=wait))
        return
    stream = client.open_events() if mode == "sse" else None  # first: events are not repeated
    text = client.text("POST", client.url("queue"), data)
    queued = parse(text)
    if ids := strings(queued, client.api["id"]):
        write(receipt, text.encode())
        client.tell(f"queued: {', '.join(ids)}; kept in {receipt}")
    yield from client.follow(queued, stream)


def fetch(client: Client, answers: Iterable[Any], output: Path) -> dict[str, Any]:
    """Write every video and result.json. SubmitError of code 1: a generation has failed."""
    result: dict[str, Any] = {"files": [], "failed": [], "answers": []}
    for answer in answers:
        state = (strings(answer, "status") or [""])[0]
        if state in client.api["failed"]:
            result["failed"].append(error_text(answer) or state)
        else:
            result["files"] += videos(client, answer, output)
        for _, item in walk(answer):
            if isinstance(item, dict) and "b64_json" in item:
                item["b64_json"] = "..."  # the video is a file by now
        result["answers"].append(answer)
    write(output / "result.json", json.dumps(result, indent=2).encode())
    (output / "generation.json").unlink(missing_ok=True)
    if result["failed"]:
        reasons = "; ".join(result["failed"])
        raise SubmitError(f"the generation failed: {reasons}", 1, reasons)
    return result


def videos(client: Client, answer: Any, output: Path) -> Iterator[str]:
    """Write the videos of one answer under names made of their content; the names."""
    urls = dict.fromkeys(strings(answer, *client.api["urls"].split("|")))
    try:
        inline = [base64.b64decode(text) for text in strings(answer, "b64_json")]
    except ValueError:
        raise SubmitError("the answer holds a video that is not base64") from None
    if not urls and not inline:
        raise SubmitError(f"the answer names no video: {excerpt(answer)}")
    for content in chain(inline, (client.call("GET", url, limit=VIDEO_BYTES) for url in urls)):
        name = f"video-{hashlib.sha256(content).hexdigest()[:12]}.mp4"
        write(output / name, content)
        client.tell(f"fetched {output / name}")
        yield name


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    partial_path = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if partial_path.is_symlink() or partial_path.exists():
            partial_path.unlink()
        with partial_path.open("xb") as file:  # follows no link that a stranger has put there
            file.write(content)
        partial_path.replace(path)
    except OSError as error:
        raise SubmitError(f"{path}: cannot be written: {error.strerror}") from None


class Client:
    """HTTP to one provider: its URLs and key, time-outs, retries that end, errors in one line.

    `environ` holds the key; REFPREP_BASE_URL in it moves all URLs of the API to another host.
    """

    def __init__(
        self, api: Any, environ: Mapping[str, str], tell: Callable[[str], None] = lambda line: None
    ) -> None:
        self.api, self.base, self.tell = api, environ.get("REFPREP_BASE_URL", ""), tell
        self.key = "".join(environ.get(api["key"], "").split())
        if not self.key:
            raise SubmitError(f"{api['key']} is not set; nothing was sent")
        urls = (self.url(name) for name in ("sync", "queue", "upload") if name in api)
        self.hosts = {urlsplit(require_https(url))[:2] for url in urls}

    def url(self, name: str, **parts: str) -> str:
        """A URL of the API, with its {parts} filled in."""
        url = str(self.api[name])
        if self.base and not url.startswith("{"):
            url = urlunsplit(urlsplit(self.base)[:2] + urlsplit(url)[2:])
        for part, value in parts.items():
            url = url.replace("{" + part + "}", quote(value, safe="/:?&=%", errors="replace"))
        return url

    def open(
        self, method: str, url: str, data: bytes | None = None, *,
        headers: Mapping[str, str] = JSON, key: bool = True, timeout: float = 0,
    ) -> Any:  # fmt: skip
        """Send a request. The key goes to the provider's own hosts, and along no redirect.

        Without the key, the URL may be a stranger's: it and all redirects are judged.
        """
        legal = quote(require_https(url), safe="%/:=&?~#+!$,;'@()*[]", errors="replace")
        request = Request(legal, data, dict(headers), method=method)
        if key and urlsplit(url)[:2] in self.hosts:
            request.add_unredirected_header("Authorization", f"{self.api['scheme']} {self.key}")
        if not key:
            self.require_public(url)
        send = urlopen if key else build_opener(PublicRedirects(self)).open
        return send(request, timeout=timeout or self.api["stall_seconds"])

    def call(
        self, method: str, url: str, data: bytes | None = None, limit: int = JSON_BYTES,
        **options: Any,
    ) -> bytes:  # fmt: skip
        """The answer's content; a failure is repeated, but no POST whose answer may be lost."""
        host, retry = urlsplit(url).netloc, self.api["retry_seconds"]
        pauses = [retry * 2**count for count in range(self.api["retries"])]
        while True:
            pause = pauses.pop(0) if pauses else None
            try:
                with self.open(method, url, data, **options) as answer:
                    return read(answer, limit)
            except urllib.error.HTTPError as error:
                why = f"{host} answers {error.code}"
                if error.code not in TRANSIENT or pause is None:
                    raise self.http_error(error, why) from None
                after = error.headers.get("Retry-After", "")
                pause = max(pause, min(int(after[:4]), 60)) if after.isdecimal() else pause
            except (OSError, http.client.HTTPException) as error:
                reason = getattr(error, "reason", error)
                broken = isinstance(error, http.client.HTTPException)
                why = f"{host}: {'the connection broke' if broken else reason}"
                if method == "POST" and not isinstance(reason, NOT_SENT):
                    raise SubmitError(f"{LOST} ({why})") from None
                if pause is None:
                    raise SubmitError(why) from None
            self.tell(f"{why}; again in {pause:g} s")
            time.sleep(pause)

    def text(self, *request: Any, **options: Any) -> str:
        """The same as text, which does not show the key, even if the provider repeats it."""
        return self.masked(self.call(*request, **options))

    def masked(self, answer: bytes) -> str:
        return str(answer, "utf-8", "replace").replace(self.key, "***")

    def require_public(self, url: str) -> None:
        """PrivateHostError for a URL into this machine or its network, unless it is the API's."""
        if urlsplit(url)[:2] not in self.hosts and not is_public_url(url):
            why = "only this machine or its network can reach it"
            raise PrivateHostError(f"{url.partition('?')[0]}: {why}; nothing was sent")

    def probe_url(self, url: str) -> int:
        """The status for somebody who reads the first byte without the key; 0: no answer."""
        try:
            headers = {"Range": "bytes=0-0"}
            self.call("GET", url, limit=1, headers=headers, key=False)
        except PrivateHostError:
            raise
        except SubmitError as error:
            return error.status
        return 200

    def http_error(self, answer: urllib.error.HTTPError, why: str) -> SubmitError:
        """What the answer to a request means: the request's fault is code 1, all else 2."""
        try:
            message = error_text(parse(self.masked(answer.read(JSON_BYTES))))
        except (OSError, http.client.HTTPException):
            message = ""
        meaning = MEANINGS.get(answer.code, "").format(self.api["key"])
        line = ": ".join(filter(None, (why, meaning, message)))
        return SubmitError(line, 1 if answer.code in (400, 413, 422) else 2, message, answer.code)

    def put_file(self, file: Path, url: str) -> None:
        """PUT a file into a repository, as multipart/form-data."""
        name = url.rpartition("/")[2]
        fields = {"message": f"Add {name}", "name": "refprep", "email": "refprep@localhost"}
        part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="'
        form = "".join(f'{part}{key}"\r\n\r\n{value}\r\n' for key, value in fields.items())
        form += f'{part}file"; filename="{name}"\r\n\r\n'
        data = form.encode() + file.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()
        self.tell(f"{file.name} -> {url}")
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        self.call("PUT", url, data, headers=kind)

    def follow(self, queued: Any, stream: Any = None) -> Iterator[Any]:
        """The final answer of each generation that `queued`, the answer of the queue, names."""
        api, end = self.api, time.monotonic() + self.api["wait_seconds"]
        names = re.findall(r"{(\w+)}", api["status"] + api.get("result", ""))
        parts = {name: value for name in names for value in strings(queued, name)[:1]}
        waiting = {key: {**parts, api["id"]: key} for key in strings(queued, api["id"])}
        if not waiting:
            raise SubmitError(f"the answer names no generation: {excerpt(queued)}")
        for answer in chain(self.events(stream), self.states(waiting)):
            key = (strings(answer, api["id"]) or list(waiting))[0]  # fal's states hold no id
            state = (strings(answer, "status") or [""])[0]
            if key in waiting and state in api["done"] + api["failed"]:
                self.tell(f"{key}: {state}")
                known = waiting.pop(key)
                apart = "result" in api and state in api["done"]
                yield parse(self.text("GET", self.url("result", **known))) if apart else answer
            if not waiting:
                return
            if time.monotonic() > end:
                waited = f"has not ended after {api['wait_seconds']} s"
                raise SubmitError(f"{', '.join(waiting)}: {waited}")

    def states(self, waiting: Mapping[str, Mapping[str, str]]) -> Iterator[Any]:
        """The state of every generation in `waiting`, over and over."""
        while True:
            for parts in list(waiting.values()):
                yield parse(self.text("GET", self.url("status", **parts)))
            time.sleep(self.api["poll_seconds"])

    def open_events(self) -> Any:
        """The stream of events; None where there is none, for then the state is polled."""
        try:
            return self.open("GET", self.url("events"))
        except urllib.error.HTTPError as error:
            if error.code in (401, 403):
                raise self.http_error(error, f"events: {error.code}") from None
            self.tell(f"no stream of events ({error.code}); polling instead")
        except (OSError, http.client.HTTPException) as error:
            self.tell(f"no stream of events ({error}); polling instead")
        return None

    def events(self, stream: Any) -> Iterator[Any]:
        """The data of events about generations; None at all other lines: time passes."""
        if stream is None:
            return
        event = data = ""
        try:
            with stream:
                for block in iter(partial(stream.readline, JSON_BYTES), b""):
                    line = self.masked(block).strip()
                    field, _, value = line.partition(":")
                    event = value.strip() if field == "event" else event
                    data = (data + value)[:JSON_BYTES] if field == "data" else data
                    yield parse(data) if event == self.api["event"] and not line else None
                    event, data = (event, data) if line else ("", "")
        except (OSError, http.client.HTTPException) as error:
            self.tell(f"the stream of events broke ({error}); polling instead")


def read(answer: Any, limit: int) -> bytes:
    """All bytes of an answer; only the first one if the limit is 1."""
    expected, content = answer.length or 0, bytearray(answer.read(1))
    while limit > 1 and len(content) <= limit and (block := answer.read(1 << 20)):
        content += block
    if len(content) > limit:
        raise SubmitError(f"the answer is larger than {limit:,} bytes")
    if limit > 1 and len(content) < expected:  # reading in blocks, http.client does not notice it
        raise http.client.IncompleteRead(bytes(content), expected - len(content))
    return bytes(content)


def require_https(url: str) -> str:
    """The URL, if it is https or on this machine."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "https" or parts.hostname in LOCAL_HOSTS:
            return url
    except ValueError:
        pass
    raise SubmitError(f"{url.partition('?')[0]}: is not https; nothing was sent")  # no signature


def is_public_url(url: str) -> bool:
    """True where every address of the host is a public one, or it has none."""
    try:
        parts = urlsplit(url)
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found]
    except (OSError, ValueError):  # ValueError: a port or a name that there cannot be
        return True  # nobody is reached there, and the probe says so
    return all(map(is_public, addresses))


def is_public(address: Any) -> bool:
    """True for a global unicast address; one that holds an IPv4 address is judged by that one."""
    if address.version == 4:
        return bool(address.is_global and not address.is_multicast)
    teredo, number = address.teredo, int(address)
    inner = address.ipv4_mapped or address.sixtofour or (teredo and teredo[1])
    if number >> 32 == 0x64FF9B << 64:  # NAT64, RFC 6052
        inner = ipaddress.IPv4Address(number & 0xFFFFFFFF)
    return is_public(inner) if inner else bool(address.is_global and number >> 125 == 1)


class PrivateHostError(SubmitError):
    """A URL of a stranger that leads into this machine or its network."""


class PublicRedirects(HTTPRedirectHandler):
    """Follows a redirect only to where a URL of a stranger may lead."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def redirect_request(  # noqa: PLR0917 (the signature of urllib)
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        """The request that follows. PrivateHostError where it leads into this network."""
        self.client.require_public(require_https(newurl))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def parse(text: str) -> Any:
    """An answer's JSON; the text itself, which names nothing, where it is not JSON."""
    try:
        value = json.loads(text, strict=False)
        require_shallow(value)
    except (ValueError, RecursionError):
        return text
    return value


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every value in parsed JSON with its key, in order; the key is empty in lists."""
    stack = [("", value)]
    while stack:
        key, item = stack.pop()
        yield key, item
        if isinstance(item, dict):
            stack += reversed(list(item.items()))
        elif isinstance(item, list):
            stack += [("", each) for each in reversed(item)]


def strings(value: Any, *keys: str) -> list[str]:
    """The strings under these keys, at any depth."""
    return [item for key, item in walk(value) if key in keys and isinstance(item, str)]


def replace(value: Any, urls: Mapping[str, str]) -> Any:
    """The same JSON, with URLs for the strings that are exactly one of the paths."""
    if isinstance(value, dict):
        return {key: replace(item, urls) for key, item in value.items()}
    if isinstance(value, list):
        return [replace(item, urls) for item in value]
    return urls.get(value, value) if isinstance(value, str) else value


def error_text(answer: Any) -> str:
    """What an answer says about an error, and where, in any of the documented shapes."""
    places = [item for key, item in walk(answer) if key == "loc" and isinstance(item, list)]
    texts = [".".join(map(str, place)) for place in places] + strings(answer, *ERROR_KEYS)
    return " ".join(": ".join(dict.fromkeys(texts)).split())


def excerpt(answer: Any) -> str:
    """The beginning of an answer, for a message."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return " ".join(text.split())[:200]


def resume_hint(output: Path) -> str:
    """What to add to a message where the work ends before the generation does."""
    queued = (output / "generation.json").exists()
    return "; the generation goes on: --resume follows it" if queued else ""


def _shown(text: str) -> str:
    """An emoji, or the text between two."""
    if _EMOJI.fullmatch(text) and text.replace("\u200d", "").isprintable():
        return text
    shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return _HIDDEN.sub(lambda found: ascii(found[0])[1:-1], shown)


def visible(text: object) -> str:
    """The text on one line, with an escape for each character that is not seen as itself."""
    plain = str(text)
    if not (plain.isascii() and plain.isprintable()):
        plain = "".join(map(_shown, _EMOJI.split(plain)))
    return _COMMAND.sub(r"\1\\x5b", plain)


def line(text: object) -> str:
    """The same as a line of a log: no command of a workflow stands at its start."""
    return _COMMAND_LINE.sub(r"\1\\x3a", visible(text))


def print_line(text: str) -> None:
    """Print to stderr; what a terminal would obey is shown as an escape."""
    print(line(text), file=sys.stderr, flush=True)


class Parser(argparse.ArgumentParser):
    """A parser whose errors repeat no argument in a way that a terminal obeys."""

    def error(self, message: str) -> NoReturn:
        super().error(visible(message))


def main(arguments: list[str] | None = None) -> int:
    """Submit the bundle in which this file is; the exit code."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mode", choices=MODES, default="async", help="how to wait for the video")
    parser.add_argument("--resume", action="store_true", help="follow what was sent before")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="the folder for results")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that it does not have is an escape
            stream.reconfigure(errors="backslashreplace")
    options = parser.parse_args(arguments)
    folder = Path(__file__).parent
    output = options.output or default_output(folder)
    try:
        if API is None:
            raise SubmitError("belongs into a bundle: refprep pack writes it there")
        result = submit(
            folder, API, options.mode, resume=options.resume, output=output, tell=print_line
        )
        for name in result["files"]:
            print(line(output / name))
        return 0
    except SubmitError as error:
        hint = "" if "--resume" in str(error) else resume_hint(output)
        print_line(f"submit.py: {error}{hint}")
        return error.code
    except KeyboardInterrupt:
        print_line(f"submit.py: interrupted{resume_hint(output)}")
        return 130


if __name__ == "__main__":
    sys.exit(main())
