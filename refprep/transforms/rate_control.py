"""Byte targets: measure, tighten, try again; quality gives way first, then size."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

SIZES = (1.0, 0.85, 0.7, 0.5)
"Factors on the sides of a picture, tried in this order."
PARTS = (0.95, 0.85, 0.7)
"Parts of a clip's bytes that two passes aim at; on short clips they miss by some per cent."
Options = dict[str, str]
"""What x264 is told; why so is measured in docs/encoding.md. The number of threads is fixed, for
the result depends on it; with an average rate and several threads also on their timing."""
PLENTY: Options = {"preset": "superfast", "crf": "15", "threads": "4"}
"Where there are bytes to spend: as good as medium at 18, in a third of the time."
LEAST: Options = {"preset": "superfast", "crf": "45", "threads": "4"}
"As few bytes as still show something."


def squeeze(
    attempt: Callable[[int, float], bytes], qualities: Sequence[int], most: int, least: float
) -> bytes:
    """The first of `attempt(quality, size)` that is at most `most` bytes, or else the last.

    `least` is the smallest size, as a factor on the sides.
    """
    data = b""
    for size in sorted({max(size, min(1.0, least)) for size in SIZES}, reverse=True):
        for quality in qualities:
            data = attempt(quality, size)
            if len(data) <= most:
                return data
    return data


def first_pass(bit_rate: int, log: Path) -> Options:
    """Where bytes are few: look first at what every picture needs, and note it in `log`."""
    told = {"b": str(bit_rate), "stats": str(log), "flags": "+pass1"}
    return {"preset": "faster", "threads": "1", **told, **_repeatable()}


def second_pass(bit_rate: int, log: Path) -> Options:
    """Then share the bytes out by what was noted."""
    return {**first_pass(bit_rate, log), "flags": "+pass2"}


def _repeatable() -> Options:
    """Without AVX-512, where there is any.

    With it, x264's macroblock tree (core 165; `superfast` has none) reads memory that nobody has
    written, so that now and then the same pictures give other bytes.
    """
    features = getattr(import_module("numpy._core._multiarray_umath"), "__cpu_features__", {})
    return {"x264-params": "asm=AVX2"} if features.get("AVX512F") else {}
