"""What guards a repository: the pre-commit hook and the GitHub action, run as their tools do."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from refprep import cli
from refprep.models import formats
from tests.reports.published import published

ROOT = Path(__file__).parents[2]
TYPESCRIPT = {".ts", ".mts"}


def hook() -> Any:
    (entry,) = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    return entry


def action() -> Any:
    return YAML(typ="safe").load((ROOT / "action.yml").read_text("utf-8"))


def commit(*files: str) -> int:
    """As pre-commit calls a hook: its entry, its args, the files."""
    command, *arguments = hook()["entry"].split()
    assert command == "refprep"
    return cli.main([*arguments, *hook()["args"], *files])


def test_the_hook_selects_media_by_their_suffixes_and_not_typescript() -> None:
    suffixes = {suffix for known in formats.SUFFIXES.values() for suffix in known}
    pattern = re.compile(hook()["files"])
    assert {suffix for suffix in suffixes if not pattern.search(f"a{suffix}")} == TYPESCRIPT
    assert pattern.search("media/IMG_0001.JPEG")
    assert not pattern.search("jpg.py")


def test_the_hook_passes_an_accepted_file_and_fails_a_broken_one(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(photo.read_bytes()[:100])
    assert commit(str(photo)) == 0
    assert commit(str(photo), str(broken)) == 1
    assert "broken.jpg" in capsys.readouterr().out


def test_the_hook_reads_no_name_as_an_option(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("--strict.jpg").write_bytes(photo.read_bytes())
    assert commit("--strict.jpg") == 0


def test_the_action_fits_the_schema_of_actions() -> None:
    schema = published("https://json.schemastore.org/github-action.json")
    jsonschema.Draft7Validator(schema).validate(action())


def test_the_action_puts_no_input_into_a_script() -> None:
    for step in action()["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


@pytest.fixture
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with media in it."""
    monkeypatch.chdir(tmp_path)
    for name in ("b c.jpg", "a.jpg", "deep/d.mp4", "notes.txt"):
        path = tmp_path / "media" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def called(place: Path, files: str, **inputs: str) -> list[str]:
    """The arguments with which the action's last step calls refprep."""
    step = action()["runs"]["steps"][-1]
    assert step["shell"] == "python"
    tools = place / "tools"
    tools.mkdir()
    stub = tools / "refprep"
    stub.write_text(
        f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\nsys.exit(7)"
    )
    stub.chmod(0o755)
    values = {"FILES": files, "ENVELOPE": "oxen-seedance-2.0", "STRICT": "false", **inputs}
    assert set(step["env"]) == set(values)
    environment = {**os.environ, **values, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    run = subprocess.run(
        [sys.executable, "-c", step["run"]], env=environment, capture_output=True, check=False
    )
    assert run.returncode == 7, run.stderr
    arguments: list[str] = json.loads(run.stdout)
    return arguments


COMMAND = ["check", "--each", "--format", "github", "--envelope", "oxen-seedance-2.0"]


@pytest.mark.posix
def test_the_action_checks_what_its_patterns_find_once_and_no_folders(media: Path) -> None:
    arguments = called(media, "media/*.jpg\n\n  media/**/d.*\nmedia/a.jpg\nmedia/deep\n")
    assert arguments == [*COMMAND, "--", "media/a.jpg", "media/b c.jpg", "media/deep/d.mp4"]


@pytest.mark.posix
def test_a_pattern_that_matches_nothing_is_checked_as_a_name(media: Path) -> None:
    assert called(media, "media/*.wav") == [*COMMAND, "--", "media/*.wav"]


@pytest.mark.posix
def test_the_action_is_strict_by_its_input(media: Path) -> None:
    assert called(media, "media/a.jpg", STRICT="true") == [
        *COMMAND,
        "--strict",
        "--",
        "media/a.jpg",
    ]


@pytest.mark.posix
def test_no_input_is_run_as_a_command(media: Path) -> None:
    arguments = called(media, "--help\n$(touch x)`touch y`;touch z")
    assert arguments == [*COMMAND, "--", "--help", "$(touch x)`touch y`;touch z"]
    assert {path.name for path in media.iterdir()} == {"media", "tools"}
