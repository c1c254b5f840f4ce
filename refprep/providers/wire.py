"""HTTP to one provider: its URLs and key, time-outs, how large an answer may be, which hosts count.

`Client.ask` sends one request and tells what came of it; it repeats nothing. The key goes to the
provider's own hosts only, along no redirect, and into no text that this program shows or keeps.
"""

from __future__ import annotations

import base64
import html
import http.client
import ipaddress
import re
import socket
import threading
import time
import urllib.error
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
    build_opener,
)

from refprep.providers.exchange import (
    NOTHING,
    PART,
    WHOLE,
    Answer,
    error_text,
    may_repeat,
    parse,
    pause,
    pauses,
)

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
JSON = {"Content-Type": "application/json"}
JSON_BYTES, VIDEO_BYTES = 16 << 20, 1 << 30
"The largest answers that are read."
BLOCK = 1 << 20
PATIENCE = 4
"An answer may take so many times as long as one silence of its connection."
MEANINGS = {
    401: "the key in {} is not accepted",
    402: "the account has no credit left",
    403: "the key in {} is not allowed to do this",
    404: "there is no such model, repository or generation",
    413: "the body is too large",
    422: "the request is refused",
}
REQUEST_FAULTS = (400, 413, 422)
"The statuses that are the request's fault."
MASK = "***"
SHORT = 7
"Characters of a key whose base64 could be a part of any word."


