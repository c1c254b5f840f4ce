"""A double of the providers on 127.0.0.1: it has the documented APIs and records every request.

It reads the media by their URLs like a provider, and checks them against its own reading of the
page, with Pillow, av and soundfile: nothing of refprep is used here. Its faults are in `faults.py`.
"""

import base64
import io
import json
import re
import tempfile
import threading
import time
import urllib.request
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, quote, unquote, urlsplit

import av
import soundfile
from PIL import Image

from fixtures.clips import clip
from tests.providers.faults import FAULTS, LATE, Answer, Connection, dump, echo

KEY = "sk-double-2f6c81d09b7e"
STATES = ("queued", "processing")
CANCELLED = ("client_cancelled", "the request was cancelled")


@cache
def _picture() -> bytes:
    """A video of half a second; its boxes are ftyp, free, mdat, moov."""
    with tempfile.TemporaryDirectory() as folder:
        path = clip(Path(folder, "a.mp4"), size=(96, 64), duration=0.5, frame_rate=Fraction(24))
        return path.read_bytes()


def video_of(name: str) -> bytes:
    """What a generation generates: a whole video, with its name in a box of free space."""
    label = name.encode(errors="surrogatepass")
    return _picture() + (len(label) + 8).to_bytes(4, "big") + b"free" + label


class Received(NamedTuple):
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    when: float = 0.0


class Generation:
    """One generation, which is paid for: its states to come, and how it ends."""

    def __init__(self, name: str, body: dict[str, Any]) -> None:
        self.name, self.body, self.created = name, body, time.time()
        self.states = deque(STATES)
        self.end = ""
        "succeeded, failed or cancelled; empty: it has not ended."
        self.error = ""
        self.signature = 0
        "Of its newest link."
        self.expired = -1
        "Links of this signature and older ones have expired."


