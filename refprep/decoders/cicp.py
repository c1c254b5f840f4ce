"""CICP: colors that an image names by the code points of ITU-T H.273, as HEIF, AVIF and PNG can."""

import struct
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from refprep.decoders.reader import reading
from refprep.errors import ReadError, UnreadableError

CodePoints = tuple[int, int]
"Color primaries and transfer characteristics, as ITU-T H.273 numbers them."
TRANSFERS = {16: "PQ", 18: "HLG"}
PRIMARIES = {9: "BT.2020", 12: "Display P3"}
SIGNATURE = 8
"Bytes before the first chunk of a PNG."


def color_space(points: CodePoints | None) -> str | None:
    """The name of the color space; None where it is sRGB, or near enough."""
    primaries, transfer = points or (0, 0)
    return TRANSFERS.get(transfer) or PRIMARIES.get(primaries)


def code_points(picture: Pillow.Image, path: Path) -> CodePoints | None:
    """The code points that a viewer applies; None where there are none.

    An ICC profile takes precedence over code points of standard dynamic range.
    """
    read = READERS.get(picture.format or "")
    points = read(picture, path) if read else None
    profiled = points and picture.info.get("icc_profile") and points[1] not in TRANSFERS
    return None if profiled else points


def _heif(picture: Pillow.Image, path: Path) -> CodePoints | None:
    nclx = picture.info.get("nclx_profile")
    return (nclx["color_primaries"], nclx["transfer_characteristics"]) if nclx else None


def _avif(picture: Pillow.Image, path: Path) -> CodePoints | None:
    """From the header of the coded image, for Pillow does not expose them."""
    from refprep.decoders.demuxer import open_container, video_stream

    try:
        with open_container(path) as container:
            codec = getattr(video_stream(container), "codec_context", None)
            return (codec.color_primaries, codec.color_trc) if codec else None
    except ReadError:
        raise
    except UnreadableError:
        return None


def _png(picture: Pillow.Image, path: Path) -> CodePoints | None:
    """From the cICP chunk, which precedes the pixels."""
    with reading(path) as file:
        file.seek(SIGNATURE)
        while len(head := file.read(8)) == 8:
            size, kind = struct.unpack(">I4s", head)
            if kind == b"cICP":
                primaries, transfer = file.read(2).ljust(2, b"\0")
                return primaries, transfer
            if kind == b"IDAT":
                return None
            file.seek(size + 4, 1)
    return None


READERS: dict[str, Any] = {"HEIF": _heif, "AVIF": _avif, "PNG": _png}
"By Pillow's name of the format."
