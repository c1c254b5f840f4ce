"""The exchange with a provider: what an answer means, and what is done next.

This is the whole state machine of a submission, as tables and plain functions. Nothing here opens
a connection or a file, so every row can be tested; `wire` sends, `journal` keeps, `submit` acts.

The rule behind all of it: a request that creates a generation costs money, so it is sent again
only where it surely created none.
"""

from __future__ import annotations

import email.utils
import json
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

NOTHING, PART, WHOLE = "nothing", "a part", "the whole"
"How much of a request has left this machine: no connection; broken off; all of it."

CREATED = "created"
REFUSED = "refused"
NOT_SENT = "not sent"
UNKNOWN = "may be under way"
"What became of a request that creates a generation."

WAITING, DONE, FAILED = "waiting", "done", "failed"
"What a generation's state comes down to."

ENDED_BADLY = ("failed", "error", "cancelled", "canceled", "expired", "rejected")
"States in which a generation has failed at any provider, whatever its documentation leaves out."
BUSY = (425, 429)
"Too Early, Too Many Requests: answers of a server that has done nothing."
GONE = (404, 410)
EXPIRED = (401, 403, *GONE)
"The statuses of a signed link whose time is over."
LONGEST_PAUSE = 300.0
"Seconds: a provider that asks for a longer pause is asked again after this one."
MAX_DEPTH = 64
"How deep an answer may be nested."
ERROR_KEYS = ("code", "title", "detail", "message", "msg", "error", "error_message", "error_type")
MACHINE_KEYS = ("type", "status_message", "reason")
"Where an answer has words for machines; they come last."


class Answer(NamedTuple):
    """What came of one request. `status` is 0 where there is no whole answer; `why` says why."""

    status: int
    sent: str
    content: bytes = b""
    retry_after: str = ""
    why: str = ""

    @property
    def good(self) -> bool:
        """True for a whole answer that reports no error."""
        return 200 <= self.status < 300


def creation(answer: Answer, *, names_one: bool) -> str:
    """What became of a request that creates: CREATED, REFUSED, NOT_SENT or UNKNOWN.

    Args:
        answer: What came of the request.
        names_one: True where the answer names a generation, or a video.

    A server that has not had the whole request cannot have carried it out. A gateway's error (500
    to 599), a time-out (408) and an answer that nobody can read say nothing about what is behind.
    """
    if answer.sent == NOTHING:
        return NOT_SENT
    if answer.good:
        return CREATED if names_one else UNKNOWN
    if 300 <= answer.status < 500 and answer.status not in (408, *BUSY):
        return REFUSED
    if answer.status in BUSY or answer.sent == PART:
        return NOT_SENT
    return UNKNOWN


def may_repeat(answer: Answer) -> bool:
    """True where a request that creates nothing is sent again: no answer, or one that may pass."""
    return answer.status in (0, 408, *BUSY) or answer.status >= 500


def pauses(first: float, count: int) -> Iterator[float | None]:
    """The seconds before each repetition, twice as many each time; then None: no more."""
    for turn in range(count):
        yield first * 2.0**turn
    yield None


def pause(planned: float, retry_after: str, now: float | None = None) -> float:
    """The seconds to wait: as planned, or as long as Retry-After asks for, in either form.

    Args:
        planned: The pause without that header.
        retry_after: Its value: seconds, or an HTTP date (RFC 9110, 10.2.3); "" for none.
        now: Seconds since 1970; None: this moment.
    """
    wanted = 0.0
    if re.fullmatch(r"\d{1,9}", retry_after.strip()):
        wanted = float(retry_after)
    elif retry_after:
        try:
            date = email.utils.parsedate_to_datetime(retry_after)
            wanted = date.timestamp() - (time.time() if now is None else now)
        except (TypeError, ValueError, IndexError, OverflowError):
            wanted = 0.0
    return max(planned, min(wanted, LONGEST_PAUSE))


def state(answer: Any, api: Mapping[str, Any]) -> tuple[str, str]:
    """The provider's own word for a generation's state, and WAITING, DONE or FAILED.

    A generation that has ended with an error and no video has failed, whatever the word is: fal
    calls it COMPLETED.
    """
    word = (strings(answer, "status") or [""])[0]
    known = word.lower()
    if known in {*map(str.lower, api.get("failed", ())), *ENDED_BADLY}:
        return word, FAILED
    if known in map(str.lower, api["done"]):
        failed = error_of(answer) and not strings(answer, *api["urls"].split("|"))
        return word, FAILED if failed else DONE
    return word, WAITING


def result(answer: Answer) -> str:
    """What the answer of a result's own URL means for a generation that is done.

    DONE: it holds the result. FAILED: the provider says why there is none. WAITING: it cannot be
    known now; the generation is kept.
    """
    if answer.good:
        return DONE
    refused = 400 <= answer.status < 500 and not may_repeat(answer)
    return FAILED if refused and answer.status not in (401, 403, 404) else WAITING


def parts(queued: Any, api: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What fills the {names} in the API's URLs, for each generation that an answer names."""
    templates = " ".join(str(api.get(name, "")) for name in ("status", "result", "cancel"))
    templates += " ".join(api.get("links", {}).values())
    names = re.findall(r"{(\w+)}", templates)
    known = {name: value for name in names for value in strings(queued, name)[:1]}
    return {key: {**known, api["id"]: key} for key in strings(queued, api["id"]) if key}


def parse(text: str) -> Any:
    """An answer's JSON; the text itself, which names nothing, where it is not JSON."""
    try:
        value = json.loads(text, strict=False)
        require_shallow(value)
    except (ValueError, RecursionError):
        return text
    return value


def require_shallow(value: Any) -> None:
    """ValueError for JSON that is nested deeper than any body."""
    level, depth = [value], 0
    while level := [
        inner
        for item in level
        if isinstance(item, (dict, list))
        for inner in (item.values() if isinstance(item, dict) else item)
    ]:
        depth += 1
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested more than {MAX_DEPTH} deep")


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every value in parsed JSON with its key, in order; the key is empty in lists."""
    stack = [("", value)]
    while stack:
        key, item = stack.pop()
        yield key, item
        if isinstance(item, dict):
            stack += reversed(list(item.items()))
        elif isinstance(item, list):
            stack += [("", each) for each in reversed(item)]


def strings(value: Any, *keys: str) -> list[str]:
    """The strings under these keys, at any depth."""
    return [item for key, item in walk(value) if key in keys and isinstance(item, str)]


def error_of(answer: Any) -> bool:
    """True where an answer holds an error of its own."""
    own = answer if isinstance(answer, dict) else {}
    return any(own.get(key) for key in ("error", "error_message", "error_type"))


def error_text(answer: Any) -> str:
    """What an answer says about an error, and where, in any of the documented shapes."""
    places = [item for key, item in walk(answer) if key == "loc" and isinstance(item, list)]
    texts = [".".join(map(str, place)) for place in places] + strings(answer, *ERROR_KEYS)
    texts += strings(answer, *MACHINE_KEYS) if texts else []
    return " ".join(": ".join(dict.fromkeys(texts)).split())


def excerpt(answer: Any) -> str:
    """The beginning of an answer, for a message."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return " ".join(text.split())[:200]


def elapsed(seconds: float) -> str:
    """A time for people: 45 s, 3 min 20 s."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
