"""Pages: rules explained, envelopes shown and compared."""

import pytest

from refprep.cli import main
from refprep.envelopes import load, names
from refprep.errors import UsageError
from refprep.options import DEFAULT_ENVELOPE
from refprep.reports import envelope_pages, rule_pages
from refprep.rules import RULES
from refprep.rules.pages import pages


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert set(pages()) == {rule.name for rule in RULES}


def test_a_page_tells_what_why_the_limit_and_who_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", "video-pixels"]) == 0
    result = capsys.readouterr().out
    for words in ("area", "4K", "409,600 to 927,408", "published", "Oxen.ai", "Scaled", "Example"):
        assert words in result


def test_a_rule_that_is_unknown_cannot_be_explained() -> None:
    with pytest.raises(UsageError, match="video-pixel"):
        rule_pages.explain("video-pixel", load(DEFAULT_ENVELOPE))


@pytest.mark.parametrize("name", names())
def test_an_envelope_is_shown_with_every_limit_and_every_witness(name: str) -> None:
    envelope = load(name)
    result = envelope_pages.show(envelope)
    lines = {line.split()[0] for line in result.splitlines() if line}
    assert set(envelope.limits) | set(envelope.evidence) <= lines
    assert envelope.model in result


def test_two_envelopes_are_told_apart_by_what_differs_only() -> None:
    result = envelope_pages.differences(
        load("oxen-seedance-2.0"), load("oxen-seedance-2.0-2026-07")
    )
    lines = result.splitlines()
    place = lines.index("file-count")
    assert lines[place + 1] == "- at most 12 files (error)"
    assert lines[place + 2] == "+ at most 15 files (error)"
    assert "seed" in lines
    assert "video-rotation" not in lines


def test_an_envelope_does_not_differ_from_itself() -> None:
    assert envelope_pages.differences(
        load(DEFAULT_ENVELOPE), load(DEFAULT_ENVELOPE)
    ).splitlines() == [
        "--- oxen-seedance-2.0",
        "+++ oxen-seedance-2.0",
    ]
