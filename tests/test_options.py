"""A project's own settings, and the command line over them."""

import json
from pathlib import Path

import pytest
from refprep.settings import settings

from fixtures.pictures import picture
from refprep.cli import main
from refprep.errors import UsageError


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
    assert (
        settings(deeper) == settings(tmp_path) == {"strict": True, "ignore": ["image-dimensions"]}
    )


def test_the_nearest_file_that_says_anything_counts(tmp_path: Path) -> None:
    (tmp_path / "refprep.toml").write_text("strict = true")
    near = tmp_path / "near"
    near.mkdir()
    (near / "pyproject.toml").write_text("[project]\nname = 'x'")
    assert settings(near) == {"strict": True}
    (near / "refprep.toml").write_text("quick = true")
    assert settings(near) == {"quick": True}


@pytest.mark.parametrize(
    ("text", "named"),
    [("strikt = true", "strikt"), ("strict = 'yes'", "strict"), ("strict = ", "Invalid value")],
)
def test_a_setting_that_cannot_be_meant_is_refused_by_name(
    tmp_path: Path, text: str, named: str
) -> None:
    (tmp_path / "refprep.toml").write_text(text)
    with pytest.raises(UsageError, match=named) as refusal:
        settings(tmp_path)
    assert "refprep.toml" in str(refusal.value)


def test_the_command_line_goes_over_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = picture(tmp_path / "a.png", size=(200, 200))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "refprep.toml").write_text('ignore = ["image-dimensions"]\nstrict = true')

    def rules_found(*options: str) -> tuple[int, set[str]]:
        code = main(["check", str(small), "--each", "--format", "json", *options])
        return code, {
            finding["rule"] for finding in json.loads(capsys.readouterr().out)["findings"]
        }

    assert rules_found() == (0, set())
    assert rules_found("--ignore", "image-aspect-ratio") == (1, {"image-dimensions"})


def test_an_ignored_rule_mends_nothing(tmp_path: Path) -> None:
    turned = picture(tmp_path / "a.jpg", size=(400, 600), orientation=6)
    main(["fix", str(turned), "-o", str(tmp_path / "out"), "--ignore", "image-orientation"])
    assert (tmp_path / "out" / "a.jpg").read_bytes() == turned.read_bytes()


def test_a_rule_that_is_unknown_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "a.jpg", "--select", "image-sides"]) == 2
    assert "image-sides" in capsys.readouterr().err
