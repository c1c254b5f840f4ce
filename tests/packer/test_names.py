"""The names of the files that are written."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

import refprep
from fixtures.pictures import picture
from fixtures.sounds import tone
from tests import measure

ODD = [
    "with space.png",
    pytest.param("two\nlines.png", marks=pytest.mark.posix),
    "-dash.png",
    "\N{GRINNING FACE}.png",
    "number#one.png",
    pytest.param("concat:x.png", marks=pytest.mark.posix),
    pytest.param("file:x.png", marks=pytest.mark.posix),
    "100%d.png",
    "שלום.png",
    ".hidden.png",
    "no ending",
    "[a].{b}.png",
]


def fix(sources: Sequence[Path], folder: Path) -> list[str]:
    """The names of what fix writes."""
    return [prepared.path.name for prepared in refprep.fix(sources, folder).prepared]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hero.heic", "hero.jpg"),
        ("hero.bmp", "hero.png"),
        ("a.b.heic", "a.b.jpg"),
        ("HERO.HEIC", "HERO.jpg"),
        ("voice.m4a", "voice.wav"),
    ],
)
def test_a_file_keeps_its_name_and_gets_the_extension_of_its_format(
    tmp_path: Path, name: str, expected: str
) -> None:
    make = tone if name.endswith("m4a") else picture
    source = make(tmp_path / name.lower()).rename(tmp_path / name)
    assert fix([source], tmp_path / "out") == [expected]


@pytest.mark.parametrize("name", ["photo.JPG", "photo.jpeg", "photo.jpg"])
def test_a_copied_file_keeps_a_right_extension(photo: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(photo.read_bytes())
    assert fix([tmp_path / name], tmp_path / "out") == [name]


@pytest.mark.parametrize("name", ["photo.png", "photo.mov", "photo"])
def test_a_wrong_extension_is_corrected(photo: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(photo.read_bytes())
    assert fix([tmp_path / name], tmp_path / "out") == ["photo.jpg"]


def test_files_of_the_same_name_are_numbered(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    sources = [picture(folders[0] / "a.png"), picture(folders[1] / "a.bmp", size=(700, 500))]
    sources += [picture(folders[0] / "a-2.png")]
    assert fix(sources, tmp_path / "out") == ["a.png", "a-2.png", "a-2-2.png"]
    assert len(measure.names(tmp_path / "out")) == 3


def test_the_same_file_in_two_slots_is_written_for_each(photo: Path, tmp_path: Path) -> None:
    assert fix([photo, photo], tmp_path) == ["photo.jpg", "photo-2.jpg"]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_read_and_written_as_they_are(tmp_path: Path, name: str) -> None:
    picture(tmp_path / "a.png", size=(640, 480)).rename(tmp_path / name)
    fixed = refprep.fix([tmp_path / name], tmp_path / "out")
    assert [finding.rule for finding in fixed.findings if finding.level != "info"] == []
    assert measure.names(tmp_path / "out") == [name if "." in name else f"{name}.png"]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_of_audio_are_read_as_files(tmp_path: Path, name: str) -> None:
    name = name.replace(".png", ".m4a")
    tone(tmp_path / "a.m4a").rename(tmp_path / name)
    fixed = refprep.fix([tmp_path / name], tmp_path / "out")
    assert [finding.rule for finding in fixed.findings if finding.level == "error"] == [
        "audio-only"
    ]
    assert len(fixed.prepared) == 1


def test_a_relative_name_with_a_leading_dash_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    picture("-a.heic", size=(640, 480))
    assert fix([Path("-a.heic")], Path("out")) == ["-a.jpg"]


@pytest.mark.posix
def test_a_name_as_long_as_names_can_be_is_written(tmp_path: Path) -> None:
    source = picture(tmp_path / "a.heic", size=(640, 480))
    long = source.rename(tmp_path / f"{250 * 'n'}.heic")
    assert fix([long], tmp_path / "out") == [f"{250 * 'n'}.jpg"]


@pytest.mark.posix
def test_a_name_that_is_not_unicode_is_written(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.bmp")
    source = picture(tmp_path / "a.bmp", size=(640, 480)).rename(tmp_path / name)
    assert fix([source], tmp_path / "out") == [os.fsdecode(b"caf\xe9.png")]


def test_a_source_is_never_overwritten(photo: Path, tmp_path: Path) -> None:
    source = tmp_path / "photo.jpg"
    source.write_bytes(photo.read_bytes())
    for force in (False, True):
        with pytest.raises(refprep.OutputError, match="source"):
            refprep.fix([source], tmp_path, force=force)
    assert measure.sha256(source) == measure.sha256(photo)


def test_a_source_is_not_overwritten_by_another_file_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    sources = [picture(tmp_path / "other" / "a.heic"), picture(tmp_path / "a.jpg")]
    before = measure.snapshot(tmp_path)
    for each in (False, True):
        with pytest.raises(refprep.OutputError, match="source"):
            refprep.fix(sources, tmp_path, force=True, each=each)
        assert measure.snapshot(tmp_path) == before


@pytest.mark.posix
def test_a_source_behind_a_link_is_not_overwritten(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    source = tmp_path / "real" / "photo.jpg"
    source.write_bytes(photo.read_bytes())
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(refprep.OutputError, match="source"):
        refprep.fix([source], tmp_path / "link", force=True)


@pytest.mark.posix
@pytest.mark.parametrize("sign", ["n", "é", "語", "\N{GRINNING FACE}"])
def test_a_name_that_grows_too_long_is_shortened_and_stays_distinct(
    tmp_path: Path, sign: str
) -> None:
    length = 251 // len(sign.encode())
    sources = []
    for place, suffix in enumerate((".gif", ".gif", ".bmp")):
        (tmp_path / str(place)).mkdir()
        source = picture(tmp_path / f"a{suffix}", size=(400 + place, 400))
        sources.append(source.rename(tmp_path / str(place) / f"{sign * length}{suffix}"))
    bare = sources[0].parent / f"{sign * (255 // len(sign.encode()))}"
    sources.append(sources[0].rename(bare))
    names = fix(sources[1:], tmp_path / "out")
    assert len(set(names)) == 3
    assert {Path(name).suffix for name in names} == {".png"}
    assert {Path(name).stem.partition("-")[0].strip(sign) for name in names} == {""}
    assert max(len(os.fsencode(name)) for name in names) <= 255


@pytest.mark.posix
@pytest.mark.parametrize("name", ["n" * 300 + ".jpg", "n/" * 2500 + "a.jpg"])
def test_a_source_of_a_name_that_no_file_has_costs_itself_only(
    photo: Path, tmp_path: Path, name: str
) -> None:
    report = refprep.check([photo, tmp_path / name])
    found = [finding.message for finding in report.findings if finding.rule == "file-read-error"]
    assert ["too long" in message for message in found] == [True]
    assert [row.media.kind for row in report.media] == ["image", None]
    fixed = refprep.fix([photo, tmp_path / name], tmp_path / "out")
    assert [file.path.name for file in fixed.prepared] == ["photo.jpg"]


@pytest.mark.posix
def test_a_result_whose_path_is_too_long_costs_itself_only(photo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    limit = os.pathconf(tmp_path, "PC_PATH_MAX") - 1
    while len(str(folder)) < limit - 300:
        folder /= "d" * 100
    folder /= "d" * (limit - len(str(folder)) - 60)
    long = tmp_path / f"{'n' * 100}.jpg"
    long.write_bytes(photo.read_bytes() + b" ")
    fixed = refprep.fix([photo, long], folder)
    assert [file.path.name for file in fixed.prepared] == ["photo.jpg"]
    assert any("too long" in finding.message for finding in fixed.findings)
