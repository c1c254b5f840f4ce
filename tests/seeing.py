"""What the tests see for themselves: pixels, colours, times and sums, without refprep."""

import hashlib
import json
import math
import shutil
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import jsonschema
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fixtures.motion import BAR, FLASH
from fixtures.pictures import CORNERS, scene

Pixels = NDArray[np.uint8]
LEVELS = np.array(list(CORNERS.values()))
"""The colours of the scene's corners: top left, top right, bottom left, bottom right."""


def pixels(path: Path, mode: str = "RGB") -> Pixels:
    """The pixels as they are stored, turned by no tag."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert(mode))


def drawn(width: int, height: int) -> Pixels:
    """The scene as it should look."""
    return np.asarray(scene(width, height))


def psnr(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    """Likeness of two pictures of one size, in dB."""
    assert ours.shape == theirs.shape
    error = float(np.mean((ours.astype(float) - theirs.astype(float)) ** 2))
    return 10 * math.log10(255**2 / error) if error else math.inf


def corners(picture: Pixels) -> NDArray[Any]:
    """The mean colours of the four corner blocks, away from their edges."""
    height, width = picture.shape[0] // 6, picture.shape[1] // 6
    inner = slice(height // 4, -height // 4), slice(width // 4, -width // 4)
    blocks = (
        picture[:height, :width],
        picture[:height, -width:],
        picture[-height:, :width],
        picture[-height:, -width:],
    )
    return np.array([block[inner].mean(axis=(0, 1)) for block in blocks])


def off(picture: Pixels) -> float:
    """How far the corners' colours are from the scene's at most, in levels of 255."""
    return float(np.abs(corners(picture) - LEVELS).max())


def frames(path: Path) -> Iterator[tuple[float, Pixels]]:
    """The time (s) and RGB pixels of every frame, as they are stored."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            picture: Any = frame.to_ndarray(format="rgb24")
            yield float(frame.time or 0), picture


def first_frame(path: Path) -> Pixels:
    return next(frames(path))[1]


def part(picture: Pixels) -> float:
    """How much of the clip had passed at this frame: its bar's filled part."""
    filled = _area(picture, BAR).mean(axis=(0, 2)) > 128
    return float(filled.mean())


def flashing(picture: Pixels) -> bool:
    """True where the square is white, as in the first tenth of each second."""
    return bool(_area(picture, FLASH).mean() > 128)


def _area(picture: Pixels, box: tuple[int, int, int, int]) -> Pixels:
    height, width = picture.shape[:2]
    left, top, right, bottom = box
    rows = slice(top * height // 24 + 2, bottom * height // 24 - 2)
    return picture[rows, left * width // 24 : right * width // 24]


def flash_times(path: Path) -> list[float]:
    """When the square turns white, in seconds."""
    seen = [(time, flashing(picture)) for time, picture in frames(path)]
    before = [False, *(lit for _, lit in seen)]
    return [time for (time, lit), was in zip(seen, before, strict=False) if lit and not was]


def sound(path: Path) -> tuple[NDArray[Any], int, float]:
    """Samples (samples, channels) in -1..1, their rate, and the time (s) of the first one."""
    with av.open(str(path)) as container:
        heard = list(container.decode(audio=0))
        planar = av.AudioResampler(format="fltp")
        blocks = [out.to_ndarray() for frame in [*heard, None] for out in planar.resample(frame)]
        return np.concatenate(blocks, axis=1).T, heard[0].sample_rate, float(heard[0].time or 0)


def click_times(path: Path) -> list[float]:
    """When a click begins, in seconds; the tone itself stays below half its height."""
    samples, rate, start = sound(path)
    loud = np.flatnonzero(np.abs(samples).max(axis=1) > 0.55)
    fresh = np.diff(loud, prepend=-rate) > rate // 2
    return [start + float(at) / rate for at in loud[fresh]]


def likeness(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    """The correlation of two sounds, 1 for the same at any loudness, over their common length."""
    length = min(len(ours), len(theirs))
    one, other = ours[:length].ravel(), theirs[:length].ravel()
    return float(np.dot(one, other) / math.sqrt(np.dot(one, one) * np.dot(other, other)))


def durations(path: Path) -> dict[str, float]:
    """Every length (s) that a reader of the file may report, by av."""
    with av.open(str(path)) as container:
        told = {"container": (container.duration or 0) / av.time_base}
        for stream in container.streams:
            if stream.duration is not None and stream.time_base is not None:
                told[f"{stream.type} stream"] = float(stream.duration * stream.time_base)
        shown = {stream.index: Fraction(0) for stream in container.streams}
        for packet in container.demux():
            if packet.pts is not None and not packet.is_discard:
                assert packet.time_base is not None
                end = (packet.pts + (packet.duration or 0)) * packet.time_base
                shown[packet.stream_index] = max(shown[packet.stream_index], end)
    return told | {f"packets of {index}": float(end) for index, end in shown.items()}


def ffprobe(path: Path) -> Any:
    """What ffprobe tells of the file and its streams; skips where it is not installed."""
    if not (tool := shutil.which("ffprobe")):
        pytest.skip("ffprobe is not installed")
    command = [tool, "-v", "error", "-show_format", "-show_streams", "-of", "json", f"file:{path}"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def snapshot(folder: Path) -> dict[str, str]:
    """Every file below a folder, with its sum."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path) for path in files}


def names(folder: Path) -> list[str]:
    """What stands in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def valid(told: object, name: str) -> None:
    """Assert that something is what a published schema says."""
    published = Path(__file__).parents[1] / "docs" / "schema" / f"{name}.schema.json"
    schema = json.loads(published.read_text("ascii"))
    errors = jsonschema.Draft202012Validator(schema).iter_errors(told)
    assert [error.message for error in errors] == []
