"""`python -m benchmarks.rate_control MEDIA [CLIP...]`: how to fit a clip into a size.

The first encoding has the settings for clips that fit. Where it is too large, three ways lead to
the same size: a maximum rate, a raised crf, and two passes; each with several presets.
"""

import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from math import log2
from pathlib import Path

from benchmarks.choice import table
from benchmarks.footage import Footage
from benchmarks.likeness import likeness
from benchmarks.presets import Setting, clips, encoded
from refprep.transforms.rate_control import SHARES

FRAMES = 96
RATES = (1e6, 3e6, 26e6)
"Bits per second of the whole clip that its size allows; the last is 50 MB for 15 s."
FIRST = ("superfast", 15)
PRESETS = ("superfast", "faster", "medium")
TRIES = 4
PER_HALVING = 4.0
"What crf is raised by to halve the size, as a first guess: 6 is usual, grain needs less."
AIM, ENOUGH = 0.95, 0.85
"The part of the size that is aimed at, and that from which on an encoding is large enough."
MAX_CRF = 45.0


@dataclass
class Search:
    """The encodings of one way: crf, size in bytes and file of each try; CPU seconds of all."""

    footage: Footage
    max_size: float
    cpu: float = 0.0
    tries: list[tuple[float, int, bytes]] = field(default_factory=list)

    def encode(self, setting: Setting, more: dict[str, str] | None = None) -> int:
        data, size, cpu = encoded(self.footage, setting, more)
        self.tries.append((setting[1], size, data))
        self.cpu += cpu
        return size

    @property
    def best(self) -> tuple[float, int, bytes]:
        """The largest that fits, or else the last."""
        fitting = [attempt for attempt in self.tries if attempt[1] <= self.max_size]
        return max(fitting, key=lambda attempt: attempt[1], default=self.tries[-1])


def maximum_rate(search: Search, preset: str) -> None:
    """A maximum rate over a second, a smaller share of the size each time."""
    for share in SHARES:
        rate = round(search.max_size * 8 * share / search.footage.duration)
        if search.encode((preset, FIRST[1], rate)) <= search.max_size:
            return


def raised_crf(search: Search, preset: str) -> None:
    """No maximum rate: a crf guessed from the tries so far."""
    for _ in range(TRIES):
        size = search.encode((preset, guess(search), None))
        if ENOUGH * search.max_size <= size <= search.max_size:
            return


def guess(search: Search) -> float:
    """Between the nearest tries above and below the size, else a step beyond the last.

    The first try, of another preset, counts only while it is the only one.
    """
    aim = log2(search.max_size * AIM)
    own = search.tries[1:] or search.tries
    points = sorted((crf, log2(size)) for crf, size, _ in own)
    over = [point for point in points if point[1] > log2(search.max_size)]
    under = [point for point in points if point not in over]
    if under and over:
        (low, larger), (high, smaller) = over[-1], under[0]
        return round(low + (high - low) * (larger - aim) / max(larger - smaller, 0.01), 2)
    crf, bits = points[-1] if over else points[0]
    return round(min(MAX_CRF, max(0.0, crf + PER_HALVING * (bits - aim))), 2)


def two_passes(search: Search, preset: str) -> None:
    """A first pass that only measures, and a second that distributes the bits."""
    with tempfile.TemporaryDirectory() as folder:
        for share in SHARES:
            rate = str(round(search.max_size * 8 * share / search.footage.duration))
            options = {"b": rate, "stats": f"{folder}/passes.log", "crf": "-1"}
            if len(search.tries) == 1:
                search.encode((preset, -1, None), {**options, "flags": "+pass1"})
                search.tries.pop()
            size = search.encode((preset, -1, None), {**options, "flags": "+pass2"})
            if size <= search.max_size:
                return


WAYS: dict[str, Callable[[Search, str], None]] = {
    "maximum rate": maximum_rate,
    "raised crf": raised_crf,
    "two passes": two_passes,
}


def compared(footage: Footage, rate: float) -> Iterator[list[str]]:
    """A row for each way and preset; none where the first try fits. CPU counts from it."""
    start = Search(footage, rate * footage.duration / 8)
    if start.encode((*FIRST, None)) <= start.max_size:
        return
    for preset in PRESETS:
        for way, follow in WAYS.items():
            search = Search(footage, start.max_size, start.cpu, [*start.tries])
            follow(search, preset)
            crf, size, data = search.best
            like = likeness(footage, data)
            yield [
                footage.name, f"{rate / 1e6:g}", way, preset, str(len(search.tries)),
                f"{search.cpu / start.cpu:.1f}", f"{crf:g}", f"{size / start.max_size:.2f}",
                f"{like.xpsnr:.1f}", f"{like.vmaf:.1f}", f"{like.worst:.1f}",
            ]  # fmt: skip


def rows(media: Path, names: Collection[str]) -> Iterator[list[str]]:
    """All rows of the clips with these names; of all clips without names."""
    for footage in clips(media, FRAMES):
        if not names or footage.name in names:
            for rate in RATES:
                yield from compared(footage, rate)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(str(__doc__).splitlines()[0])
    head = ("clip", "Mbit/s", "way", "preset", "tries", "CPU", "crf", "part of the size",
            "XPSNR", "VMAF", "worst frame")  # fmt: skip
    print(table(head, ()), end="")
    for row in rows(Path(sys.argv[1]), sys.argv[2:]):
        print(f"| {' | '.join(row)} |", flush=True)
