"""What guards a repository: the pre-commit hook and the GitHub action, run as those run them."""

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
    (item,) = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    return item


def action() -> Any:
    return YAML(typ="safe").load((ROOT / "action.yml").read_text("utf-8"))


def commit(*files: str) -> int:
    """As pre-commit calls a hook: its entry, its args, the files."""
    command = hook()["entry"].split()
    assert command[0] == "refprep"
    return cli.main([*command[1:], *hook()["args"], *files])


def test_the_hook_takes_media_by_their_endings_and_leaves_typescript() -> None:
    suffixes = {suffix for known in formats.SUFFIXES.values() for suffix in known}
    taken = re.compile(hook()["files"])
    assert {suffix for suffix in suffixes if not taken.search(f"a{suffix}")} == TYPESCRIPT
    assert taken.search("media/IMG_0001.JPEG")
    assert not taken.search("jpg.py")


def test_the_hook_passes_a_right_file_and_fails_a_wrong_one(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(photo.read_bytes()[:100])
    assert commit(str(photo)) == 0
    assert commit(str(photo), str(broken)) == 1
    assert "broken.jpg" in capsys.readouterr().out


def test_the_hook_takes_no_name_for_an_option(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("--strict.jpg").write_bytes(photo.read_bytes())
    assert commit("--strict.jpg") == 0


def test_the_action_is_one() -> None:
    schema = published("https://json.schemastore.org/github-action.json")
    jsonschema.Draft7Validator(schema).validate(action())


def test_the_action_pastes_no_input_into_a_script() -> None:
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
    wanted = {"FILES": files, "ENVELOPE": "oxen-seedance-2.0", "STRICT": "false", **inputs}
    assert set(step["env"]) == set(wanted)
    environment = {**os.environ, **wanted, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    run = subprocess.run(
        [sys.executable, "-c", step["run"]], env=environment, capture_output=True, check=False
    )
    assert run.returncode == 7, run.stderr
    result: list[str] = json.loads(run.stdout)
    return result


OPTIONS = ["check", "--each", "--format", "github", "--envelope", "oxen-seedance-2.0"]


def test_the_action_checks_what_its_patterns_find_once_and_no_folders(media: Path) -> None:
    result = called(media, "media/*.jpg\n\n  media/**/d.*\nmedia/a.jpg\nmedia/deep\n")
    assert result == [*OPTIONS, "--", "media/a.jpg", "media/b c.jpg", "media/deep/d.mp4"]


def test_a_pattern_that_fits_nothing_is_not_passed_over(media: Path) -> None:
    assert called(media, "media/*.wav") == [*OPTIONS, "--", "media/*.wav"]


def test_the_action_is_strict_where_asked(media: Path) -> None:
    assert called(media, "media/a.jpg", STRICT="true") == [
        *OPTIONS,
        "--strict",
        "--",
        "media/a.jpg",
    ]


def test_no_input_is_taken_for_a_command(media: Path) -> None:
    result = called(media, "--help\n$(touch x)`touch y`;touch z")
    assert result == [*OPTIONS, "--", "--help", "$(touch x)`touch y`;touch z"]
    assert {path.name for path in media.iterdir()} == {"media", "tools"}
