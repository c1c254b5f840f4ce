"""Workflow commands, parsed as the runner parses them."""

import re
from typing import NamedTuple

import pytest

from refprep.reports.github import render
from refprep.words import visible
from tests.reports.results import HOSTILE, all_kinds, finding, named, report

COMMAND = re.compile(r"::(?P<name>[a-z]+) (?P<properties>.*?)::(?P<data>.*)")


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    data: str


def unescaped(text: str, codes: str) -> str:
    for code in codes.split():
        text = text.replace(code, chr(int(code[1:], 16)))
    return text


def read(log: str) -> list[Command]:
    """The commands of a log: the runner splits lines at CR and LF, and unescapes %25 last."""
    found = filter(None, map(COMMAND.fullmatch, re.split(r"\r\n|\r|\n", log)))
    return [
        Command(
            match["name"],
            {
                key: unescaped(value, "%0D %0A %3A %2C %25")
                for key, value in (part.split("=", 1) for part in match["properties"].split(","))
            },
            unescaped(match["data"], "%0D %0A %25"),
        )
        for match in found
    ]


def test_levels_are_error_warning_and_notice() -> None:
    assert [command.name for command in read(render(all_kinds()))] == [
        "error",
        "warning",
        "error",
        "notice",
    ]


def test_a_command_names_file_rule_and_slot() -> None:
    (command,) = read(render(named("hero.png")))
    assert command.properties == {"file": "hero.png", "title": "image-dimensions (image1)"}


def test_a_command_has_the_message_and_the_remedy_on_a_line_of_its_own() -> None:
    (command,) = read(render(report(finding(message="100%, or so", repair="scale (lossy)"))))
    assert command.data == "100%, or so\n-> scale (lossy)"


def test_the_file_of_a_command_has_no_window() -> None:
    assert read(render(all_kinds()))[1].properties["file"] == "dance.mov"


def test_a_finding_about_the_request_has_no_file() -> None:
    assert "file" not in read(render(all_kinds()))[-1].properties


def test_the_log_ends_in_the_verdict() -> None:
    last = render(all_kinds()).split("\n")[-1]
    assert last == "refprep: fail, 2 errors, 1 warning, 1 info; oxen-seedance-2.0"
    assert render(report()) == "refprep: pass, no findings; oxen-seedance-2.0"


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_no_name_ends_its_command_or_starts_another(name: str) -> None:
    (command,) = read(render(named(name)))
    assert command.properties["file"] == visible(name)


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_no_message_ends_its_command_or_starts_another(hostile: str) -> None:
    (command,) = read(render(report(finding(message=hostile, repair=None))))
    assert command.data == visible(hostile)
