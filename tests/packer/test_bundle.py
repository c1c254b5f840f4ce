"""The bundle: what is in it, and that it is written whole or not at all."""

import json
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import refprep
from fixtures.clips import clip
from fixtures.pictures import picture
from fixtures.sounds import tone
from tests import measure

SMALL = (640, 642)
WRITTEN = ["manifest.json", "media", "request.json", "submit.py"]


@pytest.fixture(scope="module")
def request_(tmp_path_factory: pytest.TempPathFactory) -> refprep.Request:
    """Two images, two videos and an audio file; three of them are to be fixed."""
    folder = tmp_path_factory.mktemp("sources")
    return refprep.Request(
        prompt="@Image1 and @Image2 dance like @Video1 and @Video2 to @Audio1",
        images=[
            str(picture(folder / "b.heic", size=(640, 480))),
            str(picture(folder / "a.png", size=(640, 480), mode="RGBA")),
        ],
        videos=[
            str(
                clip(folder / "z.mov", size=SMALL, duration=2, frame_rate=Fraction(24), rotation=90)
            ),
            str(clip(folder / "y.mov", size=SMALL, duration=2, frame_rate=Fraction(24))),
        ],
        audios=[str(tone(folder / "x.flac", duration=2))],
        duration=8,
        generate_audio=False,
        seed=7,
    )


@pytest.fixture(scope="module")
def bundle(request_: refprep.Request, tmp_path_factory: pytest.TempPathFactory) -> Path:
    packed = refprep.pack(request_, tmp_path_factory.mktemp("packed") / "bundle")
    assert [finding for finding in packed.findings if finding.level != "info"] == []
    assert packed.path
    return packed.path


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_request_has_the_names_and_types_of_the_page(bundle: Path) -> None:
    assert load(bundle / "request.json") == {
        "model": "bytedance-seedance-2-0-reference-to-video",
        "prompt": "@Image1 and @Image2 dance like @Video1 and @Video2 to @Audio1",
        "input_images": ["media/image1.jpg", "media/image2.png"],
        "input_videos": ["media/video1.mp4", "media/video2.mov"],
        "input_audios": ["media/audio1.wav"],
        "duration": "8",
        "generate_audio": False,
        "seed": 7,
    }


def test_the_media_stand_under_the_names_of_their_tags(bundle: Path) -> None:
    assert measure.names(bundle) == WRITTEN
    assert measure.names(bundle / "media") == [
        "audio1.wav", "image1.jpg", "image2.png", "video1.mp4", "video2.mov",
    ]  # fmt: skip


def test_the_manifest_describes_every_file(bundle: Path, request_: refprep.Request) -> None:
    files = {row["path"]: row for row in load(bundle / "manifest.json")["files"]}
    assert set(files) == {f"media/{path.name}" for path in (bundle / "media").iterdir()}
    for path, row in files.items():
        assert row["sha256"] == measure.sha256(bundle / path)
        assert row["source"] == str(request_.slots[row["slot"]])
        assert row["source_sha256"] == measure.sha256(Path(row["source"]))
        assert row["after"]["size"] == (bundle / path).stat().st_size
    kept = {path for path, row in files.items() if not row["steps"]}
    assert kept == {"media/image2.png", "media/video2.mov"}


def test_the_manifest_names_envelope_and_versions(bundle: Path) -> None:
    manifest = load(bundle / "manifest.json")
    assert manifest["envelope"]["name"] == "oxen-seedance-2.0"
    assert manifest["versions"]["refprep"] == refprep.__version__


def test_manifest_and_request_meet_their_schemas(bundle: Path) -> None:
    manifest = load(bundle / "manifest.json")
    measure.valid(manifest, "manifest")
    measure.valid(load(bundle / "request.json"), f"body-{manifest['envelope']['name']}")


def test_the_manifest_records_the_request_and_the_options(
    bundle: Path, request_: refprep.Request
) -> None:
    manifest = load(bundle / "manifest.json")
    assert manifest["request"] == request_.model_dump(mode="json")
    assert manifest["options"] == {
        "allow": [], "keep": "head", "share": "even", "frame_accurate": False,
        "strict": False, "quick": False, "fetch": False, "inline": False, "inline_only": [],
        "media_url": None,
    }  # fmt: skip
    names = ["request.json", "submit.py"]
    assert manifest["parts"] == [
        {
            "path": name,
            "size": (bundle / name).stat().st_size,
            "sha256": measure.sha256(bundle / name),
        }
        for name in names
    ]
    for row in manifest["files"]:
        assert row["size"] == (bundle / row["path"]).stat().st_size
    mimes = {row["slot"]: row["mime"] for row in manifest["files"]}
    assert mimes == {
        "image1": "image/jpeg", "image2": "image/png", "video1": "video/mp4",
        "video2": "video/quicktime", "audio1": "audio/wav",
    }  # fmt: skip


def test_two_packs_are_the_same_to_the_byte(
    bundle: Path, request_: refprep.Request, tmp_path: Path
) -> None:
    refprep.pack(request_, tmp_path / "again")
    assert measure.snapshot(tmp_path / "again") == measure.snapshot(bundle)


@pytest.mark.posix
def test_a_bundle_can_be_read_by_others(bundle: Path) -> None:
    modes = {path.stat().st_mode & 0o444 for path in [bundle, *bundle.rglob("*")]}
    assert modes == {0o444}


