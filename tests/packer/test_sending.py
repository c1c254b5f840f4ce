"""How a request is sent: faces apart, tags in the provider's style, media inline or at URLs."""

import base64
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

import refprep
from fixtures.pictures import picture
from refprep.decoders.references import Loader
from refprep.envelopes import load as envelope
from refprep.models.request import LooseFiles
from refprep.packer.request_file import BundleRequest
from refprep.rules.request import inline_size
from tests import measure

BYTEPLUS, FAL, JULY = "byteplus-seedance-2.0", "fal-seedance-2.0", "oxen-seedance-2.0-2026-07"
ALL = ("oxen-seedance-2.0", JULY, FAL, BYTEPLUS)


@pytest.fixture
def request_(photo: Path, voice: Path, tmp_path: Path) -> refprep.Request:
    """Two images that differ, the second of which shows a face, and an audio file."""
    face = tmp_path / "face.jpg"
    face.write_bytes(photo.read_bytes() + b"\0")
    return refprep.Request(
        prompt="[Image 1] meets @Image2 to audio 1",
        images=[photo, face],
        audios=[voice],
        faces=["image2"],
        duration=8,
    )


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def rules(result: refprep.Report | refprep.Bundle) -> list[tuple[str, str, str | None]]:
    return [(finding.rule, finding.level, finding.slot) for finding in result.findings]


def test_faces_have_fields_of_their_own_and_the_first_numbers(
    request_: refprep.Request, tmp_path: Path
) -> None:
    packed = refprep.pack(request_, tmp_path / "b", envelope=JULY)
    body = load(tmp_path / "b" / "request.json")
    assert rules(packed) == []
    assert body["prompt"] == "[Image 2] meets [Image 1] to [Audio 1]"
    assert body["input_face_images"] == ["media/image1.jpg"]
    assert body["input_images"] == ["media/image2.jpg"]
    other, face = (Path(str(source)) for source in request_.sources("image"))
    assert measure.sha256(tmp_path / "b" / "media" / "image1.jpg") == measure.sha256(face)
    assert measure.sha256(tmp_path / "b" / "media" / "image2.jpg") == measure.sha256(other)


def test_the_manifest_records_the_request_and_the_source_of_each_file(
    request_: refprep.Request, tmp_path: Path
) -> None:
    refprep.pack(request_, tmp_path / "b", envelope=JULY)
    manifest = load(tmp_path / "b" / "manifest.json")
    assert manifest["request"]["prompt"] == request_.prompt
    assert manifest["request"]["faces"] == ["image2"]
    places = {row["slot"]: row["source"] for row in manifest["files"]}
    assert places["image1"] == manifest["request"]["media"]["image"][1]


def test_a_face_where_there_is_no_field_for_it_is_a_warning_and_stays_in_its_place(
    request_: refprep.Request, tmp_path: Path
) -> None:
    packed = refprep.pack(request_, tmp_path / "b")
    assert rules(packed) == [("face-slot", "warning", "image2")]
    body = load(tmp_path / "b" / "request.json")
    assert body["input_images"] == ["media/image1.jpg", "media/image2.jpg"]


@pytest.mark.parametrize("name", ALL)
def test_every_providers_body_meets_its_schema(
    request_: refprep.Request, tmp_path: Path, name: str
) -> None:
    refprep.pack(request_, tmp_path / "b", envelope=name)
    measure.valid(load(tmp_path / "b" / "request.json"), f"body-{name}")
    measure.valid(load(tmp_path / "b" / "manifest.json"), "manifest")


