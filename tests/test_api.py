"""The verbs of the library, end to end."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest

import refprep
from fixtures.clips import clip
from fixtures.pictures import display_p3, picture
from fixtures.sounds import tone
from refprep.models.finding import Finding
from tests import measure

SMALL = (640, 642)
PROMPT = "@Image1 dances like @Video1 to @Audio1"


@pytest.fixture(scope="module")
def shoot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A phone's photo, a rotated video, and a voice memo."""
    folder = tmp_path_factory.mktemp("shoot")
    picture(folder / "hero.heic", size=(800, 600), icc=display_p3())
    clip(folder / "dance.mov", size=SMALL, duration=5, frame_rate=Fraction(24), rotation=90)
    tone(folder / "voice.m4a", channels=1)
    return folder


@pytest.fixture(scope="module")
def request_(shoot: Path) -> refprep.Request:
    return refprep.Request(
        prompt=PROMPT,
        images=[str(shoot / "hero.heic")],
        videos=[f"{shoot / 'dance.mov'}#t=1,4"],
        audios=[str(shoot / "voice.m4a")],
        resolution="720p",
        duration=8,
        aspect_ratio="9:16",
        generate_audio=True,
        seed=7,
    )


def rules(findings: Iterable[Finding], *levels: str) -> set[str]:
    """The rules of the findings of these levels."""
    return {finding.rule for finding in findings if finding.level in levels}


def test_probe_gives_the_facts_of_one_file(shoot: Path) -> None:
    media = refprep.probe(shoot / "dance.mov")
    assert isinstance(media, refprep.Video)
    assert (media.dimensions, media.rotation) == (SMALL[::-1], 90)
    assert media.duration == pytest.approx(5, abs=0.03)


def test_check_reports_all_that_the_provider_would_refuse(request_: refprep.Request) -> None:
    report = refprep.check(request_)
    assert report.verdict == "fail"
    assert rules(report.findings, "error") == {"image-format", "audio-format"}
    assert rules(report.findings, "warning") == {"image-color", "video-rotation", "audio-codec"}
    assert all(finding.repair for finding in report.findings)
    assert [reference.slot for reference in report.media] == ["image1", "video1", "audio1"]


def test_plan_predicts_what_fix_writes(request_: refprep.Request, tmp_path: Path) -> None:
    plan, fixed = refprep.plan(request_), refprep.fix(request_, tmp_path)
    assert plan.verdict == fixed.verdict == "pass"
    assert plan.findings == fixed.findings == ()
    for planned, written in zip(plan.files, fixed.prepared, strict=True):
        assert planned.steps == written.steps
        predicted, media = planned.predicted.media, written.after
        assert (predicted.kind, predicted.format) == (media.kind, media.format)
        for fact in ("width", "height", "video_codec", "audio_codec", "sample_rate", "channels"):
            assert getattr(predicted, fact, None) == getattr(media, fact, None)
        assert (predicted.size or 0) >= (media.size or 0)


def test_fix_writes_every_file_under_its_own_name(
    request_: refprep.Request, tmp_path: Path
) -> None:
    fixed = refprep.fix(request_, tmp_path)
    assert measure.names(tmp_path) == ["dance.mp4", "hero.jpg", "voice.wav"]
    for prepared in fixed.prepared:
        assert prepared.sha256 == measure.sha256(prepared.path)
        assert prepared.source_sha256 == measure.sha256(Path(prepared.source.partition("#")[0]))
        assert prepared.after == refprep.probe(prepared.path)


def test_pack_writes_a_bundle(request_: refprep.Request, tmp_path: Path) -> None:
    bundle = refprep.pack(request_, tmp_path / "bundle")
    assert (bundle.verdict, bundle.path) == ("pass", tmp_path / "bundle")
    assert {"manifest.json", "media", "request.json"} < set(measure.names(tmp_path / "bundle"))
    assert refprep.check(refprep.Request(prompt="@Image1", images=[*_media(bundle)])).findings == ()


def _media(bundle: refprep.Bundle) -> list[str]:
    return [str(prepared.path) for prepared in bundle.prepared if prepared.slot == "image1"]


