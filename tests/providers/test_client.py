"""The HTTP client: how answers are read, what is bounded, and which hosts receive the key."""

import json
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.providers import wire
from refprep.providers.contents import replace
from refprep.providers.exchange import error_text, parse, strings, walk
from refprep.providers.wire import Client, PrivateHostError, SubmitError, require_https
from tests.examples import ENVELOPE, many
from tests.providers.provider import KEY, Provider, video_of

KEYS = st.sampled_from(["url", "result_url", "status", "prompt", 'a"url', "\\"])
TEXTS = st.text(st.sampled_from(list('aé"\\:{},/ \n\t\U0001f600')), max_size=12)
HOSTILE = st.builds(lambda key, text: f'"{key}": "{text}"', KEYS, TEXTS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def expected(value: Any, keys: set[str]) -> Iterator[str]:
    """The strings under some keys, in order."""
    for key, item in value.items() if isinstance(value, dict) else ():
        if key in keys and isinstance(item, str):
            yield item
        yield from expected(item, keys)
    for item in value if isinstance(value, list) else ():
        yield from expected(item, keys)


@many(300)
@given(JSON, st.sampled_from([None, 0, 2]), st.booleans())
def test_strings_are_found_by_their_keys_at_any_depth(
    value: Any, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    found = strings(parse(text), "url", "result_url")
    assert found == list(expected(value, {"url", "result_url"}))


def test_text_inside_a_string_is_not_read_as_json() -> None:
    answer = {"error": 'x", "result_url": "https://evil.example/v.mp4', "result_url": "https://a/b"}
    assert strings(parse(json.dumps(answer)), "result_url") == ["https://a/b"]


def test_only_whole_strings_are_replaced_by_urls() -> None:
    body = {
        "prompt": 'as in "media/image1.jpg", not media/image1.jpg',
        "media/image1.jpg": ["media/image1.jpg", "media/image10.jpg", {"url": "media/image1.jpg"}],
        "seed": 7,
    }
    assert replace(body, {"media/image1.jpg": "https://a/b"}) == {
        "prompt": 'as in "media/image1.jpg", not media/image1.jpg',
        "media/image1.jpg": ["https://a/b", "media/image10.jpg", {"url": "https://a/b"}],
        "seed": 7,
    }


@pytest.mark.parametrize("text", ["", "<html>bad gateway</html>", '{"id": "a', "[" * 100_000])
def test_an_answer_that_is_not_json_names_nothing(text: str) -> None:
    assert strings(parse(text), "id") == []
    assert error_text(parse(text)) == ""


def test_json_of_any_depth_is_walked() -> None:
    value: Any = {"id": "deep"}
    for _ in range(5000):
        value = [value]
    assert [item for key, item in walk(value) if key == "id"] == ["deep"]


def test_control_characters_inside_strings_are_tolerated() -> None:
    assert strings(parse('{"id": "a\tb\\ud800"}'), "id") == ["a\tb\ud800"]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (
            {"error": {"type": "x", "title": "Bad", "detail": "worse"}, "status": "error"},
            "Bad: worse: x",
        ),
        ({"error": {"message": "no"}}, "no"),
        ({"detail": [{"loc": ["body", "seed"], "msg": "not whole"}]}, "body.seed: not whole"),
        ({"detail": [{"loc": ["body", 0, "x"], "msg": "odd"}]}, "body.0.x: odd"),
        ({"error": {"code": "InvalidParameter", "message": "odd"}}, "InvalidParameter: odd"),
        ({"generation_id": "g", "status": "failed", "error_message": "late"}, "late"),
        ({"generation_id": "g", "status": "failed", "error": "of\n one line"}, "of one line"),
        ({"status": "ok"}, ""),
    ],
)
def test_the_error_text_is_found_in_every_documented_shape(answer: Any, text: str) -> None:
    assert error_text(answer) == text


@pytest.mark.parametrize(
    "url",
    ["https://a.example/b", "http://127.0.0.1:80/b", "http://localhost/b", "https://127.0.0.1/"],
)
def test_https_and_this_machine_are_accepted(url: str) -> None:
    assert require_https(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/?sig=secret",
        "http://127.0.0.1.example/",
        "ftp://a.example/",
        "file:///etc",
        "https://[broken/",
        "",
    ],
)
def test_no_other_url_is_accepted(url: str) -> None:
    with pytest.raises(SubmitError, match="is not https") as error:
        require_https(url)
    assert "secret" not in str(error.value)


