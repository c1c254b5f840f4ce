"""Text for people: the facts, the findings, and the remedy of each on a line of its own."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from refprep.models.bundle import Bundle, FixResult, Prepared, Remote, VerifyResult
from refprep.models.finding import Finding, Report, Result
from refprep.models.limits import number
from refprep.models.media import AnyMedia, Audio, Image, Unchecked, Unreadable, Video
from refprep.models.plan import FilePlan, Plan
from refprep.models.reference import Reference
from refprep.reports import printable
from refprep.reports.parts import REMOTE, UNCHANGED, outcome, tally

COLORS = {"error": 31, "warning": 33, "info": 36, "pass": 32, "fail": 31, "name": 1}
"ANSI SGR codes."
CHANNELS = {None: "unknown channels", 1: "mono", 2: "stereo"}
UNCHECKED = (
    "Not checked: moderation, real faces, whether a URL answers, whether the limits have changed."
)
Paint = Callable[[str, str], str]


def render(result: Result, *, color: bool = False) -> str:
    """A report, a plan, or the result of fix or pack.

    Args:
        result: What a verb returned.
        color: True for a terminal: ANSI escapes for levels, names and the verdict.
    """
    paint = _ansi if color else _bare
    match result:
        case Report():
            blocks = [_measured(reference, result.findings, paint) for reference in result.media]
        case Plan():
            blocks = [_planned(plan, paint) for plan in result.files]
        case FixResult():
            blocks = [_prepared(file, paint) for file in result.prepared]
            blocks += [_remote(media, paint) for media in result.remote]
        case _:
            raise TypeError(type(result).__name__)
    media = result.media if isinstance(result, Report) else ()
    sources = {str(reference.source) for reference in media}
    rest = [finding for finding in result.findings if finding.source not in sources]
    return "\n\n".join([*blocks, *_rest(rest, paint), _verdict(result, paint)])


def probed(references: Iterable[Reference], *, color: bool = False) -> str:
    """The facts of some files, a line each."""
    paint = _ansi if color else _bare
    return "\n".join(
        f"{paint('name', printable(reference.source))}  {facts(reference.media)}"
        for reference in references
    )


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


def _measured(reference: Reference, findings: Sequence[Finding], paint: Paint) -> str:
    key = (reference.slot, str(reference.source))
    own = [finding for finding in findings if (finding.slot, finding.source) == key]
    head = _head(reference.slot, reference.source, paint)
    return "\n".join([f"{head}  {facts(reference.media)}", *_lines(own, paint)])


def _planned(plan: FilePlan, paint: Paint) -> str:
    steps = [f"{step} ({step.cost})" for step in plan.steps]
    rows = [
        _head(plan.reference.slot, plan.reference.source, paint),
        f"  before  {facts(plan.reference.media)}",
        *_steps(steps, outcome(plan)),
    ]
    return "\n".join(rows + [f"  after   {facts(plan.predicted.media)} at most"] * bool(steps))


def _prepared(file: Prepared, paint: Paint) -> str:
    steps = [f"{step} ({step.cost})" for step in file.steps]
    head = _head(file.slot, file.source, paint)
    rows = [
        f"{head} -> {printable(file.path)}",
        f"  before  {facts(file.before)}",
        *_steps(steps, UNCHANGED),
        f"  after   {facts(file.after)}",
    ]
    return "\n".join(rows)


def _remote(media: Remote, paint: Paint) -> str:
    head = _head(media.slot, media.source, paint)
    return f"{head}\n  before  {facts(media.media)}\n" + "\n".join(_steps([], REMOTE))


def _steps(steps: list[str], otherwise: str) -> Iterator[str]:
    for place, step in enumerate(steps or [otherwise]):
        yield f"  {'steps' if place == 0 else '':7} {step}"


def _rest(findings: list[Finding], paint: Paint) -> Iterator[str]:
    """The findings that are in no block above, under the files that they are about."""
    for source in dict.fromkeys(finding.source for finding in findings):
        own = [finding for finding in findings if finding.source == source]
        head = paint("name", "the request") if source is None else _head(own[0].slot, source, paint)
        yield "\n".join([head, *_lines(own, paint)])


def _head(slot: str | None, source: object, paint: Paint) -> str:
    return paint("name", "  ".join(filter(None, (printable(source), slot))))


def _lines(findings: Iterable[Finding], paint: Paint) -> Iterator[str]:
    for finding in findings:
        yield f"  {paint(finding.level, f'{finding.level:7}')} {finding.rule:20} {finding.message}"
        if finding.repair:
            yield f"  {'':28} -> {finding.repair}"


def _verdict(result: Result, paint: Paint) -> str:
    counts = tally(result)
    if not result.findings and isinstance(result, VerifyResult):
        counts = f"{printable(result.path)} is unchanged since packing"
    elif not result.findings and not isinstance(result, Report):
        counts = "no findings left"
    bundle = ""
    if isinstance(result, Bundle):
        path = result.path
        bundle = f"\nbundle: {printable(path)}" if path else "; no bundle was written"
    verdict = paint(result.verdict, result.verdict.upper())
    return f"{verdict}  {counts}; {result.envelope}{bundle}\n{UNCHECKED}"


def _ansi(style: str, text: str) -> str:
    return f"\x1b[{COLORS[style]}m{text}\x1b[0m"


def _bare(style: str, text: str) -> str:
    return text
