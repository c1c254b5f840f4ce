"""Lengthening: a short clip or sound again and again, in the order that was allowed."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refprep
from fixtures.clips import clip
from fixtures.sounds import tone
from refprep.transforms.lengthen import ORDERS
from tests import seeing
from tests.made import many


@many(100)
@given(st.sampled_from(sorted(ORDERS)), st.integers(1, 30), st.integers(1, 200))
def test_every_place_is_filled_and_the_beginning_is_the_clip_itself(
    how: str, there: int, places: int
) -> None:
    order = [int(ORDERS[how](place, there)) for place in range(places)]
    assert order[:there] == list(range(min(there, places)))
    assert set(order) <= set(range(there))


@many(50)
@given(st.integers(2, 30), st.integers(2, 200))
def test_a_boomerang_never_jumps(there: int, places: int) -> None:
    order = [int(ORDERS["ping-pong"](place, there)) for place in range(places)]
    assert {abs(step) for step in np.diff(order)} == {1}


PARTS = {
    "loop": [0, 0.25, 0.5, 0.75, 0, 0.25, 0.5, 0.75],
    "ping-pong": [0, 0.25, 0.5, 0.75, 0.92, 0.67, 0.42, 0.17],
    "freeze": [0, 0.25, 0.5, 0.75, 1, 1, 1, 1],
}
"How much of the clip has passed, every quarter of a second of two."


@pytest.mark.parametrize("how", PARTS)
def test_a_clip_of_one_second_becomes_one_of_two(tmp_path: Path, how: str) -> None:
    source = clip(tmp_path / "a.mp4", size=(640, 642), duration=1, frame_rate=Fraction(24))
    fixed = refprep.fix([source], tmp_path / "out", allow=[how])
    assert fixed.verdict == "pass"
    written = fixed.prepared[0].path
    shown = [seeing.part(picture) for _, picture in seeing.frames(written)]
    assert len(shown) == 48
    assert shown[::6] == pytest.approx(PARTS[how], abs=0.07)
    assert max(seeing.durations(written).values()) == 2.0


def test_sound_is_repeated_with_its_pictures(tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mp4", size=(640, 642), duration=1.75, frame_rate=Fraction(24))
    fixed = refprep.fix([source], tmp_path / "out", allow=["loop"])
    flashes = seeing.flash_times(fixed.prepared[0].path)
    clicks = seeing.click_times(fixed.prepared[0].path)
    assert flashes == pytest.approx([0, 1, 1.75], abs=1 / 24)
    assert clicks == pytest.approx(flashes, abs=1 / 24)


@pytest.mark.parametrize("how", ["loop", "ping-pong", "freeze"])
@pytest.mark.parametrize("name", ["a.wav", "a.mp3"])
def test_a_short_sound_becomes_one_of_two_seconds(tmp_path: Path, name: str, how: str) -> None:
    source = tone(tmp_path / name, duration=0.8, channels=2)
    fixed = refprep.fix([source], tmp_path / "out", allow=[how], each=True)
    assert fixed.verdict == "pass"
    samples, rate, _ = seeing.sound(fixed.prepared[0].path)
    assert len(samples) == pytest.approx(2 * rate, abs=1152)
    beyond = np.abs(samples[int(1.2 * rate) : int(1.9 * rate)]).max()
    assert (beyond < 0.01) == (how == "freeze")
