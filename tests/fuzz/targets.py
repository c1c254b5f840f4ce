"""Harnesses of refprep's own parsers: bytes in, an answer or a RefprepError out, nothing else.

`make test` replays mutated examples through them; `python -m tests.fuzz.coverage TARGET` lets
atheris search for more, guided by coverage.
"""

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from refprep import envelopes
from refprep.decoders import cicp, duration
from refprep.decoders.image import profile_name
from refprep.decoders.sniff import is_webm, sniff
from refprep.envelopes import data_uri
from refprep.envelopes.tags import numbering, rewrite, tags
from refprep.errors import RefprepError
from refprep.models.address import host_of, problem_of, scheme_of
from refprep.models.source import Source
from refprep.options import DEFAULT_ENVELOPE
from refprep.packer.loader import load_manifest
from refprep.packer.request_file import load_request
from refprep.providers import contents, exchange, wire
from refprep.providers.error_hints import error_hint
from tests.fuzz.seeds import seed

REQUEST = """\
prompt = "@Image1 dances like @Video1 while [Audio1] plays; the first image stays"
images = ["hero.heic", "https://example.com/a.png"]
videos = ["dance.mov#t=3,9"]
audios = ["voice.m4a"]
resolution = "720p"
duration = 8
seed = 7
"""
YAML = (
    "prompt: '@Image1 &a walks'\nimages: [a.jpg, !!str b.jpg]\nduration: 5\nx: &a [1, 2]\ny: *a\n"
)
BODY: dict[str, Any] = {
    "model": "bytedance-seedance-2-0-reference-to-video",
    "prompt": "@Image1 walks",
    "input_images": ["data:image/png;base64,iVBORw0KGgo=", "media/image2.jpg"],
    "duration": "5",
    "seed": 1,
}
ENVELOPE = """\
extends = "oxen-seedance-2.0"
name = "own"
[limits]
image-count = { limit = { max = 3 }, evidence = ["page"] }
[errors.own]
patterns = ["(a|b){2,3} gone"]
advice = "look"
evidence = ["page"]
"""
ANSWER = {
    "id": "g1",
    "status": "succeeded",
    "video": {"url": "https://example.com/v.mp4"},
    "error": {"message": "The total duration must be between 2 and 15", "detail": [{"msg": "x"}]},
}


@dataclass(frozen=True)
class Target:
    """A parser, and inputs from which mutation starts."""

    parse: Callable[[bytes], object]
    examples: tuple[bytes, ...]

    def __call__(self, data: bytes) -> None:
        """Parse; an exception that is not refprep's own is a bug."""
        with suppress(RefprepError):
            self.parse(data)


def _in_file(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """The bytes as a file of that name, in a folder of its own."""

    def parse(data: bytes) -> object:
        with tempfile.TemporaryDirectory(prefix="refprep-fuzz-") as folder:
            path = Path(folder) / name
            path.write_bytes(data)
            return read(path)

    return parse


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("utf-8", "surrogateescape"))


def _manifest(path: Path) -> object:
    return load_manifest(path.parent, path.parent)


def _fragment(text: str) -> None:
    source = Source.parse(text)
    again = Source.parse(str(source))
    if source.window:  # a name may end like a window itself: `a#t=8/`
        assert again == source, (text, source, again)
    assert (source.name, source.stem, source.suffix, source.scheme) is not None


def _address(text: str) -> None:
    if problem_of(text) is None and scheme_of(text) in ("http", "https"):
        assert host_of(text), text


def _tags(text: str) -> None:
    envelope = envelopes.load(DEFAULT_ENVELOPE)
    found = list(tags(text, envelope))
    for tag in found:
        assert text[tag.start : tag.end] == tag.words
    assert all(before.end <= after.start for before, after in pairwise(found))
    rewrite(text, numbering(["image1", "image2", "video1", "audio1"], ["image2"]), envelope)


def _picture_colors(path: Path) -> None:
    picture = SimpleNamespace(format="PNG", info={})
    cicp.color_space(cicp.code_points(picture, path))  # type: ignore[arg-type]


def _durations(path: Path) -> None:
    missing = duration._missing_of_wav(path)
    assert 0 <= missing <= 1, missing
    duration._counts_frames(path)


def _answer(data: bytes) -> None:
    """What the script in every bundle reads of a server's answer; its error is one of its own."""
    try:
        answer = exchange.parse(data.decode("utf-8", "replace"))
        exchange.excerpt(answer)
        exchange.strings(answer, "url", "status", "b64_json")
        error_hint(exchange.error_text(answer), envelopes.load(DEFAULT_ENVELOPE))
        json.dumps(contents.replace(answer, {"media/a": "https://example.com/a"}))
    except wire.SubmitError:
        return


def _data_uri(text: str) -> None:
    with suppress(ValueError):  # the caller's to report
        data_uri.content(text)


@cache
def _shipped_manifest() -> bytes:
    """A manifest with an envelope inside, as `pack` writes it."""
    import refprep
    from refprep.packer.names import MANIFEST

    with tempfile.TemporaryDirectory(prefix="refprep-fuzz-") as folder:
        place = Path(folder)
        from fixtures.pictures import picture

        picture(place / "a.jpg", size=(400, 400))
        request = refprep.Request(prompt="@Image1 walks", images=[Source(path=place / "a.jpg")])
        refprep.pack(request, place / "bundle", cache=False)
        return (place / "bundle" / MANIFEST).read_bytes()


@cache
def targets() -> dict[str, Target]:
    """All harnesses by name."""
    png, wav, mp3 = seed("png"), seed("wav-extensible"), seed("mp3-id3")
    body = json.dumps(BODY).encode()
    return {
        "request-toml": Target(_in_file("request.toml", load_request), (REQUEST.encode(),)),
        "request-yaml": Target(_in_file("request.yaml", load_request), (YAML.encode(),)),
        "request-json": Target(
            _in_file("request.json", load_request), (body, b'{"prompt": "x", "images": ["a.png"]}')
        ),
        "envelope": Target(_in_file("own.toml", envelopes.load), (ENVELOPE.encode(),)),
        "manifest": Target(_in_file("manifest.json", _manifest), (_shipped_manifest(),)),
        "fragment": Target(
            _text(_fragment), (b"dance.mov#t=3,9", b"a#t=1:02:03.5", b"https://example.com/a.mp4")
        ),
        "address": Target(
            _text(_address), (b"https://example.com:443/a?b#c", b"http://[::1]/", b"asset://x")
        ),
        "tags": Target(
            _text(_tags),
            (b"@Image1 and [Video 2], <<<image_1>>> {{audio1}}", "图1 第一张图片 视频５".encode()),
        ),
        "answer": Target(_answer, (json.dumps(ANSWER).encode(), b'data: {"a": [1]}\n\n')),
        "data-uri": Target(_text(_data_uri), (b"data:image/png;base64,iVBORw0KGgo=",)),
        "sniff": Target(_in_file("a", sniff), (png, wav, seed("heic"), seed("mp4"))),
        "webm": Target(_in_file("a.webm", is_webm), (seed("webm")[:200],)),
        "png-chunks": Target(_in_file("a.png", _picture_colors), (png, seed("apng"))),
        "wav-chunks": Target(_in_file("a.wav", _durations), (wav, seed("wav-rf64"), mp3)),
        "profile": Target(lambda data: profile_name(data, "sRGB"), (_profile(),)),
    }


def _profile() -> bytes:
    from fixtures.profiles import display_p3

    return display_p3()
