"""Mixed delivery: each slot a local file, a URL, an id of the provider's, or inside the request."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

import refprep
from fixtures.pictures import picture
from refprep.cli import main
from refprep.envelopes import data_uri
from refprep.envelopes import load as envelope
from refprep.models.envelope import Envelope
from refprep.models.limits import OneOf, Range
from refprep.packer.request_file import BundleRequest
from refprep.providers.contents import load as load_bundle
from refprep.providers.dry_run import dry_run
from refprep.providers.upload import upload_media
from tests import measure
from tests.server import Server, moved, ok

BYTEPLUS = "byteplus-seedance-2.0"
URL = "https://cdn.example/photo.jpg"


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def body(bundle: refprep.Bundle) -> Any:
    assert bundle.path
    return load(bundle.path / "request.json")


def rules(result: Any, *levels: str) -> list[tuple[str, str, str | None]]:
    return [
        (finding.rule, finding.level, finding.slot)
        for finding in result.findings
        if finding.rule != "unused-reference" and (not levels or finding.level in levels)
    ]


def takes_assets(name: str, *kinds: str) -> Envelope:
    """An envelope that takes ids of files for these kinds."""
    loaded = envelope(name)
    bound = loaded.limits["inline-media"].model_copy(update={"limit": OneOf(one_of=kinds)})
    return loaded.model_copy(update={"limits": {**loaded.limits, "asset-media": bound}})


@pytest.fixture
def cdn(server: Server, photo: Path, dance: Path) -> Server:
    """A server of a photo and a video that meet the limits, and of an image that does not."""
    gif = picture(photo.with_name("cdn.gif"), size=(400, 300))
    for path in (photo, dance, gif):
        server.answers[f"/{path.name}"] = ok(path.read_bytes())
    return server


def test_a_url_that_is_not_fetched_is_unchecked_and_stays_a_url(
    photo: Path, tmp_path: Path
) -> None:
    request = refprep.Request(prompt="@Image1 @Image2", images=[photo, URL])
    report = refprep.check(request)
    assert rules(report) == [("media-unchecked", "info", "image2")]
    (finding,) = report.findings
    assert finding.repair == "--fetch downloads and checks it"
    assert report.media[1].model_dump() == {
        "slot": "image2", "source": URL, "kind": None, "format": None, "size": None,
        "reason": None, "unreachable": False,
    }  # fmt: skip
    packed = refprep.pack(request, tmp_path / "b")
    assert body(packed)["input_images"] == ["media/image1.jpg", URL]
    assert [media.slot for media in packed.remote] == ["image2"]
    manifest = load(tmp_path / "b" / "manifest.json")
    measure.valid(manifest, "manifest")
    assert [file["slot"] for file in manifest["files"]] == ["image1"]
    assert manifest["remote"][0] | {"media": None} == {
        "slot": "image2", "source": URL, "url": URL, "sha256": None, "size": None, "media": None,
    }  # fmt: skip


def test_a_fetched_url_that_needs_no_fix_stays_a_url(
    cdn: Server, photo: Path, dance: Path, tmp_path: Path
) -> None:
    image, video = cdn.url("/photo.jpg"), cdn.url("/dance.mp4")
    request = refprep.Request(prompt="@Image1 @Video1", images=[image], videos=[video])
    assert rules(refprep.check(request, fetch=True)) == []
    planned = refprep.plan(request, fetch=True)
    assert [(file.steps, file.remote) for file in planned.files] == [((), True)] * 2
    packed = refprep.pack(request, tmp_path / "b", fetch=True)
    assert (body(packed)["input_images"], body(packed)["input_videos"]) == ([image], [video])
    assert (packed.prepared, packed.findings) == ((), ())
    assert [(media.sha256, media.size) for media in packed.remote] == [
        (measure.sha256(path), path.stat().st_size) for path in (photo, dance)
    ]
    assert not (tmp_path / "b" / "media").exists()
    assert len(cdn.paths) == 2 * 3  # each verb fetches each once
    measure.valid(load(tmp_path / "b" / "manifest.json"), "manifest")


def test_a_fetched_url_that_needs_a_fix_becomes_a_file(cdn: Server, tmp_path: Path) -> None:
    request = refprep.Request(
        prompt="@Image1 @Video1",
        images=[cdn.url("/cdn.gif")],
        videos=[f"{cdn.url('/dance.mp4')}#t=0,2.5"],
    )
    packed = refprep.pack(request, tmp_path / "b", fetch=True)
    assert body(packed)["input_images"] == ["media/image1.png"]
    assert body(packed)["input_videos"] == ["media/video1.mp4"]
    assert packed.remote == ()
    after = packed.prepared[1].after
    assert isinstance(after, refprep.Video)
    assert after.duration == pytest.approx(2.5, abs=0.1)
    fixed = refprep.fix(request, tmp_path / "fixed", fetch=True)
    assert [file.path.name for file in fixed.prepared] == ["cdn.png", "dance.mp4"]


def test_a_part_of_a_url_that_is_not_fetched_cannot_be_cut(tmp_path: Path) -> None:
    request = refprep.Request(prompt="@Video1", videos=["https://cdn.example/a.mp4#t=3,9"])
    packed = refprep.pack(request, tmp_path / "b")
    assert rules(packed) == [("media-unchecked", "error", "video1")]
    assert packed.findings[0].message == "not fetched, so 3 s to 9 s cannot be cut out of it"
    assert packed.path is None


def test_what_a_url_holds_is_judged_like_a_file(cdn: Server, tmp_path: Path) -> None:
    cdn.answers["/page.jpg"] = ok(b"<html>sign in</html>")
    cdn.answers["/cut.mp4"] = ok(b"\0\0\0\x18ftypmp42")
    request = refprep.Request(
        prompt="@Image1 @Video1 @Image2",
        images=[cdn.url("/page.jpg"), cdn.url("/dance.mp4")],
        videos=[cdn.url("/cut.mp4")],
    )
    assert rules(refprep.check(request, fetch=True)) == [
        ("file-unreadable", "error", "image1"),
        ("file-unreadable", "error", "video1"),
        ("file-kind", "error", "image2"),
    ]
    assert refprep.pack(request, tmp_path / "b", fetch=True).path is None


def test_what_cannot_be_fetched_is_a_finding(cdn: Server, tmp_path: Path) -> None:
    cdn.answers["/private"] = moved("https://10.0.0.1/x")
    request = refprep.Request(
        prompt="@Image1 @Image2 @Image3",
        images=[cdn.url("/missing.jpg"), cdn.url("/private"), "https://192.168.1.20/a.jpg"],
    )
    report = refprep.check(request, fetch=True)
    assert [(finding.rule, finding.message) for finding in report.findings] == [
        ("media-unreachable", "cdn.example answers 404"),
        ("media-unreachable", "10.0.0.1: only this machine or its network can reach it"),
        ("media-unreachable", "192.168.1.20: only this machine or its network can reach it"),
    ]
    assert cdn.paths == ["/missing.jpg", "/private"]
    assert refprep.pack(request, tmp_path / "b", fetch=True).path is None


def test_an_address_of_this_network_is_an_error_without_fetching(tmp_path: Path) -> None:
    request = refprep.Request(prompt="@Image1", images=["https://nas.local/a.jpg"])
    assert rules(refprep.check(request)) == [("media-unreachable", "error", "image1")]
    assert refprep.pack(request, tmp_path / "b").path is None


def test_http_is_refused_with_the_reason() -> None:
    (finding,) = refprep.check(
        refprep.Request(prompt="@Image1", images=["http://cdn.example/a.jpg"]), fetch=True
    ).findings
    assert (finding.rule, finding.level) == ("media-scheme", "error")
    assert "takes media from https:// addresses" in finding.message


def test_an_id_of_a_file_is_for_envelopes_that_take_it(photo: Path, tmp_path: Path) -> None:
    request = refprep.Request(prompt="Image 1 Video 1", images=["asset://i"], videos=["asset://v"])
    for rule, bounds in (("asset-media", True), ("media-scheme", False)):
        loaded = envelope("fal-seedance-2.0")
        known = {name: bound for name, bound in loaded.limits.items() if name != "asset-media"}
        without = loaded if bounds else loaded.model_copy(update={"limits": known})
        found = list(rules(refprep.check(request, envelope=without), "error"))
        assert found == [(rule, "error", "image1"), (rule, "error", "video1")]
        ignored = rules(refprep.check(request, envelope=without, ignore=[rule]))
        assert ("media-unchecked", "info", "image1") in ignored
    images = takes_assets(BYTEPLUS, "image")
    report = refprep.check(request, envelope=images)
    assert rules(report) == [
        ("asset-media", "error", "video1"), ("media-unchecked", "info", "image1"),
    ]  # fmt: skip
    packed = refprep.pack(
        request, tmp_path / "b", envelope=takes_assets(BYTEPLUS, "image", "video")
    )
    assert rules(packed) == [
        ("media-unchecked", "info", "image1"), ("media-unchecked", "info", "video1"),
    ]  # fmt: skip
    assert packed.findings[0].message == "only BytePlus can read it; its content is not checked"
    assert packed.findings[0].repair is None
    assert [item["image_url"]["url"] for item in body(packed)["content"][1:2]] == ["asset://i"]
    assert refprep.verify(tmp_path / "b").verdict == "pass"


def test_an_id_of_another_scheme_is_listed_with_it() -> None:
    request = refprep.Request(prompt="Image 1", images=["mm_file://7"])
    assert rules(refprep.check(request, envelope=takes_assets(BYTEPLUS, "image")), "error")
    assert not rules(
        refprep.check(request, envelope=takes_assets(BYTEPLUS, "mm_file:image")), "error"
    )


def test_loose_urls_get_their_slot_by_their_suffix_or_their_content(cdn: Server) -> None:
    report = refprep.check(
        ["https://x.org/a.wav?x=1", "https://x.org/b.JPG", "https://x.org/c.mov"]
    )
    assert [(media.slot, str(media.source)[-5:]) for media in report.media] == [
        ("image1", "b.JPG"), ("video1", "c.mov"), ("audio1", "v?x=1"),
    ]  # fmt: skip
    with pytest.raises(refprep.SourceError, match=r"name it in a slot .*, or --fetch it"):
        refprep.check(["https://x.org/download?id=7"])
    with pytest.raises(refprep.SourceError, match=r"asset://a.png: .*request file$"):
        refprep.check(["asset://a.png"])
    cdn.answers["/get?id=7"] = cdn.answers["/dance.mp4"]
    report = refprep.check([cdn.url("/get?id=7"), cdn.url("/missing")], fetch=True)
    assert [media.slot for media in report.media] == ["video1", None]
    assert rules(report, "error") == [("media-unreachable", "error", None)]


def test_a_url_that_is_named_twice_is_a_duplicate(cdn: Server, photo: Path) -> None:
    request = refprep.Request(prompt="@Image1 @Image2", images=[URL, URL])
    assert ("duplicate-file", "warning", "image2") in rules(refprep.check(request))
    request = refprep.Request(prompt="@Image1 @Image2", images=[photo, cdn.url("/photo.jpg")])
    assert rules(refprep.check(request, fetch=True)) == [("duplicate-file", "warning", "image2")]


def test_a_total_with_an_unchecked_part_is_only_ever_too_large(dance: Path) -> None:
    def found(*windows: str) -> list[str]:
        videos = [*(f"{dance}{window}" for window in windows), "https://cdn.example/b.mp4"]
        request = refprep.Request(prompt="@Video1 @Video2", videos=videos)
        ignored = ["duplicate-file", "trim-range", "video-duration"]
        tight = envelope("oxen-seedance-2.0").tighten("video-total-duration", Range(min=2, max=2.5))
        return [row[0] for row in rules(refprep.check(request, envelope=tight, ignore=ignored))]

    assert found("#t=0,1") == ["media-unchecked"]
    assert found("#t=0,3") == ["video-total-duration", "media-unchecked"]


def test_an_input_whose_duration_is_not_known_has_no_price() -> None:
    request = refprep.Request(prompt="Video 1", videos=["https://cdn.example/b.mp4"])
    image = refprep.Request(prompt="@Image1", images=[URL])
    assert refprep.estimate(image, envelope="fal-seedance-2.0").least.price
    with pytest.raises(refprep.UsageError, match="its duration is not known; --fetch downloads"):
        refprep.estimate(request, envelope="fal-seedance-2.0")


@pytest.mark.parametrize("words", [["image"], ["image1"], ["image1", "audio"]])
def test_some_slots_travel_inside_the_request(
    photo: Path, dance: Path, tmp_path: Path, words: list[str]
) -> None:
    request = refprep.Request(prompt="Image 1 Video 1", images=[photo], videos=[dance])
    packed = refprep.pack(request, tmp_path / "b", envelope=BYTEPLUS, inline_only=words)
    assert rules(packed) == []
    image, video = body(packed)["content"][1:]
    head, _, text = image["image_url"]["url"].partition(",")
    assert (head, base64.b64decode(text)) == ("data:image/jpeg;base64", photo.read_bytes())
    assert video["video_url"]["url"] == "media/video1.mp4"
    manifest = load(tmp_path / "b" / "manifest.json")
    assert [file["inline"] for file in manifest["files"]] == [True, False]
    assert manifest["options"]["inline_only"] == sorted(words)
    assert refprep.verify(tmp_path / "b").findings == ()
    assert list(load_bundle(tmp_path / "b").media) == ["media/video1.mp4"]


def test_only_what_travels_inside_counts_for_the_size_of_the_request(
    photo: Path, dance: Path
) -> None:
    byteplus = envelope(BYTEPLUS)
    size = photo.stat().st_size * 4 // 3 + 2000
    limit = byteplus.range("request-size").model_copy(update={"max": size})
    tight = byteplus.tighten("request-size", limit)
    request = refprep.Request(prompt="Image 1 Video 1", images=[photo], videos=[dance])
    assert not rules(refprep.check(request, envelope=tight, inline_only=["image"]))
    assert rules(refprep.check(request, envelope=tight, inline_only=["image", "video"]), "error")


def test_an_unknown_slot_to_travel_inside_is_named(photo: Path) -> None:
    with pytest.raises(refprep.UsageError, match=r"--inline-only: .*imgae; did you mean image\?"):
        refprep.check([photo], inline_only=["imgae"])
    with pytest.raises(refprep.UsageError, match="unknown kind or slot image2"):
        refprep.check([photo], inline_only=["image2"])
    assert refprep.check([photo], inline_only=["video"], ignore=["prompt-unchecked"]).findings == ()


def test_slots_that_travel_inside_follow_when_faces_are_renumbered(
    photo: Path, tmp_path: Path
) -> None:
    face = tmp_path / "face.jpg"
    face.write_bytes(photo.read_bytes() + b"\0")
    request = refprep.Request(prompt="@Image1 @Image2", images=[photo, face], faces=["image2"])
    packed = refprep.pack(
        request, tmp_path / "b", envelope="oxen-seedance-2.0-2026-07", inline_only=["image2"]
    )
    (inside,) = body(packed)["input_face_images"]
    assert base64.b64decode(inside.partition(",")[2]) == face.read_bytes()
    assert body(packed)["input_images"] == ["media/image2.jpg"]
    assert rules(packed) == [("inline-media", "warning", "image1")]


def test_a_url_travels_inside_only_where_it_is_fetched(
    cdn: Server, photo: Path, tmp_path: Path
) -> None:
    request = refprep.Request(prompt="Image 1", images=[cdn.url("/photo.jpg")])
    packed = refprep.pack(request, tmp_path / "b", envelope=BYTEPLUS, inline=True)
    assert rules(packed) == [("media-unchecked", "warning", "image1")]
    assert "it stays a URL" in packed.findings[0].message
    assert body(packed)["content"][1]["image_url"]["url"] == cdn.url("/photo.jpg")
    packed = refprep.pack(request, tmp_path / "c", envelope=BYTEPLUS, inline=True, fetch=True)
    assert body(packed)["content"][1]["image_url"]["url"].startswith("data:image/jpeg;base64,")
    assert (rules(packed), packed.remote) == ([], ())
    assert refprep.verify(tmp_path / "c").findings == ()


@pytest.fixture
def mixed(cdn: Server, photo: Path, voice: Path, tmp_path: Path) -> Path:
    """A bundle of an image inside, an image and a video at URLs, and a local audio file."""
    request = refprep.Request(
        prompt="Image 1 Image 2 Video 1 Audio 1",
        images=[picture(tmp_path / "own.png", size=(500, 400)), cdn.url("/photo.jpg")],
        videos=[cdn.url("/dance.mp4")],
        audios=[voice],
    )
    packed = refprep.pack(
        request, tmp_path / "mixed", envelope=BYTEPLUS, inline_only=["image1"], fetch=True
    )
    assert packed.findings == ()
    assert packed.path
    return packed.path


def test_a_mixed_bundle_is_verified_with_and_without_fetching(
    mixed: Path, cdn: Server, photo: Path
) -> None:
    verified = refprep.verify(mixed)
    assert rules(verified) == [
        ("media-unchecked", "info", "image2"), ("media-unchecked", "info", "video1"),
    ]  # fmt: skip
    assert [media.slot for media in verified.media] == ["image1", "image2", "video1", "audio1"]
    assert refprep.verify(mixed, fetch=True).findings == ()
    cdn.answers["/photo.jpg"] = ok(photo.read_bytes() + b"\0")
    (finding,) = refprep.verify(mixed, fetch=True).findings
    assert (finding.rule, finding.slot) == ("bundle-changed", "image2")
    assert finding.source == cdn.url("/photo.jpg")
    del cdn.answers["/photo.jpg"]
    assert rules(refprep.verify(mixed, fetch=True)) == [("media-unreachable", "error", "image2")]


def test_another_url_in_a_mixed_bundle_is_an_edit(mixed: Path, cdn: Server) -> None:
    path = mixed / "request.json"
    path.write_text(path.read_text().replace("/dance.mp4", "/other.mp4"))
    (edited,) = [row for row in refprep.verify(mixed).findings if row.rule == "request-edited"]
    assert edited.level == "error"
    assert edited.message.startswith(f'edited since packing: video1 "{cdn.url("/dance.mp4")}" is')


@pytest.mark.parametrize(
    "url", ["/etc/passwd", "file:///etc/passwd", "https://u:p@x.org/", "https://x y/", "data:,a"]
)
def test_a_manifest_with_anything_but_urls_is_refused(mixed: Path, url: str) -> None:
    manifest = load(mixed / "manifest.json")
    manifest["remote"][0]["url"] = url
    (mixed / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(refprep.UsageError, match="no manifest of refprep"):
        refprep.verify(mixed)


def test_a_mixed_bundle_keeps_its_mix_when_it_is_packed_again(
    mixed: Path, cdn: Server, tmp_path: Path
) -> None:
    request = refprep.load_request(mixed / "request.json")
    assert isinstance(request, BundleRequest)
    assert request.inline == {"image1"}
    assert [source.is_file for source in request.slots.values()] == [True, False, False, True]
    assert not rules(refprep.check(request), "error", "warning")
    again = refprep.pack(mixed / "request.json", tmp_path / "again", fetch=True)
    assert body(again) == load(mixed / "request.json")


def test_a_body_without_its_manifest_is_checked_by_what_it_holds(
    mixed: Path, tmp_path: Path
) -> None:
    (mixed / "manifest.json").unlink()
    report = refprep.check(mixed / "request.json")
    assert [str(media.source)[-19:] for media in report.media][:1] == ["request.json#image1"]
    assert isinstance(report.media[0].media, refprep.Image)
    assert report.media[0].media.dimensions == (500, 400)
    assert not rules(report, "error", "warning")
    again = refprep.pack(mixed / "request.json", tmp_path / "again")
    assert body(again) == load(mixed / "request.json")
    fixed = refprep.fix(mixed / "request.json", tmp_path / "fixed")
    assert [file.path.name for file in fixed.prepared] == ["image1.png", "audio1.wav"]


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("data:image/png,abc", "not base64"),
        ("data:image/png;base64,a b", "damaged"),
        ("data:image/png;base64", "not base64"),
        ("data:", "not base64"),
        ("https://u:p@x.org/a.png", "user name or password"),
        ("https://x.org/a\nb", "control character"),
        ("s3://bucket/a.png", "download it first"),
    ],
)
def test_a_uri_that_nobody_can_read_is_an_error_of_its_body(
    tmp_path: Path, uri: str, message: str
) -> None:
    path = tmp_path / "request.json"
    model = envelope("oxen-seedance-2.0").model
    path.write_text(json.dumps({"model": model, "prompt": "a", "input_images": [uri]}))
    with pytest.raises(refprep.UsageError, match=message) as raised:
        refprep.check(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert len(str(raised.value)) < 300


def test_a_data_uri_of_any_size_is_not_read(mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_uri, "MAX_SIZE", 100)
    with pytest.raises(refprep.RequestError, match="#image1: a data: URI of more than 100 bytes"):
        refprep.check(mixed / "request.json")


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", "file-unreadable"), (b"abc", "file-unreadable"), (b"GIF89a" + bytes(20), "file-")],
)
def test_what_a_data_uri_holds_is_judged_like_a_file(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    path = tmp_path / "request.json"
    model = envelope("oxen-seedance-2.0").model
    uri = "DATA:image/jpeg;BASE64," + base64.b64encode(content).decode()
    path.write_text(json.dumps({"model": model, "prompt": "@Image1", "input_images": [uri]}))
    assert any(rule.startswith(expected) for rule, *_ in rules(refprep.check(path), "error"))


def test_a_mixed_bundle_is_shown_as_it_would_be_sent(
    mixed: Path, cdn: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARK_API_KEY", "k")
    shown = dry_run(mixed, publish="s3://bucket/x")
    assert [request.method for request in shown.requests] == ["PUT", "POST"]
    content = shown.requests[-1].body["content"]
    assert content[1]["image_url"]["url"].endswith("characters)")
    assert content[2]["image_url"]["url"] == cdn.url("/photo.jpg")
    assert cdn.url("/dance.mp4") in refprep.snippet(mixed, lang="python")


def test_publishing_uploads_local_files_only(photo: Path, tmp_path: Path) -> None:
    own = picture(tmp_path / "own.jpg", size=(500, 400))
    other = "https://cdn.example/image1.jpg"  # the name of a file of the bundle
    request = refprep.Request(prompt="@Image1 @Image2", images=[own, other])
    refprep.pack(request, tmp_path / "b")
    place = f"file://{tmp_path / 'store'}"
    upload_media(tmp_path / "b", {}, place, "https://media.example", lambda line: None)
    uploaded, kept = load(tmp_path / "b" / "request.json")["input_images"]
    assert uploaded.startswith("https://media.example/")
    assert kept == other


def test_urls_on_the_command_line(
    cdn: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = cdn.url("/photo.jpg")
    assert main(["check", url]) == 0
    assert f"{url}  image1  not checked\n" in capsys.readouterr().out
    words = ["pack", url, "--fetch", "--prompt", "@Image1", "-o", str(tmp_path / "b")]
    assert main(words) == 0
    assert "unchanged (stays at its URL)" in capsys.readouterr().out
    assert main(["plan", url, "--fetch", "--format", "markdown"]) == 0
    assert "unchanged (stays at its URL)" in capsys.readouterr().out
    assert main(["check", url, "--format", "sarif"]) == 0
    assert f'"uri": "{url}"' in capsys.readouterr().out
    assert main(["check", "https://x.org/request.toml"]) == 2
    assert "its kind is not in its name" in capsys.readouterr().err
    assert main(["probe", url]) == 1
    with pytest.raises(refprep.SourceError, match="probe reads local files"):
        refprep.probe(url)
