"""The process that runs cases one after the other; it may crash or hang, and is replaced."""

import os
import shutil
import traceback
from collections.abc import Iterator
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.fuzz import cases, oracles, seeds
from tests.fuzz.mutate import mutated


class Shares(NamedTuple):
    """Parts of the cases, 0 to 1."""

    fixed: float = 1.0
    "Those that go through fix."
    judged: float = 0.25
    "Those whose passes go to the independent decoders; these cost the most time."


def serve(pipe: Connection, folder: Path, corpus: Path, seed: int, shares: Shares) -> None:
    """Run the cases that come through a pipe, until it ends.

    Args:
        pipe: Brings (name, index), takes an Outcome and the peak of memory in bytes.
        folder: This process's own, for files.
        corpus: The folder of the seeds.
        seed: The number of the run.
        shares: The parts of the cases that are fixed, and judged.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # decoders talk
    while case := pipe.recv():
        name, index = case
        try:
            outcome = run_case(name, seed, index, corpus, folder, shares)
        except Exception:  # of the fuzzer itself, or of an oracle
            outcome = cases.Outcome(name, index)
            outcome.failures.append(cases.Failure("crash", traceback.format_exc(limit=-4)))
        pipe.send((outcome, peak_memory()))


def run_case(
    name: str, seed: int, index: int, corpus: Path, folder: Path, shares: Shares
) -> cases.Outcome:
    """Write one mutated file, run it, judge it; nothing of it stays."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    suffix = seeds.MAKERS[name][0]
    path, original = folder / f"case{suffix}", corpus / f"{name}{suffix}"
    path.write_bytes(mutated(name, seed, index, read_corpus(corpus)))
    chance = Random(f"fix {name} {seed} {index}")
    fix, judged = chance.random() < shares.fixed, chance.random() < shares.judged
    outcome = cases.run(path, name, index, folder / "fixed", fix=fix)
    if judged and outcome.verdict == "pass" and not cases.tells_damage(outcome):
        objections = oracles.contradictions(path, original)
        outcome.failures += [cases.Failure("contradiction", text) for text in objections]
    if judged and outcome.fixed == "pass":
        for target in sorted((folder / "fixed").glob("*")):
            if target.read_bytes() != path.read_bytes():
                objections = oracles.complaints(target)
                outcome.failures += [cases.Failure("bad-fix", text) for text in objections]
    return outcome


@cache
def read_corpus(corpus: Path) -> dict[str, bytes]:
    """The seeds of a folder by their names."""
    return {path.stem: path.read_bytes() for path in sorted(corpus.iterdir())}


def peak_memory() -> int:
    """Bytes of the largest resident set of this process and of those below it; Linux, else 0."""
    return max((_peak(pid) for pid in _family(os.getpid())), default=0)


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text(encoding="ascii").split():
            yield from _family(int(child))


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM"))
    return next((int(line[1]) * 1024 for line in lines), 0)
