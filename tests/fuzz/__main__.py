"""Fuzz refprep for some minutes, and print figures: `python -m tests.fuzz --minutes 30 --seed 1`.

Every file goes through probe, check and fix, with decoders in processes of their own; passes of a
seeded quarter that warn of no damage go to independent decoders, too. One file per call: a list
would save a tenth of the time and hide which file is slow. A calling process that dies, hangs or
takes too much memory is replaced; its case is a failure. Each failing file is kept with the seed
and index that make it again, and so is each that crashes a decoder: a finding and no failure.

`python -m tests.fuzz --figures fuzz-failures/figures.json` prints a run's table again.
"""

import argparse
import itertools
import multiprocessing
import sys
import tempfile
import time
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from tests.fuzz import figures as tables
from tests.fuzz import seeds
from tests.fuzz.cases import MAX_MEMORY, MAX_SECONDS, Failure, Outcome
from tests.fuzz.figures import Case, Figures
from tests.fuzz.mutate import mutated
from tests.fuzz.worker import Shares, read_corpus, serve

HANG = 10 * MAX_SECONDS
"Seconds after which a case hangs: more than the budgets of all passes over one file."
FIGURES = "figures.json"


class Worker:
    """A process, the case that it works on, and since when."""

    def __init__(self, folder: Path, corpus: Path, seed: int, shares: Shares) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, folder, corpus, seed, shares))
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
    if options.figures:
        print(tables.table(tables.read(options.figures)))
        return 0
    with tempfile.TemporaryDirectory(prefix="refprep-fuzz-") as scratch:
        corpus = Path(scratch) / "corpus"
        names = [name for name in seeds.write_all(corpus) if name.startswith(options.only)]
        figures = _run(options, names, Path(scratch), corpus)
    tables.write(figures, options.folder / FIGURES)
    print(tables.table(figures))
    return int(bool(figures.failed))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--files", type=int, default=10**9, help="end after so many, too")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--fix-share", type=float, default=1.0, help="part that goes through fix")
    parser.add_argument(
        "--oracle-share", type=float, default=Shares().judged, help="part whose passes are judged"
    )
    parser.add_argument("--only", default="", help="only seeds whose name begins so")
    parser.add_argument("--folder", type=Path, default=Path("fuzz-failures"))
    parser.add_argument("--figures", type=Path, help="only print the table of an earlier run")
    return parser.parse_args(arguments)


def _run(options: Any, names: list[str], scratch: Path, corpus: Path) -> Figures:
    shares = Shares(options.fix_share, options.oracle_share)
    figures = Figures(options.seed, options.jobs, *shares)
    keep = Kept(options.folder, options.seed, corpus)
    started = time.monotonic()
    todo = itertools.islice(
        ((name, index) for index in itertools.count() for name in names), options.files
    )
    ends = started + 60 * options.minutes
    numbers = itertools.count()
    workers: list[Worker] = []

    def _worker(number: int) -> Worker:
        return Worker(scratch / str(number), corpus, options.seed, shares)

    exhausted = False
    while True:
        while len(workers) < options.jobs and not exhausted:
            workers.append(_worker(next(numbers)))
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
            done, alive = _collect(worker, worker.pipe in ready)
            if done:
                figures.add(*done)
                keep(done[0])
            if not alive:
                worker.end()
                workers.remove(worker)
    for worker in workers:
        worker.end()
    figures.seconds = time.monotonic() - started
    return figures


def _collect(worker: Worker, ready: bool) -> tuple[tuple[Outcome, int] | None, bool]:
    """A worker's result and memory, if there is one; False where the worker must be replaced."""
    assert worker.case
    seconds = time.monotonic() - worker.since
    if not ready:
        if seconds < HANG:
            return None, True
        return _failed(worker.case, seconds, Failure("hang", f"no result after {HANG:g} s")), False
    pipe: Connection[Any, Any] = worker.pipe
    try:
        outcome, memory = pipe.recv()
    except (EOFError, OSError):
        worker.process.join()
        code = worker.process.exitcode
        return _failed(worker.case, seconds, Failure("crash", f"ends with {code}")), False
    over = memory > MAX_MEMORY
    if over:
        outcome.failures.append(Failure("memory", f"the caller: {memory:,} bytes"))
    worker.case = None
    return (outcome, memory), not over


def _failed(case: Case, seconds: float, failure: Failure) -> tuple[Outcome, int]:
    return Outcome(*case, seconds=seconds, failures=[failure]), 0


class Kept:
    """Writes each failing file, and what failed."""

    def __init__(self, folder: Path, seed: int, corpus: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.seed, self.contents = folder, seed, read_corpus(corpus)

    def __call__(self, outcome: Outcome) -> None:
        """Write the file where it failed, or crashed a decoder."""
        reasons = {failure.kind: failure.detail for failure in outcome.failures}
        reasons |= dict.fromkeys(outcome.signals, "a decoder or encoder crashes over it")
        for kind, detail in reasons.items():
            name, index = outcome.name, outcome.index
            stem = self.folder / f"{kind.replace(' ', '-')}-{name}-{self.seed}-{index}"
            content = mutated(name, self.seed, index, self.contents)
            stem.with_suffix(seeds.MAKERS[name][0]).write_bytes(content)
            stem.with_suffix(".txt").write_text(detail, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
