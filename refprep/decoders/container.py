"""Reading the facts of video and audio files, with av."""

import math
import struct
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
from av.container import InputContainer

from refprep.decoders import damage, frame_memory
from refprep.decoders.demuxer import COVER, audio_stream, clock_start, open_container, video_stream
from refprep.decoders.duration import durations
from refprep.decoders.packets import Scan, scan_packets
from refprep.decoders.sniff import is_webm
from refprep.errors import TooBigError, UnreadableError

FORMATS = {
    "matroska": "Matroska", "mpegts": "MPEG-TS", "mpeg": "MPEG-PS", "asf": "WMV", "ogg": "Ogg",
}  # fmt: skip
BRANDS = {"qt": "MOV", "3gp": "3GP", "3g2": "3GP", "M4A": "M4A", "M4B": "M4A"}
"Major brands of ISO 14496-12 files; all others are MP4."
STRICT = "crccheck+bitstream+buffer+explode"
"FFmpeg's `err_detect` of decoders that conceal nothing."
CODECS = {"mp3float": "mp3", "libdav1d": "av1"}
"Codecs by the decoders that are named differently, where av does not know it."
TRANSFERS = {16: "PQ", 18: "HLG"}
"ITU-T H.273 transfer characteristics: 16 is SMPTE ST 2084, 18 is ARIB STD-B67."


def probe(
    path: Path, *, decode: bool, start: float, end: float | None, memory: int
) -> dict[str, Any]:
    """Read the facts of a video or audio file: the fields of `refprep.models.media.Video` or Audio.

    Args:
        path: The file.
        decode: True to decode it to its end; else packets are read, and one video frame.
        start: Where the part begins in which content is checked, in seconds.
        end: Where it ends; None for the end of the file.
        memory: Bytes that decoding may take.

    Raises:
        UnreadableError: It is neither video nor audio, or a whole stream does not decode.
    """
    part = (start, end)
    facts, refused = _read(path, part, memory, Pass.STRICT if decode else Pass.HEADERS)
    if refused is None:  # slower, and no error is lost
        facts, refused = _read(path, part, memory, Pass.ONE_BY_ONE)
    if refused and refused.packets:  # what a player shows of it is found without strictness
        facts, _ = _read(path, part, memory, Pass.LENIENT)
        facts["decode_errors"] = max(facts["decode_errors"], refused.packets)
        facts["damaged_share"] = max(facts["damaged_share"], refused.share)
    if decode:
        facts["damage"] = facts["damage"] or damage.check(path, facts["format"])
    return facts


class Refused(NamedTuple):
    """What strict decoders refuse."""

    packets: int = 0
    share: float = 0.0
    "Of a stream's packets, 0 to 1, of the worst stream."

    @classmethod
    def of(cls, scans: list[Scan]) -> "Refused":
        """What a strict pass refuses; of H.264 no share.

        One error in H.264 refuses packets far behind the next key frame, which players show.
        """
        shares = [scan.damaged_share for scan in scans if codec_name(_codec(scan)) != "h264"]
        return cls(sum(scan.decode_errors for scan in scans), max(shares, default=0.0))


def _codec(scan: Scan) -> Any:
    return scan.stream.codec_context


class Pass(Enum):
    """How a file is read.

    Strict decoders tell what others conceal: they check sums, and refuse a packet at its first
    error. Later packets then lack what they are predicted from.
    """

    HEADERS = "headers and packets"
    STRICT = "strict decoders, several frames at once: what is wrong with the last ones is lost"
    ONE_BY_ONE = "strict decoders, a frame after the other"
    LENIENT = "decoders as a player's"

    @property
    def is_strict(self) -> bool:
        """True where decoders refuse what is wrong."""
        return self in (Pass.STRICT, Pass.ONE_BY_ONE)


def _read(
    path: Path, part: tuple[float, float | None], memory: int, kind: Pass
) -> tuple[dict[str, Any], Refused | None]:
    """The facts of one pass over the file; then what strict decoders refuse of it.

    None where frames are lost, and with them perhaps why: only one by one it is known.
    """
    decode = kind is not Pass.HEADERS
    with open_container(path, memory) as container:
        video, audio = video_stream(container), audio_stream(container)
        streams = [stream for stream in (video, audio) if stream is not None]
        if not streams:
            raise UnreadableError("holds neither video nor audio")
        if kind.is_strict:
            for stream in streams:
                options = stream.codec_context.options
                stream.codec_context.options = {**options, "err_detect": STRICT}
        checks = _content_checks(container, *part) if decode else None
        scans = scan_packets(
            container, streams, on_frame=checks, one_by_one=kind is Pass.ONE_BY_ONE
        )
        refused = Refused.of(scans) if kind.is_strict else Refused()
        if refused.packets:
            return {}, refused
        if kind is Pass.STRICT and any(scan.is_short for scan in scans):
            return {}, None
        _refuse_unreadable(scans, decode, memory)
        facts = {
            "size": path.stat().st_size,
            "declared_duration": container.duration and container.duration / av.time_base,
            "other_streams": _other_streams(container, streams),
            "damage": _unknown(container, video, audio) or damage.check_scans(scans, decode),
            **durations(container, scans, decode, path),
            **_audio_facts(audio),
        }
        if video is None:
            facts |= {
                "kind": "audio",
                "format": _format(container, path, audio_only=True),
                "loudness_peak": checks and checks.loudness_peak,
            }
        else:
            facts |= {
                "kind": "video",
                "format": _format(container, path),
                "brightness": checks and checks.brightness,
                "motion": checks and checks.motion,
                **_video_facts(scans[0], container),
            }
        return facts, refused


