"""A provider's double, a small bundle, and the three ways to submit it: two scripts and the CLI."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
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
"A Python that sees the standard library and nothing else."
COMMANDS = {"python": [*ALONE, "submit.py"], "bash": ["bash", "submit.sh"]}


class Answer(NamedTuple):
    """What a run said and how it ended."""

    code: int
    out: str
    err: str


Way = Callable[..., Answer]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The double, with the environment of somebody who may use it."""
    with Provider() as double:
        for name in ("OXEN_API_KEY", "FAL_KEY", "ARK_API_KEY"):
            monkeypatch.setenv(name, KEY)
        monkeypatch.setenv("OXEN_REPO", "me/refs")
        monkeypatch.setenv("REFPREP_BASE_URL", double.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield double


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """One file of each kind, all of them inside."""
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
    """Packs a bundle for an envelope, whose pauses are short."""
    made: dict[str, Path] = {}

    def pack(envelope: str) -> Path:
        if envelope not in made:
            folder = tmp_path_factory.mktemp(envelope)
            (folder / "fast.toml").write_text(FAST.format(envelope))
            tag = "{kind} 1" if envelope.startswith("byteplus") else "@{kind}1"
            words = [tag.format(kind=kind) for kind in ("Image", "Video", "Audio")]
            prompt = f'{words[0]} like {words[1]} to {words[2]}: "$HOME! `é` \\n 100%"'
            request = refprep.Request.model_validate({"prompt": prompt, **sources})
            told = refprep.pack(request, folder / "bundle", envelope=str(folder / "fast.toml"))
            assert told.path
            made[envelope] = told.path
        return made[envelope]

    return pack


@pytest.fixture
def bundle(packed: Pack, tmp_path: Path) -> Path:
    """A bundle for Oxen.ai that nothing has been done with."""
    return shutil.copytree(packed("oxen-seedance-2.0"), tmp_path / "bundle")


every_way = pytest.mark.parametrize("way", ["python", "bash", "refprep"], indirect=True)


@pytest.fixture(params=["bash", "refprep"])
def way(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Way:
    """A way to submit a bundle, from another folder than its own.

    submit.py runs the same code as the command line, so that most tests need not start it, too.
    """

    def script(bundle: Path, *arguments: str) -> Answer:
        *program, name = COMMANDS[request.param]
        ended = subprocess.run(
            [*program, str(bundle / name), *arguments],
            cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        return Answer(ended.returncode, ended.stdout, ended.stderr)

    def here(bundle: Path, *arguments: str) -> Answer:
        code = cli.main(["submit", str(bundle), *arguments])
        return Answer(code, *capsys.readouterr())

    return here if request.param == "refprep" else script


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON file by hand."""
    path.write_text(json.dumps(change(json.loads(path.read_text("utf-8"))), indent=2))


def interrupted(command: list[str], when: Callable[[], bool], folder: Path) -> Answer:
    """A run that is interrupted as by Ctrl-C as soon as something is so."""
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(refprep.__file__).parents[1])},
        start_new_session=True, restore_signals=True,
    ) as started:  # fmt: skip
        until = time.monotonic() + 20
        while not when() and time.monotonic() < until:
            time.sleep(0.01)
        os.killpg(started.pid, signal.SIGINT)
        out, err = started.communicate(timeout=20)
    return Answer(started.returncode, out, err)
