"""Estimates: the numbers of the published pages, computed by hand."""

from pathlib import Path
from typing import Any

import pytest

import refprep
from refprep import envelopes, planner
from refprep.envelopes import pricing
from refprep.envelopes.pricing import Estimate
from refprep.errors import UsageError
from refprep.models.reference import ReferenceSet
from refprep.reports import cost
from tests import measure
from tests.examples import clip, image, reference, reference_set

FAL, OXEN = envelopes.load("fal-seedance-2.0"), envelopes.load("oxen-seedance-2.0")
JULY = envelopes.load("oxen-seedance-2.0-2026-07")
BYTEPLUS = envelopes.load("byteplus-seedance-2.0")


def estimate(asked: ReferenceSet, envelope: refprep.Envelope = FAL) -> Estimate:
    return pricing.estimate(asked.request, asked.references, envelope)


def prices(told: Estimate) -> tuple[float | None, float | None]:
    return told.least.price, told.most.price


def test_a_second_of_720p_in_16_to_9_costs_what_the_page_says() -> None:
    told = estimate(reference_set(image(), duration=10, aspect_ratio="16:9", resolution="720p"))
    assert prices(told) == (3.024, 3.024)
    assert told.least.tokens == 10 * 1280 * 720 * 24 / 1024 == 216_000


def test_a_clip_counts_its_seconds_and_brings_a_discount() -> None:
    told = estimate(reference_set(clip(duration=4.0), duration=6, aspect_ratio="16:9"))
    assert (told.factor, told.input_duration) == (0.6, 4.0)
    assert prices(told) == (1.8144, 1.8144)  # (4 + 6) s x $0.18144


@pytest.mark.parametrize(
    ("asked", "price"),
    [
        ({"resolution": "480p", "aspect_ratio": "1:1", "duration": 10}, 1.344),
        ({"resolution": "1080p", "aspect_ratio": "16:9", "duration": 5}, 3.402),
        ({"resolution": "720p", "aspect_ratio": "9:16", "duration": "4"}, 1.2096),
        ({"resolution": "720p", "aspect_ratio": "4:3", "duration": 15}, 4.5646),
    ],
)
def test_the_formula_holds_for_every_size(asked: dict[str, Any], price: float) -> None:
    assert prices(estimate(reference_set(image(), **asked))) == (price, price)


@pytest.mark.parametrize("asked", [{}, {"duration": "auto", "aspect_ratio": "auto"}])
def test_what_is_left_to_the_provider_gives_a_range(asked: dict[str, Any]) -> None:
    told = estimate(reference_set(image(), **asked))
    assert (told.least.duration, told.most.duration) == (4, 15)
    assert told.least.resolution == told.most.resolution == "720p"
    assert prices(told) == (1.2096, 4.5646)  # 4 s of 1280x720, 15 s of 834x1112


def test_a_default_of_the_provider_is_what_it_takes() -> None:
    told = estimate(reference_set(image()), JULY)
    assert told.least.aspect_ratio == told.most.aspect_ratio == "16:9"
    assert (told.least.duration, told.most.duration) == (4, 15)


def test_oxens_price_is_not_public_and_the_old_one_is_history() -> None:
    told = estimate(reference_set(image(), duration=8), OXEN)
    assert (told.per_1000_tokens, prices(told)) == (None, (None, None))
    assert told.no_price == "no current price is public"
    assert "$0.40 per second" in told.history[0]
    assert "withdrawn in April 2026" in cost.render(told)


@pytest.mark.parametrize("envelope", [FAL, BYTEPLUS], ids=lambda one: one.name)
def test_the_history_of_one_provider_is_not_anothers(envelope: refprep.Envelope) -> None:
    assert estimate(reference_set(image()), envelope).history == ()


def test_every_number_has_its_witness_and_date() -> None:
    told = estimate(reference_set(image()))
    assert {one.about for one in told.evidence} == {"price", "sizes"}
    assert all(one.who and one.when == "2026-11-22" for one in told.evidence)


def test_what_counts_is_the_clip_that_is_sent() -> None:
    asked = reference_set(clip(duration=40.0), duration=5)
    fixed = planner.plan(asked, FAL).files
    told = pricing.estimate(asked.request, [one.predicted for one in fixed], FAL)
    assert 14 < told.input_duration <= 15


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"resolution": "8k"}, "resolution is 8k; fal-seedance-2.0 takes 480p, 720p or 1080p"),
        ({"resolution": "4k"}, "resolution is 4k"),
        ({"duration": 99}, "duration is 99"),
        ({"duration": -1}, "duration is -1"),
        ({"aspect_ratio": "5:4"}, "aspect_ratio is 5:4"),
    ],
)
def test_what_the_provider_does_not_offer_has_no_price(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        estimate(reference_set(image(), **asked))


def test_a_clip_of_unknown_length_has_no_price() -> None:
    with pytest.raises(UsageError, match="could not be measured"):
        estimate(reference_set(reference("video1", clip(duration=None))))


def test_an_envelope_without_a_cost_says_so() -> None:
    with pytest.raises(UsageError, match=r"no \[cost\]"):
        estimate(reference_set(image()), FAL.model_copy(update={"cost": None}))


def test_the_verb_reads_the_files(dance: Path) -> None:
    told = refprep.estimate([dance], envelope="fal-seedance-2.0")
    assert (told.input_duration, told.factor) == (3.0, 0.6)
    measure.valid(told.model_dump(mode="json"), "estimate")


def test_the_text_tells_price_size_tokens_and_witnesses() -> None:
    told = cost.render(estimate(reference_set(image(), duration=8, aspect_ratio="16:9")))
    assert told.splitlines() == [
        "fal-seedance-2.0: $2.4192",
        "  result   8 s of 720p 16:9 (1280 x 720), $0.3024 per second",
        "  tokens   172,800: (0 s of clips + 8 s) x 21,600 per second",
        "  price    $0.014 per 1,000 tokens",
        "           price published: fal, page of the model "
        "bytedance/seedance-2.0/reference-to-video (2026-11-22)",
        "           sizes observed: BytePlus ModelArk documentation (2026-11-22)",
        "Published formulas age; the provider's own bill is what counts.",
    ]
