"""Images whose colors are CICP code points, converted by the filters that convert videos."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pillow_heif
from PIL import Image as Pillow

from refprep.decoders.cicp import CodePoints
from refprep.decoders.demuxer import open_container, video_stream
from refprep.decoders.reader import reading
from refprep.errors import ReadError, UnreadableError
from refprep.transforms.color import color_tags
from refprep.transforms.tracks import feed, filter_graph, pull

TIME_BASE = Fraction(1, 25)
"Any will do for one frame."


def to_srgb(picture: Pillow.Image, source: Path, points: CodePoints) -> Pillow.Image:
    """Convert an image to 8-bit sRGB; its transparency is kept.

    HEIF and AVIF are read with their full bit depth, other formats with the 8 bits of Pillow.

    Args:
        picture: The decoded image.
        source: Its file, which is decoded again where more bits are to be had.
        points: The code points of its colors.
    """
    frame = DEEP_READERS.get(picture.format or "", _frame_of)(picture, source)
    frame.color_primaries, frame.color_trc = points
    frame.pts, frame.time_base = 0, TIME_BASE
    tags = color_tags(frame)
    graph = filter_graph(frame, [tags.tag_filter(), *tags.to_srgb()])
    feed(graph, frame)
    feed(graph, None)
    converted = Pillow.fromarray(next(pull(graph)).to_ndarray())
    if picture.has_transparency_data:
        converted.putalpha(picture.convert("RGBA").getchannel("A"))
    return converted


def _frame_of(picture: Pillow.Image, source: Path) -> Any:
    return av.VideoFrame.from_ndarray(np.asarray(picture.convert("RGB")), "rgb24")


def _heif(picture: Pillow.Image, source: Path) -> Any:
    """All bits that libheif decodes, rotated as the image is."""
    with reading(source) as file:
        deep = np.asarray(pillow_heif.open_heif(file, convert_hdr_to_8bit=False))
    if deep.dtype != np.uint16 or deep.ndim != 3 or deep.shape[1::-1] != picture.size:
        return _frame_of(picture, source)
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(deep[..., :3]), "rgb48le")


def _avif(picture: Pillow.Image, source: Path) -> Any:
    """The first image as it is coded, unless it is one tile of a grid."""
    try:
        with open_container(source) as container:
            frame: Any = next(container.decode(video_stream(container)))
    except (MemoryError, ReadError):
        raise
    except (UnreadableError, av.error.FFmpegError, StopIteration):
        return _frame_of(picture, source)
    whole = (frame.width, frame.height) == picture.size
    return frame if whole else _frame_of(picture, source)


DEEP_READERS = {"HEIF": _heif, "AVIF": _avif}
"By Pillow's name of the format: how more than 8 bits are read."
