"""Fetching: bounded in size and time, from public hosts only, whatever the server does."""

import gzip
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from refprep.cache import NO_CACHE, Cache
from refprep.decoders import fetch
from refprep.decoders.fetch import Fetcher
from refprep.files import Scratch
from refprep.models.media import Unchecked
from tests.server import Server, moved, ok

HEAD = b"HTTP/1.1 200 OK\r\n"
SECURE = fetch.secure


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher(NO_CACHE, Scratch())


def failure(fetcher: Fetcher, url: str) -> tuple[str, bool]:
    """Why there is no content, and whether the provider would not get it, either."""
    found = fetcher(url)
    assert isinstance(found, Unchecked)
    assert found.reason
    assert found.reason.isprintable()
    assert len(found.reason) < 200
    return found.reason, found.unreachable


def content(fetcher: Fetcher, url: str) -> bytes:
    found = fetcher(url)
    assert isinstance(found, Path), found
    return found.read_bytes()


def test_content_is_fetched_once_a_run_and_without_credentials(
    server: Server, fetcher: Fetcher
) -> None:
    server.answers["/a.png?sign=1%2F"] = ok(b"abc")
    url = server.url("/a.png?sign=1%2F#t")
    assert content(fetcher, url) == content(fetcher, url) == b"abc"
    (request,) = server.requests
    assert sorted(line.partition(":")[0] for line in request.split("\r\n")[1:-2]) == [
        "Accept", "Accept-Encoding", "Host", "User-Agent",
    ]  # fmt: skip
    assert f"Host: cdn.example:{server.port}\r\n" in request
    assert "Accept-Encoding: identity\r\n" in request


def test_local_files_are_checked_without_the_network(photo: Path) -> None:
    script = f"import sys, refprep; refprep.check(['{photo}']); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert "refprep.decoders.references" in run.stdout.decode().split()
    assert "refprep.decoders.fetch" not in run.stdout.decode().split()


def test_a_copy_is_gone_with_the_run(server: Server) -> None:
    server.answers["/a"] = ok(b"abc")
    fetcher = Fetcher(NO_CACHE, Scratch())
    copy = fetcher(server.url("/a"))
    assert isinstance(copy, Path)
    assert copy.exists()
    del fetcher
    assert not copy.parent.exists()


def test_a_proxy_of_the_environment_is_not_asked(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    server.answers["/a"] = ok(b"abc")
    assert content(fetcher, server.url("/a")) == b"abc"


def test_a_path_of_any_script_is_percent_encoded(server: Server, fetcher: Fetcher) -> None:
    server.answers["/%E5%9B%BE.png?q=%C3%BC"] = ok(b"abc")
    assert content(fetcher, server.url("/\u56fe.png?q=\u00fc", "b\u00fccher.example")) == b"abc"
    assert "Host: xn--bcher-kva.example:" in server.requests[0]


def test_chunked_content_is_read_to_its_end(server: Server, fetcher: Fetcher) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.answers["/a"] = head + b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    assert content(fetcher, server.url("/a")) == b"abc"


def test_redirects_are_followed_within_https(server: Server, fetcher: Fetcher) -> None:
    server.answers |= {
        "/1": moved("/2"), "/2": moved(server.url("/3", "other.example")), "/3": ok(b"abc"),
    }  # fmt: skip
    assert content(fetcher, server.url("/1")) == b"abc"
    assert server.paths == ["/1", "/2", "/3"]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("file:///etc/passwd", "file:///etc/passwd: providers fetch https:// only"),
        ("http://cdn.example/a", "http://cdn.example/a: providers fetch https:// only"),
        ("ftp://cdn.example/a", "ftp://cdn.example/a: providers fetch https:// only"),
        ("data:,abc", "data:,abc: providers fetch https:// only"),
        ("https://127.0.0.1/a", "127.0.0.1: only this machine or its network can reach it"),
        ("https://127.1/a", "127.1: only this machine or its network can reach it"),
        ("//169.254.169.254/meta", "169.254.169.254: only this machine or its network"),
        ("https://[::1]/a", "::1: only this machine or its network can reach it"),
        ("https://nas.local/a", "nas.local: only this machine or its network can reach it"),
        ("https://me:secret@cdn.example/a", "holds a user name or password"),
        ("https://[::1/a", "which is no URL"),
        ("https://cdn.example:0/a", "port 0 cannot be reached"),
        ("https://" + "a" * 30_000, "at most 8,192 are sent"),
        ("https://cdn.example/a\x01b", "holds a space or a control character"),
    ],
    ids=lambda value: value[:40],
)
def test_a_redirect_to_anywhere_else_is_not_followed(
    server: Server, fetcher: Fetcher, target: str, reason: str
) -> None:
    server.answers["/a"] = moved(target)
    found, unreachable = failure(fetcher, server.url("/a"))
    assert reason in found
    assert unreachable
    assert server.paths == ["/a"]


