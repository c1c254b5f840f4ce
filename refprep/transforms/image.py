"""Transcoding an image: each step a small function, then one encoding."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image as Pillow
from PIL import ImageCms

from refprep.decoders import cicp, jpeg
from refprep.decoders.image import DEEP_MODES, JPEGS, load, open_image
from refprep.decoders.memory import PROCESS, decoding_bytes, require, stored_bytes
from refprep.documents import no_warnings
from refprep.errors import TransformError
from refprep.models.budget import DEFAULT
from refprep.models.steps import (
    ConvertColor,
    Crop,
    Encode,
    FirstFrame,
    Flatten,
    Pad,
    Rotate,
    Scale,
    Step,
)
from refprep.transforms.rate_control import fit_to_size

QUALITIES: dict[str, Sequence[int]] = {
    "JPEG": (95, 90, 85, 80, 70),
    "WebP": (95, 90, 85, 80, 70),
    "PNG": (0,),
}
"The encoder's quality settings to try, best first; PNG has none."
Picture = Pillow.Image


def transcode(
    source: Path, steps: Sequence[Step], target: Path, *, memory: int = DEFAULT.memory
) -> None:
    """Transcode an image.

    Args:
        source: The image.
        steps: What to do; the last step encodes.
        target: Where the result is written.
        memory: Bytes that it may take.

    Raises:
        UnreadableError: The source cannot be decoded; a TooBigError where it takes more memory.
        TransformError: The format cannot hold the result.
    """
    *actions, encode = steps
    assert isinstance(encode, Encode)
    with no_warnings():
        picture = _decoded(source, actions, memory)
        for step in actions:
            picture = ACTIONS[type(step)](picture, step)
        target.write_bytes(encoded(picture, encode))


def _decoded(source: Path, steps: Sequence[Step], memory: int) -> Picture:
    """The picture, decoded no larger than need be; nothing else holds it or its file."""
    with open_image(source, memory) as picture:
        extra = _draft(picture, source, steps, memory)
        converts = any(isinstance(step, ConvertColor) for step in steps)
        deep = converts and cicp.code_points(picture, source)
        stored = stored_bytes(picture.mode, *picture.size)
        copies = int(stored_bytes("RGB", *picture.size) * _copies(steps))
        # what decoding takes beside the picture is free again when the picture is copied
        taken = max(extra, stored + copies + (24 * picture.width * picture.height if deep else 0))
        require(taken, memory, *picture.size)
        load(picture)
        return _from_code_points(picture, source) if converts else resampleable(picture)


def _copies(steps: Sequence[Step]) -> float:
    """How many further pictures of the source's size are there at once, at most.

    Scaling first makes one of the result's width and the source's height.
    """
    whole = [step for step in steps if not isinstance(step, FirstFrame)]
    return 0.5 if whole and isinstance(whole[0], Scale) else 1


def _draft(picture: Any, source: Path, steps: Sequence[Step], memory: int) -> int:
    """Let a decoder shrink by powers of two, and say what decoding takes then, in bytes.

    JPEG never falls below twice the result's longer side, unless memory demands it; JPEG 2000 is
    only shrunk where memory demands it; neither falls below the result.
    """
    scales = [step for step in steps if isinstance(step, Scale)]
    framed = any(isinstance(step, Crop | Pad) for step in steps)  # they count in full-size pixels
    longest = max(scales[-1].width, scales[-1].height) if scales and not framed else 0
    if picture.format in JPEGS:
        coefficients = jpeg.read_header(source).coefficient_bytes
        if longest:
            picture.draft(None, (2 * longest, 2 * longest))
            for factor in (2, 4, 8):
                if _fits(picture, coefficients, memory):
                    break
                if max(picture.size) >= factor * longest:
                    picture.draft(None, tuple(-(-side // factor) for side in picture.size))
        return stored_bytes(picture.mode, *picture.size) + coefficients
    taken = decoding_bytes(picture, source)
    if picture.format == "JPEG2000" and longest:
        shrinks = max(0, (max(picture.size) // longest).bit_length() - 1)
        while taken + PROCESS > memory and picture.reduce < shrinks:
            picture.reduce += 1
            taken //= 4
    return taken


def _fits(picture: Picture, coefficients: int, memory: int) -> bool:
    """True where a JPEG and its decoder, and then a copy of half its size, fit in memory."""
    stored = stored_bytes(picture.mode, *picture.size)
    return stored + max(coefficients, stored // 2) + PROCESS <= memory


def _from_code_points(picture: Picture, source: Path) -> Picture:
    """In sRGB where code points name the colors; a profile is left to `convert_color`."""
    points = cicp.code_points(picture, source)
    if points is None or not cicp.color_space(points):
        return resampleable(picture)
    from refprep.transforms import cicp_images

    return cicp_images.to_srgb(picture, source, points)


def resampleable(picture: Picture) -> Picture:
    """In a mode that can be resampled: no palette, no single bits; transparency as alpha."""
    if picture.has_transparency_data:
        return picture if picture.mode == "LA" else _in_mode(picture, "RGBA")
    return _in_mode(picture, {"P": "RGB", "1": "L", "PA": "RGBA"}.get(picture.mode, picture.mode))


def _in_mode(picture: Picture, mode: str) -> Picture:
    return picture if picture.mode == mode else picture.convert(mode)


def first_frame(picture: Picture, step: FirstFrame) -> Picture:
    """The first frame is the one that was decoded."""
    return picture


def rotate(picture: Picture, step: Rotate) -> Picture:
    transposes = {
        90: Pillow.Transpose.ROTATE_270,  # Pillow counts counterclockwise
        180: Pillow.Transpose.ROTATE_180,
        270: Pillow.Transpose.ROTATE_90,
    }
    rotated = picture.transpose(transposes[step.rotation]) if step.rotation else picture
    return rotated.transpose(Pillow.Transpose.FLIP_LEFT_RIGHT) if step.mirrored else rotated


def crop(picture: Picture, step: Crop) -> Picture:
    left, top = (picture.width - step.width) // 2, (picture.height - step.height) // 2
    size, box = (step.width, step.height), (left, top, left + step.width, top + step.height)
    return picture.resize(size, Pillow.Resampling.NEAREST, box)  # Pillow's crop has a limit


def pad(picture: Picture, step: Pad) -> Picture:
    canvas = Pillow.new(picture.mode, (step.width, step.height))
    canvas.paste(picture, ((step.width - picture.width) // 2, (step.height - picture.height) // 2))
    return canvas


def scale(picture: Picture, step: Scale) -> Picture:
    return picture.resize((step.width, step.height), Pillow.Resampling.LANCZOS)


def convert_color(picture: Picture, step: ConvertColor) -> Picture:
    """To 8-bit sRGB, by the image's ICC profile where it has one that can be applied."""
    if picture.mode in DEEP_MODES:
        # 16-bit gray keeps its upper byte; convert("L") alone would clip to white
        return picture.convert("I").point(lambda level: level * (1 / 257)).convert("L")
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
        srgb = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(picture, profile, srgb, outputMode=mode)
    except (KeyError, OSError, ImageCms.PyCMSError):
        converted = picture.convert(mode)
    assert converted is not None
    converted.info.pop("icc_profile", None)
    return converted


