"""The state machine of a submission: every row of what an answer means, and what is done next."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.providers import exchange
from refprep.providers.exchange import (
    CREATED,
    DONE,
    FAILED,
    LONGEST_PAUSE,
    NOT_SENT,
    NOTHING,
    PART,
    REFUSED,
    UNKNOWN,
    WAITING,
    WHOLE,
    Answer,
    creation,
    may_repeat,
    pause,
    result,
    state,
)
from tests.examples import many

OXEN = {"done": ["succeeded"], "failed": ["failed", "cancelled"], "urls": "result_url|url"}
FAL = {"done": ["COMPLETED"], "urls": "url"}


@pytest.mark.parametrize(
    ("status", "sent", "names_one", "outcome"),
    [
        (0, NOTHING, False, NOT_SENT),
        (0, PART, False, NOT_SENT),
        (0, WHOLE, False, UNKNOWN),
        (200, WHOLE, True, CREATED),
        (201, WHOLE, True, CREATED),
        (202, WHOLE, True, CREATED),
        (200, WHOLE, False, UNKNOWN),
        (204, WHOLE, False, UNKNOWN),
        (302, WHOLE, False, REFUSED),
        (400, WHOLE, False, REFUSED),
        (401, WHOLE, False, REFUSED),
        (402, WHOLE, False, REFUSED),
        (403, WHOLE, False, REFUSED),
        (404, WHOLE, False, REFUSED),
        (408, WHOLE, False, UNKNOWN),
        (409, WHOLE, False, REFUSED),
        (413, PART, False, REFUSED),
        (422, WHOLE, False, REFUSED),
        (425, WHOLE, False, NOT_SENT),
        (429, WHOLE, False, NOT_SENT),
        (500, WHOLE, False, UNKNOWN),
        (502, WHOLE, False, UNKNOWN),
        (503, WHOLE, False, UNKNOWN),
        (503, PART, False, NOT_SENT),
        (504, WHOLE, False, UNKNOWN),
        (524, WHOLE, False, UNKNOWN),
    ],
)
def test_a_request_that_creates_comes_to_one_of_four_ends(
    status: int, sent: str, names_one: bool, outcome: str
) -> None:
    assert creation(Answer(status, sent), names_one=names_one) == outcome


@many(500)
@given(st.integers(100, 999), st.sampled_from([NOTHING, PART, WHOLE]), st.booleans())
def test_what_left_this_machine_whole_is_sent_again_for_two_answers_only(
    status: int, sent: str, names_one: bool
) -> None:
    outcome = creation(Answer(status, sent), names_one=names_one)
    if sent == WHOLE:
        assert (outcome == NOT_SENT) == (status in (425, 429))


@many(200)
@given(st.integers(100, 999))
def test_a_request_that_creates_nothing_is_repeated_where_that_may_help(status: int) -> None:
    assert may_repeat(Answer(status, WHOLE)) == (status in (408, 425, 429) or status >= 500)


@pytest.mark.parametrize(
    ("answer", "api", "expected"),
    [
        ({"status": "queued"}, OXEN, ("queued", WAITING)),
        ({"status": "succeeded", "result_url": "https://a/b"}, OXEN, ("succeeded", DONE)),
        ({"status": "SUCCEEDED", "result_url": "https://a/b"}, OXEN, ("SUCCEEDED", DONE)),
        ({"status": "failed", "error_message": "no"}, OXEN, ("failed", FAILED)),
        ({"status": "cancelled"}, OXEN, ("cancelled", FAILED)),
        ({"status": "resting"}, OXEN, ("resting", WAITING)),
        ({"status": "IN_QUEUE", "queue_position": 2}, FAL, ("IN_QUEUE", WAITING)),
        ({"status": "COMPLETED", "status_url": "https://a/b"}, FAL, ("COMPLETED", DONE)),
        ({"status": "COMPLETED", "error": "broken"}, FAL, ("COMPLETED", FAILED)),
        ({"status": "COMPLETED", "error": None}, FAL, ("COMPLETED", DONE)),
        ({"status": "CANCELLED"}, FAL, ("CANCELLED", FAILED)),
        ({"status": 7}, FAL, ("", WAITING)),
        ("<html>", FAL, ("", WAITING)),
        ([], FAL, ("", WAITING)),
    ],
)
def test_a_state_is_waiting_done_or_failed(
    answer: Any, api: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert state(answer, api) == expected


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, DONE), (400, FAILED), (410, FAILED), (422, FAILED), (401, WAITING), (403, WAITING),
        (404, WAITING), (408, WAITING), (429, WAITING), (500, WAITING), (504, WAITING),
        (0, WAITING),
    ],
)  # fmt: skip
def test_an_answer_in_place_of_a_result_ends_a_generation_only_by_the_providers_word(
    status: int, meaning: str
) -> None:
    assert result(Answer(status, WHOLE)) == meaning


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 2.0), ("0", 2.0), ("7", 7.0), ("7.5", 2.0), ("-9", 2.0), ("soon", 2.0),
        ("999999", LONGEST_PAUSE), ("9" * 400, 2.0),
        ("Thu, 01 Jan 1970 00:01:30 GMT", 30.0), ("Thu, 01 Jan 1970 00:00:01 GMT", 2.0),
        ("Thu, 99 Jan 1970 00:01:30 GMT", 2.0),
    ],
)  # fmt: skip
def test_retry_after_counts_in_both_forms(header: str, seconds: float) -> None:
    assert pause(2.0, header, now=60.0) == seconds


def test_the_pauses_double_and_then_end() -> None:
    assert list(exchange.pauses(0.5, 3)) == [0.5, 1.0, 2.0, None]


def test_parts_of_an_answer_fill_the_urls_of_each_generation() -> None:
    api = {"id": "request_id", "status": "{status_url}", "links": {"result_url": "{request_id}"}}
    queued = {"request_id": "a", "status_url": "https://a/s", "other": "x"}
    assert exchange.parts(queued, api) == {"a": {"status_url": "https://a/s", "request_id": "a"}}
    assert exchange.parts({"request_id": ""}, api) == {}
