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
from refprep.models.media import Image

PIXELS_MAX = 500_000_000
"Pictures of more pixels are not decoded: 2.5 x the largest phone sensors (200 megapixels)."
FORMATS = {"WEBP": "WebP", "JPEG2000": "JPEG 2000"}
DEPTH_16 = {"I;16": "Gray 16-bit", "I;16B": "Gray 16-bit", "I": "Gray 32-bit", "F": "Gray float"}
PLAIN = {"1": "Gray", "L": "Gray", "LA": "Gray", "CMYK": "CMYK", "LAB": "Lab", "YCbCr": "sRGB"}
ORIENTATION = 0x0112
OPAQUE = 255
DAMAGE = (OSError, ValueError, SyntaxError, EOFError, LookupError, MemoryError, RuntimeError)
"What Pillow raises over broken files."


def probe(path: Path, *, decode: bool) -> Image:
    """The facts of an image file; with `decode`, also whether its pixels decode. UnreadableError."""
    with quiet(), opened(path) as picture:
        facts = _facts(picture, path)
        return facts.model_copy(update=_decoded(picture, path)) if decode else facts


@contextmanager
def quiet() -> Iterator[None]:
    """Pillow's warnings about odd tags are no one's business: findings are told otherwise."""
    with warnings.catch_warnings(action="ignore"):
        yield


@contextmanager
def opened(path: Path) -> Iterator[Pillow.Image]:
    """The picture, not yet decoded; UnreadableError where its header is not to be trusted."""
    _register_heif(path)
    try:
        with _patient():
            picture = Pillow.open(path)
    except UnidentifiedImageError:
        raise UnreadableError("looks like a picture, but its header cannot be read") from None
    except DAMAGE as error:
        raise UnreadableError(f"the picture cannot be read: {_said(error)}") from None
    with picture:
        if picture.width * picture.height > PIXELS_MAX:
            size = f"{picture.width:,} x {picture.height:,}"
            raise UnreadableError(f"declares {size} pixels; refprep decodes at most {PIXELS_MAX:,}")
        yield picture


def load(picture: Pillow.Image) -> None:
    """Decode the pixels; UnreadableError where they end early or make no sense."""
    try:
        picture.load()
    except DAMAGE as error:
        raise UnreadableError(f"the picture cannot be decoded: {_said(error)}") from None


def _decoded(picture: Pillow.Image, path: Path) -> dict[str, Any]:
    """What only decoding tells: whether the pixels are whole, whether any shows through."""
    try:
        load(picture)
        if picture.format == "PNG":
            _verify(path)
    except UnreadableError as error:
        return {"decode_error": str(error)}
    return {"alpha": picture.has_transparency_data and _lowest_alpha(picture) < OPAQUE}


def _verify(path: Path) -> None:
    """The checksums of a PNG, which decoding passes over. UnreadableError."""
    try:
        with _patient(), Pillow.open(path) as again:
            again.verify()
    except DAMAGE as error:
        raise UnreadableError(f"the picture is damaged: {_said(error)}") from None


def _lowest_alpha(picture: Pillow.Image) -> float:
    lowest, _ = picture.convert("RGBA").getchannel("A").getextrema()
    return float(lowest if isinstance(lowest, int | float) else lowest[0])


def _said(error: Exception) -> str:
    return " ".join(str(error).split())


def _facts(picture: Pillow.Image, path: Path) -> Image:
    turned = orientation(picture)
    width, height = picture.size if turned < 5 else picture.size[::-1]
    name = picture.format or "unknown"
    return Image(
        format=FORMATS.get(name, name),
        size=path.stat().st_size,
        width=width,
        height=height,
        orientation=turned,
        color_space=color(picture, path),
        alpha=picture.has_transparency_data,
        frames=getattr(picture, "n_frames", 1),
    )


def orientation(picture: Pillow.Image) -> int:
    """The EXIF orientation; 1 where there is none, or none that the standard knows."""
    if picture.format == "TIFF":
        return 1  # Pillow turns a TIFF itself, as pillow-heif does a HEIF
    if picture.format == "PNG" and "exif" not in picture.info:
        return 1  # asking further would decode the picture
    try:
        turned = picture.getexif().get(ORIENTATION, 1)
    except DAMAGE:  # what cannot be read turns nothing, for viewers either
        return 1
    return turned if turned in range(1, 9) else 1


def color(picture: Pillow.Image, path: Path) -> str:
    """The color space's name, as refprep.models.media.Image.color_space has it."""
    if named := cicp.name(cicp.code_points(picture, path)):
        return named
    if picture.mode in DEPTH_16:
        return DEPTH_16[picture.mode]
    if _deep_png(picture):
        return "RGB 16-bit"
    base = PLAIN.get(picture.mode, "sRGB")
    profile = picture.info.get("icc_profile")
    return base if base in ("CMYK", "Lab") or not profile else profile_name(profile, base)


def profile_name(profile: bytes, base: str) -> str:
    """What an ICC profile calls itself; `base` where it is sRGB, gray, or cannot be read."""
    try:
        parsed = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = " ".join(ImageCms.getProfileDescription(parsed).split())
    except (ImageCms.PyCMSError, OSError):
        return base
    return base if base == "Gray" or "srgb" in name.lower() or not name else name


def _deep_png(picture: Pillow.Image) -> bool:
    """True for RGB PNG of 16 bits, which Pillow opens as 8."""
    tiles: list[Any] = getattr(picture, "tile", [])
    return bool(tiles) and ";16" in str(tiles[0][3])


def _register_heif(path: Path) -> None:
    with path.open("rb") as file:
        if b"ftyp" in file.read(12):
            import pillow_heif

            pillow_heif.register_heif_opener()


@contextmanager
def _patient() -> Iterator[None]:
    """Let Pillow open pictures above its own warning size; PIXELS_MAX is asked instead."""
    before, Pillow.MAX_IMAGE_PIXELS = Pillow.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Pillow.MAX_IMAGE_PIXELS = before
