"""Sound and picture stay together, and time passes as it did, whatever the source's clock says."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest

import refprep
from fixtures.clips import clip
from tests import seeing
from tests.made import SHRUNK

SMALL, INSIDE = (120, 90), (160, 162)
"""A frame below the least area, so that its clip is encoded, and one that may keep its packets."""
RATE = Fraction(24)
FRAME = 1 / 24
AHEAD = {"preset": "fast", "bf": "3", "g": "30"}
"""Encoder options that give pictures which are decoded before their time."""
TS_END = 95_443.7
"""Seconds at which the clock of MPEG-TS starts again: 33 bits of 1/90000 s."""
HALTING = [n / 48 for n in range(154) if n % 24 < 12 or n % 2 == 0]
"""Times (s) of frames that last 1/48 s for half of the time, else twice as long."""


def shown(begin: float) -> list[float]:
    """The times of 77 frames, from `begin` on."""
    return [begin + frame / 24 for frame in range(77)]


ENCODED: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("a.mp4", {}),
    "sound that is late after an empty edit": ("a.mov", {"audio_span": (0.4, 3.2)}),
    "sound that is early": ("a.mov", {"times": shown(0.3), "audio_span": (0.0, 3.5)}),
    "sound before time zero": ("a.mp4", {"audio_span": (-0.5, 3.2), "options": AHEAD}),
    "sound that ends early": ("a.mp4", {"audio_span": (0.0, 2.4)}),
    "sound that is late in Matroska": ("a.mkv", {"audio_span": (0.7, 3.2)}),
    "a clock that starts again": (
        "a.ts", {"times": shown(TS_END - 1.7), "audio_span": (TS_END - 1.7, TS_END + 1.5)}
    ),
    "uneven pace, late sound": ("a.mkv", {"times": HALTING, "audio_span": (0.7, 3.2)}),
    "120 frames per second": ("a.mp4", {"frame_rate": Fraction(120), "sample_rate": 44100}),
    "12 frames per second": ("a.mov", {"frame_rate": Fraction(12), "audio": "pcm_s16le"}),
    "an encoder's delay in MP3": ("a.mp4", {"audio": "libmp3lame", "sample_rate": 44100}),
    "an encoder's delay in Opus": ("a.webm", {"audio": "libopus", "codec": "libvpx-vp9"}),
}  # fmt: skip
COPIED: dict[str, tuple[str, dict[str, Any]]] = {
    "late sound": ("a.mkv", {"audio_span": (0.7, 3.2)}),
    "early sound that is encoded": (
        "a.mov", {"times": shown(0.5), "audio_span": (0.0, 3.7), "audio": "pcm_s16le"}
    ),
    "an encoder's delay in MP3": ("a.mkv", {"audio": "libmp3lame", "sample_rate": 32000}),
    "uneven pace": ("a.mkv", {"times": HALTING}),
}  # fmt: skip


@pytest.mark.parametrize("source", ENCODED)
def test_flash_and_click_stay_together_when_a_clip_is_encoded(tmp_path: Path, source: str) -> None:
    name, how = ENCODED[source]
    made = clip(tmp_path / name, **{"size": SMALL, "duration": 3.2, "frame_rate": RATE, **how})
    for window in ("", "#t=0.6,2.9"):
        result = mended(f"{made}{window}", tmp_path / f"out{window[1:]}")
        assert result.steps[-1].step == "encode"
        assert_together(result.path, how, cut=0.6 if window else None)


@pytest.mark.parametrize("source", COPIED)
def test_flash_and_click_stay_together_when_packets_are_kept(tmp_path: Path, source: str) -> None:
    name, how = COPIED[source]
    made = clip(
        tmp_path / name,
        **{"size": INSIDE, "duration": 3.2, "frame_rate": RATE, "options": AHEAD, **how},
    )
    for window in ("", "#t=0,2.5"):
        result = mended(f"{made}{window}", tmp_path / f"out{window[1:]}")
        assert result.steps[-1].step == "remux"
        assert_together(result.path, how, cut=None)


def mended(source: str, folder: Path) -> refprep.Prepared:
    """The one file that fix writes; nothing may be left to complain about."""
    fixed = refprep.fix([source], folder, envelope=SHRUNK)
    assert [found.message for found in fixed.findings if found.level != "info"] == []
    return fixed.prepared[0]


def assert_together(path: Path, how: dict[str, Any], cut: float | None) -> None:
    """Flashes on the source's whole seconds, each with its click where there is sound.

    `cut` is where a window starts, on a clock that starts with the file's first stream.
    """
    begin = float(how.get("times", [0.0])[0])
    heard, silent = how.get("heard", (begin, begin + 3.2))
    zero = begin if cut is None else max(0.0, min(begin, heard)) + cut
    flashes, clicks = seeing.flash_times(path), seeing.click_times(path)
    lasting = max(seeing.durations(path).values())
    whole = [second - zero for second in range(int(begin), int(begin) + 5)]
    assert flashes == near(second for second in whole if -FRAME < second < lasting - FRAME)
    sounding = [
        flash for flash in flashes if heard - FRAME < flash + zero < silent and flash < lasting
    ]
    assert clicks == near(sounding)
    assert len(clicks) >= 2


def near(times: Iterable[float]) -> Any:
    """Within one frame."""
    return pytest.approx(list(times), abs=FRAME + 0.002)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.mp4", {"size": SMALL}),
        ("a.mkv", {"size": SMALL, "codec": "mpeg4"}),
        ("a.ts", {"size": SMALL}),
        ("a.webm", {"size": SMALL, "codec": "libvpx-vp9", "audio": "libopus"}),
        ("a.mov", {"size": INSIDE, "audio": "pcm_s16le", "options": AHEAD}),
    ],
)
def test_an_uneven_pace_keeps_the_time_of_every_picture(
    tmp_path: Path, name: str, how: dict[str, Any]
) -> None:
    made = clip(tmp_path / name, times=HALTING, frame_rate=RATE, **how)
    result = mended(str(made), tmp_path / "out")
    assert picture_times(result.path) == pytest.approx(HALTING, abs=0.001)
    assert max(gaps(picture_times(result.path))) > 1.5 * min(gaps(picture_times(result.path)))


def test_an_uneven_pace_lasts_as_long_by_every_header(tmp_path: Path) -> None:
    made = clip(tmp_path / "a.mp4", size=SMALL, times=HALTING, frame_rate=RATE, audio=None)
    result = mended(str(made), tmp_path / "out")
    told = seeing.durations(result.path)
    assert list(told.values()) == pytest.approx([HALTING[-1] + FRAME] * len(told), abs=1e-4)


@pytest.mark.parametrize(("name", "frame_rate"), [("a.mkv", "30000/1001"), ("a.mp4", "60")])
def test_a_steady_pace_stays_exactly_steady(tmp_path: Path, name: str, fps: str) -> None:
    made = clip(tmp_path / name, size=SMALL, duration=2.5, frame_rate=Fraction(fps))
    times = picture_times(mended(str(made), tmp_path / "out").path)
    assert gaps(times) == pytest.approx([1 / Fraction(fps)] * (len(times) - 1), abs=1e-6)
    assert len(times) == round(2.5 * Fraction(fps))


def picture_times(path: Path) -> list[float]:
    """When each picture is shown, from the first one on, in seconds."""
    with av.open(str(path)) as container:
        times = [float(frame.time or 0) for frame in container.decode(video=0)]
    return [time - times[0] for time in times]


def gaps(times: list[float]) -> list[float]:
    return [round(later - sooner, 7) for sooner, later in pairwise(times)]
