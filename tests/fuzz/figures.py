"""The figures of a run: counted, written as JSON, and read as a Markdown table."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.cases import Outcome

SLOWEST = 5
BROKEN = (
    "traceback", "word", "hang", "crash", "memory", "changed", "half", "relapse", "bad-fix",
    "contradiction",
)  # fmt: skip
"What counts as a failure of refprep, in the order of the table."
MEANINGS = {
    "traceback": "exceptions that leave the library",
    "word": "findings that speak of Python",
    "hang": "hangs",
    "crash": "crashes of the calling process",
    "memory": "processes above their budget of memory",
    "changed": "sources that changed",
    "half": "results that are half written or not named",
    "relapse": "results that fail when they are read anew",
    "bad-fix": "results that another decoder refuses",
    "contradiction": "passes that another decoder contradicts",
}
Case = tuple[str, int]


@dataclass
class Figures:
    """What a run has seen."""

    seed: int = 1
    jobs: int = 2
    fix_share: float = 1.0
    oracle_share: float = 1.0
    seconds: float = 0.0
    files: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    fixed: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    signals: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    failed_formats: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    worker_memory: tuple[int, str] = (0, "")
    caller_memory: int = 0

    def add(self, outcome: Outcome, caller_memory: int) -> None:
        """Count one case."""
        kind, case = outcome.name.partition("-")[0], f"{outcome.name} {outcome.index}"
        self.files[kind] += 1
        self.verdicts[outcome.verdict or "none"] += 1
        self.rules.update({*outcome.rules, *outcome.fixed_rules})
        self.signals.update(set(outcome.signals))
        if outcome.fixed:
            self.fixed[outcome.fixed] += 1
        self.slowest = sorted([*self.slowest, (outcome.seconds, case)], reverse=True)[:SLOWEST]
        self.worker_memory = max(self.worker_memory, (outcome.memory, case))
        self.caller_memory = max(self.caller_memory, caller_memory)
        for failure in {failure.kind for failure in outcome.failures}:
            self.failed[failure] += 1
            self.failed_formats[f"{failure} {kind}"] += 1


def write(figures: Figures, path: Path) -> None:
    """Write the figures as JSON."""
    path.write_text(json.dumps(vars(figures), indent=2) + "\n", encoding="utf-8")


def read(path: Path) -> Figures:
    """The figures that `write` wrote."""
    values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for name, value in values.items():
        if isinstance(value, dict):
            values[name] = Counter(value)
    values["slowest"] = [(seconds, case) for seconds, case in values["slowest"]]
    values["worker_memory"] = tuple(values["worker_memory"])
    return Figures(**values)


def table(figures: Figures) -> str:
    """The figures as a Markdown table."""
    count, minutes = sum(figures.files.values()), figures.seconds / 60
    rate = count / figures.seconds if figures.seconds else 0.0
    memory, case = figures.worker_memory
    rows = [
        ("files through probe and check", f"{count:,}, {rate:.0f} a second"),
        ("of these through fix", f"{sum(figures.fixed.values()):,}"),
        ("seed, processes, minutes", f"{figures.seed}, {figures.jobs}, {minutes:.1f}"),
        ("verdicts of check", _counts(figures.verdicts)),
        ("verdicts of fix", _counts(figures.fixed)),
        ("files by rule that found something", _counts(figures.rules)),
        ("decoders that crashed in their worker: a finding", _counts(figures.signals)),
        ("slowest, all verbs", ", ".join(f"{s:.1f} s ({case})" for s, case in figures.slowest)),
        ("most memory of a worker", f"{memory / 1e6:,.0f} MB ({case})"),
        ("most memory of the calling process", f"{figures.caller_memory / 1e6:,.0f} MB"),
        *((MEANINGS[kind], _failed(figures, kind)) for kind in BROKEN),
        ("files by format", _counts(figures.files)),
    ]
    lines = [f"| {name} | {value} |" for name, value in rows]
    return "\n".join(["| figure | value |", "|---|---|", *lines])


def _failed(figures: Figures, kind: str) -> str:
    formats = {
        name.removeprefix(f"{kind} "): count
        for name, count in figures.failed_formats.items()
        if name.startswith(f"{kind} ")
    }
    listed = f" ({_counts(Counter(formats))})" if formats else ""
    judged = f"; {figures.oracle_share:.0%} of passes judged" if kind in BROKEN[-2:] else ""
    return f"{figures.failed[kind]:,}{listed}{judged}"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counter.most_common()) or "none"
