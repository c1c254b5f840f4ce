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
SIZES = st.lists(st.integers(0, 10**9), min_size=1, max_size=3)


def share(references: ReferenceSet, envelope: Envelope) -> list[Envelope]:
    """An envelope per reference: durations shared first, then sizes as they are now."""
    timed = share_duration(references, envelope, Options())
    return share_size(
        references, [kept_size(reference) for reference in references.references], timed
    )


@many(150)
@given(NEEDS, MOST)
def test_the_parts_never_exceed_the_whole_nor_any_need(needs: list[float], most: float) -> None:
    parts = divide_evenly(needs, most)
    assert sum(parts) <= most * (1 + 1e-12)
    assert all(0 <= part <= need for part, need in zip(parts, needs, strict=True))


@many(150)
@given(NEEDS, MOST)
def test_the_whole_is_shared_while_a_need_is_left(needs: list[float], most: float) -> None:
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
    needs = [length / 1e6 for length in microseconds]
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
@given(SIZES, st.integers(0, 10**8))
def test_divided_sizes_are_whole_numbers_and_never_exceed_the_whole(
    sizes: list[int], most: int
) -> None:
    parts = divide_all(sizes, most)
    assert all(isinstance(part, int) for part in parts)
    assert most - len(parts) <= sum(parts) <= most


@many(150)
@given(SIZES)
def test_sizes_that_fit_together_are_met_in_full(sizes: list[int]) -> None:
    parts = divide_all(sizes, sum(sizes) + 10)
    assert all(part >= size for part, size in zip(parts, sizes, strict=True))


def test_videos_share_duration_and_size_and_audio_shares_duration() -> None:
    references = reference_set(
        image(), video(duration=20.0), video(duration=20.0), audio(duration=20.0)
    )
    _, first, second, third = share(references, ENVELOPE)
    assert [envelope.range("video-total-duration").max for envelope in (first, second)] == [
        7.5,
        7.5,
    ]
    assert [envelope.range("video-total-size").max for envelope in (first, second)] == [
        24_999_999
    ] * 2
    assert third.range("audio-total-duration").max == 15.0


def test_limits_that_are_not_shared_are_unchanged() -> None:
    references = reference_set(image(), video())
    of_image, of_video = share(references, ENVELOPE)
    assert of_image == ENVELOPE
    rules = set(ENVELOPE.limits) - {"video-total-duration", "video-total-size"}
    assert all(of_video.limits[rule] == ENVELOPE.limits[rule] for rule in rules)


def test_a_video_needs_a_share_for_its_window_only() -> None:
    part = reference("video1", video(duration=60.0, size=200_000_000), Window(start=10, end=13))
    first, second = share(reference_set(part, video(duration=60.0, size=90_000_000)), ENVELOPE)
    assert first.range("video-total-duration").max == 3.0
    assert second.range("video-total-duration").max == 12.0
    assert first.range("video-total-size").max == 10_000_000
    assert second.range("video-total-size").max == 39_999_999


WAYS = st.sampled_from(sorted(DIVISIONS))


@many(200)
@given(WAYS, NEEDS, MOST, st.floats(0, 5))
def test_however_seconds_are_shared_no_part_exceeds_its_need(
    way: str, needs: list[float], most: float, least: float
) -> None:
    parts = DIVISIONS[way](needs, most, least)
    assert sum(parts) == pytest.approx(min(sum(needs), most))
    assert all(part <= need + 1e-9 for part, need in zip(parts, needs, strict=True))


@many(200)
@given(WAYS, st.lists(st.floats(0, 100), min_size=1, max_size=3), st.floats(6, 100))
def test_every_file_gets_the_minimum_where_there_is_enough(
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


def test_short_videos_are_lengthened_to_the_minimum_of_each_and_of_all() -> None:
    assert lengthened([1.0, 5.0], 2.0, 2.0) == [2.0, 5.0]
    assert lengthened([0.5, 0.5], 0.0, 2.0) == [1.0, 1.0]
    assert lengthened([0.0, 0.5], 0.0, 2.0) == [0.0, 2.0]


def test_a_looped_video_takes_its_seconds_from_the_others() -> None:
    references = reference_set(video(duration=0.5), video(duration=60.0))
    first, second = share_duration(references, ENVELOPE, Options(allow=frozenset({"loop"})))
    assert first.range("video-total-duration") == Range(min=2.0, max=2.0)
    assert second.range("video-total-duration").max == 13.0
