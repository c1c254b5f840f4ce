"""The envelopes that ship, each held to its provider's documentation, written down by hand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import refprep
from refprep.envelopes import load, names
from refprep.envelopes.body_reader import envelopes_of
from refprep.models.finding import Finding
from refprep.models.limits import Limit, OneOf, Range
from refprep.models.media import Media
from refprep.models.reference import ReferenceSet
from refprep.models.request import Request
from refprep.options import DEFAULT_ENVELOPE
from refprep.rules import check
from tests.envelopes.bodies import BODIES, FRAMES, MISTAKES, Body, Mistake
from tests.envelopes.edges import EDGES, PROMPTS, Edge
from tests.envelopes.schemas import SCHEMAS
from tests.examples import audio, image, reference, reference_set, video

PUBLISHED: dict[str, Limit] = {
    "image-format": OneOf(one_of=("JPEG", "PNG", "WebP")),
    "image-file-size": Range(max=30_000_000),
    "image-count": Range(max=9),
    "video-format": OneOf(one_of=("MP4", "MOV")),
    "video-count": Range(max=3),
    "video-total-duration": Range(min=2, max=15),
    "video-total-size": Range(max=49_999_999),
    "video-pixels": Range(min=640 * 640, max=834 * 1112),
    "audio-format": OneOf(one_of=("MP3", "WAV")),
    "audio-count": Range(max=3),
    "audio-total-duration": Range(max=15),
    "audio-file-size": Range(max=15_000_000),
    "audio-only": Range(min=1),
    "file-count": Range(max=12),
    "prompt-missing": Range(min=1),
    "resolution": OneOf(one_of=("480p", "720p", "1080p")),
    "duration": OneOf(one_of=("auto", *(str(number) for number in range(4, 16)))),
    "aspect-ratio": OneOf(one_of=("auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16")),
    "generate-audio": OneOf(one_of=(True, False)),
    "seed": Range(whole=True),
}
"What the page of the default envelope publishes."
API = {"response-format", "target-namespace", "num-generations"}
"What the documentation of its API adds."
DEFAULTS = {
    "resolution": "720p", "duration": "auto", "generate_audio": True, "aspect_ratio": "auto",
    "seed": None,
}  # fmt: skip
every = pytest.mark.parametrize("name", EDGES)
of_a_provider = pytest.mark.parametrize("name", BODIES)


def test_these_envelopes_ship_and_load() -> None:
    assert set(names()) == set(EDGES) == set(BODIES) | {"seedance-2.0", "seedance-2.5"}
    assert [load(name).name for name in names()] == names()
    assert set(BODIES) == set(SCHEMAS)


def test_the_default_holds_exactly_what_its_page_publishes() -> None:
    envelope = load(DEFAULT_ENVELOPE)
    errors = {rule: bound for rule, bound in envelope.bounds.items() if bound.level == "error"}
    assert {rule: bound.limit for rule, bound in errors.items() if rule in PUBLISHED} == PUBLISHED
    assert set(errors) - set(PUBLISHED) == {*API, "asset-media"}
    assert {name: envelope.parameters[name].default for name in DEFAULTS} == DEFAULTS
    assert [envelope.tag_of(slot) for slot in ("image1", "video2", "audio3")] == [
        "@Image1", "@Video2", "@Audio3",
    ]  # fmt: skip
    assert list(envelope.slots) == ["image", "video", "audio"]


@pytest.mark.parametrize("name", ["minimax-h3", "alibaba-wan-3.0", "kling-o3"])
def test_no_limit_of_seedance_is_left_in_a_model_of_others(name: str) -> None:
    assert not {"ark", "errors", "comfyui"} & set(load(name).evidence)


def findings(path: Path, body: Body, envelope: str) -> list[Finding]:
    """What is found in a body, but that its media were not looked at."""
    path.write_text(json.dumps(body), encoding="utf-8")
    found = refprep.check(path, envelope=envelope).findings
    return [finding for finding in found if finding.rule != "media-unchecked"]


@pytest.mark.parametrize(
    ("envelope", "body"), [*BODIES.items(), *FRAMES.items()], ids=[*BODIES, *FRAMES]
)
def test_a_body_as_documented_has_no_findings(envelope: str, body: Body, tmp_path: Path) -> None:
    assert findings(tmp_path / "body.json", body, envelope) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda row: f"{row.envelope}, {row.wrong}")
def test_a_mistake_in_a_body_is_named(mistake: Mistake, tmp_path: Path) -> None:
    found = findings(tmp_path / "body.json", mistake.body, mistake.envelope)
    assert {finding.rule for finding in found} - set(mistake.follows) == {mistake.rule}
    assert any(mistake.text in f"{finding.message}; {finding.repair}" for finding in found)


@of_a_provider
def test_a_body_is_recognized_as_its_models_and_providers(name: str) -> None:
    shipped = [load(DEFAULT_ENVELOPE), *(load(other) for other in names())]
    recognized = [envelope.name for envelope in envelopes_of(BODIES[name], shipped)]
    assert name in recognized
    assert {load(other).provider for other in recognized} == {load(name).provider}
    assert len(recognized) == 1 or load(name).body.model is None


def errors(name: str, body: Body) -> list[str]:
    """What of a body the schema of its provider refuses, by hand."""
    validator = jsonschema.Draft202012Validator(SCHEMAS[name])
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]


@pytest.mark.parametrize(
    ("envelope", "body"), [*BODIES.items(), *FRAMES.items()], ids=[*BODIES, *FRAMES]
)
def test_the_schemas_by_hand_accept_the_bodies_as_documented(envelope: str, body: Body) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[envelope])
    assert errors(envelope, body) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda row: f"{row.envelope}, {row.wrong}")
def test_the_schemas_by_hand_refuse_the_mistakes(mistake: Mistake) -> None:
    assert bool(errors(mistake.envelope, mistake.body)) == (mistake.rule != "prompt-tag")


@of_a_provider
@pytest.mark.codec
def test_the_same_request_is_packed_into_the_body_of_each_provider(
    name: str, medley: dict[str, Path], tmp_path: Path
) -> None:
    envelope = load(name)
    kinds = [kind for kind in ("image", "video", "audio") if kind in envelope.slots]
    tags = ", ".join(envelope.tag_of(f"{kind}1") for kind in kinds)
    media = {f"{kind}s": [medley[kind]] for kind in kinds}
    request = Request.model_validate(
        {"prompt": f"A morning of {tags}", "duration": 5, "aspect_ratio": "16:9", **media}
    )
    bundle = refprep.pack(request, tmp_path / "bundle", envelope=name)
    assert [finding.rule for finding in bundle.findings if finding.level != "info"] == []
    body = json.loads((tmp_path / "bundle" / "request.json").read_text("utf-8"))
    assert errors(name, body) == []
    written = json.dumps(body)
    assert [written.count(f"media/{kind}1") for kind in kinds] == [1] * len(kinds)


@pytest.fixture(scope="module")
def medley(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of each kind that every envelope takes as it is."""
    from fractions import Fraction

    from fixtures.clips import clip
    from fixtures.pictures import picture
    from fixtures.sounds import tone

    folder = tmp_path_factory.mktemp("medley")
    return {
        "image": picture(folder / "a.jpg", size=(800, 600)),
        "video": clip(folder / "b.mp4", size=(1280, 720), frame_rate=Fraction(24)),
        "audio": tone(folder / "c.wav", channels=1, sample_rate=16000),
    }


