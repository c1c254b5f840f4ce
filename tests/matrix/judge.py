"""Another reading of the limits: what the founding page takes, by ffprobe alone."""

import json
import math
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

SLACK = 1e-6
"""Seconds: half of the last digit that ffprobe tells."""
ENTRIES = "format:stream:stream_tags:stream_side_data:packet=stream_index,pts_time,duration_time"


AREA = (640 * 640, 834 * 1112)
"""Pixels of a frame."""
SIDES = (300, 6000)


def told(path: Path) -> Any:
    """Everything that ffprobe tells of a file, each picture and sound decoded and counted."""
    command = ["ffprobe", "-v", "error", "-threads", "1", "-count_frames", "-show_entries", ENTRIES]
    command += ["-of", "json", f"file:{path}"]
    run = subprocess.run(command, check=True, capture_output=True)
    assert run.stderr == b"", run.stderr.decode()
    return json.loads(run.stdout)


def breaches(path: Path, shrink: int = 1) -> list[str]:
    """What of a clip, alone in its request, the page would refuse; empty where nothing.

    Sides may be `shrink` times smaller than the page says.
    """
    seen = told(path)
    pictures = [one for one in seen["streams"] if one["codec_type"] == "video"]
    sounds = [one for one in seen["streams"] if one["codec_type"] == "audio"]
    if len(pictures) != 1 or len(sounds) > 1 or len(seen["streams"]) > 2:
        return [f"streams: {[one['codec_type'] for one in seen['streams']]}"]
    checks = {
        "format": "mp4" in seen["format"]["format_name"],
        "size": int(seen["format"]["size"]) < 50_000_000,
        "sound": all(sound["codec_name"] in ("aac", "mp3") for sound in sounds),
        **_picture(pictures[0], shrink),
    }
    broken = [name for name, held in checks.items() if not held]
    outside = {name: length for name, length in lengths(seen).items() if not inside(name, length)}
    return [*broken, *(f"{name} lasts {length} s" for name, length in outside.items())]


def _picture(one: dict[str, Any], shrink: int) -> dict[str, bool]:
    width, height = one["width"], one["height"]
    large = width * shrink, height * shrink
    rates = (Fraction(one["avg_frame_rate"]), int(one["nb_read_frames"]) / float(one["duration"]))
    turned = [data for data in one.get("side_data_list", ()) if "rotation" in data]
    return {
        f"area {width}x{height}": AREA[0] <= math.prod(large) <= AREA[1],
        f"sides {width}x{height}": SIDES[0] <= min(large) <= max(large) <= SIDES[1],
        f"ratio {width}x{height}": 0.4 <= width / height <= 2.5,
        f"rates {rates}": all(24 - 0.001 <= float(rate) <= 60 + 0.001 for rate in rates),
        f"codec {one['codec_name']}": one["codec_name"] in ("h264", "hevc"),
        f"pixels {one['pix_fmt']}": one["pix_fmt"] in ("yuv420p", "yuvj420p"),
        f"shape {one.get('sample_aspect_ratio')}": one.get("sample_aspect_ratio", "1:1") == "1:1",
        f"turn {turned}": not turned and "rotate" not in one.get("tags", {}),
        f"transfer {one.get('color_transfer')}": one.get("color_transfer") != "smpte2084",
        f"scan {one.get('field_order')}": one.get("field_order", "progressive") == "progressive",
    }


def lengths(seen: Any) -> dict[str, float]:
    """Every length (s) that some reader may take: by headers, by packets, by counting frames."""
    named = {"container": float(seen["format"]["duration"])}
    for one in seen["streams"]:
        named[one["codec_type"]] = float(one["duration"])
        if one["codec_type"] == "video":
            frames, rate = int(one["nb_read_frames"]), Fraction(one["avg_frame_rate"])
            named["frames counted"] = float(frames / rate)
    return named | dict(_packet_ends(seen))


def _packet_ends(seen: Any) -> Iterator[tuple[str, float]]:
    for index in {packet["stream_index"] for packet in seen["packets"]}:
        ends = [
            float(one["pts_time"]) + float(one.get("duration_time", 0))
            for one in seen["packets"]
            if one["stream_index"] == index
        ]
        yield f"packets of {index}", max(ends)


def inside(name: str, seconds: float) -> bool:
    """True for a clip that is long enough and short enough alone; its sound may be shorter."""
    least = 0 if name in ("audio", "packets of 1") else 2
    return least - SLACK <= seconds <= 15 + SLACK
