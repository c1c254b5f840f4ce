"""Fetching media from https:// URLs, for checking: bounded in size and time, and never from here.

A URL comes from a request that somebody else may have written. So every address that a name has is
looked up once, judged, and then connected to: a second look-up could answer with another one (DNS
rebinding). Each redirect is judged alike. No proxy is asked and no credentials are sent.
"""

import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from refprep.cache import Cache, key_of
from refprep.files import Scratch
from refprep.models.address import (
    UNREACHABLE,
    host_of,
    is_public_address,
    is_public_host,
    problem_of,
    scheme_of,
)
from refprep.models.media import Unchecked

MAX_SIZE = 256_000_000
"Bytes of one file: the largest that a provider takes is a video of 200 MB."
MAX_TOTAL = 2 << 30
"Bytes of one run: as many as the cache holds."
READ_SECONDS = 20.0
"A connection that is silent for so long is given up; providers wait no longer."
TOTAL_SECONDS = 300.0
"For one file, with all redirects: 256 MB at 7 Mbit/s."
REDIRECTS = 5
ADDRESSES = 4
"Addresses of one name that are tried."
BLOCK = 1 << 16
HEADERS = {"User-Agent": "refprep", "Accept": "*/*", "Accept-Encoding": "identity"}
"identity: what is compressed would have to be unpacked, and a small file can unpack to any size."
MOVED = (301, 302, 303, 307, 308)
IN_URL = "%/:=&?~#+!$,;'@()*[]"
"What stands in a URL's path and query as it is; all else is percent-encoded."


class FetchError(Exception):
    """Why there is no content; `unreachable`: nor would there be for the provider."""

    def __init__(self, reason: str, *, unreachable: bool = True) -> None:
        super().__init__(reason)
        self.unreachable = unreachable


@dataclass
class Fetcher:
    """Downloads of one run: a URL that is named twice is fetched once."""

    cache: Cache
    scratch: Scratch
    left: int = MAX_TOTAL
    "Bytes that may still be fetched."
    known: dict[str, Path | Unchecked] = field(default_factory=dict)

    def __call__(self, url: str) -> Path | Unchecked:
        """A copy of what is at a URL; where there is none, why."""
        if url not in self.known:
            self.known[url] = self._fetch(url)
        return self.known[url]

    def _fetch(self, url: str) -> Path | Unchecked:
        target = self.scratch.path()
        try:
            fetch(url, target, self.cache, min(MAX_SIZE, self.left))
        except FetchError as error:
            target.unlink(missing_ok=True)
            return Unchecked(reason=str(error), unreachable=error.unreachable)
        self.left -= target.stat().st_size
        return target


def fetch(url: str, target: Path, kept: Cache, limit: int) -> None:
    """Write what is at a URL to `target`; a copy that is kept is used while its ETag is current.

    Args:
        url: https, with a public host; as each redirect must be.
        target: The file to write.
        kept: Where a copy is kept for the next run.
        limit: Bytes that are read at most.

    Raises:
        FetchError: There is no content.
    """
    key = key_of("fetched", url)
    etag = _restore(kept, key, target)
    deadline = time.monotonic() + TOTAL_SECONDS
    place = url
    for _ in range(REDIRECTS + 1):
        with _answer(place, deadline, etag) as (connection, answer):
            if answer.status == 304 and etag:
                return
            if answer.status == 200:
                _write(connection, answer, target, limit)
                _keep(kept, key, target, answer.headers.get("ETag", ""))
                return
            place = _redirect(place, answer)
    raise FetchError(f"redirects more than {REDIRECTS} times")


def resolve(host: str, port: int) -> list[tuple[int, Any]]:
    """The addresses of a host, each with its family. FetchError where one of them is not public."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses: list[tuple[int, Any]] = [(family, place) for family, _, _, _, place in found]
    for _, place in addresses:
        if not is_public_address(ipaddress.ip_address(place[0])):
            raise FetchError(f"{host} is {place[0]}: {UNREACHABLE}")
    return addresses[:ADDRESSES]


def secure(plain: socket.socket, host: str) -> socket.socket:
    """TLS over a connection, its handshake still to be done."""
    return _tls().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was judged, until the deadline."""

    default_port = http.client.HTTPS_PORT

    def __init__(self, host: str, port: int, deadline: float) -> None:
        super().__init__(host, port, timeout=READ_SECONDS)
        self.wire: socket.socket | None = None
        self.expired = False
        self.timer = threading.Timer(max(0.0, deadline - time.monotonic()), self._expire)
        self.timer.daemon = True

    def connect(self) -> None:
        """Connect to the first address that answers, and do the handshake."""
        addresses = resolve(self.host, self.port)
        self.timer.start()
        for place, (family, address) in enumerate(addresses, start=1):
            plain = socket.socket(family, socket.SOCK_STREAM)
            self.wire = plain
            plain.settimeout(READ_SECONDS)
            try:
                plain.connect(address)
                break
            except OSError:
                plain.close()
                if place == len(addresses) or self.expired:
                    raise
        self.sock = self.wire = secure(plain, self.host)
        if isinstance(self.sock, ssl.SSLSocket):
            self.sock.do_handshake()

    def _expire(self) -> None:
        """End whatever is being read: a server may send a byte now and then for ever."""
        self.expired = True
        if self.wire is not None:
            with suppress(OSError):  # SSLSocket's own shutdown is not for another thread
                socket.socket.shutdown(self.wire, socket.SHUT_RDWR)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """FetchError for whatever reading raises, or where the time is over."""
        try:
            yield
        except (OSError, http.client.HTTPException, ValueError) as error:
            if not self.expired:
                raise FetchError(_reason(error, self.host)) from None
        if self.expired:
            raise FetchError(f"not fetched after {TOTAL_SECONDS:g} s", unreachable=False)

    def blocks(self, answer: http.client.HTTPResponse) -> Iterator[bytes]:
        """The content of an answer. FetchError where it is not whole."""
        with self.errors():
            while block := answer.read(BLOCK):
                yield block
        if answer.length:  # reading in blocks, http.client does not notice it
            raise FetchError(f"the connection broke {answer.length:,} bytes before the end")


