"""Verifying: a bundle that is as it was packed passes, and every change since is reported."""

import contextlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies

import refprep
from refprep.packer.loader import unpacked
from refprep.reports.json import plain
from tests import measure

JULY = "oxen-seedance-2.0-2026-07"
Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def packed(photo: Path, dance: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of two images, one of them a face, and a video."""
    folder = tmp_path_factory.mktemp("packed")
    other = folder / "other.jpg"
    other.write_bytes(photo.read_bytes() + b"\0")
    request = refprep.Request(
        prompt="[Image 1] and @Image2 like @Video1",
        images=[photo, other],
        videos=[dance],
        faces=["image2"],
        duration=8,
        seed=None,
    )
    return (
        refprep.pack(request, folder / "bundle", envelope=JULY, ignore=["watermark"]).path or folder
    )


@pytest.fixture
def bundle(packed: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, to be changed."""
    return Path(shutil.copytree(packed, tmp_path / "bundle"))


def rules(verified: refprep.VerifyResult) -> list[tuple[str, str, str]]:
    """The findings, but for the one that names the rule which `packed` ignores."""
    return [
        (finding.rule, finding.level, Path(str(finding.source)).name)
        for finding in verified.findings
        if finding.rule != "rules-ignored"
    ]


def edit(bundle: Path, change: Callable[[Any], object]) -> None:
    """Change the body as data."""
    body = bundle / "request.json"
    content = json.loads(body.read_text("utf-8"))
    change(content)
    body.write_text(json.dumps(content), encoding="utf-8")


def test_a_bundle_that_is_as_it_was_packed_passes(packed: Path) -> None:
    before = measure.snapshot(packed)
    verified = refprep.verify(packed)
    assert (verified.verdict, rules(verified), verified.envelope) == ("pass", [], JULY)
    assert [reference.slot for reference in verified.media] == ["image1", "image2", "video1"]
    assert measure.snapshot(packed) == before


@pytest.mark.parametrize("options", [{"inline": True}, {"media_url": "https://cdn.example/x/"}])
def test_an_unchanged_bundle_passes_whether_its_media_are_inline_or_at_urls(
    photo: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    request = refprep.Request(prompt="Image 1", images=[photo])
    refprep.pack(request, tmp_path / "b", envelope="byteplus-seedance-2.0", **options)
    assert rules(refprep.verify(tmp_path / "b")) == []
    edit(tmp_path / "b", lambda body: body["content"][1]["image_url"].update(url="data:,"))
    assert ("request-edited", "error", "request.json") in rules(refprep.verify(tmp_path / "b"))


def test_an_archive_is_verified_as_its_folder_is(packed: Path, bundle: Path) -> None:
    (bundle / "media" / "image1.jpg").unlink()
    archive = Path(shutil.make_archive(str(bundle), "zip", bundle))
    of_folder, of_archive = refprep.verify(bundle), refprep.verify(archive)
    expected = json.dumps(plain(of_folder)).replace(f"{bundle}", f"{archive}")
    assert json.loads(expected) == plain(of_archive)


def remove(name: str) -> Change:
    return lambda bundle: (bundle / name).unlink()


def append(name: str, data: bytes) -> Change:
    def change(bundle: Path) -> None:
        with (bundle / name).open("ab") as file:
            file.write(data)

    return change


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (remove("media/video1.mp4"), ("bundle-missing", "error", "video1.mp4")),
        (remove("request.json"), ("bundle-missing", "error", "request.json")),
        (append("media/image2.jpg", b"\0"), ("bundle-changed", "error", "image2.jpg")),
        (append("media/notes.txt", b"dear"), ("bundle-added", "warning", "notes.txt")),
        (append("notes.txt", b"dear"), ("bundle-added", "warning", "notes.txt")),
        (append("submit.py", b"dear"), ("bundle-changed", "error", "submit.py")),
        (append("request.json", b"\n"), ("request-edited", "info", "request.json")),
        (append("request.json", b"}"), ("request-shape", "error", "request.json")),
    ],
)
def test_one_change_is_one_finding(
    bundle: Path, change: Change, found: tuple[str, str, str]
) -> None:
    change(bundle)
    assert rules(refprep.verify(bundle)) == [found]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda body: body.update(duration=9), "duration 8 is now 9"),
        (lambda body: body.pop("duration"), "duration 8 is left out"),
        (lambda body: body.update(resolution="720p"), 'resolution "720p" is added'),
        (
            lambda body: body.update(prompt="@Image2"),
            'and [Image 1] like [Video 1]" is now "@Image2"',
        ),
        (lambda body: body.update(input_face_images=[]), 'faces "image1" is left out'),
        (
            lambda body: body["input_videos"].append("media/a.mp4"),
            'video2 "media/a.mp4" is added',
        ),
        (lambda body: body.update(color="red"), 'color "red" is added'),
        (lambda body: body.update(model="another"), 'is now "another"'),
        (lambda body: body.update(duration=True), "duration 8 is now true"),
    ],
)
def test_an_edit_of_the_body_is_described(
    bundle: Path, change: Callable[[Any], object], message: str
) -> None:
    edit(bundle, change)
    (edited,) = [
        finding for finding in refprep.verify(bundle).findings if finding.rule == "request-edited"
    ]
    assert edited.level == "error"
    assert message in edited.message


