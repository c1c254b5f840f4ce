"""Bodies: the fields and types of each page, and a model and a schema that take just those."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep import envelopes
from refprep.envelopes.body import data, write
from refprep.envelopes.body_reader import read, recognised
from refprep.envelopes.body_schema import faults, schema
from refprep.models.envelope import Envelope
from refprep.models.limits import OneOf
from refprep.models.request import Request
from tests.examples import ENVELOPES, many

OXEN = envelopes.load("oxen-seedance-2.0")
JULY = envelopes.load("oxen-seedance-2.0-2026-07")
FAL = envelopes.load("fal-seedance-2.0")
BYTEPLUS = envelopes.load("byteplus-seedance-2.0")
KNOWN = [OXEN, JULY, FAL, BYTEPLUS]
each = pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda one: one.name)


def body(envelope: Envelope, *, images: int = 2, videos: int = 1, **asked: Any) -> Any:
    """A body of so many files; parameters and faces as asked."""
    places = [
        *(f"image{n}" for n in range(1, images + 1)),
        *(f"video{n}" for n in range(1, videos + 1)),
    ]
    faces = asked.pop("faces", ())
    return write(envelope, "a", {slot: f"media/{slot}.x" for slot in places}, asked, faces)


def refused(envelope: Envelope, told: Any) -> list[bool]:
    """Whether the model, and whether the published schema, refuses it."""
    validator = jsonschema.Draft202012Validator(schema(envelope))
    return [bool(faults(envelope, told)), not validator.is_valid(told)]


def test_oxen_takes_seconds_as_text() -> None:
    assert body(OXEN, duration=8, seed=7, generate_audio=False) == {
        "model": "bytedance-seedance-2-0-reference-to-video",
        "prompt": "a",
        "input_images": ["media/image1.x", "media/image2.x"],
        "input_videos": ["media/video1.x"],
        "duration": "8",
        "seed": 7,
        "generate_audio": False,
    }


def test_oxen_in_july_takes_seconds_as_a_number_and_faces_apart() -> None:
    assert body(JULY, duration=8, watermark=True, faces=["image1", "video1"]) == {
        "model": "bytedance-seedance-2-0-reference-to-video",
        "prompt": "a",
        "input_face_images": ["media/image1.x"],
        "input_images": ["media/image2.x"],
        "input_face_videos": ["media/video1.x"],
        "duration": 8,
        "watermark": True,
    }


def test_fal_has_names_of_its_own() -> None:
    told = body(FAL, aspect_ratio="9:16")
    assert set(told) == {"model", "prompt", "image_urls", "video_urls", "aspect_ratio"}


def test_byteplus_takes_a_text_and_then_items_with_roles() -> None:
    assert body(BYTEPLUS, images=1, aspect_ratio="9:16", duration=-1) == {
        "model": "dreamina-seedance-2-0-260128",
        "content": [
            {"type": "text", "text": "a"},
            {
                "type": "image_url",
                "image_url": {"url": "media/image1.x"},
                "role": "reference_image",
            },
            {
                "type": "video_url",
                "video_url": {"url": "media/video1.x"},
                "role": "reference_video",
            },
        ],
        "ratio": "9:16",
        "duration": -1,
    }


def test_what_the_provider_does_not_know_is_left_out() -> None:
    assert "seed" not in body(BYTEPLUS, seed=7)


@each
def test_the_schema_is_one_of_draft_2020_12(envelope: Envelope) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(envelope))


@each
def test_every_value_that_a_page_lists_is_taken_by_model_and_schema(envelope: Envelope) -> None:
    assert refused(envelope, body(envelope)) == [False, False]
    for name in envelope.parameters:
        limit = envelope.bound(name.replace("_", "-")).limit
        for value in limit.one_of if isinstance(limit, OneOf) else (7,):
            assert refused(envelope, body(envelope, **dict[str, Any]({name: value}))) == [
                False,
                False,
            ], name


@each
@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.update(model="another"),
        lambda told: told.pop("model"),
        lambda told: told.update(color_space="red"),
        lambda told: told.update(duration=99),
        lambda told: told.update(generate_audio="yes"),
        lambda told: told.update(generate_audio=1),
        lambda told: told.update(resolution="8k"),
    ],
)
def test_what_no_page_lists_is_refused_by_model_and_schema(envelope: Envelope, spoil: Any) -> None:
    told = body(envelope)
    spoil(told)
    assert refused(envelope, told) == [True, True]


@pytest.mark.parametrize(
    ("envelope", "wrong"),
    [
        (OXEN, body(OXEN) | {"duration": 8}),
        (OXEN, body(OXEN) | {"prompt": ""}),
        (OXEN, body(OXEN) | {"input_images": []}),
        (OXEN, body(OXEN) | {"input_images": ["http://example.org/a.jpg"]}),
        (OXEN, body(OXEN, images=10)),
        (JULY, body(JULY) | {"duration": "8"}),
        (JULY, body(JULY) | {"seed": 7}),
        (BYTEPLUS, body(BYTEPLUS, images=10)),
        (BYTEPLUS, body(BYTEPLUS, videos=4)),
        (BYTEPLUS, body(BYTEPLUS) | {"content": "a"}),
    ],
)
def test_another_shape_is_refused_by_model_and_schema(envelope: Envelope, wrong: Any) -> None:
    assert refused(envelope, wrong) == [True, True]


def test_a_fault_names_its_field_and_what_it_takes() -> None:
    (fault,) = faults(OXEN, body(OXEN) | {"resolution": "8k"})
    assert fault == "resolution: Input should be '480p', '720p' or '1080p'"


def test_a_rule_that_is_ignored_does_not_bind_the_body() -> None:
    loose = OXEN.model_copy(update={"ignore": frozenset({"resolution"})})
    assert faults(loose, body(loose, resolution="8k")) == []


@many(60)
@given(
    st.sampled_from(KNOWN),
    st.integers(0, 3),
    st.integers(0, 2),
    st.sets(st.sampled_from(["image2", "video1"])),
    st.fixed_dictionaries(
        {}, optional={"duration": st.integers(4, 15), "resolution": st.just("720p")}
    ),
)
def test_a_body_reads_back_as_the_request_that_it_was(
    envelope: Envelope, images: int, videos: int, faces: set[str], parameters: dict[str, Any]
) -> None:
    asked = Request(
        prompt="@Image1 [Video 1]", images=[f"{n}.jpg" for n in range(images)],
        videos=[f"{n}.mp4" for n in range(videos)], faces=sorted(faces), **parameters,
    )  # fmt: skip
    sent = asked.arranged(envelope)
    media = {slot: f"media/{source}" for slot, source in sent.slots.items()}
    told = json.loads(data(write(envelope, sent.prompt, media, sent.parameters, sent.faces)))
    back = read(told, envelope)
    assert (back.prompt, back.media) == (sent.prompt, media)
    assert set(back.faces) == {f for f in sent.faces if envelope.face_fields and f in media}
    assert write(envelope, back.prompt, back.media, back.parameters, back.faces) == told


@each
def test_a_body_is_known_by_its_shape_alone(envelope: Envelope) -> None:
    told = body(envelope, duration=8, faces=["image1"] if envelope.face_fields else [])
    assert recognised(told, KNOWN) == envelope
    assert recognised(told | {"model": "a-later-one"}, KNOWN) == envelope


def test_what_is_no_body_is_not_recognised() -> None:
    assert recognised({"prompt": "a", "images": []}, KNOWN) is None
    assert recognised({"model": "gpt", "messages": []}, KNOWN) is None


@pytest.mark.parametrize(
    ("envelope", "wrong", "says"),
    [
        (OXEN, {"input_images": "a.jpg"}, "input_images: is a list"),
        (OXEN, {"color_space": 1, "size": 2}, "color, size: no field"),
        (BYTEPLUS, {"content": {}}, "content: is a list"),
        (BYTEPLUS, {"content": [{"type": "poem"}]}, "content: the type of an item"),
        (BYTEPLUS, {"content": [{"type": "image_url", "image_url": "a"}]}, "holds its url"),
    ],
)
def test_a_body_of_another_shape_is_told_in_words(
    envelope: Envelope, wrong: Any, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        read({"model": envelope.model, **wrong}, envelope)
