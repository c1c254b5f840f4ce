"""fal and BytePlus: what they document is done, and what they do not is said."""

import json
import shutil
from pathlib import Path

import pytest

import refprep
from tests.providers.conftest import Pack, Way, edit
from tests.providers.provider import KEY, VIDEO, Provider

FAL, ARK = "fal-seedance-2.0", "byteplus-seedance-2.0"
PATHS = {
    FAL: "/bytedance/seedance-2.0/reference-to-video",
    ARK: "/api/v3/contents/generations/tasks",
}


@pytest.fixture
def bundles(packed: Pack, tmp_path: Path, provider: Provider) -> dict[str, Path]:
    """A bundle for each of them, whose media are published."""
    made = {}
    for name in (FAL, ARK):
        made[name] = shutil.copytree(packed(name), tmp_path / name)
        for path in (made[name] / "media").iterdir():
            provider.store[f"/media/{path.name}"] = path.read_bytes()
        request = made[name] / "request.json"
        text = request.read_text("utf-8")
        request.write_text(text.replace('"media/', f'"{provider.url}/media/'), "utf-8")
    return made


@pytest.mark.parametrize(("name", "scheme"), [(FAL, "Key"), (ARK, "Bearer")])
def test_a_request_is_queued_followed_and_fetched(
    way: Way,
    name: str,
    scheme: str,
    bundles: dict[str, Path],
    provider: Provider,
    tmp_path: Path,
) -> None:
    told = way(bundles[name])
    assert told.code == 0, told
    (video,) = tmp_path.glob("*-result/*.mp4")
    assert video.read_bytes() == VIDEO + b"gen-1"
    (post,) = provider.calls("POST")
    assert (post.path, post.headers["Authorization"]) == (PATHS[name], f"{scheme} {KEY}")
    assert json.loads(post.body) == json.loads((bundles[name] / "request.json").read_text("utf-8"))


@pytest.mark.parametrize("name", [FAL, ARK])
def test_a_refusal_has_its_rule(name: str, bundles: dict[str, Path], provider: Provider) -> None:
    provider.refusal = "video pixel count must be between 409600 and 927408"
    refusal = refprep.submit(bundles[name]).refusal
    assert refusal
    assert refusal.rule == "video-pixels"
    assert provider.refusal in refusal.said


def test_fal_answers_at_once_where_it_is_waited_for(
    way: Way, bundles: dict[str, Path], provider: Provider, tmp_path: Path
) -> None:
    provider.fal_queues = False
    assert way(bundles[FAL], "--mode", "sync").code == 0
    assert (provider.paid, len(list(tmp_path.glob("*-result/*.mp4")))) == (1, 1)


@pytest.mark.parametrize(
    ("name", "mode", "says"),
    [
        (FAL, "sse", "fal documents no way of sse; nothing was sent"),
        (ARK, "sse", "BytePlus documents no way of sse; nothing was sent"),
        (ARK, "sync", "BytePlus documents no way of sync; nothing was sent"),
    ],
)
def test_a_way_that_is_not_documented_is_named(
    way: Way, name: str, mode: str, says: str, bundles: dict[str, Path], provider: Provider
) -> None:
    told = way(bundles[name], "--mode", mode)
    assert (told.code, provider.asked) == (2, [])
    assert says in told.err


@pytest.mark.parametrize("name", [FAL, ARK])
def test_media_that_are_not_published_are_not_sent(
    way: Way, name: str, packed: Pack, tmp_path: Path, provider: Provider
) -> None:
    bundle = shutil.copytree(packed(name), tmp_path / "b")
    told = way(bundle)
    assert (told.code, provider.asked) == (2, [])
    assert "documents no upload" in told.err
    assert "--publish URL; nothing was sent" in told.err


def test_a_seed_that_is_asked_for_is_in_what_is_sent(
    bundles: dict[str, Path], provider: Provider
) -> None:
    edit(bundles[FAL] / "request.json", lambda body: {**body, "seed": 7})
    refprep.submit(bundles[FAL])
    assert json.loads(provider.calls("POST")[0].body)["seed"] == 7