MAKERS: dict[str, Callable[[Any], ReferenceSet]] = {
    "image-count": lambda n: reference_set(*[image()] * n),
    "image-file-size": lambda n: reference_set(image(size=n)),
    "image-dimensions": lambda n: reference_set(image(width=n, height=n)),
    "image-aspect-ratio": lambda r: reference_set(image(width=round(r * 1000), height=1000)),
    "image-pixels": lambda n: reference_set(image(width=n, height=1)),
    "video-count": lambda n: reference_set(*[video(duration=3.0)] * n),
    "video-duration": lambda s: reference_set(video(duration=s)),
    "video-total-duration": lambda s: reference_set(*[video(duration=s / 2)] * 2),
    "video-file-size": lambda n: reference_set(video(size=n)),
    "video-total-size": lambda n: reference_set(video(size=n - 9), video(size=9)),
    "video-pixels": lambda n: reference_set(video(width=n, height=1)),
    "video-dimensions": lambda n: reference_set(video(width=n, height=n)),
    "video-aspect-ratio": lambda r: reference_set(video(width=round(r * 1000), height=1000)),
    "video-fps": lambda r: reference_set(video(frame_rate=r)),
    "audio-count": lambda n: reference_set(image(), *[audio(duration=3.0)] * n),
    "audio-duration": lambda s: reference_set(image(), audio(duration=s)),
    "audio-total-duration": lambda s: reference_set(image(), *[audio(duration=s / 2)] * 2),
    "audio-file-size": lambda n: reference_set(image(), audio(size=n)),
    "file-count": lambda n: reference_set(*[image()] * (n - 2), video(), audio()),
}
"Media with a value of what a rule is about."
FINE = ("duration", "ratio", "fps")
"What the names of rules about fractions end in."