@pytest.mark.parametrize("name", ALL)
def test_a_packed_request_is_read_back_without_findings(
    request_: refprep.Request, tmp_path: Path, name: str
) -> None:
    packed = refprep.pack(request_, tmp_path / "b", envelope=name)
    back = refprep.load_request(tmp_path / "b" / "request.json")
    report = refprep.check(back)
    assert report.envelope == name
    assert rules(report) == []
    assert [reference.source.path for reference in report.media] == [
        prepared.path for prepared in packed.prepared
    ]
    again = refprep.pack(back, tmp_path / "again")
    for part in ("request.json", *(f"media/{prepared.path.name}" for prepared in again.prepared)):
        assert measure.sha256(tmp_path / "again" / part) == measure.sha256(tmp_path / "b" / part)


@pytest.mark.parametrize("name", ALL)
def test_a_body_alone_is_known_by_its_shape(
    request_: refprep.Request, tmp_path: Path, name: str
) -> None:
    refprep.pack(request_, tmp_path / "b", envelope=name)
    (tmp_path / "b" / "manifest.json").unlink()
    body = tmp_path / "b" / "request.json"
    if name == FAL:  # its model is in the address, and its siblings take the same fields
        with pytest.raises(refprep.RequestError, match="may be for fal-seedance"):
            refprep.load_request(body)
    back = refprep.load_request(body, chosen=envelope(name) if name == FAL else None)
    assert isinstance(back, BundleRequest)
    assert back.envelope.name == name


def test_a_named_envelope_overrides_that_of_the_bundle(
    request_: refprep.Request, tmp_path: Path
) -> None:
    refprep.pack(request_, tmp_path / "b", envelope=FAL)
    back = refprep.load_request(tmp_path / "b" / "request.json")
    assert refprep.check(back, envelope=BYTEPLUS).envelope == BYTEPLUS
    assert {rule for rule, *_ in rules(refprep.check(back, envelope=BYTEPLUS))} >= {
        "prompt-tag-style"
    }


def test_rules_that_were_ignored_at_packing_are_ignored_when_it_is_read_back(
    photo: Path, tmp_path: Path
) -> None:
    request = refprep.Request(prompt="@Image2", images=[photo])
    refprep.pack(request, tmp_path / "b", ignore=["prompt-tag"])
    back = refprep.load_request(tmp_path / "b" / "request.json")
    assert refprep.check(back).verdict == "pass"
    assert refprep.check(back, ignore=[]).verdict == "fail"


def test_a_body_that_holds_its_media_is_judged_as_one(photo: Path, tmp_path: Path) -> None:
    request = refprep.Request(prompt="@Image1", images=[photo])
    refprep.pack(request, tmp_path / "b", inline=True)
    back = refprep.load_request(tmp_path / "b" / "request.json")
    assert rules(refprep.check(back)) == [("inline-media", "warning", "image1")]


def test_another_wish_does_not_take_its_envelope_from_it(
    request_: refprep.Request, tmp_path: Path
) -> None:
    refprep.pack(request_, tmp_path / "b", envelope=FAL)
    back = refprep.load_request(tmp_path / "b" / "request.json")
    assert refprep.check(back.model_copy(update={"parameters": {"duration": 5}})).envelope == FAL


@pytest.mark.parametrize("sent", [{"media_url": "https://cdn.example/x"}, {"inline": True}])
def test_media_that_are_not_in_the_bundle_are_found_through_the_manifest(
    request_: refprep.Request, tmp_path: Path, sent: dict[str, Any]
) -> None:
    packed = refprep.pack(request_, tmp_path / "b", envelope=BYTEPLUS, **sent)
    back = refprep.load_request(tmp_path / "b" / "request.json")
    assert [source.path for source in back.slots.values()] == [row.path for row in packed.prepared]
    assert isinstance(back, BundleRequest)
    assert back.inline == (set(back.slots) if "inline" in sent else set())
    assert rules(refprep.check(back)) == []


