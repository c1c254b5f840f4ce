"""Snippets: the text is pasted as it is, and sends exactly the request of the bundle."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import refprep
from refprep import cli, envelopes
from refprep.options import Mode
from refprep.providers.snippets import Lang, snippet
from tests.providers.conftest import Pack, edit
from tests.providers.provider import KEY, Provider

MODES: tuple[Mode, ...] = ("sync", "async", "sse")
FAL, ARK = "fal-seedance-2.0", "byteplus-seedance-2.0"
HOSTILE = (
    "it's \"quoted\" 'twice'! $HOME $(touch caught) `touch caught` \\ \\\\ \\n \\' %{key} {0}\n"
    "second line\t!! 狗 é \U0001f600 \u00a0 \u2028 \x7f \ud83d media/image1.jpg "
    "\"media/image1.jpg\" 'media/image1.jpg' # not a comment"
)


def curl(lang: str) -> Any:
    """Commands for curl, which a POSIX shell runs."""
    missing = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
    return pytest.param(lang, marks=[pytest.mark.posix, missing])


def python(lang: str) -> Any:
    missing = importlib.util.find_spec("requests") is None
    return pytest.param(lang, marks=pytest.mark.skipif(missing, reason="requests is not installed"))


every_lang = pytest.mark.parametrize("lang", [curl("curl"), python("python")])
needs_curl = pytest.mark.parametrize("lang", [curl("curl")])


def paste(lang: Lang, text: str, folder: Path, shell: str = "bash") -> str:
    """What a snippet prints. A listener in the background is stopped at the end."""
    program = [shell] if lang == "curl" else [sys.executable, "-W", "ignore", "-"]
    if "curl -N" in text:
        text = text.replace("sleep 2", "sleep 0.3") + "sleep 0.3; kill $!\n"
    ended = subprocess.run(
        program, input=text.encode(), cwd=folder, capture_output=True, timeout=30, check=False
    )
    assert ended.returncode == 0, (text, ended.stderr.decode())
    return ended.stdout.decode()


def request_of(bundle: Path) -> Any:
    return json.loads((bundle / "request.json").read_text("utf-8"))


def with_paths(body: Any, provider: Provider, bundle: Path) -> Any:
    """A body that was sent, with the bundle's paths in place of URLs of the same content."""
    if isinstance(body, dict):
        return {key: with_paths(value, provider, bundle) for key, value in body.items()}
    if isinstance(body, list):
        return [with_paths(value, provider, bundle) for value in body]
    content = provider.store.get(str(body).removeprefix(provider.url))
    paths = [path for path in (bundle / "media").iterdir() if path.read_bytes() == content]
    return f"media/{paths[0].name}" if paths else body


@every_lang
@pytest.mark.parametrize("mode", MODES)
def test_a_snippet_uploads_the_media_and_sends_the_request(
    lang: Lang, mode: Mode, bundle: Path, provider: Provider, tmp_path: Path
) -> None:
    edit(bundle / "request.json", lambda body: {**body, "prompt": HOSTILE, "seed": 7})
    out = paste(lang, snippet(bundle, lang, mode), tmp_path)
    (post,) = provider.calls("POST")
    body = json.loads(post.body)
    assert body["input_images"][0].startswith(f"{provider.url}/api/repos/me/refs/file/main/")
    assert with_paths(body, provider, bundle) == request_of(bundle)
    assert list(body) == list(request_of(bundle))
    assert post.headers["Authorization"] == f"Bearer {KEY}"
    assert len(provider.store) == 3
    assert not (tmp_path / "caught").exists()
    if lang == "python" or mode != "async":
        assert provider.result_url("gen-1") in out


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "fish"])
@needs_curl
def test_a_snippet_is_the_same_in_every_shell(
    lang: Lang, shell: str, bundle: Path, provider: Provider, tmp_path: Path
) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    edit(bundle / "request.json", lambda body: {**body, "prompt": HOSTILE})
    paste(lang, snippet(bundle, lang, "async"), tmp_path, shell)
    (post,) = provider.calls("POST")
    assert json.loads(post.body)["prompt"] == HOSTILE


@needs_curl
@pytest.mark.parametrize("name", ["oxen-seedance-2.0", FAL, ARK])
def test_the_lines_that_follow_the_request_lead_to_the_video(
    lang: Lang, name: str, packed: Pack, provider: Provider, tmp_path: Path
) -> None:
    text = snippet(on_the_web(packed(name), tmp_path, provider), lang, "async")
    answer = paste(lang, text, tmp_path)
    for line in re.findall(r"^# (curl .*)$", text, re.MULTILINE):
        for key, value in re.findall(r'"(\w+)": "([^"]*)"', answer):
            line = re.sub(rf"\b{key.upper()}\b", value, line)  # noqa: PLW2901
        state = [paste(lang, line, tmp_path) for _ in range(3)][-1]
    assert provider.result_url("gen-1") in state


