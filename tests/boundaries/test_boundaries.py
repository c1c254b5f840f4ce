"""Every rule at its boundary: what breaks it is found, and what just does not is not."""

from pathlib import Path

import pytest

import refprep
from refprep import envelopes
from refprep.models.shape import Cap
from refprep.options import DEFAULT_ENVELOPE
from refprep.rules import RULES
from tests.boundaries.cases import ROWS, Make, Packed, Row

CAPPED = envelopes.load(DEFAULT_ENVELOPE).model_copy(
    update={
        "name": "capped",
        "caps": {"both": Cap(slots=("image", "video"), max=2, evidence=("page",), level="error")},
    }
)
"No envelope that ships limits several slots together."
WITHOUT_FILES = ("file-read-error", "file-crashes", "file-too-slow")
"No file is known that does so; tests/isolation has functions that do."
UNCHECKED = ("file-unreadable", "file-too-big", "file-kind")
"The rules whose findings mean that nothing else of a file was checked."
FIRST = tuple({row.rule: row for row in reversed(ROWS)}.values())


def found(row: Row, make: Make, folder: Path, *select: str) -> set[tuple[str, str]]:
    """The rules and levels of the findings: those of the row's rule, and those of UNCHECKED."""
    source = make(folder)
    if isinstance(source, Packed):
        report: refprep.Report = refprep.verify(source.path, select=select)
    else:
        envelope = CAPPED if row.envelope == "capped" else row.envelope
        report = refprep.check(source, envelope=envelope, inline=row.inline, select=select)
    rules = (row.rule, *UNCHECKED)
    return {(finding.rule, finding.level) for finding in report.findings if finding.rule in rules}


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_breaks_a_rule_is_found_at_its_level(row: Row, session_folder: Path) -> None:
    assert found(row, row.broken, session_folder) == {(row.rule, row.level)}


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_just_does_not_is_not_found(row: Row, session_folder: Path) -> None:
    expected = {(row.rule, row.lesser_level)} if row.lesser_level else set()
    assert found(row, row.spared, session_folder) == expected


@pytest.mark.slow
@pytest.mark.parametrize("row", FIRST, ids=str)
def test_a_rule_finds_the_same_where_it_alone_is_selected(row: Row, session_folder: Path) -> None:
    assert found(row, row.broken, session_folder, row.rule) == {(row.rule, row.level)}


def test_every_rule_has_its_rows_in_the_order_of_the_rules() -> None:
    names = [rule.name for rule in RULES if rule.name not in WITHOUT_FILES]
    assert list(dict.fromkeys(row.rule for row in ROWS)) == names
