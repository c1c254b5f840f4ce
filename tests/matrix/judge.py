"""A second reading of the limits: what the provider's page accepts, by ffprobe alone."""

import json
import math
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

SLACK = 1e-6
"""Seconds: half of the last digit that ffprobe prints."""
ENTRIES = "format:stream:stream_tags:stream_side_data:packet=stream_index,pts_time,duration_time"


AREA = (640 * 640, 834 * 1112)
"""Pixels of a frame."""
SIDES = (300, 6000)


def ffprobe(path: Path) -> Any:
    """What ffprobe reports of a file, all its streams decoded and their frames counted."""
    command = ["ffprobe", "-v", "error", "-threads", "1", "-count_frames", "-show_entries", ENTRIES]
    command += ["-of", "json", f"file:{path}"]
    run = subprocess.run(command, check=True, capture_output=True)
    assert run.stderr == b"", run.stderr.decode()
    return json.loads(run.stdout)


def breaches(path: Path, shrink: int = 1) -> list[str]:
    """What of a video, alone in its request, exceeds a limit; empty where it meets them all.

    Sides may be `shrink` times smaller than the page says.
    """
    probed = ffprobe(path)
    kinds = [stream["codec_type"] for stream in probed["streams"]]
    if kinds not in (["video"], ["video", "audio"]):
        return [f"streams: {kinds}"]
    video, *audio = probed["streams"]
    checks = {
        "format": "mp4" in probed["format"]["format_name"],
        "size": int(probed["format"]["size"]) < 50_000_000,
        "audio": all(stream["codec_name"] in ("aac", "mp3") for stream in audio),
        **_video_checks(video, shrink),
    }
    failed = [name for name, passed in checks.items() if not passed]
    outside = {
        name: seconds
        for name, seconds in durations(probed).items()
        if not accepted_duration(name, seconds)
    }
    return [*failed, *(f"{name} lasts {seconds} s" for name, seconds in outside.items())]


def _video_checks(video: dict[str, Any], shrink: int) -> dict[str, bool]:
    width, height = video["width"], video["height"]
    large = width * shrink, height * shrink
    rates = (
        Fraction(video["avg_frame_rate"]),
        int(video["nb_read_frames"]) / float(video["duration"]),
    )
    rotation = [data for data in video.get("side_data_list", ()) if "rotation" in data]
    aspect = video.get("sample_aspect_ratio", "1:1")
    return {
        f"area {width}x{height}": AREA[0] <= math.prod(large) <= AREA[1],
        f"dimensions {width}x{height}": SIDES[0] <= min(large) <= max(large) <= SIDES[1],
        f"aspect ratio {width}x{height}": 0.4 <= width / height <= 2.5,
        f"frame rates {rates}": all(24 - 0.001 <= float(rate) <= 60 + 0.001 for rate in rates),
        f"codec {video['codec_name']}": video["codec_name"] in ("h264", "hevc"),
        f"pixel format {video['pix_fmt']}": video["pix_fmt"] in ("yuv420p", "yuvj420p"),
        f"sample aspect ratio {aspect}": aspect == "1:1",
        f"rotation {rotation}": not rotation and "rotate" not in video.get("tags", {}),
        f"transfer {video.get('color_transfer')}": video.get("color_transfer") != "smpte2084",
        f"scan {video.get('field_order')}": video.get("field_order", "progressive")
        == "progressive",
    }


def durations(probed: Any) -> dict[str, float]:
    """Every duration (s) that some reader may report: by headers, packets or counted frames."""
    by_reader = {"container": float(probed["format"]["duration"])}
    for stream in probed["streams"]:
        by_reader[stream["codec_type"]] = float(stream["duration"])
        if stream["codec_type"] == "video":
            frames, rate = int(stream["nb_read_frames"]), Fraction(stream["avg_frame_rate"])
            by_reader["frames counted"] = float(frames / rate)
    return by_reader | dict(_packet_ends(probed))


def _packet_ends(probed: Any) -> Iterator[tuple[str, float]]:
    for index in {packet["stream_index"] for packet in probed["packets"]}:
        ends = [
            float(packet["pts_time"]) + float(packet.get("duration_time", 0))
            for packet in probed["packets"]
            if packet["stream_index"] == index
        ]
        yield f"packets of {index}", max(ends)


def accepted_duration(name: str, seconds: float) -> bool:
    """True for a video that is long enough and short enough alone; its audio may be shorter."""
    shortest = 0 if name in ("audio", "packets of 1") else 2
    return shortest - SLACK <= seconds <= 15 + SLACK