def test_inline_media_are_the_files_to_the_byte(request_: refprep.Request, tmp_path: Path) -> None:
    packed = refprep.pack(request_, tmp_path / "b", envelope=BYTEPLUS, inline=True)
    content = load(tmp_path / "b" / "request.json")["content"]
    uris = [part[part["type"]]["url"] for part in content[1:]]
    heads = ["data:image/jpeg;base64,", "data:image/jpeg;base64,", "data:audio/wav;base64,"]
    for uri, head, file in zip(uris, heads, packed.prepared, strict=True):
        assert uri.startswith(head)
        assert base64.b64decode(uri.removeprefix(head), validate=True) == file.path.read_bytes()


@pytest.mark.parametrize("name", ALL)
def test_the_size_that_is_checked_is_that_of_the_request_to_the_byte(
    request_: refprep.Request, tmp_path: Path, name: str
) -> None:
    refprep.pack(request_, tmp_path / "b", envelope=name, inline=True)
    body = (tmp_path / "b" / "request.json").stat().st_size
    loaded = Loader().load(request_, quick=True)
    inside = loaded.model_copy(update={"inline": frozenset(request_.slots)})
    assert inline_size(inside, envelope(name)) == body


def test_a_request_that_is_too_large_with_its_inline_media_is_refused(
    request_: refprep.Request, tmp_path: Path
) -> None:
    byteplus = envelope(BYTEPLUS)
    tight = byteplus.tighten(
        "request-size", byteplus.range("request-size").model_copy(update={"max": 9})
    )
    packed = refprep.pack(request_, tmp_path / "b", envelope=tight, inline=True)
    assert (packed.path, packed.verdict) == (None, "fail")
    assert "request-size" in {rule for rule, *_ in rules(packed)}
    assert not (tmp_path / "b").exists()


def test_byteplus_accepts_no_inline_video(dance: Path, tmp_path: Path) -> None:
    request = refprep.Request(prompt="@Video1", videos=[dance])
    packed = refprep.pack(request, tmp_path / "b", envelope=BYTEPLUS, inline=True)
    (error,) = [finding for finding in packed.findings if finding.level == "error"]
    assert (error.rule, error.slot, packed.path) == ("inline-media", "video1", None)
    assert error.message == (
        "video as a data: URI; byteplus-seedance-2.0 takes image or audio as data: URIs"
    )
    assert rules(refprep.check(request, envelope=BYTEPLUS, inline=True))[0][0] == "inline-media"


@pytest.mark.parametrize(
    "url",
    ["http://cdn.example/x", "ftp://x", "cdn.example/x", "https://", "https:///x", "", "file:///x",
     "https://cdn.example/x?sign=1", "https://cdn.example/x#a", "https://cdn.example/a b"],
)  # fmt: skip
def test_a_media_url_that_no_provider_fetches_is_refused_before_anything_is_written(
    request_: refprep.Request, tmp_path: Path, url: str
) -> None:
    with pytest.raises(refprep.UsageError, match="--media-url"):
        refprep.pack(request_, tmp_path / "new" / "b", media_url=url)
    assert not (tmp_path / "new").exists()


def test_inline_media_and_a_media_url_exclude_each_other(
    request_: refprep.Request, tmp_path: Path
) -> None:
    with pytest.raises(refprep.UsageError, match="--inline and --media-url"):
        refprep.pack(request_, tmp_path / "b", media_url="https://x.example", inline=True)


def test_an_archive_is_the_same_to_the_byte_and_holds_what_the_folder_does(
    request_: refprep.Request, tmp_path: Path
) -> None:
    refprep.pack(request_, tmp_path / "b")
    packed = refprep.pack(request_, tmp_path / "one.zip")
    other = refprep.pack(request_, tmp_path / "other", zipped=True)
    assert other.path == tmp_path / "other.zip"
    assert measure.sha256(tmp_path / "one.zip") == measure.sha256(tmp_path / "other.zip")
    assert packed.prepared[0].path == tmp_path / "one.zip" / "media" / "image1.jpg"
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        members = archive.infolist()
        assert archive.testzip() is None
        assert [member.filename for member in members] == [
            "manifest.json", "media/audio1.wav", "media/image1.jpg", "media/image2.jpg",
            "request.json", "submit.py",
        ]  # fmt: skip
        for member in members:
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
            assert member.compress_type == zipfile.ZIP_STORED
            assert archive.read(member) == (tmp_path / "b" / member.filename).read_bytes()
    assert measure.names(tmp_path) == ["b", "face.jpg", "one.zip", "other.zip"]


