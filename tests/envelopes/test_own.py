"""Envelopes of a user, as TOML only: other bodies, other slots, nothing in Python."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import refprep
from fixtures.clips import clip
from fixtures.pictures import picture
from refprep.envelopes import load
from refprep.models.finding import Finding

HEAD = """
name = "own"
title = "A model of somebody"
provider = "Somebody"
model = "some-1"
released = 2026-11-01

[evidence]
docs = { who = "Somebody, API reference", when = 2026-11-24, kind = "published" }
"""
LISTS = """
[body]
model = "model_name"
[body.constants]
multi_shot = false

[slots.image]
kind = "image"
tag = "<<<image_{n}>>>"
field = "image_list[]"
item = { image_url = "{uri}" }

[slots.video]
kind = "video"
tag = "<<<video_{n}>>>"
field = "video_list[]"
item = { video_url = "{uri}", refer_type = "feature" }
reads = [{ video_url = "{uri}" }]

[parameters.duration]
type = "string"
choices = ["5", "10"]
evidence = ["docs"]

[cases.with-video]
title = "beside a video"
slots = ["video"]
limits.image-count = { limit = { max = 1 }, evidence = ["docs"] }

[limits]
image-count = { limit = { max = 3 }, evidence = ["docs"] }
image-format = { limit = { one_of = ["JPEG", "PNG"] }, evidence = ["docs"] }
video-count = { limit = { max = 1 }, evidence = ["docs"] }
prompt-length = { limit = { max = 40 }, unit = "characters", evidence = ["docs"] }
"""
NESTED = """
[body]
prompt = "instances[0].prompt"
[body.constants]
"parameters.sampleCount" = 1

[slots.image]
kind = "image"
field = "instances[0].referenceImages[]"
item = { image = { bytesBase64Encoded = "{base64}", mimeType = "{mime}" }, referenceType = "asset" }

[parameters.duration]
type = "integer"
field = "parameters.durationSeconds"
choices = [4, 8]
evidence = ["docs"]

[cases.with-references]
title = "with reference images"
slots = ["image"]
limits.duration = { limit = { one_of = [8] }, evidence = ["docs"] }

[limits]
image-count = { limit = { max = 3 }, evidence = ["docs"] }
prompt-length = { limit = { max = 20 }, unit = "bytes", evidence = ["docs"] }
"""
FRAMES = """
[body]
model = "model"
prompt = "input.text"

[slots.first_frame]
kind = "image"
single = true
field = "input.start"

[slots.last_frame]
kind = "image"
single = true
field = "input.end"
needs = ["first_frame"]

[slots.subject]
kind = "image"
tag = "@subject{n}"
field = "input.subjects[]"
item = { name = "subject", images = ["{uri}"] }

[groups.modes]
sides = [["first_frame", "last_frame"], ["subject"]]
evidence = ["docs"]

[caps.subjects]
slots = ["subject"]
max = 2
evidence = ["docs"]

[parameters]