@contextmanager
def _answer(
    url: str, deadline: float, etag: str
) -> Iterator[tuple[_Connection, http.client.HTTPResponse]]:
    """The answer to a GET, its content still to be read. FetchError."""
    host, parts = _judged(url), urlsplit(url)
    query = f"?{quote(parts.query, safe=IN_URL)}" if parts.query else ""
    headers = {**HEADERS, "If-None-Match": etag} if etag else HEADERS
    connection = _Connection(host, parts.port or http.client.HTTPS_PORT, deadline)
    try:
        with connection.errors():
            path = quote(parts.path or "/", safe=IN_URL)
            connection.request("GET", path + query, headers=headers)
            answer = connection.getresponse()
        with closing(answer):
            yield connection, answer
    finally:
        connection.timer.cancel()
        connection.close()


def _reason(error: Exception, host: str) -> str:
    """Why a connection failed, in words."""
    match error:
        case TimeoutError():
            return f"{host} is silent for {READ_SECONDS:g} s"
        case socket.gaierror():
            return f"the name {host} cannot be resolved"
        case ssl.SSLCertVerificationError():
            return f"the certificate of {host} is not valid: {error.verify_message}"
        case ssl.SSLError():
            return f"{host} speaks no TLS that is accepted"
        case OSError():
            return f"{host} cannot be reached: {error.strerror or 'the connection broke'}"
        case _:
            return f"{host} speaks no proper HTTP"


def _judged(url: str) -> str:
    """The host of a URL. FetchError where it is none that a provider would fetch."""
    if scheme_of(url) != "https":
        raise FetchError(f"{_short(url)}: providers fetch https:// only")
    if problem := problem_of(url):
        raise FetchError(f"{_short(url)}: {problem}")
    host = host_of(url)
    if not is_public_host(host):
        raise FetchError(f"{host}: {UNREACHABLE}")
    return host


def _redirect(url: str, answer: http.client.HTTPResponse) -> str:
    """Where an answer leads. FetchError where it is none that leads on."""
    target = answer.headers.get("Location", "") if answer.status in MOVED else ""
    if not target:
        raise FetchError(f"{host_of(url)} answers {answer.status}")
    try:
        return urljoin(url, target)
    except ValueError:
        raise FetchError(f"redirects to {_short(target)}, which is no URL") from None


def _write(
    connection: _Connection, answer: http.client.HTTPResponse, target: Path, limit: int
) -> None:
    """Write the content of an answer. FetchError where it is too large, compressed or not whole."""
    coding = answer.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity"):
        raise FetchError(f"sent as {_short(coding)}, which was not asked for", unreachable=False)
    too_large = FetchError(f"more than {limit:,} bytes", unreachable=False)
    if (answer.length or 0) > limit:
        raise too_large
    size = 0
    with target.open("wb") as file:
        for block in connection.blocks(answer):
            size += len(block)
            if size > limit:
                raise too_large
            file.write(block)


def _restore(kept: Cache, key: str, target: Path) -> str:
    """The ETag of the copy that is kept, which is now at `target`; empty where there is none."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        if (facts := kept.read(key)) and kept.copy(key_of("content", key), target):
            return str(json.loads(facts)["etag"])
    return ""


def _keep(kept: Cache, key: str, content: Path, etag: str) -> None:
    """Keep a copy whose ETag is strong: it is current while the server says so (RFC 9110, 8.8)."""
    if etag.startswith('"') and etag.isprintable() and len(etag) < 200:
        kept.keep(key_of("content", key), content)
        kept.keep(key, json.dumps({"etag": etag}).encode())


def _short(text: str) -> str:
    """The beginning of a text that a server sent, printable, without a signature."""
    plain = text.partition("?")[0]
    return "".join(char if char.isprintable() else "?" for char in plain[:80])
