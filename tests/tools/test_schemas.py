"""The published schemas: up to date, themselves valid, and true of every result."""

import copy
import json
from functools import cache
from typing import Any

import jsonschema
import pytest

from refprep.models.finding import Result
from refprep.reports.json import plain
from tests.reports.results import all_kinds, every
from tools.schemas import schemas

NAMES = ("report", "plan", "fix", "bundle", "verify")


@cache
def published() -> dict[str, Any]:
    return schemas()


def errors(output: Any, name: str) -> list[str]:
    found = jsonschema.Draft202012Validator(published()[name]).iter_errors(output)
    return [error.message for error in found]


def of(result: Result) -> str:
    return type(result).__name__.lower().removesuffix("result")


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_of_draft_2020_12(name: str) -> None:
    schema = published()[name]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_named_described_and_counted(name: str) -> None:
    schema = published()[name]
    assert schema["title"].lower().removesuffix("result") == name
    assert schema["description"]
    assert schema["properties"]["schema"]["const"] == 1


@pytest.mark.parametrize("result", every().values(), ids=every())
def test_every_result_is_valid(result: Result) -> None:
    output = json.loads(json.dumps(plain(result)))
    assert errors(output, of(result)) == []


def test_an_entry_is_told_with_the_facts_of_its_kind() -> None:
    kinds = published()["report"]["$defs"]["Reference"]["oneOf"]
    assert [kind["title"] for kind in kinds] == ["Image", "Video", "Audio", "Unreadable"]
    for kind, output in zip(kinds, plain(all_kinds())["media"], strict=True):
        assert list(kind["properties"]) == list(output)
        assert set(kind["required"]) == set(output)


def test_facts_are_described_by_what_the_model_says_of_them() -> None:
    image = published()["report"]["$defs"]["Reference"]["oneOf"][0]
    assert image["properties"]["orientation"]["description"].startswith("The EXIF orientation tag")


BROKEN = {
    "a missing key": lambda output: output["media"][0].pop("width"),
    "a strange key": lambda output: output["media"][0].update(height_in_cubits=3),
    "facts of another kind": lambda output: output["media"][0].update(kind="audio"),
    "a number as text": lambda output: output["media"][1].update(duration="4"),
    "a strange level": lambda output: output["findings"][0].update(level="fatal"),
    "a finding without a rule": lambda output: output["findings"][0].pop("rule"),
    "another verdict": lambda output: output.update(verdict="maybe"),
    "another schema": lambda output: output.update(schema=2),
}


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_what_is_no_report_is_not_valid(spoil: Any) -> None:
    output = copy.deepcopy(plain(all_kinds()))
    spoil(output)
    assert errors(json.loads(json.dumps(output)), "report")
