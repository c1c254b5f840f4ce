"""Submitting, in all three ways and modes: what is sent, paid for, fetched, and said."""

import base64
import json
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

import refprep
from refprep import cli
from tests import seeing
from tests.providers.conftest import COMMANDS, Answer, Way, edit, every_way, interrupted
from tests.providers.provider import KEY, VIDEO, Provider

MEDIA = ("image1.jpg", "video1.mp4", "audio1.wav")
MODES = ("sync", "async", "sse")
QUEUE = "POST /api/ai/queue"


def results(bundle: Path) -> Path:
    return bundle.with_name(f"{bundle.name}-result")


def result(bundle: Path) -> Any:
    return json.loads((results(bundle) / "result.json").read_text("utf-8"))


def videos(bundle: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(results(bundle).glob("*.mp4"))]


def sent(provider: Provider) -> list[Any]:
    """The bodies that were POSTed."""
    return [json.loads(one.body) for one in provider.calls("POST")]


def one_line(told: Answer) -> bool:
    return len(told.err.strip().splitlines()) == 1


@every_way
@pytest.mark.parametrize("mode", MODES)
def test_a_bundle_is_published_sent_followed_and_fetched(
    way: Way, mode: str, bundle: Path, provider: Provider
) -> None:
    before = seeing.snapshot(bundle)
    told = way(bundle, "--mode", mode)
    assert told.code == 0, told
    assert seeing.snapshot(bundle) == before
    assert videos(bundle) == [VIDEO + b"gen-1"]
    assert result(bundle)["files"] == [path.name for path in results(bundle).glob("*.mp4")]
    assert str(next(results(bundle).glob("*.mp4"))) in told.out
    assert not (results(bundle) / "generation.json").exists()
    assert provider.paid == 1


def test_what_is_sent_is_the_request_with_addresses_in_place_of_paths(
    way: Way, bundle: Path, provider: Provider
) -> None:
    assert way(bundle).code == 0
    asked = json.loads((bundle / "request.json").read_text("utf-8"))
    (body,) = sent(provider)
    for field in ("input_images", "input_videos", "input_audios"):
        (path,), (url,) = asked.pop(field), body.pop(field)
        digest = seeing.sha256(bundle / path)
        name = f"{digest[:16]}{Path(path).suffix}"
        assert url == f"{provider.url}/api/repos/me/refs/file/main/refprep/{name}"
        assert provider.store[url.removeprefix(provider.url)] == (bundle / path).read_bytes()
    assert body == asked


def test_publishing_twice_sends_nothing_twice(way: Way, bundle: Path, provider: Provider) -> None:
    assert way(bundle, "--mode", "sync").code == 0
    assert len(provider.calls("PUT")) == len(MEDIA)
    assert way(bundle, "--mode", "sync").code == 0
    assert len(provider.calls("PUT")) == len(MEDIA)
    assert provider.paid == len(videos(bundle)) == 2


def test_who_waits_for_events_listens_before_he_sends(
    way: Way, bundle: Path, provider: Provider
) -> None:
    assert way(bundle, "--mode", "sse").code == 0
    asked = [f"{one.method} {one.path}" for one in provider.asked]
    assert asked.index("GET /api/events") < asked.index(QUEUE)
    assert provider.calls("GET", "/api/ai/queue") == []


def test_where_the_stream_breaks_the_state_is_asked_for(
    way: Way, bundle: Path, provider: Provider
) -> None:
    provider.fail("GET /api/events", "cut")
    assert way(bundle, "--mode", "sse").code == 0
    assert provider.calls("GET", "/api/ai/queue")
    assert provider.paid == 1


@every_way
def test_the_key_goes_to_the_api_alone_and_into_no_file(
    way: Way, bundle: Path, provider: Provider
) -> None:
    provider.fail(QUEUE, "401")
    told = [way(bundle), way(bundle)]
    assert [one.code for one in told] == [2, 0]
    assert KEY not in "".join(one.out + one.err for one in told)
    files = (path for path in bundle.parent.rglob("*") if path.is_file())
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    keyed = [one.path for one in provider.asked if KEY in str(one.headers)]
    assert keyed
    assert all(path.startswith("/api/") for path in keyed)
    readers = [*provider.calls("GET", "/api/repos"), *provider.calls("GET", "/results")]
    assert [one.path for one in readers if KEY in str(one.headers)] == []


REFUSALS = [
    ("401", 2, "the key in OXEN_API_KEY is not accepted: Unauthorized: bad key"),
    ("403", 2, "the key in OXEN_API_KEY is not allowed to do this: forbidden"),
    ("404", 2, "there is no such model, repository or generation: Not Found"),
    ("413", 1, "body exceeds 64 MB"),
    ("422", 1, "Input should be 'auto'"),
]


