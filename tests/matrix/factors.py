"""The properties in which videos differ, which of them combine, and such a video."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from fixtures.clips import clip
from tests.matrix.cover import Row, cover

SECONDS = 2.125
"""A little more than the minimum, for some containers round times."""
HALTING = [n / 48 for n in range(102) if n % 24 < 12 or n % 2 == 0]
"""Times (s) of frames that last 1/48 s for half of the time, else twice as long."""
SLOW = Fraction(12)
VALUES: dict[str, dict[str, Any]] = {
    "codec": {
        "h264": {"codec": "libx264"},
        "hevc": {"codec": "libx265"},
        "vp9": {"codec": "libvpx-vp9"},
        "av1": {"codec": "libsvtav1"},
        "mpeg4": {"codec": "mpeg4"},
        "mjpeg": {"codec": "mjpeg"},
        "prores": {"codec": "prores_ks"},
        "ffv1": {"codec": "ffv1"},
    },
    "container": {name: {} for name in ("mp4", "mov", "mkv", "webm", "avi", "ts")},
    "pixel format": {name: {} for name in ("420", "420 full", "420 deep", "422", "444")},
    "size": {
        "small": {"size": (120, 90)},
        "odd": {"size": (91, 181)},
        "accepted": {"size": (160, 162)},
    },
    "rotation": {
        "upright": {},
        "90": {"rotation": 90},
        "180": {"rotation": 180},
        "270 mirrored": {"rotation": 270, "mirror": True},
    },
    "sample aspect ratio": {"1:1": {}, "16:11": {"sample_aspect_ratio": Fraction(16, 11)}},
    "frame rate": {
        "29.97": {"frame_rate": Fraction(30000, 1001)},
        "12": {"frame_rate": SLOW},
        "120": {"frame_rate": Fraction(120)},
        "variable": {"frame_rate": Fraction(24), "times": HALTING},
    },
    "audio": {
        "none": {"audio": None},
        "aac 6": {"audio": "aac", "channels": 6},
        "mp3 2": {"audio": "libmp3lame", "sample_rate": 44100},
        "opus 2": {"audio": "libopus"},
        "lossless 1": {"channels": 1, "sample_rate": 22050},
    },
    "extra stream": {"none": {}, "audio": {"extra_stream": "audio"}, "other": {}},
}
"""The factors; each value by a short name, with its parameters of fixtures.clips.clip."""
ISO = {"mp4", "mov"}
ANY = set(VALUES["container"])
ROTATING = ISO | {"mkv"}
"""The containers that store a display matrix."""
CONTAINERS = {
    "h264": ANY - {"webm"},
    "hevc": ROTATING | {"ts"},
    "vp9": {"mp4", "mkv", "webm", "avi"},
    "av1": {"mp4", "mkv", "webm", "avi"},
    "mpeg4": ANY - {"webm"},
    "mjpeg": {"mov", "mkv", "avi"},
    "prores": {"mov", "mkv"},
    "ffv1": {"mp4", "mkv"},
}
"""The containers of each codec, as far as FFmpeg writes them; FFV1 in AVI has no color tags."""
AUDIO_CONTAINERS = {
    "aac 6": ANY - {"webm"},
    "mp3 2": ANY - {"webm"},
    "opus 2": {"mp4", "mkv", "webm", "ts"},
    "lossless 1": {"mp4", "mov", "mkv", "avi"},
}
"""The containers of each kind of audio."""
LOSSLESS = {"mp4": "flac", "mov": "pcm_s16le", "mkv": "flac", "avi": "pcm_s16le"}
"""The lossless audio codec of each container."""
PIXEL_FORMATS = {
    "h264": {"420": "yuv420p", "420 full": "yuvj420p", "420 deep": "yuv420p10le",
             "422": "yuv422p10le", "444": "yuv444p"},
    "hevc": {"420": "yuv420p", "420 deep": "yuv420p10le", "422": "yuv422p", "444": "yuv444p"},
    "vp9": {"420": "yuv420p", "422": "yuv422p", "444": "yuv444p"},
    "av1": {"420": "yuv420p", "420 deep": "yuv420p10le"},
    "mpeg4": {"420": "yuv420p"},
    "mjpeg": {"420 full": "yuvj420p"},
    "prores": {"422": "yuv422p10le"},
    "ffv1": {"420": "yuv420p", "420 deep": "yuv420p10le", "422": "yuv422p", "444": "yuv444p"},
}  # fmt: skip
"""FFmpeg's names of the pixel formats that each codec encodes."""
EVEN_SIDES = {"h264", "hevc"}
"""Encoders that take odd sides only without chroma subsampling."""
EXTRA_STREAMS = {
    "mp4": {"extra_stream": "timecode"}, "mov": {"extra_stream": "subtitles"},
    "mkv": {"extra_stream": "subtitles"}, "webm": {"extra_stream": "subtitles"},
}  # fmt: skip
"""A stream that each container takes beside video and audio."""
ASPECT_CODECS = {"h264", "hevc", "mpeg4"}
"""Codecs that store a sample aspect ratio themselves; MOV and MP4 store it for all others."""
TIMED = ANY - {"avi"}
"""The containers that give each frame a time of its own."""


