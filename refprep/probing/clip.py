"""Reading the facts of clips and sounds, with av."""

import math
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer

from refprep.errors import Unreadable
from refprep.media import Audio, Transfer, Video
from refprep.probing import stream
from refprep.probing.packets import Scan, scan
from refprep.probing.sniff import is_webm

FORMATS = {
    "matroska": "Matroska", "mpegts": "MPEG-TS", "mpeg": "MPEG-PS", "asf": "WMV", "ogg": "Ogg",
}  # fmt: skip
BRANDS = {"qt": "MOV", "3gp": "3GP", "3g2": "3GP", "M4A": "M4A", "M4B": "M4A"}
"Major brands of ISO 14496-12 files; all others are MP4."
TRANSFERS: dict[int, Transfer] = {16: "PQ", 18: "HLG"}
"ITU-T H.273 transfer characteristics: 16 is SMPTE ST 2084, 18 is ARIB STD-B67."


def probe(path: Path, *, decode: bool) -> Video | Audio:
    """The facts of a clip or sound; with `decode` it is decoded to its end. Unreadable."""
    with stream.opened(path) as container:
        picture, sound = stream.picture_of(container), stream.sound_of(container)
        chosen = [one for one in (picture, sound) if one is not None]
        if not chosen:
            raise Unreadable("holds neither picture nor sound")
        scans = scan(container, chosen, decode=decode)
        kept = [scans[one.index] for one in chosen]
        if not any(one.packets for one in kept):
            raise Unreadable("the header can be read, but no picture or sound follows it")
        facts = {
            "bytes": path.stat().st_size,
            "seconds": _longest([one.seconds for one in kept]),
            "declared_seconds": container.duration and container.duration / 1_000_000,
            "other_streams": _others(container, chosen),
            **_sound(sound),
            **(_decoded(kept) if decode else {}),
        }
        if picture is None:
            return Audio(format=_format(container, path, sound_only=True), **facts)
        return Video(
            format=_format(container, path), **facts, **_picture(picture, scans[picture.index])
        )


def _decoded(scans: list[Scan]) -> dict[str, Any]:
    """What decoding told; Unreadable where a whole stream gives nothing."""
    for one in scans:
        if not one.decoded:
            raise Unreadable(f"no {one.stream.type} of it can be decoded")
    return {
        "decoded_seconds": _longest([one.decoded_seconds for one in scans]),
        "decode_errors": sum(one.errors for one in scans),
    }


def _longest(seconds: list[float | None]) -> float | None:
    return max((one for one in seconds if one is not None), default=None)


def _sound(sound: Any) -> dict[str, Any]:
    if sound is None:
        return {}
    codec = sound.codec_context
    return {
        "audio_codec": codec_name(codec),
        "sample_rate": codec.sample_rate or None,
        "channels": codec.channels or None,
    }


def _picture(picture: Any, seen: Scan) -> dict[str, Any]:
    codec, frame = picture.codec_context, seen.first_frame
    aspect = picture.sample_aspect_ratio or Fraction(1)
    rotation, mirrored = turn(frame)
    size = (round(codec.width * aspect), codec.height)
    width, height = size if rotation in (0, 180) else size[::-1]
    if not (width and height):
        raise Unreadable("holds a video stream without a picture size")
    return {
        "width": width,
        "height": height,
        "fps": _fps(picture, seen),
        "video_codec": codec_name(codec),
        "pixel_format": codec.pix_fmt,
        "coded_width": codec.width,
        "coded_height": codec.height,
        "rotation": rotation,
        "mirrored": mirrored,
        "sample_aspect": f"{aspect.numerator}:{aspect.denominator}",
        "transfer": TRANSFERS.get(getattr(frame, "color_trc", codec.color_trc), "SDR"),
    }


def turn(frame: Any) -> tuple[int, bool]:
    """Degrees clockwise (to the nearest quarter), then whether to flip left to right."""
    try:
        matrix = frame.side_data["DISPLAYMATRIX"]
    except (AttributeError, KeyError, ValueError):  # ValueError: av meets a type it cannot name
        rotation = getattr(frame, "rotation", 0)
        return round(-rotation / 90) * 90 % 360, False
    a, b, _, c, d, *_ = struct.unpack("<9i", bytes(matrix))
    mirrored = a * d - b * c < 0
    degrees = math.degrees(math.atan2(b, -a if mirrored else a))
    return round(degrees / 90) * 90 % 360, mirrored


def codec_name(codec: Any) -> str:
    """The codec's name, not its decoder's: `vp9` for libvpx-vp9."""
    canonical = getattr(codec.codec, "canonical_name", None)
    return (
        str(canonical)
        if canonical
        else {"mp3float": "mp3", "libdav1d": "av1"}.get(codec.name, codec.name)
    )


def _fps(picture: Any, seen: Scan) -> float | None:
    """Frames over seconds; the header's rate where it agrees, for that is exact."""
    declared = float(picture.average_rate) if picture.average_rate else None
    if seen.packets < 2 or not seen.seconds:
        return declared and round(declared, 6)
    measured = seen.packets / seen.seconds
    agrees = declared and abs(declared - measured) / measured < 0.005
    return round(declared if agrees and declared else measured, 6)


def _format(container: InputContainer, path: Path, *, sound_only: bool = False) -> str:
    name = container.format.name.split(",")[0]
    if name == "mov":
        brand = container.metadata.get("major_brand", "qt").strip()
        named = BRANDS.get(brand, BRANDS.get(brand[:3], "MP4"))
        return "M4A" if sound_only and named == "MP4" else named
    if name == "matroska" and is_webm(path):
        return "WebM"
    return FORMATS.get(name, name.upper())


def _others(container: InputContainer, chosen: list[Any]) -> tuple[str, ...]:
    """The kinds of the streams that were not chosen: data, subtitle, a second sound ..."""
    known = {one.index for one in chosen}
    return tuple(one.type for one in container.streams if one.index not in known)
