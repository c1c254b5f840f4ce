"""Made results of every verb, with names as hostile as a file system allows."""

from pathlib import Path
from typing import Any

from refprep import planning
from refprep.finding import Finding, Report, Result
from refprep.lineup import Entry
from refprep.media import Media, Unread
from refprep.planning import Plan
from refprep.planning.steps import Encode, Scale
from refprep.prepared import Bundle, Fixed, Prepared, Verified
from refprep.source import Source, Window
from tests.made import ENVELOPE, clip, image, lineup, sound

HOSTILE = (
    "a\nb.jpg", "a\r\n::warning::b.jpg", "::error file=x::y.jpg", "a,b:c.jpg", "100%.jpg",
    "100%0A%25.jpg", "a|b.jpg", "a\\|b\\.jpg", "a``b`.jpg", "`.jpg", "<b>&amp;<!--.jpg",
    "]]>.jpg", "\u202egpj.exe", "\u05e9\u05dc\u05d5\u05dd.jpg", "\U0001f57a.jpg", "\udcff.jpg",
    "\x07\x1b[31mred.jpg", " a  b .jpg", "-dash.jpg", "@octocat.jpg", "#1.jpg", "[x](y).jpg",
    "*b* _i_ ~~s~~.jpg", "\u2028.jpg", "\ufffe.jpg", "deep/er/\xe9.jpg", "a'b\"c.jpg",
    "https:x.jpg", "$x$.jpg", ":smile:.jpg",
)  # fmt: skip
"Names that end lines, commands, cells, tags or strings where nobody escapes them."
UNREAD = Unread(reason="the file is empty: it holds 0 bytes", bytes=0)


def entry(name: str, media: Media | Unread | None = None, slot: str | None = "image1") -> Entry:
    return Entry(slot=slot, source=Source(path=Path(name)), media=media or image())


def finding(source: str | None = "hero.png", **said: Any) -> Finding:
    known = {
        "rule": "image-side", "level": "error", "slot": "image1" if source else None,
        "message": "113 x 150 pixels; oxen-seedance-2.0 takes 300 to 6,000 on each side",
        "actual": (113, 150), "required": {"min": 300, "max": 6000},
        "repair": "scale to 300x398 (near)",
    }  # fmt: skip
    return Finding(source=source, **{**known, **said})


def report(*findings: Finding, media: tuple[Entry, ...] = (), **said: Any) -> Report:
    return Report(envelope="oxen-seedance-2.0", findings=findings, media=media, **said)


def named(name: str) -> Report:
    """An error about a file of this name."""
    return report(finding(name), media=(entry(name),))


def all_kinds() -> Report:
    """A picture, a window of a clip, a sound, something unreadable; a finding of each level."""
    cut = Source(path=Path("dance.mov"), window=Window(start=3, end=9))
    media = (
        entry("hero.png"),
        Entry(slot="video1", source=cut, media=clip(), window=cut.window),
        entry("voice.wav", sound(), "audio1"),
        entry("empty.jpg", UNREAD, None),
    )
    return report(
        finding(),
        finding("dance.mov#t=3,9", rule="video-fps", level="warning", slot="video1"),
        finding("empty.jpg", rule="file-unreadable", slot=None, repair=None, actual=None),
        finding(
            None, rule="unused-reference", level="info", message="@Audio1 is not in the prompt"
        ),
        media=media,
    )


def planned() -> Plan:
    """A real plan, for nothing is opened to make one."""
    return planning.plan(
        lineup(image(width=200, height=300), clip(seconds=40.0), sound()), ENVELOPE
    )


def prepared(name: str = "hero.png") -> Prepared:
    steps = (Scale(width=300, height=398), Encode(format="PNG", bytes=9_000_000))
    return Prepared(
        slot="image1", source=name, source_sha256="0" * 64, path=Path("out") / Path(name).name,
        sha256="1" * 64, steps=steps, before=image(width=113, height=150), after=image(),
    )  # fmt: skip


def fixed(*findings: Finding, name: str = "hero.png") -> Fixed:
    return Fixed(envelope="oxen-seedance-2.0", findings=findings, prepared=(prepared(name),))


def bundle() -> Bundle:
    return Bundle(envelope="oxen-seedance-2.0", prepared=(prepared(),), path=Path("out"))


def refused() -> Bundle:
    """A bundle that has not been written, for an error is left."""
    return Bundle(envelope="oxen-seedance-2.0", findings=(finding(),), prepared=())


def verified() -> Verified:
    """A bundle in which a file has changed, one is gone, and the request was edited."""
    known = {"slot": "video1", "repair": "pack it anew"}
    return Verified(
        envelope="oxen-seedance-2.0",
        findings=(
            finding(
                "out/media/image1.jpg", rule="bundle-changed", actual="1" * 64, required="0" * 64
            ),
            finding("out/media/video1.mp4", rule="bundle-missing", actual=None, **known),
            finding(
                "out/request.json", rule="request-edited", slot=None, actual=["seed 7 is added"]
            ),
        ),
        media=(entry("out/media/image1.jpg"),),
        path=Path("out"),
    )


def every() -> dict[str, Result]:
    """Results of every verb."""
    return {
        "clean": report(media=(entry("hero.png"),)),
        "report": all_kinds(),
        "plan": planned(),
        "fixed": fixed(finding(level="warning")),
        "bundle": bundle(),
        "refused": refused(),
        "verified": verified(),
        "nothing": report(),
    }
