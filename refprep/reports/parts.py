"""The parts of a result as the voices take them: its files, what is found of each, the rest."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from refprep.models.bundle import FixResult
from refprep.models.finding import Finding, Report, Result
from refprep.models.limits import Level
from refprep.models.media import Media, Unreadable
from refprep.models.plan import Plan

LEVELS: tuple[Level, ...] = ("error", "warning", "info")
_WINDOW = re.compile(r"#t=[\d.,:e+]*$")
_UNWRITTEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class File(NamedTuple):
    """A media file of a result: where it stands, its facts where they are told, its findings."""

    slot: str | None
    source: str
    media: Media | Unreadable | None
    findings: tuple[Finding, ...]


def files(result: Result) -> list[File]:
    """The files that the result lists, then those that only its findings name."""
    listed = dict(_listed(result))
    found: dict[tuple[str | None, str], list[Finding]] = {key: [] for key in listed}
    for finding in result.findings:
        if finding.source is not None:
            found.setdefault(_key(finding, finding.source, listed), []).append(finding)
    return [File(*key, listed.get(key), tuple(own)) for key, own in found.items()]


def of_request(result: Result) -> tuple[Finding, ...]:
    """The findings about the request itself."""
    return tuple(finding for finding in result.findings if finding.source is None)


def fails(result: Result, finding: Finding) -> bool:
    """True where this finding alone decides the verdict: an error, or in strictness a warning."""
    return result.model_copy(update={"findings": (finding,)}).verdict == "fail"


def count(result: Result, level: Level) -> int:
    """How many findings are of this level."""
    return sum(finding.level == level for finding in result.findings)


def tally(result: Result) -> str:
    """`2 errors, 1 warning`; `nothing found` where that is so."""
    words = {level: f"{level}s" for level in LEVELS}
    counts = {level: count(result, level) for level in LEVELS}
    told = (f"{n} {level if n == 1 else words[level]}" for level, n in counts.items() if n)
    return ", ".join(told) or "nothing found"


def path(source: str) -> str:
    """The path of a source without its window, with forward slashes."""
    return Path(_WINDOW.sub("", source)).as_posix()


def said(finding: Finding) -> str:
    """The message and, on a line of its own, the remedy."""
    return encodable(finding.message + f"\n-> {finding.repair}" * bool(finding.repair))


def encodable(text: str) -> str:
    """The text with control codes and halves of surrogate pairs made visible; lines stay."""
    return _UNWRITTEN.sub(lambda found: ascii(found[0])[1:-1], text)


def _listed(result: Result) -> Iterator[tuple[tuple[str | None, str], Media | Unreadable]]:
    match result:
        case Report():
            yield from (
                ((reference.slot, str(reference.source)), reference.media)
                for reference in result.media
            )
        case Plan():
            references = (plan.reference for plan in result.files)
            yield from (
                ((reference.slot, str(reference.source)), reference.media)
                for reference in references
            )
        case FixResult():
            yield from (((file.slot, file.source), file.after) for file in result.prepared)


def _key(
    finding: Finding, source: str, listed: dict[tuple[str | None, str], Media | Unreadable]
) -> tuple[str | None, str]:
    """Its file; one that was judged for itself is known by its source alone."""
    alike = (key for key in listed if key[1] == source and finding.slot in (None, key[0]))
    return next(alike, (finding.slot, source))
