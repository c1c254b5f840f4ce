"""The command line: the library's results in its output, its exit codes, its manners."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import refprep
from fixtures.clips import clip
from fixtures.pictures import picture
from fixtures.sounds import tone
from refprep import api, cli
from refprep import envelopes as refprep_envelopes
from refprep.reports.json import plain
from tests import measure

PROMPT = "@Image1 like @Video1 to @Audio1"
CODECS = ("av", "PIL", "numpy", "soundfile", "pydantic", "ruamel", "rich", "pillow_heif")


class Answer(NamedTuple):
    """The exit code and the output of a run."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture(autouse=True)
def one_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no processes are started for what takes no time."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line, in this process."""

    def answer(*arguments: object) -> Answer:
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        return Answer(code, *capsys.readouterr())

    return answer


@pytest.fixture(scope="module")
def shoot(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """An image, a video and an audio file that are to be fixed."""
    folder = tmp_path_factory.mktemp("shoot")
    return [
        picture(folder / "hero.heic", size=(640, 480)),
        clip(
            folder / "dance.mov", size=(640, 642), duration=2, frame_rate=Fraction(24), rotation=90
        ),
        tone(folder / "voice.flac"),
    ]


def test_the_command_line_prints_what_the_library_returns(
    run: Run, shoot: list[Path], tmp_path: Path
) -> None:
    parameters: dict[str, Any] = {
        "prompt": PROMPT,
        "duration": 8,
        "seed": 7,
        "generate_audio": False,
    }
    request = refprep.LooseFiles.model_validate({"files": shoot, **parameters})
    arguments = ["--prompt", PROMPT, "--duration", 8, "--seed", 7, "--no-generate-audio"]
    for verb in ("check", "plan", "fix", "pack"):
        folders = [tmp_path / verb] if verb in ("fix", "pack") else []
        output = ["-o", *folders] if folders else []
        answer = run(verb, *shoot, *arguments, "--format", "json", *output)
        force = {"force": True} if folders else {}
        assert answer.json == plain(getattr(api, verb)(request, *folders, **force)), verb


def test_probe_prints_a_list_of_the_facts_of_each_file(run: Run, shoot: list[Path]) -> None:
    answer = run("probe", *shoot, "--format", "json")
    assert (answer.code, [row["kind"] for row in answer.json]) == (0, ["image", "video", "audio"])
    for row, path in zip(answer.json, shoot, strict=True):
        assert row == {"slot": None, "source": str(path), **plain(refprep.probe(path))}


def test_check_has_the_keys_of_its_description(run: Run, shoot: list[Path]) -> None:
    report = run("check", *shoot, "--format", "json").json
    assert set(report) == {"schema", "envelope", "verdict", "findings", "media"}
    assert report["schema"] == 1
    for finding in report["findings"]:
        assert set(finding) == {
            "rule", "level", "slot", "source", "message", "actual", "required", "repair",
        }  # fmt: skip
    for row in report["media"]:
        assert {"slot", "source", "kind", "format", "size"} < set(row)


def test_fix_has_the_keys_of_its_description(run: Run, shoot: list[Path], tmp_path: Path) -> None:
    report = run("fix", *shoot, "-o", tmp_path, "--format", "json").json
    for row in report["prepared"]:
        assert {"slot", "source", "path", "sha256", "steps", "before", "after"} <= set(row)
        assert row["sha256"] == measure.sha256(Path(row["path"]))
        assert all({"step", "cost"} <= set(step) for step in row["steps"])


def test_json_is_one_object_and_nothing_else(
    run: Run, shoot: list[Path], voice: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_text("#EXTM3U\n")
    for arguments in (
        ["check", *shoot, bad],
        ["plan", *shoot, bad],
        ["fix", *shoot, bad, "-o", tmp_path / "out"],
        ["pack", *shoot, bad, "-o", tmp_path / "bundle"],
    ):
        answer = run(*arguments, "--format", "json")
        assert isinstance(answer.json, dict)
        assert answer.out.isascii()
        assert answer.err == ""


def test_codecs_write_nothing_past_the_command_line(shoot: list[Path], tmp_path: Path) -> None:
    data = shoot[1].read_bytes()
    truncated = tmp_path / "truncated.mov"
    truncated.write_bytes(data[: len(data) * 2 // 3])
    damaged = tmp_path / "damaged.mov"
    damaged.write_bytes(data[:2000] + bytes(3000) + data[5000:])
    ended = subprocess.run(
        [sys.executable, "-m", "refprep", "check", *shoot, truncated, damaged, "--format", "json"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(ended.stdout)["verdict"] == "fail"
    assert ended.stderr == ""


def test_the_exit_code_is_0_where_all_media_meet_the_limits_or_are_fixed(
    run: Run, shoot: list[Path], photo: Path, tmp_path: Path
) -> None:
    assert run("check", photo).code == 0
    assert run("fix", *shoot, "-o", tmp_path / "out").code == 0
    assert run("pack", *shoot, "--prompt", PROMPT, "-o", tmp_path / "bundle").code == 0


def test_the_exit_code_is_1_where_errors_are_left(
    run: Run, shoot: list[Path], voice: Path, tmp_path: Path
) -> None:
    assert run("check", *shoot).code == 1
    assert run("check", voice).code == 1
    assert run("fix", voice, "-o", tmp_path / "out").code == 1
    assert run("pack", *shoot, "-o", tmp_path / "bundle").code == 1
    assert not (tmp_path / "bundle").exists()


def test_strict_exits_with_1_on_a_warning(run: Run, tmp_path: Path) -> None:
    rotated = picture(tmp_path / "a.jpg", size=(640, 480), orientation=6)
    assert (run("check", rotated).code, run("check", rotated, "--strict").code) == (0, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["check"],
        ["check", "--frobnicate", "{photo}"],
        ["check", "--format", "xml", "{photo}"],
        ["check", "--allow", "everything", "{photo}"],
        ["check", "{tmp}/none.jpg"],
        ["check", "https://example.com/a"],
        ["check", "s3://bucket/a.mp4"],
        ["probe", "ftp://example.com/a.mp4"],
        ["check", "{photo}#t=3,2"],
        ["check", "--envelope", "nobody", "{photo}"],
        ["check", "--envelope", "{tmp}/none.toml", "{photo}"],
        ["check", "{tmp}/none.toml"],
        ["check", "{bad}"],
        ["check", "{bad}", "{photo}"],
        ["fix", "{photo}"],
        ["fix", "{photo}", "-o", "{photo}"],
        ["pack", "{photo}", "--prompt", "@Image1", "-o", "{photo}"],
        ["pack", "--each", "{photo}", "-o", "{tmp}/b"],
        ["check", "--keep", "foot", "{photo}"],
        ["check", "{bad}", "--select", "image-side"],
    ],
)
def test_the_exit_code_is_2_where_the_work_cannot_be_done(
    run: Run, photo: Path, tmp_path: Path, arguments: list[str]
) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("images = 7\n")
    places = {"photo": photo, "tmp": tmp_path, "bad": bad}
    answer = run(*(argument.format(**places) for argument in arguments))
    assert (answer.code, answer.out) == (2, "")
    assert "refprep" in answer.err
    assert "Traceback" not in answer.err


def test_an_error_is_one_line_that_names_what_was_wrong(run: Run, tmp_path: Path) -> None:
    answer = run("check", tmp_path / "none.jpg")
    assert answer.err == f"refprep: {tmp_path / 'none.jpg'}: no such file\n"


@pytest.mark.posix
@pytest.mark.parametrize("verb", ["check", "probe", "missing"])
@pytest.mark.parametrize(
    "name", ["\x1b[31mred.jpg", "two\nlines.jpg", "back\rward.jpg", "\x9b2J.jpg"]
)
def test_names_cannot_send_control_characters_to_the_terminal(
    run: Run, photo: Path, tmp_path: Path, verb: str, name: str
) -> None:
    if verb == "missing":
        answer = run("check", tmp_path / name)
    else:
        (tmp_path / name).write_bytes(photo.read_bytes())
        answer = run(verb, tmp_path / name)
    assert "refprep" in answer.err or answer.code == 0
    printed = answer.out + answer.err
    assert all(character.isprintable() for character in printed.replace("\n", ""))
    assert "two\nlines" not in printed


@pytest.mark.posix
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("verb", ["probe", "check", "fix"])
def test_a_name_that_is_not_unicode_is_printed(
    photo: Path, tmp_path: Path, verb: str, form: str
) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    Path(os.fsdecode(name)).write_bytes(photo.read_bytes())
    output = [b"-o", os.fsencode(tmp_path / "out")] if verb == "fix" else []
    ended = subprocess.run(
        [sys.executable, "-m", "refprep", verb, name, *output, "--format", form],
        check=False, capture_output=True,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"caf" in ended.stdout


REQUEST: dict[str, Any] = {
    "prompt": "@Image1 and @Image2",
    "images": ["a.jpg", "sub/b.jpg"],
    "duration": 8,
    "resolution": "720p",
}
WRITERS: dict[str, Callable[[Any], str]] = {
    ".json": json.dumps,
    ".toml": lambda data: "\n".join(f"{key} = {json.dumps(value)}" for key, value in data.items()),
    ".yaml": json.dumps,  # JSON is YAML
}


@pytest.fixture(params=WRITERS)
def request_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    for side, name in enumerate(REQUEST["images"], start=640):
        picture(tmp_path / name, size=(side, 480))
    path = tmp_path / f"request{request.param}"
    path.write_text(WRITERS[request.param](REQUEST))
    return path


def test_a_request_file_names_its_media_beside_it(
    run: Run, request_file: Path, tmp_path: Path
) -> None:
    answer = run("check", request_file, "--format", "json")
    assert (answer.code, answer.json["findings"]) == (0, [])
    sources = [row["source"] for row in answer.json["media"]]
    assert sources == [str(tmp_path / "a.jpg"), str(tmp_path / "sub" / "b.jpg")]


def test_an_option_overrides_the_request_file(run: Run, request_file: Path, tmp_path: Path) -> None:
    run("pack", request_file, "-o", tmp_path / "b", "--duration", 5, "--prompt", "@Image2")
    body = json.loads((tmp_path / "b" / "request.json").read_text())
    assert (body["duration"], body["prompt"], body["resolution"]) == ("5", "@Image2", "720p")


def test_a_request_file_without_a_prompt_has_an_error(
    run: Run, photo: Path, tmp_path: Path
) -> None:
    path = tmp_path / "request.json"
    path.write_text(json.dumps({"images": [str(photo)]}))
    answer = run("check", path, "--allow-outside", "--format", "json")
    errors = [finding["rule"] for finding in answer.json["findings"] if finding["level"] == "error"]
    assert (answer.code, errors) == (1, ["prompt-missing"])


def test_a_key_that_a_request_does_not_have_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "request.toml"
    path.write_text('prompt = "x"\npictures = []\n')
    answer = run("check", path)
    assert answer.code == 1
    assert "oxen-seedance-2.0 has no parameter pictures" in answer.out


def test_each_reports_the_findings_of_every_file(run: Run, shoot: list[Path]) -> None:
    answer = run("check", "--each", *shoot)
    assert answer.code == 1
    for rule in ("image-format", "video-rotation", "audio-format"):
        assert rule in answer.out


def test_a_crop_is_planned_where_it_is_allowed(run: Run, tmp_path: Path) -> None:
    wide = picture(tmp_path / "a.jpg", size=(1600, 400))
    steps = run("plan", wide, "--allow", "crop", "--format", "json").json["files"][0]["steps"]
    assert [step["step"] for step in steps] == ["crop", "encode"]


def test_a_media_url_goes_before_the_names(run: Run, photo: Path, tmp_path: Path) -> None:
    url = "https://cdn.example/x"
    run("pack", photo, "--prompt", "@Image1", "-o", tmp_path / "b", "--media-url", url)
    body = json.loads((tmp_path / "b" / "request.json").read_text())
    assert body["input_images"] == ["https://cdn.example/x/image1.jpg"]


def test_a_media_url_that_is_not_https_is_one_line_and_writes_nothing(
    run: Run, photo: Path, tmp_path: Path
) -> None:
    options = ["-o", tmp_path / "b", "--media-url", "http://cdn.example/x"]
    answer = run("pack", photo, "--prompt", "@Image1", *options)
    assert (answer.code, answer.out, (tmp_path / "b").exists()) == (2, "", False)
    assert answer.err == (
        "refprep: --media-url http://cdn.example/x: "
        "providers fetch media from https:// addresses only\n"
    )


def test_a_bundle_can_be_checked_verified_and_packed_again(
    run: Run, photo: Path, tmp_path: Path
) -> None:
    parameters = ["--prompt", "@Image1 meets @Image2", "--face", "image2"]
    other = picture(tmp_path / "other.jpg", size=(641, 480))
    july = ["--envelope", "oxen-seedance-2.0-2026-07"]
    assert run("pack", photo, other, *parameters, *july, "-o", tmp_path / "b").code == 0
    body = tmp_path / "b" / "request.json"
    assert json.loads(body.read_text())["prompt"] == "[Image 2] meets [Image 1]"
    answer = run("check", body, "--format", "json")
    assert (answer.code, answer.json["envelope"], answer.json["findings"]) == (0, july[1], [])
    assert run("check", body, "--envelope", "fal-seedance-2.0", "--format", "json").json[
        "envelope"
    ] == "fal-seedance-2.0"  # fmt: skip
    assert run("pack", body, "-o", tmp_path / "c.zip").code == 0
    assert run("verify", tmp_path / "b").code == run("verify", tmp_path / "c.zip").code == 0
    assert run("pack", body, "-o", tmp_path / "b", "--force").code == 2


def test_a_settings_file_does_not_change_whose_bundle_it_is(
    run: Run, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("pack", photo, "--prompt", "@Image1", "-o", tmp_path / "b")
    (tmp_path / "refprep.toml").write_text('envelope = "byteplus-seedance-2.0"\n')
    monkeypatch.chdir(tmp_path)
    body = Path("b", "request.json")
    assert run("check", body, "--format", "json").json["envelope"] == "oxen-seedance-2.0"
    assert run("verify", "b", "--format", "json").json["envelope"] == "oxen-seedance-2.0"


def test_verify_prints_what_the_library_returns_and_exits_with_1(
    run: Run, photo: Path, tmp_path: Path
) -> None:
    run("pack", photo, "--prompt", "@Image1", "-o", tmp_path / "b")
    (tmp_path / "b" / "media" / "image1.jpg").unlink()
    answer = run("verify", tmp_path / "b", "--format", "json")
    assert (answer.code, answer.json) == (1, plain(api.verify(tmp_path / "b")))
    assert run("verify", tmp_path / "none").code == run("verify", photo).code == 2


def test_estimate_prints_what_the_library_returns(run: Run, photo: Path) -> None:
    arguments = [photo, "--envelope", "fal-seedance-2.0", "--duration", 8, "--aspect-ratio", "16:9"]
    answer = run("estimate", *arguments, "--format", "json")
    assert (answer.code, answer.json["least"]["price"]) == (0, 2.4192)
    assert run("estimate", *arguments).out.startswith("fal-seedance-2.0: $2.4192\n")
    assert run("estimate", *arguments, "--format", "sarif").code == 2


COMPARED = ("fal-seedance-2.0", "fal-seedance-2.0-fast", "oxen-seedance-2.0")
TEN = ["--resolution", "720p", "--aspect-ratio", "16:9", "--duration", 10]


def test_compare_puts_envelopes_side_by_side_the_cheapest_first(run: Run, photo: Path) -> None:
    answer = run("estimate", photo, *TEN, "--compare", ",".join(COMPARED))
    assert (answer.code, answer.err) == (0, "")
    assert [line.split(maxsplit=3) for line in answer.out.splitlines()[:-1]] == [
        ["envelope", "least", "most"],
        ["fal-seedance-2.0-fast", "$2.4192", "$2.4192"],  # 10 s x 21,600 tokens x $11.20
        ["fal-seedance-2.0", "$3.024", "$3.024"],  # x $14
        ["oxen-seedance-2.0", "-", "-", "no current price is public"],
    ]
    answer = run("estimate", photo, *TEN, "--compare", ",".join(COMPARED), "--format", "json")
    request = refprep.LooseFiles(files=[photo], resolution="720p", aspect_ratio="16:9", duration=10)
    compared = refprep.compare(request, COMPARED)
    assert answer.json == plain(compared)
    measure.valid(answer.json, "compare")
    assert answer.json["prices"][1]["estimate"] == plain(
        refprep.estimate(request, envelope="fal-seedance-2.0")
    )


def test_compare_says_why_an_envelope_has_no_price_and_which_limits_are_not_met(
    run: Run, photo: Path, tmp_path: Path
) -> None:
    fewer = tmp_path / "fewer.toml"
    fewer.write_text(
        'extends = "fal-seedance-2.0"\nname = "fewer"\n'
        '[limits]\nimage-count = { limit = { max = 0 }, evidence = ["page"] }\n'
        '[parameters.resolution]\nchoices = ["480p"]\ndefault = "480p"\nevidence = ["page"]\n'
    )
    few = ["--compare", f"{fewer},fal-seedance-2.0"]
    rows = run("estimate", photo, *TEN, *few).out.splitlines()[1:]
    assert rows[0].split()[0] == "fal-seedance-2.0"
    reasons = 'resolution is "720p"; fewer takes 480p; limits not met: image-count, resolution'
    assert re.fullmatch(rf"fewer +- +-  {reasons}", rows[1])
    rows = run("estimate", photo, *TEN, *few, "--resolution", "480p").out.splitlines()[1:]
    assert sorted(row.split(maxsplit=3)[1:] for row in rows[:2]) == [
        ["$1.4062", "$1.4062"], ["$1.4062", "$1.4062", "limits not met: image-count"],
    ]  # fmt: skip


def test_compare_writes_auto_and_numbers_as_each_envelope_does(run: Run, photo: Path) -> None:
    options = ["--duration", "auto", "--aspect-ratio", "auto", "--resolution", "720p"]
    rows = run("estimate", photo, *options, "--compare", "all").out.splitlines()
    assert {row.split()[0] for row in rows} >= set(refprep_envelopes.names())
    of_seedance = [row for row in rows if "seedance" in row.partition(" ")[0]]
    assert len(of_seedance) > 10
    assert not any("limits not met" in row for row in of_seedance)


def test_compare_notes_what_a_flag_in_the_prompt_may_change(run: Run, photo: Path) -> None:
    prompt = ["--prompt", "@Image1 --rs 8k"]
    out = run("estimate", photo, *TEN, *prompt, "--compare", "fal-seedance-2.0").out
    assert "\nfal-seedance-2.0: the prompt holds --rs 8k, which the provider may obey" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--compare", "fal-sedance-2.0"], "did you mean fal-seedance-2.0?"),
        (["--compare", "all", "--envelope", "fal-seedance-2.0"], "leave out --envelope"),
        (["--compare", "all", "--select", "no-rule"], "unknown rule no-rule"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_one_line(
    run: Run, photo: Path, options: list[str], message: str
) -> None:
    answer = run("estimate", photo, *options)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert message in answer.err


@pytest.fixture
def odd(shoot: list[Path], photo: Path, tmp_path: Path) -> Path:
    """A folder of things that have no price."""
    (tmp_path / "broken.mp4").write_bytes(b"no video" * 100)
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "request.json").write_text("{}")
    (tmp_path / "kind.toml").write_text(f"prompt = 'x'\nvideos = ['{photo.as_posix()}']\n")
    (tmp_path / "slot.toml").write_text("prompt = 'x'\nimages = ['folder']\n")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "no bundle")
    (tmp_path / "text.zip").write_text("no archive")
    return tmp_path


INSTEAD = "name media files, a request file, or one bundle"


@pytest.mark.parametrize("compare", [[], ["--compare", "all"]], ids=["alone", "compared"])
@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (["broken.mp4"], "broken.mp4: cannot be priced: not an image, video or audio"),
        (["broken.mp4", "photo"], "broken.mp4: cannot be priced: not an image, video or audio"),
        (["empty.mp4"], "empty.mp4: cannot be priced: the file is empty"),
        (["kind.toml"], "photo.jpg: cannot be priced: JPEG image, and video1 takes video"),
        (["slot.toml"], "folder: cannot be priced: not a file but a directory"),
        (["folder"], f"folder: is a folder and no bundle; {INSTEAD}"),
        (["half"], f"half: is a folder and no bundle; {INSTEAD}"),
        (["folder", "photo"], f"folder: a folder stands alone; {INSTEAD}"),
        (["other.zip"], f"other.zip: is an archive and no bundle; {INSTEAD}"),
        (["text.zip"], "text.zip: no bundle: it is neither a folder nor a ZIP archive"),
        (["none.mp4"], "none.mp4: no such file"),
    ],
)
def test_estimate_refuses_by_name_what_it_cannot_count(
    run: Run, photo: Path, odd: Path, inputs: list[str], message: str, compare: list[str]
) -> None:
    paths = [photo if name == "photo" else odd / name for name in inputs]
    answer = run("estimate", *paths, "--allow-outside", *compare)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert message in answer.err


def test_estimate_counts_what_is_left_of_a_truncated_video(run: Run, tmp_path: Path) -> None:
    whole = clip(tmp_path / "whole.mkv", size=(640, 642), duration=6, frame_rate=Fraction(24))
    content = whole.read_bytes()
    part = tmp_path / "part.mkv"
    part.write_bytes(content[: len(content) // 2])
    fal = ["--envelope", "fal-seedance-2.0"]
    answer = run("estimate", part, *fal, "--format", "json")
    fixed = run("fix", part, "-o", tmp_path / "out", *fal, "--format", "json").json["prepared"]
    assert answer.json["input_duration"] == pytest.approx(fixed[0]["after"]["duration"], abs=0.05)
    assert 1 < answer.json["input_duration"] < 5


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_a_bundle_is_estimated_as_its_own_request_by_its_own_envelope(
    run: Run, photo: Path, dance: Path, tmp_path: Path, name: str
) -> None:
    options = ["--prompt", "@Image1 @Video1", *TEN, "--envelope", "fal-seedance-2.0"]
    assert run("pack", photo, dance, *options, "-o", tmp_path / name).code == 0
    answer = run("estimate", tmp_path / name, "--format", "json")
    assert (answer.code, answer.json["envelope"]) == (0, "fal-seedance-2.0")
    assert answer.json == run("estimate", photo, dance, *options, "--format", "json").json
    assert answer.json == plain(refprep.estimate(tmp_path / name))
    longer = run("estimate", tmp_path / name, "--duration", 15, "--format", "json").json
    assert longer["least"]["duration"] == longer["most"]["duration"] == 15
    rows = run("estimate", tmp_path / name, "--compare", "all", "--format", "json").json["prices"]
    assert answer.json in [row["estimate"] for row in rows]


def test_a_bundle_with_a_lost_file_is_refused_by_its_own_name(
    run: Run, photo: Path, tmp_path: Path
) -> None:
    run("pack", photo, "--prompt", "@Image1", "-o", tmp_path / "b")
    shutil.rmtree(tmp_path / "b" / "media")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for path in (tmp_path / "b").iterdir():
            archive.write(path, path.name)
    for name in ("b", "b.zip"):
        answer = run("estimate", tmp_path / name)
        lost = tmp_path / name / "media" / "image1.jpg"
        assert (answer.code, answer.err) == (2, f"refprep: {lost}: no such file\n")


def test_rules_lists_every_rule_once_with_its_limit(run: Run) -> None:
    answer = run("rules")
    names = [line.split()[0] for line in answer.out.splitlines() if line[:1].isalpha()]
    assert answer.code == 0
    assert len(names) == len(set(names))
    assert {"image-format", "video-pixels", "audio-only", "prompt-tag", "seed"} <= set(names)
    assert re.search(r"video-pixels .*409,600 to 927,408", answer.out)


def test_envelopes_lists_the_default_one(run: Run) -> None:
    assert "oxen-seedance-2.0" in run("envelopes").out
    assert run("envelopes", "--format", "json").json[0]["name"]


def test_text_shows_the_value_the_limit_and_the_repair(run: Run, shoot: list[Path]) -> None:
    answer = run("check", *shoot)
    assert "rotation metadata 90°; oxen-seedance-2.0 takes" in answer.out
    assert "-> rotate 90° clockwise (lossless)" in answer.out
    assert "FAIL" in answer.out
    assert "\x1b" not in answer.out
    assert answer.err == ""


def modules(*arguments: object) -> tuple[set[str], str]:
    """The top modules that a run of the command line has imported, and what it printed."""
    code = (
        "import sys\nfrom refprep.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return set(ended.stderr.split()), ended.stdout


def test_help_imports_no_codec_and_no_model() -> None:
    imported, out = modules("--help")
    assert "check" in out
    assert imported & set(CODECS) == set()


def test_a_quick_check_of_a_photo_imports_what_a_photo_needs(photo: Path) -> None:
    imported, out = modules("check", photo, "--quick", "--no-isolate", "--jobs", "1")
    assert "PASS" in out
    assert "PIL" in imported
    assert imported & {"av", "numpy", "soundfile", "pillow_heif", "rich", "ruamel"} == set()


def test_what_decodes_is_imported_by_workers_only(photo: Path) -> None:
    imported, out = modules("check", photo)
    assert "PASS" in out
    assert imported & {"PIL", "av", "numpy", "soundfile", "pillow_heif"} == set()


@pytest.mark.posix
def test_a_reader_that_stops_early_is_no_error(shoot: list[Path]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "refprep", "check", *shoot], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as started:  # fmt: skip
        assert started.stdout
        assert started.stderr
        started.stdout.close()
        assert "Traceback" not in started.stderr.read()
