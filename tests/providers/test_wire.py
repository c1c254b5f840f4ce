"""The wire: how answers are read, and to whom the key is shown."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.providers.wire import Stopped, Wire, secure, values, words
from tests.made import ENVELOPE, many
from tests.providers.provider import KEY, Provider

NAMES = st.sampled_from(["url", "result_url", "status", "prompt", 'a"url', "\\"])
TEXTS = st.text(st.sampled_from(list('aé"\\:{},/ \n\t\U0001f600')), max_size=12)
HOSTILE = st.builds(lambda name, text: f'"{name}": "{text}"', NAMES, TEXTS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def found(value: Any, names: set[str]) -> Iterator[str]:
    """The strings under some names, as a parser finds them."""
    for key, one in value.items() if isinstance(value, dict) else ():
        if key in names and isinstance(one, str):
            yield one
        yield from found(one, names)
    for one in value if isinstance(value, list) else ():
        yield from found(one, names)


@many(300)
@given(JSON, st.sampled_from([None, 0, 2]), st.booleans())
def test_values_are_what_a_parser_finds(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert values(text, "url|result_url") == list(found(value, {"url", "result_url"}))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            {"error": {"type": "x", "title": "Bad", "detail": "worse"}, "status": "error"},
            "Bad: worse",
        ),
        ({"error": {"message": "no"}}, "no"),
        ({"detail": [{"loc": ["body", "seed"], "msg": "not whole"}]}, "body.seed: not whole"),
        ({"error": {"code": "InvalidParameter", "message": "odd"}}, "InvalidParameter: odd"),
        ({"generation_id": "g", "status": "failed", "error_message": "late"}, "late"),
        ({"generation_id": "g", "status": "failed", "error": "told"}, "told"),
        ({"status": "ok"}, ""),
    ],
)
def test_every_documented_shape_of_an_error_has_its_words(answer: Any, says: str) -> None:
    assert words(json.dumps(answer)) == says


@pytest.mark.parametrize(
    "url",
    ["https://a.example/b", "http://127.0.0.1:80/b", "http://localhost/b", "https://127.0.0.1/"],
)
def test_https_and_this_machine_are_safe(url: str) -> None:
    assert secure(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/?sig=secret",
        "http://127.0.0.1.example/",
        "ftp://a.example/",
        "file:///etc",
        "",
    ],
)
def test_nothing_else_is(url: str) -> None:
    with pytest.raises(Stopped, match="is not https") as told:
        secure(url)
    assert "secret" not in str(told.value)


def test_the_key_goes_to_no_other_host(provider: Provider) -> None:
    assert ENVELOPE.api
    wire = Wire(ENVELOPE.api.model_dump(exclude_none=True), os.environ)
    for url in (f"{provider.elsewhere}/results/a.mp4", f"{provider.url}/results/a.mp4"):
        wire.call("GET", url)
    keyed = [KEY in str(one.headers) for one in provider.asked]
    assert keyed == [False, True]
