"""What can go wrong on the wire: a table of functions, by name. Each sends a bad answer.

A fault gets the answer that was meant, and sends something else. When it comes (before the body is
read, before the request is obeyed, or after) is the double's affair; this file only sends.
"""

import base64
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from html import escape
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple
from urllib.parse import quote


class Answer(NamedTuple):
    """An answer that is yet to be sent."""

    status: int
    content: bytes
    headers: dict[str, str]


class Connection(BaseHTTPRequestHandler):
    """Sends answers, good ones and bad ones."""

    @property
    def ended(self) -> threading.Event:
        """Set when the double goes."""
        raise NotImplementedError

    def send(self, answer: Answer, length: int | None = None) -> None:
        """An answer; `length` is what it says of itself, if not the truth."""
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(answer.content) if length is None else length)}
        for name, value in {**headers, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.content)

    def misanswer(self, fault: str, answer: Answer) -> None:
        """Send a fault in place of an answer."""
        if fault.isdigit():
            self.send(error(int(fault), self.headers.get("Authorization", "")))
        else:
            FAULTS[fault](self, answer)

    def refuse(self, fault: str) -> None:
        """Send a fault before the body is read, which then never is: the connection ends."""
        self.close_connection = True
        self.misanswer(fault, Answer(200, b"{}", {"Connection": "close"}))
        if fault not in ("drop", "reset"):
            self.connection.shutdown(socket.SHUT_WR)
            self.ended.wait(0.1)  # so that the answer is there before the reset is


def dump(value: Any) -> bytes:
    """JSON as Go and PHP write it: some characters are escapes that need not be."""
    text = json.dumps(value)
    for plain, escaped in (("&", r"\u0026"), ("<", r"\u003c"), (">", r"\u003e"), ("/", r"\/")):
        text = text.replace(plain, escaped)
    return text.encode()


def error(status: int, authorization: str = "") -> Answer:
    """An error as providers word it; one that has no words of its own repeats the key."""
    headers = {"Content-Type": "application/json"}
    if status == 429:
        headers["Retry-After"] = "0"
    if 300 <= status < 400:
        headers["Location"] = "http://localhost:9/elsewhere"
    body = ERRORS.get(status) or {"error": {"message": f"status {status}"}, **echo(authorization)}
    return Answer(status, dump(body), headers)


def echo(authorization: str) -> dict[str, Any]:
    """A careless answer: it repeats the key, in all the forms that programs give it."""
    key = authorization.partition(" ")[2]
    coded = [base64.b64encode(b"x" * n + authorization.encode()).decode() for n in range(3)]
    coded += [base64.urlsafe_b64encode(b"x" * n + key.encode()).decode() for n in range(3)]
    forms = [key, json.dumps(key), quote(key, safe=""), quote(key, safe="").lower(), escape(key)]
    return {"message": "; ".join([authorization, *forms, *coded])}


