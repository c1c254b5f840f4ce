"""Sharing: what the set has in common becomes each file's own part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.models.envelope import Envelope
from refprep.models.limits import Range
from refprep.models.reference import ReferenceSet
from refprep.models.source import Window
from refprep.options import Options
from refprep.planner.share import (
    DIVISIONS,
    divide_all,
    divide_evenly,
    kept_size,
    lengthened,
    share_duration,
    share_size,
)
from tests.examples import ENVELOPE, audio, image, many, reference, reference_set, video

NEEDS = st.lists(st.floats(0, 100), min_size=1, max_size=5)
MOST = st.floats(0.1, 100)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=3)


def share(wanted: ReferenceSet, envelope: Envelope) -> list[Envelope]:
    """Seconds first, then bytes as they are now."""
    timed = share_duration(wanted, envelope, Options())
    return share_size(wanted, [kept_size(item) for item in wanted.references], timed)


@many(150)
@given(NEEDS, MOST)
def test_the_parts_never_exceed_the_whole_nor_any_need(needs: list[float], most: float) -> None:
    parts = divide_evenly(needs, most)
    assert sum(parts) <= most * (1 + 1e-12)
    assert all(0 <= part <= need for part, need in zip(parts, needs, strict=True))


@many(150)
@given(NEEDS, MOST)
def test_nothing_is_held_back_while_somebody_needs_it(needs: list[float], most: float) -> None:
    assert sum(divide_evenly(needs, most)) == pytest.approx(min(sum(needs), most))


@many(150)
@given(NEEDS, MOST)
def test_short_ones_keep_all_and_the_others_get_equal_parts(
    needs: list[float], most: float
) -> None:
    parts = divide_evenly(needs, most)
    cut = [part for part, need in zip(parts, needs, strict=True) if part < need]
    kept = [part for part, need in zip(parts, needs, strict=True) if part == need]
    assert cut == pytest.approx([max(cut, default=0.0)] * len(cut))
    assert max(kept, default=0.0) <= min(cut, default=most) * (1 + 1e-9)


@many(150)
@given(st.lists(st.integers(1, 5_000_000), min_size=1, max_size=3))
def test_needs_that_fit_are_met_in_full(microseconds: list[int]) -> None:
    needs = [item / 1e6 for item in microseconds]
    assert divide_evenly(needs, 15.0) == needs
    assert divide_evenly(needs, sum(needs)) == pytest.approx(needs, abs=1e-9)


@pytest.mark.parametrize(
    ("needs", "parts"),
    [
        ([42.0], [15.0]),
        ([20.0, 20.0, 20.0], [5.0, 5.0, 5.0]),
        ([20.0, 1.0, 20.0], [7.0, 1.0, 7.0]),
        ([30.0, 4.0], [11.0, 4.0]),
        ([3.0, 4.0], [3.0, 4.0]),
    ],
)
def test_fifteen_seconds_are_shared_evenly(needs: list[float], parts: list[float]) -> None:
    assert divide_evenly(needs, 15.0) == parts


@many(150)
@given(WEIGHTS, st.integers(0, 10**8))
def test_spread_parts_are_whole_and_never_exceed_the_whole(weights: list[int], most: int) -> None:
    parts = divide_all(weights, most)
    assert all(isinstance(part, int) for part in parts)
    assert most - len(parts) <= sum(parts) <= most


@many(150)
@given(WEIGHTS)
def test_weights_that_fit_together_are_met_each(weights: list[int]) -> None:
    parts = divide_all(weights, sum(weights) + 10)
    assert all(part >= weight for part, weight in zip(parts, weights, strict=True))


def test_clips_share_duration_and_bytes_and_sounds_share_duration() -> None:
    wanted = reference_set(
        image(), video(duration=20.0), video(duration=20.0), audio(duration=20.0)
    )
    _, first, second, heard = share(wanted, ENVELOPE)
    assert [item.range("video-total-duration").max for item in (first, second)] == [7.5, 7.5]
    assert [item.range("video-total-size").max for item in (first, second)] == [24_999_999] * 2
    assert heard.range("audio-total-duration").max == 15.0


def test_what_is_not_shared_stays_as_it_was() -> None:
    wanted = reference_set(image(), video())
    picture, moving = share(wanted, ENVELOPE)
    assert picture == ENVELOPE
    rules = set(ENVELOPE.limits) - {"video-total-duration", "video-total-size"}
    assert all(moving.limits[rule] == ENVELOPE.limits[rule] for rule in rules)


def test_only_the_window_of_a_clip_takes_its_share() -> None:
    part = reference("video1", video(duration=60.0, size=200_000_000), Window(start=10, end=13))
    first, second = share(reference_set(part, video(duration=60.0, size=90_000_000)), ENVELOPE)
    assert first.range("video-total-duration").max == 3.0
    assert second.range("video-total-duration").max == 12.0
    assert first.range("video-total-size").max == 10_000_000
    assert second.range("video-total-size").max == 39_999_999


WAYS = st.sampled_from(sorted(DIVISIONS))


@many(200)
@given(WAYS, NEEDS, MOST, st.floats(0, 5))
def test_however_seconds_are_shared_they_suffice(
    way: str, needs: list[float], most: float, least: float
) -> None:
    parts = DIVISIONS[way](needs, most, least)
    assert sum(parts) == pytest.approx(min(sum(needs), most))
    assert all(part <= need + 1e-9 for part, need in zip(parts, needs, strict=True))


@many(200)
@given(WAYS, st.lists(st.floats(0, 100), min_size=1, max_size=3), st.floats(6, 100))
def test_nobody_goes_without_the_least_where_there_is_enough(
    way: str, needs: list[float], most: float
) -> None:
    parts = DIVISIONS[way](needs, most, 2.0)
    assert all(part >= min(need, 2.0) - 1e-9 for part, need in zip(parts, needs, strict=True))


@pytest.mark.parametrize(
    ("way", "parts"),
    [
        ("even", [5.0, 5.0, 5.0]),
        ("proportional", [6.5, 5.0, 3.5]),
        ("first", [11.0, 2.0, 2.0]),
    ],
)
def test_thirty_seconds_are_shared_in_three_ways(way: str, parts: list[float]) -> None:
    assert DIVISIONS[way]([14.0, 10.0, 6.0], 15.0, 2.0) == pytest.approx(parts)


def test_short_clips_are_lengthened_each_to_its_least_and_together_to_theirs() -> None:
    assert lengthened([1.0, 5.0], 2.0, 2.0) == [2.0, 5.0]
    assert lengthened([0.5, 0.5], 0.0, 2.0) == [1.0, 1.0]
    assert lengthened([0.0, 0.5], 0.0, 2.0) == [0.0, 2.0]


def test_a_repeated_clip_takes_its_seconds_from_the_others() -> None:
    wanted = reference_set(video(duration=0.5), video(duration=60.0))
    first, second = share_duration(wanted, ENVELOPE, Options(allow=frozenset({"loop"})))
    assert first.range("video-total-duration") == Range(min=2.0, max=2.0)
    assert second.range("video-total-duration").max == 13.0
