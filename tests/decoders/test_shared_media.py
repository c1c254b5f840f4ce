"""Real media of other projects: the facts agree with what independent tools measure."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import refprep
from refprep.api import check
from refprep.models.media import Audio, Image, Unreadable, Video

SLACK = 0.06
"Seconds: an audio packet and a video frame and a half."
FORMATS = {"MPO": "MPO", "HEIF": "HEIF", "WEBP": "WebP", "JPEG2000": "JPEG 2000"}
UNREADABLE = {"unreadable", "nothing-decodes", "too-large-to-decode", "damaged"}
"The manifest's states of files of which nothing decodes."
DAMAGED = "decodes-with-errors"
"The state of files that may count as readable or not."
EXPLAINED = {
    ("D026", "readable"): "bad Huffman codes: nine tenths of the picture are one color",
    ("D048", "frame_rate"): "27 frames in 1.12 s, one of twice the duration; 25 is its header's",
    ("D070", "duration"): "MP3 packets, whose encoder delay and padding the manifest leaves out",
    ("D088", "duration"): "MP3 packets, whose encoder delay and padding the manifest leaves out",
    (
        "D077",
        "readable",
    ): "an Amiga ILBM picture named .aiff, which no provider and no peer accepts",
}
"Where refprep differs from the manifest's headline, and why."


@cache
def manifest(folder: Path) -> list[dict[str, Any]]:
    described: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text())
    return described


@pytest.fixture(scope="module")
def report(shared_media: Path) -> refprep.Report:
    files = [shared_media / row["file"] for row in manifest(shared_media)]
    return check(files, each=True)


def test_every_file_has_facts_or_a_finding_after_one_run(
    report: refprep.Report, shared_media: Path
) -> None:
    reported = {reference.source.name for reference in report.media}
    assert reported == {path.name for path in (shared_media / "files").iterdir()}


def test_each_broken_file_has_an_error(report: refprep.Report, shared_media: Path) -> None:
    broken = {
        shared_media / row["file"]
        for row in manifest(shared_media)
        if row["truth"]["status"] in UNREADABLE and (row["id"], "readable") not in EXPLAINED
    }
    found = {Path(f.source) for f in report.findings if f.source and f.level == "error"}
    assert broken - found == set()


def test_the_facts_are_those_of_the_manifest_or_explained(
    report: refprep.Report, shared_media: Path
) -> None:
    facts = {reference.source.name: reference.media for reference in report.media}
    differing = {
        (row["id"], name): f"{ours} is not {theirs}"
        for row in manifest(shared_media)
        for name, ours, theirs in differences(facts[Path(row["file"]).name], row["truth"])
    }
    assert {key: text for key, text in differing.items() if key not in EXPLAINED} == {}
    assert set(EXPLAINED) - set(differing) == set()


def differences(media: Any, truth: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """The facts that differ: name, ours, theirs."""
    readable = not isinstance(media, Unreadable) and not getattr(media, "decode_error", None)
    broken = truth["status"] in UNREADABLE
    if broken or not readable:
        if readable == broken and truth["status"] != DAMAGED:
            yield "readable", readable, not broken
        return
    for name, ours, theirs in compared(media, truth["headline"]):
        near = isinstance(ours, float) and abs(ours - theirs) <= SLACK
        if ours != theirs and not near:
            yield name, ours, theirs


def compared(media: Any, truth: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    match media:
        case Image():
            yield "format", media.format, FORMATS.get(truth["format"], truth["format"])
            yield "width", media.width, truth["display_width"]
            yield "height", media.height, truth["display_height"]
            yield "frames", media.frames, truth["frames"]
            yield "alpha", media.alpha, truth["alpha"]
        case Video():
            yield from video(media, truth["video"])
            yield from audio(media, truth.get("audio"))
            lengths = [truth[kind]["duration"] for kind in ("video", "audio") if kind in truth]
            yield "duration", media.duration, max(lengths)
        case Audio():
            yield from audio(media, truth.get("audio"))
            yield "duration", media.duration, truth["audio"]["duration"]


def video(media: Video, truth: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    yield "video_codec", media.video_codec, truth["codec"]
    yield "rotation", media.rotation, truth["rotation_cw"]
    sides = (media.coded_width, media.coded_height)  # the manifest leaves sample aspect out
    displayed = sides if media.rotation % 180 == 0 else sides[::-1]
    yield "dimensions", displayed, (truth["display_width"], truth["display_height"])
    yield "frame_rate", media.frame_rate, truth["fps"]


def audio(media: Video | Audio, truth: dict[str, Any] | None) -> Iterator[tuple[str, Any, Any]]:
    truth = truth or {"codec": None, "channels": None, "sample_rate": None}
    yield "audio_codec", media.audio_codec, truth["codec"]
    yield "channels", media.channels, truth["channels"]
    yield "sample_rate", media.sample_rate, truth["sample_rate"]
