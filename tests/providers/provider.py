"""A provider's double on 127.0.0.1: it speaks the documented APIs and writes down all it is asked.

It reads the media by their URLs as the provider would, and judges them by its own reading of the
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
from urllib.parse import urlsplit

import av
import soundfile
from PIL import Image

KEY = "sk-double-2f6c81d09b7e"
VIDEO = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40
"What it generates: it is fetched and compared, never played."
STATES = ("queued", "processing")


class Inputs(NamedTuple):
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Provider:
    """Start it with `with`; `faults` are played first, one for each request to their place."""

    def __init__(self) -> None:
        self.asked: list[Inputs] = []
        self.faults: dict[str, deque[str]] = defaultdict(deque)
        self.store: dict[str, bytes] = {}
        self.generations: dict[str, dict[str, Any]] = {}
        self.private: set[str] = set()
        self.refusal = ""
        self.fal_queues = True
        self.keep_alive = 0.02
        self.ended = threading.Event()
        self.listeners: list[deque[str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.provider = self  # type: ignore[attr-defined]
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.elsewhere = f"http://localhost:{self._server.server_port}"
        "Where results lie: another host, which is to see no key."

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def fail(self, place: str, *faults: str) -> None:
        """Play faults at `METHOD /path`: a status, drop, lost, cut or stall."""
        self.faults[place].extend(faults)

    def calls(self, method: str, path: str = "") -> list[Inputs]:
        """The requests of a method whose path begins so."""
        return [one for one in self.asked if one.method == method and one.path.startswith(path)]

    @property
    def paid(self) -> int:
        """How many generations have been begun."""
        return len(self.generations)

    def begin(self, body: dict[str, Any]) -> str:
        """EncodeJob a request in, whatever is in it: it is judged only when its turn has come."""
        name = f"gen-{len(self.generations) + 1}"
        self.generations[name] = {"states": deque(STATES), "body": body}
        return name

    def outcome(self, name: str) -> tuple[str, str]:
        """The state of a generation and what is wrong with it; a step further each time."""
        one = self.generations[name]
        if one["states"]:
            return str(one["states"].popleft()), ""
        if "said" not in one:
            one["said"] = self.refusal or next(judged(one["body"]), "")
        return ("failed", one["said"]) if one["said"] else ("succeeded", "")

    def finish(self, name: str) -> None:
        """Bring a generation to its end, and tell those who listen, among other things."""
        self.generations[name]["states"].clear()
        state, said = self.outcome(name)
        told = {"generation_id": name, "status": state, "media_type": "video", "model": "double"}
        told |= {"error": said} if said else {"url": f"{self.elsewhere}/results/{name}.mp4?sig=a"}
        for listener in self.listeners:
            listener.append('event: repository_updated\ndata: {"generation_id": "gen-0"}\n\n')
            listener.append(": keep-alive\n\n")
            other = '{"generation_id": "gen-99", "status": "failed", "error": "of another"}'
            listener.append(f"event: media_generation_completed\ndata: {other}\n\n")
            listener.append(f"event: media_generation_completed\ndata: {json.dumps(told)}\n\n")


def judged(body: dict[str, Any]) -> Iterator[str]:
    """What upstream says of the media, in its own words, read anew from their URLs."""
    urls = re.findall(r'"((?:https?|data):[^"]+)"', json.dumps(body))
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
            with av.open(io.BytesIO(content), mode="r") as clip:
                stream, length = clip.streams.video[0], (clip.duration or 0) / av.time_base
            seconds += length
            if not 409_600 <= stream.width * stream.height <= 927_408:
                yield f"video pixel count must be between 409600 and 927408, got {stream.width}"
        else:
            with soundfile.SoundFile(io.BytesIO(content)) as sound:
                if (sound.format, sound.subtype) not in (
                    ("WAV", "PCM_16"),
                    ("MP3", "MPEG_LAYER_III"),
                ):
                    yield "The parameter audio format specified in the request is not valid"
    if seconds > 15:
        yield f"video total duration must be at most 15.2 seconds, got {seconds}"
    if any(one.startswith("media/") for one in re.findall(r'"([^"]*)"', json.dumps(body))):
        yield "a medium has no URL"


class Handler(BaseHTTPRequestHandler):
    """One connection; HTTP/1.1 with lengths, so that a cut is seen."""

    protocol_version = "HTTP/1.1"
    lost = cut = False

    @property
    def provider(self) -> "Provider":
        told: Provider = getattr(self.server, "provider")  # noqa: B009
        return told

    def log_message(self, *_: object) -> None:
        """Silence."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        asked = Inputs(self.command, self.path, dict(self.headers), self.rfile.read(length))
        self.provider.asked.append(asked)
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
            self.say(200, {"ok": True})
        elif fault.isdigit():
            self.say(int(fault), ERRORS.get(int(fault), ERRORS[500]))
        else:
            self.lost, self.cut = fault == "lost", fault == "cut"
            self.route(asked, path)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815

    def route(self, asked: Inputs, path: str) -> None:
        for method, pattern, public, reply in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and method == asked.method:
                if not public and not self.known():
                    return self.say(401, {"error": {"message": f"no such key: {self.auth()}"}})
                reply(self, asked, *found.groups())
                return None
        return self.say(404, {"error": {"title": "Not Found", "detail": path}})

    def auth(self) -> str:
        return self.headers.get("Authorization", "")

    def known(self) -> bool:
        return self.auth() in (f"Bearer {KEY}", f"Key {KEY}")

    def say(self, status: int, body: Any, kind: str = "application/json") -> None:
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

    def generate(self, asked: Inputs) -> None:
        body = json.loads(asked.body)
        name = self.provider.begin(body)
        self.provider.generations[name]["states"].clear()
        state, said = self.provider.outcome(name)
        if state == "failed":
            error = {"type": "invalid_request", "title": "Bad media", "detail": said}
            return self.say(422, {"error": error, "status": "error", "status_message": "no"})
        video = {"url": f"{self.provider.elsewhere}/results/{name}.mp4?sig=a"}
        if body.get("response_format") == "b64_json":
            video = {"b64_json": base64.b64encode(VIDEO).decode()}
        return self.say(200, {"created": 1, "model": body["model"], "videos": [video]})

    def enqueue(self, asked: Inputs) -> None:
        body = json.loads(asked.body)
        names = [self.provider.begin(body) for _ in range(body.get("num_generations", 1))]
        told = [{"generation_id": name, "status": "queued"} for name in names]
        self.say(200, {"generations": told})
        for name in names if self.provider.listeners else ():
            self.provider.finish(name)

    def state(self, _: Inputs, name: str) -> None:
        if name not in self.provider.generations:
            return self.say(404, {"error": {"message": "no such generation"}})
        state, said = self.provider.outcome(name)
        done = (
            f"{self.provider.elsewhere}/results/{name}.mp4?sig=a" if state == "succeeded" else None
        )
        told = {"generation_id": name, "status": state, "result_url": done}
        return self.say(200, told | {"error_message": said or None})

    def cancel(self, _: Inputs, name: str) -> None:
        self.provider.generations[name]["states"] = deque(["cancelled"] * 99)
        self.say(200, {"generation_id": name, "status": "cancelled"})

    def events(self, _: Inputs) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection, heard = True, deque[str]()
        self.provider.listeners.append(heard)
        try:
            self.wfile.write(b": welcome\n\n")
            self.speak(heard)
        finally:
            self.provider.listeners.remove(heard)

    def speak(self, heard: deque[str]) -> None:
        """What there is to say, and a comment to keep the line alive, over and over."""
        for _round in range(500):
            if self.cut and self.provider.paid:
                return
            self.wfile.write("".join(heard.popleft() for _ in range(len(heard))).encode())
            self.wfile.write(b": keep-alive\n\n")
            self.wfile.flush()
            if self.provider.ended.wait(self.provider.keep_alive):
                return

    def put(self, asked: Inputs, path: str) -> None:
        edge = asked.headers["Content-Type"].partition("boundary=")[2].encode()
        parts = asked.body.split(b"--" + edge)[1:-1]
        fields = {}
        for part in parts:
            head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
            (name,) = re.findall(rb'[ ;]name="([^"]*)"', head)
            fields[name.decode()] = part.partition(b"\r\n\r\n")[2][:-2] or content
        assert set(fields) == {"file", "message", "name", "email"}
        self.provider.store[path] = fields["file"]
        self.say(200, {"status": "success", "commit": {"message": "added"}})

    def read(self, _: Inputs, path: str) -> None:
        if path in self.provider.private or self.path.endswith("?sig=old"):
            return self.say(403, {"error": {"message": "expired"}})
        if path not in self.provider.store:
            return self.say(404, {"error": {"message": "no such file"}})
        return self.say(200, self.provider.store[path], "application/octet-stream")

    def result(self, _: Inputs, name: str) -> None:
        self.say(200, VIDEO + name.encode(), "video/mp4")

    def fal(self, asked: Inputs) -> None:
        name = self.provider.begin(json.loads(asked.body))
        place = f"{self.provider.url}/requests/{name}"
        links = {"status_url": f"{place}/status", "response_url": place}
        if self.provider.fal_queues:
            return self.say(200, {"request_id": name, "status": "IN_QUEUE", **links})
        return self.say(200, {"video": {"url": f"{self.provider.elsewhere}/results/{name}.mp4"}})

    def fal_state(self, _: Inputs, name: str) -> None:
        left = self.provider.generations[name]["states"]
        state = "COMPLETED" if not left else left.popleft() and "IN_PROGRESS"
        self.say(200, {"status": state, "response_url": f"{self.provider.url}/requests/{name}"})

    def fal_result(self, _: Inputs, name: str) -> None:
        if said := self.provider.outcome(name)[1]:
            detail = [{"loc": ["body", "video_urls"], "msg": said, "type": "value_error"}]
            return self.say(422, {"detail": detail})
        return self.say(
            200, {"video": {"url": f"{self.provider.elsewhere}/results/{name}.mp4"}, "seed": 7}
        )

    def task(self, asked: Inputs) -> None:
        self.say(200, {"id": self.provider.begin(json.loads(asked.body))})

    def task_state(self, _: Inputs, name: str) -> None:
        state, said = self.provider.outcome(name)
        state = {"processing": "running"}.get(state, state)
        told: dict[str, Any] = {"id": name, "model": "double", "status": state}
        if state == "succeeded":
            told["content"] = {"video_url": f"{self.provider.elsewhere}/results/{name}.mp4"}
        error = {"code": "InvalidParameter", "message": said} if said else None
        self.say(200, told | {"error": error})


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