class Provider:
    """Start it with `with`. Faults come first, one for each request to their place."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.faults: dict[str, deque[str]] = defaultdict(deque)
        self.store: dict[str, bytes] = {}
        self.generations: dict[str, Generation] = {}
        self.paid = 0
        "How many generations were started, whether they are kept or not."
        self.private: set[str] = set()
        self.key = KEY
        self.error = ""
        "The error of every generation; empty: what is wrong with its media, if anything."
        self.ends = ""
        "How every generation ends: cancelled, or broken, which is fal's COMPLETED with an error."
        self.reads_media = True
        self.careless = False
        "Whether every answer repeats the key that it was asked with."
        self.prefix = "gen-"
        self.fal_queues = True
        self.keep_alive = 0.02
        self.pace = 0.0
        "The seconds before an answer is sent."
        self.watch: Callable[[str, Received], None] = lambda moment, request: None
        "Called with `arrived` before a request is obeyed, with `answered` after its answer."
        self.ended = threading.Event()
        self.listeners: list[deque[str]] = []
        self._lock = threading.Lock()
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.provider = self
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
        """Answer at `METHOD /path...` with faults: a status, or a name of `faults.FAULTS`.

        A place that ends in $ is this path and no longer one.

        `early 413` comes before the body is read, `before 502` before the request is obeyed,
        `late 502` after it was. Without such a word each fault comes where it is usual.
        """
        self.faults[place].extend(faults)

    def mend(self) -> None:
        """No more faults."""
        self.faults.clear()

    def calls(self, method: str, path: str = "") -> list[Received]:
        """The requests of a method to paths that begin like this."""
        return [
            request
            for request in self.requests
            if request.method == method and request.path.startswith(path)
        ]

    def result_url(self, name: str) -> str:
        """The link to a result, without its signature."""
        return f"{self.elsewhere}/results/{quote(name, safe='', errors='surrogatepass')}.mp4"

    def signed(self, generation: Generation) -> str:
        """A signed link, a fresh one each time."""
        generation.signature += 1
        return f"{self.result_url(generation.name)}?sig={generation.signature}"

    def begin(self, body: dict[str, Any]) -> Generation:
        """Queue a request, whatever it holds: it is checked only when its turn has come."""
        with self._lock:
            self.paid += 1
            generation = Generation(f"{self.prefix}{self.paid}", body)
            self.generations[generation.name] = generation
        return generation

    def step(self, generation: Generation) -> str:
        """The state of a generation, which is a step further each time."""
        if generation.end:
            return generation.end
        if generation.states:
            return generation.states.popleft()
        error = self.error
        if not error and self.reads_media:
            error = next(media_errors(generation.body), "")
        generation.end = self.ends or ("failed" if error else "succeeded")
        generation.error = error
        return generation.end

    def finish(self, generation: Generation) -> None:
        """End a generation, and send its event, between others, to all listeners."""
        generation.states.clear()
        state = self.step(generation)
        if state == "cancelled":  # of which no event tells
            return
        data = {"generation_id": generation.name, "status": state, "media_type": "video"}
        data["model"] = "double"
        known = {"error": generation.error} if generation.error else None
        data |= known or {"url": self.signed(generation)}
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


class Server(ThreadingHTTPServer):
    """One thread for each connection."""

    daemon_threads = True
    request_queue_size = 64
    provider: Provider

    def handle_error(self, *_: object) -> None:
        """Silence: a client that goes away is a part of the tests."""


class Handler(Connection):
    """One connection; HTTP/1.1 with lengths, so that a cut is noticed."""

    protocol_version = "HTTP/1.1"
    server: Server
    received: Received
    fault = ""
    "What to send in place of the answer."

    @property
    def provider(self) -> Provider:
        return self.server.provider

    @property
    def ended(self) -> threading.Event:
        return self.provider.ended

    def log_message(self, *_: object) -> None:
        """Silence."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def next_fault(self, path: str) -> tuple[str, str]:
        """When the next fault at this place comes (early, before, late), and its name."""
        call = f"{self.command} {path}"
        for place, faults in self.provider.faults.items():
            if faults and (call.startswith(place) or f"{call}$" == place):
                moment, _, name = faults.popleft().rpartition(" ")
                if name not in FAULTS and not name.isdigit():
                    raise LookupError(f"no such fault: {name}")
                return moment or ("late" if name in LATE else "before"), name
        return "", ""

    def answer(self) -> None:
        path = urlsplit(self.path).path
        moment, fault = self.next_fault(path)
        headers = dict(self.headers)
        if moment == "early":
            self.note(Received(self.command, self.path, headers, b"", time.monotonic()))
            return self.refuse(fault)
        body = self.rfile.read(int(headers.get("Content-Length") or 0))
        self.note(Received(self.command, self.path, headers, body, time.monotonic()))
        if moment == "before":
            self.fault = fault
            self.reply(200, {"ok": True})
        else:
            self.fault = fault
            self.route(self.received, path)
        self.fault = ""
        return self.provider.watch("answered", self.received)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815

    def note(self, received: Received) -> None:
        self.received = received
        self.provider.requests.append(received)
        self.provider.watch("arrived", received)

    def route(self, received: Received, path: str) -> None:
        for method, pattern, scheme, handler in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and method == received.method:
                if scheme and self.auth() != f"{scheme} {self.provider.key}":
                    return self.reply(401, {"error": {"message": f"no such key: {self.auth()}"}})
                handler(self, received, *map(unquote, found.groups()))
                return None
        return self.reply(404, {"error": {"title": "Not Found", "detail": path}})

    def auth(self) -> str:
        return self.headers.get("Authorization", "")

    def reply(self, status: int, body: Any, kind: str = "application/json") -> None:
        """Send an answer, or the fault in its place."""
        if self.provider.pace:
            self.ended.wait(self.provider.pace)
        if self.provider.careless and isinstance(body, dict):
            body = dump({**body, "you": echo(self.auth())["message"]})
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = Answer(status, content, {"Content-Type": kind})
        if self.fault:
            self.misanswer(self.fault, answer)
        else:
            self.send(answer)

    def found(self, name: str) -> Generation | None:
        """A generation; where there is none, 404 is the answer."""
        generation = self.provider.generations.get(name)
        if generation is None:
            self.reply(
                404, {"error": {"code": "ResourceNotFound", "message": "no such generation"}}
            )
        return generation

    # Oxen.ai

    def generate(self, received: Received) -> None:
        body = json.loads(received.body)
        generation = self.provider.begin(body)
        generation.states.clear()
        if self.provider.step(generation) != "succeeded":
            details = {"type": "invalid_request", "title": "Bad media", "detail": generation.error}
            return self.reply(422, {"error": details, "status": "error", "status_message": "no"})
        video = {"url": self.provider.signed(generation)}
        if body.get("response_format") == "b64_json":
            video = {"b64_json": base64.b64encode(video_of(generation.name)).decode()}
        return self.reply(200, {"created": 1, "model": body.get("model"), "videos": [video]})

    def enqueue(self, received: Received) -> None:
        body = json.loads(received.body)
        begun = [self.provider.begin(body) for _ in range(body.get("num_generations", 1))]
        queued = [{"generation_id": row.name, "status": "queued"} for row in begun]
        self.reply(200, {"generations": queued})
        for generation in begun if self.provider.listeners else ():
            self.provider.finish(generation)

    def state(self, _: Received, name: str) -> None:
        if generation := self.found(name):
            state = self.provider.step(generation)
            done = self.provider.signed(generation) if state == "succeeded" else None
            answer = {"generation_id": name, "status": state, "result_url": done}
            self.reply(200, answer | {"error_message": generation.error or None})

    def cancel(self, _: Received, name: str) -> None:
        if generation := self.found(name):
            if generation.end:
                return self.reply(400, {"error": {"message": "the generation has ended"}})
            generation.end = "cancelled"
            self.reply(200, {"generation_id": name, "status": "cancelled"})
        return None

    def events(self, _: Received) -> None:
        """The stream of events, or what a fault makes of it."""
        if self.fault and self.fault not in STREAMS:
            return self.reply(200, {"ok": True})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection, events = True, deque[str]()
        self.provider.listeners.append(events)
        try:
            for block in STREAMS[self.fault](self.provider, events):
                self.wfile.write(block)
                self.wfile.flush()
        finally:
            self.provider.listeners.remove(events)
        return None

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

    # What anybody can read

    def read(self, _: Received, path: str) -> None:
        if path in self.provider.private or self.path.endswith("?sig=old"):
            return self.reply(403, {"error": {"message": "expired"}})
        if path not in self.provider.store:
            return self.reply(404, {"error": {"message": "no such file"}})
        return self.reply(200, self.provider.store[path], "application/octet-stream")

    def result(self, _: Received, name: str) -> None:
        """A video by its signed link."""
        generation = self.provider.generations.get(name) or Generation(name, {})
        if self.fault == "expired":
            generation.expired, self.fault = generation.signature, ""
        signature = parse_qs(urlsplit(self.path).query).get("sig", ["0"])[0]
        if int(signature) <= generation.expired:
            text = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
            return self.reply(403, text.encode(), "application/xml")
        return self.reply(200, video_of(name), "video/mp4")

    # fal

    def fal(self, received: Received) -> None:
        if not self.provider.fal_queues:
            return self.fal_sync(received)
        name = self.provider.begin(json.loads(received.body)).name
        place = f"{self.provider.url}/bytedance/seedance-2.0/requests/{quote(name, safe='')}"
        links = {"status_url": f"{place}/status", "response_url": place}
        links["cancel_url"] = f"{place}/cancel"
        self.reply(200, {"request_id": name, "status": "IN_QUEUE", "queue_position": 0, **links})
        return None

    def fal_sync(self, received: Received) -> None:
        generation = self.provider.begin(json.loads(received.body))
        generation.states.clear()
        self.fal_video(generation)

    def fal_state(self, received: Received, name: str) -> None:
        if generation := self.found(name):
            states = {"queued": "IN_QUEUE", "processing": "IN_PROGRESS"}
            state = states.get(self.provider.step(generation), "COMPLETED")
            answer: dict[str, Any] = {"request_id": name, "status": state}
            answer["response_url"] = self.provider.url + urlsplit(received.path).path[:-7]
            answer |= {"queue_position": 0} if state == "IN_QUEUE" else {"logs": None}
            if generation.end == "cancelled":
                answer |= dict(zip(("error_type", "error"), CANCELLED, strict=True))
            elif generation.end == "broken":
                answer |= {"error": "the runner went away", "error_type": "runner_disconnected"}
            self.reply(200 if state == "COMPLETED" else 202, answer)

    def fal_result(self, _: Received, name: str) -> None:
        if generation := self.found(name):
            if generation.states and not generation.end:
                return self.reply(400, {"detail": "Request is still in progress"})
            self.fal_video(generation)
        return None

    def fal_video(self, generation: Generation) -> None:
        """The result of a generation that has ended, or why there is none."""
        state = self.provider.step(generation)
        if state == "cancelled":
            return self.reply(499, {"detail": CANCELLED[1], "error_type": CANCELLED[0]})
        if state == "broken":
            detail = {"detail": "the runner went away", "error_type": "runner_disconnected"}
            return self.reply(503, detail)
        if generation.error:
            place = {"loc": ["body", "video_urls"], "type": "value_error"}
            return self.reply(422, {"detail": [{**place, "msg": generation.error}]})
        video = {"url": self.provider.signed(generation), "content_type": "video/mp4"}
        return self.reply(200, {"video": video, "seed": 7})

    def fal_cancel(self, _: Received, name: str) -> None:
        generation = self.provider.generations.get(name)
        if generation is None:
            return self.reply(404, {"status": "NOT_FOUND"})
        if generation.end:
            return self.reply(400, {"status": "ALREADY_COMPLETED"})
        generation.end = "cancelled"
        return self.reply(202, {"status": "CANCELLATION_REQUESTED"})

    def fal_initiate(self, received: Received) -> None:
        wanted = json.loads(received.body)
        assert set(wanted) == {"content_type", "file_name"}
        assert received.path.endswith("?storage_type=fal-cdn-v3")
        number = sum(path.startswith("/fal-cdn/") for path in self.provider.store) + 1
        place = f"/fal-cdn/{number}/{quote(wanted['file_name'], safe='')}"
        self.provider.private.add(unquote(place))  # until it is there
        kind = quote(wanted["content_type"], safe="")
        upload = f"{self.provider.elsewhere}{place}?sig={kind}"
        self.reply(200, {"upload_url": upload, "file_url": self.provider.url + place})

    def fal_put(self, received: Received, path: str) -> None:
        kind = parse_qs(urlsplit(received.path).query).get("sig", [""])[0]
        if path not in self.provider.private or received.headers.get("Content-Type") != kind:
            return self.reply(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", "text/xml")
        if "Authorization" in received.headers:
            return self.reply(400, b"<Error><Code>InvalidArgument</Code></Error>", "text/xml")
        self.provider.store[path] = received.body
        self.provider.private.discard(path)
        return self.reply(200, b"", "text/plain")

    # BytePlus

    def task(self, received: Received) -> None:
        self.reply(200, {"id": self.provider.begin(json.loads(received.body)).name})

    def described(self, generation: Generation, state: str) -> dict[str, Any]:
        """A task as it is shown."""
        state = {"processing": "running"}.get(state, state)
        task: dict[str, Any] = {"id": generation.name, "model": generation.body.get("model")}
        task |= {"status": state, "created_at": int(generation.created)}
        task["updated_at"] = int(time.time())
        if state == "succeeded":
            task["content"] = {"video_url": self.provider.signed(generation)}
        if generation.error:
            task["error"] = {"code": "InvalidParameter", "message": generation.error}
        return task

    def task_state(self, _: Received, name: str) -> None:
        if generation := self.found(name):
            self.reply(200, self.described(generation, self.provider.step(generation)))

    def task_list(self, received: Received) -> None:
        """The newest tasks first; to list them is no step for them."""
        query = parse_qs(urlsplit(received.path).query)
        size, page = (
            int(query.get(name, [n])[0]) for name, n in (("page_size", 20), ("page_num", 1))
        )
        known = list(reversed(self.provider.generations.values()))
        shown = [
            self.described(row, row.end or (row.states or ["processing"])[0])
            for row in known[(page - 1) * size : page * size]
        ]
        self.reply(200, {"total": len(known), "items": shown})

    def task_delete(self, _: Received, name: str) -> None:
        """What is queued is cancelled, the record of what has ended goes, what runs, runs on."""
        generation = self.found(name)
        if generation is None:
            return None
        if generation.end and generation.end != "cancelled":
            del self.provider.generations[name]
        elif generation.end or len(generation.states) < len(STATES):
            code = "InvalidAction.RunningTaskDeletion"
            return self.reply(409, {"error": {"code": code, "message": "it cannot be deleted"}})
        else:
            generation.end = "cancelled"
        return self.reply(200, {})


Stream = Callable[[Provider, deque[str]], Iterator[bytes]]


def whole(provider: Provider, events: deque[str]) -> Iterator[bytes]:
    """All events, and a comment that keeps the connection alive, over and over."""
    yield b": welcome\n\n"
    for _round in range(500):
        yield "".join(events.popleft() for _ in range(len(events))).encode()
        yield b": keep-alive\n\n"
        if provider.ended.wait(provider.keep_alive):
            return


def broken(provider: Provider, events: deque[str]) -> Iterator[bytes]:
    """It ends when a generation has begun."""
    return (block for block in whole(provider, deque()) if not provider.paid)


def halved(provider: Provider, events: deque[str]) -> Iterator[bytes]:
    """Of every event only the first half of its data comes."""
    for block in whole(provider, events):
        yield re.sub(rb"(data: \{.{9}).*", rb"\1", block)


def foreign(provider: Provider, events: deque[str]) -> Iterator[bytes]:
    """Events of others only."""
    for block in whole(provider, deque()):
        yield block
        yield b'event: media_generation_completed\ndata: {"generation_id": "gen-77", "status": '
        yield b'"succeeded", "url": "https://other.example/v.mp4"}\n\n'


def silent(provider: Provider, events: deque[str]) -> Iterator[bytes]:
    """Nothing at all."""
    provider.ended.wait(20)
    yield b""


def endless(provider: Provider, events: deque[str]) -> Iterator[bytes]:
    """A line that never ends."""
    for _round in range(4000):
        yield b"x" * 4096
        if provider.ended.wait(0.005):
            return


STREAMS: dict[str, Stream] = {
    "": whole,
    "cut": broken,
    "half": halved,
    "unheard": lambda provider, events: whole(provider, deque()),
    "foreign": foreign,
    "silent": silent,
    "line": endless,
}
TASKS = "/api/v3/contents/generations/tasks"
FAL = "/bytedance/seedance-2.0"
ROUTES: tuple[tuple[str, str, str, Any], ...] = (
    ("POST", "/api/ai/videos/generate", "Bearer", Handler.generate),
    ("POST", "/api/ai/queue", "Bearer", Handler.enqueue),
    ("GET", "/api/ai/queue/([^/]+)", "Bearer", Handler.state),
    ("DELETE", "/api/ai/queue/([^/]+)", "Bearer", Handler.cancel),
    ("GET", "/api/events", "Bearer", Handler.events),
    ("PUT", "(/api/repos/[^/]+/[^/]+/file/.+)", "Bearer", Handler.put),
    ("GET", "(/api/repos/[^/]+/[^/]+/file/.+)", "", Handler.read),
    ("GET", "(/media/.+)", "", Handler.read),
    ("GET", r"/results/([^/]+)\.mp4", "", Handler.result),
    ("POST", f"/fal.run{FAL}/reference-to-video", "Key", Handler.fal_sync),
    ("POST", f"{FAL}/reference-to-video", "Key", Handler.fal),
    ("GET", f"{FAL}/requests/([^/]+)/status", "Key", Handler.fal_state),
    ("PUT", f"{FAL}/requests/([^/]+)/cancel", "Key", Handler.fal_cancel),
    ("GET", f"{FAL}/requests/([^/]+)", "Key", Handler.fal_result),
    ("POST", "/rest.fal.ai/storage/upload/initiate", "Key", Handler.fal_initiate),
    ("PUT", "(/fal-cdn/.+)", "", Handler.fal_put),
    ("GET", "(/fal-cdn/.+)", "", Handler.read),
    ("POST", TASKS, "Bearer", Handler.task),
    ("GET", TASKS, "Bearer", Handler.task_list),
    ("GET", f"{TASKS}/([^/]+)", "Bearer", Handler.task_state),
    ("DELETE", f"{TASKS}/([^/]+)", "Bearer", Handler.task_delete),
)
