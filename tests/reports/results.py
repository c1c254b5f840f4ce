"""Results of every verb, with file names as hostile as a file system allows."""

from pathlib import Path
from typing import Any

from refprep import planner
from refprep.models.bundle import Bundle, FixResult, Prepared, Remote, VerifyResult
from refprep.models.finding import Finding, Report, Result
from refprep.models.media import Media, Unchecked, Unreadable
from refprep.models.plan import Plan
from refprep.models.reference import Reference
from refprep.models.source import Source, Window
from refprep.models.steps import Encode, Scale
from tests.examples import ENVELOPE, audio, image, reference_set, video

HOSTILE = (
    "a\nb.jpg", "a\r\n::warning::b.jpg", "::error file=x::y.jpg", "a,b:c.jpg", "100%.jpg",
    "100%0A%25.jpg", "a|b.jpg", "a\\|b\\.jpg", "a``b`.jpg", "`.jpg", "<b>&amp;<!--.jpg",
    "]]>.jpg", "\u202egpj.exe", "\u05e9\u05dc\u05d5\u05dd.jpg", "\U0001f57a.jpg", "\udcff.jpg",
    "\x07\x1b[31mred.jpg", " a  b .jpg", "-dash.jpg", "@octocat.jpg", "#1.jpg", "[x](y).jpg",
    "*b* _i_ ~~s~~.jpg", "\u2028.jpg", "\ufffe.jpg", "deep/er/\xe9.jpg", "a'b\"c.jpg",
    "https:x.jpg", "$x$.jpg", ":smile:.jpg",
)  # fmt: skip
"Names that end lines, commands, cells, tags or strings where they are not escaped."
UNREADABLE = Unreadable(reason="the file is empty: it holds 0 bytes", size=0)


def reference(
    name: str, media: Media | Unreadable | None = None, slot: str | None = "image1"
) -> Reference:
    return Reference(slot=slot, source=Source(path=Path(name)), media=media or image())


def finding(source: str | None = "hero.png", **fields: Any) -> Finding:
    defaults = {
        "rule": "image-dimensions", "level": "error", "slot": "image1" if source else None,
        "message": "113 x 150 pixels; oxen-seedance-2.0 takes 300 to 6,000 pixels on each side",
        "actual": (113, 150), "required": {"min": 300, "max": 6000},
        "repair": "scale to 300x398 (lossy)",
    }  # fmt: skip
    return Finding(source=source, **{**defaults, **fields})


def report(*findings: Finding, media: tuple[Reference, ...] = (), **fields: Any) -> Report:
    return Report(envelope="oxen-seedance-2.0", findings=findings, media=media, **fields)


def named(name: str) -> Report:
    """An error about a file of this name."""
    return report(finding(name), media=(reference(name),))


def all_kinds() -> Report:
    """An image, part of a video, audio, an unreadable file, a URL; a finding of each level."""
    part = Source(path=Path("dance.mov"), window=Window(start=3, end=9))
    media = (
        reference("hero.png"),
        Reference(slot="video1", source=part, media=video(), window=part.window),
        reference("voice.wav", audio(), "audio1"),
        reference("empty.jpg", UNREADABLE, None),
        Reference(slot="image2", source=Source(url="https://x.org/a.png"), media=Unchecked()),
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
    """A real plan: planning opens no file."""
    return planner.plan(
        reference_set(image(width=200, height=300), video(duration=40.0), audio()), ENVELOPE
    )


def prepared(name: str = "hero.png") -> Prepared:
    steps = (Scale(width=300, height=398), Encode(format="PNG", max_size=9_000_000))
    return Prepared(
        slot="image1", source=name, source_sha256="0" * 64, path=Path("out") / Path(name).name,
        sha256="1" * 64, steps=steps, before=image(width=113, height=150), after=image(),
    )  # fmt: skip


def fixed(*findings: Finding, name: str = "hero.png") -> FixResult:
    return FixResult(envelope="oxen-seedance-2.0", findings=findings, prepared=(prepared(name),))


def bundle() -> Bundle:
    """A bundle of a written file, and of an image that stays at its URL."""
    url = "https://x.org/a.png"
    remote = Remote(slot="image2", source=url, url=url, sha256=None, size=None, media=Unchecked())
    return Bundle(
        envelope="oxen-seedance-2.0", prepared=(prepared(),), remote=(remote,), path=Path("out")
    )


def not_written() -> Bundle:
    """A bundle that was not written, because an error is left."""
    return Bundle(envelope="oxen-seedance-2.0", findings=(finding(),), prepared=())


def verified() -> VerifyResult:
    """A bundle in which a file has changed, one is gone, and the request was edited."""
    fields = {"slot": "video1", "repair": "pack it again"}
    return VerifyResult(
        envelope="oxen-seedance-2.0",
        findings=(
            finding(
                "out/media/image1.jpg", rule="bundle-changed", actual="1" * 64, required="0" * 64
            ),
            finding("out/media/video1.mp4", rule="bundle-missing", actual=None, **fields),
            finding(
                "out/request.json", rule="request-edited", slot=None, actual=["seed 7 is added"]
            ),
        ),
        media=(reference("out/media/image1.jpg"),),
        path=Path("out"),
    )


def every() -> dict[str, Result]:
    """Results of every verb."""
    return {
        "clean": report(media=(reference("hero.png"),)),
        "report": all_kinds(),
        "plan": planned(),
        "fixed": fixed(finding(level="warning")),
        "bundle": bundle(),
        "not written": not_written(),
        "verified": verified(),
        "no findings": report(),
    }
