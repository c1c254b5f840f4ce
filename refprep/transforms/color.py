"""A clip's colors: what a frame's tags mean, and the filters that make BT.709 of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refprep.transforms.tone_map import cube
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
STANDARD = "bt709"
UNSCALED = "ycgco"
"A matrix that the scale filter refuses; resizing and more bits mean the same under any other."
RESAMPLING = "flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp"
YUV: list[Filter] = [
    ("scale", f"out_color_matrix=bt709:out_range=tv:{RESAMPLING}"),
    ("format", "yuv444p12le"),
]
"RGB, made ready for the colorspace filter."
DEEP = "yuv420p10le|yuv422p10le|yuv444p10le"
"What the colorspace filter takes: two more bits than the result, so that it rounds once."


@dataclass(frozen=True)
class ColorTags:
    """The colors of a clip's frames, in libavfilter's words."""

    matrix: str
    primaries: str
    transfer: str
    range: str
    veiled: bool
    "True where the frames have an alpha channel."

    @property
    def standard(self) -> bool:
        """True for BT.709 of limited range, whatever the depth and the chroma's resolution."""
        return (self.matrix, self.primaries, self.range) == (STANDARD, STANDARD, "tv")

    @property
    def hdr(self) -> bool:
        """True for PQ and HLG."""
        return self.transfer in TRANSFERS.values()

    def named(self) -> Filter:
        """Tells the filters behind it what the frames are, where no tag does."""
        matrix = STANDARD if self.matrix == UNSCALED else self.matrix
        tags = {"range": self.range, "colorspace": matrix}
        return named(**tags, color_primaries=self.primaries, color_trc=self.transfer)

    def opaque(self) -> list[Filter]:
        """What shows through is put on black, as players do; no hidden color is left.

        In floating point, for in place the filter misses parts of rows of 16-bit RGB.
        """
        return [("format", "gbrapf32le"), ("premultiply", "inplace=1"), ("format", "gbrp16le")]

    def standardised(self) -> list[Filter]:
        """BT.709, limited range, chroma where H.264 has it by default; depth is left to `format`.

        Primaries are converted in linear light; high dynamic range goes through a table.
        """
        last: Filter = (
            "scale",
            f"out_color_matrix=bt709:out_range=tv:out_chroma_loc=left:{RESAMPLING}",
        )
        if self.hdr:
            return [*self._mapped(), last]
        if self.standard or (self.rgb and self.primaries == STANDARD):
            return [last]
        deep: list[Filter] = YUV if self.rgb else [("format", DEEP)]
        return [*deep, self._converted("bt709"), last]

    def as_picture(self) -> list[Filter]:
        """8-bit sRGB, for still pictures; high dynamic range looks as it does in a clip."""
        middle = self._mapped() if self.hdr else [*YUV, self._converted("srgb")]
        return [*middle, ("scale", RESAMPLING), ("format", "rgb24")]

    @property
    def rgb(self) -> bool:
        """True where `standardised` meets RGB."""
        return self.veiled or self.matrix == "gbr"

    def _mapped(self) -> list[Filter]:
        table = ("lut3d", f"file={quoted(cube(self.transfer, self.primaries))}")
        plain = named(color_trc=STANDARD, color_primaries=STANDARD)
        return [("format", "gbrp16le"), table, plain]

    def _converted(self, curve: str) -> Filter:
        """Other primaries in linear light, other matrices and ranges; the curve stays the same."""
        told = f"ispace={UNSCALED}:" if self.matrix == UNSCALED and not self.veiled else ""
        return "colorspace", f"{told}itrc={curve}:space=bt709:primaries=bt709:range=tv:trc={curve}"


def quoted(path: Path) -> str:
    """A path as libavfilter reads it, colons and all."""
    inner = str(path).replace("'", r"'\''")
    return f"'{inner}'"


def named(**tags: str) -> Filter:
    """Gives frames these tags, and changes nothing else."""
    return "setparams", ":".join(f"{name}={value}" for name, value in tags.items())


def colors(frame: Any) -> ColorTags:
    """The colors of a decoded frame: its tags; what they leave open, as players guess it."""
    matrix = _matrix(frame)
    transfer = TRANSFERS.get(frame.color_trc, STANDARD)
    wide = matrix == "bt2020nc" or transfer != STANDARD
    guess = "bt2020" if wide else _untagged(matrix, frame)
    return ColorTags(
        matrix=matrix,
        primaries=PRIMARIES.get(frame.color_primaries, guess),
        transfer=transfer,
        range="pc" if matrix == "gbr" or _full(frame) else "tv",
        veiled=any(one.is_alpha for one in frame.format.components),
    )


def _full(frame: Any) -> bool:
    return bool(frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj"))


def _matrix(frame: Any) -> str:
    if frame.format.is_rgb or frame.format.name == "pal8":
        return "gbr"
    wide = frame.color_trc in TRANSFERS or PRIMARIES.get(frame.color_primaries) == "bt2020"
    large = frame.width >= HD[0] or frame.height >= HD[1]
    return MATRICES.get(
        frame.colorspace, "bt2020nc" if wide else STANDARD if large else "smpte170m"
    )


def _untagged(matrix: str, frame: Any) -> str:
    old = matrix in ("smpte170m", "bt470bg") and frame.colorspace not in MATRICES
    return PRIMARIES_601.get(frame.height, STANDARD) if old else STANDARD
