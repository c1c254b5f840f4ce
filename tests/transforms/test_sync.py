"""Audio and video stay in sync, and frames keep their times, whatever the source's clock."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

from fixtures.clips import clip
from tests import measure
from tests.examples import SHRUNK
from tests.transforms.fixing import fixed

SMALL, INSIDE = (120, 90), (160, 162)
"""A frame below the minimum area, so that it is encoded, and one whose packets may be copied."""
RATE = Fraction(24)
FRAME = 1 / 24
AHEAD = {"preset": "fast", "bf": "3", "g": "30"}
"""Encoder options that give B-frames, so that frames are decoded before their time."""
TS_END = 95_443.7
"""Seconds at which the clock of MPEG-TS wraps around: 33 bits of 1/90000 s."""
HALTING = [n / 48 for n in range(154) if n % 24 < 12 or n % 2 == 0]
"""Times (s) of frames that last 1/48 s for half of the time, else twice as long."""


def times_from(begin: float) -> list[float]:
    """The times of 77 frames, from `begin` on."""
    return [begin + frame / 24 for frame in range(77)]


ENCODED: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("a.mp4", {}),
    "late audio after an empty edit": ("a.mov", {"audio_span": (0.4, 3.2)}),
    "early audio": ("a.mov", {"times": times_from(0.3), "audio_span": (0.0, 3.5)}),
    "audio before time zero": ("a.mp4", {"audio_span": (-0.5, 3.2), "options": AHEAD}),
    "audio that ends early": ("a.mp4", {"audio_span": (0.0, 2.4)}),
    "late audio in Matroska": ("a.mkv", {"audio_span": (0.7, 3.2)}),
    "a clock that wraps around": (
        "a.ts", {"times": times_from(TS_END - 1.7), "audio_span": (TS_END - 1.7, TS_END + 1.5)}
    ),
    "variable frame rate, late audio": ("a.mkv", {"times": HALTING, "audio_span": (0.7, 3.2)}),
    "120 frames per second": ("a.mp4", {"frame_rate": Fraction(120), "sample_rate": 44100}),
    "12 frames per second": ("a.mov", {"frame_rate": Fraction(12), "audio": "pcm_s16le"}),
    "an encoder's delay in MP3": ("a.mp4", {"audio": "libmp3lame", "sample_rate": 44100}),
    "an encoder's delay in Opus": ("a.webm", {"audio": "libopus", "codec": "libvpx-vp9"}),
}  # fmt: skip
COPIED: dict[str, tuple[str, dict[str, Any]]] = {
    "late audio": ("a.mkv", {"audio_span": (0.7, 3.2)}),
    "early audio that is encoded": (
        "a.mov", {"times": times_from(0.5), "audio_span": (0.0, 3.7), "audio": "pcm_s16le"}
    ),
    "an encoder's delay in MP3": ("a.mkv", {"audio": "libmp3lame", "sample_rate": 32000}),
    "variable frame rate": ("a.mkv", {"times": HALTING}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("source", ENCODED)
def test_flash_and_click_stay_in_sync_when_a_video_is_encoded(tmp_path: Path, source: str) -> None:
    name, parameters = ENCODED[source]
    media = clip(
        tmp_path / name, **{"size": SMALL, "duration": 3.2, "frame_rate": RATE, **parameters}
    )
    for window in ("", "#t=0.6,2.9"):
        result = fixed(f"{media}{window}", tmp_path / f"out{window[1:]}", envelope=SHRUNK)
        assert result.steps[-1].step == "encode"
        assert_in_sync(result.path, parameters, cut=0.6 if window else None)


@pytest.mark.parametrize("source", COPIED)
def test_flash_and_click_stay_in_sync_when_packets_are_copied(tmp_path: Path, source: str) -> None:
    name, parameters = COPIED[source]
    media = clip(
        tmp_path / name,
        **{"size": INSIDE, "duration": 3.2, "frame_rate": RATE, "options": AHEAD, **parameters},
    )
    for window in ("", "#t=0,2.5"):
        result = fixed(f"{media}{window}", tmp_path / f"out{window[1:]}", envelope=SHRUNK)
        assert result.steps[-1].step == "remux"
        assert_in_sync(result.path, parameters, cut=None)


def assert_in_sync(path: Path, parameters: dict[str, Any], cut: float | None) -> None:
    """Assert that flashes are on the source's whole seconds, each with its click.

    `cut` is where a window starts, on a clock that starts with the file's first stream.
    """
    begin = float(parameters.get("times", [0.0])[0])
    audio_start, audio_end = parameters.get("audio_span", (begin, begin + 3.2))
    zero = begin if cut is None else max(0.0, min(begin, audio_start)) + cut
    flashes, clicks = measure.flash_times(path), measure.click_times(path)
    duration = max(measure.durations(path).values())
    seconds = [second - zero for second in range(int(begin), int(begin) + 5)]
    assert flashes == near(second for second in seconds if -FRAME < second < duration - FRAME)
    with_audio = [
        flash
        for flash in flashes
        if audio_start - FRAME < flash + zero < audio_end and flash < duration
    ]
    assert clicks == near(with_audio)
    assert len(clicks) >= 2


def near(times: Iterable[float]) -> Any:
    """These times, within one frame."""
    return pytest.approx(list(times), abs=FRAME + 0.002)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("a.mp4", {"size": SMALL}),
        ("a.mkv", {"size": SMALL, "codec": "mpeg4"}),
        ("a.ts", {"size": SMALL}),
        ("a.webm", {"size": SMALL, "codec": "libvpx-vp9", "audio": "libopus"}),
        ("a.mov", {"size": INSIDE, "audio": "pcm_s16le", "options": AHEAD}),
    ],
)
def test_a_variable_frame_rate_keeps_the_time_of_every_frame(
    tmp_path: Path, name: str, parameters: dict[str, Any]
) -> None:
    media = clip(tmp_path / name, times=HALTING, frame_rate=RATE, **parameters)
    result = fixed(media, tmp_path / "out", envelope=SHRUNK)
    assert frame_times(result.path) == pytest.approx(HALTING, abs=0.001)
    assert max(gaps(frame_times(result.path))) > 1.5 * min(gaps(frame_times(result.path)))


def test_a_variable_frame_rate_has_the_same_duration_by_every_header(tmp_path: Path) -> None:
    media = clip(tmp_path / "a.mp4", size=SMALL, times=HALTING, frame_rate=RATE, audio=None)
    result = fixed(media, tmp_path / "out", envelope=SHRUNK)
    lengths = measure.durations(result.path)
    assert list(lengths.values()) == pytest.approx([HALTING[-1] + FRAME] * len(lengths), abs=1e-4)


@pytest.mark.parametrize(("name", "frame_rate"), [("a.mkv", "30000/1001"), ("a.mp4", "60")])
def test_a_constant_frame_rate_stays_exactly_constant(
    tmp_path: Path, name: str, frame_rate: str
) -> None:
    media = clip(tmp_path / name, size=SMALL, duration=2.5, frame_rate=Fraction(frame_rate))
    times = frame_times(fixed(media, tmp_path / "out", envelope=SHRUNK).path)
    assert gaps(times) == pytest.approx([1 / Fraction(frame_rate)] * (len(times) - 1), abs=1e-6)
    assert len(times) == round(2.5 * Fraction(frame_rate))


def frame_times(path: Path) -> list[float]:
    """The time of each frame in seconds, from the first frame on."""
    with av.open(str(path)) as container:
        times = [float(frame.time or 0) for frame in container.decode(video=0)]
    return [time - times[0] for time in times]


def gaps(times: list[float]) -> list[float]:
    return [round(later - sooner, 7) for sooner, later in pairwise(times)]
