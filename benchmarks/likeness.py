"""Likeness of an encoded clip to the frames that went in."""

import gc
import io
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import av
from av.filter import Graph

from benchmarks.footage import Footage
from refprep.transforms.tracks import feed, pull

VMAF = "libvmaf" in av.filter.filters_available
"Comes with av 19, which needs Python 3.12."


@dataclass(frozen=True)
class Likeness:
    """`xpsnr` in dB, luma counted four times; VMAF 0 to 100: mean, and that of the worst frame.

    VMAF is nan where there is no libvmaf.
    """

    xpsnr: float
    vmaf: float
    worst: float


def likeness(footage: Footage, data: bytes) -> Likeness:
    """Decode `data` and compare it frame by frame."""
    decoded = tuple(_decoded(footage, data))
    assert len(decoded) == len(footage.frames)
    with tempfile.TemporaryDirectory() as folder:
        xpsnr = _xpsnr(footage, decoded, Path(folder) / "xpsnr.txt")
        scores = _vmaf(footage, decoded, Path(folder) / "vmaf.json") if VMAF else []
    mean = sum(scores) / len(scores) if scores else nan
    return Likeness(xpsnr, mean, min(scores, default=nan))


def _decoded(footage: Footage, data: bytes) -> Iterator[av.VideoFrame]:
    with av.open(io.BytesIO(data), "r") as container:
        for count, frame in enumerate(container.decode(video=0)):
            frame.pts, frame.time_base = count, 1 / footage.rate
            yield frame


def _xpsnr(footage: Footage, decoded: Iterable[Any], log: Path) -> float:
    """The filter takes the original first; its last line has the average of each plane."""
    _compare("xpsnr", f"stats_file={log}", footage, footage.frames, decoded)
    words = log.read_text(encoding="utf-8").splitlines()[-1].split()
    luma, blue, red = (float(words[words.index(plane) + 1]) for plane in ("y:", "u:", "v:"))
    return (4 * luma + blue + red) / 6


def _vmaf(footage: Footage, decoded: Iterable[Any], log: Path) -> list[float]:
    """The score of each frame; the filter takes the original last."""
    _compare(
        "libvmaf", f"log_path={log}:log_fmt=json:n_threads=2", footage, decoded, footage.frames
    )
    report = json.loads(log.read_text(encoding="utf-8"))
    return [frame["metrics"]["vmaf"] for frame in report["frames"]]


def _compare(
    name: str, options: str, footage: Footage, first: Iterable[Any], second: Iterable[Any]
) -> None:
    """Run a filter of two inputs to the end of its log, which is written when the graph goes."""
    _run(name, options, footage, first, second)
    gc.collect()  # its nodes and the graph hold each other


def _run(
    name: str, options: str, footage: Footage, first: Iterable[Any], second: Iterable[Any]
) -> None:
    width, height = footage.size
    rate = footage.rate
    arguments = (
        f"video_size={width}x{height}:pix_fmt=yuv420p:time_base={1 / rate}:frame_rate={rate}"
    )
    graph = Graph()
    inputs: list[Any] = [graph.add("buffer", arguments) for _ in range(2)]
    compare, sink = graph.add(name, options), graph.add("buffersink")
    for pad, source in enumerate(inputs):
        source.link_to(compare, 0, pad)
    compare.link_to(sink)
    graph.configure()
    for pair in [*zip(first, second, strict=True), (None, None)]:
        for source, frame in zip(inputs, pair, strict=True):
            feed(source, frame)
        for _ in pull(graph):
            pass
