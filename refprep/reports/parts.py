"""The parts of a result that the formats share: its files, the findings of each, the counts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from refprep.models.bundle import FixResult
from refprep.models.finding import Finding, Report, Result
from refprep.models.limits import Level
from refprep.models.media import AnyMedia
from refprep.models.plan import FilePlan, Plan
from refprep.words import visible

LEVELS: tuple[Level, ...] = ("error", "warning", "info")
UNCHANGED = "unchanged (copied byte for byte)"
REMOTE = "unchanged (stays at its URL)"
UNUSABLE = "nothing can be done"
"What a plan shows in place of steps."
_WINDOW = re.compile(r"#t=[\d.,:e+]*$")


class File(NamedTuple):
    """A media file of a result: its slot and source, its facts where known, its findings."""

    slot: str | None
    source: str
    media: AnyMedia | None
    findings: tuple[Finding, ...]


def files(result: Result) -> list[File]:
    """The files that the result lists, then those that only its findings name."""
    listed = {(slot, source): media for slot, source, media in _listed(result)}
    found: dict[tuple[str | None, str], list[Finding]] = {key: [] for key in listed}
    for finding in result.findings:
        if finding.source is not None:
            own = (finding.slot, finding.source)
            # A file that was checked by itself has no slot in its findings.
            keys = (key for key in listed if key[1] == own[1] and own[0] in (None, key[0]))
            found.setdefault(next(keys, own), []).append(finding)
    return [File(*key, listed.get(key), tuple(own)) for key, own in found.items()]


def _listed(result: Result) -> Iterator[tuple[str | None, str, AnyMedia]]:
    match result:
        case Report():
            references = result.media
        case Plan():
            references = tuple(plan.reference for plan in result.files)
        case FixResult():
            yield from ((file.slot, file.source, file.after) for file in result.prepared)
            yield from ((row.slot, row.source, row.media) for row in result.remote)
            return
        case _:
            return
    for reference in references:
        yield reference.slot, str(reference.source), reference.media


def outcome(plan: FilePlan) -> str:
    """What becomes of a file without steps."""
    if plan.remote:
        return REMOTE
    return UNCHANGED if plan.reference.media.kind else UNUSABLE


def of_request(result: Result) -> tuple[Finding, ...]:
    """The findings about the request itself."""
    return tuple(finding for finding in result.findings if finding.source is None)


def fails(result: Result, finding: Finding) -> bool:
    """True where this finding alone decides the verdict: an error, or with strict a warning."""
    return result.model_copy(update={"findings": (finding,)}).verdict == "fail"


def count(result: Result, level: Level) -> int:
    """How many findings are of this level."""
    return sum(finding.level == level for finding in result.findings)


def tally(result: Result) -> str:
    """`2 errors, 1 warning, 1 info`; `no findings` where there are none."""
    counts = {level: count(result, level) for level in LEVELS}
    words = (f"{n} {level}{'s' * (n > 1 and level != 'info')}" for level, n in counts.items() if n)
    return ", ".join(words) or "no findings"


def path(source: str) -> str:
    """The path of a source without its window, with forward slashes; a URL as it is."""
    if "://" in source:
        return _WINDOW.sub("", source)
    return Path(_WINDOW.sub("", source)).as_posix()


def message(finding: Finding) -> str:
    """The message and, on a line of its own, the remedy."""
    remedy = f"\n-> {visible(finding.repair)}" if finding.repair else ""
    return visible(finding.message) + remedy
