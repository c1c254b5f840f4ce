"""The envelopes for people: a list of all, a page of one, and the differences of two."""

import pytest

from refprep.envelopes import load, names
from refprep.reports import envelope_pages

OXEN, JULY = load("oxen-seedance-2.0"), load("oxen-seedance-2.0-2026-07")


@pytest.mark.parametrize("name", names())
def test_a_page_has_every_limit_and_all_evidence(name: str) -> None:
    envelope = load(name)
    text = envelope_pages.show(envelope)
    words = {line.split()[0] for line in text.splitlines() if line}
    assert set(envelope.limits) | set(envelope.evidence) <= words
    assert envelope.model in text


def test_a_limit_is_shown_with_its_unit_its_level_and_its_evidence() -> None:
    lines = envelope_pages.show(OXEN).splitlines()
    assert "video-fps            warning  24 to 60 fps  [ark]" in lines
    assert "video-rotation       warning  videos without rotation metadata  [practice]" in lines


def test_a_limit_of_a_rule_that_is_not_known_is_shown_as_it_is() -> None:
    limits = {"no-such-rule": OXEN.limits["video-fps"]}
    envelope = OXEN.model_copy(update={"limits": limits})
    assert "no-such-rule         warning  24 to 60  [ark]" in envelope_pages.show(envelope)


def test_the_differences_of_two_are_the_limits_in_which_they_differ() -> None:
    lines = envelope_pages.differences(OXEN, JULY).splitlines()
    place = lines.index("file-count")
    assert lines[place + 1 : place + 3] == [
        "- at most 12 files (error)",
        "+ at most 15 files (error)",
    ]
    assert "seed" in lines
    assert "video-rotation" not in lines


def test_an_envelope_does_not_differ_from_itself() -> None:
    assert envelope_pages.differences(OXEN, OXEN).splitlines() == [
        "--- oxen-seedance-2.0",
        "+++ oxen-seedance-2.0",
    ]
