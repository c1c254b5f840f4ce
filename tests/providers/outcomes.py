"""What has to be true after a submission, whatever happened: money, disk, words, keys."""

import base64
import html
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest

import refprep
from refprep import cli
from refprep.models.envelope import Envelope
from tests.providers.conftest import ACTUAL, FAST, Run
from tests.providers.provider import Provider, video_of

KEY = "sk-double-2f6c+81==d09b7e~b5"
"It looks different in a URL and in base64."
PIECE = 18
"So many characters of a key in a row are a leak; an answer may break off in the middle of one."
QUICK = {
    "poll_seconds": 0.01, "stall_seconds": 0.5, "wait_seconds": 2.5, "retry_seconds": 0.01,
    "retries": 2,
}  # fmt: skip
ENVELOPES = {
    "oxen": "oxen-seedance-2.0",
    "fal": "fal-seedance-2.0",
    "byteplus": "byteplus-seedance-2.0",
}
FAL = "/bytedance/seedance-2.0"
TASKS = "/api/v3/contents/generations/tasks"
CREATE = {
    ("oxen", "sync"): "POST /api/ai/videos/generate",
    ("oxen", "async"): "POST /api/ai/queue",
    ("oxen", "sse"): "POST /api/ai/queue",
    ("fal", "sync"): f"POST /fal.run{FAL}/reference-to-video",
    ("fal", "async"): f"POST {FAL}/reference-to-video",
    ("byteplus", "async"): f"POST {TASKS}",
}
"The modes that each provider has, and the requests that create."
STATE = {
    "oxen": "GET /api/ai/queue/",
    "fal": f"GET {FAL}/requests/gen-1/status",
    "byteplus": f"GET {TASKS}/",
}
RESULT = {"fal": f"GET {FAL}/requests/gen-1$"}
"Where the result has a URL of its own."
DOWNLOAD = "GET /results/"
EVENTS = "GET /api/events"
LAST = ("refprep: ", "submit.py: ")
"How the line begins that says how it ended; the others are progress."


