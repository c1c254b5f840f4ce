"""Requests: read from a file, their slots, the tags in their prompt."""

import json
from pathlib import Path

import pytest

from refprep.errors import RequestError, SourceError
from refprep.models.request import LooseFiles, Request
from refprep.models.source import Source, Window
from refprep.packer.request_file import load_request

TOML = """
prompt = "@Image1 dances as in @Video1"
duration = 8
aspect_ratio = "16:9"
generate_audio = false
images = ["her.jpg"]
videos = ["sub/dance.mov#t=3,9"]
"""
YAML = """
prompt: "@Image1 dances as in @Video1"
duration: 8
aspect_ratio: "16:9"
generate_audio: false
images: [her.jpg]
videos:
  - sub/dance.mov#t=3,9
"""
JSON = json.dumps(
    {
        "prompt": "@Image1 dances as in @Video1",
        "duration": 8,
        "aspect_ratio": "16:9",
        "generate_audio": False,
        "images": ["her.jpg"],
        "videos": ["sub/dance.mov#t=3,9"],
    }
)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.toml", TOML), ("a.yaml", YAML), ("a.yml", YAML), ("a.json", JSON), ("A.JSON", JSON)],
)
def test_a_request_file_is_the_same_request_in_every_format(
    tmp_path: Path, name: str, text: str
) -> None:
    expected = Request(
        prompt="@Image1 dances as in @Video1",
        duration=8,
        aspect_ratio="16:9",
        generate_audio=False,
        images=(Source(path=tmp_path / "her.jpg"),),
        videos=(Source(path=tmp_path / "sub/dance.mov", window=Window(start=3, end=9)),),
    )
    assert load_request(written(tmp_path, name, text)).model_dump() == expected.model_dump()


def test_an_absolute_path_stays_where_it_is(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "her.jpg"
    path = written(tmp_path, "a.toml", f'images = ["{elsewhere.as_posix()}"]')
    assert load_request(path, allow_outside=True).sources("image") == (Source(path=elsewhere),)


@pytest.mark.parametrize("ratio", ["21:9", "16:9", "4:3", "1:1", "3:4", "9:16"])
def test_an_aspect_ratio_needs_no_quotes_in_yaml(tmp_path: Path, ratio: str) -> None:
    path = written(tmp_path, "a.yaml", f"aspect_ratio: {ratio}\n")
    assert load_request(path).parameters == {"aspect_ratio": ratio}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prompt = 3", "prompt: takes text, not 3"),
        ('videos = "dance.mov"', "videos: takes a list, not 'dance.mov'"),
        ("videos = [3]", "videos[0]: takes a path, not 3"),
        ('first_frame = ["a.jpg"]', "first_frame: takes one path, not ['a.jpg']"),
        ("seed = 2026-11-25", "parameters.seed: "),
    ],
)
def test_a_wrong_key_or_value_is_described_in_the_users_words(
    tmp_path: Path, text: str, message: str
) -> None:
    path = written(tmp_path, "a.toml", text)
    with pytest.raises(RequestError) as raised:
        load_request(path)
    assert str(raised.value).startswith(f"{path}: {message}")


def test_any_other_key_is_a_parameter_whose_name_the_envelope_judges() -> None:
    request = Request.model_validate({"image": ["her.jpg"], "bitrate_mode": "high", "seed": None})
    assert request.parameters == {"image": ["her.jpg"], "bitrate_mode": "high"}
    assert Request(imgs=["her.jpg"]).parameters == {"imgs": ["her.jpg"]}


def test_a_request_in_python_has_the_same_keys() -> None:
    with pytest.raises(RequestError, match=r"^files: is missing$"):
        LooseFiles.model_validate({})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", "prompt = "),
        ("a.json", '{"prompt": '),
        ("a.yaml", "prompt: [a"),
        ("a.yaml", "- a list"),
        ("a.yaml", ""),
        ("a.json", "3"),
        ("a.txt", TOML),
    ],
)
def test_what_cannot_be_read_as_a_request_is_named_in_one_line(
    tmp_path: Path, name: str, text: str
) -> None:
    path = written(tmp_path, name, text)
    with pytest.raises(RequestError) as raised:
        load_request(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)


def test_a_request_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RequestError):
        load_request(path)


def test_a_missing_request_file_is_a_missing_source(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        load_request(tmp_path / "a.toml")


def test_a_bad_window_in_a_request_file_is_a_bad_source(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="before it has begun"):
        load_request(written(tmp_path, "a.toml", 'videos = ["dance.mov#t=9,3"]'))


def test_slots_are_numbered_per_kind_images_first_then_videos_then_audio() -> None:
    request = Request.model_validate(
        {"audios": ["a.wav"], "videos": ["b.mov", "c.mov"], "images": ["d.png", "e.png"]}
    )
    named = [(slot, source.name) for slot, source in request.slots.items()]
    assert named == [
        ("image1", "d.png"),
        ("image2", "e.png"),
        ("video1", "b.mov"),
        ("video2", "c.mov"),
        ("audio1", "a.wav"),
    ]


def test_parameters_are_those_that_are_set() -> None:
    assert Request(prompt="a", duration=8, generate_audio=False).parameters == {
        "duration": 8,
        "generate_audio": False,
    }


@pytest.mark.parametrize("value", [True, 1, 1.5, "7"])
def test_a_value_is_kept_as_the_type_that_it_was_given(value: object) -> None:
    kept = Request.model_validate({"seed": value}).parameters["seed"]
    assert (kept, type(kept)) == (value, type(value))


def test_frames_and_the_slots_of_one_envelope_alone_are_media_too() -> None:
    request = Request(first_frame="a.png", last_frame="b.png", media={"subject": ["c.png"]})
    named = {slot: source.name for slot, source in request.slots.items()}
    assert named == {"subject1": "c.png", "first_frame": "a.png", "last_frame": "b.png"}
    assert request.with_slots(request.slots) == request


def test_loose_files_are_read_as_sources() -> None:
    loose = LooseFiles.model_validate({"files": ["a.png", "b.mov#t=3"]})
    assert [str(source) for source in loose.files] == ["a.png", "b.mov#t=3"]
