"""Byte targets: measure, tighten, try again; quality gives way first, then size."""

from collections.abc import Callable, Iterator, Sequence

SIZES = (1.0, 0.85, 0.7, 0.5)
"Factors on the sides of a picture, tried in this order."
HEADROOM = (0.95, 0.85, 0.7)
"Parts of the byte budget that a clip's rate control is told; it overshoots on short clips."

BIT_RATE_MAX = 60_000_000
"Bits per second; more shows nothing at the sizes that are taken, and overflows for short clips."


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


def bit_rates(most: int, seconds: float, sound: int) -> Iterator[int]:
    """Bits per second for the picture of a clip, from generous to tight, beside `sound` bits/s."""
    for part in HEADROOM:
        rate = round(most * 8 * part / max(seconds, 0.04) - sound)
        yield min(max(50_000, rate), BIT_RATE_MAX)
