"""Uploading: files under names of their content, once, with their URLs in the request."""

import errno
import json
import re
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import quote

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

import refprep
from refprep import cli, envelopes
from refprep.providers import upload
from tests import measure
from tests.providers.provider import Provider

PREFIX = "https://cdn.example/shoot"
OXEN = envelopes.load("oxen-seedance-2.0").submission


class StoreError(Exception):
    """An exception of a store's own, with a status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the store answers {status}")
        self.status = status


class Signing(MemoryFileSystem):  # type: ignore[misc]
    """A store that signs URLs, and raises the faults that are queued."""

    protocol = "signing"
    store: dict[str, Any] = {}
    pseudo_dirs = [""]
    puts: list[str] = []
    faults: deque[BaseException] = deque()

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.replace("signing://", "memory://")))

    def put_file(self, lpath: str, rpath: str, *args: Any, **kwargs: Any) -> None:
        if self.faults:
            raise self.faults.popleft()
        self.puts.append(rpath)
        super().put_file(lpath, rpath, *args, **kwargs)

    def sign(self, path: str, expiration: int = 100, **_: Any) -> str:
        return f"https://signed.example{quote(path)}?Expires={expiration}&Signature=a%2Fb"


@pytest.fixture(autouse=True)
def stores(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.register_implementation("signing", Signing, clobber=True)
    monkeypatch.setattr(upload, "PAUSES", (0.0, 0.0))
    for state in (Signing.store, Signing.puts, Signing.faults, MemoryFileSystem.store):
        state.clear()


def urls(bundle: Path) -> list[str]:
    body = json.loads((bundle / "request.json").read_text("utf-8"))
    return [
        url for field in ("input_images", "input_videos", "input_audios") for url in body[field]
    ]


def contents(bundle: Path) -> dict[str, bytes]:
    """The media, by their names in a store."""
    files = (bundle / "media").iterdir()
    return {f"{measure.sha256(path)[:16]}{path.suffix}": path.read_bytes() for path in files}


def publish(bundle: Path, place: str, media_url: str | None = None) -> None:
    upload.upload_media(bundle, OXEN, place, media_url, lambda line: None)


def test_files_are_uploaded_under_names_of_their_content(bundle: Path, tmp_path: Path) -> None:
    publish(bundle, f"file://{tmp_path}/web/shoot", PREFIX)
    files = {path.name: path.read_bytes() for path in (tmp_path / "web" / "shoot").iterdir()}
    assert files == contents(bundle)
    assert set(urls(bundle)) == {f"{PREFIX}/{name}" for name in files}


def test_a_store_that_can_sign_urls_signs_them(bundle: Path) -> None:
    publish(bundle, "signing://bucket/shoot")
    for url in urls(bundle):
        assert url.startswith("https://signed.example/bucket/shoot/")
        assert url.endswith(f"?Expires={upload.SIGNED_SECONDS}&Signature=a%2Fb")


def test_a_file_that_is_there_is_not_sent_again(bundle: Path) -> None:
    publish(bundle, "signing://bucket")
    publish(bundle, "signing://bucket")
    assert len(Signing.puts) == len(urls(bundle))


def test_a_partial_file_is_sent_again(bundle: Path) -> None:
    name = next(iter(contents(bundle)))
    fsspec.filesystem("signing").pipe_file(f"/bucket/{name}", b"half")
    publish(bundle, "signing://bucket")
    assert fsspec.filesystem("signing").cat_file(f"/bucket/{name}") == contents(bundle)[name]


def test_uploading_again_replaces_expired_urls(bundle: Path) -> None:
    publish(bundle, "signing://old")
    before = urls(bundle)
    publish(bundle, "signing://new")
    assert [url.replace("/old/", "/new/") for url in before] == urls(bundle)


def test_only_the_urls_of_the_request_change(bundle: Path) -> None:
    before = json.loads((bundle / "request.json").read_text("utf-8"))
    publish(bundle, "signing://bucket")
    after = json.loads((bundle / "request.json").read_text("utf-8"))
    fields = {"input_images", "input_videos", "input_audios"}
    assert {key: after[key] for key in after if key not in fields} == {
        key: before[key] for key in before if key not in fields
    }


@pytest.mark.parametrize("place", ["memory://bucket", "file:///tmp"])
def test_a_store_that_cannot_sign_needs_a_prefix(place: str, bundle: Path) -> None:
    before = measure.snapshot(bundle)
    with pytest.raises(refprep.UsageError, match="--media-url PREFIX"):
        publish(bundle, place)
    assert measure.snapshot(bundle) == before


def test_a_prefix_that_is_not_https_is_refused(bundle: Path) -> None:
    with pytest.raises(refprep.UsageError, match="is not https"):
        publish(bundle, "memory://bucket", "http://cdn.example/x")
    assert MemoryFileSystem.store == {}


@pytest.mark.parametrize("place", ["nosuch://bucket/x", "s3://bucket/x"])
def test_a_place_that_nothing_opens_is_named(place: str, bundle: Path) -> None:
    if place.startswith("s3:") and _installed("s3fs"):
        pytest.skip("s3fs is installed")
    with pytest.raises(refprep.UsageError, match=re.escape(f"--publish {place}: ")) as error:
        publish(bundle, place)
    assert "pip install 'refprep[publish]'" in str(error.value)


def _installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


@pytest.mark.parametrize(
    "fault",
    [
        StoreError(503),
        StoreError(429),
        TimeoutError("slow"),
        OSError(errno.EBUSY, "Please try again"),
    ],
)
def test_transient_faults_are_retried(fault: BaseException, bundle: Path) -> None:
    Signing.faults.extend([fault, fault])
    publish(bundle, "signing://bucket")
    assert set(Signing.puts) == {f"/bucket/{name}" for name in contents(bundle)}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (PermissionError(errno.EACCES, "Access Denied"), "do not allow writing there"),
        (FileNotFoundError(errno.ENOENT, "The bucket does not exist"), "there is no such place"),
        (StoreError(401), "are not accepted"),
        (StoreError(413), "the file is too large"),
        (RuntimeError("odd\ncredentials"), "odd credentials"),
    ],
)
def test_a_lasting_fault_is_an_error_of_one_line(
    fault: BaseException, message: str, bundle: Path
) -> None:
    before = measure.snapshot(bundle)
    Signing.faults.append(fault)
    with pytest.raises(refprep.ProviderError) as error:
        publish(bundle, "signing://bucket")
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert (Signing.puts, measure.snapshot(bundle)) == ([], before)


def test_a_repository_of_the_provider_is_a_place(bundle: Path, provider: Provider) -> None:
    publish(bundle, "oxen://you/shoot/dev")
    where = f"{provider.url}/api/repos/you/shoot/file/dev/refprep"
    assert set(urls(bundle)) == {f"{where}/{name}" for name in contents(bundle)}
    assert sorted(provider.store.values()) == sorted(contents(bundle).values())


def test_pack_uploads_the_media(
    sources: dict[str, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["pack", *sources["images"], "--prompt", "@Image1", "-o", str(tmp_path / "b")]
    assert cli.main([*command, "--publish", f"file://{tmp_path}/web", "--media-url", PREFIX]) == 0
    (url,) = json.loads((tmp_path / "b" / "request.json").read_text("utf-8"))["input_images"]
    assert (tmp_path / "web" / url.removeprefix(f"{PREFIX}/")).is_file()
    assert measure.names(tmp_path / "b" / "media") == ["image1.jpg"]
    assert "PASS" in capsys.readouterr().out


@pytest.mark.parametrize(
    "option", [("--media-url", "http://cdn.example"), ("--publish", "nosuch://bucket")]
)
def test_pack_checks_the_place_before_it_works(
    option: tuple[str, str], sources: dict[str, list[str]], tmp_path: Path
) -> None:
    command = ["pack", *sources["images"], "--prompt", "@Image1", "-o", str(tmp_path / "b")]
    assert cli.main([*command, *option]) == 2
    assert measure.names(tmp_path) == []


def test_submit_uploads_and_sends(bundle: Path, provider: Provider, tmp_path: Path) -> None:
    place = f"file://{tmp_path}/web"
    for name, content in contents(bundle).items():
        provider.store[f"/media/{name}"] = content
    result = refprep.submit(bundle, publish=place, media_url=f"{provider.url}/media")
    assert (result.verdict, len(result.files), provider.calls("PUT")) == ("pass", 1, [])
    (post,) = provider.calls("POST")
    assert json.loads(post.body)["input_images"][0].startswith(f"{provider.url}/media/")