def _content_checks(container: InputContainer, start: float, end: float | None) -> Any:
    from refprep.decoders.content import ContentChecks

    return ContentChecks(start, end, clock_start(container))


def _refuse_unreadable(scans: list[Scan], decode: bool, memory: int) -> None:
    """UnreadableError where no packet follows the header, or a whole stream does not decode."""
    if not any(scan.starts for scan in scans):
        raise UnreadableError("the header can be read, but no video or audio follows it")
    for scan in scans:
        kind, packets = scan.stream.type, len(scan.starts)
        if not scan.decoded:
            _refuse_large(scan, memory)
        if decode and not scan.decoded:
            raise UnreadableError(f"no {kind} in it can be decoded")
        if decode and 2 * scan.decode_errors > packets > 2:
            refused = f"{scan.decode_errors:,} of {packets:,} {kind} packets"
            raise UnreadableError(f"damaged or encrypted: the decoder refuses {refused}")


def _refuse_large(scan: Scan, memory: int) -> None:
    """TooBigError where what the decoder refuses is a still of more pixels than fit in memory."""
    width, height = scan.declared_size or (0, 0)
    most = int(frame_memory.options(memory)["max_pixels"])
    if width * height > most:
        raise TooBigError(
            f"{width:,} x {height:,} pixels per frame; refprep decodes at most {most:,} pixels in"
            " the memory for one file (--max-memory)"
        )


def _audio_facts(stream: Any) -> dict[str, Any]:
    if stream is None:
        return {}
    codec = stream.codec_context
    return {
        "audio_codec": codec_name(codec),
        "sample_rate": codec.sample_rate or None,
        "channels": codec.channels or None,
    }


def _video_facts(scan: Scan, container: InputContainer) -> dict[str, Any]:
    stream, frame = scan.stream, scan.first_frame
    codec = stream.codec_context
    aspect = stream.sample_aspect_ratio or Fraction(1)
    rotation, mirrored = display_rotation(frame)
    size = (round(codec.width * aspect), codec.height)
    width, height = size if rotation in (0, 180) else size[::-1]
    if not (width and height):
        raise UnreadableError("its video stream declares no frame size")
    zero = clock_start(container)
    return {
        "width": width,
        "height": height,
        "frame_rate": _frame_rate(scan),
        "frame_durations": scan.frame_durations,
        "hides_frames": scan.discarded > 0,
        "key_frames": [round(float(tick * scan.time_base) - zero, 6) for tick in scan.key_frames],
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


def display_rotation(frame: Any) -> tuple[int, bool]:
    """What a frame's display matrix asks of a player.

    Returns:
        Degrees clockwise, to the nearest quarter turn; then whether to flip left to right.
    """
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
    return str(canonical) if canonical else CODECS.get(codec.name, codec.name)


def _frame_rate(scan: Scan) -> float | None:
    """Frames over seconds; the header's rate where it agrees, for that is exact."""
    rate = scan.stream.average_rate
    declared = float(rate) if rate else None
    if len(scan.starts) < 2 or not scan.duration:
        return declared and round(declared, 6)
    measured = len(scan.starts) / scan.duration
    shortest, longest = scan.frame_durations or (1.0, 1.0)
    agrees = declared and abs(declared - measured) / measured < 0.02 and longest < 1.5 * shortest
    return round(declared if agrees and declared else measured, 6)


def _format(container: InputContainer, path: Path, *, audio_only: bool = False) -> str:
    name = container.format.name.split(",")[0]
    if name == "mov":
        brand = container.metadata.get("major_brand", "qt").strip()
        known = BRANDS.get(brand, BRANDS.get(brand[:3], "MP4"))
        return "M4A" if audio_only and known == "MP4" else known
    if name == "matroska" and is_webm(path):
        return "WebM"
    return FORMATS.get(name, name.upper())


def _unknown(container: InputContainer, video: Any, audio: Any) -> str | None:
    """A kind of stream that is there, and of no codec that decodes; None where there is none."""
    kinds = (("video", video, container.streams.video), ("audio", audio, container.streams.audio))
    for kind, chosen, streams in kinds:
        pictures = (stream for stream in streams if not stream.disposition & COVER)
        if chosen is None and any(pictures):
            return f"its {kind} is of a codec that no decoder here knows"
    return None


def _other_streams(container: InputContainer, streams: list[Any]) -> tuple[str, ...]:
    """The kinds of all further streams: data, subtitle, a second audio stream ..."""
    known = {stream.index for stream in streams}
    return tuple(stream.type for stream in container.streams if stream.index not in known)
