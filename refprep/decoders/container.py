"""Reading the facts of clips and sounds, with av."""

import math
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from refprep.decoders import stream
from refprep.decoders.duration import lengths
from refprep.decoders.packets import Scan, scan
from refprep.decoders.sniff import is_webm
from refprep.errors import UnreadableError
from refprep.models.media import Audio, Transfer, Video
from refprep.models.source import Window

FORMATS = {
    "matroska": "Matroska", "mpegts": "MPEG-TS", "mpeg": "MPEG-PS", "asf": "WMV", "ogg": "Ogg",
}  # fmt: skip
BRANDS = {"qt": "MOV", "3gp": "3GP", "3g2": "3GP", "M4A": "M4A", "M4B": "M4A"}
"Major brands of ISO 14496-12 files; all others are MP4."
TRANSFERS: dict[int, Transfer] = {16: "PQ", 18: "HLG"}
"ITU-T H.273 transfer characteristics: 16 is SMPTE ST 2084, 18 is ARIB STD-B67."


def probe(path: Path, *, decode: bool, window: Window | None = None) -> Video | Audio:
    """The facts of a clip or sound; with `decode` it is decoded to its end. UnreadableError.

    What eyes and ears would notice is looked for inside the `window`.
    """
    with stream.opened(path) as container:
        picture, sound = stream.picture_of(container), stream.sound_of(container)
        chosen = [one for one in (picture, sound) if one is not None]
        if not chosen:
            raise UnreadableError("holds neither picture nor sound")
        look = _senses(container, window) if decode else _nothing
        scans = scan(container, chosen, decode=decode, look=look)
        _refuse(scans, decode)
        facts = {
            "size": path.stat().st_size,
            "declared_duration": container.duration and container.duration / av.time_base,
            "other_streams": _others(container, chosen),
            **lengths(container, scans, decode, path),
            **_sound(sound),
        }
        if picture is None:
            name = _format(container, path, sound_only=True)
            return Audio(format=name, loudness_peak=getattr(look, "peak", None), **facts)
        seen = {name: getattr(look, name, None) for name in ("brightness", "motion")}
        return Video(
            format=_format(container, path), **facts, **seen, **_picture(scans[0], container)
        )


def _senses(container: InputContainer, window: Window | None) -> Any:
    from refprep.decoders.content import ContentChecks

    return ContentChecks(window, stream.clock_start(container))


def _nothing(frame: Any) -> None:
    """Where nothing is decoded, nothing is looked at."""


def _refuse(scans: list[Scan], decode: bool) -> None:
    """UnreadableError where no packet follows the header, or a whole stream does not decode."""
    if not any(one.starts for one in scans):
        raise UnreadableError("the header can be read, but no picture or sound follows it")
    for one in scans:
        kind = {"video": "picture", "audio": "sound"}[one.stream.type]
        if decode and not one.decoded:
            raise UnreadableError(f"no {kind} of it can be decoded")
        if decode and 2 * one.errors > len(one.starts) > 2:
            broken = f"{one.errors:,} of {len(one.starts):,}"
            raise UnreadableError(
                f"damaged or encrypted: the decoder refuses {broken} {kind} packets"
            )


def _sound(sound: Any) -> dict[str, Any]:
    if sound is None:
        return {}
    codec = sound.codec_context
    return {
        "audio_codec": codec_name(codec),
        "sample_rate": codec.sample_rate or None,
        "channels": codec.channels or None,
    }


def _picture(seen: Scan, container: InputContainer) -> dict[str, Any]:
    picture, frame = seen.stream, seen.first_frame
    codec = picture.codec_context
    aspect = picture.sample_aspect_ratio or Fraction(1)
    rotation, mirrored = turn(frame)
    size = (round(codec.width * aspect), codec.height)
    width, height = size if rotation in (0, 180) else size[::-1]
    if not (width and height):
        raise UnreadableError("holds a video stream without a picture size")
    return {
        "width": width,
        "height": height,
        "frame_rate": _fps(seen),
        "frame_durations": seen.frame_durations,
        "hides_frames": seen.hidden > 0,
        "key_frames": [round(float(key) - stream.clock_start(container), 6) for key in seen.keys],
        "video_codec": codec_name(codec),
        "pixel_format": codec.pix_fmt,
        "coded_width": codec.width,
        "coded_height": codec.height,
        "rotation": rotation,
        "mirrored": mirrored,
        "sample_aspect_ratio": f"{aspect.numerator}:{aspect.denominator}",
        "scan": "interlaced" if getattr(frame, "interlaced_frame", False) else "progressive",
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


def _fps(seen: Scan) -> float | None:
    """Frames over seconds; the header's rate where it agrees, for that is exact."""
    rate = seen.stream.average_rate
    declared = float(rate) if rate else None
    if len(seen.starts) < 2 or not seen.duration:
        return declared and round(declared, 6)
    measured = len(seen.starts) / seen.duration
    shortest, longest = seen.frame_durations or (1.0, 1.0)
    agrees = declared and abs(declared - measured) / measured < 0.02 and longest < 1.5 * shortest
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