def test_an_archive_that_is_there_is_replaced_only_by_force(
    request_: refprep.Request, tmp_path: Path
) -> None:
    (tmp_path / "b.zip").write_text("dear")
    with pytest.raises(refprep.OutputError, match="--force"):
        refprep.pack(request_, tmp_path / "b", zipped=True)
    assert (tmp_path / "b.zip").read_text() == "dear"
    refprep.pack(request_, tmp_path / "b", zipped=True, force=True)
    assert zipfile.is_zipfile(tmp_path / "b.zip")
    (tmp_path / "c.zip").mkdir()
    with pytest.raises(refprep.OutputError, match="is a folder"):
        refprep.pack(request_, tmp_path / "c.zip", force=True)


def test_no_archive_is_left_where_errors_are(request_: refprep.Request, tmp_path: Path) -> None:
    wrong = request_.model_copy(update={"parameters": {"duration": 99}})
    assert refprep.pack(wrong, tmp_path / "b.zip").path is None
    assert measure.names(tmp_path) == ["face.jpg"]


def test_findings_of_ignored_rules_do_not_stop_a_pack(photo: Path, tmp_path: Path) -> None:
    request = LooseFiles(files=[photo], prompt="Image 1", seed=7, resolution="8k")
    refprep.pack(request, tmp_path / "b", envelope=BYTEPLUS, ignore=["seed", "resolution"])
    body = load(tmp_path / "b" / "request.json")
    assert (body.get("seed"), body["resolution"]) == (None, "8k")


def test_a_prompt_that_is_not_unicode_is_refused_in_one_line(photo: Path, tmp_path: Path) -> None:
    request = refprep.Request(prompt="@Image1 \udcff", images=[photo])
    with pytest.raises(refprep.RequestError, match="prompt: takes Unicode text"):
        refprep.pack(request, tmp_path / "b")
    assert measure.names(tmp_path) == []


def test_tags_of_any_script_follow_a_face_to_its_new_number(photo: Path, tmp_path: Path) -> None:
    other = picture(tmp_path / "other.jpg", size=(641, 480))
    request = refprep.Request(
        prompt="@图片1是场景，@图片2是人物", images=[photo, other], faces=["image2"]
    )
    refprep.pack(request, tmp_path / "b", envelope="oxen-seedance-2.0-2026-07")
    body = load(tmp_path / "b" / "request.json")
    manifest = load(tmp_path / "b" / "manifest.json")
    sources = {file["slot"]: Path(file["source"]).name for file in manifest["files"]}
    assert body["prompt"] == f"{tag('image2')}是场景，{tag('image1')}是人物"
    assert sources == {"image1": "other.jpg", "image2": photo.name}


def tag(slot: str) -> str:
    return envelope("oxen-seedance-2.0-2026-07").tag_of(slot)


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "127.0.0.1", "192.168.1.4", "10.0.0.1", "169.254.1.1", "[::1]", "[fe80::1]",
        "[fd00::1]", "nas", "nas.local", "NAS.LOCAL.", "db.internal", "printer.lan", "0.0.0.0",
    ],
)  # fmt: skip
def test_an_address_that_only_this_network_can_reach_is_refused(
    request_: refprep.Request, tmp_path: Path, host: str
) -> None:
    with pytest.raises(refprep.UsageError, match="only this machine or its network can reach it"):
        refprep.pack(request_, tmp_path / "b", media_url=f"https://{host}/x")
    assert not (tmp_path / "b").exists()
