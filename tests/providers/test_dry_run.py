"""The dry run: every request of a submission, without sending any."""

import json
from pathlib import Path

import pytest

import refprep
from refprep import cli
from refprep.options import Mode
from refprep.providers.dry_run import dry_run
from tests import measure
from tests.providers.conftest import edit
from tests.providers.provider import KEY, Provider

MODES: tuple[Mode, ...] = ("sync", "async", "sse")


@pytest.mark.parametrize("mode", MODES)
def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(
    mode: Mode, bundle: Path, provider: Provider
) -> None:
    before = measure.snapshot(bundle)
    result = dry_run(bundle, mode)
    assert (provider.requests, measure.snapshot(bundle)) == ([], before)
    assert refprep.submit(bundle, mode=mode).verdict == "pass"
    sent = [(request.method, f"{provider.url}{request.path}") for request in provider.requests]
    for request in result.requests:
        assert (request.method, request.url) in sent
    (post,) = provider.calls("POST")
    assert result.requests[-1].body == json.loads(post.body)


def test_a_dry_run_shows_no_key_and_shortens_inline_media(
    bundle: Path, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    data = "data:image/jpeg;base64," + "A" * 9000
    edit(bundle / "request.json", lambda body: {**body, "input_images": [data]})
    assert cli.main(["submit", str(bundle), "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert KEY not in out
    assert "Authorization: Bearer ***" in out
    assert "(9,023 characters)" in out
    assert "A" * 100 not in out
    assert "Nothing was sent. Not checked:" in out
    assert provider.requests == []


def test_a_dry_run_reports_a_missing_key(
    bundle: Path,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("OXEN_API_KEY")
    assert cli.main(["submit", str(bundle), "--dry-run", "--format", "json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert "OXEN_API_KEY is not set" in result["unchecked"]
    methods = [request["method"] for request in result["requests"]]
    assert methods == ["PUT", "PUT", "PUT", "POST"]


def test_a_dry_run_shows_where_media_would_be_uploaded(bundle: Path, provider: Provider) -> None:
    result = dry_run(bundle, "async", "s3://bucket/shoot")
    assert all(request.url.startswith("s3://bucket/shoot/") for request in result.requests[:-1])
    assert all(request.headers == {} for request in result.requests[:-1])
    assert provider.requests == []
