"""Filters: what each step of a clip's plan is in libavfilter's words."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from refprep.models.steps import Crop, Deinterlace, Pad, Rotate, Scale, Step
from refprep.transforms.color import RESAMPLING, colors
from refprep.transforms.tracks import Filter

TURNS: dict[tuple[int, bool], list[Filter]] = {
    # degrees clockwise, then flipped left to right
    (0, True): [("hflip", "")],
    (90, False): [("transpose", "clock")],
    (90, True): [("transpose", "cclock_flip")],
    (180, False): [("hflip", ""), ("vflip", "")],
    (180, True): [("vflip", "")],
    (270, False): [("transpose", "cclock")],
    (270, True): [("transpose", "clock_flip")],
}

ALIGNED: list[Filter] = [("atrim", "start=0")]
"Nothing from before the result's time zero."
STEADY = "async=1:min_hard_comp=0.005:first_pts=0:rematrix_maxval=1"
"""Gaps of 5 ms and more become silence, at the start as well; smaller ones are rounding. Channels
that are mixed down stay within full scale, which they would exceed by 8 dB from 5.1 in floats."""


def picture(frame: Any, steps: Sequence[Step], pace: Fraction | None) -> list[Filter]:
    """The filters for the steps of a plan, given the first frame of the source.

    `pace` is the rate of a clip of steady pace: it sets right what coarse timestamps have rounded.
    """
    combed = any(isinstance(step, Deinterlace) for step in steps)
    whole: list[Filter] = [("bwdif", "mode=send_frame:deint=interlaced")] if combed else []
    seen = colors(frame)
    shaped = [one for step in steps for one in _shaped(step)]
    timed: list[Filter] = [("fps", f"{pace}")] if pace else []
    return [
        seen.named(),
        *whole,
        *(seen.opaque() if seen.veiled else []),
        *shaped,
        *seen.standardised(),
        *timed,
        ("setsar", "1"),
        ("format", "yuv420p"),
    ]


def _shaped(step: Step) -> list[Filter]:
    """The filters of a step on the frame; no step on it, no filter."""
    match step:
        case Rotate():
            return TURNS[step.rotation, step.mirrored]
        case Crop():
            return [("crop", _share(step))]
        case Pad():
            return [("pad", f"{_share(step)}:x=(ow-iw)/2:y=(oh-ih)/2")]
        case Scale():
            return [("scale", f"w={step.width}:h={step.height}:{RESAMPLING}")]
    return []


def _share(step: Crop | Pad) -> str:
    """Sizes as parts of the incoming frame's, whose pixels may not be square yet."""
    return f"w=iw*{step.width}/{step.of[0]}:h=ih*{step.height}/{step.of[1]}"


def sound(seconds: float, sample_rate: int, channels: int) -> list[Filter]:
    """From time 0 to `seconds`: gaps become silence, many channels are mixed down."""
    layout = "mono" if channels == 1 else "stereo"
    return [
        *ALIGNED,
        ("aresample", f"{sample_rate}:{STEADY}"),
        ("aformat", f"sample_fmts=fltp:sample_rates={sample_rate}:channel_layouts={layout}"),
        ("atrim", f"start=0:end={seconds:.6f}"),
        ("asetnsamples", "n=1024:p=0"),
    ]