@pytest.fixture
def client(provider: Provider) -> Client:
    assert ENVELOPE.api
    fast = {"stall_seconds": 5, "retry_seconds": 0.01, "retries": 2}
    return Client({**ENVELOPE.api.model_dump(exclude_none=True), **fast}, os.environ)


def test_the_key_goes_to_no_other_host(client: Client, provider: Provider) -> None:
    for host in (provider.elsewhere, provider.url):
        client.call("GET", f"{host}/results/a.mp4")
    assert [KEY in str(request.headers) for request in provider.requests] == [False, True]


def test_an_answer_of_json_that_is_too_large_is_not_read(
    client: Client, provider: Provider
) -> None:
    provider.fail("GET /results", *["huge"] * 3)
    with pytest.raises(SubmitError, match="larger than 16,777,216 bytes"):
        client.call("GET", f"{provider.url}/results/a.mp4")


def test_a_part_of_an_answer_is_no_answer(client: Client, provider: Provider) -> None:
    provider.fail("GET /results", "cut")
    assert client.call("GET", f"{provider.url}/results/a.mp4") == video_of("a")
    provider.fail("GET /results", *["cut"] * 3)
    with pytest.raises(SubmitError, match="the connection broke"):
        client.call("GET", f"{provider.url}/results/a.mp4")


def test_the_public_status_needs_no_key_and_reads_one_byte(
    client: Client, provider: Provider
) -> None:
    provider.store["/media/a.jpg"] = b"a" * 1000
    assert client.probe_url(f"{provider.url}/media/a.jpg") == 200
    assert client.probe_url(f"{provider.url}/media/b.jpg") == 404
    assert {request.headers["Range"] for request in provider.requests} == {"bytes=0-0"}
    assert [KEY in str(request.headers) for request in provider.requests] == [False, False]


def test_a_url_with_unusual_characters_is_quoted(client: Client, provider: Provider) -> None:
    assert client.probe_url(f"{provider.url}/media/é b\r\n.jpg") == 404
    assert provider.requests[0].path == "/media/%C3%A9%20b%0D%0A.jpg"


def test_the_clients_errors_show_no_key(client: Client, provider: Provider) -> None:
    client = Client(client.api, {**os.environ, "OXEN_API_KEY": "wrong-key"})
    with pytest.raises(SubmitError, match="OXEN_API_KEY is not accepted") as error:
        client.call("GET", client.url("status", generation_id="a"))
    assert "wrong-key" not in str(error.value)
    assert error.value.status == 401
    assert not isinstance(error.value.__cause__, urllib.error.HTTPError)


HERE = ("127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:10.0.0.1]", "10.0.0.1",
        "169.254.169.254", "192.168.1.1", "[fd00::1]", "[64:ff9b::a00:1]", "0.0.0.0", "localhost",
        "100.64.0.1", "224.0.0.1", "[fe80::1]")  # fmt: skip


@pytest.mark.parametrize("host", HERE)
def test_a_url_of_a_stranger_reaches_nothing_in_this_network(
    host: str, client: Client, provider: Provider
) -> None:
    with pytest.raises(PrivateHostError, match="only this machine or its network"):
        client.probe_url(f"https://{host}:{provider.url.rpartition(':')[2]}/x")
    assert provider.requests == []


def test_a_name_with_one_private_address_is_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(2, 1, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.7")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    with pytest.raises(PrivateHostError, match="only this machine or its network"):
        client.probe_url("https://media.example/x?signature=secret")


@pytest.mark.parametrize("target", ["https://10.0.0.1/x", "http://127.0.0.1:1/x"])
def test_no_redirect_leads_a_probe_into_this_network(target: str, client: Client) -> None:
    request = urllib.request.Request("https://media.example/x")
    client.require_strangers("https://93.184.216.34/")
    handler = wire.Redirects(client)
    with pytest.raises(PrivateHostError):
        handler.redirect_request(request, None, 302, "", {}, target)


def test_a_public_address_is_asked(client: Client) -> None:
    client.require_public("https://93.184.216.34/x")
    client.require_public("https://[2606:2800:220:1:248:1893:25c8:1946]/x")
