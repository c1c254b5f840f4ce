"""The scripts in every bundle: submit.py with its wire.py, as they are here, and submit.sh."""

import math
import shlex
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from refprep.envelope import Api, Envelope

PYTHON = ("submit.py", "wire.py")
SHELL = {
    "KEY_NAME": "key", "SCHEME": "scheme", "SYNC": "sync", "QUEUE": "queue", "STATUS": "status",
    "RESULT": "result", "EVENTS": "events", "EVENT": "event", "UPLOAD": "upload",
    "REPO_NAME": "repo", "PUBLISH": "publish", "ID": "id", "URLS": "urls", "DONE": "done",
    "FAILED": "failed", "POLL": "poll_seconds", "STALL": "stall_seconds", "WAIT": "wait_seconds",
    "PAUSE": "retry_seconds", "RETRIES": "retries",
}  # fmt: skip
"What submit.sh calls the parts of the envelope's api."
WHOLE = ("STALL", "WAIT")
"Curl and bash count these in whole seconds."


def write(folder: Path, envelope: Envelope, files: Mapping[str, str]) -> None:
    """Add the scripts to a bundle of files, each path with its SHA-256; none without an API."""
    if envelope.api is None:
        return
    settings = _settings(envelope.provider, envelope.api, files)
    texts = {name: _text(name) for name in PYTHON}
    texts["submit.sh"] = _text("submit.sh").replace("#settings#", settings)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    for name in ("submit.py", "submit.sh"):
        (folder / name).chmod(0o755)


def _settings(provider: str, api: Api, files: Mapping[str, str]) -> str:
    """The shell's variables, a line each: nothing in them is read as code."""
    values = {"PROVIDER": provider}
    values |= {name: _said(name, getattr(api, key)) for name, key in SHELL.items()}
    values["FILES"] = "\n".join(f"{digest} {path}" for path, digest in files.items())
    lines = (f"{name}={shlex.quote(value)}" for name, value in values.items())
    return "\n".join(["# The provider, and the files with their SHA-256.", *lines])


def _said(name: str, value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    if name in WHOLE:
        return str(math.ceil(value))
    return "" if value is None else str(value)


def _text(name: str) -> str:
    return (resources.files("refprep.delivering") / name).read_text(encoding="utf-8")
