"""Submitting what is no folder yet: archives, request files and media; looking, and stopping."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import refprep
from refprep import cli
from tests.providers.conftest import edit
from tests.providers.provider import Provider, video_of

Sources = dict[str, list[str]]
Command = Callable[..., tuple[int, str]]


@pytest.fixture
def request_file(sources: Sources, tmp_path: Path) -> Path:
    path = tmp_path / "shoot.json"
    path.write_text(json.dumps({"prompt": "@Image1 turns", "images": sources["images"]}))
    return path


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """The command line, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str]:
        code = cli.main(["submit", *map(str, arguments), "--allow-outside"])
        output = capsys.readouterr()
        return code, output.out + output.err

    return run


def test_a_request_file_is_packed_sent_and_fetched_at_once(
    command: Command, request_file: Path, provider: Provider
) -> None:
    code, text = command(request_file, "--yes")
    assert code == 0, text
    folder = request_file.parent / "shoot-result"
    assert [path.read_bytes() for path in folder.glob("*.mp4")] == [video_of("gen-1")]
    assert refprep.verify(folder / "bundle").verdict == "pass"
    code, text = command(request_file, "--yes")
    assert (code, provider.paid) == (2, 1)
    assert "is fetched already" in text


def test_where_nobody_can_be_asked_nothing_is_sent_without_yes(
    command: Command, request_file: Path, provider: Provider
) -> None:
    code, text = command(request_file)
    assert (code, provider.requests) == (2, [])
    assert "price" in text or "$" in text
    assert "nothing was sent: --yes" in text


def test_media_files_are_packed_and_sent(
    command: Command, sources: Sources, provider: Provider, tmp_path: Path
) -> None:
    image = sources["images"][0]
    code, text = command(
        image, "--prompt", "@Image1 turns", "--num-generations", "2", "--yes", "-o", "out"
    )
    assert code == 0, text
    assert provider.paid == len(list((tmp_path / "out").glob("*.mp4"))) == 2


def test_what_has_errors_is_not_sent(
    command: Command, sources: Sources, provider: Provider
) -> None:
    code, text = command(sources["images"][0], "--prompt", "@Image2 turns", "--yes")
    assert (code, provider.requests) == (1, [])
    assert "Image2" in text


def test_an_archive_is_sent_as_it_is(
    command: Command, bundle: Path, provider: Provider, tmp_path: Path
) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", bundle))
    code, text = command(archive)
    assert code == 0, text
    assert [path.read_bytes() for path in (tmp_path / "packed-result").glob("*.mp4")] == [
        video_of("gen-1")
    ]


def test_the_state_is_shown_and_a_generation_is_stopped(
    command: Command, bundle: Path, provider: Provider
) -> None:
    provider.fail("GET /api/ai/queue/", *["500"] * 4)
    assert command(bundle)[0] == 2
    code, text = command(bundle, "--status")
    assert code == 0, text
    assert "gen-1: queued" in text
    code, text = command(bundle, "--cancel")
    assert code == 0, text
    assert "gen-1: cancelled" in text
    code, text = command(bundle, "--resume")
    assert (code, provider.paid) == (1, 1)


def test_a_generation_that_has_ended_is_not_stopped(
    command: Command, bundle: Path, provider: Provider
) -> None:
    provider.fail("GET /results/", *["500"] * 30)
    assert command(bundle)[0] == 2
    code, text = command(bundle, "--cancel")
    assert code == 0, text
    assert "cannot be cancelled" in text
    assert provider.calls("DELETE") == []


def test_without_anything_sent_there_is_no_state(
    command: Command, bundle: Path, provider: Provider
) -> None:
    for flag in ("--status", "--cancel"):
        code, text = command(bundle, flag)
        assert (code, provider.requests) == (2, [])
        assert "holds no id" in text


def test_a_dry_run_needs_no_environment_and_no_bundle(
    command: Command, request_file: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OXEN_API_KEY", "OXEN_REPO", "FAL_KEY"):
        monkeypatch.delenv(name)
    code, text = command(request_file, "--dry-run")
    assert code == 0, text
    assert "{OXEN_REPO}/file/main" in text
    code, text = command(request_file, "--dry-run", "--envelope", "fal-seedance-2.0")
    assert code == 0, text
    assert "storage/upload/initiate" in text
    assert "{file_url of media/image1.jpg}" in text
    assert provider.requests == []


def test_a_changed_request_is_another_one(
    command: Command, bundle: Path, provider: Provider
) -> None:
    assert command(bundle)[0] == 0
    edit(bundle / "request.json", lambda body: {**body, "prompt": "@Image1 @Video1 @Audio1"})
    assert command(bundle)[0] == 0
    assert provider.paid == 2
