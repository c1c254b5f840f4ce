"""Looking through a clip or sound: light, detail, motion and loudness where they are."""

from pathlib import Path

import av
import numpy as np
import pytest

from tests import seeing

SIZE = (320, 180)
FPS = 20


def film(path: Path) -> Path:
    """Two seconds of black, two of still noise, two of noise that changes with every frame."""
    dice = np.random.default_rng(1)
    still = dice.integers(0, 255, (SIZE[1], SIZE[0]), dtype=np.uint8)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "g": "40"})
        stream.width, stream.height = SIZE
        for place in range(6 * FPS):
            fresh = dice.integers(0, 255, still.shape, dtype=np.uint8)
            gray = (np.zeros_like(still), still, fresh)[place // (2 * FPS)]
            frame = av.VideoFrame.from_ndarray(gray, format="gray").reformat(format="yuv420p")
            frame.pts = place
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def test_light_detail_and_motion_are_seen_where_they_are(tmp_path: Path) -> None:
    moments = content_stats(film(tmp_path / "film.mp4"))
    assert moments[0].at == 0
    assert moments[-1].at > 5.5
    black, still, moving = (
        [m for m in moments if start + 0.3 < m.at < start + 1.9] for start in (0, 2, 4)
    )
    assert max(m.light for m in black) < 0.1 < min(m.light for m in still)
    assert max(m.sharp for m in black) < 0.01 < min(m.sharp for m in still)
    assert max(m.motion for m in still) < 0.02 < min(m.motion for m in moving)


def test_moments_come_four_times_a_second_from_end_to_end(dance: Path) -> None:
    times = [moment.at for moment in content_stats(dance)]
    assert max(np.diff(times)) <= 0.35
    assert len(times) == pytest.approx(12, abs=3)


def test_loudness_is_heard(voice: Path) -> None:
    samples, _, _ = seeing.sound(voice)
    loud = np.sqrt((samples**2).mean())
    heard = np.mean([moment.loud for moment in content_stats(voice)])
    assert heard == pytest.approx(loud, rel=0.2)
