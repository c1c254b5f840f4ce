"""The schemas: valid themselves, and every result is valid by them."""

import copy
import json
from functools import cache
from typing import Any

import jsonschema
import pytest

from refprep import envelopes
from refprep.models.finding import Result
from refprep.options import Options
from refprep.reports.json import plain
from tests.reports.results import all_kinds, every
from tools.schemas import MODELS, schemas


@cache
def generated() -> dict[str, Any]:
    return schemas()


def errors(value: Any, name: str) -> list[str]:
    found = jsonschema.Draft202012Validator(generated()[name]).iter_errors(value)
    return [error.message for error in found]


def schema_name(result: Result) -> str:
    return next(name for name, model in MODELS.items() if model is type(result))


def test_there_is_a_schema_for_each_result_and_for_each_body() -> None:
    bodies = {f"body-{name}" for name in envelopes.names()}
    assert set(generated()) == bodies | {
        "report", "plan", "fix", "bundle", "verify", "estimate", "compare", "submit", "manifest",
    }  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_schema_is_one_of_draft_2020_12(name: str) -> None:
    schema = generated()[name]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", MODELS)
def test_a_schema_has_an_id_a_description_and_a_version(name: str) -> None:
    schema = generated()[name]
    assert schema["$id"] == f"urn:refprep:schema:1:{name}"
    assert schema["description"]
    assert schema["properties"]["schema"]["const"] == 1


@pytest.mark.parametrize("result", every().values(), ids=every())
def test_every_result_is_valid(result: Result) -> None:
    assert errors(json.loads(json.dumps(plain(result))), schema_name(result)) == []


def test_a_reference_has_the_facts_of_its_kind() -> None:
    kinds = generated()["report"]["$defs"]["Reference"]["oneOf"]
    assert [kind["title"] for kind in kinds] == [
        "Image", "Video", "Audio", "Unreadable", "Unchecked",
    ]  # fmt: skip
    for kind, facts in zip(kinds, plain(all_kinds())["media"], strict=True):
        assert list(kind["properties"]) == list(facts)
        assert set(kind["required"]) == set(facts)


def test_a_fact_is_described_by_the_string_below_its_field() -> None:
    image = generated()["report"]["$defs"]["Reference"]["oneOf"][0]
    assert image["properties"]["orientation"]["description"].startswith("The EXIF orientation tag")


def test_the_options_of_a_manifest_are_those_that_are_recorded() -> None:
    schema = generated()["manifest"]["properties"]["options"]
    validator = jsonschema.Draft202012Validator(schema)
    recorded = Options(allow=("pad", "crop"), media_url="https://example.org").recorded()
    assert set(schema["properties"]) == set(recorded)
    assert validator.is_valid(recorded)
    assert not validator.is_valid(recorded | {"keep": "foot"})
    assert not validator.is_valid(recorded | {"allow": ["everything"]})
    assert not validator.is_valid(recorded | {"jobs": 2})


BROKEN = {
    "a missing key": lambda report: report["media"][0].pop("width"),
    "an unknown key": lambda report: report["media"][0].update(height_in_cubits=3),
    "facts of another kind": lambda report: report["media"][0].update(kind="audio"),
    "a number as text": lambda report: report["media"][1].update(duration="4"),
    "an unknown level": lambda report: report["findings"][0].update(level="fatal"),
    "a finding without a rule": lambda report: report["findings"][0].pop("rule"),
    "another verdict": lambda report: report.update(verdict="maybe"),
    "another schema": lambda report: report.update(schema=2),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_what_is_no_report_is_not_valid(change: Any) -> None:
    report = copy.deepcopy(plain(all_kinds()))
    change(report)
    assert errors(json.loads(json.dumps(report)), "report")
