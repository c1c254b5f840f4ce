"""Pictures whose colors are named by code points, through the filters that clips go through."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pillow_heif
from PIL import Image as Pillow

from refprep.decoders import stream
from refprep.decoders.cicp import Points
from refprep.errors import UnreadableError
from refprep.transforms.color import colors
from refprep.transforms.tracks import feed, graph, pull

TICK = Fraction(1, 25)
"Any time base will do for one picture."


def standard(picture: Pillow.Image, source: Path, points: Points) -> Pillow.Image:
    """The picture in 8-bit sRGB; what shows through still does.

    HEIF and AVIF are read with all their bits; elsewhere the 8 that Pillow gives have to do.
    """
    frame = DEEP.get(picture.format or "", _plain)(picture, source)
    frame.color_primaries, frame.color_trc = points
    frame.pts, frame.time_base = 0, TICK
    seen = colors(frame)
    made = graph(frame, [seen.named(), *seen.as_picture()])
    feed(made, frame)
    feed(made, None)
    shown = Pillow.fromarray(next(pull(made)).to_ndarray())
    if picture.has_transparency_data:
        shown.putalpha(picture.convert("RGBA").getchannel("A"))
    return shown


def _plain(picture: Pillow.Image, source: Path) -> Any:
    return av.VideoFrame.from_ndarray(np.asarray(picture.convert("RGB")), "rgb24")


def _heif(picture: Pillow.Image, source: Path) -> Any:
    """All bits that libheif decodes, turned as the picture is."""
    deep = np.asarray(pillow_heif.open_heif(source, convert_hdr_to_8bit=False))
    if deep.dtype != np.uint16 or deep.ndim != 3 or deep.shape[1::-1] != picture.size:
        return _plain(picture, source)
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(deep[..., :3]), "rgb48le")


def _avif(picture: Pillow.Image, source: Path) -> Any:
    """The first picture as it is coded, unless it is one tile of a grid."""
    try:
        with stream.opened(source) as container:
            frame: Any = next(container.decode(stream.picture_of(container)))
    except (UnreadableError, av.error.FFmpegError, StopIteration):
        return _plain(picture, source)
    return frame if (frame.width, frame.height) == picture.size else _plain(picture, source)


DEEP = {"HEIF": _heif, "AVIF": _avif}
"How each format is read with more than 8 bits."
