"""Text for people: complete, plain and safe to print."""

import re
from pathlib import Path

import pytest

import refprep
from fixtures.clips import clip
from fixtures.pictures import picture
from fixtures.sounds import tone
from refprep.decoders.references import Loader
from refprep.models.media import Audio, Image, Unreadable, Video
from refprep.models.source import Source
from refprep.reports import printable, text
from tests import measure
from tests.reports.results import verified

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


@pytest.mark.parametrize(
    ("name", "visible"),
    [
        ("plain.jpg", "plain.jpg"),
        ("two\nlines.jpg", "two\\nlines.jpg"),
        ("\x1b[31mred.jpg", "\\x1b[31mred.jpg"),
        ("caf\udce9.jpg", "caf\\udce9.jpg"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe", "\\u202egpj.exe"),
        ("café \N{DANCER}.jpg", "café \N{DANCER}.jpg"),
    ],
)
def test_what_would_not_print_is_made_visible(name: str, visible: str) -> None:
    assert printable(name) == visible


@pytest.fixture(scope="module")
def troubles(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files with much to complain about, one of them twice."""
    folder = tmp_path_factory.mktemp("troubles")
    (folder / "bad.mp4").write_text("text")
    tall = picture(folder / "tall.gif", size=(100, 400))
    turned = clip(folder / "a.mov", size=(320, 240), duration=1, rotation=90)
    return [tall, tall, turned, tone(folder / "a.flac", duration=17), folder / "bad.mp4"]


@pytest.mark.parametrize("each", [False, True])
def test_every_finding_of_a_report_is_told_once(troubles: list[Path], each: bool) -> None:
    report = refprep.check(sorted(set(troubles)) if each else troubles, each=each)
    lines = text.render(report).splitlines()
    for finding in report.findings:
        result = sum(finding.rule in line and finding.message in line for line in lines)
        alike = [
            f for f in report.findings if (f.rule, f.message) == (finding.rule, finding.message)
        ]
        assert result == len(alike), finding.rule
        assert finding.repair is None or any(line.endswith(finding.repair) for line in lines)


def test_a_plan_tells_its_steps_with_their_costs(troubles: list[Path]) -> None:
    result = text.render(refprep.plan(troubles))
    assert "rotate 90° clockwise (lossless)" in result
    assert "keep 0 to 15 s (trim)" in result
    assert "nothing can be done" in result
    assert "aspect ratio 0.25; oxen-seedance-2.0 takes" in result


def test_a_fixed_file_tells_before_steps_and_after(troubles: list[Path], tmp_path: Path) -> None:
    result = text.render(refprep.fix(troubles, tmp_path))
    for name in measure.names(tmp_path):
        assert str(tmp_path / name) in result
    assert result.count("  before  ") == result.count("  after   ") == len(measure.names(tmp_path))


def test_a_bundle_tells_where_it_stands(photo: Path, tmp_path: Path) -> None:
    request = refprep.Request(prompt="@Image1", images=[str(photo)])
    result = text.render(refprep.pack(request, tmp_path / "b"))
    assert f"bundle: {tmp_path / 'b'}" in result
    assert "PASS" in result


def test_a_bundle_that_was_not_written_says_so(photo: Path, tmp_path: Path) -> None:
    result = text.render(refprep.pack([photo], tmp_path / "b"))
    assert "no bundle was written" in result
    assert "FAIL" in result


def test_color_adds_only_color(troubles: list[Path]) -> None:
    report = refprep.check(troubles)
    colored = text.render(report, color=True)
    assert "\x1b[31m" in colored
    assert re.sub(r"\x1b\[\d+m", "", colored) == text.render(report)


def test_probed_files_are_a_line_each(photo: Path, voice: Path) -> None:
    first, second = text.probed(
        Loader().load_media([Source(path=photo), Source(path=voice)])
    ).splitlines()
    assert first.startswith(str(photo))
    assert "16,000 Hz" in second


def test_a_bundle_that_is_as_it_was_packed_is_called_so() -> None:
    whole = verified().model_copy(update={"findings": ()})
    assert "PASS  out is unchanged since packing; oxen-seedance-2.0" in text.render(whole)


def test_what_has_changed_in_a_bundle_stands_under_its_file() -> None:
    result = text.render(verified()).splitlines()
    assert result[1].split()[:2] == ["error", "bundle-changed"]
    assert "out/request.json" in result
