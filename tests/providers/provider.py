"""A double of the providers on 127.0.0.1: it has the documented APIs and records every request.

It reads the media by their URLs like a provider, and checks them against its own reading of the
page, with Pillow, av and soundfile: nothing of refprep is used here.
"""

import base64
import io
import json
import re
import threading
import urllib.request
from collections import defaultdict, deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self
from urllib.parse import quote, unquote, urlsplit

import av
import soundfile
from PIL import Image

KEY = "sk-double-2f6c81d09b7e"
VIDEO = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40
"What it generates: it is fetched and compared, never decoded."
STATES = ("queued", "processing")


class Received(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Provider:
    """Start it with `with`. Faults come first, one for each request to their place."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.faults: dict[str, deque[str]] = defaultdict(deque)
        self.store: dict[str, bytes] = {}
        self.generations: dict[str, dict[str, Any]] = {}
        self.private: set[str] = set()
        self.error = ""
        "The error of every generation; empty: what is wrong with its media, if anything."
        self.prefix = "gen-"
        self.fal_queues = True
        self.keep_alive = 0.02
        self.ended = threading.Event()
        self.listeners: list[deque[str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.provider = self  # type: ignore[attr-defined]
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.elsewhere = f"http://localhost:{self._server.server_port}"
        "Where results are: another host, which must not receive the key."

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def fail(self, place: str, *faults: str) -> None:
        """Answer at `METHOD /path` with a status, drop, lost, cut, stall, odd, html or huge."""
        self.faults[place].extend(faults)

    def calls(self, method: str, path: str = "") -> list[Received]:
        """The requests of a method to paths that begin like this."""
        return [
            request
            for request in self.requests
            if request.method == method and request.path.startswith(path)
        ]

    @property
    def paid(self) -> int:
        """How many generations were started."""
        return len(self.generations)

    def result_url(self, name: str) -> str:
        return f"{self.elsewhere}/results/{quote(name)}.mp4?sig=a"

    def begin(self, body: dict[str, Any]) -> str:
        """Queue a request, whatever it holds: it is checked only when its turn has come."""
        name = f"{self.prefix}{len(self.generations) + 1}"
        self.generations[name] = {"states": deque(STATES), "body": body}
        return name

    def outcome(self, name: str) -> tuple[str, str]:
        """The state of a generation and its error; a step further each time."""
        generation = self.generations[name]
        if generation["states"]:
            return str(generation["states"].popleft()), ""
        if "error" not in generation:
            generation["error"] = self.error or next(media_errors(generation["body"]), "")
        return ("failed", generation["error"]) if generation["error"] else ("succeeded", "")

    def finish(self, name: str) -> None:
        """End a generation, and send its event, between others, to all listeners."""
        self.generations[name]["states"].clear()
        state, error = self.outcome(name)
        data = {"generation_id": name, "status": state, "media_type": "video", "model": "double"}
        data |= {"error": error} if error else {"url": self.result_url(name)}
        for listener in self.listeners:
            listener.append('event: repository_updated\ndata: {"generation_id": "gen-0"}\n\n')
            listener.append(": keep-alive\n\n")
            other = '{"generation_id": "gen-99", "status": "failed", "error": "of another"}'
            listener.append(f"event: media_generation_completed\ndata: {other}\n\n")
            listener.append(f"event: media_generation_completed\ndata: {json.dumps(data)}\n\n")


def media_errors(body: dict[str, Any]) -> Iterator[str]:
    """The upstream service's errors about the media, which are read from their URLs."""
    texts = list(texts_of(body))
    urls = [text for text in texts if re.fullmatch(r"(https?|data):\S+", text)]
    seconds = 0.0
    for url in urls:
        with urllib.request.urlopen(url, timeout=5) as answer:
            content = answer.read()
        ending = urlsplit(url).path.rpartition(".")[2]
        if ending in ("jpg", "png", "webp"):
            with Image.open(io.BytesIO(content)) as picture:
                if picture.format not in ("JPEG", "PNG", "WEBP"):
                    yield "The parameter image format specified in the request is not valid"
                if min(picture.size) < 300:
                    yield "image width and height must be at least 300px"
        elif ending in ("mp4", "mov"):
            with av.open(io.BytesIO(content), mode="r") as video:
                stream, length = video.streams.video[0], (video.duration or 0) / av.time_base
            seconds += length
            if not 409_600 <= stream.width * stream.height <= 927_408:
                yield f"video pixel count must be between 409600 and 927408, got {stream.width}"
        else:
            with soundfile.SoundFile(io.BytesIO(content)) as audio:
                if (audio.format, audio.subtype) not in (
                    ("WAV", "PCM_16"),
                    ("MP3", "MPEG_LAYER_III"),
                ):
                    yield "The parameter audio format specified in the request is not valid"
    if seconds > 15:
        yield f"video total duration must be at most 15.2 seconds, got {seconds}"
    if any(text.startswith("media/") for text in texts):
        yield "a file has no URL"


def texts_of(body: Any) -> Iterator[str]:
    """All strings of a body, except keys."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, dict | list):
        for value in body.values() if isinstance(body, dict) else body:
            yield from texts_of(value)


class Handler(BaseHTTPRequestHandler):
    """One connection; HTTP/1.1 with lengths, so that a cut is noticed."""

    protocol_version = "HTTP/1.1"
    lost = cut = False

    @property
    def provider(self) -> "Provider":
        provider: Provider = getattr(self.server, "provider")  # noqa: B009
        return provider

    def log_message(self, *_: object) -> None:
        """Silence."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        received = Received(self.command, self.path, dict(self.headers), self.rfile.read(length))
        self.provider.requests.append(received)
        path = urlsplit(self.path).path
        queue = next(
            (faults for place, faults in self.provider.faults.items()
             if f"{self.command} {path}".startswith(place) and faults), None,
        )  # fmt: skip
        fault = queue.popleft() if queue else ""
        if fault == "stall":
            self.provider.ended.wait(20)
        if fault in ("stall", "drop"):
            self.close_connection = True
        elif fault == "odd":
            self.reply(200, {"ok": True})
        elif fault == "html":
            self.reply(200, b"<html>busy</html>", "text/html")
        elif fault == "huge":
            self.reply(200, b'{"pad": "' + b" " * (17 << 20) + b'"}')
        elif fault.isdigit():
            self.reply(int(fault), ERRORS.get(int(fault), ERRORS[500]))
        else:
            self.lost, self.cut = fault == "lost", fault == "cut"
            self.route(received, path)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815

    def route(self, received: Received, path: str) -> None:
        for method, pattern, public, handler in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and method == received.method:
                if not public and not self.known():
                    return self.reply(401, {"error": {"message": f"no such key: {self.auth()}"}})
                handler(self, received, *map(unquote, found.groups()))
                return None
        return self.reply(404, {"error": {"title": "Not Found", "detail": path}})

    def auth(self) -> str:
        return self.headers.get("Authorization", "")

    def known(self) -> bool:
        return self.auth() in (f"Bearer {KEY}", f"Key {KEY}")

    def reply(self, status: int, body: Any, kind: str = "application/json") -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        if self.lost:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        if self.cut:
            content, self.close_connection = content[: len(content) // 2], True
        if self.command != "HEAD":
            self.wfile.write(content)

    def generate(self, received: Received) -> None:
        body = json.loads(received.body)
        name = self.provider.begin(body)
        self.provider.generations[name]["states"].clear()
        state, error = self.provider.outcome(name)
        if state == "failed":
            details = {"type": "invalid_request", "title": "Bad media", "detail": error}
            return self.reply(422, {"error": details, "status": "error", "status_message": "no"})
        video = {"url": self.provider.result_url(name)}
        if body.get("response_format") == "b64_json":
            video = {"b64_json": base64.b64encode(VIDEO).decode()}
        return self.reply(200, {"created": 1, "model": body["model"], "videos": [video]})

    def enqueue(self, received: Received) -> None:
        body = json.loads(received.body)
        names = [self.provider.begin(body) for _ in range(body.get("num_generations", 1))]
        queued = [{"generation_id": name, "status": "queued"} for name in names]
        self.reply(200, {"generations": queued})
        for name in names if self.provider.listeners else ():
            self.provider.finish(name)

    def state(self, _: Received, name: str) -> None:
        if name not in self.provider.generations:
            return self.reply(404, {"error": {"message": "no such generation"}})
        state, error = self.provider.outcome(name)
        done = self.provider.result_url(name) if state == "succeeded" else None
        answer = {"generation_id": name, "status": state, "result_url": done}
        return self.reply(200, answer | {"error_message": error or None})

    def cancel(self, _: Received, name: str) -> None:
        self.provider.generations[name]["states"] = deque(["cancelled"] * 99)
        self.reply(200, {"generation_id": name, "status": "cancelled"})

    def events(self, _: Received) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection, events = True, deque[str]()
        self.provider.listeners.append(events)
        try:
            self.wfile.write(b": welcome\n\n")
            self.stream(events)
        finally:
            self.provider.listeners.remove(events)

    def stream(self, events: deque[str]) -> None:
        """Send all events, and a comment that keeps the connection alive, over and over."""
        for _round in range(500):
            if self.cut and self.provider.paid:
                return
            self.wfile.write("".join(events.popleft() for _ in range(len(events))).encode())
            self.wfile.write(b": keep-alive\n\n")
            self.wfile.flush()
            if self.provider.ended.wait(self.provider.keep_alive):
                return

    def put(self, received: Received, path: str) -> None:
        edge = received.headers["Content-Type"].partition("boundary=")[2].encode()
        parts = received.body.split(b"--" + edge)[1:-1]
        fields = {}
        for part in parts:
            head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
            (name,) = re.findall(rb'[ ;]name="([^"]*)"', head)
            fields[name.decode()] = part.partition(b"\r\n\r\n")[2][:-2] or content
        assert set(fields) == {"file", "message", "name", "email"}
        self.provider.store[path] = fields["file"]
        self.reply(200, {"status": "success", "commit": {"message": "added"}})

    def read(self, _: Received, path: str) -> None:
        if path in self.provider.private or self.path.endswith("?sig=old"):
            return self.reply(403, {"error": {"message": "expired"}})
        if path not in self.provider.store:
            return self.reply(404, {"error": {"message": "no such file"}})
        return self.reply(200, self.provider.store[path], "application/octet-stream")

    def result(self, _: Received, name: str) -> None:
        self.reply(200, VIDEO + name.encode(), "video/mp4")

    def fal(self, received: Received) -> None:
        name = self.provider.begin(json.loads(received.body))
        place = f"{self.provider.url}/requests/{quote(name)}"
        links = {"status_url": f"{place}/status", "response_url": place}
        if self.provider.fal_queues:
            return self.reply(200, {"request_id": name, "status": "IN_QUEUE", **links})
        return self.reply(200, {"video": {"url": self.provider.result_url(name)}})

    def fal_state(self, _: Received, name: str) -> None:
        left = self.provider.generations[name]["states"]
        state = "COMPLETED" if not left else left.popleft() and "IN_PROGRESS"
        self.reply(200, {"status": state, "response_url": f"{self.provider.url}/requests/{name}"})

    def fal_result(self, _: Received, name: str) -> None:
        if error := self.provider.outcome(name)[1]:
            detail = [{"loc": ["body", "video_urls"], "msg": error, "type": "value_error"}]
            return self.reply(422, {"detail": detail})
        return self.reply(200, {"video": {"url": self.provider.result_url(name)}, "seed": 7})

    def task(self, received: Received) -> None:
        self.reply(200, {"id": self.provider.begin(json.loads(received.body))})

    def task_state(self, _: Received, name: str) -> None:
        state, error = self.provider.outcome(name)
        state = {"processing": "running"}.get(state, state)
        answer: dict[str, Any] = {"id": name, "model": "double", "status": state}
        if state == "succeeded":
            answer["content"] = {"video_url": self.provider.result_url(name)}
        details = {"code": "InvalidParameter", "message": error} if error else None
        self.reply(200, answer | {"error": details})


ROUTES: tuple[tuple[str, str, bool, Any], ...] = (
    ("POST", "/api/ai/videos/generate", False, Handler.generate),
    ("POST", "/api/ai/queue", False, Handler.enqueue),
    ("GET", "/api/ai/queue/([^/]+)", False, Handler.state),
    ("DELETE", "/api/ai/queue/([^/]+)", False, Handler.cancel),
    ("GET", "/api/events", False, Handler.events),
    ("PUT", "(/api/repos/[^/]+/[^/]+/file/.+)", False, Handler.put),
    ("GET", "(/api/repos/[^/]+/[^/]+/file/.+)", True, Handler.read),
    ("GET", "(/media/.+)", True, Handler.read),
    ("GET", r"/results/([^/]+)\.mp4", True, Handler.result),
    ("POST", "/bytedance/seedance-2.0/reference-to-video", False, Handler.fal),
    ("GET", "/requests/([^/]+)/status", False, Handler.fal_state),
    ("GET", "/requests/([^/]+)", False, Handler.fal_result),
    ("POST", "/api/v3/contents/generations/tasks", False, Handler.task),
    ("GET", "/api/v3/contents/generations/tasks/([^/]+)", False, Handler.task_state),
)
ERRORS: dict[int, Any] = {
    401: {"error": {"type": "unauthenticated", "title": "Unauthorized", "detail": "bad key"}},
    403: {"error": {"message": "forbidden"}},
    404: {"error": {"title": "Not Found", "detail": "no such thing"}, "status": "error"},
    413: {"error": {"message": "body exceeds 64 MB"}},
    422: {"detail": [{"loc": ["body", "duration"], "msg": "Input should be 'auto'"}]},
    429: {"error": {"message": "slow down"}},
    500: {"error": {"message": "oops"}},
}
