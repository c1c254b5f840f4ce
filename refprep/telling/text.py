"""Text for people: what was measured, what is asked, and the remedy on a line of its own."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from refprep.finding import Finding, Report, Result
from refprep.limits import number
from refprep.lineup import Entry
from refprep.media import Audio, Image, Media, Unread, Video
from refprep.planning import FilePlan, Plan
from refprep.prepared import Bundle, Fixed, Prepared, Verified
from refprep.telling import shown

COLOURS = {"error": 31, "warning": 33, "info": 36, "pass": 32, "fail": 31, "name": 1}
"ANSI SGR codes."
CHANNELS = {None: "unknown channels", 1: "mono", 2: "stereo"}
UNCHECKED = (
    "Not checked: moderation, real faces, whether a URL answers, whether the limits have changed."
)
Paint = Callable[[str, str], str]


def tell(result: Result, *, colour: bool = False) -> str:
    """A report, a plan, or what fix or pack wrote."""
    paint = _ansi if colour else _bare
    match result:
        case Report():
            blocks = [_measured(entry, result.findings, paint) for entry in result.media]
        case Plan():
            blocks = [_planned(plan, paint) for plan in result.plans]
        case Fixed():
            blocks = [_prepared(file, paint) for file in result.prepared]
        case _:
            raise TypeError(type(result).__name__)
    told = {str(e.source) for e in result.media} if isinstance(result, Report) else set()
    rest = [finding for finding in result.findings if finding.source not in told]
    return "\n\n".join([*blocks, *_rest(rest, paint), _close(result, paint)])


def probed(entries: Iterable[Entry], *, colour: bool = False) -> str:
    """The facts of some files, a line each."""
    paint = _ansi if colour else _bare
    return "\n".join(f"{paint('name', shown(e.source))}  {facts(e.media)}" for e in entries)


def facts(media: Media | Unread) -> str:
    """`MOV h264+aac, 1080 x 1920, 12.5 s, 30 fps, 24.1 MB`."""
    match media:
        case Unread():
            return f"not readable: {media.reason}"
        case Image():
            known = [f"{media.width:,} x {media.height:,}", media.colour]
        case Video():
            known = [
                f"{media.width:,} x {media.height:,}",
                *_times(media),
                f"{number(media.fps)} fps",
            ]
        case Audio():
            known = [
                *_times(media),
                f"{number(media.sample_rate)} Hz",
                CHANNELS.get(media.channels, f"{media.channels} channels"),
            ]
    return ", ".join([_coding(media), *known, _size(media.bytes)])


def _coding(media: Image | Video | Audio) -> str:
    codecs = [getattr(media, "video_codec", None), getattr(media, "audio_codec", None)]
    return " ".join([media.format, "+".join(filter(None, codecs))]).strip()


def _times(media: Video | Audio) -> list[str]:
    return ["unknown length" if media.seconds is None else f"{media.seconds:.6g} s"]


def _size(size: int) -> str:
    for unit, scale in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} bytes"


def _measured(entry: Entry, findings: Sequence[Finding], paint: Paint) -> str:
    own = [f for f in findings if (f.slot, f.source) == (entry.slot, str(entry.source))]
    head = _head(entry.slot, entry.source, paint)
    return "\n".join([f"{head}  {facts(entry.media)}", *_lines(own, paint)])


def _planned(plan: FilePlan, paint: Paint) -> str:
    steps = [f"{step} ({step.cost})" for step in plan.steps]
    rows = [
        _head(plan.entry.slot, plan.entry.source, paint),
        f"  before  {facts(plan.entry.media)}",
        *_steps(steps, bool(plan.entry.media.kind)),
    ]
    return "\n".join(rows + [f"  after   {facts(plan.predicted.media)} at most"] * bool(steps))


def _prepared(file: Prepared, paint: Paint) -> str:
    steps = [f"{step} ({step.cost})" for step in file.steps]
    head = _head(file.slot, file.source, paint)
    rows = [
        f"{head} -> {shown(file.path)}",
        f"  before  {facts(file.before)}",
        *_steps(steps, True),
        f"  after   {facts(file.after)}",
    ]
    return "\n".join(rows)


def _steps(steps: list[str], usable: bool) -> Iterator[str]:
    kept = "the same bytes" if usable else "nothing can be done"
    for place, step in enumerate(steps or [kept]):
        yield f"  {'steps' if place == 0 else '':7} {step}"


def _rest(findings: list[Finding], paint: Paint) -> Iterator[str]:
    """Findings that no block above has told, under the file that they are about."""
    for source in dict.fromkeys(finding.source for finding in findings):
        own = [finding for finding in findings if finding.source == source]
        head = paint("name", "the request") if source is None else _head(own[0].slot, source, paint)
        yield "\n".join([head, *_lines(own, paint)])


def _head(slot: str | None, source: object, paint: Paint) -> str:
    return paint("name", "  ".join(filter(None, (shown(source), slot))))


def _lines(findings: Iterable[Finding], paint: Paint) -> Iterator[str]:
    for finding in findings:
        yield f"  {paint(finding.level, f'{finding.level:7}')} {finding.rule:20} {finding.message}"
        if finding.repair:
            yield f"  {'':28} -> {finding.repair}"


def _close(result: Result, paint: Paint) -> str:
    levels = [finding.level for finding in result.findings]
    counts = ", ".join(
        f"{levels.count(level)} {level}{'s' * (levels.count(level) > 1)}"
        for level in ("error", "warning")
        if level in levels
    )
    verdict = f"{paint(result.verdict, result.verdict.upper())}  {counts or _nothing(result)}"
    bundle = f"\nbundle: {shown(result.path)}" if isinstance(result, Bundle) and result.path else ""
    nothing = isinstance(result, Bundle) and not result.path
    return f"{verdict}; {result.envelope}{bundle}{'; no bundle was written' * nothing}\n{UNCHECKED}"


def _nothing(result: Result) -> str:
    if isinstance(result, Verified):
        return f"{shown(result.path)} is as it was packed"
    return "nothing to mend" if isinstance(result, Report) else "nothing is left"


def _ansi(style: str, text: str) -> str:
    return f"\x1b[{COLOURS[style]}m{text}\x1b[0m"


def _bare(style: str, text: str) -> str:
    return text
