"""JSON Lines: a line per finding, the verdict last."""

import json

import pytest

from refprep.reports import json as whole
from refprep.reports.jsonl import render
from tests.reports.results import HOSTILE, all_kinds, finding, named, report


def test_the_line_of_a_finding_is_that_finding_in_json() -> None:
    *findings, _ = map(json.loads, render(all_kinds()).split("\n"))
    assert findings == json.loads(whole.render(all_kinds()))["findings"]


def test_the_last_line_has_the_verdict_and_the_counts() -> None:
    last = json.loads(render(all_kinds()).split("\n")[-1])
    assert last == {
        "schema": 1,
        "envelope": "oxen-seedance-2.0",
        "verdict": "fail",
        "errors": 2,
        "warnings": 1,
    }


def test_without_findings_there_is_the_verdict_only() -> None:
    assert json.loads(render(report()))["verdict"] == "pass"


def test_strict_changes_the_verdict_and_not_the_counts() -> None:
    last = json.loads(render(report(finding(level="warning"), strict=True)).split("\n")[-1])
    assert (last["verdict"], last["errors"], last["warnings"]) == ("fail", 0, 1)


def test_a_finding_has_a_rule_and_only_the_last_line_a_verdict() -> None:
    lines = [json.loads(line) for line in render(all_kinds()).split("\n")]
    assert [("rule" in line, "verdict" in line) for line in lines] == [
        *[(True, False)] * 4,
        (False, True),
    ]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_no_name_breaks_a_line(name: str) -> None:
    text = render(named(name))
    assert text.isascii()
    first, _ = text.splitlines()
    assert json.loads(first)["source"] == name
