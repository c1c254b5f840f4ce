"""Error hints: the rule behind a provider's error, or what to do."""

import io
import re

import pytest
from PIL import Image

import refprep
from refprep import cli
from refprep.providers.error_hints import ErrorHint, error_hint, known_errors
from refprep.rules import RULES
from refprep.rules.pages import pages
from tests.providers.conftest import Pack
from tests.providers.provider import Provider

MESSAGES = {
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


@pytest.mark.parametrize("message", MESSAGES)
def test_an_error_text_names_the_rule(message: str) -> None:
    assert error_hint(message).rule == MESSAGES[message]


@pytest.mark.parametrize("message", UNMEASURED)
def test_what_no_rule_can_measure_has_advice(message: str) -> None:
    hint = error_hint(message)
    assert hint.rule is None
    assert hint.advice


@pytest.mark.parametrize(
    "message", ["", "internal error", "insufficient credit", "busy, try later"]
)
def test_an_unknown_error_is_only_repeated(message: str) -> None:
    assert error_hint(message) == ErrorHint(message=message)


def test_every_row_has_evidence_and_a_known_rule_or_advice() -> None:
    rules = {rule.name for rule in RULES}
    for row in known_errors():
        assert row.rule or row.advice
        assert row.evidence
        assert row.rule is None or (row.rule in rules and row.rule in pages())
        for pattern in row.patterns:
            re.compile(pattern)


def test_every_row_is_found_by_some_text() -> None:
    hints = [error_hint(message) for message in (*MESSAGES, *UNMEASURED)]
    found = {(hint.rule, hint.advice) for hint in hints}
    assert {(row.rule, row.advice) for row in known_errors()} == found


def test_the_command_line_names_the_rule_and_how_to_explain_it(
    packed: Pack, provider: Provider, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    provider.error = next(iter(MESSAGES))
    bundle = packed("oxen-seedance-2.0")
    code = cli.main(["submit", str(bundle), "-o", f"{tmp_path}/out"])
    out = capsys.readouterr().out
    assert code == 1
    assert "video-pixels: refprep explain video-pixels" in out
    assert provider.error in out
    assert cli.main(["explain", "video-pixels"]) == 0


def test_the_double_checks_the_media_itself(
    packed: Pack, provider: Provider, tmp_path: object
) -> None:
    result = refprep.submit(packed("oxen-seedance-2.0"), output=f"{tmp_path}/out")
    assert result.error is None
    provider.store = {
        path: (content if not path.endswith(".jpg") else _small(content))
        for path, content in provider.store.items()
    }
    again = refprep.submit(packed("oxen-seedance-2.0"), output=f"{tmp_path}/out")
    assert again.error
    assert again.error.rule == "image-dimensions"


def _small(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as picture:
        small = io.BytesIO()
        picture.resize((200, 200)).save(small, "JPEG")
    return small.getvalue()
