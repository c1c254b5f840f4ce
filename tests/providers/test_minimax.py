"""MiniMax: its states have another name for the id than its answer to queueing, and are nested."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import refprep
from refprep import envelopes
from tests.providers.conftest import FAST
from tests.providers.provider import KEY, video_of

TASK = "424010985738629"
TASKS = "/v2/video_generation"
QUERY = f"/v2/query/video_generation/{TASK}"


class Double(HTTPServer):
    """Answers as the API reference of MiniMax shows it: a task, and its states in this order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.states: list[dict[str, Any]] = []
        self.received: list[tuple[str, str]] = []
        self.bodies: list[Any] = []

    def task(self, status: str, **more: Any) -> dict[str, Any]:
        known = {"id": TASK, "model": "MiniMax-H3", "created_at": 1785125529, "duration": 5}
        return {"task": {**known, "status": status, **more}}


class Handler(BaseHTTPRequestHandler):
    """What the double answers."""

    server: Double

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""

    def do_POST(self) -> None:
        """A task is created."""
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(json.dumps({"task_id": TASK}).encode())

    def do_GET(self) -> None:
        """The state of the task, or its video."""
        if self.path == QUERY:
            states = self.server.states
            self._answer(json.dumps(states.pop(0) if states[1:] else states[0]).encode())
        elif self.path == "/output.mp4":
            self._answer(video_of(TASK))
        else:
            self._answer(b'{"items": [], "total": 0}')

    def _answer(self, content: bytes) -> None:
        allowed = self.headers["Authorization"] == f"Bearer {KEY}" or self.path == "/output.mp4"
        self.server.received.append((self.command, self.path))
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def minimax(monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """The double, and an environment with a key for it."""
    with Double() as double:
        Thread(target=double.serve_forever, daemon=True).start()
        monkeypatch.setenv("MINIMAX_API_KEY", KEY)
        monkeypatch.setenv("REFPREP_BASE_URL", double.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield double
        double.shutdown()


@pytest.fixture
def bundle(tmp_path: Path) -> tuple[Path, Path]:
    """A bundle of a prompt alone, and its envelope with short pauses."""
    own = tmp_path / "fast.toml"
    own.write_text(FAST.format("minimax-h3"), encoding="utf-8")
    request = refprep.Request.model_validate(
        {"prompt": "a dog in the rain", "parameters": {"aspect_ratio": "16:9"}}
    )
    packed = refprep.pack(request, tmp_path / "bundle", envelope=own)
    assert packed.path
    return packed.path, own


def test_a_task_is_created_followed_and_fetched(
    minimax: Double, bundle: tuple[Path, Path], tmp_path: Path
) -> None:
    done = minimax.task("succeeded", content={"url": f"{minimax.url}/output.mp4"})
    minimax.states = [minimax.task("queued"), minimax.task("running"), done]
    result = refprep.submit(bundle[0], envelope=bundle[1], output=tmp_path / "out")
    assert [file.read_bytes() for file in result.files] == [video_of(TASK)]
    assert minimax.received.count(("POST", TASKS)) == 1
    assert minimax.received.count(("GET", QUERY)) == 3
    assert minimax.bodies[0]["model"] == "MiniMax-H3"
    assert (minimax.bodies[0]["resolution"], minimax.bodies[0]["duration"]) == ("768P", 5)


def test_a_failed_task_says_what_the_provider_says_and_what_to_do(
    minimax: Double, bundle: tuple[Path, Path], tmp_path: Path
) -> None:
    error = {"code": "1026", "message": "video description contains sensitive content"}
    minimax.states = [minimax.task("failed", error=error)]
    result = refprep.submit(bundle[0], envelope=bundle[1], output=tmp_path / "out")
    assert result.error
    assert result.error.kind == "input-prompt"
    assert error["message"] in result.error.message
    assert result.files == ()


def test_no_limit_and_no_task_of_seedance_is_left() -> None:
    errors = envelopes.load("minimax-h3").errors
    assert not {"edit-task", "extend-task", "task-mismatch"} & set(errors)
