"""ColorTags that a picture names by code points (ITU-T H.273), as HEIF, AVIF and PNG can."""

import struct
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from refprep.errors import UnreadableError

Points = tuple[int, int]
"Primaries and transfer."
TRANSFERS = {16: "PQ", 18: "HLG"}
PRIMARIES = {9: "BT.2020", 12: "Display P3"}
SIGNATURE = 8
"Bytes before the first chunk of a PNG."


def name(points: Points | None) -> str | None:
    """What the colors are called; None where they are sRGB's, or near enough."""
    primaries, transfer = points or (0, 0)
    return TRANSFERS.get(transfer) or PRIMARIES.get(primaries)


def code_points(picture: Pillow.Image, path: Path) -> Points | None:
    """The code points that a viewer goes by; an ICC profile goes before those of standard range."""
    read = READERS.get(picture.format or "")
    points = read(picture, path) if read else None
    profiled = points and picture.info.get("icc_profile") and points[1] not in TRANSFERS
    return None if profiled else points


def _heif(picture: Pillow.Image, path: Path) -> Points | None:
    told = picture.info.get("nclx_profile")
    return (told["color_primaries"], told["transfer_characteristics"]) if told else None


def _avif(picture: Pillow.Image, path: Path) -> Points | None:
    """Pillow does not tell; the first picture's header does."""
    from refprep.decoders import stream

    try:
        with stream.opened(path) as container:
            codec = getattr(stream.picture_of(container), "codec_context", None)
            return (codec.color_primaries, codec.color_trc) if codec else None
    except UnreadableError:
        return None


def _png(picture: Pillow.Image, path: Path) -> Points | None:
    """The cICP chunk, which stands before the pixels."""
    with path.open("rb") as file:
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
