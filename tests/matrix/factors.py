"""What clips differ in, which of it goes together, and how such a clip is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from fixtures.clips import clip
from tests.matrix.cover import Row, cover

SECONDS = 2.125
"""A little more than the least that is taken, for some containers round times."""
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
    "pixels": {name: {} for name in ("420", "420 full", "420 deep", "422", "444")},
    "size": {
        "small": {"size": (120, 90)},
        "odd": {"size": (91, 181)},
        "inside": {"size": (160, 162)},
    },
    "turn": {
        "upright": {},
        "90": {"rotation": 90},
        "180": {"rotation": 180},
        "270 mirrored": {"rotation": 270, "mirror": True},
    },
    "pixel aspect": {"1:1": {}, "16:11": {"sample_aspect_ratio": Fraction(16, 11)}},
    "pace": {
        "29.97": {"frame_rate": Fraction(30000, 1001)},
        "12": {"frame_rate": SLOW},
        "120": {"frame_rate": Fraction(120)},
        "variable": {"frame_rate": Fraction(24), "times": HALTING},
    },
    "sound": {
        "none": {"audio": None},
        "aac 6": {"audio": "aac", "channels": 6},
        "mp3 2": {"audio": "libmp3lame", "sample_rate": 44100},
        "opus 2": {"audio": "libopus"},
        "plain 1": {"channels": 1, "sample_rate": 22050},
    },
    "beside": {"nothing": {}, "sound": {"extra_stream": "audio"}, "other": {}},
}
"""The factors; each value by a short name, with what it asks of fixtures.clips.clip."""
ISO = {"mp4", "mov"}
ANY = set(VALUES["container"])
TURNING = ISO | {"mkv"}
"""The containers that tell a player to turn or mirror."""
CONTAINERS = {
    "h264": ANY - {"webm"},
    "hevc": TURNING | {"ts"},
    "vp9": {"mp4", "mkv", "webm", "avi"},
    "av1": {"mp4", "mkv", "webm", "avi"},
    "mpeg4": ANY - {"webm"},
    "mjpeg": {"mov", "mkv", "avi"},
    "prores": {"mov", "mkv"},
    "ffv1": {"mp4", "mkv"},
}
"""Where each codec may lie, as far as FFmpeg writes it there; FFV1 in AVI tells no colors."""
HEARD = {
    "aac 6": ANY - {"webm"},
    "mp3 2": ANY - {"webm"},
    "opus 2": {"mp4", "mkv", "webm", "ts"},
    "plain 1": {"mp4", "mov", "mkv", "avi"},
}
"""Where each sound may lie."""
PLAIN = {"mp4": "flac", "mov": "pcm_s16le", "mkv": "flac", "avi": "pcm_s16le"}
"""The sound without loss that each container takes."""
PIXELS = {
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
"""FFmpeg's name of the pixels that each codec takes."""
WHOLE_CHROMA = {"h264", "hevc"}
"""Encoders that take odd sides only where each pixel has its own color."""
BESIDE = {
    "mp4": {"extra_stream": "timecode"}, "mov": {"extra_stream": "subtitles"},
    "mkv": {"extra_stream": "subtitles"}, "webm": {"extra_stream": "subtitles"},
}  # fmt: skip
"""What each container takes beside picture and sound."""
SHAPED = {"h264", "hevc", "mpeg4"}
"""Codecs that tell the shape of pixels themselves; MOV and MP4 tell it for all others."""
TIMED = ANY - {"avi"}
"""The containers that give each frame a time of its own."""


@dataclass(frozen=True)
class Rule:
    """Whether the values of some factors go together."""

    factors: tuple[str, ...]
    admits: Any


RULES = (
    Rule(("codec", "container"), lambda codec, container: container in CONTAINERS[codec]),
    Rule(("codec", "pixels"), lambda codec, pixels: pixels in PIXELS[codec]),
    Rule(("sound", "container"), lambda sound, container: container in HEARD.get(sound, ANY)),
    Rule(("beside", "container"), lambda beside, held: beside != "other" or held in BESIDE),
    Rule(("beside", "sound"), lambda beside, sound: (beside, sound) != ("sound", "none")),
    Rule(("turn", "container"), lambda turn, inside: turn == "upright" or inside in TURNING),
    Rule(
        ("pixel aspect", "codec", "container"),
        lambda shape, codec, held: shape == "1:1" or held in ISO or codec in SHAPED,
    ),
    Rule(("pace", "container"), lambda pace, container: pace != "variable" or container in TIMED),
    Rule(
        ("size", "codec", "pixels"),
        lambda size, codec, pixels: size != "odd" or codec not in WHOLE_CHROMA or pixels == "444",
    ),
)
"""The impossible combinations, left out."""


def possible(row: Row) -> bool:
    """True where everything in the row goes together, as far as it is filled."""
    return all(
        rule.admits(*(row[factor] for factor in rule.factors))
        for rule in RULES
        if all(factor in row for factor in rule.factors)
    )


def rows() -> list[Row]:
    """A clip for every two values that go together."""
    return cover({factor: list(values) for factor, values in VALUES.items()}, possible)


def make(row: Row, folder: Path) -> Path:
    """The clip of a row."""
    asked: dict[str, Any] = {"duration": SECONDS}
    for factor, value in row.items():
        asked |= VALUES[factor][value]
    asked["pixel_format"] = PIXELS[row["codec"]][row["pixels"]]
    if row["sound"] == "plain 1":
        asked["sound"] = PLAIN[row["container"]]
    if row["beside"] == "other":
        asked |= BESIDE[row["container"]]
    return clip(folder / f"clip.{row['container']}", **asked)


def shown(row: Row) -> tuple[float, float]:
    """Width and height, in pixels, as a right player shows the clip."""
    facts: Mapping[str, Any] = VALUES["size"][row["size"]]
    aspect = VALUES["pixel aspect"][row["pixel aspect"]].get("sample_aspect_ratio", 1)
    width, height = float(facts["size"][0] * aspect), float(facts["size"][1])
    turned = VALUES["turn"][row["turn"]].get("rotation", 0) % 180
    return (height, width) if turned else (width, height)
