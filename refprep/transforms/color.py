"""A video's colors: what a frame's tags mean, and the filters that convert them to BT.709."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refprep.transforms.tone_map import lut_file
from refprep.transforms.tracks import Filter

FULL_RANGE = 2
"libavutil's AVCOL_RANGE_JPEG."
MATRICES = {
    1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco",
    9: "bt2020nc", 10: "bt2020nc",
}  # fmt: skip
"Matrix coefficients by H.273 code point; constant luminance (10) is read as the other BT.2020."
PRIMARIES = {
    1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film",
    9: "bt2020", 11: "smpte431", 12: "smpte432", 22: "jedec-p22",
}  # fmt: skip
"Primaries by H.273 code point; 12 is Display P3."
TRANSFERS = {16: "smpte2084", 18: "arib-std-b67"}
"""Transfer functions of high dynamic range by H.273 code point. All others are taken as BT.709's:
players, too, show sRGB, gamma 2.2 and 2.8 and BT.709 through one curve, the display's."""
HD = (1280, 720)
"Untagged video: players take BT.709 from this width or this height on, BT.601 below."
PRIMARIES_601 = {486: "smpte170m", 480: "smpte170m", 576: "bt470bg"}
"Untagged BT.601: the primaries of the lines of NTSC and PAL; BT.709's for any other height."
BT709 = "bt709"
UNSCALED = "ycgco"
"A matrix that the scale filter refuses; resizing and more bits mean the same under any other."
RESAMPLING = "flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp"
YUV: list[Filter] = [
    ("scale", f"out_color_matrix=bt709:out_range=tv:{RESAMPLING}"),
    ("format", "yuv444p12le"),
]
"RGB, converted for the colorspace filter."
DEEP = "yuv420p10le|yuv422p10le|yuv444p10le"
"What the colorspace filter takes: two more bits than the result, so that it rounds once."


@dataclass(frozen=True)
class ColorTags:
    """The colors of a video's frames, by libavfilter's names."""

    matrix: str
    primaries: str
    transfer: str
    range: str
    has_alpha: bool

    @property
    def is_bt709(self) -> bool:
        """True for BT.709 of limited range, whatever the bit depth and chroma subsampling."""
        return (self.matrix, self.primaries, self.range) == (BT709, BT709, "tv")

    @property
    def is_hdr(self) -> bool:
        """True for PQ and HLG."""
        return self.transfer in TRANSFERS.values()

    @property
    def is_rgb(self) -> bool:
        """True where `to_bt709` gets RGB: from the source, or from `on_black`."""
        return self.has_alpha or self.matrix == "gbr"

    def tag_filter(self) -> Filter:
        """Tags the frames for the filters behind it, also where the source has no tags."""
        matrix = BT709 if self.matrix == UNSCALED else self.matrix
        return set_params(
            range=self.range,
            colorspace=matrix,
            color_primaries=self.primaries,
            color_trc=self.transfer,
        )

    def on_black(self) -> list[Filter]:
        """Composites frames with alpha on black, as players do; no hidden color is left.

        In floating point, for in place the filter misses parts of rows of 16-bit RGB.
        """
        return [("format", "gbrapf32le"), ("premultiply", "inplace=1"), ("format", "gbrp16le")]

    def to_bt709(self) -> list[Filter]:
        """Converts to BT.709, limited range, chroma located left as H.264 has it by default.

        The bit depth is left to a `format` filter behind. Primaries are converted in linear light;
        high dynamic range goes through a lookup table.
        """
        last: Filter = (
            "scale",
            f"out_color_matrix=bt709:out_range=tv:out_chroma_loc=left:{RESAMPLING}",
        )
        if self.is_hdr:
            return [*self._tone_mapped(), last]
        if self.is_bt709 or (self.is_rgb and self.primaries == BT709):
            return [last]
        deep: list[Filter] = YUV if self.is_rgb else [("format", DEEP)]
        return [*deep, self._colorspace("bt709"), last]

    def to_srgb(self) -> list[Filter]:
        """Converts to 8-bit sRGB, for images; high dynamic range looks as it does in a video."""
        middle = self._tone_mapped() if self.is_hdr else [*YUV, self._colorspace("srgb")]
        return [*middle, ("scale", RESAMPLING), ("format", "rgb24")]

    def _tone_mapped(self) -> list[Filter]:
        table = ("lut3d", f"file={quoted(lut_file(self.transfer, self.primaries))}")
        tags = set_params(color_trc=BT709, color_primaries=BT709)
        return [("format", "gbrp16le"), table, tags]

    def _colorspace(self, curve: str) -> Filter:
        """Converts primaries in linear light, matrix and range; the curve stays the same."""
        unscaled = self.matrix == UNSCALED and not self.has_alpha
        matrix = f"ispace={UNSCALED}:" if unscaled else ""
        target = f"space=bt709:primaries=bt709:range=tv:trc={curve}"
        return "colorspace", f"{matrix}itrc={curve}:{target}"


def quoted(path: Path) -> str:
    """A path quoted for libavfilter, colons and all."""
    inner = str(path).replace("'", r"'\''")
    return f"'{inner}'"


def set_params(**tags: str) -> Filter:
    """The filter that gives frames these tags and changes nothing else."""
    return "setparams", ":".join(f"{name}={value}" for name, value in tags.items())


def color_tags(frame: Any) -> ColorTags:
    """The colors of a decoded video frame: its tags; where there are none, as players guess."""
    matrix = _matrix(frame)
    transfer = TRANSFERS.get(frame.color_trc, BT709)
    wide = matrix == "bt2020nc" or transfer != BT709
    guess = "bt2020" if wide else _untagged_primaries(matrix, frame)
    return ColorTags(
        matrix=matrix,
        primaries=PRIMARIES.get(frame.color_primaries, guess),
        transfer=transfer,
        range="pc" if matrix == "gbr" or _is_full_range(frame) else "tv",
        has_alpha=any(component.is_alpha for component in frame.format.components),
    )


def _is_full_range(frame: Any) -> bool:
    return bool(frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj"))


def _matrix(frame: Any) -> str:
    if frame.format.is_rgb or frame.format.name == "pal8":
        return "gbr"
    wide = frame.color_trc in TRANSFERS or PRIMARIES.get(frame.color_primaries) == "bt2020"
    large = frame.width >= HD[0] or frame.height >= HD[1]
    return MATRICES.get(frame.colorspace, "bt2020nc" if wide else BT709 if large else "smpte170m")


def _untagged_primaries(matrix: str, frame: Any) -> str:
    guessed_601 = matrix in ("smpte170m", "bt470bg") and frame.colorspace not in MATRICES
    return PRIMARIES_601.get(frame.height, BT709) if guessed_601 else BT709
