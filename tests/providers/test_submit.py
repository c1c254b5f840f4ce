"""Submitting in all modes: what is sent, paid for, fetched and printed."""

import base64
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

import refprep
from refprep import cli, envelopes
from refprep.options import Mode
from refprep.providers import generation
from refprep.providers.journal import Download
from refprep.providers.wire import SubmitError
from tests import measure
from tests.providers.conftest import ALONE, Run, Submit, both_ways, edit, interrupt
from tests.providers.provider import KEY, Provider, video_of

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
    return [json.loads(request.body) for request in provider.calls("POST")]


def one_line(run: Run) -> bool:
    return len(run.err.strip().splitlines()) == 1


@both_ways
@pytest.mark.parametrize("mode", MODES)
def test_a_bundle_is_uploaded_sent_followed_and_fetched(
    submit: Submit, mode: str, bundle: Path, provider: Provider
) -> None:
    before = measure.snapshot(bundle)
    run = submit(bundle, "--mode", mode)
    assert run.code == 0, run
    assert measure.snapshot(bundle) == before
    assert videos(bundle) == [video_of("gen-1")]
    assert result(bundle)["files"] == [path.name for path in results(bundle).glob("*.mp4")]
    assert str(next(results(bundle).glob("*.mp4"))) in run.out
    assert provider.paid == 1
    again = submit(bundle, "--mode", mode)
    assert (again.code, provider.paid) == (2, 1)
    assert "is fetched already; --again pays for another; nothing was sent" in again.err
    assert submit(bundle, "--resume").out == run.out


