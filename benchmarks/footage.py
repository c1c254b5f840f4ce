"""Footage: frames as refprep would hand them to its encoder, before anything is lost."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from refprep import envelopes
from refprep.decoders.decoder import Decoder
from refprep.decoders.demuxer import open_container, video_stream
from refprep.models.media import Video
from refprep.models.steps import Step, predict
from refprep.options import DEFAULT_ENVELOPE, Options
from refprep.planner import fit_frame, fit_time
from refprep.transforms.filters import video_chain
from refprep.transforms.timeline import video_frames
from refprep.transforms.tracks import Filter, feed, filter_graph, pull

GRAIN: list[Filter] = [("noise", "alls=5:allf=t:all_seed=7")]
"Fresh noise on every frame, about as strong as a phone's indoors."
PAGE = Path(__file__).parents[1] / "docs" / "rules.md"
"The text that the drawn page shows."
PAGE_SIZE, PAGE_RATE = (1280, 720), Fraction(30)
SCROLL, STILL = 6, 12
"Pixels that the page scrolls per frame, and the frames for which it then rests."


@dataclass(frozen=True)
class Footage:
    """A clip's scaled frames, yuv420p, with pts 0, 1, 2 ... in units of 1/rate."""

    name: str
    kind: str
    rate: Fraction
    frames: tuple[av.VideoFrame, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.frames[0].width, self.frames[0].height

    @property
    def duration(self) -> float:
        """In seconds."""
        return float(len(self.frames) / self.rate)


def located(media: Path, name: str) -> Path:
    """The file with this id in the folder's manifest."""
    rows = json.loads((media / "manifest.json").read_text(encoding="utf-8"))
    return media / str(next(row["file"] for row in rows if row["id"] == name))


def filmed(path: Path, name: str, kind: str, count: int, *, grain: bool = False) -> Footage:
    """The first `count` frames of a real clip, rotated, scaled and converted as refprep does."""
    clip = Decoder().read(path, decode=False)
    assert isinstance(clip, Video)
    steps, rate, constant_rate = _target(clip)
    graph: Any = None
    frames: list[Any] = []
    with open_container(path) as container:
        for frame in video_frames(container, [video_stream(container)], None, None):
            if graph is None:
                noise = GRAIN if grain else []
                graph = filter_graph(frame, [*noise, *video_chain(frame, steps, constant_rate)])
            feed(graph, frame)
            frames += islice(pull(graph), count - len(frames))
            if len(frames) >= count:
                break
        else:
            feed(graph, None)
            frames += pull(graph)
    return _numbered(name, kind, rate, frames)


def _target(clip: Video) -> tuple[list[Step], Fraction, Fraction | None]:
    """Steps to the default envelope's frame, the frame rate, and again where it is constant."""
    envelope = envelopes.load(DEFAULT_ENVELOPE)
    shape = fit_frame.video_shape(envelope, grain=2)
    steps: list[Step] = [*fit_frame.fit(clip, shape, Options()), *fit_time.fit_rate(clip, envelope)]
    after = predict(clip, steps)
    assert isinstance(after, Video)
    rate = Fraction(after.frame_rate or 25).limit_denominator(1001)
    return steps, rate, rate if after.frame_timing == "constant" else None


def screen(name: str, kind: str, count: int) -> Footage:
    """A page of text that scrolls and rests in turns: drawn, for sharp edges."""
    page = _page()
    frames = [drawn_frame(page.crop(box)) for box in islice(_views(page), count)]
    return _numbered(name, kind, PAGE_RATE, frames)


def drawn_frame(picture: Image.Image) -> av.VideoFrame:
    """The picture as a frame of BT.709 video."""
    frame = av.VideoFrame.from_ndarray(np.asarray(picture), "rgb24")
    return frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")


def _page() -> Image.Image:
    """A tall picture of text, dark on light, with colored headings."""
    width, height = PAGE_SIZE[0], PAGE_SIZE[1] * 4
    page = Image.new("RGB", (width, height), (250, 250, 252))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(19)
    for number, line in enumerate(PAGE.read_text(encoding="utf-8").splitlines()):
        color = (190, 30, 60) if line.startswith("#") else (30, 34, 40)
        draw.text((40, 24 + 26 * number), line, color, font)
    return page


def _views(page: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    """The part of the page in each frame: left, top, right, bottom."""
    width, height = PAGE_SIZE
    top = 0
    while top + height <= page.height:
        for _ in range(STILL):
            yield 0, top, width, top + height
            top += SCROLL
        for _ in range(STILL):
            yield 0, top, width, top + height


def _numbered(name: str, kind: str, rate: Fraction, frames: list[Any]) -> Footage:
    for number, frame in enumerate(frames):
        frame.pts, frame.time_base, frame.pict_type = number, 1 / rate, 0
    return Footage(name, kind, rate, tuple(frames))
