"""The rules for people: a table of all, and a page of each."""

import pytest

from refprep.cli import main
from refprep.envelopes import load
from refprep.errors import UsageError
from refprep.options import DEFAULT_ENVELOPE
from refprep.reports import rule_pages
from refprep.rules import RULES

ENVELOPE = load(DEFAULT_ENVELOPE)


def test_a_page_has_what_why_limit_evidence_fix_and_example(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", "video-pixels"]) == 0
    text = capsys.readouterr().out
    for words in (
        "area", "4K", "takes 409,600 to 927,408 pixels per frame.", "- published: Oxen.ai",
        "**Fix.** Scaled", "**Example.** `8,294,400 pixels per frame; ",
    ):  # fmt: skip
        assert words in text


def test_an_unknown_rule_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match=r"unknown rule video-pixel; did you mean video-pixels\?"):
        rule_pages.explain("video-pixel", ENVELOPE)


def test_the_table_has_a_line_per_rule_with_its_level_and_limit() -> None:
    lines = rule_pages.table(ENVELOPE, rule_pages.rows(ENVELOPE)).splitlines()
    assert [line.split()[0] for line in lines] == [rule.name for rule in RULES]
    by_rule = {line.split()[0]: line for line in lines}
    assert by_rule["video-fps"].split()[1] == "warning"
    assert by_rule["video-fps"].endswith(" oxen-seedance-2.0 takes 24 to 60 fps.")
    assert by_rule["watermark"].split()[1] == "unset"
