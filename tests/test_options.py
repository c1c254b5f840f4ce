"""One model of all options: keywords, command line, environment and settings derive from it."""

import inspect
import json
import os
from pathlib import Path
from typing import Any, get_type_hints

import pytest

import refprep
from fixtures.pictures import picture
from refprep.cli import main
from refprep.cli.parser import parser
from refprep.errors import RefprepError, UsageError
from refprep.models.envelope import Envelope
from refprep.options import FIELDS, OptionKeywords, Options, about, options_of, settings, variable
from refprep.transforms import jobs

VERBS = (
    refprep.probe, refprep.check, refprep.plan, refprep.fix, refprep.pack, refprep.verify,
    refprep.estimate, refprep.submit, refprep.snippet,
)  # fmt: skip
LIBRARY_ONLY = {"progress", "tell"}
WORDS = {"submit": ["b"], "snippet": ["b"], "verify": ["b"], "fix": ["a.jpg", "-o", "out"],
         "pack": ["a.jpg", "-o", "out"]}  # fmt: skip


def flag_of(name: str) -> str:
    known = next(about(option) for option in FIELDS if option.name == name)
    return f"--{(known.flag or name).replace('_', '-')}"


def test_type_checkers_know_the_same_options() -> None:
    names = {"Envelope": Envelope}
    keywords = get_type_hints(OptionKeywords, localns=names)
    options = get_type_hints(Options, localns=names)
    assert keywords == options


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_the_help_of_a_verb_shows_every_option_with_meaning_and_default(verb: Any) -> None:
    text = inspect.getdoc(verb) or ""
    parameters = inspect.signature(verb).parameters
    for option in options_of(verb.__name__):
        meaning = about(option).help
        assert f"{option.name}: {meaning[0].upper()}{meaning[1:]}" in text
        assert f"default {option.default!r}" in text
        assert parameters[option.name].default == option.default
    for section in ("Args:", "Returns:", "Raises:", "Options:"):
        assert section in text


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
def test_the_command_line_has_every_option_of_the_verb(
    verb: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([verb.__name__, "--help"])
    text = capsys.readouterr().out
    for option in options_of(verb.__name__):
        flag = "--no-isolate" if option.name == "isolate" else flag_of(option.name)
        assert (flag in text) == (option.name not in LIBRARY_ONLY)


def test_an_option_that_is_not_given_does_not_override_the_settings() -> None:
    for verb in ("check", "plan", "fix", "pack", "verify", "estimate"):
        parsed = parser().parse_args([verb, *WORDS.get(verb, ["a.jpg"])])
        settable = [option.name for option in options_of(verb) if about(option).setting]
        assert {getattr(parsed, name) for name in settable} == {None}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"strikt": True}, "unknown option of check strikt; did you mean strict?"),
        ({"media_url": "https://x"}, "unknown option of check media_url"),
        ({"allow": ["corp"]}, "allow: unknown value corp; did you mean crop?"),
        ({"allow": "crop"}, "allow: takes a list, not 'crop'"),
        ({"keep": "middel"}, "keep: unknown value middel; did you mean middle?"),
        ({"strict": "yes"}, "strict: takes true or false, not 'yes'"),
        ({"max_memory": "abc"}, "max_memory: takes a number of bytes, or a size such as 2GB"),
        ({"max_memory": 0}, "max_memory: takes a larger number, not 0"),
        ({"max_seconds": float("inf")}, "max_seconds: takes a number, not inf"),
        ({"max_seconds": 1e9}, "max_seconds: takes a smaller number"),
        ({"select": ["image-side"]}, "unknown rule image-side; did you mean image-"),
        ({"ignore": ["video-pixel"]}, "unknown rule video-pixel; did you mean video-pixels?"),
        ({"envelope": "oxen-seedance"}, "unknown envelope oxen-seedance; did you mean oxen-"),
        ({"envelope": 3}, "envelope: takes"),
    ],
)
def test_a_wrong_option_is_described_in_the_users_words(
    photo: Path, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(RefprepError) as raised:
        refprep.check([photo], **values)
    assert message in str(raised.value)
    assert "pydantic" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("refprep.toml", 'strict = true\nignore = ["image-dimensions"]'),
        ("pyproject.toml", '[tool.refprep]\nstrict = true\nignore = ["image-dimensions"]'),
    ],
)
def test_settings_are_found_in_a_folder_and_in_those_above(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    deeper = tmp_path / "a" / "b"
    deeper.mkdir(parents=True)
    expected = {"strict": True, "ignore": ("image-dimensions",)}
    assert settings(deeper, {}) == settings(tmp_path, {}) == expected


def test_the_nearest_file_with_settings_is_read(tmp_path: Path) -> None:
    (tmp_path / "refprep.toml").write_text("strict = true")
    near = tmp_path / "near"
    near.mkdir()
    (near / "pyproject.toml").write_text("[project]\nname = 'x'")
    assert settings(near, {}) == {"strict": True}
    (near / "refprep.toml").write_text("quick = true")
    assert settings(near, {}) == {"quick": True}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("strikt = true", "unknown setting strikt; did you mean strict?"),
        ("force = true", "unknown setting force"),
        ("strict = 'yes'", "strict: takes true or false"),
        ("keep = 'foot'", "keep: unknown value foot"),
        ("allow = 'crop'", "allow: takes a list"),
        ("strict = ", "Invalid value"),
    ],
)
def test_a_wrong_setting_is_refused_by_file_and_name(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "refprep.toml").write_text(text)
    with pytest.raises(UsageError) as raised:
        settings(tmp_path, {})
    assert str(raised.value).startswith(f"{tmp_path / 'refprep.toml'}: ")
    assert message in str(raised.value)


