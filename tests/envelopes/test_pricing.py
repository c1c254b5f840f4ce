"""Estimates: the prices of the published pages, computed by hand."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import refprep
from refprep import envelopes, planner
from refprep.envelopes import pricing
from refprep.envelopes.pricing import Estimate
from refprep.errors import UsageError, describe
from refprep.models.cost import Cost
from refprep.models.media import Unreadable
from refprep.models.reference import ReferenceSet
from refprep.models.source import Window
from refprep.reports import cost
from tests import measure
from tests.examples import audio, image, many, reference, reference_set, video

FAL, OXEN = envelopes.load("fal-seedance-2.0"), envelopes.load("oxen-seedance-2.0")
JULY = envelopes.load("oxen-seedance-2.0-2026-07")
BYTEPLUS = envelopes.load("byteplus-seedance-2.0")
SIZES = {"480p": {"16:9": [864, 496], "1:1": [640, 640]}, "720p": {"16:9": [1280, 720]}}
TOKENS: dict[str, Any] = {
    "frames_per_second": 24, "pixels_per_token": 1024, "sizes": SIZES, "size_evidence": ["page"],
    "price_evidence": ["page"],
    "prices": {"any": {"without_video": 10.0, "with_video": 6.0}, "480p": {"without_video": 5.0}},
}  # fmt: skip
SECONDS: dict[str, Any] = {
    "unit": "second", "price_evidence": ["page"],
    "prices": {"480p": {"without_video": 0.08, "with_video": 0.06}, "any": {"without_video": 0.1}},
}  # fmt: skip


def priced(table: dict[str, Any], **changes: Any) -> refprep.Envelope:
    """The envelope of fal with another table of prices."""
    return FAL.model_copy(update={"cost": Cost.model_validate({**table, **changes})})


def estimate(references: ReferenceSet, envelope: refprep.Envelope = FAL) -> Estimate:
    return pricing.estimate(references.request, references.references, envelope)


def prices(estimated: Estimate) -> tuple[float | None, float | None]:
    return estimated.least.price, estimated.most.price


def test_a_second_of_720p_in_16_to_9_costs_what_the_page_says() -> None:
    estimated = estimate(
        reference_set(image(), duration=10, aspect_ratio="16:9", resolution="720p")
    )
    assert prices(estimated) == (3.024, 3.024)
    assert estimated.least.tokens == 10 * 1280 * 720 * 24 / 1024 == 216_000


def test_a_video_adds_its_duration_and_a_discount() -> None:
    estimated = estimate(reference_set(video(duration=4.0), duration=6, aspect_ratio="16:9"))
    assert (estimated.with_video, estimated.input_duration) == (True, 4.0)
    assert prices(estimated) == (1.8144, 1.8144)  # (4 + 6) s x $0.18144


@pytest.mark.parametrize(
    ("parameters", "price"),
    [
        ({"resolution": "480p", "aspect_ratio": "1:1", "duration": 10}, 1.344),
        ({"resolution": "1080p", "aspect_ratio": "16:9", "duration": 5}, 3.402),
        ({"resolution": "720p", "aspect_ratio": "9:16", "duration": "4"}, 1.2096),
        ({"resolution": "720p", "aspect_ratio": "4:3", "duration": 15}, 4.5646),
    ],
)
def test_the_formula_holds_for_every_size(parameters: dict[str, Any], price: float) -> None:
    assert prices(estimate(reference_set(image(), **parameters))) == (price, price)


@pytest.mark.parametrize("parameters", [{}, {"duration": "auto", "aspect_ratio": "auto"}])
def test_what_is_left_to_the_provider_gives_a_range(parameters: dict[str, Any]) -> None:
    estimated = estimate(reference_set(image(), **parameters))
    assert (estimated.least.duration, estimated.most.duration) == (4, 15)
    assert estimated.least.resolution == estimated.most.resolution == "720p"
    assert prices(estimated) == (1.2096, 4.5646)  # 4 s of 1280x720, 15 s of 834x1112


def test_a_default_of_the_provider_is_used_for_what_is_not_set() -> None:
    estimated = estimate(reference_set(image()), JULY)
    assert estimated.least.aspect_ratio == estimated.most.aspect_ratio == "16:9"
    assert (estimated.least.duration, estimated.most.duration) == (4, 15)


def test_the_price_of_oxen_is_not_public_and_the_old_one_is_history() -> None:
    estimated = estimate(reference_set(image(), duration=8), OXEN)
    assert (estimated.least.unit_price, prices(estimated)) == (None, (None, None))
    assert estimated.no_price == "no current price is public"
    assert "$0.40 per second" in estimated.history[0]
    assert "withdrawn in April 2026" in cost.render(estimated)


@pytest.mark.parametrize("envelope", [FAL, BYTEPLUS], ids=lambda envelope: envelope.name)
def test_the_history_of_one_provider_is_not_anothers(envelope: refprep.Envelope) -> None:
    assert estimate(reference_set(image()), envelope).history == ()


def test_every_number_has_its_evidence_and_date() -> None:
    estimated = estimate(reference_set(image()))
    assert {evidence.about for evidence in estimated.evidence} == {"price", "sizes"}
    assert all(
        evidence.who and re.fullmatch(r"2026-\d\d-\d\d", evidence.when)
        for evidence in estimated.evidence
    )


def test_the_duration_of_the_video_that_is_sent_counts() -> None:
    references = reference_set(video(duration=40.0), duration=5)
    files = planner.plan(references, FAL).files
    estimated = pricing.estimate(references.request, [file.predicted for file in files], FAL)
    assert 14 < estimated.input_duration <= 15


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"resolution": "8k"}, 'resolution is "8k"; fal-seedance-2.0 takes 480p, 720p'),
        ({"resolution": "2k"}, 'resolution is "2k"'),
        ({"duration": 99}, "duration is 99"),
        ({"duration": -1}, "duration is -1"),
        ({"aspect_ratio": "5:4"}, 'aspect_ratio is "5:4"'),
    ],
)
def test_what_the_provider_does_not_offer_has_no_price(
    parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        estimate(reference_set(image(), **parameters))


UNCOUNTED = {
    "a file that cannot be read": (
        reference(None, Unreadable(reason="no decoder reads it")), "no decoder reads it",
    ),
    "one in a slot": (reference("video1", Unreadable(reason="it is empty")), "it is empty"),
    "a video of unknown duration": (
        reference("video1", video(duration=None)), "its duration cannot be measured",
    ),
    "a video that holds nothing": (reference("video1", video(duration=0.0)), "lasts any time"),
    "a part after the end": (
        reference("video1", video(duration=4.0), Window(start=5, end=6)), "lasts any time",
    ),
    "an empty audio": (reference("audio1", audio(duration=0.0)), "lasts any time"),
    "a video as an image": (reference("image1", video()), "MP4 video, and image1 takes image"),
    "an image as a video": (reference("video1", image()), "JPEG image, and video1 takes video"),
}  # fmt: skip


@pytest.mark.parametrize(("file", "reason"), UNCOUNTED.values(), ids=UNCOUNTED)
def test_a_file_that_cannot_be_counted_is_refused_by_its_name(
    file: refprep.Reference, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        estimate(reference_set(image(), file))
    assert caught.value.source == str(file.source)
    assert str(caught.value).startswith(f"{file.source}: cannot be priced: ")


def test_an_audio_of_unknown_duration_costs_nothing_and_is_not_refused() -> None:
    assert prices(estimate(reference_set(image(), audio(duration=None)))) == prices(
        estimate(reference_set(image()))
    )


def test_an_envelope_without_a_cost_has_no_estimate() -> None:
    with pytest.raises(UsageError, match=r"no table \[cost\]"):
        estimate(reference_set(image()), FAL.model_copy(update={"cost": None}))


def test_the_verb_reads_the_files(dance: Path) -> None:
    estimated = refprep.estimate([dance], envelope="fal-seedance-2.0")
    assert (estimated.input_duration, estimated.least.unit_price) == (3.0, 8.4)
    measure.valid(estimated.model_dump(mode="json"), "estimate")


def test_the_text_shows_price_dimensions_tokens_and_evidence() -> None:
    estimated = estimate(reference_set(image(), duration=8, aspect_ratio="16:9"))
    assert cost.render(estimated).splitlines() == [
        "fal-seedance-2.0: $2.4192",
        "  result   8 s of 720p 16:9 (1280 x 720), $0.3024 per second",
        "  tokens   172,800: (0 s of videos + 8 s) x 21,600 per second",
        "  price    $14.00 per 1,000,000 tokens",
        *(
            f"           {row.about} {row.kind}: {row.who} ({row.when})"
            for row in estimated.evidence
        ),
        "Published formulas become outdated; only the provider's bill is binding.",
    ]


def test_a_resolution_without_a_row_has_the_price_of_any() -> None:
    ten: dict[str, Any] = {"duration": 10, "aspect_ratio": "16:9"}
    low = estimate(reference_set(image(), resolution="480p", **ten), priced(TOKENS))
    high = estimate(reference_set(image(), resolution="720p", **ten), priced(TOKENS))
    # 10 s x 10,044 tokens x $5 and 10 s x 21,600 tokens x $10, per 1,000,000
    assert (prices(low), prices(high)) == ((0.5022, 0.5022), (2.16, 2.16))


def test_a_price_without_a_row_for_videos_is_the_same_with_one() -> None:
    references = reference_set(
        video(duration=4.0), resolution="480p", duration=6, aspect_ratio="16:9"
    )
    assert estimate(references, priced(TOKENS)).least.unit_price == 5.0


def test_the_published_prices_of_byteplus_by_resolution() -> None:
    four: dict[str, Any] = {"duration": 4, "aspect_ratio": "16:9"}
    found = {
        name: estimate(reference_set(image(), resolution=name, **four), BYTEPLUS).least.price
        for name in ("480p", "720p", "1080p", "4k")
    }
    # 4 s x (10,044; 21,600; 48,600; 194,400 tokens per second) x ($7; $7; $7.70; $4)
    assert found == {"480p": 0.2812, "720p": 0.6048, "1080p": 1.4969, "4k": 3.1104}


def test_a_floor_of_tokens_holds_with_a_video_and_for_no_other() -> None:
    envelope = priced(TOKENS, least_tokens={"720p": 150_000})
    request: dict[str, Any] = {"resolution": "720p", "duration": 4, "aspect_ratio": "16:9"}
    short = estimate(reference_set(video(duration=2.0), **request), envelope).least
    assert (short.tokens, short.least_tokens, short.price) == (150_000, 150_000, 0.9)
    long = estimate(reference_set(video(duration=3.0), **request), envelope).least
    assert (long.tokens, long.least_tokens, long.price) == (7 * 21_600, None, 0.9072)
    assert estimate(reference_set(image(), **request), envelope).least.tokens == 4 * 21_600
    lines = cost.render(estimate(reference_set(video(duration=2.0), **request), envelope))
    assert "  tokens   150,000: the least with a video; (2 s of videos + 4 s) would be" in lines
    assert "per second" not in lines


def test_each_short_video_counts_a_least_number_of_seconds() -> None:
    references = reference_set(
        video(duration=1.0), video(duration=3.0), duration=5, aspect_ratio="16:9"
    )
    estimated = estimate(references, priced(TOKENS, least_input_seconds=2))
    assert (estimated.input_duration, estimated.paid_input_duration) == (4.0, 5.0)
    assert estimated.least.tokens == (2 + 3 + 5) * 21_600
    assert estimated.notes == ("each video that is sent counts at least 2 s",)


@pytest.mark.parametrize(("counts", "price"), [(False, 0.48), (True, 0.72)])
def test_seconds_are_paid_by_resolution_those_of_videos_where_they_count(
    counts: bool, price: float
) -> None:
    references = reference_set(video(duration=4.0), resolution="480p", duration=8)
    estimated = estimate(references, priced(SECONDS, counts_input=counts))
    assert prices(estimated) == (price, price)  # (8 or 12) s x $0.06
    assert (estimated.least.tokens, estimated.least.width) == (None, None)
    lines = cost.render(estimated).splitlines()
    assert lines[1:4] == [
        "  result   8 s of 480p",
        "  seconds  12: 4 s of videos + 8 s" if counts
        else "  seconds  8; those of the videos do not count",
        "  price    $0.06 per second, with a video",
    ]  # fmt: skip


def test_an_open_duration_is_a_range_of_seconds() -> None:
    estimated = estimate(reference_set(image()), priced(SECONDS))
    assert prices(estimated) == (0.4, 1.5)  # 4 and 15 s of 720p x $0.10
    assert cost.render(estimated).startswith("fal-seedance-2.0: $0.40 to $1.50\n")


@pytest.mark.parametrize(("count", "price"), [(5, 0.5), (6, 0.54), (9, 0.66)])
def test_images_beyond_the_free_ones_are_paid(count: int, price: float) -> None:
    references = reference_set(*[image() for _ in range(count)], duration=5)
    envelope = priced(SECONDS, images={"free": 5, "price": 0.04})
    estimated = estimate(references, envelope)
    assert prices(estimated) == (price, price)  # 5 s x $0.10, and $0.04 each
    line = f"  images   {count}, 5 of them free: {count - 5} x $0.04"
    assert line in cost.render(estimated).splitlines()


def test_the_note_of_an_envelope_is_shown() -> None:
    estimated = estimate(reference_set(image()), priced(SECONDS, note="without tax"))
    assert estimated.notes == ("without tax",)
    assert "  note     without tax" in cost.render(estimated).splitlines()


@pytest.mark.parametrize("name", ["resolution", "aspect_ratio"])
def test_a_result_that_has_no_size_or_no_price_is_refused(name: str) -> None:
    parameters: dict[str, Any] = {"resolution": "720p", "aspect_ratio": "16:9", "duration": 5}
    parameters[name] = {"resolution": "1080p", "aspect_ratio": "9:16"}[name]
    with pytest.raises(UsageError, match=r"no size of .* is known"):
        estimate(reference_set(image(), **parameters), priced(TOKENS))
    only_low = {**SECONDS, "prices": {"480p": {"without_video": 0.08}}}
    with pytest.raises(UsageError, match="no price of 720p is known; of 480p"):
        estimate(reference_set(image(), resolution="720p"), priced(only_low))


TEN: dict[str, Any] = {"resolution": "720p", "duration": 10, "aspect_ratio": "16:9"}


@pytest.mark.parametrize(
    ("prompt", "ends"),
    [
        ("@Image1 --rs 480p", (1.4062, 3.024)),  # 10 s of 864x496, or of 1280x720
        ("@Image1 --resolution 1080p", (3.024, 6.804)),
        ("@Image1 --dur 5", (1.512, 3.024)),
        ("@Image1 --dur=5, at night", (1.512, 3.024)),
        ("@Image1 --duration 15", (3.024, 4.536)),
        ("@Image1 --duration auto", (1.2096, 4.536)),
        ("@Image1 --ratio 4:3", (3.024, 3.0431)),
        ("@Image1 --rs 480p --dur 4", (0.5625, 3.024)),
    ],
)
def test_a_flag_in_the_prompt_counts_beside_the_parameter(
    prompt: str, ends: tuple[float, float]
) -> None:
    estimated = estimate(reference_set(image(), prompt=prompt, **TEN))
    assert prices(estimated) == ends
    assert all("which the provider may obey: the price covers both" in n for n in estimated.notes)
    assert len(estimated.notes) == prompt.count("--")


@pytest.mark.parametrize(
    ("prompt", "note"),
    [
        ("--rs 8k", "--rs 8k, which the provider may obey: fal-seedance-2.0 lists no such resol"),
        ("--dur 99", "--dur 99, which the provider may obey: fal-seedance-2.0 lists no such dur"),
        ("--ratio", "--ratio, which the provider may obey: fal-seedance-2.0 lists no such aspect"),
        ("--fps 30", "--fps 30, which the provider may obey: the price is that of 24 frames per"),
    ],
)
def test_a_flag_whose_value_is_not_known_is_noted(prompt: str, note: str) -> None:
    estimated = estimate(reference_set(image(), prompt=f"@Image1 {prompt}", **TEN))
    assert prices(estimated) == (3.024, 3.024)
    assert estimated.notes[0].startswith(f"the prompt holds {note}")


@pytest.mark.parametrize(
    "prompt", ["--rs 720p", "--dur 10 --ratio 16:9", "--seed 5 --wm false", "--fps 24", "re--rs 4k"]
)
def test_a_flag_that_changes_nothing_is_not_noted(prompt: str) -> None:
    estimated = estimate(reference_set(image(), prompt=f"@Image1 {prompt}", **TEN))
    assert (prices(estimated), estimated.notes) == ((3.024, 3.024), ())


def test_a_value_that_is_always_sent_counts_where_the_request_leaves_it_out() -> None:
    duration = FAL.parameters["duration"].model_copy(update={"send": "5"})
    parameters = {**FAL.parameters, "duration": duration}
    envelope = FAL.model_copy(update={"parameters": parameters})
    estimated = estimate(reference_set(image(), aspect_ratio="16:9"), envelope)
    assert prices(estimated) == (1.512, 1.512)
    assert estimated.notes == ("duration is left open; refprep sends 5",)
    ten = estimate(reference_set(image(), aspect_ratio="16:9", duration=10), envelope)
    assert (prices(ten), ten.notes) == ((3.024, 3.024), ())


def test_a_task_for_which_another_value_is_sent_counts_with_that_one() -> None:
    envelope = envelopes.load("byteplus-seedance-2.5")
    size: dict[str, Any] = {"resolution": "720p", "aspect_ratio": "16:9"}
    free = estimate(reference_set(video(duration=4.0), **size), envelope)
    assert prices(free) == (1.2442, 1.2442)  # (4 + 5) s x 21,600 tokens x $6.40
    task = {"omni_reference_task_type": "edit", "aspect_ratio": "adaptive"}
    edited = estimate(reference_set(video(duration=4.0), **{**size, **task}), envelope)
    assert (edited.least.duration, edited.most.duration) == (4, 30)
    assert edited.notes[0] == "duration is left open; refprep sends -1"


def test_a_rule_that_is_ignored_still_bounds_what_is_left_open() -> None:
    envelope = FAL.model_copy(update={"ignore": frozenset({"duration"})})
    assert prices(estimate(reference_set(image()), envelope)) == (1.2096, 4.5646)
    twenty = reference_set(image(), duration=20, aspect_ratio="16:9")
    assert prices(estimate(twenty, envelope)) == (6.048, 6.048)


@pytest.mark.parametrize(
    ("table", "changes", "message"),
    [
        (
            TOKENS,
            {"prices": {"8k": {"without_video": 1}}},
            "prices.8k: has no size; sizes has 480p",
        ),
        (TOKENS, {"least_tokens": {"8k": 1}}, "least_tokens.8k: has no size"),
        (TOKENS, {"least_tokens": {"480p": -1}}, "least_tokens.480p: takes a larger number"),
        (TOKENS, {"sizes": {}}, "sizes: is missing; tokens are computed from it"),
        (TOKENS, {"sizes": {"480p": {}}}, "sizes.480p: takes at least one aspect ratio"),
        (TOKENS, {"sizes": {"480p": {"1:1": [0, 9]}}}, r"sizes.480p.1:1: takes pixels, not \[0, 9"),
        (TOKENS, {"frames_per_second": None}, "frames_per_second: is missing"),
        (TOKENS, {"counts_input": False}, "counts_input: is always true for tokens"),
        (TOKENS, {"price_evidence": []}, "price_evidence: is missing"),
        (TOKENS, {"size_evidence": []}, "size_evidence: is missing"),
        (TOKENS, {"history": ["cheaper"]}, "history_evidence: is missing"),
        (SECONDS, {"least_tokens": {"any": 9}}, 'least_tokens: is for unit = "token"'),
        (SECONDS, {"least_input_seconds": 2}, "least_input_seconds: is for counts_input = true"),
        (SECONDS, {"unit": "minute"}, "unit: takes 'token' or 'second'"),
        (SECONDS, {"prices": {"any": {"without_video": -1}}}, "prices.any.without_video: takes a"),
        (SECONDS, {"images": {"free": -1, "price": 1}}, "images.free: takes a larger number"),
        (SECONDS, {"prices": {}, "images": {"price": 1}}, "images: is for a table that has prices"),
    ],
)
def test_a_table_that_cannot_be_computed_is_refused_by_its_key(
    table: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Cost.model_validate({**table, **changes})
    assert re.match(message, describe(caught.value))


@pytest.mark.parametrize("table", [TOKENS, SECONDS], ids=["token", "second"])
def test_a_table_is_the_same_after_a_manifest_has_held_it(table: dict[str, Any]) -> None:
    known = Cost.model_validate(table)
    assert Cost.model_validate_json(known.model_dump_json()) == known


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (TOKENS, "$10.00 (with a video $6.00); 480p $5.00 per 1,000,000 tokens"),
        (
            {**SECONDS, "images": {"free": 5, "price": 0.04}},
            "480p $0.08 (with a video $0.06); $0.10 per second; each image beyond 5 $0.04",
        ),
        ({**TOKENS, "prices": {}, "no_price": "not public"}, "not public (USD)"),
    ],
)
def test_the_prices_of_an_envelope_are_a_line(table: dict[str, Any], line: str) -> None:
    assert cost.prices(Cost.model_validate(table)) == line


requests = st.fixed_dictionaries(
    {
        "resolution": st.sampled_from([None, "480p", "720p", "1080p"]),
        "aspect_ratio": st.sampled_from([None, "auto", "16:9", "1:1", "9:16"]),
        "duration": st.sampled_from([None, "auto", 4, 9, 15]),
        "prompt": st.sampled_from(["@Image1", "@Image1 --rs 480p", "@Image1 --dur 5 --rt 4:3"]),
    }
)
tables = st.sampled_from(
    [
        FAL, priced(SECONDS), priced(SECONDS, counts_input=True, least_input_seconds=2),
        priced(SECONDS, images={"free": 1, "price": 0.04}),
        FAL.model_copy(
            update={"cost": FAL.cost.model_copy(update={"least_tokens": {"any": 300_000}})}
        ) if FAL.cost else FAL,
    ]
)  # fmt: skip


@many(200)
@given(tables, requests, st.lists(st.floats(0.1, 15), max_size=3), st.integers(0, 9))
def test_the_least_is_never_more_than_the_most(
    envelope: refprep.Envelope, request: dict[str, Any], videos: list[float], images: int
) -> None:
    pictures = [image() for _ in range(images)]
    clips = [video(duration=each) for each in videos]
    least, most = prices(estimate(reference_set(*pictures, *clips, **request), envelope))
    assert least is not None
    assert most is not None
    assert 0 < least <= most


@many(200)
@given(tables, requests, st.integers(4, 14), st.floats(0.1, 14), st.floats(0.1, 1))
def test_longer_videos_and_longer_results_never_cost_less(
    envelope: refprep.Envelope, request: dict[str, Any], seconds: int, length: float, more: float
) -> None:
    def ends(duration: int, sent: float) -> tuple[float, float]:
        references = reference_set(
            image(), video(duration=sent), **{**request, "duration": duration}
        )
        found = estimate(references, envelope)
        return found.least.price or 0, found.most.price or 0

    shorter = ends(seconds, length)
    assert all(map(float.__le__, shorter, ends(seconds + 1, length)))
    assert all(map(float.__le__, shorter, ends(seconds, length + more)))
