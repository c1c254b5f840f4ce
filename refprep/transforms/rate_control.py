"""Rate control: fitting an encoding into a size; quality gives way first, then the frame."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

SCALES = (1.0, 0.85, 0.7, 0.5)
"Factors on the sides of an image, tried in this order."
SHARES = (0.95, 0.85, 0.7)
"Parts of a video's bytes that two passes aim at; on short videos they miss by some per cent."
X264Options = dict[str, str]
"""Options of libx264, for the reasons measured in docs/encoding.md. The number of threads is fixed,
for the result depends on it; with an average rate and several threads also on their timing."""
QUALITY_PRESET: X264Options = {"preset": "superfast", "crf": "15", "threads": "4"}
"Where there are bytes to spend: as good as medium at crf 18, in a third of the time."
LOWEST_QUALITY: X264Options = {"preset": "superfast", "crf": "45", "threads": "4"}
"As few bytes as still show something."


def fit_to_size(
    encode: Callable[[int, float], bytes],
    qualities: Sequence[int],
    max_size: int,
    min_scale: float,
) -> bytes:
    """Encode an image with falling quality, then smaller, until it fits.

    Args:
        encode: Called with a quality and a factor on the sides; returns the encoded file.
        qualities: The encoder's quality settings to try, best first.
        max_size: Bytes that the file may have.
        min_scale: The smallest factor on the sides.

    Returns:
        The first encoding of at most `max_size` bytes, or else the last.
    """
    data = b""
    for scale in sorted({max(scale, min(1.0, min_scale)) for scale in SCALES}, reverse=True):
        for quality in qualities:
            data = encode(quality, scale)
            if len(data) <= max_size:
                return data
    return data


def first_pass(bit_rate: int, log: Path) -> X264Options:
    """The first of two passes: measure what every frame needs, and write it to `log`.

    Args:
        bit_rate: The average to aim at, in bits per second.
        log: Where x264 keeps its statistics between the passes.
    """
    target = {"b": str(bit_rate), "stats": str(log), "flags": "+pass1"}
    return {"preset": "faster", "threads": "1", **target, **_repeatable()}


def second_pass(bit_rate: int, log: Path) -> X264Options:
    """The second of two passes: distribute the bits by what `log` holds."""
    return {**first_pass(bit_rate, log), "flags": "+pass2"}


def _repeatable() -> X264Options:
    """No AVX-512, where the processor has it.

    With it, x264's macroblock tree (core 165; `superfast` has none) reads uninitialized memory, so
    that now and then the same frames give other bytes.
    """
    features = getattr(import_module("numpy._core._multiarray_umath"), "__cpu_features__", {})
    return {"x264-params": "asm=AVX2"} if features.get("AVX512F") else {}