def test_the_environment_overrides_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "refprep.toml").write_text("strict = true\nkeep = 'tail'")
    environ = {"REFPREP_KEEP": "middle", "REFPREP_ALLOW": "crop, pad", "REFPREP_QUICK": "1"}
    assert settings(tmp_path, environ) == {
        "strict": True, "keep": "middle", "allow": ("crop", "pad"), "quick": True,
    }  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [("STRICT", "perhaps"), ("KEEP", "foot")])
def test_a_wrong_variable_is_refused_by_its_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(UsageError, match=rf"^REFPREP_{name}: {name.lower()}: .*{value}"):
        settings(tmp_path, {f"REFPREP_{name}": value})


def test_every_setting_names_its_variable_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fix", "--help"])
    text = capsys.readouterr().out
    for option in options_of("fix"):
        assert (variable(option) in text) == about(option).setting


def test_the_command_line_overrides_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = picture(tmp_path / "a.png", size=(200, 200))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "refprep.toml").write_text('ignore = ["image-dimensions"]\nstrict = true')

    def found_rules(*options: str) -> tuple[int, set[str]]:
        code = main(["check", str(small), "--each", "--format", "json", *options])
        findings = json.loads(capsys.readouterr().out)["findings"]
        return code, {finding["rule"] for finding in findings}

    assert found_rules() == (0, set())
    assert found_rules("--ignore", "image-aspect-ratio") == (1, {"image-dimensions"})


def test_an_ignored_rule_changes_nothing(tmp_path: Path) -> None:
    rotated = picture(tmp_path / "a.jpg", size=(400, 600), orientation=6)
    main(["fix", str(rotated), "-o", str(tmp_path / "out"), "--ignore", "image-orientation"])
    assert (tmp_path / "out" / "a.jpg").read_bytes() == rotated.read_bytes()


def test_the_manifest_records_the_options_that_shape_a_bundle(photo: Path, tmp_path: Path) -> None:
    refprep.pack([photo], tmp_path / "b", ignore=["prompt-missing"], allow=("pad", "crop"))
    recorded = json.loads((tmp_path / "b" / "manifest.json").read_text())["options"]
    assert set(recorded) == {option.name for option in FIELDS if about(option).recorded}
    assert recorded["allow"] == ["crop", "pad"]


def test_the_command_line_uses_a_job_per_processor_unless_a_setting_names_another_number(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers: list[int] = []
    run = jobs.run

    def count(work: Any, number: int, progress: Any) -> Any:
        numbers.append(number)
        return run(work, 1, progress)

    monkeypatch.setattr(jobs, "run", count)
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    main(["fix", str(photo), "-o", str(tmp_path / "a")])
    monkeypatch.setenv("REFPREP_JOBS", "3")
    main(["fix", str(photo), "-o", str(tmp_path / "b")])
    main(["fix", str(photo), "-o", str(tmp_path / "c"), "--jobs", "2"])
    assert numbers == [7, 3, 2]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (7, "takes a request, a path or a list of paths, not 7"),
        ([7], "files[0]: takes a path, not 7"),
        (["a.toml", "b.jpg"], "a request file stands alone"),
    ],
)
def test_inputs_that_are_no_request_are_described_in_the_users_words(
    inputs: Any, message: str
) -> None:
    with pytest.raises(RefprepError) as raised:
        refprep.check(inputs)
    assert message in str(raised.value)
