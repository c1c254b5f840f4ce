"""Reading the facts of an image, with Pillow and pillow-heif."""

import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image as Pillow
from PIL import ImageCms

from refprep.decoders import bmp, cicp, gif, jpeg, jpeg2000, png, tiff
from refprep.decoders.memory import (
    FRAMES_MAX,
    check_tiff,
    chunks_of_png,
    decoding_bytes,
    exif_is_read,
    exif_orientation,
    pictures_of_gif,
    require,
    stored_bytes,
    too_many,
    webp_size,
)
from refprep.decoders.memory import WEBP as WEBP_BYTES
from refprep.decoders.reader import Contents, reading
from refprep.documents import no_warnings
from refprep.errors import ReadError, TooBigError, UnreadableError
from refprep.files import is_of_system
from refprep.models.budget import DEFAULT

FORMATS = {"WEBP": "WebP", "JPEG2000": "JPEG 2000"}
DEEP_MODES = {
    "I;16": "Gray 16-bit", "I;16B": "Gray 16-bit", "I": "Gray 32-bit", "F": "Gray float",
}  # fmt: skip
"Pillow's modes of more than 8 bits."
MODES = {"1": "Gray", "L": "Gray", "LA": "Gray", "CMYK": "CMYK", "LAB": "Lab", "YCbCr": "sRGB"}
"Color spaces of Pillow's other modes, without a profile; sRGB where none is listed."
PLUGINS = (
    (b"\xff\xd8\xff", "JPEG"), (b"\x89PNG", "PNG"), (b"GIF8", "GIF"), (b"BM", "BMP"),
    (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"), (b"\0\0\0\x0cjP  ", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"), (b"RIFF", "WEBP"),
)  # fmt: skip
"Pillow's plug-in by a file's first bytes; ISO 14496-12 files are AVIF, else HEIF."
OPAQUE = 255
ANIMATED = ("GIF", "PNG", "WEBP")
"Pillow's names of the formats whose frames are of one size and come one after the other."
BEHIND = 200 * 10**6
"Pixels of frames after the first that are decoded, to find damage: a second or two."
STRIP = 1 << 20
"Pixels of which the alpha is looked at together."
JPEGS = ("JPEG", "MPO")
STRUCTURES = {
    "PNG": png.check_animation,
    "GIF": gif.check,
    "BMP": bmp.check,
    "JPEG2000": jpeg2000.check,
}
"What reads the structure of a file once more, by Pillow's name of its format."
XMP_ORIENTATION = re.compile(rb"tiff:Orientation(?:=\"|>)([1-8])")


def probe(path: Path, *, decode: bool, memory: int) -> dict[str, Any]:
    """Read the facts of an image file: the fields of `refprep.models.media.Image`.

    Args:
        path: The file.
        decode: True to decode the pixels, too: whether they are complete, whether any is
            transparent.
        memory: Bytes that decoding may take.

    Raises:
        UnreadableError: Its header cannot be read; a TooBigError where it takes more memory.
    """
    with no_warnings(), open_image(path, memory) as picture:
        with _damage_found("the image cannot be read"):
            facts = _facts(picture, path)
        if picture.format not in JPEGS:
            require_memory(picture, path, memory)
        return {**facts, **_decoded_facts(picture, path, memory)} if decode else facts


@contextmanager
def _damage_found(what: str) -> Iterator[None]:
    """Raise an UnreadableError for whatever Pillow raises over a broken file: almost anything."""
    try:
        yield
    except (MemoryError, UnreadableError):
        raise
    except Pillow.DecompressionBombError:
        raise TooBigError("has more pixels than Pillow decodes in this format") from None
    except Exception as error:
        if is_of_system(error):
            raise
        raise UnreadableError(f"{what}: {' '.join(str(error).split())}") from None