def beyond(rule: str, edge: float, way: int) -> float:
    """The next value beyond an edge."""
    return round(edge + way * 0.001, 6) if rule.endswith(FINE) else edge + way


def level(references: ReferenceSet, name: str, rule: str) -> str | None:
    """The level of the finding of one rule; None where there is none."""
    found = (finding for finding in check(references, load(name)) if finding.rule == rule)
    return next((finding.level for finding in found), None)


@pytest.mark.parametrize(
    ("name", "rule", "edge"),
    [(name, rule, edge) for name, edges in EDGES.items() for rule, edge in edges.items()],
    ids=lambda value: "" if isinstance(value, Edge) else value,
)
def test_a_value_at_an_edge_is_accepted_and_one_beyond_it_is_not(
    name: str, rule: str, edge: Edge
) -> None:
    make = MAKERS[rule]
    for value, way in edge.strict:
        side_is_lenient = any(direction == way for _, direction in edge.lenient)
        assert level(make(value), name, rule) is None
        strict = "warning" if side_is_lenient else edge.level
        assert level(make(beyond(rule, value, way)), name, rule) == strict
    for value, way in edge.lenient:
        assert level(make(value), name, rule) == "warning"
        assert level(make(beyond(rule, value, way)), name, rule) == edge.level


@every
def test_the_table_of_edges_has_every_limit_of_an_envelope_that_is_a_range(name: str) -> None:
    own = {"file-truncated", "video-black", "video-frozen", "audio-silent", "image-animated"}
    elsewhere = {"audio-only", "prompt-missing", "prompt-length", "request-size"}
    ranges = {rule for rule, bound in load(name).limits.items() if isinstance(bound.limit, Range)}
    assert ranges - own - elsewhere == set(EDGES[name])


@every
def test_plain_media_have_no_findings(name: str) -> None:
    envelope = load(name)
    media: list[Media] = [image(), video(), *[audio()] * ("audio" in envelope.slots)]
    tags = [envelope.tag_of(f"{medium.kind}1") for medium in media]
    found = check(reference_set(*media, prompt=f"A day of {', '.join(tags)}"), envelope)
    assert [finding.rule for finding in found if finding.rule != "parameter-default"] == []


@every
def test_a_prompt_is_counted_as_its_provider_counts(name: str) -> None:
    most, unit, expected = PROMPTS[name]
    at, above = ("x " * n if unit == "words" else "x" * n for n in (most, most + 1))
    assert level(reference_set(image(), prompt=at), name, "prompt-length") is None
    assert level(reference_set(image(), prompt=above), name, "prompt-length") == expected


@every
def test_audio_alone_is_refused_where_the_provider_refuses_it(name: str) -> None:
    alone = {
        "seedance-2.0": "error", "oxen-seedance-2.0": "error", "minimax-h3": "warning",
        "oxen-seedance-2.0-2026-07": "warning", "oxen-seedance-2.0-fast": "warning",
        "fal-seedance-2.0": "error", "fal-seedance-2.0-fast": "error",
        "fal-seedance-2.0-mini": "error", "fal-seedance-2.5": "error",
        "byteplus-seedance-2.0": "error", "byteplus-seedance-2.0-fast": "error",
        "byteplus-seedance-2.0-mini": "error",
    }  # fmt: skip
    assert level(reference_set(audio()), name, "audio-only") == alone.get(name)
    assert level(reference_set(image(), audio()), name, "audio-only") is None


