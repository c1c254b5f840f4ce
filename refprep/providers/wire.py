"""HTTP to a provider: its key, time-outs, retries that end, and the answers that errors come to.

A part of submit.py, beside which it lies in every bundle. Python 3.8 is all it takes.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
import urllib.error
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from urllib.request import Request, urlopen

AGAIN = (429, 500, 502, 503)  # but no 504: behind it a paid generation may be under way
UNSENT = (ConnectionRefusedError, socket.gaierror)
HERE = ("127.0.0.1", "localhost")
SAID = "code|title|detail|message|msg|error|error_message"
MEANS = {
    401: "the key in {} is not accepted",
    403: "the key in {} is not allowed to do this",
    404: "there is no such model, repository or generation",
    413: "the body is too large",
    422: "the request is refused",
}
LOST = "the request was sent and its answer was lost; it may be under way, so it is not sent again"
EDGE = "refprep7d0c4b1f9a83"


class Stopped(Exception):
    """Why the work ended, in one line; `said` is what the provider itself said."""

    def __init__(self, line: str, code: int = 2, said: str = "", status: int = 0) -> None:
        super().__init__(line)
        self.code, self.said, self.status = code, said, status


def values(text: str, names: str) -> list[str]:
    """The strings under these names (a|b) anywhere in JSON; within a string quotes are escaped."""
    found = re.findall(rf'(?<!\\)"(?:{names})"\s*:\s*("(?:[^"\\]|\\.)*")', text)
    return [json.loads(one, strict=False) for one in found]


def words(text: str) -> str:
    """What an answer says of an error, and where, in any of the documented shapes."""
    places = [
        ".".join(re.findall(r"\w+", one)) for one in re.findall(r'"loc"\s*:\s*\[(.*?)\]', text)
    ]
    return " ".join(": ".join(dict.fromkeys(places + values(text, SAID))).split())


def secure(url: str) -> str:
    """The URL, where it is https or on this very machine."""
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in HERE:
        raise Stopped(f"{bare(url)}: is not https; nothing was sent")
    return url


def bare(url: str) -> str:
    """The URL as it may be shown: without its signature."""
    return url.partition("?")[0]


class Wire:
    """A way to one provider, as `api` of the envelope describes it."""

    def __init__(
        self, api: Any, environ: Mapping[str, str], tell: Callable[[str], None] = lambda line: None
    ) -> None:
        self.api, self.base, self.tell = api, environ.get("REFPREP_BASE_URL", ""), tell
        self.key = "".join(environ.get(api["key"], "").split())
        if not self.key:
            raise Stopped(f"{api['key']} is not set; nothing was sent")
        urls = (self.at(name) for name in ("sync", "queue", "upload") if name in api)
        self.homes = {urlsplit(secure(url))[:2] for url in urls}

    def at(self, name: str, **parts: str) -> str:
        """One of the provider's URLs, moved to REFPREP_BASE_URL if set, its {parts} filled."""
        url = str(self.api[name])
        if self.base and not url.startswith("{"):
            url = urlunsplit(urlsplit(self.base)[:2] + urlsplit(url)[2:])
        for part, value in parts.items():
            url = url.replace("{" + part + "}", quote(value, safe="/:?&=%"))
        return url

    def open(self, method: str, url: str, data: bytes | None = None, **how: Any) -> Any:
        """One exchange; the key goes to the provider's own hosts, and along no redirect."""
        headers = how.get("headers", {"Content-Type": "application/json"})
        request = Request(secure(url), data, headers, method=method)
        if urlsplit(url)[:2] in self.homes and how.get("key", True):
            request.add_unredirected_header("Authorization", f"{self.api['scheme']} {self.key}")
        return urlopen(request, timeout=how.get("timeout", self.api["stall_seconds"]))

    def call(self, method: str, url: str, data: bytes | None = None, **how: Any) -> bytes:
        """Exchange and read, again after growing pauses; never a POST whose answer was lost."""
        host, pauses = urlsplit(url).netloc, [2**n for n in range(self.api["retries"])]
        while True:
            pause = pauses.pop(0) * self.api["retry_seconds"] if pauses else None
            try:
                with self.open(method, url, data, **how) as answer:
                    return bytes(answer.read(how.get("most")))
            except urllib.error.HTTPError as error:
                why = f"{host} answers {error.code}"
                if error.code not in AGAIN or pause is None:
                    raise self.refused(error, why) from None
                asked = error.headers.get("Retry-After", "")
                pause = max(pause, min(int(asked), 60)) if asked.isdigit() else pause
            except (OSError, http.client.HTTPException) as error:
                broke = isinstance(error, http.client.HTTPException)
                why = f"{host}: {'it broke off' if broke else getattr(error, 'reason', error)}"
                if method == "POST" and not isinstance(getattr(error, "reason", error), UNSENT):
                    raise Stopped(f"{LOST} ({why})") from None
                if pause is None:
                    raise Stopped(why) from None
            self.tell(f"{why}; again in {pause:g} s")
            time.sleep(pause)

    def text(self, method: str, url: str, data: bytes | None = None, **how: Any) -> str:
        """The same, as text; the key is not in it, whatever the provider says."""
        return str(self.call(method, url, data, **how), "utf-8", "replace").replace(self.key, "***")

    def refused(self, error: urllib.error.HTTPError, why: str) -> Stopped:
        """What an answer that is an error comes to: the request's fault is 1, all else 2."""
        try:
            said = words(str(error.read(), "utf-8", "replace").replace(self.key, "***"))
        except (OSError, http.client.HTTPException):
            said = ""
        means = MEANS.get(error.code, "").format(self.api["key"])
        line = ": ".join(filter(None, (why, means, said)))
        return Stopped(line, 1 if error.code in (400, 413, 422) else 2, said, error.code)

    def reach(self, url: str) -> int:
        """The status that anybody gets who reads a byte of it, without the key."""
        try:
            self.call("GET", url, headers={"Range": "bytes=0-0"}, key=False, most=1)
        except Stopped as stopped:
            return stopped.status
        return 200

    def upload(self, file: Path, url: str) -> None:
        """PUT a file into a repository, as a form of several parts."""
        name = url.rpartition("/")[2]
        fields = {"message": f"Add {name}", "name": "refprep", "email": "refprep@localhost"}
        part = f'--{EDGE}\r\nContent-Disposition: form-data; name="'
        form = "".join(f'{part}{key}"\r\n\r\n{value}\r\n' for key, value in fields.items())
        form += f'{part}file"; filename="{name}"\r\n\r\n'
        body = form.encode() + file.read_bytes() + f"\r\n--{EDGE}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={EDGE}"}
        self.tell(f"{file.name} -> {url}")
        self.call("PUT", url, body, headers=kind)

    def events(self) -> Iterable[bytes]:
        """The stream of events; nothing where it cannot be had, for then the state is asked for."""
        try:
            stream: Iterable[bytes] = self.open("GET", self.at("events"))
            return stream
        except urllib.error.HTTPError as error:
            if error.code in (401, 403):
                raise self.refused(error, f"events: {error.code}") from None
            self.tell(f"no stream of events ({error.code}); asking instead")
        except (OSError, http.client.HTTPException) as error:
            self.tell(f"no stream of events ({error}); asking instead")
        return ()

    def heard(self, stream: Iterable[bytes]) -> Iterator[str]:
        """What the stream tells of generations; "" at every line: the clock may be looked at."""
        event = data = ""
        try:
            for line in stream:
                field, _, value = line.decode("utf-8", "replace").strip().partition(":")
                event = value.strip() if field == "event" else event
                data += value if field == "data" else ""
                yield data if event == self.api["event"] and not line.strip() else ""
                event, data = (event, data) if line.strip() else ("", "")
        except (OSError, http.client.HTTPException) as error:
            self.tell(f"the stream of events broke ({error}); asking instead")

    def asked(self, waiting: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
        """The state of every generation that is waited for, over and over."""
        while True:
            for parts in list(waiting.values()):
                yield self.text("GET", self.at("status", **parts))
            time.sleep(self.api["poll_seconds"])

    def follow(self, queued: str, stream: Iterable[bytes] = ()) -> Iterator[str]:
        """The last word on each generation: as the stream tells it, or as it is asked for."""
        api, end = self.api, time.monotonic() + self.api["wait_seconds"]
        names = re.findall(r"{(\w+)}", api["status"] + api.get("result", ""))
        parts = {name: found for name in names for found in values(queued, name)[:1]}
        waiting = {one: {**parts, api["id"]: one} for one in values(queued, api["id"])}
        if not waiting:
            raise Stopped(f"the answer tells no generation: {' '.join(queued.split())[:200]}")
        for news in chain(self.heard(stream), self.asked(waiting)):
            one, state = (next(iter(values(news, name)), "") for name in (api["id"], "status"))
            one = one or next(iter(waiting), "")  # fal's state does not say whose it is
            if one in waiting and state in api["done"] + api["failed"]:
                self.tell(f"{one}: {state}")
                known, more = waiting.pop(one), "result" in api and state in api["done"]
                yield self.text("GET", self.at("result", **known)) if more else news
            if not waiting:
                return
            if time.monotonic() > end:
                raise Stopped(f"{', '.join(waiting)}: has not ended after {api['wait_seconds']} s")
