"""Reading the facts of an image, with Pillow and pillow-heif."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image as Pillow
from PIL import ImageCms, UnidentifiedImageError

from refprep.decoders import cicp
from refprep.errors import UnreadableError

PIXELS_MAX = 500_000_000
"Images of more pixels are not decoded: 2.5 x the largest phone sensors (200 megapixels)."
FORMATS = {"WEBP": "WebP", "JPEG2000": "JPEG 2000"}
DEEP_MODES = {
    "I;16": "Gray 16-bit", "I;16B": "Gray 16-bit", "I": "Gray 32-bit", "F": "Gray float",
}  # fmt: skip
"Pillow's modes of more than 8 bits."
MODES = {"1": "Gray", "L": "Gray", "LA": "Gray", "CMYK": "CMYK", "LAB": "Lab", "YCbCr": "sRGB"}
"Color spaces of Pillow's other modes, without a profile; sRGB where none is listed."
Pillow.preinit()  # here, and not in each child of a worker: the plugins of the usual formats
ORIENTATION = 0x0112
"The EXIF tag."
OPAQUE = 255


def probe(path: Path, *, decode: bool, memory: int) -> dict[str, Any]:
    """Read the facts of an image file: the fields of `refprep.models.media.Image`.

    Args:
        path: The file.
        decode: True to decode the pixels, too: whether they are complete, whether any is
            transparent.
        memory: Bytes that decoding may take.

    Raises:
        UnreadableError: Its header cannot be read, or declares more than `PIXELS_MAX`.
    """
    with no_warnings(), open_image(path) as picture:
        with _damage_found("the image cannot be read"):
            facts = _facts(picture, path)
        return {**facts, **_decoded_facts(picture, path)} if decode else facts


@contextmanager
def no_warnings() -> Iterator[None]:
    """Silence Pillow's warnings about odd tags: what matters to a user is a finding."""
    with warnings.catch_warnings(action="ignore"):
        yield


@contextmanager
def _damage_found(what: str) -> Iterator[None]:
    """Raise an UnreadableError for whatever Pillow raises over a broken file: almost anything."""
    try:
        yield
    except UnidentifiedImageError:
        raise UnreadableError("looks like an image, but its header cannot be read") from None
    except Exception as error:
        raise UnreadableError(f"{what}: {' '.join(str(error).split())}") from None


@contextmanager
def open_image(path: Path) -> Iterator[Pillow.Image]:
    """Open an image without decoding it; it is closed when the block ends.

    Raises:
        UnreadableError: Its header cannot be read, or declares more than `PIXELS_MAX`.
    """
    _register_heif(path)
    with _damage_found("the image cannot be read"), _no_pixel_limit():
        picture = Pillow.open(path)
    with picture:
        if picture.width * picture.height > PIXELS_MAX:
            size = f"{picture.width:,} x {picture.height:,}"
            raise UnreadableError(f"declares {size} pixels; refprep decodes at most {PIXELS_MAX:,}")
        yield picture


def load(picture: Pillow.Image) -> None:
    """Decode the pixels.

    Raises:
        UnreadableError: They end early or are damaged.
    """
    with _damage_found("the image cannot be decoded"):
        picture.load()


def _decoded_facts(picture: Pillow.Image, path: Path) -> dict[str, Any]:
    """What only decoding measures: whether the pixels are complete, whether any is transparent."""
    try:
        load(picture)
        if picture.format == "PNG":
            _verify(path)
    except UnreadableError as error:
        return {"decode_error": str(error)}
    return {"alpha": picture.has_transparency_data and _lowest_alpha(picture) < OPAQUE}


def _verify(path: Path) -> None:
    """Check the checksums of a PNG, which decoding ignores. UnreadableError."""
    with _damage_found("the image is damaged"), _no_pixel_limit(), Pillow.open(path) as picture:
        picture.verify()


def _lowest_alpha(picture: Pillow.Image) -> float:
    lowest, _ = picture.convert("RGBA").getchannel("A").getextrema()
    return float(lowest if isinstance(lowest, int | float) else lowest[0])


def _facts(picture: Pillow.Image, path: Path) -> dict[str, Any]:
    tag = orientation(picture)
    width, height = picture.size if tag < 5 else picture.size[::-1]
    name = picture.format or "unknown"
    return {
        "kind": "image",
        "format": FORMATS.get(name, name),
        "size": path.stat().st_size,
        "width": width,
        "height": height,
        "orientation": tag,
        "color_space": color_space(picture, path),
        "alpha": picture.has_transparency_data,
        "frames": getattr(picture, "n_frames", 1),
    }


def orientation(picture: Pillow.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none, or none that the standard knows."""
    if picture.format == "TIFF":
        return 1  # Pillow applies a TIFF's orientation itself, as pillow-heif does a HEIF's
    if picture.format == "PNG" and "exif" not in picture.info:
        return 1  # Pillow would decode the pixels to look further
    try:
        tag = picture.getexif().get(ORIENTATION, 1)
    except Exception:  # viewers ignore a tag that cannot be read
        return 1
    return tag if tag in range(1, 9) else 1


def color_space(picture: Pillow.Image, path: Path) -> str:
    """The name of the color space, one of those of `refprep.models.media.Image.color_space`."""
    if name := cicp.color_space(cicp.code_points(picture, path)):
        return name
    if picture.mode in DEEP_MODES:
        return DEEP_MODES[picture.mode]
    if _is_deep_png(picture):
        return "RGB 16-bit"
    base = MODES.get(picture.mode, "sRGB")
    profile = picture.info.get("icc_profile")
    return base if base in ("CMYK", "Lab") or not profile else profile_name(profile, base)


def profile_name(profile: bytes, base: str) -> str:
    """The description of an ICC profile; `base` where it is sRGB, gray, or cannot be read."""
    try:
        parsed = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = " ".join(ImageCms.getProfileDescription(parsed).split())
    except (ImageCms.PyCMSError, OSError):
        return base
    return base if base == "Gray" or "srgb" in name.lower() or not name else name


def _is_deep_png(picture: Pillow.Image) -> bool:
    """True for RGB PNG of 16 bits, which Pillow opens as 8."""
    tiles: list[Any] = getattr(picture, "tile", [])
    return bool(tiles) and ";16" in str(tiles[0][3])


def _register_heif(path: Path) -> None:
    with path.open("rb") as file:
        if b"ftyp" in file.read(12):
            import pillow_heif

            pillow_heif.register_heif_opener()


@contextmanager
def _no_pixel_limit() -> Iterator[None]:
    """Let Pillow open images above its own limit; PIXELS_MAX replaces it."""
    before, Pillow.MAX_IMAGE_PIXELS = Pillow.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Pillow.MAX_IMAGE_PIXELS = before