def test_no_verb_touches_a_source(request_: refprep.Request, shoot: Path, tmp_path: Path) -> None:
    before = measure.snapshot(shoot)
    refprep.check(request_)
    refprep.plan(request_)
    refprep.fix(request_, tmp_path / "out")
    refprep.pack(request_, tmp_path / "bundle")
    assert measure.snapshot(shoot) == before


def test_fixing_a_fixed_folder_is_no_work_and_changes_no_byte(
    request_: refprep.Request, tmp_path: Path
) -> None:
    refprep.fix(request_, tmp_path / "one")
    again = refprep.fix(sorted((tmp_path / "one").iterdir()), tmp_path / "two")
    assert [prepared.steps for prepared in again.prepared] == [(), (), ()]
    assert measure.snapshot(tmp_path / "one") == measure.snapshot(tmp_path / "two")


def test_fixing_again_into_the_same_folder_is_no_conflict(
    request_: refprep.Request, tmp_path: Path
) -> None:
    refprep.fix(request_, tmp_path)
    before = measure.snapshot(tmp_path)
    refprep.fix(request_, tmp_path)
    assert measure.snapshot(tmp_path) == before


def test_bare_files_are_sorted_into_slots_by_their_content(shoot: Path, tmp_path: Path) -> None:
    misnamed = tmp_path / "a.mp4"
    misnamed.write_bytes((shoot / "hero.heic").read_bytes())
    report = refprep.check(
        [shoot / "voice.m4a", misnamed, shoot / "dance.mov", shoot / "hero.heic"]
    )
    assert [(reference.slot, reference.source.name) for reference in report.media] == [
        ("image1", "a.mp4"),
        ("image2", "hero.heic"),
        ("video1", "dance.mov"),
        ("audio1", "voice.m4a"),
    ]
    assert "prompt-unchecked" in rules(report.findings, "info")


def test_each_checks_every_file_by_itself(tmp_path: Path) -> None:
    videos = [
        clip(tmp_path / f"{n}.mp4", size=SMALL, duration=4, frame_rate=Fraction(24))
        for n in range(5)
    ]
    together, each = refprep.check(videos), refprep.check(videos, each=True)
    assert rules(together.findings, "error") == {"video-total-duration", "video-count"}
    assert rules(each.findings, "error", "warning") == set()
    fixed = refprep.fix(videos, tmp_path / "out", each=True)
    assert [prepared.steps for prepared in fixed.prepared] == [()] * 5


def test_each_fixes_every_file_by_itself(shoot: Path, tmp_path: Path) -> None:
    fixed = refprep.fix([shoot / "voice.m4a", shoot / "dance.mov"], tmp_path, each=True)
    assert fixed.verdict == "pass"
    assert rules(fixed.findings, "error", "warning") == set()
    assert measure.names(tmp_path) == ["dance.mp4", "voice.wav"]


def test_strict_makes_warnings_count_as_errors(tmp_path: Path) -> None:
    rotated = picture(tmp_path / "a.jpg", size=(640, 480), orientation=6)
    assert refprep.check([rotated]).verdict == "pass"
    assert refprep.check([rotated], strict=True).verdict == "fail"
    assert refprep.fix([rotated], tmp_path / "out", strict=True).verdict == "pass"


def test_quick_does_not_decode(dance: Path, photo: Path, tmp_path: Path) -> None:
    truncated = tmp_path / "cut.jpg"
    truncated.write_bytes(photo.read_bytes()[:8000])
    quick, thorough = (refprep.check([truncated, dance], quick=quick) for quick in (True, False))
    assert (quick.verdict, thorough.verdict) == ("pass", "fail")
    assert {finding.source for finding in thorough.findings if finding.level == "error"} == {
        str(truncated)
    }


def test_audio_without_image_or_video_is_prepared_and_still_fails(
    shoot: Path, tmp_path: Path
) -> None:
    fixed = refprep.fix([shoot / "voice.m4a"], tmp_path)
    assert fixed.verdict == "fail"
    assert rules(fixed.findings, "error") == {"audio-only"}
    assert measure.names(tmp_path) == ["voice.wav"]


