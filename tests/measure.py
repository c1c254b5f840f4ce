"""What the tests measure for themselves: pixels, colors, times and checksums, without refprep."""

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
"""The colors of the scene's corners: top left, top right, bottom left, bottom right."""


def pixels(path: Path, mode: str = "RGB") -> Pixels:
    """The pixels as they are stored, without the rotation of a tag."""
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


def ssim(ours: Pixels, theirs: Pixels) -> float:
    """Likeness of two pictures' structure, 1 for the same: SSIM of brightness in blocks of 8."""
    assert ours.shape == theirs.shape
    x, y, (c1, c2) = _blocks(ours), _blocks(theirs), (6.5025, 58.5225)
    means = x.mean(axis=-1), y.mean(axis=-1)
    covariance = ((x - means[0][:, None]) * (y - means[1][:, None])).mean(axis=-1)
    alike = (2 * means[0] * means[1] + c1) * (2 * covariance + c2)
    variances = x.var(axis=-1) + y.var(axis=-1) + c2
    return float((alike / ((means[0] ** 2 + means[1] ** 2 + c1) * variances)).mean())


def _blocks(picture: Pixels) -> NDArray[Any]:
    """The brightness of blocks of 8 x 8 pixels, one block per row."""
    height, width = (side // 8 for side in picture.shape[:2])
    gray = picture[: height * 8, : width * 8] @ np.array([0.2126, 0.7152, 0.0722])
    return np.asarray(gray.reshape(height, 8, width, 8).swapaxes(1, 2).reshape(-1, 64))


def orientations(picture: Pixels) -> list[Pixels]:
    """A square picture in its eight orientations, the upright one first."""
    return [np.rot90(flip, turns) for flip in (picture, picture[:, ::-1]) for turns in range(4)]


def still_psnr(picture: Pixels) -> float:
    """Likeness of a frame to the scene, in dB, below the flash and above the bar."""
    height, width = picture.shape[:2]
    rows = slice(height // 6, height * 5 // 6)
    return psnr(picture[rows], drawn(width, height)[rows])


def corners(picture: Pixels) -> NDArray[Any]:
    """The mean colors of the four corner blocks, away from their edges."""
    height, width = picture.shape[0] // 6, picture.shape[1] // 6
    inner = slice(height // 4, -height // 4), slice(width // 4, -width // 4)
    blocks = (
        picture[:height, :width],
        picture[:height, -width:],
        picture[-height:, :width],
        picture[-height:, -width:],
    )
    return np.array([block[inner].mean(axis=(0, 1)) for block in blocks])


def color_error(picture: Pixels) -> float:
    """The largest difference of a corner's color from the scene's, in levels of 255."""
    return float(np.abs(corners(picture) - LEVELS).max())


def frames(path: Path) -> Iterator[tuple[float, Pixels]]:
    """The time (s) and RGB pixels of every frame, as they are stored."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            picture: Any = frame.to_ndarray(format="rgb24")
            yield float(frame.time or 0), picture


def first_frame(path: Path) -> Pixels:
    return next(frames(path))[1]


def elapsed(picture: Pixels) -> float:
    """How much of the video has passed at this frame: the filled part of its bar."""
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
    actual = [(time, flashing(picture)) for time, picture in frames(path)]
    before = [False, *(lit for _, lit in actual)]
    return [time for (time, lit), was in zip(actual, before, strict=False) if lit and not was]


def audio(path: Path) -> tuple[NDArray[Any], int, float]:
    """Samples (samples, channels) in -1..1, their rate, and the time (s) of the first one."""
    with av.open(str(path)) as container:
        decoded = list(container.decode(audio=0))
        planar = av.AudioResampler(format="fltp")
        blocks = [out.to_ndarray() for frame in [*decoded, None] for out in planar.resample(frame)]
        return np.concatenate(blocks, axis=1).T, decoded[0].sample_rate, float(decoded[0].time or 0)


def click_times(path: Path) -> list[float]:
    """When a click of 5 ms at 2 kHz begins, in seconds, however loud, or faded in, it is."""
    samples, rate, start = audio(path)
    turning = np.exp(-2j * np.pi * 2000 * np.arange(len(samples)) / rate)
    summed = np.cumsum(np.concatenate([[0], samples.mean(axis=1) * turning]))
    length = rate // 200
    strength = np.abs(summed[length:] - summed[:-length])
    loud = np.flatnonzero(strength > 0.4 * strength.max())
    bursts = np.split(loud, np.flatnonzero(np.diff(loud) > rate // 10) + 1)
    return [start + float(burst[strength[burst].argmax()]) / rate for burst in bursts]


def likeness(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    """The correlation of two signals, 1 for the same at any loudness, over their common length."""
    length = min(len(ours), len(theirs))
    x, y = ours[:length].ravel(), theirs[:length].ravel()
    return float(np.dot(x, y) / math.sqrt(np.dot(x, x) * np.dot(y, y)))


def durations(path: Path) -> dict[str, float]:
    """Every duration (s) that a reader of the file may report, by av."""
    with av.open(str(path)) as container:
        reported = {"container": (container.duration or 0) / av.time_base}
        for stream in container.streams:
            if stream.duration is not None and stream.time_base is not None:
                reported[f"{stream.type} stream"] = float(stream.duration * stream.time_base)
        ends = {stream.index: Fraction(0) for stream in container.streams}
        for packet in container.demux():
            if packet.pts is not None and not packet.is_discard:
                assert packet.time_base is not None
                end = (packet.pts + (packet.duration or 0)) * packet.time_base
                ends[packet.stream_index] = max(ends[packet.stream_index], end)
    return reported | {f"packets of {index}": float(end) for index, end in ends.items()}


def ffprobe(path: Path) -> Any:
    """What ffprobe reports of the file and its streams; skips where it is not installed."""
    if not (tool := shutil.which("ffprobe")):
        pytest.skip("ffprobe is not installed")
    command = [tool, "-v", "error", "-show_format", "-show_streams", "-of", "json", f"file:{path}"]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def snapshot(folder: Path) -> dict[str, str]:
    """Every file below a folder, with its SHA-256."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path) for path in files}


def names(folder: Path) -> list[str]:
    """The names in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def valid(value: object, name: str) -> None:
    """Assert that a value meets a published schema."""
    published = Path(__file__).parents[1] / "docs" / "schema" / f"{name}.schema.json"
    schema = json.loads(published.read_text("ascii"))
    errors = jsonschema.Draft202012Validator(schema).iter_errors(value)
    assert [error.message for error in errors] == []
