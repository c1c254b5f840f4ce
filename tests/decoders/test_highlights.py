"""Content statistics of a video or audio: brightness, sharpness, motion and loudness in time."""

from pathlib import Path

import av
import numpy as np
import pytest

from refprep.decoders.highlights import content_stats
from tests import measure

SIZE = (320, 180)
FRAME_RATE = 20


def film(path: Path) -> Path:
    """Write two seconds of black, two of still noise, two of noise that changes every frame."""
    random = np.random.default_rng(1)
    still = random.integers(0, 255, (SIZE[1], SIZE[0]), dtype=np.uint8)
    with av.open(str(path), "w") as output:
        stream = output.add_stream(
            "libx264", rate=FRAME_RATE, options={"preset": "ultrafast", "g": "40"}
        )
        stream.width, stream.height = SIZE
        for place in range(6 * FRAME_RATE):
            changing = random.integers(0, 255, still.shape, dtype=np.uint8)
            gray = (np.zeros_like(still), still, changing)[place // (2 * FRAME_RATE)]
            frame = av.VideoFrame.from_ndarray(gray, format="gray").reformat(format="yuv420p")
            frame.pts = place
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def test_brightness_sharpness_and_motion_are_measured_where_they_occur(tmp_path: Path) -> None:
    stats = content_stats(film(tmp_path / "film.mp4"))
    assert stats[0]["time"] == 0
    assert stats[-1]["time"] > 5.5
    black, still, moving = (
        [row for row in stats if start + 0.3 < row["time"] < start + 1.9] for start in (0, 2, 4)
    )
    assert max(row["brightness"] for row in black) < 0.1 < min(row["brightness"] for row in still)
    assert max(row["sharpness"] for row in black) < 0.01 < min(row["sharpness"] for row in still)
    assert max(row["motion"] for row in still) < 0.02 < min(row["motion"] for row in moving)


def test_measurements_come_four_times_a_second_from_end_to_end(dance: Path) -> None:
    times = [row["time"] for row in content_stats(dance)]
    assert max(np.diff(times)) <= 0.35
    assert len(times) == pytest.approx(12, abs=3)


def test_loudness_is_the_root_mean_square(voice: Path) -> None:
    samples, _, _ = measure.audio(voice)
    truth = np.sqrt((samples**2).mean())
    measured = np.mean([row["loudness"] for row in content_stats(voice)])
    assert measured == pytest.approx(truth, rel=0.2)