@dataclass(frozen=True)
class Rule:
    """Which values of some factors combine."""

    factors: tuple[str, ...]
    admits: Any


RULES = (
    Rule(("codec", "container"), lambda codec, container: container in CONTAINERS[codec]),
    Rule(("codec", "pixel format"), lambda codec, pixels: pixels in PIXEL_FORMATS[codec]),
    Rule(
        ("audio", "container"),
        lambda audio, container: container in AUDIO_CONTAINERS.get(audio, ANY),
    ),
    Rule(
        ("extra stream", "container"),
        lambda extra, container: extra != "other" or container in EXTRA_STREAMS,
    ),
    Rule(("extra stream", "audio"), lambda extra, audio: (extra, audio) != ("audio", "none")),
    Rule(
        ("rotation", "container"),
        lambda rotation, container: rotation == "upright" or container in ROTATING,
    ),
    Rule(
        ("sample aspect ratio", "codec", "container"),
        lambda aspect, codec, container: (
            aspect == "1:1" or container in ISO or codec in ASPECT_CODECS
        ),
    ),
    Rule(
        ("frame rate", "container"),
        lambda rate, container: rate != "variable" or container in TIMED,
    ),
    Rule(
        ("size", "codec", "pixel format"),
        lambda size, codec, pixels: size != "odd" or codec not in EVEN_SIDES or pixels == "444",
    ),
)
"""The combinations that are possible."""


def possible(row: Row) -> bool:
    """True where all values in the row combine, as far as it is filled."""
    return all(
        rule.admits(*(row[factor] for factor in rule.factors))
        for rule in RULES
        if all(factor in row for factor in rule.factors)
    )


def rows() -> list[Row]:
    """Rows in which every two values that combine stand together."""
    return cover({factor: list(values) for factor, values in VALUES.items()}, possible)


def write(row: Row, folder: Path) -> Path:
    """Write the video of a row."""
    parameters: dict[str, Any] = {"duration": SECONDS}
    for factor, value in row.items():
        parameters |= VALUES[factor][value]
    parameters["pixel_format"] = PIXEL_FORMATS[row["codec"]][row["pixel format"]]
    if row["audio"] == "lossless 1":
        parameters["audio"] = LOSSLESS[row["container"]]
    if row["extra stream"] == "other":
        parameters |= EXTRA_STREAMS[row["container"]]
    return clip(folder / f"clip.{row['container']}", **parameters)


def displayed_size(row: Row) -> tuple[float, float]:
    """Width and height, in pixels, at which a player displays the video."""
    facts: Mapping[str, Any] = VALUES["size"][row["size"]]
    aspect = VALUES["sample aspect ratio"][row["sample aspect ratio"]].get("sample_aspect_ratio", 1)
    width, height = float(facts["size"][0] * aspect), float(facts["size"][1])
    rotated = VALUES["rotation"][row["rotation"]].get("rotation", 0) % 180
    return (height, width) if rotated else (width, height)
