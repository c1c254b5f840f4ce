"""Real media of other projects: refprep's verdicts are those of another reading of their manifest.

That reading knows section 1 of the founding page and what independent tools measured, and nothing
of refprep: which files the page refuses, and by which of its limits.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import refprep

Told = dict[str, set[str]]
"""What each file is refused for, by its id in the manifest."""
TAKEN = {"image": ("JPEG", "PNG", "WEBP", "APNG"), "video": ("MP4", "MOV"), "audio": ("MP3", "WAV")}
"""Formats as ExifTool names them; an APNG is a PNG, an MPO a JPEG."""
HEAVIEST = {"image": 31_457_280, "video": 52_428_799, "audio": 15_728_640}
"""Bytes, in the generous reading: beyond it an error."""
UNREADABLE = ("unreadable", "nothing-decodes", "too-large-to-decode")
BROKEN = (*UNREADABLE, "damaged", "decodes-with-errors")
"""States in which decoding the whole file must find something."""
DOUBTS = ("file-unreadable", "file-truncated", "file-corrupt")
"""The rules that say so."""
EXPLAINED = {
    "D014": "an AVIF that no reader here opens; the manifest has its size from another one",
    "D047": "declares 17.6 s and holds 7.6; the manifest counts only what decodes of it",
    "D051": "declares 3,900 s and holds 8; the manifest counts only what is there",
    "D054": "its one frame, of 596 s, is refused for its size and length before it is decoded",
    "D077": "an Amiga ILBM picture named .aiff, which no provider takes and refprep does not read",
}
"""Where the verdicts on headers and packets differ from the other reading, and why."""
EXCUSED = {
    "D042": "ffmpeg complains of timestamps that itself has rounded; each of its frames decodes",
    "D051": "declares 3,900 s and holds 8, which decode",
    "D077": "an Amiga ILBM picture named .aiff, which refprep does not read",
}
"""Where decoding finds nothing in a broken file, or something in a good one, and why."""


def manifest(folder: Path) -> list[dict[str, Any]]:
    described: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return described


def kind(described: dict[str, Any]) -> str:
    """What a provider would take it for: a film without a picture is a sound."""
    truth = described["truth"]
    if described["kind"] == "image":
        return "image"
    return "video" if truth["streams"]["video"] else "audio"


def refusals(described: dict[str, Any]) -> Iterator[str]:
    """The limits of the founding page that a file breaks, by the manifest alone."""
    truth, what = described["truth"], kind(described)
    if truth["status"] in UNREADABLE:
        yield "file"
        return
    if truth["exiftool_filetype"] not in TAKEN[what]:
        yield "format"
    if described["size"] > HEAVIEST[what]:
        yield "size"
    if what == "video" and not 409_600 <= pixels(truth["video"]) <= 927_408:
        yield "pixels"
    if what != "image" and not (2 if what == "video" else 0) <= seconds(truth["headline"]) <= 15:
        yield "duration"


def pixels(video: dict[str, Any]) -> int:
    """The area as displayed."""
    return int(video["display_sar_width"] * video["display_sar_height"])


def seconds(headline: dict[str, Any]) -> float:
    """The longest of what is seen and heard; where nobody knows, nothing."""
    told = [headline[one]["duration"] for one in ("video", "audio") if one in headline]
    return max((one for one in told if one is not None), default=0.0)


def found(folder: Path, rules: tuple[str, ...] = (), *, quick: bool) -> Told:
    """The rules that refprep finds broken, by file: all errors, or whatever `rules` say."""
    files = {str(folder / one["file"]): one["id"] for one in manifest(folder)}
    report = refprep.check(files, each=True, quick=quick)
    told: Told = {name: set() for name in files.values()}
    for finding in report.findings:
        if finding.rule in rules or (not rules and finding.level == "error"):
            told[files[str(finding.source)]].add(finding.rule)
    return told


def limit(rule: str) -> str:
    """`seconds` for `video-total-duration`; `file` for what says that it cannot be read."""
    return "file" if rule.startswith("file-") else rule.rpartition("-")[2]


@pytest.fixture(scope="module")
def differing(shared_media: Path) -> dict[str, str]:
    """Files whose refusals differ from those of the other reading: theirs, then refprep's."""
    ours = found(shared_media, quick=True)
    read = {one["id"]: set(refusals(one)) for one in manifest(shared_media)}
    told = {name: {limit(rule) for rule in rules} for name, rules in ours.items()}
    return {
        name: f"{sorted(read[name])}, not {sorted(told[name])}"
        for name in read
        if read[name] != told[name]
    }


def test_the_verdicts_are_those_of_the_manifest_or_explained(differing: dict[str, str]) -> None:
    assert {name: said for name, said in differing.items() if name not in EXPLAINED} == {}


def test_every_explanation_is_needed(differing: dict[str, str]) -> None:
    assert set(EXPLAINED) - set(differing) == set()


def test_the_other_reading_both_takes_and_refuses(shared_media: Path) -> None:
    refused = {one["id"] for one in manifest(shared_media) if any(refusals(one))}
    assert 20 < len(refused) < len(manifest(shared_media)) - 20


def test_decoding_doubts_the_broken_files_and_no_others(shared_media: Path) -> None:
    doubted = {name for name, rules in found(shared_media, DOUBTS, quick=False).items() if rules}
    broken = {one["id"] for one in manifest(shared_media) if one["truth"]["status"] in BROKEN}
    assert doubted ^ broken == set(EXCUSED)
