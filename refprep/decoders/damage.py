"""Damage of audio and video files that FFmpeg passes over: checksums, sizes, lost sync.

FFmpeg's demuxers search for the next frame, page or element that they know, and only log what they
left out. Here the file's structure is read once more, without its content.
"""

from collections.abc import Callable
from pathlib import Path

from refprep.decoders import ebml, mpeg_audio, ogg, wav
from refprep.decoders.reader import Contents

Check = Callable[[Contents], str | None]
CHECKS: dict[str, Check] = {
    "MP3": mpeg_audio.check,
    "Matroska": ebml.check,
    "WebM": ebml.check,
    "Ogg": ogg.check,
    "WAV": wav.check,
}
"By the name of the format."


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
