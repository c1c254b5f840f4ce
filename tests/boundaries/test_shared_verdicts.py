"""Real media of other projects: refprep's verdicts agree with an independent judgment.

That judgment reads the provider's page and what independent tools measured, and nothing of refprep:
which files the page refuses, and by which of its limits.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import refprep

Refusals = dict[str, set[str]]
"What each file is refused for, by its id in the manifest."
ACCEPTED = {
    "image": ("JPEG", "PNG", "WEBP", "APNG"),
    "video": ("MP4", "MOV"),
    "audio": ("MP3", "WAV"),
}
"Formats as ExifTool names them; an APNG is a PNG, an MPO a JPEG."
MAX_SIZE = {"image": 31_457_280, "video": 52_428_799, "audio": 15_728_640}
"Bytes, in the lenient reading: beyond it is an error."
UNREADABLE = ("unreadable", "nothing-decodes", "too-large-to-decode")
BROKEN = (*UNREADABLE, "damaged", "decodes-with-errors")
"States in which decoding the whole file must find something."
DAMAGE = (
    "file-unreadable",
    "file-read-error",
    "file-crashes",
    "file-too-big",
    "file-truncated",
    "file-corrupt",
)
"The rules about such files."
EXPLAINED = {
    "D014": "an AVIF that no decoder here opens; the manifest has its dimensions from another one",
    "D047": "declares 17.6 s and holds 7.6; the manifest counts only what decodes of it",
    "D051": "declares 3,900 s and holds 8; the manifest counts only what is there",
    "D054": "its one frame, of 596 s, is refused for its size and length before it is decoded",
    "D077": "an Amiga ILBM image named .aiff, which no provider takes and refprep does not read",
}
"Where the verdicts on headers and packets differ from the judgment, and why."
EXCUSED = {
    "D026": "bad Huffman codes, of which other tools only warn; nine tenths are one color",
    "D042": "ffmpeg reports timestamps that it has rounded itself; all frames decode",
    "D051": "declares 3,900 s and holds 8, which decode",
    "D086": "a FLAC whose header counts 39,842 of its 109,487 samples: a warning",
    "D077": "an Amiga ILBM image named .aiff, which refprep does not read",
}
"Where decoding finds nothing in a broken file, or something in a good file, and why."

pytestmark = pytest.mark.slow


def manifest(folder: Path) -> list[dict[str, Any]]:
    described: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return described


def kind(described: dict[str, Any]) -> str:
    """The kind that a provider sees: a video container without a video stream is audio."""
    truth = described["truth"]
    if described["kind"] == "image":
        return "image"
    return "video" if truth["streams"]["video"] else "audio"


def refusals(described: dict[str, Any]) -> Iterator[str]:
    """The limits of the provider's page that a file breaks, by the manifest alone."""
    truth, its_kind = described["truth"], kind(described)
    if truth["status"] in UNREADABLE:
        yield "file"
        return
    if truth["exiftool_filetype"] not in ACCEPTED[its_kind]:
        yield "format"
    if described["bytes"] > MAX_SIZE[its_kind]:
        yield "size"
    if its_kind == "video" and not 409_600 <= pixels(truth["video"]) <= 927_408:
        yield "pixels"
    shortest = 2 if its_kind == "video" else 0
    if its_kind != "image" and not shortest <= duration(truth["headline"]) <= 15:
        yield "duration"


def pixels(video: dict[str, Any]) -> int:
    """The area as displayed."""
    return int(video["display_sar_width"] * video["display_sar_height"])


def duration(headline: dict[str, Any]) -> float:
    """Seconds of the longest stream; 0 where they are unknown."""
    streams = [headline[name]["duration"] for name in ("video", "audio") if name in headline]
    return max((seconds for seconds in streams if seconds is not None), default=0.0)


def found(folder: Path, rules: tuple[str, ...] = (), *, quick: bool) -> Refusals:
    """The rules that refprep finds broken, by file: all errors, or all findings of `rules`."""
    files = {str(folder / row["file"]): row["id"] for row in manifest(folder)}
    report = refprep.check(files, each=True, quick=quick)
    broken: Refusals = {name: set() for name in files.values()}
    for finding in report.findings:
        if finding.rule in rules or (not rules and finding.level == "error"):
            broken[files[str(finding.source)]].add(finding.rule)
    return broken


def limit(rule: str) -> str:
    """`duration` for `video-total-duration`; `file` where the file cannot be read."""
    return "file" if rule.startswith("file-") else rule.rpartition("-")[2]


@pytest.fixture(scope="module")
def differing(shared_media: Path) -> dict[str, str]:
    """Files that the judgment refuses for other limits than refprep: its limits, refprep's."""
    broken = found(shared_media, quick=True)
    ours = {name: {limit(rule) for rule in rules} for name, rules in broken.items()}
    theirs = {row["id"]: set(refusals(row)) for row in manifest(shared_media)}
    return {
        name: f"{sorted(theirs[name])}, not {sorted(ours[name])}"
        for name in theirs
        if theirs[name] != ours[name]
    }


def test_the_verdicts_are_those_of_the_manifest_or_explained(differing: dict[str, str]) -> None:
    assert {name: text for name, text in differing.items() if name not in EXPLAINED} == {}


def test_every_explanation_is_needed(differing: dict[str, str]) -> None:
    assert set(EXPLAINED) - set(differing) == set()


def test_the_judgment_accepts_some_files_and_refuses_others(shared_media: Path) -> None:
    refused = {row["id"] for row in manifest(shared_media) if any(refusals(row))}
    assert 20 < len(refused) < len(manifest(shared_media)) - 20


def test_decoding_finds_the_broken_files_and_no_others(shared_media: Path) -> None:
    ours = {name for name, rules in found(shared_media, DAMAGE, quick=False).items() if rules}
    broken = {row["id"] for row in manifest(shared_media) if row["truth"]["status"] in BROKEN}
    assert ours ^ broken == set(EXCUSED)
