"""Request files: what is asked for is never silently changed."""

import json
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import refprep
from refprep import envelopes
from refprep.cli import main
from refprep.errors import RequestError
from refprep.packer.request_file import BundleRequest, load_request

OXEN = "bytedance-seedance-2-0-reference-to-video"
BODY: dict[str, Any] = {"model": OXEN, "prompt": "@Image1", "input_images": ["photo.jpg"]}


def content(**item: Any) -> dict[str, Any]:
    """A body of BytePlus with one image."""
    image = {"type": "image_url", "image_url": {"url": "photo.jpg"}, **item}
    model = envelopes.load("byteplus-seedance-2.0").model
    return {"model": model, "content": [{"type": "text", "text": "a"}, image]}


def written(folder: Path, photo: Path, body: dict[str, Any]) -> Path:
    (folder / "photo.jpg").write_bytes(photo.read_bytes())
    path = folder / "request.json"
    path.write_text(json.dumps(body))
    return path


def test_a_body_of_a_known_model_is_read_with_its_envelope(photo: Path, tmp_path: Path) -> None:
    request = load_request(written(tmp_path, photo, BODY))
    assert isinstance(request, BundleRequest)
    assert (request.envelope.name, request.sources("image")[0].path) == (
        "oxen-seedance-2.0", tmp_path / "photo.jpg",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({**BODY, "model": f"{OXEN}-fast"}, f"unknown model {OXEN}-fast; did you mean {OXEN}"),
        (
            {**BODY, "model": "kling-v3"},
            "unknown model kling-v3; did you mean kling-v3-omni? --envelope ",
        ),
        ({**BODY, "model": 7}, "unknown model 7"),
    ],
)
def test_a_body_that_asks_for_something_else_is_refused_by_name(
    photo: Path, tmp_path: Path, body: dict[str, Any], message: str
) -> None:
    path = written(tmp_path, photo, body)
    with pytest.raises(RequestError) as raised:
        load_request(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "manifest",
    [
        "[" * 100_000,
        '{"schema": 1, "files": 5}',
        '{"schema": 1, "files": [1]}',
        '{"schema": 1, "files": [{"slot": "image1"}]}',
        '{"schema": 1, "envelope": "\\ud800"}',
    ],
    ids=["deep", "number", "numbers", "no path", "half a character"],
)
def test_a_manifest_beside_a_body_that_is_no_manifest_is_left_unread(
    photo: Path, tmp_path: Path, manifest: str
) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    request = load_request(written(tmp_path, photo, BODY))
    assert isinstance(request, BundleRequest)
    assert request.envelope.name == "oxen-seedance-2.0"


@pytest.mark.parametrize(
    "text",
    ["prompt: &a one\nimages: [&a x.jpg]\n", "%YAML 1.1\n---\nprompt: a\nseed: 1e5\n"],
    ids=["an anchor of the same name", "a number of YAML 1.1"],
)
def test_no_warning_prints_words_of_a_yaml_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "request.yaml").write_text(text)
    with warnings.catch_warnings(record=True, action="always") as printed, suppress(RequestError):
        load_request(tmp_path / "request.yaml")
    assert printed == []


def test_threads_that_read_yaml_silence_no_warning_of_others(tmp_path: Path) -> None:
    request = tmp_path / "request.yaml"
    request.write_text("prompt: &a one\nimages: [&a x.jpg]\n")  # the parser warns of it

    def read_or_warn(number: int) -> None:
        if number % 2:
            warnings.warn(f"of others {number}", UserWarning, stacklevel=1)
            return
        with suppress(RequestError):
            load_request(request)

    with (
        warnings.catch_warnings(record=True, action="always") as printed,
        ThreadPoolExecutor(8) as pool,
    ):
        list(pool.map(read_or_warn, range(400)))
    assert sorted(str(row.message) for row in printed) == sorted(
        f"of others {number}" for number in range(1, 400, 2)
    )


@pytest.mark.parametrize("value", ["!!int", "!!float", "!!timestamp x", "!!binary x", "!!bool x"])
def test_a_yaml_value_that_its_tag_does_not_take_is_an_error_of_the_file(
    tmp_path: Path, value: str
) -> None:
    (tmp_path / "request.yaml").write_text(f"prompt: a\nduration: {value}\n")
    with pytest.raises(RequestError, match=r"request\.yaml: cannot be read as YAML: "):
        load_request(tmp_path / "request.yaml")


@pytest.mark.parametrize("role", [{"role": "reference_image"}])
def test_a_role_that_the_envelope_has_is_read(
    photo: Path, tmp_path: Path, role: dict[str, str]
) -> None:
    request = load_request(written(tmp_path, photo, content(**role)))
    assert [source.name for source in request.sources("image")] == ["photo.jpg"]


def test_another_model_is_checked_where_the_user_names_the_envelope(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, photo, {**BODY, "model": "a-later-one"})
    assert refprep.check(path, envelope="oxen-seedance-2.0").verdict == "pass"
    assert main(["check", str(path), "--envelope", "oxen-seedance-2.0"]) == 0
    assert main(["check", str(path)]) == 2
    assert "--envelope oxen-seedance-2.0 checks it as" in capsys.readouterr().err


def test_an_edited_model_is_not_packed_again_as_the_old_one(photo: Path, tmp_path: Path) -> None:
    bundle = refprep.pack(refprep.Request(prompt="@Image1", images=[photo]), tmp_path / "b")
    assert bundle.path
    path = bundle.path / "request.json"
    path.write_text(path.read_text().replace(OXEN, f"{OXEN}-fast"))
    with pytest.raises(RequestError, match=f"unknown model {OXEN}-fast"):
        refprep.pack(path, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_field_that_is_nearly_right_is_offered(photo: Path, tmp_path: Path) -> None:
    bundle = refprep.pack(refprep.Request(prompt="@Image1", images=[photo]), tmp_path / "b")
    assert bundle.path
    path = bundle.path / "request.json"
    path.write_text(path.read_text().replace('"input_images"', '"input_image"'))
    (error,) = load_request(path).shape_errors
    assert error == "input_image: oxen-seedance-2.0 takes no such field; did you mean input_images?"
    again = refprep.pack(path, tmp_path / "again")
    assert (again.verdict, again.path) == ("fail", None)
    assert "request-shape" in [finding.rule for finding in again.findings]