def framed(*slots: str, **parameters: Any) -> ReferenceSet:
    """Images in these slots: `first_frame`, `image1`."""
    references = tuple(reference(slot, image()) for slot in slots)
    media = {member.slot: member.source for member in references if member.slot}
    request = Request(prompt="The light changes", **parameters).with_slots(media)
    return ReferenceSet(request=request, references=references)


ARK_25, KLING, FAL_25 = "byteplus-seedance-2.5", "kling-o3", "fal-seedance-2.5"


def task(name: str, *media: Media, **parameters: Any) -> ReferenceSet:
    """Media for a task of Seedance 2.5 at BytePlus."""
    return reference_set(*media, omni_reference_task_type=name, **parameters)


CASES = [
    # envelope, rule, accepted, not accepted
    (ARK_25, "video-duration", task("edit", video(duration=4.0)),
     task("edit", video(duration=3.9))),
    (ARK_25, "video-duration", task("reference", video(duration=2.0)),
     task("edit", video(duration=2.0))),
    (ARK_25, "video-count", task("edit", video()),
     task("edit", image())),
    (ARK_25, "video-count", task("extend", video()),
     task("extend", image())),
    (ARK_25, "duration", task("edit", video(), duration=-1),
     task("edit", video(), duration=8)),
    (ARK_25, "duration", task("extend", video(), duration=8),
     task("extend", video(), duration=3)),
    (ARK_25, "aspect-ratio", task("extend", video(), aspect_ratio="adaptive"),
     task("extend", video(), aspect_ratio="16:9")),
    (ARK_25, "aspect-ratio", framed("first_frame", aspect_ratio="adaptive"),
     framed("first_frame", aspect_ratio="16:9")),
    (ARK_25, "aspect-ratio", framed("image1", aspect_ratio="16:9"),
     framed("first_frame", "last_frame", aspect_ratio="16:9")),
    (ARK_25, "slot-conflict", framed("first_frame", "last_frame"), framed("last_frame")),
    (ARK_25, "slot-conflict", framed("image1"), framed("image1", "first_frame")),
    ("minimax-h3", "slot-conflict", framed("last_frame"), framed("last_frame", "image1")),
    ("alibaba-wan-3.0", "slot-conflict", framed("first_frame"), framed("last_frame")),
    (FAL_25, "duration", reference_set(video(), duration="8", task="extension"),
     reference_set(video(), duration="8", task="editing")),
    (FAL_25, "slot-unknown", framed("image1"), framed("first_frame")),
    (DEFAULT_ENVELOPE, "slot-unknown", framed("image1"), framed("first_frame")),
    (KLING, "image-count", reference_set(*[image()] * 4, video()),
     reference_set(*[image()] * 5, video())),
    (KLING, "parameter", reference_set(image(), sound="on"),
     reference_set(image(), video(), sound="on")),
    (KLING, "slot-count", framed("first_frame", "last_frame", *(f"image{n}" for n in range(1, 6))),
     framed("first_frame", "last_frame", *(f"image{n}" for n in range(1, 7)))),
    (KLING, "slot-unknown", reference_set(image()), reference_set(image(), audio())),
]  # fmt: skip
"Limits that depend on the request."


@pytest.mark.parametrize(("name", "rule", "accepted", "refused"), CASES)
def test_a_limit_may_depend_on_the_request(
    name: str, rule: str, accepted: ReferenceSet, refused: ReferenceSet
) -> None:
    assert level(accepted, name, rule) is None
    assert level(refused, name, rule) is not None


def test_leaving_the_duration_of_2_5_to_byteplus_costs_money_so_refprep_sends_one() -> None:
    envelope = load(ARK_25)
    assert envelope.parameters["duration"].default == -1
    assert envelope.values({})["duration"] == 5
    assert envelope.values({"omni_reference_task_type": "edit"})["duration"] == -1
    assert envelope.values({"duration": 12})["duration"] == 12


@of_a_provider
def test_only_the_providers_own_documents_make_errors(name: str) -> None:
    envelope = load(name)
    for rule, bound in envelope.bounds.items():
        kinds = {envelope.evidence[key].kind for key in bound.evidence}
        assert bound.level != "error" or "published" in kinds or rule == "asset-media"
