"""What one does by hand: the rehearsal, and the snippets for a terminal or a notebook."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import refprep
from refprep import cli
from refprep.providers.client import Mode
from refprep.providers.dry_run import rehearse
from refprep.providers.snippets import Lang, snippet
from tests import seeing
from tests.providers.conftest import Pack, edit
from tests.providers.provider import KEY, VIDEO, Provider

MODES: tuple[Mode, ...] = ("sync", "async", "sse")
LANGS: tuple[Lang, ...] = ("curl", "python")
RUN = {"curl": ["bash"], "python": [sys.executable, "-"]}


def pasted(lang: Lang, text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        RUN[lang], input=text, cwd=folder, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("mode", MODES)
def test_a_snippet_runs_as_it_is(
    lang: Lang, mode: Mode, bundle: Path, provider: Provider, tmp_path: Path
) -> None:
    ended = pasted(lang, snippet(bundle, lang, mode), tmp_path)
    assert ended.returncode == 0, ended
    assert (tmp_path / "video.mp4").read_bytes() == VIDEO + b"gen-1"
    (post,) = provider.calls("POST")
    sent, asked = json.loads(post.body), json.loads((bundle / "request.json").read_text("utf-8"))
    assert {**sent, **{key: asked[key] for key in asked if key.startswith("input_")}} == asked
    assert sorted(provider.store.values()) == sorted(
        path.read_bytes() for path in (bundle / "media").iterdir()
    )


@pytest.mark.parametrize("lang", LANGS)
def test_a_snippet_for_fal_asks_where_it_is_told_to(
    lang: Lang, packed: Pack, provider: Provider, tmp_path: Path
) -> None:
    bundle = shutil.copytree(packed("fal-seedance-2.0"), tmp_path / "b")
    edit(bundle / "request.json", lambda body: {"prompt": body["prompt"], "seed": 7})
    ended = pasted(lang, snippet(bundle, lang, "async"), tmp_path)
    assert ended.returncode == 0, ended
    assert (tmp_path / "video.mp4").read_bytes() == VIDEO + b"gen-1"


@pytest.mark.parametrize("lang", LANGS)
def test_a_snippet_for_byteplus_follows_its_task(
    lang: Lang, packed: Pack, provider: Provider, tmp_path: Path
) -> None:
    bundle = shutil.copytree(packed("byteplus-seedance-2.0"), tmp_path / "b")
    edit(bundle / "request.json", lambda body: {**body, "content": body["content"][:1]})
    ended = pasted(lang, snippet(bundle, lang, "async"), tmp_path)
    assert ended.returncode == 0, ended
    assert (tmp_path / "video.mp4").read_bytes() == VIDEO + b"gen-1"


def test_a_snippet_holds_no_key(bundle: Path, provider: Provider) -> None:
    texts = [snippet(bundle, lang, mode) for lang in LANGS for mode in MODES]
    assert provider.url in texts[0]
    assert KEY not in "".join(texts)


def test_a_snippet_needs_a_bundle_as_it_was_packed(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle / "media" / "image1.jpg").unlink()
    assert cli.main(["snippet", str(bundle)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_snippet_of_a_way_that_is_not_documented_is_refused(packed: Pack) -> None:
    with pytest.raises(refprep.UsageError, match="BytePlus documents no way of sse"):
        snippet(packed("byteplus-seedance-2.0"), "curl", "sse")
    with pytest.raises(refprep.UsageError, match="not published"):
        snippet(packed("byteplus-seedance-2.0"), "curl", "async")


@pytest.mark.parametrize("mode", MODES)
def test_a_rehearsal_tells_what_would_be_sent_and_sends_nothing(
    mode: Mode, bundle: Path, provider: Provider
) -> None:
    before = seeing.snapshot(bundle)
    told = rehearse(bundle, mode, None)
    assert (provider.asked, seeing.snapshot(bundle)) == ([], before)
    assert refprep.submit(bundle, mode=mode).verdict == "pass"
    asked = [(one.method, f"{provider.url}{one.path}") for one in provider.asked]
    for one in told.requests:
        assert (one.method, one.url) in asked
    (post,) = provider.calls("POST")
    assert told.requests[-1].body == json.loads(post.body)


def test_a_rehearsal_shows_no_key_and_shortens_what_is_inside(
    bundle: Path, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    data = "data:image/jpeg;base64," + "A" * 9000
    edit(bundle / "request.json", lambda body: {**body, "input_images": [data]})
    assert cli.main(["submit", str(bundle), "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert KEY not in told
    assert "Authorization: Bearer ***" in told
    assert "(9,023 characters)" in told
    assert "A" * 100 not in told
    assert "Nothing was sent. Not checked:" in told
    assert provider.asked == []


def test_a_rehearsal_needs_no_key_but_says_so(
    bundle: Path,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("OXEN_API_KEY")
    assert cli.main(["submit", str(bundle), "--dry-run", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "OXEN_API_KEY is not set" in told["unchecked"]
    assert [one["method"] for one in told["requests"]] == ["PUT", "PUT", "PUT", "POST"]


def test_a_rehearsal_knows_where_media_would_be_published(bundle: Path, provider: Provider) -> None:
    told = rehearse(bundle, "async", "s3://bucket/shoot")
    assert all(one.url.startswith("s3://bucket/shoot/") for one in told.requests[:-1])
    assert provider.asked == []