def test_a_redirect_to_itself_ends(server: Server, fetcher: Fetcher) -> None:
    server.answers["/a"] = moved("/a")
    assert failure(fetcher, server.url("/a")) == ("redirects more than 5 times", True)
    assert len(server.paths) == 6


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ok(b"", status="404 Not Found"), "cdn.example answers 404"),
        (ok(b"", status="403 Forbidden"), "cdn.example answers 403"),
        (ok(b"", status="503 Busy"), "cdn.example answers 503"),
        (ok(b"", status="302 Found"), "cdn.example answers 302"),
        (ok(b"", status="304 Not Modified"), "cdn.example answers 304"),
        (ok(b"a", status="206 Partial Content"), "cdn.example answers 206"),
        (b"nonsense\r\n\r\n", "cdn.example speaks no proper HTTP"),
        (b"", "cdn.example cannot be reached"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 500 + b"\r\n", "speaks no proper HTTP"),
        (b"HTTP/1.1 200 OK\r\na: " + b"b" * 100_000 + b"\r\n\r\n", "speaks no proper HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "no proper HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "6 bytes before the end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", "no proper HTTP"),
    ],
    ids=lambda value: str(value[:40]),
)
def test_an_answer_without_whole_content_is_a_reason(
    server: Server, fetcher: Fetcher, answer: bytes, reason: str
) -> None:
    server.answers["/a"] = answer
    found, unreachable = failure(fetcher, server.url("/a"))
    assert reason in found
    assert unreachable


def test_a_declared_length_that_is_too_short_cuts_the_content(
    server: Server, fetcher: Fetcher
) -> None:
    server.answers["/a"] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabcdef"
    assert content(fetcher, server.url("/a")) == b"ab"


