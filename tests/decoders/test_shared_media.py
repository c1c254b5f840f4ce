"""Real media of other projects: the facts agree with what independent tools have measured."""

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
"The manifest's states of files from which nothing comes."
DAMAGED = "decodes-with-errors"
"The state of files that one may take or leave."
EXPLAINED = {
    (
        "D048",
        "frame_rate",
    ): "27 frames in 1.12 s, one of them shown twice as long; 25 is its header's",
    ("D070", "duration"): "MP3 packets, whose encoder delay and padding the manifest leaves out",
    ("D088", "duration"): "MP3 packets, whose encoder delay and padding the manifest leaves out",
    ("D077", "readable"): "an Amiga ILBM picture named .aiff, which no provider and no peer takes",
}
"Where refprep differs from the manifest's headline, and why."


@cache
def manifest(folder: Path) -> list[dict[str, Any]]:
    described: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text())
    return described


@pytest.fixture(scope="module")
def report(shared_media: Path) -> refprep.Report:
    files = [shared_media / one["file"] for one in manifest(shared_media)]
    return check(files, each=True)


def test_every_file_is_answered_for_in_one_run(report: refprep.Report, shared_media: Path) -> None:
    told = {Path(reference.source.path).name for reference in report.media}
    assert told == {path.name for path in (shared_media / "files").iterdir()}


def test_each_broken_file_has_an_error(report: refprep.Report, shared_media: Path) -> None:
    broken = {
        shared_media / one["file"]
        for one in manifest(shared_media)
        if one["truth"]["status"] in UNREADABLE and (one["id"], "readable") not in EXPLAINED
    }
    found = {Path(f.source) for f in report.findings if f.source and f.level == "error"}
    assert broken - found == set()


def test_the_facts_are_those_of_the_manifest_or_explained(
    report: refprep.Report, shared_media: Path
) -> None:
    facts = {reference.source.path.name: reference.media for reference in report.media}
    differing = {
        (one["id"], name): f"{ours} is not {theirs}"
        for one in manifest(shared_media)
        for name, ours, theirs in differences(facts[Path(one["file"]).name], one["truth"])
    }
    assert {key: said for key, said in differing.items() if key not in EXPLAINED} == {}
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


def compared(media: Any, told: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    match media:
        case Image():
            yield "format", media.format, FORMATS.get(told["format"], told["format"])
            yield "width", media.width, told["display_width"]
            yield "height", media.height, told["display_height"]
            yield "frames", media.frames, told["frames"]
            yield "alpha", media.alpha, told["alpha"]
        case Video():
            yield from picture(media, told["video"])
            yield from sound(media, told.get("audio"))
            lengths = [told[one]["duration"] for one in ("video", "audio") if one in told]
            yield "duration", media.duration, max(lengths)
        case Audio():
            yield from sound(media, told.get("audio"))
            yield "duration", media.duration, told["audio"]["duration"]


def picture(media: Video, told: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    yield "video_codec", media.video_codec, told["codec"]
    yield "rotation", media.rotation, told["rotation_cw"]
    sides = (media.coded_width, media.coded_height)  # the manifest leaves sample aspect out
    turned = sides if media.rotation % 180 == 0 else sides[::-1]
    yield "dimensions", turned, (told["display_width"], told["display_height"])
    yield "frame_rate", media.frame_rate, told["frame_rate"]


def sound(media: Video | Audio, told: dict[str, Any] | None) -> Iterator[tuple[str, Any, Any]]:
    told = told or {"codec": None, "channels": None, "sample_rate": None}
    yield "audio_codec", media.audio_codec, told["codec"]
    yield "channels", media.channels, told["channels"]
    yield "sample_rate", media.sample_rate, told["sample_rate"]
