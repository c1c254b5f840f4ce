"""Bundles and requests of strangers: nothing outside them is read, and what is read is bounded."""

import json
import os
import zipfile
from pathlib import Path

import pytest

import refprep
from refprep import cli

OUTSIDE = ("../photo.jpg", "/etc/passwd", "~/photo.jpg", "link.jpg", "C:\\a.jpg", "\\\\host\\a.jpg",
           "/proc/self/environ", "below/../../photo.jpg", "below\\..\\..\\photo.jpg")  # fmt: skip


@pytest.fixture
def stranger(photo: Path, tmp_path: Path) -> Path:
    """A folder with a photo in it, and one beside it."""
    folder = tmp_path / "stranger"
    folder.mkdir()
    for place in (tmp_path, folder):
        (place / "photo.jpg").write_bytes(photo.read_bytes())
    (folder / "link.jpg").symlink_to(tmp_path / "photo.jpg")
    return folder


def refusal(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line with which a command refuses its work."""
    capsys.readouterr()
    assert cli.main(list(map(str, arguments))) in (1, 2)
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.posix
@pytest.mark.parametrize("name", OUTSIDE)
def test_a_request_file_names_files_below_its_folder_only(
    name: str, stranger: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = stranger / "request.json"
    request.write_text(json.dumps({"prompt": "@Image1", "images": [name]}))
    assert "--allow-outside" in refusal(capsys, "check", request)


def test_the_user_may_permit_files_elsewhere(stranger: Path) -> None:
    request = stranger / "request.json"
    request.write_text(json.dumps({"prompt": "@Image1", "images": ["../photo.jpg"]}))
    assert refprep.check(request, allow_outside=True, quick=True).verdict == "pass"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("r.json", "[" * 100_000, "nested"),
        ("r.toml", "a=" + "[" * 100_000, "nested"),
        ("r.toml", ".".join("a" * 100_000) + "=1", "nested"),
        ("r.toml", 'prompt="x"\nseed=0x' + "f" * 9_000, "bits"),
        ("r.yaml", "a: &a [1]\nb: [" + "*a," * 17 + "]", "aliases"),
        ("r.toml", "#" * (1 << 20) + "#", "larger"),
        ("r.json", json.dumps({"prompt": "x", "images": [1] * 100_001}), "values"),
    ],
)
def test_a_document_is_bounded(
    name: str, text: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(text)
    assert why in refusal(capsys, "check", tmp_path / name)


@pytest.mark.posix
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_bundle_holds_regular_files_only(
    kind: str, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle"
    refprep.pack(refprep.Request(prompt="@Image1", images=[photo]), bundle)
    image = bundle / "media" / "image1.jpg"
    image.unlink()
    image.symlink_to(photo) if kind == "link" else os.mkfifo(image)
    for command in (["verify"], ["estimate"], ["submit", "--dry-run"], ["snippet"]):
        assert "regular file" in refusal(capsys, *command, bundle) or kind == "link"


@pytest.mark.parametrize(
    ("names", "why"),
    [(("A", "a"), "one name"), (("C:/a",), "outside"), (("a/" * 9 + "a",), "too many folders"),
     (tuple(map(str, range(1001))), "1,001 files")],
)  # fmt: skip
def test_an_archive_is_bounded(
    names: tuple[str, ...], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "")
    for verb in ("verify", "estimate"):
        assert why in refusal(capsys, verb, tmp_path / "b.zip")


def test_an_archive_that_shrinks_too_well_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(5 << 20))
    assert "times its size" in refusal(capsys, "verify", tmp_path / "b.zip")
