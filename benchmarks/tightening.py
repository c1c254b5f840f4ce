"""`python -m benchmarks.tightening MEDIA [CLIP...]`: how to get a clip under its bytes.

The first try is the one that is meant for clips that fit. Where it weighs too much, three ways lead
to the same bytes: a maximum rate, a raised crf, and two passes; each with several presets.
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
from refprep.transforms.rate_control import PARTS

FRAMES = 96
RATES = (1e6, 3e6, 26e6)
"Bits per second of the whole clip that its bytes allow; the last is 50 MB for 15 s."
FIRST = ("superfast", 15)
PRESETS = ("superfast", "faster", "medium")
TRIES = 4
PER_HALVING = 4.0
"What crf is raised by to halve the bytes, as a first guess: 6 is usual, grain falls off faster."
AIM, ENOUGH = 0.95, 0.85
"The part of the bytes that is aimed at, and that from which on a clip is heavy enough."
MOST_CRF = 45.0


@dataclass
class Tried:
    """What has been encoded on one way: crf, bytes and file of each try; CPU seconds of all."""

    footage: Footage
    most: float
    cpu: float = 0.0
    tries: list[tuple[float, int, bytes]] = field(default_factory=list)

    def encode(self, setting: Setting, more: dict[str, str] | None = None) -> int:
        data, weight, cpu = encoded(self.footage, setting, more)
        self.tries.append((setting[1], weight, data))
        self.cpu += cpu
        return weight

    @property
    def best(self) -> tuple[float, int, bytes]:
        """The heaviest that fits, or else the last."""
        fitting = [each for each in self.tries if each[1] <= self.most]
        return max(fitting, key=lambda each: each[1], default=self.tries[-1])


def capped(tried: Tried, preset: str) -> None:
    """A maximum rate over a second, a smaller part of the bytes each time."""
    for part in PARTS:
        rate = round(tried.most * 8 * part / tried.footage.duration)
        if tried.encode((preset, FIRST[1], rate)) <= tried.most:
            return


def raised(tried: Tried, preset: str) -> None:
    """No maximum rate: a crf guessed from the tries so far."""
    for _ in range(TRIES):
        weight = tried.encode((preset, guess(tried), None))
        if ENOUGH * tried.most <= weight <= tried.most:
            return


def guess(tried: Tried) -> float:
    """Between the nearest tries above and below the bytes, else a step beyond the last.

    The first try, of another preset, counts only while it is the only one.
    """
    aim = log2(tried.most * AIM)
    own = tried.tries[1:] or tried.tries
    points = sorted((crf, log2(weight)) for crf, weight, _ in own)
    over = [point for point in points if point[1] > log2(tried.most)]
    under = [point for point in points if point not in over]
    if under and over:
        (low, more), (high, less) = over[-1], under[0]
        return round(low + (high - low) * (more - aim) / max(more - less, 0.01), 2)
    crf, weight = points[-1] if over else points[0]
    return round(min(MOST_CRF, max(0.0, crf + PER_HALVING * (weight - aim))), 2)


def twice(tried: Tried, preset: str) -> None:
    """A first pass that only counts, and a second that spends what there is."""
    with tempfile.TemporaryDirectory() as folder:
        for part in PARTS:
            rate = str(round(tried.most * 8 * part / tried.footage.duration))
            known = {"b": rate, "stats": f"{folder}/passes.log", "crf": "-1"}
            if len(tried.tries) == 1:
                tried.encode((preset, -1, None), {**known, "flags": "+pass1"})
                tried.tries.pop()
            if tried.encode((preset, -1, None), {**known, "flags": "+pass2"}) <= tried.most:
                return


WAYS: dict[str, Callable[[Tried, str], None]] = {
    "maximum rate": capped,
    "raised crf": raised,
    "two passes": twice,
}


def told(footage: Footage, rate: float) -> Iterator[list[str]]:
    """A row for each way and preset; none where the first try fits. CPU counts from it."""
    start = Tried(footage, rate * footage.duration / 8)
    if start.encode((*FIRST, None)) <= start.most:
        return
    for preset in PRESETS:
        for way, follow in WAYS.items():
            tried = Tried(footage, start.most, start.cpu, [*start.tries])
            follow(tried, preset)
            crf, weight, data = tried.best
            like = likeness(footage, data)
            yield [
                footage.name, f"{rate / 1e6:g}", way, preset, str(len(tried.tries)),
                f"{tried.cpu / start.cpu:.1f}", f"{crf:g}", f"{weight / start.most:.2f}",
                f"{like.xpsnr:.1f}", f"{like.vmaf:.1f}", f"{like.worst:.1f}",
            ]  # fmt: skip


def compared(media: Path, chosen: Collection[str]) -> Iterator[list[str]]:
    for footage in clips(media, FRAMES):
        if not chosen or footage.name in chosen:
            for rate in RATES:
                yield from told(footage, rate)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(str(__doc__).splitlines()[0])
    head = ("clip", "Mbit/s", "way", "preset", "tries", "CPU", "crf", "bytes used",
            "XPSNR", "VMAF", "worst frame")  # fmt: skip
    print(table(head, ()), end="")
    for row in compared(Path(sys.argv[1]), sys.argv[2:]):
        print(f"| {' | '.join(row)} |", flush=True)
