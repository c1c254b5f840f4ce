"""Rendering an image: the plan's steps, one small deed each, and one encoding."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image as Pillow
from PIL import ImageCms

from refprep.decoders import cicp
from refprep.decoders.image import DEPTH_16, load, opened, quiet
from refprep.errors import TransformError
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
from refprep.transforms.rate_control import squeeze

QUALITIES: dict[str, Sequence[int]] = {
    "JPEG": (95, 90, 85, 80, 70),
    "WebP": (95, 90, 85, 80, 70),
    "PNG": (0,),
}
"The encoder's quality settings to try, best first; PNG has none."
Picture = Pillow.Image


def render(source: Path, steps: Sequence[Step], target: Path) -> None:
    """Carry out `steps`, the last of which encodes, and write `target`."""
    *deeds, encode = steps
    assert isinstance(encode, Encode)
    with quiet(), opened(source) as picture:
        _draft(picture, deeds)
        load(picture)
        shown = _standard(picture, source) if _recolored(deeds) else direct(picture)
        for step in deeds:
            shown = DEEDS[type(step)](shown, step)
        target.write_bytes(encoded(shown, encode))


def _draft(picture: Any, steps: Sequence[Step]) -> None:
    """Let a JPEG decoder shrink by 2, 4 or 8 on the way, never below twice what is asked."""
    scales = [step for step in steps if isinstance(step, Scale)]
    framed = any(isinstance(step, Crop | Pad) for step in steps)  # they count in full-size pixels
    if scales and not framed and picture.format in ("JPEG", "MPO"):
        longest = 2 * max(scales[-1].width, scales[-1].height)
        picture.draft(None, (longest, longest))


def _recolored(steps: Sequence[Step]) -> bool:
    return any(isinstance(step, ConvertColor) for step in steps)


def _standard(picture: Picture, source: Path) -> Picture:
    """In sRGB where code points name the colors; a profile is gone by later."""
    points = cicp.code_points(picture, source)
    if points is None or not cicp.name(points):
        return direct(picture)
    from refprep.transforms import cicp_stills

    return cicp_stills.standard(picture, source, points)


def direct(picture: Picture) -> Picture:
    """Pixels that can be resampled: no palette, no bits; transparency becomes alpha."""
    if picture.has_transparency_data:
        return picture if picture.mode == "LA" else _converted(picture, "RGBA")
    return _converted(picture, {"P": "RGB", "1": "L", "PA": "RGBA"}.get(picture.mode, picture.mode))


def _converted(picture: Picture, mode: str) -> Picture:
    return picture if picture.mode == mode else picture.convert(mode)


def still(picture: Picture, step: FirstFrame) -> Picture:
    """The first frame is what has been decoded."""
    return picture


def turn(picture: Picture, step: Rotate) -> Picture:
    turns = {
        90: Pillow.Transpose.ROTATE_270,  # Pillow counts the other way round
        180: Pillow.Transpose.ROTATE_180,
        270: Pillow.Transpose.ROTATE_90,
    }
    turned = picture.transpose(turns[step.rotation]) if step.rotation else picture
    return turned.transpose(Pillow.Transpose.FLIP_LEFT_RIGHT) if step.mirrored else turned


def crop(picture: Picture, step: Crop) -> Picture:
    left, top = (picture.width - step.width) // 2, (picture.height - step.height) // 2
    return picture.crop((left, top, left + step.width, top + step.height))


def pad(picture: Picture, step: Pad) -> Picture:
    canvas = Pillow.new(picture.mode, (step.width, step.height))
    canvas.paste(picture, ((step.width - picture.width) // 2, (step.height - picture.height) // 2))
    return canvas


def scale(picture: Picture, step: Scale) -> Picture:
    return picture.resize((step.width, step.height), Pillow.Resampling.LANCZOS)


def recolor(picture: Picture, step: ConvertColor) -> Picture:
    """8-bit sRGB, by the picture's own profile where it has one that can be used."""
    if picture.mode in DEPTH_16:
        # 16-bit gray keeps its upper byte; convert("L") alone would clip to white
        return picture.convert("I").point(lambda level: level * (1 / 257)).convert("L")
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
        standard = ImageCms.createProfile("sRGB")
        recolored = ImageCms.profileToProfile(picture, profile, standard, outputMode=mode)
    except (KeyError, OSError, ImageCms.PyCMSError):
        recolored = picture.convert(mode)
    assert recolored is not None
    recolored.info.pop("icc_profile", None)
    return recolored


def flatten(picture: Picture, step: Flatten) -> Picture:
    canvas = Pillow.new("RGBA", picture.size, step.background)
    return Pillow.alpha_composite(canvas, picture.convert("RGBA")).convert("RGB")


DEEDS: dict[type, Callable[[Picture, Any], Picture]] = {
    FirstFrame: still,
    Rotate: turn,
    Crop: crop,
    Pad: pad,
    Scale: scale,
    ConvertColor: recolor,
    Flatten: flatten,
}


def encoded(picture: Picture, step: Encode) -> bytes:
    """The file's bytes, at most `step.max_size` of them where that can be."""
    through = picture.has_transparency_data and step.format != "JPEG"
    mode = "RGBA" if through else "RGB"
    picture = picture if picture.mode in ("L", mode) else _kept(picture, mode)

    def attempt(quality: int, size: float) -> bytes:
        smaller = (max(1, round(picture.width * size)), max(1, round(picture.height * size)))
        shown = picture if size == 1 else picture.resize(smaller, Pillow.Resampling.LANCZOS)
        return _save(shown, step.format, quality)

    least = step.shortest_side / min(picture.size)
    return squeeze(attempt, QUALITIES[step.format], step.max_size, least)


def _kept(picture: Picture, mode: str) -> Picture:
    converted = picture.convert(mode)
    converted.info = {"icc_profile": picture.info.get("icc_profile")}
    return converted


def _save(picture: Picture, name: str, quality: int) -> bytes:
    options: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": quality, "subsampling": 0},
        "WebP": {"quality": quality, "method": 4},
        "PNG": {"compress_level": 6},
    }
    out = io.BytesIO()
    profile = picture.info.get("icc_profile")
    try:
        picture.save(out, format=name, icc_profile=profile, exif=b"", **options[name])
    except (OSError, ValueError) as error:  # such as a side that the format does not hold
        raise TransformError(f"the picture cannot be written as {name}: {error}") from None
    return out.getvalue()
