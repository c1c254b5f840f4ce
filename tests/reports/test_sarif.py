"""SARIF: valid by the published schema, and with what GitHub code scanning requires beyond it."""

import json
import os
from functools import cache
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import jsonschema
import pytest

import refprep
from refprep.models.finding import Result
from refprep.reports.sarif import render
from refprep.rules import RULES
from tests.reports.published import published
from tests.reports.results import HOSTILE, all_kinds, every, finding, named, report


@cache
def validator() -> jsonschema.Draft7Validator:
    """The OASIS schema; formats are checked, so that a URI must be one."""
    schema = published("https://json.schemastore.org/sarif-2.1.0.json")
    assert schema["$id"].endswith("/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json")
    return jsonschema.Draft7Validator(
        schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
    )


def read(result: Result) -> Any:
    """The one run of a log that is valid."""
    log = json.loads(render(result))
    validator().validate(log)
    (run,) = log["runs"]
    return run


def artifact(result: Result) -> str:
    (row,) = read(result)["results"]
    return str(row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


@pytest.mark.parametrize("result", every().values(), ids=every())
def test_every_result_is_valid(result: Result) -> None:
    assert len(read(result)["results"]) == len(result.findings)


def test_the_schema_refuses_what_is_wrong() -> None:
    log = json.loads(render(all_kinds()))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = (
        "a b"
    )
    log["runs"][0]["results"][1]["level"] = "info"
    log["runs"][0]["results"][2]["color"] = "red"
    assert len(list(validator().iter_errors(log))) == 3


def test_the_tool_is_this_refprep() -> None:
    driver = read(all_kinds())["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("refprep", refprep.__version__)


def test_a_result_refers_to_its_rule_with_its_description() -> None:
    run = read(all_kinds())
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["shortDescription"]["text"] in rule["help"]["text"]


def test_every_rule_has_a_valid_description() -> None:
    read(report(*(finding(rule=rule.name) for rule in RULES)))


def test_levels_are_error_warning_and_note() -> None:
    levels = [row["level"] for row in read(all_kinds())["results"]]
    assert levels == ["error", "warning", "error", "note"]


def test_a_result_keeps_the_measured_value_the_limit_and_the_remedy() -> None:
    assert read(named("hero.png"))["results"][0]["properties"] == {
        "slot": "image1",
        "actual": [113, 150],
        "required": {"min": 300, "max": 6000},
        "repair": "scale to 300x398 (lossy)",
    }


def test_each_result_has_the_one_full_location_that_github_requires() -> None:
    for result in read(all_kinds())["results"]:
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"]
        assert set(place["region"]) == {"startLine", "startColumn", "endLine", "endColumn"}
        assert "primaryLocationLineHash" in result["partialFingerprints"]


def test_a_finding_about_the_request_has_the_request_as_its_location() -> None:
    assert artifact(report(finding(None))) == "request"


def test_a_location_has_no_window() -> None:
    assert artifact(report(finding("dance.mov#t=3,9"))) == "dance.mov"


def test_an_absolute_path_is_a_file_uri() -> None:
    assert artifact(report(finding("/media/a b.png"))) == "file:///media/a%20b.png"


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_is_a_relative_reference_that_leads_back_to_it(name: str) -> None:
    uri = artifact(named(name))
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert unquote_to_bytes(uri) == os.fsencode(name)


def fingerprints(result: Result) -> list[str]:
    found = read(result)["results"]
    return [row["partialFingerprints"]["primaryLocationLineHash"] for row in found]


def test_a_fingerprint_stays_while_the_numbers_and_the_slot_change() -> None:
    before = report(finding())
    after = report(finding(message="114 x 150 pixels", actual=(114, 150), slot="image2"))
    assert fingerprints(before) == fingerprints(after)


def test_fingerprints_differ_by_rule_file_and_window_and_never_repeat() -> None:
    hashes = fingerprints(
        report(
            finding("a.mov"), finding("b.mov"), finding("a.mov", rule="video-fps"),
            finding("a.mov#t=0,3"), finding("a.mov#t=3,6"), finding("a.mov"), finding(None),
        )
    )  # fmt: skip
    assert len(set(hashes)) == 7


def test_two_envelopes_are_two_categories() -> None:
    other = report().model_copy(update={"envelope": "my/limits 2.toml"})
    categories = [read(result)["automationDetails"]["id"] for result in (report(), other)]
    assert categories == ["refprep/oxen-seedance-2.0/", "refprep/my%2Flimits%202.toml/"]
