"""Every rule at its boundary: what breaks it is found, and what just does not is spared."""

from pathlib import Path

import pytest

import refprep
from refprep.rules import RULES
from tests.boundaries.cases import ROWS, Make, Packed, Row, page

PUBLISHED = Path(__file__).parents[2] / "docs" / "boundaries.md"
READ = ("file-unreadable", "file-kind")
"The rules that say that a file was not judged at all: nothing is spared by them unseen."
FIRST = tuple({row.rule: row for row in reversed(ROWS)}.values())


def found(row: Row, make: Make, folder: Path, *select: str) -> set[tuple[str, str]]:
    """The rules and levels of what is found, of the row's rule and of files not judged."""
    made = make(folder)
    if isinstance(made, Packed):
        report: refprep.Report = refprep.verify(made.path, select=select)
    else:
        report = refprep.check(made, envelope=row.envelope, inline=row.inline, select=select)
    return {(one.rule, one.level) for one in report.findings if one.rule in (row.rule, *READ)}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_breaks_a_rule_is_found_at_its_level(row: Row, made: Path) -> None:
    assert found(row, row.broken, made) == {(row.rule, row.level)}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_just_does_not_is_spared(row: Row, made: Path) -> None:
    assert found(row, row.spared, made) == ({(row.rule, row.still)} if row.still else set())


@pytest.mark.parametrize("row", FIRST, ids=str)
def test_a_rule_finds_the_same_where_it_alone_is_selected(row: Row, made: Path) -> None:
    assert found(row, row.broken, made, row.rule) == {(row.rule, row.level)}


def test_every_rule_has_its_rows_in_the_order_of_the_rules() -> None:
    assert list(dict.fromkeys(row.rule for row in ROWS)) == [rule.name for rule in RULES]


def test_the_published_table_is_up_to_date() -> None:
    published = PUBLISHED.read_text("utf-8")
    assert published == page(), "run: python -m tests.boundaries.cases docs/boundaries.md"
