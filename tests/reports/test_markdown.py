"""Markdown, rendered to HTML by another library and read from there."""

import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from refprep.models.finding import Result
from refprep.reports.markdown import render
from refprep.words import visible
from tests.reports.results import (
    HOSTILE,
    all_kinds,
    bundle,
    finding,
    fixed,
    named,
    not_written,
    planned,
    report,
)


class Page(HTMLParser):
    """Tables under their headings, a list of cells per row; and the words outside code."""

    def __init__(self, result: Result) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, list[list[str]]] = {}
        self.prose = ""
        self.title = ""
        self.open: list[str] = []
        self.feed(
            MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(render(result))
        )
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        if tag in ("h2", "h3"):
            self.title = ""
        elif tag == "table":
            self.tables[self.title] = []
        elif tag == "tr":
            self.tables[self.title].append([])
        elif tag in ("td", "th"):
            self.tables[self.title][-1].append("")
        elif tag == "br":
            self.open.pop()
            self.tables[self.title][-1][-1] += "; "

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "h3" in self.open:
            self.title += data
        if {"td", "th"} & set(self.open):
            self.tables[self.title][-1][-1] += data
        self.prose += "" if "code" in self.open else data


def test_it_starts_with_the_verdict_and_the_counts() -> None:
    assert render(all_kinds()).startswith("## refprep: fail\n\n2 errors, 1 warning, 1 info; ")
    assert render(report()).startswith("## refprep: pass\n\nno findings; ")


def test_a_finding_is_a_row() -> None:
    heads, first, *_, last = Page(all_kinds()).tables["Findings"]
    assert heads == ["level", "file", "slot", "rule", "finding", "remedy"]
    assert first == [
        "error",
        "hero.png",
        "image1",
        "image-dimensions",
        "113 x 150 pixels; oxen-seedance-2.0 takes 300 to 6,000 pixels on each side",
        "scale to 300x398 (lossy)",
    ]
    assert last[1] == "the request"


def test_the_facts_of_each_file_are_a_row() -> None:
    rows = Page(all_kinds()).tables["Files"][1:]
    assert [row[:2] for row in rows] == [
        ["hero.png", "image1"],
        ["dance.mov#t=3,9", "video1"],
        ["voice.wav", "audio1"],
        ["empty.jpg", ""],
        ["https://x.org/a.png", "image2"],
    ]
    assert rows[1][2] == "MP4 h264+aac, 1,280 x 720, 4 s, 30 fps, 4.0 MB"


def test_without_findings_there_is_no_table() -> None:
    assert Page(report()).tables == {}


def test_a_plan_shows_its_steps() -> None:
    rows = Page(planned()).tables["Plan"][1:]
    assert "scale to" in rows[0][1]
    assert "keep 0 to" in rows[1][1]
    assert rows[2][1] == "unchanged (copied byte for byte)"


@pytest.mark.parametrize("result", [fixed(), bundle()], ids=["fixed", "bundle"])
def test_a_written_file_is_a_row_with_its_steps(result: Result) -> None:
    assert Page(result).tables["Prepared"][1] == [
        "hero.png",
        "out/hero.png",
        "scale to 300x398 (lossy); encode as PNG (lossy)",
    ]


def test_a_bundle_has_its_path_or_was_not_written() -> None:
    assert render(bundle()).endswith("Bundle: <code>out</code>")
    assert render(not_written()).endswith("No bundle was written.")


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_is_shown_as_it_is(name: str) -> None:
    tables = Page(named(name)).tables
    assert tables["Findings"][1][1] == visible(name)
    assert tables["Files"][1][0] == visible(name)
    assert Page(fixed(name=name)).tables["Prepared"][1][0] == visible(name)


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_a_message_is_shown_as_it_is(hostile: str) -> None:
    cell = Page(report(finding(message=f"x{hostile}x"))).tables["Findings"][1][4]
    assert cell == visible(f"x{hostile}x")


def test_nobody_is_mentioned_and_no_issue_is_linked() -> None:
    tag = finding("@octocat #1.jpg", message="@Image3 is not there", repair="write @Image2")
    page = Page(report(tag))
    assert page.tables["Findings"][1][4:] == ["@Image3 is not there", "write @Image2"]
    assert not re.search(r"[@#]\w", page.prose)
