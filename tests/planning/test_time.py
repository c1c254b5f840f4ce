"""Time: the part that is kept, and the frame rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.limits import Range
from refprep.lineup import Entry
from refprep.media import Media
from refprep.planning import time
from refprep.planning.steps import Retime, Trim
from refprep.source import Window
from tests.made import ENVELOPE, clip, entry, image, many, sound

MICROSECONDS = st.integers(2_000_000, 15_000_000)


def lasting(seconds: float | None, window: Window | None = None) -> Entry:
    return entry("video1", clip(seconds=seconds), window)


@many(150)
@given(MICROSECONDS)
def test_a_clip_of_2_to_15_s_is_not_cut(microseconds: int) -> None:
    assert time.fit(lasting(microseconds / 1e6), ENVELOPE) == []


@many(150)
@given(MICROSECONDS)
def test_a_clip_is_not_cut_where_its_share_is_its_own_length(microseconds: int) -> None:
    seconds = microseconds / 1e6
    tight = ENVELOPE.tighten("video-seconds", Range(max=seconds))
    assert time.fit(lasting(seconds), tight) == []


@pytest.mark.parametrize(
    ("seconds", "window", "start", "end"),
    [
        (42.0, None, 0, 15),
        (15.015, None, 0, 15),
        (42.0, Window(start=12), 12, 27),
        (42.0, Window(start=12, end=20), 12, 20),
        (42.0, Window(start=12, end=30), 12, 27),
        (42.0, Window(start=40, end=60), 40, 42),
        (8.0, Window(end=5), 0, 5),
        (8.0, Window(start=5), 5, 8),
    ],
)
def test_the_kept_part_begins_where_the_window_does(
    seconds: float, window: Window | None, start: float, end: float
) -> None:
    assert time.fit(lasting(seconds, window), ENVELOPE) == [Trim(start=start, end=end)]


@pytest.mark.parametrize("window", [Window(), Window(end=8), Window(start=0, end=99)])
def test_a_window_over_the_whole_file_cuts_nothing(window: Window) -> None:
    assert time.fit(lasting(8.0, window), ENVELOPE) == []


@many(150)
@given(st.floats(0.001, 1000), st.floats(0.001, 15))
def test_the_kept_part_is_never_longer_than_the_share(seconds: float, share: float) -> None:
    tight = ENVELOPE.tighten("video-seconds", Range(max=share))
    trims = [step for step in time.fit(lasting(seconds), tight) if isinstance(step, Trim)]
    kept = trims[0].end - trims[0].start if trims else seconds
    assert kept <= min(seconds, share) + 1e-9


@pytest.mark.parametrize("media", [image(), clip(seconds=None), sound(seconds=None)])
def test_what_has_no_known_length_is_not_cut(media: Media) -> None:
    asked = entry(f"{media.kind}1", media, Window(start=3))
    assert time.fit(asked, ENVELOPE) == []


@pytest.mark.parametrize(
    ("fps", "shown"),
    [(23.976, 24), (10.0, 24), (60.1, 60), (120.0, 60), (1000.0, 60)],
)
def test_a_rate_outside_becomes_the_nearest_inside(fps: float, shown: float) -> None:
    assert time.rate(clip(fps=fps), ENVELOPE) == [Retime(fps=shown)]


@many(200)
@given(st.floats(24, 60))
def test_a_rate_inside_stays(fps: float) -> None:
    assert time.rate(clip(fps=fps), ENVELOPE) == []


def test_an_unknown_rate_is_left_alone() -> None:
    assert time.rate(clip(fps=None), ENVELOPE) == []
