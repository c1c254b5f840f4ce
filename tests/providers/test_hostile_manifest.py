"""A manifest is a stranger's: it decides neither where a key goes nor which key that is."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import refprep
from refprep import cli, envelopes
from refprep.models.envelope import Api
from refprep.providers.dry_run import dry_run
from tests.providers.conftest import Submit, both_ways, edit
from tests.providers.provider import Provider

SECRET = "wJalr-secret-of-somebody"
SHIPPED = "oxen-seedance-2.0"


class Thief(BaseHTTPRequestHandler):
    """Answers nothing and keeps what it is sent."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.server.received.append((self.path, str(self.headers), self.rfile.read(length)))  # type: ignore[attr-defined]
        self.send_response(500)
        self.end_headers()

    do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def thief(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    """A server that nobody but the manifest names, and a secret in the environment."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Thief)
    server.received = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def hostile(thief: ThreadingHTTPServer) -> dict[str, Any]:
    """An [api] in which every field serves the attacker."""
    url = f"http://127.0.0.1:{thief.server_port}"
    names = ("sync", "queue", "status", "result", "events", "upload", "list", "upload_start")
    return {
        **envelopes.load(SHIPPED).submission,
        **{name: f"{url}/{name}/{{repo}}{{branch}}{{path}}{{id}}" for name in names},
        "key": "AWS_SECRET_ACCESS_KEY", "repo": "AWS_SECRET_ACCESS_KEY", "scheme": "Stolen",
        "publish": "run curl thief.example", "id": "status", "urls": "status|prompt",
        "done": ["queued"], "failed": [], "event": "message", "evidence": ["api"],
        "links": {"id": f"{url}/link"}, "cancel": f"DELETE {url}/cancel",
        "cancellable": ["succeeded"], "list_id": "prompt", "list_created": "prompt",
        "list_model": "prompt", "message": "prompt", "look": url, "webhook": "fal_webhook",
        "poll_seconds": 0.0, "stall_seconds": 1e9, "wait_seconds": 1e9, "retry_seconds": 0.0,
        "retries": 10**6,
    }  # fmt: skip


def poison(bundle: Path, api: dict[str, Any], name: str = SHIPPED) -> None:
    """The manifest of a stranger, with an API of their own."""

    def change(manifest: Any) -> Any:
        api.pop("provider", None)
        manifest["envelope"] |= {"api": api, "name": name}
        manifest["options"]["media_url"] = "http://127.0.0.1/thief"
        return manifest

    edit(bundle / "manifest.json", change)


def received(thief: ThreadingHTTPServer) -> list[Any]:
    return thief.received  # type: ignore[attr-defined, no-any-return]


@both_ways
@pytest.mark.parametrize("mode", ["sync", "async", "sse"])
def test_a_manifest_cannot_choose_the_host_or_the_key(
    submit: Submit, mode: str, bundle: Path, provider: Provider, thief: ThreadingHTTPServer
) -> None:
    poison(bundle, hostile(thief))
    run = submit(bundle, "--mode", mode)
    assert (run.code, received(thief)) == (0, []), run
    assert provider.paid == 1
    assert SECRET not in str(provider.requests) + run.out + run.err


@pytest.mark.parametrize("name", sorted(Api.model_fields))
def test_no_field_of_the_api_is_taken_from_a_manifest(
    name: str, bundle: Path, provider: Provider, thief: ThreadingHTTPServer
) -> None:
    own = {**envelopes.load(SHIPPED).submission, "evidence": ["api"]}
    before = dry_run(bundle), refprep.snippet(bundle), refprep.snippet(bundle, "python")
    poison(bundle, {**own, name: hostile(thief)[name]})
    assert (dry_run(bundle), refprep.snippet(bundle), refprep.snippet(bundle, "python")) == before
    assert refprep.submit(bundle).verdict == "pass"
    assert received(thief) == []


def test_the_hosts_are_refpreps_own_without_a_gateway_in_the_environment(
    bundle: Path, thief: ThreadingHTTPServer
) -> None:
    poison(bundle, hostile(thief))
    urls = [request.url for request in dry_run(bundle, publish="oxen://me/refs").requests]
    assert all(url.startswith("https://hub.oxen.ai/") for url in urls)
    assert f"127.0.0.1:{thief.server_port}" not in refprep.snippet(bundle)


def test_publishing_takes_no_host_from_a_manifest(
    submit: Submit, bundle: Path, provider: Provider, thief: ThreadingHTTPServer
) -> None:
    poison(bundle, hostile(thief))
    assert submit(bundle, "--publish", "oxen://me/refs").code == 0
    assert (received(thief), len(provider.store)) == ([], 3)


@pytest.mark.parametrize("name", ["mine", "oxen-seedance-2.0 ", "OXEN-SEEDANCE-2.0", "oxen", ""])
@pytest.mark.parametrize(
    "arguments",
    [["submit"], ["submit", "--dry-run"], ["submit", "--publish", "oxen://me/refs"], ["snippet"],
     ["submit", "--resume"]],
)  # fmt: skip
def test_an_envelope_that_refprep_does_not_have_is_to_be_named(
    name: str,
    arguments: list[str],
    bundle: Path,
    provider: Provider,
    thief: ThreadingHTTPServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    poison(bundle, hostile(thief), name)
    assert cli.main([*arguments, str(bundle)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--envelope FILE" in line
    assert (received(thief), provider.requests) == ([], [])


def test_an_envelope_that_the_user_names_decides(
    submit: Submit, bundle: Path, provider: Provider, tmp_path: Path, thief: ThreadingHTTPServer
) -> None:
    poison(bundle, hostile(thief), "mine")
    mine = tmp_path / "mine.toml"
    mine.write_text(f'extends = "{SHIPPED}"\nname = "mine"\n')
    assert submit(bundle, "--envelope", str(mine)).code == 0
    assert (provider.paid, received(thief)) == (1, [])


def test_no_settings_file_decides_where_a_key_goes(
    bundle: Path,
    provider: Provider,
    thief: ThreadingHTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = f"http://127.0.0.1:{thief.server_port}/"
    (tmp_path / "evil.toml").write_text(
        f'extends = "{SHIPPED}"\n[api]\nkey = "AWS_SECRET_ACCESS_KEY"\nqueue = "{url}"\n'
        f'upload = "{url}"\n'
    )
    (tmp_path / "refprep.toml").write_text('envelope = "evil.toml"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REFPREP_BASE_URL")
    assert cli.main(["submit", "--dry-run", str(bundle)]) == 0
    assert "AWS_SECRET" not in capsys.readouterr().out
    photo = str(next((bundle / "media").glob("*.jpg")))
    packing = ["pack", photo, "--prompt", "@Image1", "-o", "new", "--publish", "oxen://me/refs"]
    assert cli.main(packing) == 2
    assert "name it on the command line" in capsys.readouterr().err
    assert received(thief) == []


def test_a_bundle_made_of_a_strangers_body_has_no_api_of_theirs(
    bundle: Path, tmp_path: Path, thief: ThreadingHTTPServer
) -> None:
    for name, target in ((SHIPPED, "same"), ("mine", "other")):
        poison(bundle, hostile(thief), name)
        refprep.pack(bundle / "request.json", tmp_path / target)
        files = [path for path in (tmp_path / target).rglob("*") if path.is_file()]
        assert not any(b"AWS_SECRET" in path.read_bytes() for path in files)
    assert not (tmp_path / "other" / "submit.py").exists()


def test_a_manifest_without_an_envelope_is_no_crash(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text("utf-8"))
    strange: list[Any] = [None, [], "x", {"name": 7}, {"name": "x" * 10_000}]
    for held in strange:
        (bundle / "manifest.json").write_text(json.dumps({**manifest, "envelope": held}))
        with pytest.raises(refprep.UsageError) as caught:
            refprep.submit(bundle)
        assert len(str(caught.value)) < 400
