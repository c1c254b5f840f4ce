"""Fuzz refprep for some minutes, and print figures: `python -m tests.fuzz --minutes 30 --seed 1`.

Every file goes through probe and check, a seeded quarter through fix; of that quarter, what passes
goes to independent decoders, too. A process that dies, hangs or takes too much memory is replaced;
its case is a failure. Each failing file is written with the seed and index that make it again.
"""

import argparse
import itertools
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from tests.fuzz import seeds
from tests.fuzz.cases import MAX_MEMORY, Failure, Outcome
from tests.fuzz.mutate import mutated
from tests.fuzz.worker import read_corpus, serve

HANG = 90
"Seconds after which a case hangs: more than the library's own budget of one file."
SLOWEST = 5
Case = tuple[str, int]


@dataclass
class Figures:
    """What a run has seen."""

    files: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    fixed: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    memory: int = 0
    failures: list[tuple[Case, Failure]] = field(default_factory=list)

    def add(self, outcome: Outcome, memory: int) -> None:
        """Count one case."""
        self.files[outcome.name.partition("-")[0]] += 1
        self.verdicts[outcome.verdict or "none"] += 1
        self.rules.update(outcome.rules)
        if outcome.fixed:
            self.fixed[outcome.fixed] += 1
        self.slowest.append((outcome.seconds, f"{outcome.name} {outcome.index}"))
        self.slowest = sorted(self.slowest, reverse=True)[:SLOWEST]
        self.memory = max(self.memory, memory)
        self.failures += [((outcome.name, outcome.index), each) for each in outcome.failures]


class Worker:
    """A process, the case that it works on, and since when."""

    def __init__(self, folder: Path, corpus: Path, seed: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, folder, corpus, seed))
        self.process.start()
        other.close()
        self.case: Case | None = None
        self.since = time.monotonic()

    def give(self, case: Case) -> None:
        """Let it run a case."""
        self.case, self.since = case, time.monotonic()
        self.pipe.send(case)

    def end(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def main(arguments: list[str] | None = None) -> int:
    """Run, print, and tell by the exit code whether anything failed."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="refprep-fuzz-") as scratch:
        corpus = Path(scratch) / "corpus"
        names = seeds.write_all(corpus)
        chosen = [name for name in names if name.startswith(options.only)]
        started = time.monotonic()
        figures = _run(options, chosen, Path(scratch), corpus)
        seconds = time.monotonic() - started
        _keep(figures, options.folder, options.seed, corpus)
    print(text(figures, seconds, options.seed, options.jobs))
    return int(bool(figures.failures))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--files", type=int, default=10**9, help="end after so many, too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="only seeds whose name begins so")
    parser.add_argument("--folder", type=Path, default=Path("fuzz-failures"))
    return parser.parse_args(arguments)


def _run(options: Any, names: list[str], scratch: Path, corpus: Path) -> Figures:
    figures = Figures()
    todo = itertools.islice(
        ((name, index) for index in itertools.count() for name in names), options.files
    )
    ends = time.monotonic() + 60 * options.minutes
    numbers = itertools.count()
    workers: list[Worker] = []
    exhausted = False
    while True:
        while len(workers) < options.jobs and not exhausted:
            workers.append(Worker(scratch / str(next(numbers)), corpus, options.seed))
        for worker in workers:
            if worker.case is None and not exhausted:
                case = next(todo, None) if time.monotonic() < ends else None
                exhausted = case is None
                if case:
                    worker.give(case)
        busy = [worker for worker in workers if worker.case]
        if not busy:
            break
        ready = wait([worker.pipe for worker in busy], timeout=1)
        for worker in busy:
            if not _collect(worker, worker.pipe in ready, figures):
                worker.end()
                workers.remove(worker)
    for worker in workers:
        worker.end()
    return figures


def _collect(worker: Worker, ready: bool, figures: Figures) -> bool:
    """Take a worker's result, if there is one; False where the worker must be replaced."""
    assert worker.case
    if not ready:
        if time.monotonic() - worker.since < HANG:
            return True
        _fail(worker, figures, Failure("hang", f"no result after {HANG} s"))
        return False
    pipe: Connection[Any, Any] = worker.pipe
    try:
        outcome, memory = pipe.recv()
    except (EOFError, OSError):
        worker.process.join()
        code = worker.process.exitcode
        _fail(worker, figures, Failure("crash", f"the process ended with {code}"))
        return False
    over = memory > MAX_MEMORY
    if over:
        outcome.failures.append(Failure("memory", f"{memory:,} bytes"))
    figures.add(outcome, memory)
    worker.case = None
    return not over


def _fail(worker: Worker, figures: Figures, failure: Failure) -> None:
    assert worker.case
    seconds = time.monotonic() - worker.since
    figures.add(Outcome(*worker.case, seconds=seconds, failures=[failure]), 0)


def _keep(figures: Figures, folder: Path, seed: int, corpus: Path) -> None:
    """Write each failing file, and what failed."""
    if not figures.failures:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    contents = read_corpus(corpus)
    for (name, index), failure in figures.failures:
        stem = f"{failure.kind}-{name}-{seed}-{index}"
        suffix = seeds.MAKERS[name][0]
        (folder / f"{stem}{suffix}").write_bytes(mutated(name, seed, index, contents))
        (folder / f"{stem}.txt").write_text(failure.detail, encoding="utf-8")


def text(figures: Figures, seconds: float, seed: int, jobs: int) -> str:
    """The figures as Markdown tables."""
    count = sum(figures.files.values())
    failed = Counter(failure.kind for _, failure in figures.failures)
    kinds = ("crash", "hang", "memory", "traceback", "word", "changed", "half", "relapse")
    rows = [
        ("files", f"{count:,}"),
        ("seed, processes, minutes", f"{seed}, {jobs}, {seconds / 60:.1f}"),
        ("verdicts of check", _counts(figures.verdicts)),
        ("verdicts of fix", _counts(figures.fixed)),
        ("findings by rule", _counts(figures.rules)),
        ("slowest", ", ".join(f"{s:.1f} s ({case})" for s, case in figures.slowest)),
        ("largest process", f"{figures.memory / 1e6:,.0f} MB"),
        *((kind, f"{failed[kind]:,}") for kind in (*kinds, "contradiction", "bad-fix")),
        ("files by format", _counts(figures.files)),
    ]
    lines = [f"| {name} | {value} |" for name, value in rows]
    return "\n".join(["| figure | value |", "|---|---|", *lines])


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counter.most_common()) or "none"


if __name__ == "__main__":
    sys.exit(main())
