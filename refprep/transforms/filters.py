"""Filters: each step of a video's plan, written for libavfilter."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from refprep.models.steps import Crop, Deinterlace, Pad, Rotate, Scale, Step
from refprep.transforms.color import RESAMPLING, color_tags
from refprep.transforms.tracks import Filter

ROTATIONS: dict[tuple[int, bool], list[Filter]] = {
    # degrees clockwise, then flipped left to right
    (0, True): [("hflip", "")],
    (90, False): [("transpose", "clock")],
    (90, True): [("transpose", "cclock_flip")],
    (180, False): [("hflip", ""), ("vflip", "")],
    (180, True): [("vflip", "")],
    (270, False): [("transpose", "cclock")],
    (270, True): [("transpose", "clock_flip")],
}

FROM_ZERO: list[Filter] = [("atrim", "start=0")]
"Drops the audio before the result's time zero."
RESAMPLER = "async=1:min_hard_comp=0.005:first_pts=0:rematrix_maxval=1"
"""Gaps of 5 ms and more become silence, at the start as well; smaller ones are rounding. Channels
that are mixed down stay within full scale, which they would exceed by 8 dB from 5.1 in floats."""


def video_chain(frame: Any, steps: Sequence[Step], frame_rate: Fraction | None) -> list[Filter]:
    """The filters for the video steps of a plan.

    Args:
        frame: The first decoded frame; its tags tell how colors are converted.
        steps: The plan.
        frame_rate: Frames per second of a result with constant frame rate, which corrects what
            coarse timestamps have rounded; None to keep the time of every frame.
    """
    interlaced = any(isinstance(step, Deinterlace) for step in steps)
    tags = color_tags(frame)
    return [
        tags.tag_filter(),
        *([("bwdif", "mode=send_frame:deint=interlaced")] if interlaced else []),
        *(tags.on_black() if tags.has_alpha else []),
        *(chosen for step in steps for chosen in _step_filters(step)),
        *tags.to_bt709(),
        *([("fps", f"{frame_rate}")] if frame_rate else []),
        ("setsar", "1"),
        ("format", "yuv420p"),
    ]


def _step_filters(step: Step) -> list[Filter]:
    """The filters of a step on the frame; none for any other step."""
    match step:
        case Rotate():
            return ROTATIONS[step.rotation, step.mirrored]
        case Crop():
            return [("crop", _relative_size(step))]
        case Pad():
            return [("pad", f"{_relative_size(step)}:x=(ow-iw)/2:y=(oh-ih)/2")]
        case Scale():
            return [("scale", f"w={step.width}:h={step.height}:{RESAMPLING}")]
    return []


def _relative_size(step: Crop | Pad) -> str:
    """The size as parts of the incoming frame's, whose pixels may not be square yet."""
    return f"w=iw*{step.width}/{step.of[0]}:h=ih*{step.height}/{step.of[1]}"


def audio_chain(duration: float, sample_rate: int, channels: int) -> list[Filter]:
    """The filters for a video's audio: gaps become silence, many channels are mixed down.

    Args:
        duration: Seconds that are kept, from time zero.
        sample_rate: In Hz.
        channels: 1 or 2.
    """
    layout = "mono" if channels == 1 else "stereo"
    return [
        *FROM_ZERO,
        ("aresample", f"{sample_rate}:{RESAMPLER}"),
        ("aformat", f"sample_fmts=fltp:sample_rates={sample_rate}:channel_layouts={layout}"),
        ("atrim", f"start=0:end={duration:.6f}"),
        ("asetnsamples", "n=1024:p=0"),
    ]