def hurry(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short pauses, the key that looks different everywhere, and media that nobody looks at."""
    provider.key, provider.reads_media = KEY, False
    for name in ("OXEN_API_KEY", "FAL_KEY", "ARK_API_KEY"):
        monkeypatch.setenv(name, KEY)
    monkeypatch.setattr(Envelope, "submission", property(lambda own: {**ACTUAL(own), **QUICK}))


class Bench(NamedTuple):
    """A bundle, the double, and one way to submit it."""

    client: str
    provider: Provider
    bundle: Path
    submit: Callable[..., Run]

    @property
    def results(self) -> Path:
        return self.bundle.with_name(f"{self.bundle.name}-result")

    def run(self, *arguments: str) -> Run:
        """Submit, and judge what is said."""
        run = self.submit(*arguments)
        judge(run)
        return run

    def creating(self) -> int:
        """How many requests that create have arrived."""
        return sum(
            f"{request.method} {request.path}".partition("?")[0] in CREATE.values()
            for request in self.provider.requests
        )

    def whole(self, *names: str) -> None:
        """One creation; on the disk its whole video and its result, and no part of anything."""
        names = names or ("gen-1",)
        assert self.provider.paid == len(names)
        files = {path.name: path.read_bytes() for path in self.results.iterdir()}
        videos = [content for name, content in files.items() if name.endswith(".mp4")]
        assert sorted(videos) == sorted(map(video_of, names))
        result = json.loads(files["result.json"])
        assert sorted(result["files"]) == sorted(name for name in files if name.endswith(".mp4"))
        assert [name for name in files if name.endswith(".part")] == []
        self.no_key()

    def no_key(self) -> None:
        """No file beside the bundle or in it has the key in any form."""
        for path in self.bundle.parent.rglob("*"):
            if path.is_file() and path.suffix not in (".jpg", ".mp4", ".wav"):
                assert leaks(path.read_text("utf-8", "replace")) == "", path


def judge(run: Run) -> None:
    """An exit code of the three; one line on how it ended; no traceback; no key."""
    assert run.code in (0, 1, 2), run
    last = [line for line in run.err.splitlines() if line.startswith(LAST)]
    assert len(last) <= 1, run
    assert last or run.code != 2, run
    assert "Traceback" not in run.err, run
    assert "Exception" not in run.err, run
    assert leaks(run.out + run.err) == "", run


def leaks(text: str) -> str:
    """A piece of the key in a text, in whatever form; empty: there is none."""
    pieces = [KEY[start : start + PIECE] for start in range(len(KEY) - PIECE + 1)]
    readings = [text, unquote(text), html.unescape(text), text.replace("\\", "")]
    for word in re.findall(r"[A-Za-z0-9+/_-]{12,}", text):
        plain = word.replace("-", "+").replace("_", "/")
        for start in range(4):
            coded = plain[start : start + (len(plain) - start) // 4 * 4]
            readings.append(base64.b64decode(coded).decode("latin-1"))
    return next((piece for reading in readings for piece in pieces if piece in reading), "")


def pack_quick(name: str, folder: Path, image: str) -> Path:
    """A bundle with one image, for an envelope with short pauses, which lies beside it."""
    envelope = ENVELOPES[name]
    text = FAST.format(envelope).partition("[api]")[0] + "[api]\n"
    text += "".join(f"{key} = {value}\n" for key, value in QUICK.items())
    (folder / "quick.toml").write_text(text)
    tag = "Image 1" if name == "byteplus" else "@Image1"
    request = refprep.Request(prompt=f"{tag} flies", images=[image])
    packed = refprep.pack(request, folder / "bundle", envelope=str(folder / "quick.toml"))
    assert packed.path
    return packed.path


def without_media(bundle: Path, folder: Path) -> Path:
    """A copy of a bundle whose body names no file, so that sending it is one request."""
    copy = shutil.copytree(bundle, folder / "bundle")
    request = copy / "request.json"
    body = json.loads(request.read_text("utf-8"))
    kept = {key: value for key, value in body.items() if isinstance(value, str)}
    request.write_text(json.dumps({**kept, "prompt": "a red kite"}))
    return copy


def command(client: str, bundle: Path) -> list[str]:
    """The command that submits a bundle, with the pauses of its envelope."""
    if client == "script":
        return [sys.executable, "-E", "-S", str(bundle / "submit.py")]
    name = json.loads((bundle / "manifest.json").read_text("utf-8"))["envelope"]["name"]
    envelope = bundle.parent / "quick.toml"
    if not envelope.exists():
        text = FAST.format(name).partition("[api]")[0] + "[api]\n"
        envelope.write_text(text + "".join(f"{key} = {value}\n" for key, value in QUICK.items()))
    start = [sys.executable, "-m", "refprep", "submit", str(bundle)]
    return [*start, "--envelope", str(envelope)]


def environment() -> dict[str, str]:
    """The environment of a command: it finds this refprep."""
    return {**os.environ, "PYTHONPATH": str(Path(refprep.__file__).parents[1])}


def by_command(client: str, bundle: Path) -> Callable[..., Run]:
    """Submits in a process of its own, from another folder than the bundle's."""

    def run(*arguments: str) -> Run:
        ended = subprocess.run(
            [*command(client, bundle), *arguments], cwd=bundle.parent, env=environment(),
            capture_output=True, text=True, timeout=40, check=False,
        )  # fmt: skip
        return Run(ended.returncode, ended.stdout, ended.stderr)

    return run


def in_process(bundle: Path, capture: Any) -> Callable[..., Run]:
    """Submits by the command line, in this process."""

    def run(*arguments: str) -> Run:
        code = cli.main(["submit", str(bundle), *arguments])
        return Run(code, *capture.readouterr())

    return run
