"""Text for people: the facts, the findings, and the remedy of each on a line of its own."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from refprep.models.bundle import Bundle, FixResult, Prepared, Remote, VerifyResult
from refprep.models.finding import Finding, Report, Result
from refprep.models.limits import number
from refprep.models.media import AnyMedia, Audio, Image, Unchecked, Unreadable, Video
from refprep.models.plan import FilePlan, Plan
from refprep.models.reference import Reference
from refprep.reports.parts import REMOTE, UNCHANGED, outcome, tally
from refprep.words import line as log_line
from refprep.words import shortened, visible

COLORS = {"error": 31, "warning": 33, "info": 36, "pass": 32, "fail": 31, "name": 1}
"ANSI SGR codes."
CHANNELS = {None: "unknown channels", 1: "mono", 2: "stereo"}
UNCHECKED = (
    "Not checked: moderation, real faces, whether a URL answers, whether the limits have changed."
)


class Styled(NamedTuple):
    """A part of a line that has a color on a terminal."""

    style: str
    text: str


Line = Sequence[str | Styled]
"The parts of a line, as they come from a result: they become text in `_text` only."


def render(result: Result, *, color: bool = False) -> str:
    """A report, a plan, or the result of fix or pack.

    Args:
        result: What a verb returned.
        color: True for a terminal: ANSI escapes for levels, names and the verdict.
    """
    match result:
        case Report():
            blocks = [_measured(reference, result.findings) for reference in result.media]
        case Plan():
            blocks = [_planned(plan) for plan in result.files]
        case FixResult():
            blocks = [_prepared(file) for file in result.prepared]
            blocks += [_remote(media) for media in result.remote]
        case _:
            raise TypeError(type(result).__name__)
    media = result.media if isinstance(result, Report) else ()
    sources = {str(reference.source) for reference in media}
    rest = [finding for finding in result.findings if finding.source not in sources]
    blocks = [*blocks, *_rest(rest), _verdict(result)]
    return "\n\n".join("\n".join(_text(line, color) for line in block) for block in blocks)


def probed(references: Iterable[Reference], *, color: bool = False) -> str:
    """The facts of some files, a line each."""
    lines = (
        (Styled("name", str(reference.source)), f"  {facts(reference.media)}")
        for reference in references
    )
    return "\n".join(_text(line, color) for line in lines)


def facts(media: AnyMedia) -> str:
    """`MOV h264+aac, 1080 x 1920, 12.5 s, 30 fps, 24.1 MB`."""
    match media:
        case Unchecked():
            return "not checked" + f": {media.reason}" * bool(media.reason)
        case Unreadable():
            return f"not readable: {media.reason}"
        case Image():
            known = [f"{media.width:,} x {media.height:,}", media.color_space]
        case Video():
            known = [
                f"{media.width:,} x {media.height:,}",
                _duration(media),
                f"{number(media.frame_rate)} fps",
            ]
        case Audio():
            known = [
                _duration(media),
                f"{number(media.sample_rate)} Hz",
                CHANNELS.get(media.channels, f"{media.channels} channels"),
            ]
    return ", ".join([_coding(media), *known, _size(media.size)])


def _coding(media: Image | Video | Audio) -> str:
    codecs = [getattr(media, "video_codec", None), getattr(media, "audio_codec", None)]
    return " ".join([media.format, "+".join(filter(None, codecs))]).strip()


def _duration(media: Video | Audio) -> str:
    return "unknown duration" if media.duration is None else f"{media.duration:.6g} s"


def _size(size: int) -> str:
    for unit, scale in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} bytes"


def _measured(reference: Reference, findings: Sequence[Finding]) -> list[Line]:
    key = (reference.slot, str(reference.source))
    own = [finding for finding in findings if (finding.slot, finding.source) == key]
    head = _head(reference.slot, reference.source)
    return [(head, f"  {facts(reference.media)}"), *_lines(own)]


def _planned(plan: FilePlan) -> list[Line]:
    steps = [f"{step} ({step.cost})" for step in plan.steps]
    after: list[Line] = [(f"  after   {facts(plan.predicted.media)} at most",)]
    return [
        (_head(plan.reference.slot, plan.reference.source),),
        (f"  before  {facts(plan.reference.media)}",),
        *_steps(steps, outcome(plan)),
        *after[: len(steps)],
    ]


def _prepared(file: Prepared) -> list[Line]:
    steps = [f"{step} ({step.cost})" for step in file.steps]
    return [
        (_head(file.slot, file.source), f" -> {file.path}"),
        (f"  before  {facts(file.before)}",),
        *_steps(steps, UNCHANGED),
        (f"  after   {facts(file.after)}",),
    ]


def _remote(media: Remote) -> list[Line]:
    head = _head(media.slot, media.source)
    return [(head,), (f"  before  {facts(media.media)}",), *_steps([], REMOTE)]


def _steps(steps: list[str], otherwise: str) -> Iterator[Line]:
    for place, step in enumerate(steps or [otherwise]):
        yield (f"  {'steps' if place == 0 else '':7} {step}",)


def _rest(findings: list[Finding]) -> Iterator[list[Line]]:
    """The findings that are in no block above, under the files that they are about."""
    for source in dict.fromkeys(finding.source for finding in findings):
        own = [finding for finding in findings if finding.source == source]
        head = _head(None, "the request") if source is None else _head(own[0].slot, source)
        yield [(head,), *_lines(own)]


def _head(slot: str | None, source: object) -> Styled:
    return Styled("name", "  ".join(filter(None, (str(source), slot))))


def _lines(findings: Iterable[Finding]) -> Iterator[Line]:
    for finding in findings:
        level = Styled(finding.level, f"{finding.level:7}")
        yield "  ", level, f" {finding.rule:20} {finding.message}"
        if finding.repair:
            yield (f"  {'':28} -> {finding.repair}",)


def _verdict(result: Result) -> list[Line]:
    counts = tally(result)
    if not result.findings and isinstance(result, VerifyResult):
        counts = f"{result.path} is unchanged since packing"
    elif not result.findings and not isinstance(result, Report):
        counts = "no findings left"
    bundle: list[Line] = []
    missing = ""
    if isinstance(result, Bundle):
        bundle = [(f"bundle: {result.path}",)] if result.path else []
        missing = "" if result.path else "; no bundle was written"
    verdict = Styled(result.verdict, result.verdict.upper())
    return [(verdict, f"  {counts}; {result.envelope}{missing}"), *bundle, (UNCHECKED,)]


def _text(line: Line, color: bool) -> str:
    """The one place where parts become text: visible, not too long, and last of all in color."""
    parts = [part if isinstance(part, Styled) else Styled("", part) for part in line]
    plain = [visible(shortened(part.text)) for part in parts]
    plain[0] = log_line(plain[0])  # what is first begins with a name, or with spaces
    styled = zip(parts, plain, strict=True)
    return "".join(_ansi(part.style, text) if color else text for part, text in styled)


def _ansi(style: str, text: str) -> str:
    return f"\x1b[{COLORS[style]}m{text}\x1b[0m" if style else text