@contextmanager
def open_image(path: Path, memory: int = DEFAULT.memory) -> Iterator[Pillow.Image]:
    """Open an image without decoding it; it is closed when the block ends.

    Pillow's own limit of pixels is one for the whole process. Its plug-ins are called directly, so
    that it need not be changed.

    Raises:
        UnreadableError: Its header cannot be read; a TooBigError where that takes more memory.
    """
    with reading(path) as file:
        names = _plugins(file.read(12))
        with _damage_found("the image cannot be read"):
            _refuse_lists(path, names[0], memory)
            picture = next(filter(None, (_opened(file, name) for name in names)), None)
        if picture is None:
            raise UnreadableError("looks like an image, but its header cannot be read")
        with picture:
            yield picture


def _plugins(head: bytes) -> tuple[str, ...]:
    """The plug-ins that may read a file, by its first bytes."""
    named = [name for magic, name in PLUGINS if head.startswith(magic)]
    return (named[0],) if named else ("AVIF", "HEIF")


def _opened(file: Any, name: str) -> Pillow.Image | None:
    """The image as a plug-in opens it; None where that does not know it."""
    if name == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    elif name not in Pillow.OPEN:
        Pillow.init()
    factory, accept = Pillow.OPEN[name]
    file.seek(0)
    if accept and accept(file.read(16)) is not True:
        return None
    file.seek(0)
    try:
        return factory(file, "")  # without a name no plug-in opens or maps it itself
    except (SyntaxError, IndexError, TypeError, zlib.error):
        return None


def _refuse_lists(path: Path, name: str, memory: int) -> None:
    """TooBigError where opening alone would list or hold too much."""
    size = path.stat().st_size
    match name:
        case "WEBP" if canvas := webp_size(path):
            require(canvas[0] * canvas[1] * WEBP_BYTES + 2 * size, memory, *canvas)
        case "AVIF" | "WEBP" if 3 * size > memory:
            raise TooBigError(f"has {size:,} bytes, which are all held at once")
        case "JPEG":
            jpeg.read_header(path)
        case "GIF":
            pictures_of_gif(path)
        case "TIFF" if check_tiff(path) > memory // 4:
            raise TooBigError("its tags hold more bytes than are read")
        case "PNG":
            with Contents(path) as data:
                for chunk in chunks_of_png(data):
                    if chunk.kind not in (b"IDAT", b"fdAT") and chunk.size > memory // 4:
                        raise TooBigError(f"has a chunk of {chunk.size:,} bytes beside its pixels")


def require_memory(picture: Pillow.Image, path: Path, memory: int) -> None:
    """TooBigError where decoding the picture takes more than these bytes of memory."""
    require(decoding_bytes(picture, path), memory, picture.width, picture.height)


def load(picture: Pillow.Image) -> None:
    """Decode the pixels.

    Raises:
        UnreadableError: They end early or are damaged.
    """
    with _damage_found("the image cannot be decoded"):
        if picture.format == "TIFF":  # or its plug-in refuses more pixels than Pillow's own limit
            tiff.prepare(picture)
        picture.load()


def _decoded_facts(picture: Pillow.Image, path: Path, memory: int) -> dict[str, Any]:
    """What only decoding measures: whether the pixels are complete, whether any is transparent."""
    try:
        if picture.format in JPEGS:
            return _decoded_jpeg(picture, path, memory)
        load(picture)
        if picture.format == "PNG":
            with Contents(path) as data:
                png.check(data)
        if picture.format == "TIFF":
            tiff.check(picture, path)
    except (ReadError, TooBigError):
        raise
    except UnreadableError as error:
        return {"decode_error": str(error)}
    alpha = picture.has_transparency_data and _has_alpha(picture)
    return {
        "alpha": alpha,
        "damage": _damage_behind(picture) or _damage_of_structure(picture, path),
    }


