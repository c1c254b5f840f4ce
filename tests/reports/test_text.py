"""Text for people: complete, plain and safe to print."""

import re
from collections import Counter
from pathlib import Path

import pytest

import refprep
from fixtures.clips import clip
from fixtures.pictures import picture
from fixtures.sounds import tone
from refprep.decoders.references import Loader
from refprep.models.media import Audio, Image, Unreadable, Video
from refprep.models.source import Source
from refprep.reports import text
from tests import measure
from tests.reports.results import finding, report, verified

CLIP = Video(
    format="MOV", size=24_100_000, width=1080, height=1920, duration=12.5, frame_rate=30.0,
    video_codec="h264", audio_codec="aac", coded_width=1920, coded_height=1080,
)  # fmt: skip


@pytest.mark.parametrize(
    ("media", "line"),
    [
        (CLIP, "MOV h264+aac, 1,080 x 1,920, 12.5 s, 30 fps, 24.1 MB"),
        (
            CLIP.model_copy(update={"duration": None, "frame_rate": None, "audio_codec": None}),
            "MOV h264, 1,080 x 1,920, unknown duration, unknown fps, 24.1 MB",
        ),
        (
            Image(format="JPEG", size=999, width=300, height=400, color_space="CMYK"),
            "JPEG, 300 x 400, CMYK, 999 bytes",
        ),
        (
            Audio(format="WAV", size=64_000, duration=2.0, audio_codec="pcm_s16le",
                  sample_rate=16000, channels=1),
            "WAV pcm_s16le, 2 s, 16,000 Hz, mono, 64.0 kB",
        ),
        (Unreadable(reason="the file is empty"), "not readable: the file is empty"),
    ],
)  # fmt: skip
def test_the_facts_of_a_file_are_one_line(
    media: Image | Video | Audio | Unreadable, line: str
) -> None:
    assert text.facts(media) == line


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files with many findings, one of them twice."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "bad.mp4").write_text("text")
    tall = picture(folder / "tall.gif", size=(100, 400))
    rotated = clip(folder / "a.mov", size=(320, 240), duration=1, rotation=90)
    return [tall, tall, rotated, tone(folder / "a.flac", duration=17), folder / "bad.mp4"]


@pytest.mark.parametrize("each", [False, True])
def test_every_finding_of_a_report_is_shown_once(broken: list[Path], each: bool) -> None:
    report = refprep.check(sorted(set(broken)) if each else broken, each=each)
    lines = text.render(report).splitlines()
    messages = Counter((finding.rule, finding.message) for finding in report.findings)
    for (rule, message), count in messages.items():
        assert sum(rule in line and message in line for line in lines) == count, rule
    repairs = {finding.repair for finding in report.findings if finding.repair}
    assert all(any(line.endswith(repair) for line in lines) for repair in repairs)


def test_a_plan_shows_its_steps_with_their_costs(broken: list[Path]) -> None:
    plan = text.render(refprep.plan(broken))
    assert "rotate 90° clockwise (lossless)" in plan
    assert "keep 0 to 15 s (trim)" in plan
    assert "nothing can be done" in plan
    assert "aspect ratio 0.25; " in plan


def test_a_fixed_file_is_shown_before_and_after_its_steps(
    broken: list[Path], tmp_path: Path
) -> None:
    result = text.render(refprep.fix(broken, tmp_path))
    names = measure.names(tmp_path)
    assert all(str(tmp_path / name) in result for name in names)
    assert result.count("  before  ") == result.count("  after   ") == len(names)


def test_a_bundle_is_shown_with_its_path(photo: Path, tmp_path: Path) -> None:
    request = refprep.Request(prompt="@Image1", images=[str(photo)])
    result = text.render(refprep.pack(request, tmp_path / "b"))
    assert f"bundle: {tmp_path / 'b'}" in result
    assert "unchanged (copied byte for byte)" in result
    assert "PASS  no findings left; oxen-seedance-2.0" in result


def test_a_bundle_that_was_not_written_is_reported_as_such(photo: Path, tmp_path: Path) -> None:
    result = text.render(refprep.pack([photo], tmp_path / "b"))
    assert "; no bundle was written" in result
    assert "FAIL  1 error" in result


def test_color_adds_only_color(broken: list[Path]) -> None:
    report = refprep.check(broken)
    colored = text.render(report, color=True)
    assert "\x1b[31m" in colored
    assert re.sub(r"\x1b\[\d+m", "", colored) == text.render(report)


def test_probed_files_are_a_line_each(photo: Path, voice: Path) -> None:
    first, second = text.probed(Loader().load_media(map(Source.parse, (photo, voice)))).splitlines()
    assert first.startswith(str(photo))
    assert "16,000 Hz" in second


def test_a_bundle_that_has_not_changed_is_reported_as_unchanged() -> None:
    unchanged = verified().model_copy(update={"findings": ()})
    assert "PASS  out is unchanged since packing; oxen-seedance-2.0" in text.render(unchanged)


def test_what_has_changed_in_a_bundle_is_shown_below_its_file() -> None:
    lines = text.render(verified()).splitlines()
    assert lines[1].split()[:2] == ["error", "bundle-changed"]
    assert "out/request.json" in lines


def test_the_verdict_counts_the_findings_of_every_level() -> None:
    result = report(finding(), finding(level="info"))
    assert "FAIL  1 error, 1 info; oxen-seedance-2.0" in text.render(result)
    assert "PASS  no findings; oxen-seedance-2.0" in text.render(report())