@pytest.mark.parametrize("prefix", ["https://cdn.example/shoot", "https://cdn.example/shoot/"])
def test_a_media_url_is_put_before_the_names_of_the_media(
    photo: Path, tmp_path: Path, prefix: str
) -> None:
    request = refprep.Request(prompt="@Image1", images=[str(photo)])
    refprep.pack(request, tmp_path / "b", media_url=prefix)
    body = load(tmp_path / "b" / "request.json")
    assert body["input_images"] == ["https://cdn.example/shoot/image1.jpg"]


def test_a_parameter_that_is_not_set_is_not_in_the_body(photo: Path, tmp_path: Path) -> None:
    refprep.pack(refprep.Request(prompt="@Image1", images=[str(photo)]), tmp_path / "b")
    assert set(load(tmp_path / "b" / "request.json")) == {"model", "prompt", "input_images"}


def test_a_folder_that_is_not_empty_is_refused(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "dear.txt").write_text("dear")
    request = refprep.Request(prompt="@Image1", images=[str(photo)])
    with pytest.raises(refprep.OutputError, match="--force"):
        refprep.pack(request, tmp_path / "b")
    assert measure.names(tmp_path) == ["b"]
    assert measure.names(tmp_path / "b") == ["dear.txt"]


def test_force_replaces_the_folder(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "old.txt").write_text("old")
    request = refprep.Request(prompt="@Image1", images=[str(photo)])
    refprep.pack(request, tmp_path / "b", force=True)
    assert measure.names(tmp_path) == ["b"]
    assert measure.names(tmp_path / "b") == WRITTEN


def test_an_empty_folder_is_filled(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    refprep.pack(refprep.Request(prompt="@Image1", images=[str(photo)]), tmp_path / "b")
    assert measure.names(tmp_path) == ["b"]
    assert measure.names(tmp_path / "b") == WRITTEN


def test_a_file_is_no_place_for_a_bundle(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "b").write_text("dear")
    request = refprep.Request(prompt="@Image1", images=[str(photo)])
    with pytest.raises(refprep.OutputError):
        refprep.pack(request, tmp_path / "b", force=True)
    assert (tmp_path / "b").read_text() == "dear"


@pytest.mark.parametrize("where", [".", "deep/er"])
def test_force_never_replaces_a_folder_that_holds_a_source(
    photo: Path, tmp_path: Path, where: str
) -> None:
    source = tmp_path / "b" / where / "photo.jpg"
    source.parent.mkdir(parents=True)
    source.write_bytes(photo.read_bytes())
    request = refprep.Request(prompt="@Image1", images=[str(source)])
    with pytest.raises(refprep.OutputError, match="source"):
        refprep.pack(request, tmp_path / "b", force=True)
    assert measure.sha256(source) == measure.sha256(photo)


@pytest.mark.posix
def test_a_link_to_a_folder_is_packed_into_and_stays_whole(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "b").symlink_to(tmp_path / "real")
    refprep.pack(refprep.Request(prompt="@Image1", images=[str(photo)]), tmp_path / "b")
    assert (tmp_path / "b" / "request.json").is_file()
    assert measure.names(tmp_path) == ["b", "real"]


@pytest.mark.parametrize("prompt", [None, "@Image1 @Video1", " "])
def test_nothing_is_written_where_errors_are_left(
    photo: Path, tmp_path: Path, prompt: str | None
) -> None:
    packed = refprep.pack(
        refprep.Request(prompt=prompt, images=[str(photo)]), tmp_path / "new" / "b"
    )
    assert (packed.verdict, packed.path, packed.prepared) == ("fail", None, ())
    assert not (tmp_path / "new" / "b").exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_force_replaces_nothing_where_errors_are_left(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "dear.txt").write_text("dear")
    refprep.pack(refprep.Request(images=[str(photo)]), tmp_path / "b", force=True)
    assert measure.names(tmp_path / "b") == ["dear.txt"]


def test_bare_files_need_a_prompt_to_be_packed(photo: Path, tmp_path: Path) -> None:
    packed = refprep.pack([photo], tmp_path / "b")
    assert "prompt-missing" in {
        finding.rule for finding in packed.findings if finding.level == "error"
    }


def test_a_request_with_only_a_prompt_is_packed(tmp_path: Path) -> None:
    packed = refprep.pack(refprep.Request(prompt="a dog"), tmp_path / "b")
    assert packed.verdict == "pass"
    assert set(load(tmp_path / "b" / "request.json")) == {"model", "prompt"}


def test_a_prompt_in_any_script_is_written_as_it_is(photo: Path, tmp_path: Path) -> None:
    prompt = "@Image1 танцует 跳舞 \N{DANCER}\n'\"\\"
    refprep.pack(refprep.Request(prompt=prompt, images=[str(photo)]), tmp_path / "b")
    assert load(tmp_path / "b" / "request.json")["prompt"] == prompt


@pytest.mark.posix
def test_a_source_whose_name_is_not_unicode_is_packed(photo: Path, tmp_path: Path) -> None:
    source = tmp_path / os.fsdecode(b"caf\xe9.jpg")
    source.write_bytes(photo.read_bytes())
    refprep.pack(refprep.Request(prompt="@Image1", images=[str(source)]), tmp_path / "b")
    assert len(load(tmp_path / "b" / "manifest.json")["files"]) == 1