[limits]
image-dimensions = { limit = { min = 200 }, evidence = ["docs"] }
"""
TARGETS = """
[targets]
image = ["JPEG", "PNG"]
video = ["MOV"]
"""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return picture(tmp_path / "photo.jpg", size=(400, 300))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return clip(tmp_path / "film.mp4", size=(320, 240), duration=1)


def envelope(folder: Path, *tables: str) -> Path:
    path = folder / "own.toml"
    path.write_text(HEAD + "".join(tables), encoding="utf-8")
    return path


def body(bundle: refprep.Bundle) -> Any:
    assert bundle.path, bundle.findings
    return json.loads((bundle.path / "request.json").read_text("utf-8"))


def rules(findings: Sequence[Finding], level: str = "error") -> dict[str, str]:
    return {finding.rule: finding.message for finding in findings if finding.level == level}


def test_lists_of_objects_are_written_and_read(photo: Path, film: Path, tmp_path: Path) -> None:
    own = envelope(tmp_path, LISTS, TARGETS)
    request = refprep.Request(
        prompt="@Image1 as in @Video1", images=[photo], videos=[film], duration=5
    )
    bundle = refprep.pack(request, tmp_path / "b", envelope=own)
    assert body(bundle) == {
        "model_name": "some-1",
        "prompt": "<<<image_1>>> as in <<<video_1>>>",
        "image_list": [{"image_url": "media/image1.jpg"}],
        "video_list": [{"video_url": "media/video1.mp4", "refer_type": "feature"}],
        "duration": "5",
        "multi_shot": False,
    }
    assert {row.rule for row in refprep.verify(tmp_path / "b").findings} == {"envelope-unknown"}
    again = refprep.pack(tmp_path / "b" / "request.json", tmp_path / "again")
    assert body(again) == body(bundle)


def test_a_count_may_depend_on_another_slot(photo: Path, film: Path, tmp_path: Path) -> None:
    own = envelope(tmp_path, LISTS)
    fields: dict[str, Any] = {"prompt": "<<<image_1>>> <<<image_2>>>", "images": [photo] * 2}
    assert not rules(refprep.check(refprep.Request(**fields), envelope=own).findings)
    both = refprep.check(refprep.Request(**fields, videos=[film]), envelope=own)
    assert rules(both.findings) == {
        "image-count": "2 images; own takes at most 1 images beside a video"
    }
    dropped = refprep.plan(refprep.Request(**fields, videos=[film]), envelope=own, allow=["drop"])
    assert [file.dropped for file in dropped.files] == [False, True, False]


def test_a_slot_that_the_model_does_not_have_is_named(tmp_path: Path) -> None:
    own = load(envelope(tmp_path, LISTS))
    request = refprep.Request(prompt="a", first_frame="a.png")
    with pytest.raises(refprep.SourceError):
        refprep.check(request, envelope=own)
    request = refprep.Request(prompt="a", first_frame=picture(tmp_path / "a.png"))
    found = rules(refprep.check(request, envelope=own).findings)
    assert found == {"slot-unknown": "own has no slot first_frame; it takes image, video"}


def test_a_prompt_is_measured_in_the_unit_of_the_provider(photo: Path, tmp_path: Path) -> None:
    characters = envelope(tmp_path, LISTS)
    request = refprep.Request(prompt=f"<<<image_1>>>{'猫' * 28}", images=[photo])
    found = rules(refprep.check(request, envelope=characters).findings)
    assert found == {"prompt-length": "41 characters; own takes at most 40 characters"}
    in_bytes = envelope(tmp_path, NESTED)
    request = refprep.Request(prompt="猫" * 7, images=[photo], duration=8)
    found = rules(refprep.check(request, envelope=in_bytes).findings)
    assert found == {"prompt-length": "21 bytes; own takes at most 20 bytes"}


def test_a_body_may_be_nested_and_take_the_bytes_themselves(photo: Path, tmp_path: Path) -> None:
    own = envelope(tmp_path, NESTED)
    request = refprep.Request(prompt="A red kite", images=[photo], duration=8)
    bundle = refprep.pack(request, tmp_path / "b", envelope=own)
    text = base64.b64encode(photo.read_bytes()).decode("ascii")
    assert body(bundle) == {
        "instances": [
            {
                "prompt": "A red kite",
                "referenceImages": [
                    {
                        "image": {"bytesBase64Encoded": text, "mimeType": "image/jpeg"},
                        "referenceType": "asset",
                    }
                ],
            }
        ],
        "parameters": {"durationSeconds": 8, "sampleCount": 1},
    }
    assert {row.rule for row in refprep.verify(tmp_path / "b").findings} == {"envelope-unknown"}
    again = refprep.pack(tmp_path / "b" / "request.json", tmp_path / "again")
    assert body(again) == body(bundle)


def test_a_value_may_be_accepted_for_some_requests_only(photo: Path, tmp_path: Path) -> None:
    own = envelope(tmp_path, NESTED)
    request = refprep.Request(prompt="A red kite", images=[photo], duration=4)
    found = rules(refprep.check(request, envelope=own).findings)
    assert found == {"duration": "duration is 4; own takes 8 s with reference images"}
    text = refprep.Request(prompt="A red kite", duration=4)
    assert not rules(refprep.check(text, envelope=own).findings)


def test_an_address_is_no_file_where_the_bytes_are_taken(tmp_path: Path) -> None:
    own = envelope(tmp_path, NESTED)
    request = refprep.Request(prompt="a", images=["https://cdn.example/a.jpg"], duration=8)
    bundle = refprep.pack(request, tmp_path / "b", envelope=own)
    assert bundle.path is None
    assert rules(bundle.findings) == {
        "media-scheme": "a URL; own takes the file itself, inside the request"
    }


def test_first_and_last_frame_are_asked_for_in_a_request_file(photo: Path, tmp_path: Path) -> None:
    own = envelope(tmp_path, FRAMES)
    file = tmp_path / "request.toml"
    file.write_text('prompt = "A kite"\nfirst_frame = "photo.jpg"\nlast_frame = "photo.jpg"\n')
    bundle = refprep.pack(file, tmp_path / "b", envelope=own)
    assert body(bundle) == {
        "model": "some-1",
        "input": {
            "text": "A kite",
            "start": "media/first_frame.jpg",
            "end": "media/last_frame.jpg",
        },
    }
    assert refprep.verify(tmp_path / "b").verdict == "pass"


def test_slots_of_any_name_have_tags_groups_and_caps(photo: Path, tmp_path: Path) -> None:
    own = envelope(tmp_path, FRAMES)
    file = tmp_path / "request.toml"
    file.write_text('prompt = "@Image2 flies"\n[media]\nsubject = ["photo.jpg", "photo.jpg"]\n')
    bundle = refprep.pack(file, tmp_path / "b", envelope=own)
    assert body(bundle)["input"] == {
        "text": "@subject2 flies",
        "subjects": [{"name": "subject", "images": [f"media/subject{n}.jpg"]} for n in (1, 2)],
    }
    file.write_text('prompt = "a"\nfirst_frame = "photo.jpg"\nmedia.subject = ["photo.jpg"]\n')
    assert "slot-conflict" in rules(refprep.check(file, envelope=own).findings)
    file.write_text(f'prompt = "a"\nmedia.subject = {["photo.jpg"] * 3}\n')
    found = rules(refprep.check(file, envelope=own).findings)
    assert found == {"slot-count": "3 subjects together; own takes at most 2"}


def test_a_video_is_written_as_the_envelope_aims_for(tmp_path: Path) -> None:
    film = clip(tmp_path / "film.webm", size=(320, 240), duration=1, codec="libvpx", audio=None)
    mov = 'video-format = { limit = { one_of = ["MOV"] }, evidence = ["docs"] }'
    own = envelope(tmp_path, LISTS, mov, TARGETS)
    (fixed,) = refprep.fix([film], tmp_path / "out", envelope=own).prepared
    assert (fixed.path.suffix, fixed.after.format) == (".mov", "MOV")
    assert refprep.check([fixed.path], envelope=own, select=["video-format"]).findings == ()