def flatten(picture: Picture, step: Flatten) -> Picture:
    canvas = Pillow.new("RGB", picture.size, step.background)
    picture = _in_mode(picture, "RGBA")
    canvas.paste(picture, mask=picture)
    return canvas


ACTIONS: dict[type, Callable[[Picture, Any], Picture]] = {
    FirstFrame: first_frame,
    Rotate: rotate,
    Crop: crop,
    Pad: pad,
    Scale: scale,
    ConvertColor: convert_color,
    Flatten: flatten,
}


def encoded(picture: Picture, step: Encode) -> bytes:
    """The encoded file, of at most `step.max_size` bytes where that is possible.

    Raises:
        TransformError: The format cannot hold the image.
    """
    alpha = picture.has_transparency_data and step.format != "JPEG"
    mode = "RGBA" if alpha else "RGB"
    if picture.mode not in ("L", mode):
        profile = picture.info.get("icc_profile")
        picture = picture.convert(mode)
        picture.info = {"icc_profile": profile}

    def encode(quality: int, factor: float) -> bytes:
        size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
        scaled = picture if factor == 1 else picture.resize(size, Pillow.Resampling.LANCZOS)
        return _save(scaled, step.format, quality)

    min_scale = step.shortest_side / min(picture.size)
    return fit_to_size(encode, QUALITIES[step.format], step.max_size, min_scale)


def _save(picture: Picture, name: str, quality: int) -> bytes:
    options: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": quality, "subsampling": 0},
        "WebP": {"quality": quality, "method": 4},
        "PNG": {"compress_level": 6},
    }
    output = io.BytesIO()
    profile = picture.info.get("icc_profile")
    try:
        picture.save(output, format=name, icc_profile=profile, exif=b"", **options[name])
    except (OSError, ValueError) as error:  # such as a side that the format does not hold
        raise TransformError(f"the image cannot be written as {name}: {error}") from None
    return output.getvalue()