def cut(connection: Connection, answer: Answer) -> None:
    """Half of the answer, then the connection breaks."""
    connection.close_connection = True
    half = answer._replace(content=answer.content[: len(answer.content) // 2])
    connection.send(half, len(answer.content))


def half(connection: Connection, answer: Answer) -> None:
    """Half of the answer, as if it were all."""
    connection.send(answer._replace(content=answer.content[: len(answer.content) // 2]))


def drop(connection: Connection, answer: Answer) -> None:
    """The connection ends without a word."""
    connection.close_connection = True


def reset(connection: Connection, answer: Answer) -> None:
    """The connection is reset."""
    connection.close_connection = True
    connection.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.connection.close()


def stall(connection: Connection, answer: Answer) -> None:
    """Nothing comes, for longer than anybody waits."""
    connection.ended.wait(20)
    connection.close_connection = True


def drip(connection: Connection, answer: Answer) -> None:
    """The answer comes in small pieces, and it is whole."""
    connection.send(answer._replace(content=b""), len(answer.content))
    size = len(answer.content) // 20 + 1
    for start in range(0, len(answer.content), size):
        connection.wfile.write(answer.content[start : start + size])
        connection.ended.wait(0.01)


def trickle(connection: Connection, answer: Answer) -> None:
    """A byte now and then, which never becomes an answer."""
    connection.close_connection = True
    connection.send(answer._replace(content=b""), 1 << 20)
    for _round in range(400):
        connection.wfile.write(b" ")
        if connection.ended.wait(0.05):
            return


def chunked(connection: Connection, answer: Answer, whole: bool = True) -> None:
    """The answer in chunks, without a length (RFC 9112, 7.1)."""
    connection.send_response(answer.status)
    for name, value in {**answer.headers, "Transfer-Encoding": "chunked"}.items():
        connection.send_header(name, value)
    connection.end_headers()
    content, size = answer.content, 1000
    for start in range(0, len(content) if whole else len(content) // 2, size):
        block = content[start : start + size]
        connection.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
    connection.close_connection = not whole
    if whole:
        connection.wfile.write(b"0\r\n\r\n")


def unsized(connection: Connection, answer: Answer, whole: bool = True) -> None:
    """The answer without a length: it ends with the connection (RFC 9112, 6.3)."""
    connection.close_connection = True
    connection.send_response(answer.status)
    for name, value in {**answer.headers, "Connection": "close"}.items():
        connection.send_header(name, value)
    connection.end_headers()
    content = answer.content
    connection.wfile.write(content if whole else content[: len(content) // 2])


def noise(connection: Connection, answer: Answer) -> None:
    """A video whose boxes are right and whose samples are noise."""
    content = bytearray(answer.content)
    begin = content.find(b"mdat") + 4
    end = content.rfind(b"moov") - 4
    content[begin:end] = bytes(
        (7 * place * place + 13 * place) % 251 for place in range(end - begin)
    )
    connection.send(answer._replace(content=bytes(content)))


def retry_after(
    value: Callable[[], str], status: int = 429
) -> Callable[[Connection, Answer], None]:
    """An error that says when to come back."""

    def fault(connection: Connection, answer: Answer) -> None:
        bad = error(status)
        connection.send(bad._replace(headers={**bad.headers, "Retry-After": value()}))

    return fault


def html(connection: Connection, answer: Answer) -> None:
    """A page for people, of a gateway that repeats what it was asked with."""
    key = escape(connection.headers.get("Authorization", "").partition(" ")[2])
    page = f"<!doctype html><title>busy</title><h1>We are busy</h1><p>{key}</p>"
    connection.send(Answer(200, page.encode(), {"Content-Type": "text/html"}))


def odd(connection: Connection, answer: Answer) -> None:
    """JSON of something else."""
    content = {"ok": True, "you": connection.headers.get("Authorization", "")}
    connection.send(Answer(200, dump(content), answer.headers))


def instead(content: bytes, kind: str = "application/json") -> Callable[[Connection, Answer], None]:
    """200, and something else."""
    return lambda connection, answer: connection.send(Answer(200, content, {"Content-Type": kind}))


def huge(connection: Connection, answer: Answer) -> None:
    """More than any answer of JSON."""
    content = b'{"pad": "' + b" " * (17 << 20) + b'"}'
    connection.send(Answer(200, content, {"Content-Type": "application/json"}))


def claim(connection: Connection, answer: Answer) -> None:
    """An answer that says that it is larger than any video."""
    connection.close_connection = True
    connection.send(answer, 5 << 30)


FAULTS: dict[str, Callable[[Connection, Answer], None]] = {
    "drop": drop,
    "lost": drop,
    "reset": reset,
    "stall": stall,
    "drip": drip,
    "trickle": trickle,
    "cut": cut,
    "half": half,
    "html": html,
    "empty": instead(b""),
    "odd": odd,
    "list": instead(b"[]"),
    "huge": huge,
    "claim": claim,
    "short": lambda connection, answer: connection.send(answer, max(0, len(answer.content) - 400)),
    "long": lambda connection, answer: cut(connection, answer._replace(content=answer.content * 2)),
    "junk": instead(bytes(range(256)) * 40, "video/mp4"),
    "noise": noise,
    "chunked": chunked,
    "chunkedcut": lambda connection, answer: chunked(connection, answer, whole=False),
    "unsized": unsized,
    "unsizedcut": lambda connection, answer: unsized(connection, answer, whole=False),
    "seconds": retry_after(lambda: "1"),
    "date": retry_after(lambda: formatdate(time.time() + 2, usegmt=True)),
    "nonsense": retry_after(lambda: "soon, \u00b2"),
    # the double itself has these: an expired link, and the streams of events
    "expired": lambda connection, answer: connection.send(answer),
    **dict.fromkeys(
        ("unheard", "foreign", "silent", "line"),
        lambda connection, answer: connection.send(answer),
    ),
}
LATE = {
    "lost", "drip", "trickle", "cut", "half", "short", "long", "noise", "claim", "chunked",
    "chunkedcut", "unsized", "unsizedcut", "expired", "unheard", "foreign", "silent", "line",
}  # fmt: skip
"They change the true answer, so they come after it."
ERRORS: dict[int, Any] = {
    401: {"error": {"type": "unauthenticated", "title": "Unauthorized", "detail": "bad key"}},
    403: {"error": {"message": "forbidden"}},
    404: {"error": {"title": "Not Found", "detail": "no such thing"}, "status": "error"},
    413: {"error": {"message": "body exceeds 64 MB"}},
    422: {"detail": [{"loc": ["body", "duration"], "msg": "Input should be 'auto'"}]},
    429: {"error": {"message": "slow down"}},
    500: {"error": {"message": "oops"}},
}
