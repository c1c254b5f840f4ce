"""Highlights: bright, detailed and moving, within one scene."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.models.media import ContentStats
from refprep.planner.highlight import best
from tests.examples import many

STEP = 0.25
LEVEL = st.floats(0, 1)


def content_stats(seconds: int, **facts: dict[tuple[float, float], float]) -> list[ContentStats]:
    """Statistics of a bright, sharp, slow video; `facts` are levels by their time range (s)."""

    def at(time: float) -> ContentStats:
        level_of = {"brightness": 0.5, "sharpness": 0.1, "motion": 0.01}
        for fact, levels in facts.items():
            level_of[fact] = next(
                (level for (a, b), level in levels.items() if a <= time < b), level_of[fact]
            )
        return ContentStats(time=time, **level_of)

    return [at(place * STEP) for place in range(int(seconds / STEP))]


def chosen(stats: list[ContentStats], kept: float) -> tuple[float, str]:
    length = stats[-1].time + STEP
    start, why = best(stats, 0.0, length - kept, kept)
    return start, why or ""


def test_a_highlight_has_the_most_motion() -> None:
    start, why = chosen(content_stats(40, motion={(20, 28): 0.05}), 8)
    assert start == pytest.approx(20, abs=0.3)
    assert "motion of the rest" in why


def test_a_highlight_has_the_most_detail_where_motion_is_even() -> None:
    start, why = chosen(content_stats(40, sharpness={(5, 10): 0.3}), 5)
    assert start == pytest.approx(5, abs=0.3)
    assert "detail of the rest" in why


def test_a_highlight_has_no_black_frames_whatever_their_motion() -> None:
    stats = content_stats(30, brightness={(0, 10): 0.01}, motion={(0, 10): 0.09})
    start, why = chosen(stats, 10)
    assert start >= 10
    assert "no black" in why


@pytest.mark.parametrize("cut", [10.0, 20.0])
def test_a_highlight_begins_with_a_scene_and_not_just_before_it(cut: float) -> None:
    stats = content_stats(30, motion={(cut, cut + STEP): 0.4})
    start, why = chosen(stats, 9)
    assert not start < cut < start + 9
    assert why.endswith("one scene")


def test_a_highlight_is_the_loudest_part_where_all_frames_are_black() -> None:
    black = content_stats(
        40, brightness={(0, 40): 0.0}, sharpness={(0, 40): 0.0}, motion={(0, 40): 0.0}
    )
    loudness = {s.time: 0.5 if 12 <= s.time < 20 else 0.1 for s in black}
    stats = [s.model_copy(update={"loudness": loudness[s.time]}) for s in black]
    start, why = chosen(stats, 8)
    assert start == pytest.approx(12, abs=0.3)
    assert why == "5.0 x the sound of the rest"


@many(200)
@given(st.lists(st.tuples(LEVEL, LEVEL, LEVEL), min_size=4), st.floats(0, 5), st.floats(0, 8))
def test_a_highlight_starts_within_its_bounds(
    levels: list[tuple[float, float, float]], first: float, spare: float
) -> None:
    stats = [
        ContentStats(time=place * STEP, brightness=bright, sharpness=sharp, motion=motion)
        for place, (bright, sharp, motion) in enumerate(levels)
    ]
    start, _ = best(stats, first, spare, kept=3.0)
    assert first - 1e-6 <= start <= first + spare + 1e-6
