"""fal and BytePlus: what they document works, and what they do not document is an error."""

import json
import shutil
from pathlib import Path

import pytest

import refprep
from refprep import envelopes
from tests.providers.conftest import Pack, Submit, edit
from tests.providers.provider import KEY, Provider, video_of

FAL, ARK = "fal-seedance-2.0", "byteplus-seedance-2.0"
PATHS = {
    FAL: "/bytedance/seedance-2.0/reference-to-video",
    ARK: "/api/v3/contents/generations/tasks",
}


@pytest.fixture
def bundles(packed: Pack, tmp_path: Path, provider: Provider) -> dict[str, Path]:
    """A bundle for each of them, with media on the web."""
    bundles = {}
    for name in (FAL, ARK):
        bundles[name] = shutil.copytree(packed(name), tmp_path / name)
        for path in (bundles[name] / "media").iterdir():
            provider.store[f"/media/{path.name}"] = path.read_bytes()
        request = bundles[name] / "request.json"
        text = request.read_text("utf-8")
        request.write_text(text.replace('"media/', f'"{provider.url}/media/'), "utf-8")
    return bundles


@pytest.mark.parametrize(("name", "scheme"), [(FAL, "Key"), (ARK, "Bearer")])
def test_a_request_is_queued_followed_and_fetched(
    submit: Submit,
    name: str,
    scheme: str,
    bundles: dict[str, Path],
    provider: Provider,
    tmp_path: Path,
) -> None:
    run = submit(bundles[name])
    assert run.code == 0, run
    (video,) = tmp_path.glob("*-result/*.mp4")
    assert video.read_bytes() == video_of("gen-1")
    (post,) = provider.calls("POST")
    assert (post.path, post.headers["Authorization"]) == (PATHS[name], f"{scheme} {KEY}")
    assert json.loads(post.body) == json.loads((bundles[name] / "request.json").read_text("utf-8"))


@pytest.mark.parametrize("name", [FAL, ARK])
def test_an_error_names_its_rule(name: str, bundles: dict[str, Path], provider: Provider) -> None:
    provider.error = "video pixel count must be between 409600 and 927408"
    error = refprep.submit(bundles[name]).error
    assert error
    assert error.rule == "video-pixels"
    assert provider.error in error.message


def test_fal_answers_a_sync_request_with_the_video(
    submit: Submit, bundles: dict[str, Path], provider: Provider, tmp_path: Path
) -> None:
    provider.fal_queues = False
    assert submit(bundles[FAL], "--mode", "sync").code == 0
    assert (provider.paid, len(list(tmp_path.glob("*-result/*.mp4")))) == (1, 1)


@pytest.mark.parametrize(
    ("name", "mode", "message"),
    [
        (FAL, "sse", "fal documents no sse mode; nothing was sent"),
        (ARK, "sse", "BytePlus documents no sse mode; nothing was sent"),
        (ARK, "sync", "BytePlus documents no sync mode; nothing was sent"),
    ],
)
def test_a_mode_that_is_not_documented_is_an_error(
    submit: Submit, name: str, mode: str, message: str, bundles: dict[str, Path], provider: Provider
) -> None:
    run = submit(bundles[name], "--mode", mode)
    assert (run.code, provider.requests) == (2, [])
    assert message in run.err


def test_media_without_urls_go_to_the_storage_of_fal_with_its_key_alone(
    submit: Submit, packed: Pack, tmp_path: Path, provider: Provider
) -> None:
    bundle = shutil.copytree(packed(FAL), tmp_path / "b")
    run = submit(bundle)
    assert run.code == 0, run
    puts = provider.calls("PUT")
    assert [request.body for request in puts] == [
        path.read_bytes() for path in map(bundle.joinpath, media_of(bundle))
    ]
    assert not any(KEY in str(request.headers) for request in puts)


def media_of(bundle: Path) -> list[str]:
    """The paths in a body of fal's, in their order."""
    body = json.loads((bundle / "request.json").read_text("utf-8"))
    return [path for field in ("image", "video", "audio") for path in body[f"{field}_urls"]]


def test_media_without_urls_are_not_sent_where_the_provider_takes_none(
    submit: Submit, packed: Pack, tmp_path: Path, provider: Provider
) -> None:
    bundle = shutil.copytree(packed(ARK), tmp_path / "b")
    run = submit(bundle)
    assert (run.code, provider.requests) == (2, [])
    api = envelopes.load(ARK).api
    assert api
    assert f"{api.publish}; nothing was sent" in run.err


def test_the_seed_of_the_request_is_sent(bundles: dict[str, Path], provider: Provider) -> None:
    edit(bundles[FAL] / "request.json", lambda body: {**body, "seed": 7})
    refprep.submit(bundles[FAL])
    assert json.loads(provider.calls("POST")[0].body)["seed"] == 7