class SubmitError(Exception):
    """Why a submission ended, in one line; `code` is the exit code.

    `provider_message` is what the provider itself says, `status` the HTTP status of its answer,
    `stands` what then stands, where the journal does not tell.
    """

    def __init__(
        self, line: str, code: int = 2, provider_message: str = "", status: int = 0,
        stands: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(line)
        self.code, self.provider_message, self.status = code, provider_message, status
        self.stands = stands


class PrivateHostError(SubmitError):
    """A URL of a stranger that leads into this machine or its network."""


class TooLargeError(Exception):
    """An answer that is larger than what is read."""


class Client:
    """HTTP to one provider.

    `environ` holds the key. REFPREP_BASE_URL in it moves the API: the host of its queue becomes
    that URL, each other host of the API a folder of its name below it.
    """

    def __init__(
        self, api: Any, environ: Mapping[str, str], tell: Callable[[str], None] = lambda line: None
    ) -> None:
        self.api, self.base = api, environ.get("REFPREP_BASE_URL", "")
        self.key = "".join(environ.get(api["key"], "").split())
        if not self.key:
            raise SubmitError(f"{api['key']} is not set")
        if not (self.key.isascii() and self.key.isprintable()):
            raise SubmitError(f"{api['key']} holds characters that no key has")
        self._secrets = [re.compile(pattern) for pattern in key_patterns(self.key)]
        self._tell, self.sent = tell, NOTHING
        named = ("sync", "queue", "status", "events", "upload", "upload_start", "list")
        urls = [self.url(name) for name in named if str(api.get(name)).startswith("https:")]
        self.hosts = {urlsplit(require_https(url))[:2] for url in urls}
        self._socket: Any = None
        self._strict = self._over = self.abandoned = False
        self.local = bool(self.base) and urlsplit(self.base).hostname in LOCAL_HOSTS

    def tell(self, line: str) -> None:
        """Show a line of progress, without the key."""
        self._tell(self.mask(line))

    def mask(self, text: str) -> str:
        """The text, without the key in any form in which a server could repeat it."""
        for secret in self._secrets:
            text = secret.sub(MASK, text)
        return text

    def masked(self, content: bytes) -> str:
        """The same for an answer's content."""
        return self.mask(str(content, "utf-8", "replace"))

    def template(self, name: str) -> str:
        """A URL of the API, with the names in it that an answer fills in."""
        template = str(self.api[name])
        return template if template.startswith("{") else self._moved(template)

    def url(self, name: str, safe: str = "", **parts: str) -> str:
        """A URL of the API, with its {parts} filled in. `safe`: what is not quoted in them."""
        return self.fill(str(self.api[name]), parts, safe)

    def fill(self, template: str, parts: Mapping[str, str], safe: str = "") -> str:
        """The same for any template. A part that is missing may be in the API's table of links."""
        links = self.api.get("links", {})

        def filled(found: re.Match[str]) -> str:
            name = found[1]
            if name not in parts:
                return self.fill(links[name], parts) if name in links else found[0]
            whole = re.match(r"https?://", parts[name])
            return quote(parts[name], safe="/:?&=%" if whole else safe, errors="replace")

        moved = template if template.startswith("{") else self._moved(template)
        return re.sub(r"{(\w+)}", filled, moved)

    def _moved(self, url: str) -> str:
        if not self.base:
            return url
        home, parts = urlsplit(self.base), urlsplit(url)
        main = urlsplit(self.api.get("queue") or self.api.get("sync") or url).netloc
        folder = "" if parts.netloc == main else f"/{parts.netloc}"
        path = home.path.rstrip("/") + folder + parts.path
        return urlunsplit((home.scheme, home.netloc, path, parts.query, ""))

    def open(
        self, method: str, url: str, data: bytes | None = None, *,
        headers: Mapping[str, str] = JSON, key: bool = True, strict: bool = False,
        timeout: float = 0,
    ) -> Any:  # fmt: skip
        """Send a request and return the open answer. `sent` tells how much of it has left.

        `strict`: the URL is a stranger's, so it leads to this machine only where the API is.
        """
        self.sent, self._strict = NOTHING, strict
        own = urlsplit(url)[:2] in self.hosts
        legal = quote(require_https(url), safe="%/:=&?~#+!$,;'@()*[]", errors="replace")
        self.require_public(url)
        request = Request(legal, data, dict(headers), method=method)
        if key and own:
            request.add_unredirected_header("Authorization", f"{self.api['scheme']} {self.key}")
        return self._opener().open(request, timeout=timeout or self.api["stall_seconds"])

    def _opener(self) -> OpenerDirector:
        client = self

        class Wired:
            """What both kinds of connection do beside their work."""

            def connect(self: Any) -> None:
                super().connect()  # type: ignore[misc]
                if not getattr(self, "_tunnel_host", None):  # a proxy looks up the name itself
                    client.require_public_address(self.host, self.sock.getpeername()[0])
                client.sent, client._socket = PART, self.sock
                if client.abandoned:  # asked after `sent` is set: whoever abandons reads it after
                    client.sent = NOTHING
                    raise ConnectionAbortedError("interrupted")

            def send(self: Any, data: Any) -> None:
                try:
                    super().send(data)  # type: ignore[misc]
                except (BrokenPipeError, ConnectionResetError):
                    if client.sent != PART:
                        raise
                    self.refused = True  # its answer may be there already

            def getresponse(self: Any) -> Any:
                if not getattr(self, "refused", False):
                    client.sent = WHOLE
                return super().getresponse()  # type: ignore[misc]

        class Plain(Wired, http.client.HTTPConnection):
            """To this machine."""

        class Secure(Wired, http.client.HTTPSConnection):
            """To anywhere else."""

        class PlainHandler(HTTPHandler):
            def http_open(self, req: Request) -> Any:
                return self.do_open(Plain, req)

        class SecureHandler(HTTPSHandler):
            def https_open(self, req: Request) -> Any:
                return self.do_open(Secure, req)

        return build_opener(PlainHandler, SecureHandler, Redirects(self))

    def ask(
        self, method: str, url: str, data: bytes | None = None, *, limit: int = JSON_BYTES,
        sink: Any = None, seconds: float = 0, **options: Any,
    ) -> Answer:  # fmt: skip
        """Send one request; what came of it, whatever that is.

        Args:
            method: GET, POST, PUT or DELETE.
            url: https, or on this machine. SubmitError where it is neither.
            data: The body.
            limit: The most bytes of an answer; 1: only the first byte is read.
            sink: Its `write` takes the content of a good answer. It raises no OSError: that would
                look like one of the connection.
            seconds: The longest that the whole may take; 0: some silences of the connection.
            **options: As for `open`.
        """
        silence = options.get("timeout") or self.api["stall_seconds"]
        guard = threading.Timer(seconds or PATIENCE * silence, self._give_up)
        guard.daemon, self._socket, self._over = True, None, False
        guard.start()
        try:
            with self.open(method, url, data, **options) as answer:
                content = read(answer, limit, sink)
                if self._over:  # an answer without a length ends like a whole one
                    raise TimeoutError("the answer does not end")
                retry_after = answer.headers.get("Retry-After", "")
                return Answer(answer.status, self.sent, content, retry_after)
        except urllib.error.HTTPError as error:
            with error:
                content = b""
                with suppress(OSError, http.client.HTTPException, TooLargeError):
                    content = read(error, JSON_BYTES)
                retry_after = error.headers.get("Retry-After", "")
                return Answer(error.code, self.sent, content, retry_after)
        except TooLargeError:
            why = f"{urlsplit(url).netloc}: the answer is larger than {limit:,} bytes"
            return Answer(0, self.sent, why=why)
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            broken = isinstance(error, http.client.HTTPException)
            text = "the connection broke" if broken else reason
            return Answer(0, self.sent, why=f"{urlsplit(url).netloc}: {text}")
        finally:
            guard.cancel()

    def _give_up(self) -> None:
        """End the reading of an answer that drips, from another thread."""
        self._over = True
        with suppress(OSError):
            if self._socket:  # a method of TLS would wait for the other side
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def repeat(self, method: str, url: str, data: bytes | None = None, **options: Any) -> Answer:
        """The same for a request that creates nothing: a failure that may pass is repeated."""
        for planned in self.pauses():
            answer = self.ask(method, url, data, **options)
            if planned is None or not may_repeat(answer):
                break
            self.wait(planned, answer, url)
        return answer

    def call(self, method: str, url: str, data: bytes | None = None, **options: Any) -> bytes:
        """The content of a good answer. SubmitError for every other one."""
        answer = self.repeat(method, url, data, **options)
        if not answer.good:
            raise self.error(answer, url)
        return answer.content

    def pauses(self) -> Iterator[float | None]:
        """The seconds before each repetition, then None."""
        return pauses(self.api["retry_seconds"], self.api["retries"])

    def wait(self, planned: float, answer: Answer, url: str) -> None:
        """Wait as long as planned, or as the answer asks for."""
        seconds = pause(planned, answer.retry_after)
        self.tell(f"{self.what(answer, url)}; again in {seconds:g} s")
        time.sleep(seconds)

    def what(self, answer: Answer, url: str) -> str:
        """What came of a request, in a few words."""
        return self.mask(answer.why or f"{urlsplit(url).netloc} answers {answer.status}")

    def error(
        self, answer: Answer, url: str, *, creates: bool = False, stands: str | None = None
    ) -> SubmitError:
        """An answer as an error: where the request creates, its own fault is code 1; all else 2."""
        message = error_text(parse(self.masked(answer.content)))
        meaning = MEANINGS.get(answer.status, "").format(self.api["key"])
        line = ": ".join(filter(None, (self.what(answer, url), meaning, message)))
        code = 1 if creates and answer.status in REQUEST_FAULTS else 2
        return SubmitError(line, code, message, answer.status, stands)

    def require_public(self, url: str) -> None:
        """PrivateHostError for a URL into this machine or its network, unless the API is there."""
        may = urlsplit(url)[:2] in self.hosts or (self.local and not self._strict)
        if not (may or is_public_url(url)):
            raise self._private(url)

    def require_strangers(self, url: str) -> None:
        """The same for a stranger's URL."""
        self._strict = True
        self.require_public(url)

    def require_public_address(self, host: str, address: str) -> None:
        """The same for the address that was really reached: a name may change between two looks."""
        own = host in {urlsplit(f"//{netloc}").hostname for _, netloc in self.hosts}
        number = ipaddress.ip_address(address.partition("%")[0])
        if not (own or (self.local and not self._strict) or is_public(number)):
            raise self._private(host)

    @staticmethod
    def _private(place: str) -> PrivateHostError:
        why = "only this machine or its network can reach it"
        return PrivateHostError(f"{place.partition('?')[0]}: {why}")

    def probe_url(self, url: str) -> int:
        """The status for somebody who reads the first byte without the key; 0: no answer."""
        answer = self.repeat(
            "GET", url, limit=1, key=False, strict=True, headers={"Range": "bytes=0-0"}
        )
        return 200 if answer.good else answer.status


class Redirects(HTTPRedirectHandler):
    """Follows a redirect of a GET, to where a URL of a stranger may lead; no other request."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def redirect_request(  # noqa: PLR0917 (the signature of urllib)
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        """The request that follows. PrivateHostError where it leads into this network."""
        if req.get_method() != "GET":
            return None
        self.client.require_public(require_https(newurl))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def read(answer: Any, limit: int, sink: Any = None) -> bytes:
    """All bytes of an answer, into `sink` where there is one; only the first if the limit is 1.

    TooLargeError beyond the limit, IncompleteRead for a part.
    """
    expected, count, kept = answer.length or 0, 0, bytearray()
    while block := answer.read(1 if limit == 1 else BLOCK):
        count += len(block)
        if limit == 1:
            return bytes(block)
        if count > limit:
            raise TooLargeError
        if sink:
            sink.write(block)
        else:
            kept += block
    if count < expected:  # reading in blocks, http.client does not notice it
        raise http.client.IncompleteRead(bytes(kept), expected - count)
    return bytes(kept)


def key_patterns(key: str) -> Iterator[str]:
    """Regular expressions for the key as a server could repeat it: as it is, or in base64.

    Signs may be escaped as JSON, URLs or HTML do, in any mixture; letters and digits never are. So
    each expression begins with plain letters, and a long answer is searched fast.
    """
    yield "".join(map(_any_form, key))
    content = key.encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode) if len(key) > SHORT else ():
        for before in range(3):  # where it stands in what was encoded
            text = encode(bytes(before) + content).decode().rstrip("=")
            first = -(-before * 4 // 3)
            last = (before + len(content)) * 4 // 3  # a letter that holds more than the key goes
            yield "".join(map(_any_form, text[first:last]))


def _any_form(char: str) -> str:
    if char.isalnum():
        return char
    digits = "".join(f"[{digit}{digit.upper()}]" for digit in f"{ord(char):02x}")
    forms = (
        rf"\\*{re.escape(char)}", rf"\\+u00{digits}", f"%(?:25)*{digits}", f"&#0*{ord(char)};",
        f"&#[xX]0*{digits};", re.escape(html.escape(char)),
    )  # fmt: skip
    return f"(?:{'|'.join(forms)})"


def require_https(url: str) -> str:
    """The URL, if it is https or on this machine."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "https" or parts.hostname in LOCAL_HOSTS:
            return url
    except ValueError:
        pass
    raise SubmitError(f"{url.partition('?')[0]}: is not https")  # no signature


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
