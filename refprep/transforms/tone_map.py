"""Tone mapping of high dynamic range: the formulas of the ITU-R, and a table of them.

Luminance is in cd/m2 (nits). Colors are arrays whose last axis is red, green, blue.
"""

import atexit
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
WHITE = 229.0
"""Nits that become the brightest signal: diffuse white, 203 nits (ITU-R BT.2408), comes to 85 %.
Below 73 nits light is kept as it is; above, the knee of BT.2390 rolls it off."""
PEAK = 2000.0
"Nits from which on all is as bright as can be; phones grade to 1000."
GAMMA = 2.4
"A standard display (ITU-R BT.1886)."
HLG_PEAK, HLG_GAMMA = 1000.0, 1.2
"The display that HLG is shown on, in nits, and its system gamma (ITU-R BT.2100)."
POINTS = 65
"Of the table along each axis."

CHROMATICITIES = {
    "bt709": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    "bt2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    "smpte432": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
"CIE x, y of red, green and blue; white is D65."
D65 = (0.3127, 0.3290)
LUMA_2020 = np.array([0.2627, 0.6780, 0.0593])
LMS = np.array([[1688, 2146, 262], [683, 2951, 462], [99, 309, 3688]]) / 4096
ICTCP = np.array([[2048, 2048, 0], [6610, -13613, 7003], [17933, -17390, -543]]) / 4096
"ITU-R BT.2100: cone responses from BT.2020, and intensity and color difference from those."


def to_bt709(signal: Array, transfer: str, primaries: str = "bt2020") -> Array:
    """The BT.709 signal of a signal of high dynamic range.

    Args:
        signal: Colors, 0 to 1.
        transfer: "smpte2084" (PQ) or "arib-std-b67" (HLG).
        primaries: A key of `CHROMATICITIES`; BT.2020's for any other name.

    Returns:
        Colors of the same shape, 0 to 1.
    """
    nits = pq_to_nits(signal) if transfer == "smpte2084" else hlg_to_nits(signal)
    if primaries in CHROMATICITIES:
        nits = nits @ primaries_matrix(primaries, "bt2020").T
    light = tone_mapped(np.maximum(nits, 0)) @ primaries_matrix("bt2020", "bt709").T / WHITE
    return np.asarray(in_range(light) ** (1 / GAMMA))


def pq_to_nits(signal: Array) -> Array:
    """Nits of a PQ signal (SMPTE ST 2084)."""
    power = np.maximum(signal, 0) ** (1 / 78.84375)
    light = np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
    return np.asarray(10_000 * light ** (1 / 0.1593017578125))


def nits_to_pq(nits: Any) -> Array:
    """The PQ signal of so many nits (SMPTE ST 2084)."""
    power = (np.asarray(nits) / 10_000) ** 0.1593017578125
    return np.asarray(((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375)


def hlg_to_nits(signal: Array) -> Array:
    """Nits of an HLG signal on a display of 1000 nits (ITU-R BT.2100)."""
    dark, bright = signal**2 / 3, (np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12
    scene = np.where(signal <= 0.5, dark, bright)
    luminance = np.maximum(scene @ LUMA_2020, 1e-9)[..., None]
    return np.asarray(HLG_PEAK * luminance ** (HLG_GAMMA - 1) * scene)


def tone_mapped(nits: Array) -> Array:
    """BT.2020 light of at most WHITE nits: intensity rolled off, hues kept (BT.2390, in ICtCp)."""
    intensity, *chroma = np.moveaxis(nits_to_pq(nits @ LMS.T) @ ICTCP.T, -1, 0)
    rolled = rolled_off(intensity)
    saturation = rolled / np.maximum(intensity, 1e-9)
    ictcp = np.stack([rolled, *(component * saturation for component in chroma)], axis=-1)
    return np.asarray(pq_to_nits(ictcp @ np.linalg.inv(ICTCP).T) @ np.linalg.inv(LMS).T)


def rolled_off(signal: Array) -> Array:
    """PQ signals above the knee brought below that of WHITE (the EETF of ITU-R BT.2390)."""
    peak = nits_to_pq(PEAK)
    white = nits_to_pq(WHITE) / peak
    knee = 1.5 * white - 0.5
    level = np.minimum(signal / peak, 1)
    part = (level - knee) / (1 - knee)
    spline = (
        (2 * part**3 - 3 * part**2 + 1) * knee
        + (part**3 - 2 * part**2 + part) * (1 - knee)
        + (3 * part**2 - 2 * part**3) * white
    )
    return np.asarray(np.where(level < knee, level, spline) * peak)


def in_range(light: Array) -> Array:
    """Light from 0 to 1: negative light is cut off, light above 1 is scaled down in its own hue.

    Desaturating it instead makes bands where saturated lights run into each other.
    """
    light = np.maximum(light, 0)
    return np.asarray(light / np.maximum(light.max(axis=-1, keepdims=True), 1))


@cache
def primaries_matrix(source: str, target: str) -> Array:
    """The 3x3 matrix from linear light of some primaries to that of others."""
    return np.asarray(np.linalg.solve(_to_xyz(target), _to_xyz(source)))


def _to_xyz(primaries: str) -> Array:
    columns = np.array([_xyz(*xy) for xy in CHROMATICITIES[primaries]]).T
    return np.asarray(columns * np.linalg.solve(columns, _xyz(*D65)))


def _xyz(x: float, y: float) -> Array:
    return np.array([x / y, 1, (1 - x - y) / y])


@cache
def lut_file(transfer: str, primaries: str) -> Path:
    """A .cube lookup table of `to_bt709`, in a temporary folder that is removed at exit."""
    axis = np.linspace(0, 1, POINTS)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    signal = np.stack([red, green, blue], axis=-1).reshape(-1, 3)
    path = _folder() / f"{transfer}-{primaries}.cube"
    table = to_bt709(signal, transfer, primaries)
    np.savetxt(path, table, fmt="%.5f", header=f"LUT_3D_SIZE {POINTS}", comments="")
    return path


@cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="refprep-")
    atexit.register(folder.cleanup)
    return Path(folder.name)
