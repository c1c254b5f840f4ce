"""The double itself: its faults are what they are called, and its generations what they cost."""

import http.client
import io
import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import av
import pytest

from tests.providers.faults import FAULTS
from tests.providers.provider import KEY, Provider, video_of

QUEUE = "/api/ai/queue"
TASKS = "/api/v3/contents/generations/tasks"
FAL = "/bytedance/seedance-2.0"
BROKEN = (http.client.HTTPException, OSError)


def ask(
    provider: Provider, method: str, url: str, body: Any = None, scheme: str = "Bearer"
) -> tuple[int, bytes]:
    """The status and the content of an answer; urllib is not asked, so that nothing is followed."""
    parts = urlsplit(url if url.startswith("http") else provider.url + url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=1)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    try:
        connection.request(method, target, data, {"Authorization": f"{scheme} {KEY}"})
        with connection.getresponse() as answer:
            return answer.status, answer.read()
    finally:
        connection.close()


def read(
    provider: Provider, method: str, url: str, body: Any = None, scheme: str = "Bearer"
) -> Any:
    return json.loads(ask(provider, method, url, body, scheme)[1])


def decodes(content: bytes) -> bool:
    """Whether a decoder finds all twelve frames."""
    with suppress(av.FFmpegError, IndexError), av.open(io.BytesIO(content), "r") as video:
        return sum(1 for _ in video.decode(video=0)) == 12
    return False


def test_each_generation_makes_a_whole_video_of_its_own() -> None:
    first, second = video_of("gen-1"), video_of("gen-2")
    assert first != second
    assert decodes(first)
    assert decodes(second)


HARMLESS = {"drip", "chunked", "unsized", "unheard", "foreign", "silent", "line"}
"What makes an answer odd and not wrong, and what is a fault of the stream of events only."


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "trickle"])  # it takes 20 s
def test_a_video_comes_whole_through_harmless_faults_only(fault: str, provider: Provider) -> None:
    ask(provider, "POST", QUEUE, {})
    provider.fail("GET /results", fault)
    status, content = 0, b""
    with suppress(*BROKEN):
        status, content = ask(provider, "GET", f"{provider.elsewhere}/results/gen-1.mp4?sig=0")
    assert (status == 200 and content == video_of("gen-1")) is (fault in HARMLESS)
    assert decodes(content) is (fault in HARMLESS)


@pytest.mark.parametrize(
    ("fault", "paid"),
    [("502", 0), ("late 502", 1), ("drop", 0), ("lost", 1), ("cut", 1), ("early 503", 0)],
)
def test_a_fault_comes_before_the_creation_or_after_it(
    fault: str, paid: int, provider: Provider
) -> None:
    provider.fail(f"POST {QUEUE}", fault)
    with suppress(*BROKEN):
        assert ask(provider, "POST", QUEUE, {})[0] in (200, 502, 503)
    assert provider.paid == paid


def test_an_early_refusal_comes_while_the_body_is_on_its_way(provider: Provider) -> None:
    provider.fail(f"POST {QUEUE}", "early 413")
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        ask(provider, "POST", QUEUE, bytes(32 << 20))
    assert provider.requests[0].body == b""


def test_a_link_that_has_expired_stays_so_and_a_fresh_one_works(provider: Provider) -> None:
    ask(provider, "POST", TASKS, {})
    for _ in ("queued", "running"):
        read(provider, "GET", f"{TASKS}/gen-1")
    old, new = (read(provider, "GET", f"{TASKS}/gen-1")["content"]["video_url"] for _ in range(2))
    assert old != new
    provider.fail("GET /results", "expired")
    assert [ask(provider, "GET", url)[0] for url in (old, new)] == [403, 403]
    fresh = read(provider, "GET", f"{TASKS}/gen-1")["content"]["video_url"]
    assert ask(provider, "GET", fresh) == (200, video_of("gen-1"))
    assert ask(provider, "GET", old)[0] == 403


def test_byteplus_cancels_what_waits_keeps_what_runs_and_forgets_what_has_ended(
    provider: Provider,
) -> None:
    for _ in range(3):
        ask(provider, "POST", TASKS, {"model": "m"})
    for number, steps in ((2, 1), (3, 3)):
        for _ in range(steps):
            ask(provider, "GET", f"{TASKS}/gen-{number}")
    ask(provider, "GET", f"{TASKS}/gen-2")
    answers = [ask(provider, "DELETE", f"{TASKS}/gen-{number}")[0] for number in (1, 2, 3)]
    assert answers == [200, 409, 200]
    listed = read(provider, "GET", f"{TASKS}?page_num=1&page_size=20")
    states = {item["id"]: item["status"] for item in listed["items"]}
    assert states == {"gen-2": "running", "gen-1": "cancelled"}
    assert provider.paid == 3


def test_fal_queues_with_202_cancels_with_put_and_refuses_what_it_completed(
    provider: Provider,
) -> None:
    post = f"{FAL}/reference-to-video"
    links = [read(provider, "POST", post, {"prompt": "a"}, "Key") for _ in range(2)]
    assert ask(provider, "GET", links[0]["status_url"], scheme="Key")[0] == 202
    assert ask(provider, "GET", links[0]["response_url"], scheme="Key")[0] == 400
    cancelled = ask(provider, "PUT", links[1]["cancel_url"], scheme="Key")
    assert (cancelled[0], json.loads(cancelled[1])) == (202, {"status": "CANCELLATION_REQUESTED"})
    ended = read(provider, "GET", links[1]["status_url"], scheme="Key")
    assert (ended["status"], ended["error_type"]) == ("COMPLETED", "client_cancelled")
    provider.error = "too dark"
    states = [ask(provider, "GET", links[0]["status_url"], scheme="Key")[0] for _ in range(2)]
    assert states == [202, 200]
    assert ask(provider, "GET", links[0]["response_url"], scheme="Key")[0] == 422
    assert ask(provider, "PUT", links[0]["cancel_url"], scheme="Key")[0] == 400


def test_fal_stores_what_is_put_where_it_said_and_shows_it_to_anybody(provider: Provider) -> None:
    start = "/rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3"
    wanted = {"content_type": "image/jpeg", "file_name": "a b.jpg"}
    place = read(provider, "POST", start, wanted, "Key")
    with pytest.raises(OSError, match="403"):
        urlopen(place["file_url"], timeout=5)
    headers = {"Content-Type": "image/jpeg"}
    put = Request(place["upload_url"], b"picture", headers, method="PUT")
    urlopen(put, timeout=5).close()
    with urlopen(place["file_url"], timeout=5) as answer:
        assert answer.read() == b"picture"


def test_each_provider_knows_only_its_own_way_to_show_a_key(provider: Provider) -> None:
    assert ask(provider, "POST", QUEUE, {}, "Key")[0] == 401
    assert ask(provider, "POST", TASKS, {}, "Key")[0] == 401
    assert ask(provider, "POST", f"{FAL}/reference-to-video", {}, "Bearer")[0] == 401
    assert provider.paid == 0
