"""Damage of audio and video files that FFmpeg passes over: checksums, sizes, lost sync.

FFmpeg's demuxers search for the next frame, page or element that they know, and only log what they
left out. Here the file's structure is read once more, without its content.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from refprep.decoders import adts, aiff, bmff, ebml, flv, mpeg_audio, mxf, ogg, wav
from refprep.decoders.packets import Scan
from refprep.decoders.reader import Contents

Check = Callable[[Contents], str | None]
CHECKS: dict[str, Check] = {
    "AAC": adts.check,
    "AIFF": aiff.check,
    "MP3": mpeg_audio.check,
    "Matroska": ebml.check,
    "WebM": ebml.check,
    "Ogg": ogg.check,
    "WAV": wav.check,
    "FLV": flv.check,
    "MXF": mxf.check,
    **dict.fromkeys(("MP4", "MOV", "3GP", "M4A"), bmff.check),
}
"By the name of the format."
STREAMINFO = slice(10, 18)
"Where FLAC's first block has rate, channels, bits and, in 36 bits, its samples (RFC 9639, 8.2)."
KEYED = frozenset(
    ("mpeg4", "msmpeg4v2", "msmpeg4v3", "msmpeg4", "wmv1", "wmv2", "wmv3", "h263", "flv1")
)
"Codecs of which nothing can be shown before a key frame."
PREDICTED = (2, 3, 4)
"FFmpeg's numbers of P, B and S frames (AVPictureType)."


def check_scans(scans: Sequence[Scan], decoded: bool) -> str | None:
    """What packets and frames tell: where the first is no key frame, where samples are missing.

    Args:
        scans: What was read of the file.
        decoded: True where it was decoded, too.
    """
    found = (_first_frame(scan) or (_samples(scan) if decoded else None) for scan in scans)
    return next(filter(None, found), None)


def _first_frame(scan: Scan) -> str | None:
    """A stream that begins with a frame that is predicted from another one."""
    name = scan.stream.codec_context.codec.canonical_name
    if name in KEYED and int(getattr(scan.first_frame, "pict_type", 0)) in PREDICTED:
        return "its first frame is predicted from one that is missing"
    return None


def _samples(scan: Scan) -> str | None:
    """FLAC numbers its frames, and its header counts the samples."""
    container = scan.stream.container.format.name
    header = scan.stream.codec_context.extradata or b""
    if container != "flac" or len(header) < STREAMINFO.stop:
        return None
    starts = scan.starts
    if any(after <= before for before, after in pairwise(starts)):
        return "its frames are not in order"
    declared = int.from_bytes(header[STREAMINFO], "big") & (1 << 36) - 1
    if declared and declared != scan.decoded:
        return f"its header counts {declared:,} samples; {scan.decoded:,} are there"
    first = starts[0] if starts else 0
    if scan.last is not None and scan.last - first != scan.decoded:
        return f"frames of {scan.last - first - scan.decoded:,} samples are missing"
    return None


def check(path: Path, name: str) -> str | None:
    """What is damaged in a file of a format, in words; None where nothing is known to be.

    Args:
        path: The file.
        name: Its format, as `refprep.models.media` names it.
    """
    look = CHECKS.get(name)
    if look is None:
        return None
    with Contents(path) as data:
        return look(data)