def on_the_web(bundle: Path, folder: Path, provider: Provider) -> Path:
    """A copy of a bundle, whose media have URLs."""
    copy = shutil.copytree(bundle, folder / "on-the-web")
    for path in (copy / "media").iterdir():
        provider.store[f"/media/{path.name}"] = path.read_bytes()
    request = copy / "request.json"
    text = request.read_text("utf-8").replace('"media/', f'"{provider.url}/media/')
    request.write_text(text, "utf-8")
    return copy


@every_lang
@pytest.mark.parametrize("mode", MODES)
def test_a_snippet_for_media_on_the_web_sends_the_request_only(
    lang: Lang, mode: Mode, bundle: Path, provider: Provider, tmp_path: Path
) -> None:
    bundle = on_the_web(bundle, tmp_path, provider)
    paste(lang, snippet(bundle, lang, mode), tmp_path)
    (post,) = provider.calls("POST")
    assert json.loads(post.body) == request_of(bundle)
    assert provider.calls("PUT") == []


@every_lang
@pytest.mark.parametrize(("name", "mode"), [(FAL, "async"), (FAL, "sync"), (ARK, "async")])
def test_without_an_upload_the_urls_are_placeholders(
    lang: Lang, name: str, mode: Mode, packed: Pack, provider: Provider, tmp_path: Path
) -> None:
    provider.fal_queues = mode == "async"
    text = snippet(packed(name), lang, mode)
    assert "https://YOUR-HOST/image1.jpg" in text
    assert f"Put the files of {packed(name) / 'media'} on the web" in text
    bundle = on_the_web(packed(name), tmp_path, provider)
    out = paste(lang, text.replace("https://YOUR-HOST", f"{provider.url}/media"), tmp_path)
    (post,) = provider.calls("POST")
    assert json.loads(post.body) == request_of(bundle)
    if lang == "python":
        assert provider.result_url("gen-1") in out


@every_lang
def test_without_a_repository_its_name_is_a_placeholder(
    lang: Lang,
    bundle: Path,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("OXEN_REPO")
    text = snippet(bundle, lang, "sync")
    assert "# Write your own public repository for YOUR-NAME/YOUR-REPOSITORY" in text
    paste(lang, text.replace("YOUR-NAME/YOUR-REPOSITORY", "you/shoot"), tmp_path)
    assert all(path.startswith("/api/repos/you/shoot/") for path in provider.store)


@needs_curl
def test_an_upload_that_fails_ends_before_the_request(
    lang: Lang, bundle: Path, provider: Provider, tmp_path: Path
) -> None:
    provider.fail("PUT /api/repos", "413")
    with pytest.raises(AssertionError):
        paste(lang, snippet(bundle, lang, "async"), tmp_path)
    assert provider.paid == 0


@every_lang
def test_a_snippet_reads_a_long_body_from_its_file(
    lang: Lang, bundle: Path, provider: Provider, tmp_path: Path
) -> None:
    data = f"data:image/jpeg;base64,{'A' * 500_000}"
    edit(bundle / "request.json", lambda body: {**body, "input_images": [data]})
    edit(bundle / "request.json", lambda body: {**body, "input_videos": [], "input_audios": []})
    text = snippet(bundle, lang, "async")
    assert len(text) < 3000
    provider.error = "nothing"
    paste(lang, text, tmp_path)
    (post,) = provider.calls("POST")
    assert json.loads(post.body) == request_of(bundle)


@pytest.mark.parametrize("lang", ["curl", "python"])
@pytest.mark.parametrize("mode", MODES)
def test_a_snippet_is_short(lang: Lang, mode: Mode, bundle: Path, provider: Provider) -> None:
    body = (bundle / "request.json").read_text("utf-8")
    text = snippet(on_the_web(bundle, bundle.parent, provider), lang, mode)
    assert len(text.splitlines()) - len(body.splitlines()) <= 30
    long = snippet(bundle, lang, mode)
    assert len(long.splitlines()) - len(body.splitlines()) <= 40
    assert f"{'curl -X POST' if lang == 'curl' else 'requests.post('}" in text


def test_a_snippet_holds_no_key(bundle: Path, provider: Provider) -> None:
    langs: tuple[Lang, ...] = ("curl", "python")
    texts = [snippet(bundle, lang, mode) for lang in langs for mode in MODES]
    assert all(provider.url in text for text in texts)
    assert KEY not in "".join(texts)


@pytest.mark.parametrize("name", ["key", "scheme", "status", "id", "event"])
def test_nothing_in_an_envelope_is_read_as_code(name: str, bundle: Path) -> None:
    own = envelopes.load("oxen-seedance-2.0")
    assert own.api
    api = own.api.model_copy(update={name: "$(touch caught)\ntouch caught"})
    with pytest.raises(refprep.UsageError, match=f"as api.{name}"):
        snippet(bundle, "curl", "async", own.model_copy(update={"api": api}))


def test_a_snippet_needs_a_bundle_as_it_was_packed(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle / "media" / "image1.jpg").unlink()
    assert cli.main(["snippet", str(bundle)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_mode_that_is_not_documented_has_no_snippet(packed: Pack) -> None:
    with pytest.raises(refprep.UsageError, match="BytePlus documents no sse mode"):
        snippet(packed(ARK), "curl", "sse")
