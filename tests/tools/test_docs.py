"""The generated parts of docs/: up to date."""

from functools import cache
from pathlib import Path

import pytest

from refprep.options import FIELDS
from tools.docs import DOCS, documents, write


@cache
def generated() -> dict[str, str]:
    return documents()


@pytest.mark.parametrize("name", sorted(generated()))
def test_a_document_is_up_to_date(name: str) -> None:
    published = (DOCS / name).read_text("utf-8")
    assert published == generated()[name], "run: python -m tools.docs"


def test_no_schema_is_left_over() -> None:
    published = {f"schema/{path.name}" for path in (DOCS / "schema").iterdir()}
    assert published == {name for name in generated() if name.startswith("schema/")}


def test_writing_removes_schemas_that_are_no_longer_generated(tmp_path: Path) -> None:
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "fixed.schema.json").touch()
    (tmp_path / "architecture.md").touch()
    write(tmp_path)
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert names == {*generated(), "architecture.md"}


def test_every_option_is_a_row_with_its_flag_and_its_environment_variable() -> None:
    rows = [line.split(" | ") for line in generated()["options.md"].splitlines() if "`" in line]
    names = [row[0].strip("|` ") for row in rows]
    assert [name for name in names if name in {option.name for option in FIELDS}] == [
        option.name for option in FIELDS
    ]
    by_name = dict(zip(names, rows, strict=True))
    assert by_name["frame_accurate"][1:4] == [
        "`--frame-accurate`", "`REFPREP_FRAME_ACCURATE`", "yes",
    ]  # fmt: skip
    assert by_name["cache"][1] == "`--cache DIR`, `--no-cache`"
    assert by_name["zipped"][1:4] == ["`--zip`", "", ""]
