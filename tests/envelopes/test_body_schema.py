"""Bodies: the fields and types of each provider's page; a schema that accepts exactly those."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep import envelopes
from refprep.envelopes.body import data, write
from refprep.envelopes.body_reader import envelopes_of, read
from refprep.envelopes.body_schema import schema, schema_errors
from refprep.envelopes.tags import arrange
from refprep.models.envelope import Envelope
from refprep.models.limits import OneOf
from refprep.models.request import Request
from tests.examples import ENVELOPES, many

OXEN = envelopes.load("oxen-seedance-2.0")
JULY = envelopes.load("oxen-seedance-2.0-2026-07")
FAL = envelopes.load("fal-seedance-2.0")
BYTEPLUS = envelopes.load("byteplus-seedance-2.0")
KNOWN = [OXEN, JULY, FAL, BYTEPLUS]
every = pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.name)
each = pytest.mark.parametrize("envelope", KNOWN, ids=lambda envelope: envelope.name)


def body(
    envelope: Envelope, *, images: int = 2, videos: int = 1, faces: Any = (), **parameters: Any
) -> Any:
    """A body with so many files."""
    slots = [
        *(f"image{n}" for n in range(1, images + 1)),
        *(f"video{n}" for n in range(1, videos + 1)),
    ]
    return write(envelope, "a", {slot: f"media/{slot}.x" for slot in slots}, parameters, faces)


def refused(envelope: Envelope, body: Any) -> list[bool]:
    """Whether the reader refuses a body, and whether the JSON Schema does."""
    validator = jsonschema.Draft202012Validator(schema(envelope))
    return [bool(schema_errors(envelope, body)), not validator.is_valid(body)]


def test_oxen_takes_the_duration_as_text() -> None:
    assert body(OXEN, duration=8, seed=7, generate_audio=False) == {
        "model": "bytedance-seedance-2-0-reference-to-video",
        "prompt": "a",
        "input_images": ["media/image1.x", "media/image2.x"],
        "input_videos": ["media/video1.x"],
        "duration": "8",
        "seed": 7,
        "generate_audio": False,
    }


def test_oxen_in_july_takes_the_duration_as_a_number_and_faces_in_their_own_fields() -> None:
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
    names = set(body(FAL, aspect_ratio="9:16"))
    assert names == {"prompt", "image_urls", "video_urls", "aspect_ratio"}


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


def test_a_parameter_that_the_provider_does_not_have_is_left_out() -> None:
    assert "seed" not in body(BYTEPLUS, seed=7)


@every
def test_the_schema_is_one_of_draft_2020_12(envelope: Envelope) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(envelope))


@each
def test_every_value_that_a_page_lists_is_accepted_by_reader_and_schema(envelope: Envelope) -> None:
    assert refused(envelope, body(envelope)) == [False, False]
    for name in envelope.parameters:
        limit = envelope.bound(name.replace("_", "-")).limit
        values = limit.one_of if isinstance(limit, OneOf) else (limit.min or 7,)
        for value in values:
            assert refused(envelope, body(envelope, **dict[str, Any]({name: value}))) == [
                False,
                False,
            ], name


@pytest.mark.parametrize("envelope", [OXEN, JULY, BYTEPLUS], ids=lambda envelope: envelope.name)
@pytest.mark.parametrize("change", [{"model": "another"}, {"model": None}, {"model": 7}])
def test_another_model_is_refused_by_reader_and_schema(envelope: Envelope, change: Any) -> None:
    changed = {key: value for key, value in (body(envelope) | change).items() if value is not None}
    assert refused(envelope, changed) == [True, True]


@each
@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(color="red"),
        lambda body: body.update(duration=99),
        lambda body: body.update(generate_audio="yes"),
        lambda body: body.update(generate_audio=1),
        lambda body: body.update(resolution="8k"),
    ],
)
def test_what_no_page_lists_is_refused_by_reader_and_schema(
    envelope: Envelope, change: Any
) -> None:
    changed = body(envelope)
    change(changed)
    assert refused(envelope, changed) == [True, True]


@pytest.mark.parametrize(
    ("envelope", "wrong"),
    [
        (OXEN, body(OXEN) | {"duration": 8}),
        (OXEN, body(OXEN) | {"prompt": ""}),
        (OXEN, body(OXEN) | {"input_images": ["http://example.org/a.jpg"]}),
        (OXEN, body(OXEN, images=10)),
        (JULY, body(JULY) | {"duration": "8"}),
        (JULY, body(JULY) | {"seed": 7}),
        (BYTEPLUS, body(BYTEPLUS, images=10)),
        (BYTEPLUS, body(BYTEPLUS, videos=4)),
        (BYTEPLUS, body(BYTEPLUS) | {"content": "a"}),
    ],
)
def test_another_shape_is_refused_by_reader_and_schema(envelope: Envelope, wrong: Any) -> None:
    assert refused(envelope, wrong) == [True, True]


@pytest.mark.parametrize(
    ("envelope", "wrong", "message"),
    [
        (OXEN, {"resolution": "8k"}, 'resolution: takes 480p, 720p or 1080p, not "8k"'),
        (OXEN, {"seed": "7"}, 'seed: takes a whole number, not "7"'),
        (OXEN, {"generate_audio": 1}, "generate_audio: takes true or false, not 1"),
        (OXEN, {"prompt": ""}, "prompt: the prompt is missing"),
        (OXEN, {"color": "red"}, "color: oxen-seedance-2.0 takes no such field"),
        (OXEN, {"input_images": ["media/a"] * 10}, "image: takes at most 9 files, not 10"),
        (
            OXEN,
            {"input_images": ["a.jpg"]},
            'image1: takes an https URL, a data: URI or a file of the bundle, not "a.jpg"',
        ),
        (BYTEPLUS, {"content": "a"}, 'content: takes a list, not "a"'),
        (
            BYTEPLUS,
            {"content": [{"type": "poem"}]},
            'content[0].type: takes "text", "image_url", "video_url" or "audio_url", not "poem"',
        ),
        (
            BYTEPLUS,
            {"content": body(BYTEPLUS, videos=4)["content"]},
            "video: takes at most 3 files, not 4",
        ),
    ],
)
def test_an_error_names_its_field_and_what_that_accepts(
    envelope: Envelope, wrong: dict[str, Any], message: str
) -> None:
    assert schema_errors(envelope, body(envelope) | wrong) == [message]


def test_every_wrong_field_has_an_error() -> None:
    errors = schema_errors(JULY, {"prompt": 3, "duration": "x", "model": JULY.model})
    assert errors[:2] == [
        "prompt: takes a string, not 3",
        'duration: takes a whole number, not "x"',
    ]
    assert schema_errors(OXEN, {"prompt": "a"}) == ["model: is missing"]


def test_a_rule_that_is_ignored_does_not_limit_the_body() -> None:
    envelope = OXEN.model_copy(update={"ignore": frozenset({"resolution"})})
    assert schema_errors(envelope, body(envelope, resolution="8k")) == []


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
def test_a_body_is_read_as_the_request_that_it_was_written_from(
    envelope: Envelope, images: int, videos: int, faces: set[str], parameters: dict[str, Any]
) -> None:
    request = Request(
        prompt="@Image1 [Video 1]", images=[f"{n}.jpg" for n in range(images)],
        videos=[f"{n}.mp4" for n in range(videos)], faces=sorted(faces), **parameters,
    )  # fmt: skip
    sent = arrange(request, envelope)
    media = {slot: f"media/{source}" for slot, source in sent.slots.items()}
    body = json.loads(data(write(envelope, sent.prompt, media, sent.parameters, sent.faces)))
    content = read(body, envelope)
    assert (content.prompt, content.media) == (sent.prompt, media)
    faces = {face for face in sent.faces if envelope.face_slots and face in media}
    assert set(content.faces) == faces
    rewritten = write(envelope, content.prompt, content.media, content.parameters, content.faces)
    assert rewritten == body


@each
def test_the_envelope_of_a_body_is_known_by_its_shape_alone(envelope: Envelope) -> None:
    known = body(envelope, duration=8, faces=["image1"] if envelope.face_slots else [])
    assert envelopes_of(known, KNOWN) == [envelope]
    if envelope.body.model:
        assert envelopes_of(known | {"model": "a-later-one"}, KNOWN) == [envelope]


def test_what_is_no_body_has_no_envelope() -> None:
    assert envelopes_of({"prompt": "a", "images": []}, KNOWN) == []
    assert envelopes_of({"messages": []}, KNOWN) == []


def test_a_body_without_a_model_is_of_every_envelope_that_it_fits() -> None:
    fast = FAL.model_copy(update={"name": "fast"})
    assert envelopes_of(body(FAL), [*KNOWN, fast]) == [FAL, fast]


@pytest.mark.parametrize(
    ("envelope", "wrong", "message"),
    [
        (OXEN, {"input_images": "a.jpg"}, "input_images: takes a list, not "),
        (OXEN, {"color": 1, "size": 2}, "color: oxen-seedance-2.0 takes no such field"),
        (BYTEPLUS, {"content": {}}, "content: takes a list, not "),
        (BYTEPLUS, {"content": [{"type": "poem"}]}, 'content[0].type: takes "text", "image_url"'),
        (BYTEPLUS, {"content": [{"type": "image_url"}]}, "content[0].image_url: is missing"),
        (
            BYTEPLUS,
            {"content": [{"type": "image_url", "image_url": {"url": "a"}, "role": "reference"}]},
            'content[0].role: takes "reference_image", "first_frame" or "last_frame", not "ref',
        ),
        (
            BYTEPLUS,
            {"content": [{"type": "image_url", "image_urls": {"url": "a"}}]},
            "content[0].image_urls: byteplus-seedance-2.0 takes no such field; did you mean image_",
        ),
    ],
)
def test_a_body_of_another_shape_is_refused_with_its_reason(
    envelope: Envelope, wrong: Any, message: str
) -> None:
    errors = read({"model": envelope.model, **wrong}, envelope).errors
    assert errors[0].startswith(message)