@pytest.mark.parametrize(
    ("way", "fault", "code", "says"),
    [*(("refprep", *row) for row in REFUSALS), *(("bash", *row) for row in REFUSALS[::4])],
    indirect=["way"],
)
def test_a_refusal_is_said_in_one_line_and_not_tried_again(
    way: Way, fault: str, code: int, says: str, bundle: Path, provider: Provider
) -> None:
    provider.fail(QUEUE, fault)
    told = way(bundle)
    assert told.code == code
    assert says in told.out + told.err
    assert len(provider.calls("POST")) == 1
    assert provider.paid == 0


def test_what_passes_is_asked_again(way: Way, bundle: Path, provider: Provider) -> None:
    provider.fail("PUT /api/repos", "500", "drop")
    provider.fail(QUEUE, "429", "500")
    provider.fail("GET /api/ai/queue/", "drop", "503")
    provider.fail("GET /results", "cut", "502")
    assert way(bundle).code == 0
    assert (provider.paid, videos(bundle)) == (1, [VIDEO + b"gen-1"])


def test_what_does_not_pass_comes_to_an_end(way: Way, bundle: Path, provider: Provider) -> None:
    provider.fail(QUEUE, *["429"] * 9)
    told = way(bundle)
    assert (told.code, len(provider.calls("POST"))) == (2, 4)
    assert "answers 429" in told.err


@pytest.mark.parametrize(("mode", "place"), [("async", QUEUE), ("sync", "POST /api/ai/videos")])
def test_a_request_whose_answer_is_lost_is_not_paid_for_twice(
    way: Way, mode: str, place: str, bundle: Path, provider: Provider
) -> None:
    provider.fail(place, "lost")
    told = way(bundle, "--mode", mode)
    assert (told.code, provider.paid, len(provider.calls("POST"))) == (2, 1, 1)
    assert "may be under way, so it is not sent again" in told.err


def test_a_connection_that_falls_silent_is_given_up(
    way: Way, bundle: Path, provider: Provider
) -> None:
    provider.fail("GET /api/ai/queue/", "stall")
    assert way(bundle).code == 0
    assert provider.paid == 1


@every_way
def test_a_generation_that_was_begun_is_followed_and_not_paid_for_again(
    way: Way, bundle: Path, provider: Provider
) -> None:
    provider.fail("GET /api/ai/queue/", *["500"] * 4)
    first, second, third = way(bundle), way(bundle), way(bundle, "--resume")
    assert (first.code, second.code, third.code) == (2, 2, 0)
    assert "the generation goes on: --resume follows it" in first.err
    assert "--resume follows it" in second.err
    assert (provider.paid, videos(bundle)) == (1, [VIDEO + b"gen-1"])


def test_there_is_nothing_to_follow_where_nothing_was_begun(
    way: Way, bundle: Path, provider: Provider
) -> None:
    told = way(bundle, "--resume")
    assert (told.code, provider.asked) == (2, [])
    assert "nothing to follow" in told.err


@pytest.mark.parametrize("mode", MODES)
def test_a_generation_that_fails_says_why_in_the_providers_words(
    way: Way, mode: str, bundle: Path, provider: Provider
) -> None:
    provider.refusal = "video pixel count must be between 407696 and 2086876"
    told = way(bundle, "--mode", mode)
    assert told.code == 1
    assert provider.refusal in told.out + told.err
    assert not (results(bundle) / "generation.json").exists()
    assert videos(bundle) == []


def test_a_video_inside_the_answer_is_written(way: Way, bundle: Path, provider: Provider) -> None:
    edit(bundle / "request.json", lambda body: {**body, "response_format": "b64_json"})
    assert way(bundle, "--mode", "sync").code == 0
    assert videos(bundle) == [VIDEO]
    assert base64.b64encode(VIDEO).decode() not in json.dumps(result(bundle))


def test_an_answer_that_says_nothing_of_a_generation_is_told(
    way: Way, bundle: Path, provider: Provider
) -> None:
    provider.fail(QUEUE, "odd")
    told = way(bundle)
    assert told.code == 2
    assert "the answer tells no generation" in told.err


def test_a_generation_that_was_cancelled_elsewhere_has_ended(
    way: Way, bundle: Path, provider: Provider
) -> None:
    provider.fail("GET /api/ai/queue/", *["500"] * 4)
    assert way(bundle).code == 2
    url = f"{provider.url}/api/ai/queue/gen-1"
    key = {"Authorization": f"Bearer {KEY}"}
    urlopen(Request(url, headers=key, method="DELETE"), timeout=5).close()
    told = way(bundle, "--resume")
    assert told.code == 1
    assert "cancelled" in told.out + told.err


