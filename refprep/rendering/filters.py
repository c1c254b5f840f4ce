"""Filters: what each step of a clip's plan is in libavfilter's words."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from refprep.planning.steps import Crop, Deinterlace, Pad, Recolour, Scale, Step, Turn
from refprep.rendering.tracks import Filter

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
TRANSFERS = {"PQ": "smpte2084", "HLG": "arib-std-b67"}
MATRICES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
"ITU-T H.273 matrix coefficients, in the words of the scale filter."
HD_HEIGHT = 720
"Untagged video: players take BT.709 from this height on, BT.601 below."
KNEE = ((20, 25), (39, 50), (69, 92), (101, 135), (128, 176), (143, 200), (154, 216), (168, 228),
        (179, 235), (192, 243), (207, 249), (223, 254))  # fmt: skip
"""8-bit codes as the scale filter's perceptual intent maps 1, 5, 20, 50, 100, 150, 203, 300, 400,
600, 1000 and 2000 cd/m2, and where they belong: diffuse white (203 cd/m2, ITU-R BT.2408) at 85 % of
the range instead of 60 %, highlights rolled off above it."""
BRIGHTEN: list[Filter] = [
    ("format", "gbrp12le"),
    ("curves", f"master=0/0 {' '.join(f'{x / 255:.4f}/{y / 255:.4f}' for x, y in KNEE)} 1/1"),
    ("scale", "out_color_matrix=bt709:out_range=tv"),
]

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
    chain: list[Filter] = [("bwdif", "mode=send_frame:deint=interlaced")] if combed else []
    colours = conversion(frame, steps)
    for step in steps:
        match step:
            case Turn():
                chain += [*_evenly(frame), *TURNS[step.rotation, step.mirrored]]
            case Crop():
                chain.append(("crop", _share(step)))
            case Pad():
                chain.append(("pad", f"{_share(step)}:x=(ow-iw)/2:y=(oh-ih)/2"))
            case Scale():
                size = f"w={step.width}:h={step.height}:flags=lanczos+accurate_rnd"
                chain.append(("scale", f"{size}:{colours}"))
                colours = ""
    unscaled: list[Filter] = [("scale", colours)] if colours else []
    mapped = any(isinstance(step, Recolour) for step in steps)
    bright = BRIGHTEN if mapped else []
    timed: list[Filter] = [("fps", f"{pace}")] if pace else []
    return [*chain, *unscaled, *bright, *timed, ("setsar", "1"), ("format", "yuv420p")]


def _evenly(frame: Any) -> list[Filter]:
    """Colour as fine across as down, in the source's own matrix.

    Turning asks for it, and what the graph inserts by itself for 4:2:2 mistakes the matrix.
    """
    if frame.format.chroma_width(64) == frame.format.chroma_height(64):
        return []
    matrix = _matrix(frame)
    return [("scale", f"in_color_matrix={matrix}:out_color_matrix={matrix}")]


def _matrix(frame: Any) -> str:
    untagged = "bt709" if frame.height >= HD_HEIGHT else "smpte170m"
    return MATRICES.get(frame.colorspace, untagged)


def _share(step: Crop | Pad) -> str:
    """Sizes as parts of the incoming frame's, whose pixels may not be square yet."""
    return f"w=iw*{step.width}/{step.of[0]}:h=ih*{step.height}/{step.of[1]}"


def conversion(frame: Any, steps: Sequence[Step]) -> str:
    """The scale filter's options from the source's colours to BT.709, limited range."""
    out = "out_color_matrix=bt709:out_range=tv"
    for step in steps:
        if isinstance(step, Recolour):
            curve = f"in_transfer={TRANSFERS[step.source]}:in_primaries=bt2020"
            return f"{curve}:out_transfer=bt709:out_primaries=bt709:intent=perceptual:{out}"
    return f"in_color_matrix={_matrix(frame)}:{out}"


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
