"""The best part: where there is light, detail and motion, and no scrap of another scene."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.models.media import ContentStats
from refprep.planner.highlight import best
from tests.examples import many

STEP = 0.25
LEVEL = st.floats(0, 1)


def actual(seconds: int, **facts: dict[tuple[float, float], float]) -> list[ContentStats]:
    """Moments of a lit, sharp, slow clip; `facts` are levels by the time they reign."""

    def at(time: float) -> ContentStats:
        result = {"brightness": 0.5, "sharpness": 0.1, "motion": 0.01}
        for fact, levels in facts.items():
            result[fact] = next(
                (item for (a, b), item in levels.items() if a <= time < b), result[fact]
            )
        return ContentStats(time=time, **result)

    return [at(place * STEP) for place in range(int(seconds / STEP))]


def chosen(moments: list[ContentStats], kept: float) -> tuple[float, str]:
    length = moments[-1].time + STEP
    start, why = best(moments, 0.0, length - kept, kept)
    return start, why or ""


def test_motion_is_sought() -> None:
    start, why = chosen(actual(40, motion={(20, 28): 0.05}), 8)
    assert start == pytest.approx(20, abs=0.3)
    assert "motion of the rest" in why


def test_detail_is_sought_where_all_moves_alike() -> None:
    start, why = chosen(actual(40, sharpness={(5, 10): 0.3}), 5)
    assert start == pytest.approx(5, abs=0.3)
    assert "detail of the rest" in why


def test_black_is_left_out_however_it_moves() -> None:
    moments = actual(30, brightness={(0, 10): 0.01}, motion={(0, 10): 0.09})
    start, why = chosen(moments, 10)
    assert start >= 10
    assert "no black" in why


@pytest.mark.parametrize("cut", [10.0, 20.0])
def test_a_part_begins_with_a_scene_and_not_just_before_it(cut: float) -> None:
    moments = actual(30, motion={(cut, cut + STEP): 0.4})
    start, why = chosen(moments, 9)
    assert not start < cut < start + 9
    assert why.endswith("one scene")


def test_loud_sound_is_sought_where_there_is_no_picture() -> None:
    loud = actual(40, brightness={(0, 40): 0.0}, sharpness={(0, 40): 0.0}, motion={(0, 40): 0.0})
    heard = [m.model_copy(update={"loudness": 0.5 if 12 <= m.time < 20 else 0.1}) for m in loud]
    start, why = chosen(heard, 8)
    assert start == pytest.approx(12, abs=0.3)
    assert why == "5.0 x the sound of the rest"


@many(200)
@given(st.lists(st.tuples(LEVEL, LEVEL, LEVEL), min_size=4), st.floats(0, 5), st.floats(0, 8))
def test_the_part_always_lies_where_there_is_room(
    levels: list[tuple[float, float, float]], first: float, spare: float
) -> None:
    moments = [
        ContentStats(time=place * STEP, brightness=light, sharpness=sharp, motion=motion)
        for place, (light, sharp, motion) in enumerate(levels)
    ]
    start, _ = best(moments, first, spare, kept=3.0)
    assert first - 1e-6 <= start <= first + spare + 1e-6
