"""All formats: each renders each result, and none is imported before it is used."""

import subprocess
import sys
from importlib import import_module

import pytest

from refprep.errors import UsageError
from refprep.models.finding import Result
from refprep.reports import FORMATS, render
from refprep.reports.parts import files, path, tally
from tests.reports.results import HOSTILE, every, finding, fixed, named, reference, report

ALL = ("text", "json", "jsonl", "sarif", "github", "junit", "markdown")


def test_the_formats_are_these() -> None:
    assert FORMATS == ALL


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="unknown format xml; choose github, json"):
        render(report(), "xml")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("result", every().values(), ids=every())
def test_each_format_renders_each_result(name: str, result: Result) -> None:
    text = render(result, name)
    assert text == import_module(f"refprep.reports.{name}").render(result)
    assert text.strip()
    assert not text.endswith("\n")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_each_format_can_be_printed_whatever_the_names(name: str, hostile: str) -> None:
    for result in (named(hostile), fixed(finding(hostile), name=hostile)):
        text = render(result, name)
        text.encode("utf-8")
        assert "\x1b" not in text


def test_importing_the_room_imports_no_format() -> None:
    script = "import sys, refprep.reports; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    loaded = set(run.stdout.decode().split())
    assert "refprep.reports" in loaded
    assert not loaded & {"pydantic", "xml.etree", *(f"refprep.reports.{name}" for name in ALL)}


def test_a_finding_belongs_to_its_file_by_slot_and_source() -> None:
    twice = (reference("a.png", slot="image1"), reference("a.png", slot="image2"))
    first, second = files(report(finding("a.png", slot="image2"), media=twice))
    assert (first.findings, len(second.findings)) == ((), 1)


def test_a_finding_without_a_slot_belongs_to_its_file_by_source() -> None:
    (file,) = files(report(finding("a.png", slot=None), media=(reference("a.png"),)))
    assert len(file.findings) == 1


def test_a_file_that_only_a_finding_names_is_a_file() -> None:
    (file,) = files(report(finding("a.png")))
    assert (file.slot, file.source, file.media) == ("image1", "a.png", None)


def test_findings_are_counted_by_level() -> None:
    levels = ("error", "error", "warning", "info", "info")
    assert (
        tally(report(*(finding(level=level) for level in levels))) == "2 errors, 1 warning, 2 info"
    )
    assert tally(report()) == "no findings"


@pytest.mark.parametrize(
    ("source", "expected"),
    [("a.mov#t=3,9", "a.mov"), ("a.mov#t=3", "a.mov"), ("a#t=x.mov", "a#t=x.mov"), ("./a", "a")],
)
def test_a_path_has_no_window(source: str, expected: str) -> None:
    assert path(source) == expected
