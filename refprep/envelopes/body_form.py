"""Compares a value of a body with a form: what stands for its placeholders, where it differs."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from refprep.models.shape import Form

LONGEST = 40
"Characters of a value that a message shows."


class Misfit(NamedTuple):
    """A place where a value differs from a form."""

    place: str
    accepted: str | None
    "None: no such field."
    value: str
    "Empty: it is missing."


class Match(NamedTuple):
    """How a value compares with a form."""

    values: dict[str, str]
    "Of the placeholders."
    misfits: tuple[Misfit, ...] = ()
    equal: int = 0
    "How many constants are as in the form."
    keys: frozenset[str] = frozenset()
    "The keys of the form."


def match_form(form: Form, value: Any, place: str) -> Match:
    """Compare a value, which stands at `place` in the body, with a form."""
    accepted = short(form)
    match form, value:
        case dict(), dict():
            return _joined(_match_keys(form, value, place), frozenset(form))
        case list(), list() if len(form) == len(value):
            pairs = enumerate(zip(form, value, strict=True))
            return _joined(match_form(*pair, f"{place}[{n}]") for n, pair in pairs)
        case str(), _ if form[:1] == "{" and form[-1:] == "}":
            if isinstance(value, str) and is_unicode(value):
                return Match({form[1:-1]: value})
            accepted = "Unicode text" if isinstance(value, str) else "a string"
        case dict(), _:
            accepted = "an object"
        case _ if type(form) is type(value) and form == value:
            return Match({}, equal=1)
    return Match({}, (Misfit(place, accepted, short(value)),))


def _match_keys(form: Mapping[str, Form], value: Mapping[str, Any], place: str) -> Iterator[Match]:
    for key in value:
        if key not in form:
            yield Match({}, (Misfit(f"{place}.{key}", None, short(value[key])),))
    for key, inner in form.items():
        if key in value:
            yield match_form(inner, value[key], f"{place}.{key}")
        else:
            yield Match({}, (Misfit(f"{place}.{key}", short(inner), ""),))


def _joined(parts: Iterable[Match], keys: frozenset[str] = frozenset()) -> Match:
    whole = Match({}, keys=keys)
    for part in parts:
        whole = Match(
            {**whole.values, **part.values},
            whole.misfits + part.misfits,
            whole.equal + part.equal,
            whole.keys | part.keys,
        )
    return whole


def is_unicode(text: str) -> bool:
    """False for a text that holds half a surrogate pair."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def short(value: Any) -> str:
    """A value as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = text if is_unicode(text) else ascii(text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