def _damage_of_structure(picture: Pillow.Image, path: Path) -> str | None:
    """What is damaged in what describes the pixels, where Pillow goes on and others do not."""
    if picture.format == "TIFF":
        return tiff.check_directory(path) or tiff.check_layout(picture, path)
    look = STRUCTURES.get(picture.format or "")
    if look is None:
        return None
    with Contents(path) as data:
        return look(data)


def _damage_behind(picture: Pillow.Image) -> str | None:
    """What is damaged in frames after the first, which alone is taken; None where nothing is."""
    if picture.format not in ANIMATED:
        return None
    frames = getattr(picture, "n_frames", 1)
    most = BEHIND // (picture.width * picture.height)
    for place in range(1, min(frames, most)):
        try:
            picture.seek(place)
            picture.load()
        except MemoryError:
            raise
        except (OSError, SyntaxError) as error:
            return f"frame {place + 1:,} of {frames:,}: {' '.join(str(error).split())}"
        except Exception:  # Pillow raises almost anything over a broken file
            return f"frame {place + 1:,} of {frames:,} cannot be decoded"
    return None


def _decoded_jpeg(picture: Pillow.Image, path: Path, memory: int) -> dict[str, Any]:
    header = jpeg.read_header(path)
    try:
        complaint = jpeg.check(path, header, memory)
    except (ReadError, TooBigError):
        raise
    except UnreadableError:  # a kind of JPEG that only Pillow may know
        taken = stored_bytes(picture.mode, *picture.size) + header.coefficient_bytes
        require(taken, memory, *picture.size)
        load(picture)
        return {}
    if complaint:
        return {"decode_error": f"the image is damaged: {complaint}"}
    damage = jpeg.check_blocks(path, header, memory)
    return {"damage": damage or _damage_of_exif(picture.info.get("exif") or b"")}


def _damage_of_exif(exif: bytes) -> str | None:
    """What keeps viewers from reading how the picture is turned; None where nothing does."""
    if exif_is_read(exif):
        return None
    return "its EXIF data cannot be read, so it may be shown turned or not"


def _has_alpha(picture: Pillow.Image) -> bool:
    """True where a pixel is transparent; looked at in strips, because each takes two copies."""
    rows = max(1, STRIP // picture.width)
    for top in range(0, picture.height, rows):
        strip = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        lowest, _ = strip.convert("RGBA").getchannel("A").getextrema()
        if float(lowest if isinstance(lowest, int | float) else lowest[0]) < OPAQUE:
            return True
    return False


def _facts(picture: Pillow.Image, path: Path) -> dict[str, Any]:
    tag = orientation(picture)
    width, height = picture.size if tag < 5 else picture.size[::-1]
    name = picture.format or "unknown"
    frames = pictures_of_gif(path) if name == "GIF" else getattr(picture, "n_frames", 1)
    if frames > FRAMES_MAX:
        raise too_many(FRAMES_MAX, "pictures")
    return {
        "kind": "image",
        "format": FORMATS.get(name, name),
        "size": path.stat().st_size,
        "width": width,
        "height": height,
        "orientation": tag,
        "color_space": color_space(picture, path),
        "alpha": picture.has_transparency_data,
        "frames": max(1, frames),
    }


def orientation(picture: Pillow.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none, or none that the standard knows.

    Pillow would read the values of all other tags, too, and there is no limit to those.
    """
    if picture.format == "TIFF":
        return 1  # Pillow applies a TIFF's orientation itself, as pillow-heif does a HEIF's
    if picture.format == "PNG" and "exif" not in picture.info:
        return 1  # Pillow would decode the pixels to look further
    tag = exif_orientation(picture.info.get("exif") or b"")
    if tag is None and (found := XMP_ORIENTATION.search(_xmp(picture))):
        tag = int(found[1])
    return tag if tag and tag in range(1, 9) else 1


def _xmp(picture: Pillow.Image) -> bytes:
    xmp = picture.info.get("xmp", b"")
    return xmp if isinstance(xmp, bytes) else str(xmp).encode()


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
