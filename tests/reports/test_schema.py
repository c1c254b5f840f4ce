"""The published schemas: up to date, themselves valid, and true of every result."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from refprep.models.finding import Result
from refprep.reports.json import plain
from refprep.reports.schema import schemas, write
from tests.reports.results import all_kinds, every

PUBLISHED = Path(__file__).parents[2] / "docs" / "schema"
NAMES = ("report", "plan", "fixed", "bundle", "verified")


@cache
def made() -> dict[str, Any]:
    return schemas()


def errors(told: Any, name: str) -> list[str]:
    found = jsonschema.Draft202012Validator(made()[name]).iter_errors(told)
    return [error.message for error in found]


def of(result: Result) -> str:
    return type(result).__name__.lower()


def test_the_published_files_are_up_to_date(tmp_path: Path) -> None:
    write(tmp_path)
    made = {file.name: file.read_text("ascii") for file in tmp_path.iterdir()}
    published = {file.name: file.read_text("ascii") for file in PUBLISHED.iterdir()}
    assert published == made, "run: python -m refprep.reports.schema docs/schema"


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_of_draft_2020_12(name: str) -> None:
    schema = made()[name]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_named_described_and_counted(name: str) -> None:
    schema = made()[name]
    assert schema["title"].lower() == name
    assert schema["description"]
    assert schema["properties"]["schema"]["const"] == 1


@pytest.mark.parametrize("result", every().values(), ids=every())
def test_every_result_is_valid(result: Result) -> None:
    told = json.loads(json.dumps(plain(result)))
    assert errors(told, of(result)) == []


def test_an_entry_is_told_with_the_facts_of_its_kind() -> None:
    kinds = made()["report"]["$defs"]["Reference"]["oneOf"]
    assert [kind["title"] for kind in kinds] == ["Image", "Video", "Audio", "Unreadable"]
    for kind, told in zip(kinds, plain(all_kinds())["media"], strict=True):
        assert list(kind["properties"]) == list(told)
        assert set(kind["required"]) == set(told)


def test_facts_are_described_by_what_the_model_says_of_them() -> None:
    image = made()["report"]["$defs"]["Reference"]["oneOf"][0]
    assert image["properties"]["orientation"]["description"].startswith("The EXIF orientation tag")


BROKEN = {
    "a missing key": lambda told: told["media"][0].pop("width"),
    "a strange key": lambda told: told["media"][0].update(height_in_cubits=3),
    "facts of another kind": lambda told: told["media"][0].update(kind="audio"),
    "a number as text": lambda told: told["media"][1].update(duration="4"),
    "a strange level": lambda told: told["findings"][0].update(level="fatal"),
    "a finding without a rule": lambda told: told["findings"][0].pop("rule"),
    "another verdict": lambda told: told.update(verdict="maybe"),
    "another schema": lambda told: told.update(schema=2),
}


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_what_is_no_report_is_not_valid(spoil: Any) -> None:
    told = copy.deepcopy(plain(all_kinds()))
    spoil(told)
    assert errors(json.loads(json.dumps(told)), "report")