def test_the_body_is_the_request_with_urls_in_place_of_paths(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    assert submit(bundle).code == 0
    packed = json.loads((bundle / "request.json").read_text("utf-8"))
    (body,) = sent(provider)
    for field in ("input_images", "input_videos", "input_audios"):
        (path,), (url,) = packed.pop(field), body.pop(field)
        digest = measure.sha256(bundle / path)
        name = f"{digest[:16]}{Path(path).suffix}"
        assert url == f"{provider.url}/api/repos/me/refs/file/main/refprep/{name}"
        assert provider.store[url.removeprefix(provider.url)] == (bundle / path).read_bytes()
    assert body == packed


def test_only_whole_strings_that_are_paths_become_urls(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    prompt = '@Image1 like "media/image1.jpg", @Video1, @Audio1; "result_url": "https://x.example"'
    edit(bundle / "request.json", lambda body: {**body, "prompt": prompt})
    assert submit(bundle).code == 0
    assert sent(provider)[0]["prompt"] == prompt


def test_a_prompt_that_begins_with_a_url_is_not_checked_as_one(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    edit(bundle / "request.json", lambda body: {**body, "prompt": "http://x.example is @Image1"})
    assert submit(bundle).code == 0


def test_a_request_without_local_media_is_sent_byte_for_byte(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    edit(bundle / "request.json", lambda body: {"prompt": "\ud800 狗", "seed": body.get("seed", 1)})
    assert submit(bundle).code == 0
    assert provider.calls("POST")[0].body == (bundle / "request.json").read_bytes()


@both_ways
@pytest.mark.parametrize("mode", MODES)
def test_ids_and_errors_may_hold_any_characters(
    submit: Submit, mode: str, bundle: Path, provider: Provider
) -> None:
    provider.prefix = 'a"b\\\' é {x}, "status": "failed'
    assert submit(bundle, "--mode", mode).code == 0
    provider.error = 'not "good": \x1b[31m\ud800 {"status": "succeeded"}'
    run = submit(bundle, "--mode", mode, "--again")
    assert run.code == 1
    assert r'not "good": \x1b[31m\ud800 {"status": "succeeded"}' in run.out + run.err


def test_a_state_that_is_not_json_is_asked_again(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    provider.fail("GET /api/ai/queue/", "html", "odd")
    assert submit(bundle).code == 0
    assert provider.paid == 1


def test_a_state_that_is_too_large_is_not_read(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    provider.fail("GET /api/ai/queue/", *["huge"] * 4)
    run = submit(bundle)
    assert run.code == 2
    assert "larger than 16,777,216 bytes; the generation gen-1 goes on" in run.err
    assert submit(bundle, "--resume").code == 0


def test_a_folder_that_cannot_be_written_is_an_error(
    submit: Submit, bundle: Path, provider: Provider, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    run = submit(bundle, "-o", str(tmp_path / "file" / "out"))
    assert run.code == 2
    assert "cannot be written" in run.err


def test_a_file_is_uploaded_once(submit: Submit, bundle: Path, provider: Provider) -> None:
    assert submit(bundle, "--mode", "sync").code == 0
    assert len(provider.calls("PUT")) == len(MEDIA)
    assert submit(bundle, "--mode", "sync", "--again").code == 0
    assert len(provider.calls("PUT")) == len(MEDIA)
    assert provider.paid == len(videos(bundle)) == 2


def test_sse_mode_listens_before_it_sends(submit: Submit, bundle: Path, provider: Provider) -> None:
    assert submit(bundle, "--mode", "sse").code == 0
    requests = [f"{request.method} {request.path}" for request in provider.requests]
    assert requests.index("GET /api/events") < requests.index(QUEUE)
    assert provider.calls("GET", "/api/ai/queue") == []


def test_where_the_stream_breaks_the_state_is_polled(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    provider.fail("GET /api/events", "cut")
    assert submit(bundle, "--mode", "sse").code == 0
    assert provider.calls("GET", "/api/ai/queue")
    assert provider.paid == 1


@both_ways
def test_the_key_goes_only_to_the_api_and_into_no_file(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    provider.fail(QUEUE, "401")
    runs = [submit(bundle), submit(bundle)]
    assert [run.code for run in runs] == [2, 0]
    assert KEY not in "".join(run.out + run.err for run in runs)
    files = (path for path in bundle.parent.rglob("*") if path.is_file())
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    keyed = [request.path for request in provider.requests if KEY in str(request.headers)]
    assert keyed
    assert all(path.startswith("/api/") for path in keyed)
    public = [*provider.calls("GET", "/api/repos"), *provider.calls("GET", "/results")]
    assert [request.path for request in public if KEY in str(request.headers)] == []


ERRORS = [
    ("401", 2, "the key in OXEN_API_KEY is not accepted: Unauthorized: bad key"),
    ("403", 2, "the key in OXEN_API_KEY is not allowed to do this: forbidden"),
    ("404", 2, "there is no such model, repository or generation: Not Found"),
    ("413", 1, "body exceeds 64 MB"),
    ("422", 1, "Input should be 'auto'"),
]


@pytest.mark.parametrize(
    ("submit", "fault", "code", "message"),
    [*(("refprep", *row) for row in ERRORS), *(("script", *row) for row in ERRORS[::4])],
    indirect=["submit"],
)
def test_an_error_is_one_line_and_not_tried_again(
    submit: Submit, fault: str, code: int, message: str, bundle: Path, provider: Provider
) -> None:
    provider.fail(QUEUE, fault)
    run = submit(bundle)
    assert run.code == code
    assert message in run.out + run.err
    assert len(provider.calls("POST")) == 1
    assert provider.paid == 0


def test_transient_errors_are_retried(submit: Submit, bundle: Path, provider: Provider) -> None:
    provider.fail("PUT /api/repos", "500", "drop")
    provider.fail(QUEUE, "429", "425")
    provider.fail("GET /api/ai/queue/", "drop", "503")
    provider.fail("GET /results", "cut", "502")
    assert submit(bundle).code == 0
    assert (provider.paid, videos(bundle)) == (1, [video_of("gen-1")])


def test_retries_end(submit: Submit, bundle: Path, provider: Provider) -> None:
    provider.fail(QUEUE, *["429"] * 9)
    run = submit(bundle)
    assert (run.code, len(provider.calls("POST"))) == (2, 4)
    assert "answers 429" in run.err


@pytest.mark.parametrize(("mode", "place"), [("async", QUEUE), ("sync", "POST /api/ai/videos")])
def test_a_request_whose_answer_is_lost_is_not_paid_for_twice(
    submit: Submit, mode: str, place: str, bundle: Path, provider: Provider
) -> None:
    provider.fail(place, "lost")
    run = submit(bundle, "--mode", mode)
    assert (run.code, provider.paid, len(provider.calls("POST"))) == (2, 1, 1)
    assert "may be under way, so it is not sent again" in run.err


def test_a_silent_connection_is_given_up(submit: Submit, bundle: Path, provider: Provider) -> None:
    provider.fail("GET /api/ai/queue/", "stall")
    assert submit(bundle).code == 0
    assert provider.paid == 1


@both_ways
def test_a_started_generation_is_followed_and_not_paid_for_again(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    provider.fail("GET /api/ai/queue/", *["500"] * 4)
    first, second, third = submit(bundle), submit(bundle), submit(bundle, "--resume")
    assert (first.code, second.code, third.code) == (2, 2, 0)
    assert "the generation gen-1 goes on: --resume follows it" in first.err
    assert "--resume follows it" in second.err
    assert (provider.paid, videos(bundle)) == (1, [video_of("gen-1")])


def test_without_a_started_generation_there_is_nothing_to_follow(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    run = submit(bundle, "--resume")
    assert (run.code, provider.requests) == (2, [])
    assert "nothing to follow" in run.err


@pytest.mark.parametrize("mode", MODES)
def test_a_failed_generation_shows_the_providers_error(
    submit: Submit, mode: str, bundle: Path, provider: Provider
) -> None:
    provider.error = "video pixel count must be between 407696 and 2086876"
    run = submit(bundle, "--mode", mode)
    assert run.code == 1
    assert provider.error in run.out + run.err
    assert videos(bundle) == []
    assert "nothing to follow" in submit(bundle, "--resume").err
    provider.error = ""
    assert submit(bundle, "--mode", mode).code == 0


def test_a_video_inside_the_answer_is_written(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    edit(bundle / "request.json", lambda body: {**body, "response_format": "b64_json"})
    assert submit(bundle, "--mode", "sync").code == 0
    assert videos(bundle) == [video_of("gen-1")]
    assert base64.b64encode(video_of("gen-1")).decode() not in json.dumps(result(bundle))


def test_a_video_inside_the_answer_is_written_elsewhere_where_the_folder_is_full(
    submit: Submit, bundle: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = bundle.with_name("temporary")
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    plain = Download.write

    def full(file: Download, content: bytes) -> int:
        if file.place.parent == results(bundle) and file.place.name in ("video", "result.json"):
            raise SubmitError(f"{file.place}: cannot be written: No space left on device")
        return plain(file, content)

    monkeypatch.setattr(Download, "write", full)
    edit(bundle / "request.json", lambda body: {**body, "response_format": "b64_json"})
    run = submit(bundle, "--mode", "sync")
    assert run.code == 2
    assert [path.read_bytes() for path in elsewhere.glob("video-*.mp4")] == [video_of("gen-1")]
    assert str(elsewhere / "video-") in run.err
    assert "it is paid for, and its video was in the answer" in run.err
    assert (submit(bundle, "--mode", "sync").code, provider.paid) == (2, 1)


@pytest.mark.parametrize("mode", MODES)
def test_a_video_that_was_deleted_is_fetched_again_and_not_paid_again(
    submit: Submit, mode: str, bundle: Path, provider: Provider
) -> None:
    assert submit(bundle, "--mode", mode).code == 0
    for path in results(bundle).glob("*.mp4"):
        path.unlink()
    assert submit(bundle, "--resume").code == 0
    assert (provider.paid, videos(bundle)) == (1, [video_of("gen-1")])


class Flood:
    """Events about the generations of others, without a pause."""

    def get(self, timeout: float) -> tuple[str, Any]:
        time.sleep(min(timeout, 0.001))
        return "of-another", {"generation_id": "of-another", "status": "succeeded"}


def test_a_flood_of_foreign_events_does_not_keep_the_state_from_being_asked(
    submit: Submit, bundle: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation, "listen", lambda *_: Flood())
    assert submit(bundle, "--mode", "sse").code == 0
    assert (provider.paid, videos(bundle)) == (1, [video_of("gen-1")])


@pytest.mark.parametrize("fault", ["odd", "html"])
def test_an_answer_without_a_generation_is_an_error(
    submit: Submit, fault: str, bundle: Path, provider: Provider
) -> None:
    provider.fail(QUEUE, fault)
    run = submit(bundle)
    assert run.code == 2
    assert "names no generation" in run.err
    assert "may be under way, so it is not sent again" in run.err


def test_a_generation_that_was_cancelled_elsewhere_has_ended(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    provider.fail("GET /api/ai/queue/", *["500"] * 4)
    assert submit(bundle).code == 2
    url = f"{provider.url}/api/ai/queue/gen-1"
    key = {"Authorization": f"Bearer {KEY}"}
    urlopen(Request(url, headers=key, method="DELETE"), timeout=5).close()
    run = submit(bundle, "--resume")
    assert run.code == 1
    assert "cancelled" in run.out + run.err


def test_several_generations_are_all_fetched(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    edit(bundle / "request.json", lambda body: {**body, "num_generations": 3})
    assert submit(bundle).code == 0
    assert (
        sorted(videos(bundle)) == sorted(video_of(f"gen-{n}") for n in (1, 2, 3))
        or len(videos(bundle)) == 3
    )


def changed(bundle: Path) -> None:
    (bundle / "media" / "image1.jpg").write_bytes(b"another image")


def missing(bundle: Path) -> None:
    (bundle / "media" / "audio1.wav").unlink()


def strange(bundle: Path) -> None:
    edit(bundle / "request.json", lambda body: {**body, "input_images": ["media/other.jpg"]})


@pytest.mark.parametrize("spoil", [changed, missing, strange])
def test_a_bundle_that_was_changed_is_not_sent(
    submit: Submit, spoil: Any, bundle: Path, provider: Provider
) -> None:
    spoil(bundle)
    run = submit(bundle)
    assert (run.code, provider.requests) == (1, [])
    assert one_line(run)
    assert "nothing was sent" in run.err


@both_ways
def test_without_a_key_nothing_is_sent(
    submit: Submit, bundle: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OXEN_API_KEY")
    run = submit(bundle)
    assert (run.code, provider.requests) == (2, [])
    assert one_line(run)
    assert "OXEN_API_KEY is not set; nothing was sent" in run.err


@pytest.mark.parametrize(
    ("submit", "repo"),
    [("script", "me"), ("refprep", ""), ("refprep", "me"), ("refprep", "me/")],
    indirect=["submit"],
)
def test_without_a_repository_nothing_is_sent(
    submit: Submit, repo: str, bundle: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OXEN_REPO", repo)
    run = submit(bundle)
    assert (run.code, provider.requests) == (2, [])
    assert "OXEN_REPO=namespace/repository" in run.err


def test_a_url_that_an_envelope_does_not_have_is_not_documented(
    bundle: Path, provider: Provider
) -> None:
    own = envelopes.load("oxen-seedance-2.0")
    assert own.api
    api = own.api.model_copy(update={"sync": None, "upload": None})
    envelope = own.model_copy(update={"api": api})
    modes: tuple[tuple[Mode, str], ...] = (("sync", "no sync mode"), ("async", "not published"))
    for mode, message in modes:
        with pytest.raises(refprep.ProviderError, match=message):
            refprep.submit(bundle, mode=mode, envelope=envelope)
    assert provider.requests == []


@pytest.mark.parametrize("command", [("submit",), ("submit", "--dry-run"), ("snippet",)])
def test_a_path_without_a_bundle_is_named(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "b.zip").write_bytes(b"PK")
    for name, message in (("b.zip", "b.zip: "), ("none", "no such bundle")):
        assert cli.main([*command, str(tmp_path / name)]) == 2
        assert message in capsys.readouterr().err


def test_a_branch_may_be_named(
    submit: Submit, bundle: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OXEN_REPO", "me/refs/try/two")
    assert submit(bundle, "--mode", "sync").code == 0
    assert all(path.startswith("/api/repos/me/refs/file/try/two/") for path in provider.store)


def test_an_address_that_is_not_https_is_refused(
    submit: Submit, bundle: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFPREP_BASE_URL", "http://example.com")
    run = submit(bundle)
    assert (run.code, provider.requests) == (2, [])
    assert "is not https; nothing was sent" in run.err


def test_an_address_that_has_expired_is_found_before_anything_is_paid_for(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    provider.store["/media/a.jpg"] = b"a"
    url = f"{provider.url}/media/a.jpg?sig=old"
    edit(bundle / "request.json", lambda body: {**body, "input_images": [url]})
    run = submit(bundle)
    assert (run.code, provider.paid, provider.calls("POST")) == (2, 0, [])
    assert "/media/a.jpg: answers 403: it has expired or is not public" in run.err
    assert "sig=old" not in run.err


def test_a_host_that_does_not_answer_is_an_error(
    submit: Submit, bundle: Path, provider: Provider
) -> None:
    provider.__exit__()
    run = submit(bundle)
    assert run.code == 2
    assert "Traceback" not in run.err


@pytest.mark.posix
@pytest.mark.parametrize("name", ["script", "refprep"])
def test_an_interrupted_run_can_be_resumed(name: str, bundle: Path, provider: Provider) -> None:
    provider.fail("GET /api/ai/queue/", "stall")
    script = [*ALONE, str(bundle / "submit.py")]
    command = [sys.executable, "-m", "refprep", "submit", str(bundle)]
    run = interrupt(
        script if name == "script" else command,
        lambda: bool(provider.calls("GET", "/api/ai/queue/")),
        bundle,
    )
    assert run.code == 130
    assert "interrupted; the generation gen-1 goes on: --resume follows it" in run.err
    assert cli.main(["submit", str(bundle), "--resume"]) == 0
    assert (provider.paid, videos(bundle)) == (1, [video_of("gen-1")])