def endlessly(head: bytes, block: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    """Sends a head, then a block again and again until the connection is closed."""

    def script(connection: socket.socket) -> None:
        connection.sendall(head)
        with suppress(OSError):
            while True:
                connection.sendall(block)
                time.sleep(pause)

    return script


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 1001\r\n\r\n",
        HEAD + b"Content-Length: 999999999999999\r\n\r\n",
        endlessly(HEAD + b"\r\n", b"x" * 4096),
        endlessly(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"200\r\n" + b"x" * 512 + b"\r\n"),
        ok(b"x" * 1001),
    ],
    ids=["declared", "declared huge", "endless", "endless chunks", "a byte more"],
)
def test_content_beyond_the_limit_is_not_read(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    monkeypatch.setattr(fetch, "MAX_SIZE", 1000)
    server.answers["/a"] = answer
    assert failure(fetcher, server.url("/a")) == ("more than 1,000 bytes", False)
    assert not list(fetcher.scratch.path().parent.iterdir())


def test_a_run_fetches_no_more_than_its_total(server: Server) -> None:
    fetcher = Fetcher(NO_CACHE, Scratch(), left=5)
    server.answers |= {"/a": ok(b"abc"), "/b": ok(b"abc"), "/c": ok(b"ab")}
    assert content(fetcher, server.url("/a")) == b"abc"
    assert failure(fetcher, server.url("/b")) == ("more than 2 bytes", False)
    assert content(fetcher, server.url("/c")) == b"ab"


@pytest.mark.parametrize(
    "answer",
    [
        endlessly(HEAD + b"\r\n", b"x", 0.02),
        endlessly(HEAD, b"a: b", 0.02),
        endlessly(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.02),
        endlessly(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n", 0.02),
        moved("/a"),
    ],
    ids=["content", "head", "continue", "trailers", "redirects"],
)
def test_a_slow_drip_ends_with_the_time(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    monkeypatch.setattr(fetch, "TOTAL_SECONDS", 0.3)
    monkeypatch.setattr(fetch, "REDIRECTS", 10**6)
    server.answers["/a"] = answer
    start = time.monotonic()
    assert failure(fetcher, server.url("/a")) == ("not fetched after 0.3 s", False)
    assert time.monotonic() - start < 3


def test_a_silent_server_is_given_up(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "READ_SECONDS", 0.2)
    server.answers["/a"] = lambda connection: time.sleep(1)
    assert failure(fetcher, server.url("/a")) == ("cdn.example is silent for 0.2 s", True)


def test_what_is_compressed_is_not_unpacked(server: Server, fetcher: Fetcher) -> None:
    bomb = gzip.compress(bytes(10_000_000))
    server.answers["/a"] = ok(bomb, "Content-Encoding: gzip")
    server.answers["/b"] = ok(bomb)
    reason = "sent as gzip, which was not asked for"
    assert failure(fetcher, server.url("/a")) == (reason, False)
    assert content(fetcher, server.url("/b")) == bomb


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1"])
@pytest.mark.parametrize("first", [[], ["8.8.8.8"]], ids=["alone", "second"])
def test_a_name_with_an_address_of_this_network_is_not_connected_to(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, address: str, first: list[str]
) -> None:
    places = [(socket.AF_INET, 1, 6, "", (name, 443)) for name in [*first, address]]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: places)
    monkeypatch.setattr(socket, "socket", None)
    reason, unreachable = failure(fetcher, "https://cdn.example/a")
    assert reason == f"cdn.example is {address}: only this machine or its network can reach it"
    assert unreachable


def test_a_name_is_looked_up_once_so_that_it_cannot_change(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = []

    def resolve(host: str, port: int, **options: Any) -> list[Any]:
        names.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    server.answers["/a"] = ok(b"abc")
    assert content(fetcher, server.url("/a")) == b"abc"
    assert names == ["cdn.example"]


def test_a_name_that_cannot_be_resolved_is_a_reason(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(*arguments: Any, **options: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    reason = "the name cdn.example cannot be resolved"
    assert failure(fetcher, "https://cdn.example/a") == (reason, True)


def test_the_next_address_is_tried_where_one_refuses(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        closed = other.getsockname()[1]
    places = [(socket.AF_INET, 1, 6, "", ("127.0.0.1", port)) for port in (closed, server.port)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: places)
    server.answers["/a"] = ok(b"abc")
    assert content(fetcher, server.url("/a")) == b"abc"
    server.answers.clear()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: places[:1])
    assert "cannot be reached" in failure(fetcher, server.url("/b"))[0]


def test_a_copy_is_used_again_while_its_server_says_so(server: Server, tmp_path: Path) -> None:
    def run() -> bytes:
        return content(Fetcher(Cache(tmp_path), Scratch()), server.url("/a"))

    server.answers["/a"] = ok(b"abc", 'ETag: "1"')
    assert run() == b"abc"
    server.answers["/a"] = ok(b"", status="304 Not Modified")
    assert run() == b"abc"
    assert 'If-None-Match: "1"' in server.requests[-1]
    server.answers["/a"] = ok(b"other", 'ETag: "2"')
    assert run() == b"other"
    server.answers["/a"] = ok(b"", status="410 Gone")
    reason = failure(Fetcher(Cache(tmp_path), Scratch()), server.url("/a"))[0]
    assert reason == "cdn.example answers 410"


@pytest.mark.parametrize("tag", ['W/"1"', "1", '"' + "x" * 300 + '"', '"\x01"'])
def test_an_etag_that_is_not_strong_keeps_nothing(server: Server, tmp_path: Path, tag: str) -> None:
    server.answers["/a"] = ok(b"abc", f"ETag: {tag}")
    for _ in range(2):
        assert content(Fetcher(Cache(tmp_path), Scratch()), server.url("/a")) == b"abc"
    assert "If-None-Match" not in server.requests[-1]
    assert not list(tmp_path.glob("??/*"))


def certificate(folder: Path) -> Path:
    """A key and a certificate of its own for cdn.example, in one file."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=cdn.example",
             "-addext", "subjectAltName=DNS:cdn.example"]  # fmt: skip
    try:
        subprocess.run(["openssl", *words], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    both = folder / "both.pem"
    both.write_bytes(key.read_bytes() + cert.read_bytes())
    return both


def test_tls_is_spoken_to_the_address_in_the_name_of_the_host(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pem = certificate(tmp_path)
    accepting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    accepting.load_cert_chain(pem)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            for _ in range(3):
                with suppress(OSError):
                    plain, _ = listener.accept()
                    with plain, accepting.wrap_socket(plain, server_side=True) as connection:
                        connection.recv(65536)
                        connection.sendall(ok(b"abc"))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        place = [(socket.AF_INET, 1, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: place)
        monkeypatch.setattr(fetch, "is_public_address", lambda address: True)
        reason = failure(fetcher, f"https://cdn.example:{port}/untrusted")[0]
        assert reason.startswith("the certificate of cdn.example is not valid: self-signed")
        monkeypatch.setattr(fetch, "_tls", lambda: trusting)
        assert content(fetcher, f"https://cdn.example:{port}/a") == b"abc"
        reason = failure(fetcher, f"https://other.example:{port}/a")[0]
        assert reason.startswith("the certificate of other.example is not valid: ")
        thread.join(10)


def test_a_server_without_tls_is_a_reason(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "secure", SECURE)
    server.greeting = b"220 mail.example\r\n"
    assert failure(fetcher, server.url("/a")) == (
        "cdn.example speaks no TLS that is accepted", True,
    )  # fmt: skip


def test_a_handshake_that_drips_ends_with_the_time(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "TOTAL_SECONDS", 0.3)
    monkeypatch.setattr(fetch, "is_public_address", lambda address: True)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 KiB, byte by byte
                    while True:
                        connection.sendall(b"\x02")
                        time.sleep(0.02)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        place = [(socket.AF_INET, 1, 6, "", listener.getsockname())]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: place)
        assert failure(fetcher, "https://cdn.example/a") == ("not fetched after 0.3 s", False)
        thread.join(10)
