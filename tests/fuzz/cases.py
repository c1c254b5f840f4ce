"""One case through the public library: probe, check, fix; and what must hold of it."""

import re
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import refprep
from refprep.errors import RefprepError, UnreadableError
from refprep.isolation import Workers
from refprep.models.budget import DEFAULT
from refprep.rules import RULES

DAMAGE = ("file-", "duration-mismatch")
"Prefixes of the rules that judge a file itself; what limits demand of it is another question."
WARNED = frozenset(("file-corrupt", "file-truncated", "duration-mismatch"))
"Rules by which a pass tells of damage."
LIMITS = tuple(rule.name for rule in RULES if not rule.name.startswith(DAMAGE))
UNFIT = ("dimensions", "pixels", "duration", "fps", "aspect-ratio", "frozen", "black", "silent")
"Limits that a fix of tiny seeds would spend its time on: they are left out of it."
IGNORED_BY_FIX = tuple(rule.name for rule in RULES if rule.name.endswith(UNFIT))
MAX_MEMORY = DEFAULT.memory
"Bytes that no process may use: the library's own promise."
MAX_SECONDS = 20.0
"The budget of one pass over a file: seeds are tiny."
ISOLATED: dict[str, Any] = {"isolate": True, "max_seconds": MAX_SECONDS}
PYTHON_ERRORS = (
    "Traceback", "Error:", "Exception", "KeyError", "IndexError", "object has no",
    "fails over it", "sandbox cannot be entered",
)  # fmt: skip
"Words of an exception that nobody expected; a decoder that crashes is named by its signal."
SIGNAL = re.compile(r"crashes over it \((.+?)\)")


@dataclass(frozen=True)
class Failure:
    """A broken promise."""

    kind: str
    "crash, hang, memory, traceback, word, changed, half, relapse, contradiction or bad-fix."
    detail: str


@dataclass
class Outcome:
    """What became of one case."""

    name: str
    index: int
    verdict: str = ""
    "pass, warn or fail by check; refused where probe reads nothing."
    rules: tuple[str, ...] = ()
    seconds: float = 0.0
    fixed: str = ""
    "The verdict of fix; empty where it was not asked."
    fixed_rules: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    "How workers ended over it: SIGSEGV ... It costs the file a finding, so it is no failure."
    memory: int = 0
    "Bytes: the most that a worker used."
    failures: list[Failure] = field(default_factory=list)


def run(
    path: Path, name: str, index: int, scratch: Path, *, fix: bool, isolate: bool = True
) -> Outcome:
    """Probe, check and perhaps fix one file, and judge all that the library alone can tell.

    Args:
        path: The mutated file.
        name: The seed's name.
        index: The case's number.
        scratch: A folder for results.
        fix: Whether to fix it, too.
        isolate: Whether decoders work in processes of their own.
    """
    work = ISOLATED if isolate else {}
    Workers.peak = 0
    outcome = Outcome(name, index)
    before, started = path.read_bytes(), time.perf_counter()
    try:
        _probe(path, work)
        report = refprep.check([path], each=True, cache=False, ignore=LIMITS, **work)
        outcome.verdict = report.verdict
        outcome.rules = tuple(sorted({finding.rule for finding in report.findings}))
        judge(outcome, report.findings)
        if fix:
            _fix(path, outcome, scratch, work)
    except RefprepError as error:
        outcome.failures.append(Failure("traceback", f"{type(error).__name__}: {error}"))
    except Exception:
        outcome.failures.append(Failure("traceback", traceback.format_exc(limit=-4)))
    outcome.seconds = time.perf_counter() - started
    outcome.memory = Workers.peak
    if outcome.memory > MAX_MEMORY:
        outcome.failures.append(Failure("memory", f"{outcome.memory:,} bytes"))
    if not path.is_file() or path.read_bytes() != before:
        outcome.failures.append(Failure("changed", "the source is another one"))
    return outcome


def tells_damage(outcome: Outcome) -> bool:
    """True where a pass warns of damage: then no decoder contradicts it."""
    return not WARNED.isdisjoint(outcome.rules)


def _probe(path: Path, work: Mapping[str, Any]) -> None:
    """Read the facts; that a broken file cannot be read is an answer."""
    try:
        refprep.probe(path, quick=True, **work)
    except UnreadableError:
        return


def _fix(path: Path, outcome: Outcome, scratch: Path, work: Mapping[str, Any]) -> None:
    """Fix the file; what is written is what the result names, and passes what it promises."""
    result = refprep.fix([path], scratch, each=True, cache=False, ignore=IGNORED_BY_FIX, **work)
    outcome.fixed = result.verdict
    outcome.fixed_rules = tuple(sorted({finding.rule for finding in result.findings}))
    judge(outcome, result.findings)
    written = {file.resolve() for file in scratch.rglob("*") if file.is_file()}
    named = {prepared.path.resolve() for prepared in result.prepared}
    if written != named:
        outcome.failures.append(Failure("half", f"{sorted(written ^ named)}"))
    known = {finding.rule for finding in result.findings}
    for target in named & written:
        again = refprep.check([target], each=True, cache=False, ignore=IGNORED_BY_FIX, **work)
        if new := {f.rule for f in again.findings if f.level == "error"} - known:
            outcome.failures.append(Failure("relapse", f"{target.name}: {sorted(new)}"))


def judge(outcome: Outcome, findings: Sequence[Any]) -> None:
    """A finding that speaks of Python is an exception that nobody understood: a failure."""
    outcome.failures += [
        Failure("word", f"{finding.rule}: {finding.message}")
        for finding in findings
        if any(word in finding.message for word in PYTHON_ERRORS)
    ]
    outcome.signals += tuple(
        match[1] for finding in findings if (match := SIGNAL.search(finding.message))
    )


def totals(outcomes: Sequence[Outcome]) -> Mapping[str, int]:
    """How many failures of each kind."""
    kinds: dict[str, int] = {}
    for outcome in outcomes:
        for failure in outcome.failures:
            kinds[failure.kind] = kinds.get(failure.kind, 0) + 1
    return kinds
