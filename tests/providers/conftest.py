"""A double of the providers, a small bundle, and both ways to submit it: the script and the CLI."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import refprep
from fixtures.clips import clip
from fixtures.pictures import picture
from fixtures.sounds import tone
from refprep import cli
from refprep.models.envelope import Envelope
from tests.providers.provider import KEY, Provider

FAST = """
extends = "{0}"
name = "{0}"

[api]
poll_seconds = 0.01
stall_seconds = 3
wait_seconds = 60
retry_seconds = 0.01
retries = 3
"""
ALONE = [sys.executable, "-E", "-S", "-W", "error"]
"A Python with the standard library and nothing else."


class Run(NamedTuple):
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str


Submit = Callable[..., Run]


ACTUAL = Envelope.submission.fget  # type: ignore[attr-defined]


def _fast(envelope: Envelope) -> dict[str, Any]:
    """The API of an envelope as it is, with short pauses."""
    return {**ACTUAL(envelope), **tomllib.loads(FAST)["api"]}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The double, and an environment with a key for it."""
    with Provider() as double:
        for name in ("OXEN_API_KEY", "FAL_KEY", "ARK_API_KEY"):
            monkeypatch.setenv(name, KEY)
        monkeypatch.setenv("OXEN_REPO", "me/refs")
        monkeypatch.setenv("REFPREP_BASE_URL", double.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(Envelope, "submission", property(_fast))
        yield double


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """A file of each kind that meets all limits."""
    folder = tmp_path_factory.mktemp("sources")
    return {
        "images": [str(picture(folder / "a.jpg", size=(640, 480)))],
        "videos": [
            str(clip(folder / "b.mp4", size=(640, 642), duration=2, frame_rate=Fraction(24)))
        ],
        "audios": [str(tone(folder / "c.wav", duration=2, channels=1, sample_rate=16000))],
    }


Pack = Callable[..., Path]


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory, sources: dict[str, list[str]]) -> Pack:
    """Packs a bundle for an envelope with short pauses."""
    bundles: dict[str, Path] = {}

    def pack(envelope: str) -> Path:
        if envelope not in bundles:
            folder = tmp_path_factory.mktemp(envelope)
            (folder / "fast.toml").write_text(FAST.format(envelope))
            tag = "{kind} 1" if envelope.startswith("byteplus") else "@{kind}1"
            tags = [tag.format(kind=kind) for kind in ("Image", "Video", "Audio")]
            prompt = f'{tags[0]} like {tags[1]} to {tags[2]}: "$HOME! `é` \\n 100%"'
            request = refprep.Request.model_validate({"prompt": prompt, **sources})
            result = refprep.pack(request, folder / "bundle", envelope=str(folder / "fast.toml"))
            assert result.path
            bundles[envelope] = result.path
        return bundles[envelope]

    return pack


@pytest.fixture(scope="session")
def quick(
    tmp_path_factory: pytest.TempPathFactory, sources: dict[str, list[str]]
) -> dict[str, Path]:
    """A bundle for each provider, with short pauses."""
    from tests.providers import outcomes

    (image,) = sources["images"]
    return {
        name: outcomes.pack_quick(name, tmp_path_factory.mktemp(name), image)
        for name in outcomes.ENVELOPES
    }


@pytest.fixture
def bundle(packed: Pack, tmp_path: Path) -> Path:
    """A fresh bundle for Oxen.ai."""
    return shutil.copytree(packed("oxen-seedance-2.0"), tmp_path / "bundle")


both_ways = pytest.mark.parametrize("submit", ["script", "refprep"], indirect=True)
"Most tests use the command line only: it runs the same code as the script."


@pytest.fixture
def submit(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Submit:
    """Submits a bundle: by `refprep submit`, or by its script, from another folder than its own."""

    def script(bundle: Path, *arguments: str) -> Run:
        ended = subprocess.run(
            [*ALONE, str(bundle / "submit.py"), *arguments],
            cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        return Run(ended.returncode, ended.stdout, ended.stderr)

    def command(bundle: Path, *arguments: str) -> Run:
        code = cli.main(["submit", str(bundle), *arguments])
        return Run(code, *capsys.readouterr())

    return script if getattr(request, "param", "refprep") == "script" else command


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON file by hand."""
    path.write_text(json.dumps(change(json.loads(path.read_text("utf-8"))), indent=2))


def interrupt(command: list[str], when: Callable[[], bool], folder: Path) -> Run:
    """Run a command, and interrupt it like Ctrl-C as soon as something is true."""
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(refprep.__file__).parents[1])},
        start_new_session=True, restore_signals=True,
    ) as process:  # fmt: skip
        end = time.monotonic() + 20
        while not when() and time.monotonic() < end:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=20)
    return Run(process.returncode, out, err)