def test_the_audio_of_a_video_can_fill_an_audio_slot_beside_it(dance: Path, tmp_path: Path) -> None:
    request = refprep.Request(prompt="@Video1 to @Audio1", videos=[str(dance)], audios=[str(dance)])
    bundle = refprep.pack(request, tmp_path / "bundle")
    assert measure.names(tmp_path / "bundle" / "media") == ["audio1.wav", "video1.mp4"]
    assert bundle.verdict == "pass"


@pytest.mark.parametrize("name", ["cut.jpg", "cut.png", "cut.bmp", "cut.mov", "text.mp4", "folder"])
def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    photo: Path, tmp_path: Path, name: str
) -> None:
    bad = _broken(tmp_path / name)
    fixed = refprep.fix([bad, photo], tmp_path / "out")
    errors = [finding for finding in fixed.findings if finding.level == "error"]
    assert {finding.source for finding in errors} == {str(bad)}
    assert rules(errors, "error") & {"file-unreadable", "file-truncated", "file-corrupt"}
    assert measure.names(tmp_path / "out") == ["photo.jpg"]


def _broken(path: Path) -> Path:
    """A file that fails late: its header shows what to fix, its second half is missing."""
    match path.suffix:
        case "":
            path.mkdir()
            return path
        case ".mp4":
            path.write_text("#EXTM3U\n")
            return path
        case ".mov":
            clip(path, size=SMALL, rotation=90)
        case _:
            picture(path, size=(200, 150), orientation=1 if path.suffix == ".bmp" else 6)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def test_a_missing_file_stops_before_anything_is_written(photo: Path, tmp_path: Path) -> None:
    with pytest.raises(refprep.SourceError):
        refprep.fix([photo, tmp_path / "none.jpg"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_in_a_slot_of_another_kind_has_a_finding_and_the_rest_is_written(
    photo: Path, voice: Path, tmp_path: Path
) -> None:
    request = refprep.Request(prompt="@Image1 @Image2", images=[str(voice), str(photo)])
    fixed = refprep.fix(request, tmp_path)
    assert rules(fixed.findings, "error") == {"file-kind"}
    assert measure.names(tmp_path) == ["photo.jpg"]


def test_fix_replaces_no_other_file_without_force(shoot: Path, tmp_path: Path) -> None:
    (tmp_path / "voice.wav").write_bytes(b"dear")
    with pytest.raises(refprep.OutputError, match="--force"):
        refprep.fix([shoot / "voice.m4a"], tmp_path)
    assert measure.snapshot(tmp_path) == {"voice.wav": measure.sha256(tmp_path / "voice.wav")}
    refprep.fix([shoot / "voice.m4a"], tmp_path, force=True)
    assert (tmp_path / "voice.wav").read_bytes()[:4] == b"RIFF"


def test_progress_is_reported_from_0_to_1(shoot: Path, tmp_path: Path) -> None:
    calls: dict[str, list[float]] = {}
    refprep.fix(
        [shoot / "dance.mov", shoot / "hero.heic"],
        tmp_path,
        progress=lambda source, part: calls.setdefault(source, []).append(part),
    )
    assert set(calls) == {str(shoot / "dance.mov"), str(shoot / "hero.heic")}
    for parts in calls.values():
        assert min(parts) >= 0
        assert max(parts) == parts[-1] == 1


def test_an_envelope_may_be_the_users_own_file(photo: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'extends = "oxen-seedance-2.0"\nname = "own"\n'
        '[limits]\nimage-dimensions = { limit = { max = 320 }, evidence = ["page"] }\n'
    )
    report = refprep.check([photo], envelope=own)
    assert (report.envelope, report.verdict) == ("own", "fail")
    fixed = refprep.fix([photo], tmp_path / "out", envelope=str(own))
    (prepared,) = fixed.prepared
    assert isinstance(prepared.after, refprep.Image)
    assert prepared.after.dimensions == (320, 240)


def test_files_may_be_a_path_a_text_or_a_list(photo: Path) -> None:
    reports = [refprep.check(files) for files in (photo, str(photo), [photo], (str(photo),))]
    assert {report.verdict for report in reports} == {"pass"}
    assert {report.media[0].slot for report in reports} == {"image1"}
