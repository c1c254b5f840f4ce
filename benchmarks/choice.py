"""`python -m benchmarks.choice ROWS` prints the tables of docs/encoding.md from measured rows."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import log2
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.presets import PRESETS, Row, rows

REFERENCE = ("medium", 18)
"The preset and crf whose quality is to be kept."
EQUAL = (0.5e6, 1e6, 2e6, 4e6)
"Bits per second at which presets are compared."
SPANS = ((12, 16), (16, 18), (18, 22), (22, 26), (26, 38))
"Ranges of crf, over which the effect of a step on the bytes is measured."
BUDGET_SECONDS = 15
Measure = Callable[[Row], float]


def table(head: Sequence[str], body: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def of(measured: Iterable[Row], preset: str, crf: float | None = None) -> dict[str, list[Row]]:
    """The rows of a preset, and of a crf if one is given, by their clips."""
    by_clip: dict[str, list[Row]] = {}
    for row in measured:
        if row.preset == preset and crf in (None, row.crf):
            by_clip.setdefault(row.clip, []).append(row)
    return {clip: sorted(points, key=lambda row: row.crf) for clip, points in by_clip.items()}


def single(measured: Iterable[Row], preset: str, crf: float) -> dict[str, Row]:
    return {clip: points[0] for clip, points in of(measured, preset, crf).items()}


def megabytes(row: Row) -> float:
    """Of 15 s of such footage."""
    return row.rate * BUDGET_SECONDS / 8e6


def clips(measured: Sequence[Row]) -> Iterator[Sequence[object]]:
    """The reference setting's rate and quality for each clip."""
    for clip, row in single(measured, *REFERENCE).items():
        rate = f"{row.rate / 1e6:.1f}"
        yield clip, row.kind, rate, f"{row.xpsnr:.1f}", f"{row.vmaf:.1f}", f"{row.worst:.1f}"


def settings(measured: Sequence[Row]) -> Iterator[Sequence[object]]:
    """Every preset and crf against the reference: the smallest lead over all clips, CPU, bytes."""
    reference = single(measured, *REFERENCE)
    spent = sum(row.cpu for row in reference.values())
    for preset in PRESETS:
        for crf in sorted({row.crf for row in measured if row.crf <= REFERENCE[1]}):
            setting = single(measured, preset, crf)
            largest = max(map(megabytes, setting.values()))
            usual = median(map(megabytes, setting.values()))
            leads = [lead(setting, reference, measure) for measure in (_xpsnr, _vmaf, _worst)]
            cpu = sum(row.cpu for row in setting.values()) / spent
            columns = [f"{value:+.2f}" for value in leads]
            yield preset, crf, f"{cpu:.2f}", *columns, f"{usual:.1f}", f"{largest:.1f}"


def _xpsnr(row: Row) -> float:
    return row.xpsnr


def _vmaf(row: Row) -> float:
    return row.vmaf


def _worst(row: Row) -> float:
    return row.worst


def lead(setting: dict[str, Row], reference: dict[str, Row], measure: Measure) -> float:
    """How far a setting is ahead of the reference, on the clip where it is least ahead."""
    return min(measure(setting[clip]) - measure(reference[clip]) for clip in reference)


def at_rate(points: Sequence[Row], rate: float, measure: Measure) -> float | None:
    """A measure at a bit rate between those of the rows (of one clip and preset); None outside."""
    ordered = sorted(points, key=lambda row: row.rate)
    if not ordered[0].rate <= rate <= ordered[-1].rate:
        return None
    rates = [log2(row.rate) for row in ordered]
    return float(np.interp(log2(rate), rates, [measure(row) for row in ordered]))


def equal_bytes(measured: Sequence[Row]) -> Iterator[Sequence[object]]:
    """Each preset against medium where both have the same size; means over the clips."""
    base = of(measured, REFERENCE[0])
    for rate in EQUAL:
        for preset in PRESETS:
            by_clip = of(measured, preset)
            pairs = []
            for clip, medium in base.items():
                values = [
                    (at_rate(by_clip[clip], rate, measure), at_rate(medium, rate, measure))
                    for measure in (_xpsnr, _vmaf, lambda row: row.cpu)
                ]
                if all(ours is not None and theirs is not None for ours, theirs in values):
                    pairs.append([(ours or 0.0, theirs or 0.0) for ours, theirs in values])
            if pairs:
                array = np.array(pairs)
                xpsnr, vmaf = (array[:, kind, 0] - array[:, kind, 1] for kind in (0, 1))
                cpu = array[:, 2, 0].sum() / array[:, 2, 1].sum()
                columns = f"{xpsnr.mean():+.2f}", f"{vmaf.mean():+.1f}", f"{vmaf.min():+.1f}"
                yield f"{rate / 1e6:g}", preset, len(pairs), f"{cpu:.2f}", *columns


def steps(measured: Sequence[Row]) -> Iterator[Sequence[object]]:
    """By how much crf must rise to halve the bytes, by preset and clip, over each span."""
    for preset in PRESETS:
        for clip, points in of(measured, preset).items():
            bits = {row.crf: log2(row.size) for row in points}
            slopes = [(high - low) / (bits[low] - bits[high]) for low, high in SPANS]
            yield preset, clip, *(f"{slope:.1f}" for slope in slopes)


def main(path: Path) -> None:
    measured = [row for row in rows(path) if row.cap is None]
    print(table(("clip", "what", "Mbit/s", "XPSNR", "VMAF", "worst frame"), clips(measured)))
    leads = ("lead XPSNR", "lead VMAF", "lead worst frame")
    head = ("preset", "crf", "CPU", *leads, "median MB", "largest MB")
    print(table(head, settings(measured)))
    gains = ("XPSNR", "VMAF", "lowest VMAF")
    print(table(("Mbit/s", "preset", "clips", "CPU", *gains), equal_bytes(measured)))
    spans = (f"crf {low} to {high}" for low, high in SPANS)
    print(table(("preset", "clip", *spans), steps(measured)))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(str(__doc__).splitlines()[0])
    main(Path(sys.argv[1]))
