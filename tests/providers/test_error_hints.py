"""Refusals: the provider's words, the rule that they break, and what to do."""

import re

import pytest

import refprep
from refprep import cli
from refprep.providers import error_hints
from refprep.rules import RULES
from refprep.rules.pages import pages
from tests.providers.conftest import Pack
from tests.providers.provider import Provider

SAID = {
    "The parameter video pixel count must be between 407696 and 2086876": "video-pixels",
    "InvalidParameter: image width and height must be at least 300px": "image-dimensions",
    "The parameter `image aspect ratio` must be between 0.39 and 2.5": "image-aspect-ratio",
    "the aspect ratio of the video must be between 0.4 and 2.5": "video-aspect-ratio",
    "video duration (seconds) must be between 1.8 and 15.2": "video-duration",
    "total duration of reference videos must not exceed 15.2 seconds": "video-total-duration",
    "audio duration must be between 1.8 and 15.2": "audio-duration",
    "The parameter audio format specified in the request is not valid": "audio-codec",
    "image format is not supported": "image-format",
    "video size must be at most 52428800 bytes": "video-total-size",
    "the video frame rate must be between 24 and 60": "video-fps",
    "body exceeds 64 MB": "request-size",
    "body.duration: Input should be 'auto', '4' or '5'": "duration",
    "body.aspect_ratio: Input should be 'auto'": "aspect-ratio",
    "body.resolution: Input should be '480p', '720p' or '1080p'": "resolution",
}
UNMEASURED = (
    "InputImageSensitiveContentDetected.PrivacyInformation: the image may contain real person",
    "The request failed because the input video may contain real person.",
    "OutputAudioSensitiveContentDetected: output audio may contain sensitive information",
    "reference_video must be provided as a web url",
)


@pytest.mark.parametrize("said", SAID)
def test_the_words_of_a_refusal_name_the_rule(said: str) -> None:
    assert error_hints.read(said).rule == SAID[said]


@pytest.mark.parametrize("said", UNMEASURED)
def test_what_no_rule_can_measure_has_advice(said: str) -> None:
    told = error_hints.read(said)
    assert told.rule is None
    assert told.advice


@pytest.mark.parametrize("said", ["", "internal error", "insufficient credit", "busy, try later"])
def test_what_nobody_knows_is_only_told(said: str) -> None:
    assert error_hints.read(said) == error_hints.ErrorHint(said=said)


def test_every_row_has_a_rule_or_advice_a_witness_and_patterns_that_can_be_read() -> None:
    rules = {rule.name for rule in RULES}
    for row in error_hints.known():
        assert row.rule or row.advice
        assert row.who
        assert row.rule is None or (row.rule in rules and row.rule in pages())
        for pattern in row.says:
            re.compile(pattern)


def test_every_row_is_reached_by_some_words() -> None:
    told = [error_hints.read(said) for said in (*SAID, *UNMEASURED)]
    reached = {(one.rule, one.advice) for one in told}
    assert {(row.rule, row.advice) for row in error_hints.known()} == reached


def test_the_command_line_names_the_rule_and_how_to_read_on(
    packed: Pack, provider: Provider, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    provider.refusal = next(iter(SAID))
    bundle = packed("oxen-seedance-2.0")
    code = cli.main(["submit", str(bundle), "-o", f"{tmp_path}/out"])
    told = capsys.readouterr().out
    assert code == 1
    assert "video-pixels: refprep explain video-pixels" in told
    assert provider.refusal in told
    assert cli.main(["explain", "video-pixels"]) == 0


def test_the_double_finds_for_itself_what_is_wrong_with_media(
    packed: Pack, provider: Provider, tmp_path: object
) -> None:
    sent = refprep.submit(packed("oxen-seedance-2.0"), output=f"{tmp_path}/out")
    assert sent.refusal is None
    provider.store = {
        path: (content if not path.endswith(".jpg") else _small(content))
        for path, content in provider.store.items()
    }
    again = refprep.submit(packed("oxen-seedance-2.0"), output=f"{tmp_path}/out")
    assert again.refusal
    assert again.refusal.rule == "image-dimensions"


def _small(content: bytes) -> bytes:
    import io

    from PIL import Image

    with Image.open(io.BytesIO(content)) as picture:
        small = io.BytesIO()
        picture.resize((200, 200)).save(small, "JPEG")
    return small.getvalue()
