"""Estimates: the prices of the published pages, computed by hand."""

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
from tests.examples import image, reference, reference_set, video

FAL, OXEN = envelopes.load("fal-seedance-2.0"), envelopes.load("oxen-seedance-2.0")
JULY = envelopes.load("oxen-seedance-2.0-2026-07")
BYTEPLUS = envelopes.load("byteplus-seedance-2.0")


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
    assert (estimated.factor, estimated.input_duration) == (0.6, 4.0)
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
    assert (estimated.per_1000_tokens, prices(estimated)) == (None, (None, None))
    assert estimated.no_price == "no current price is public"
    assert "$0.40 per second" in estimated.history[0]
    assert "withdrawn in April 2026" in cost.render(estimated)


@pytest.mark.parametrize("envelope", [FAL, BYTEPLUS], ids=lambda envelope: envelope.name)
def test_the_history_of_one_provider_is_not_anothers(envelope: refprep.Envelope) -> None:
    assert estimate(reference_set(image()), envelope).history == ()


def test_every_number_has_its_evidence_and_date() -> None:
    estimated = estimate(reference_set(image()))
    assert {evidence.about for evidence in estimated.evidence} == {"price", "sizes"}
    assert all(evidence.who and evidence.when == "2026-11-22" for evidence in estimated.evidence)


def test_the_duration_of_the_video_that_is_sent_counts() -> None:
    references = reference_set(video(duration=40.0), duration=5)
    files = planner.plan(references, FAL).files
    estimated = pricing.estimate(references.request, [file.predicted for file in files], FAL)
    assert 14 < estimated.input_duration <= 15


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"resolution": "8k"}, 'resolution is "8k"; fal-seedance-2.0 takes 480p, 720p or 1080p'),
        ({"resolution": "4k"}, 'resolution is "4k"'),
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


def test_a_video_of_unknown_duration_has_no_price() -> None:
    with pytest.raises(UsageError, match="could not be measured"):
        estimate(reference_set(reference("video1", video(duration=None))))


def test_an_envelope_without_a_cost_has_no_estimate() -> None:
    with pytest.raises(UsageError, match=r"no table \[cost\]"):
        estimate(reference_set(image()), FAL.model_copy(update={"cost": None}))


def test_the_verb_reads_the_files(dance: Path) -> None:
    estimated = refprep.estimate([dance], envelope="fal-seedance-2.0")
    assert (estimated.input_duration, estimated.factor) == (3.0, 0.6)
    measure.valid(estimated.model_dump(mode="json"), "estimate")


def test_the_text_shows_price_dimensions_tokens_and_evidence() -> None:
    estimated = estimate(reference_set(image(), duration=8, aspect_ratio="16:9"))
    assert cost.render(estimated).splitlines() == [
        "fal-seedance-2.0: $2.4192",
        "  result   8 s of 720p 16:9 (1280 x 720), $0.3024 per second",
        "  tokens   172,800: (0 s of videos + 8 s) x 21,600 per second",
        "  price    $0.014 per 1,000 tokens",
        "           price published: fal, page of the model "
        "bytedance/seedance-2.0/reference-to-video (2026-11-22)",
        "           sizes observed: BytePlus ModelArk documentation (2026-11-22)",
        "Published formulas become outdated; only the provider's bill is binding.",
    ]