def test_several_generations_are_all_fetched(way: Way, bundle: Path, provider: Provider) -> None:
    edit(bundle / "request.json", lambda body: {**body, "num_generations": 3})
    assert way(bundle).code == 0
    assert (
        sorted(videos(bundle)) == sorted(VIDEO + b"gen-%d" % n for n in (1, 2, 3))
        or len(videos(bundle)) == 3
    )


def changed(bundle: Path) -> None:
    (bundle / "media" / "image1.jpg").write_bytes(b"another picture")


def missing(bundle: Path) -> None:
    (bundle / "media" / "audio1.wav").unlink()


def strange(bundle: Path) -> None:
    edit(bundle / "request.json", lambda body: {**body, "input_images": ["media/other.jpg"]})


@pytest.mark.parametrize("spoil", [changed, missing, strange])
def test_a_bundle_that_was_changed_is_not_sent(
    way: Way, spoil: Any, bundle: Path, provider: Provider
) -> None:
    spoil(bundle)
    told = way(bundle)
    assert (told.code, provider.asked) == (1, [])
    assert one_line(told)
    assert "nothing was sent" in told.err


@every_way
def test_without_a_key_nothing_is_sent(
    way: Way, bundle: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OXEN_API_KEY")
    told = way(bundle)
    assert (told.code, provider.asked) == (2, [])
    assert one_line(told)
    assert "OXEN_API_KEY is not set; nothing was sent" in told.err


@pytest.mark.parametrize(
    ("way", "repo"),
    [("bash", "me"), ("refprep", ""), ("refprep", "me"), ("refprep", "me/")],
    indirect=["way"],
)
def test_without_a_repository_nothing_is_sent(
    way: Way, repo: str, bundle: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OXEN_REPO", repo)
    told = way(bundle)
    assert (told.code, provider.asked) == (2, [])
    assert "OXEN_REPO=namespace/repository" in told.err


def test_what_a_manifest_says_is_unknown_is_not_documented(
    bundle: Path, provider: Provider
) -> None:
    def unknown(manifest: Any) -> Any:
        manifest["envelope"]["api"] |= {"sync": None, "upload": None}
        return manifest

    edit(bundle / "manifest.json", unknown)
    for mode, says in (("sync", "documents no way of sync"), ("async", "not published")):
        with pytest.raises(refprep.ProviderError, match=says):
            refprep.submit(bundle, mode=mode)  # type: ignore[arg-type]
    assert provider.asked == []


@pytest.mark.parametrize("command", [("submit",), ("submit", "--dry-run"), ("snippet",)])
def test_what_is_no_bundle_is_named(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "b.zip").write_bytes(b"PK")
    for name, says in (("b.zip", "unpack it"), ("none", "no such bundle")):
        assert cli.main([*command, str(tmp_path / name)]) == 2
        assert says in capsys.readouterr().err


def test_a_branch_may_be_named(
    way: Way, bundle: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OXEN_REPO", "me/refs/try/two")
    assert way(bundle, "--mode", "sync").code == 0
    assert all(path.startswith("/api/repos/me/refs/file/try/two/") for path in provider.store)


def test_an_address_that_is_not_https_is_refused(
    way: Way, bundle: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFPREP_BASE_URL", "http://example.com")
    told = way(bundle)
    assert (told.code, provider.asked) == (2, [])
    assert "is not https; nothing was sent" in told.err


def test_an_address_that_has_expired_is_found_before_anything_is_paid_for(
    way: Way, bundle: Path, provider: Provider
) -> None:
    provider.store["/media/a.jpg"] = b"a"
    url = f"{provider.url}/media/a.jpg?sig=old"
    edit(bundle / "request.json", lambda body: {**body, "input_images": [url]})
    told = way(bundle)
    assert (told.code, provider.paid, provider.calls("POST")) == (2, 0, [])
    assert "/media/a.jpg: answers 403: it has expired or is not public" in told.err
    assert "sig=old" not in told.err


def test_an_unknown_host_is_told(
    way: Way, bundle: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.__exit__()
    told = way(bundle)
    assert told.code == 2
    assert "Traceback" not in told.err


@pytest.mark.parametrize("name", ["python", "bash", "refprep"])
def test_who_interrupts_is_told_how_to_go_on(name: str, bundle: Path, provider: Provider) -> None:
    provider.fail("GET /api/ai/queue/", "stall")
    *program, script = COMMANDS.get(name, [sys.executable, "-m", "refprep", "submit", ""])
    told = interrupted(
        [*program, str(bundle / script)],
        lambda: bool(provider.calls("GET", "/api/ai/queue/")),
        bundle,
    )
    assert told.code == 130
    assert "interrupted; the generation goes on: --resume follows it" in told.err
    assert json.loads((results(bundle) / "generation.json").read_text())
    assert cli.main(["submit", str(bundle), "--resume"]) == 0
    assert (provider.paid, videos(bundle)) == (1, [VIDEO + b"gen-1"])