def test_published_media_are_reported_and_no_error(bundle: Path) -> None:
    edit(bundle, lambda body: body.update(input_videos=["https://cdn.example/7/video1.mp4"]))
    verified = refprep.verify(bundle)
    assert rules(verified) == [("request-edited", "info", "request.json")]
    assert "video1 at https://cdn.example/7/video1.mp4" in verified.findings[0].message


def test_a_replaced_file_is_checked_as_it_is_now(bundle: Path, voice: Path) -> None:
    shutil.copyfile(voice, bundle / "media" / "video1.mp4")
    found = {rule for rule, *_ in rules(refprep.verify(bundle))}
    assert found >= {"bundle-changed", "file-kind"}


def test_an_edited_tag_without_a_slot_is_found(bundle: Path) -> None:
    edit(bundle, lambda body: body.update(prompt="@Image1, @Image2, @Image3, @Video1"))
    assert ("prompt-tag", "error", "None") in rules(refprep.verify(bundle))


def test_rules_that_were_ignored_at_packing_are_ignored_still(photo: Path, tmp_path: Path) -> None:
    request = refprep.Request(prompt="[Image 9] @Image2", images=[photo])
    refprep.pack(request, tmp_path / "b", ignore=["prompt-tag"])
    assert refprep.verify(tmp_path / "b").verdict == "pass"
    assert refprep.verify(tmp_path / "b", ignore=["seed"]).verdict == "fail"


@pytest.mark.posix
def test_a_source_whose_name_is_not_unicode_is_verified(photo: Path, tmp_path: Path) -> None:
    source = tmp_path / os.fsdecode(b"caf\xe9.jpg")
    source.write_bytes(photo.read_bytes())
    refprep.pack(refprep.Request(prompt="@Image1", images=[source]), tmp_path / "b")
    assert rules(refprep.verify(tmp_path / "b")) == []


def spoil(key: str, value: Any) -> Change:
    def change(bundle: Path) -> None:
        manifest = bundle / "manifest.json"
        content = json.loads(manifest.read_text("utf-8"))
        content[key] = value
        manifest.write_text(json.dumps(content), encoding="utf-8")

    return change


OUTSIDE = [{"path": "media/../../x", "sha256": "0" * 64, "size": 1, "slot": "image1"}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (remove("manifest.json"), r"no bundle: it holds no manifest\.json"),
        (append("manifest.json", b"{"), "cannot be read: Extra data"),
        (spoil("schema", 2), "schema 2; this refprep reads schema 1"),
        (spoil("files", 7), "no manifest of refprep: files"),
        (spoil("envelope", {}), "no manifest of refprep: envelope"),
        (spoil("parts", OUTSIDE), "names a file outside the bundle"),
    ],
)
def test_an_error_in_a_bundle_is_one_line(bundle: Path, change: Change, message: str) -> None:
    change(bundle)
    with pytest.raises(refprep.UsageError, match=message) as raised:
        refprep.verify(bundle)
    assert str(bundle) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_half_a_character_in_an_envelope_is_an_error_of_the_bundle(bundle: Path) -> None:
    manifest = bundle / "manifest.json"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace('"21:9"', '"\\ud800"'), encoding="utf-8")
    assert "ud800" in manifest.read_text("utf-8")
    with pytest.raises(refprep.UsageError, match=r"manifest\.json: no manifest of refprep"):
        refprep.verify(bundle)


def test_an_archive_that_would_write_elsewhere_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("../x", "dear")
    with pytest.raises(refprep.UsageError, match="outside the bundle"):
        refprep.verify(tmp_path / "b.zip")
    assert measure.names(tmp_path) == ["b.zip"]


@pytest.mark.parametrize(
    "compression",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
    ids=["stored", "deflate", "bzip2", "lzma"],
)
@hypothesis.given(place=strategies.integers(0, 999), value=strategies.integers(0, 255))
def test_an_archive_with_a_wrong_byte_is_unpacked_or_refused(
    tmp_path_factory: pytest.TempPathFactory, compression: int, place: int, value: int
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "b.zip"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("media/sch\u00f6n.jpg", bytes(range(256)) * 2)
    damaged = bytearray(path.read_bytes())
    damaged[place % len(damaged)] = value
    path.write_bytes(damaged)
    with contextlib.suppress(refprep.UsageError), unpacked(path) as folder:
        assert folder.is_dir()


def test_a_path_that_is_neither_folder_nor_archive_is_refused(photo: Path, tmp_path: Path) -> None:
    for path in (photo, tmp_path / "none"):
        with pytest.raises(refprep.UsageError, match="no "):
            refprep.verify(path)


@pytest.mark.parametrize("field", ["prompt", "model.images[]", "duration[]", "a..b[]", "x" * 10**6])
def test_a_manifest_whose_paths_contradict_each_other_is_no_manifest(
    bundle: Path, field: str
) -> None:
    path = bundle / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["envelope"]["slots"]["image"]["field"] = field
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(refprep.UsageError, match=r"manifest\.json: no manifest of refprep: "):
        refprep.verify(bundle)
