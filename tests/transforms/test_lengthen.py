"""Lengthening: a short video or audio is looped, ping-ponged or frozen, as was allowed."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import refprep
from fixtures.clips import clip
from fixtures.sounds import tone
from refprep.options import Loss
from refprep.transforms.lengthen import ORDERS
from tests import measure
from tests.examples import many


@many(100)
@given(st.sampled_from(sorted(ORDERS)), st.integers(1, 30), st.integers(1, 200))
def test_every_place_is_filled_and_the_start_is_the_source_itself(
    mode: str, count: int, length: int
) -> None:
    order = [int(ORDERS[mode](place, count)) for place in range(length)]
    assert order[:count] == list(range(min(count, length)))
    assert set(order) <= set(range(count))


@many(50)
@given(st.integers(2, 30), st.integers(2, 200))
def test_ping_pong_never_jumps(count: int, length: int) -> None:
    order = [int(ORDERS["ping-pong"](place, count)) for place in range(length)]
    assert {abs(step) for step in np.diff(order)} == {1}


PARTS: dict[Loss, list[float]] = {
    "loop": [0, 0.25, 0.5, 0.75, 0, 0.25, 0.5, 0.75],
    "ping-pong": [0, 0.25, 0.5, 0.75, 0.92, 0.67, 0.42, 0.17],
    "freeze": [0, 0.25, 0.5, 0.75, 1, 1, 1, 1],
}
"The part of the source that has passed, every quarter of a second of two."


@pytest.mark.parametrize("mode", PARTS)
def test_a_video_of_one_second_becomes_two_seconds(tmp_path: Path, mode: Loss) -> None:
    source = clip(tmp_path / "a.mp4", size=(640, 642), duration=1, frame_rate=Fraction(24))
    result = refprep.fix([source], tmp_path / "out", allow=[mode])
    assert result.verdict == "pass"
    written = result.prepared[0].path
    parts = [measure.elapsed(frame) for _, frame in measure.frames(written)]
    assert len(parts) == 48
    assert parts[::6] == pytest.approx(PARTS[mode], abs=0.07)
    assert max(measure.durations(written).values()) == 2.0


def test_audio_is_repeated_with_its_frames(tmp_path: Path) -> None:
    source = clip(tmp_path / "a.mp4", size=(640, 642), duration=1.75, frame_rate=Fraction(24))
    result = refprep.fix([source], tmp_path / "out", allow=["loop"])
    flashes = measure.flash_times(result.prepared[0].path)
    clicks = measure.click_times(result.prepared[0].path)
    assert flashes == pytest.approx([0, 1, 1.75], abs=1 / 24)
    assert clicks == pytest.approx(flashes, abs=1 / 24)


@pytest.mark.parametrize("mode", ["loop", "ping-pong", "freeze"])
@pytest.mark.parametrize("name", ["a.wav", "a.mp3"])
def test_a_short_audio_becomes_two_seconds(tmp_path: Path, name: str, mode: Loss) -> None:
    source = tone(tmp_path / name, duration=0.8, channels=2)
    result = refprep.fix([source], tmp_path / "out", allow=[mode], each=True)
    assert result.verdict == "pass"
    samples, rate, _ = measure.audio(result.prepared[0].path)
    assert len(samples) == pytest.approx(2 * rate, abs=1152)
    beyond = np.abs(samples[int(1.2 * rate) : int(1.9 * rate)]).max()
    assert (beyond < 0.01) == (mode == "freeze")
