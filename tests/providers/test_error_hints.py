"""Error hints: the rule behind a provider's error, and what to do."""

import io
import json
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import refprep
from refprep import cli, envelopes
from refprep.models.envelope import Envelope
from refprep.packer.loader import load_manifest
from refprep.providers.error_hints import LONGEST, ErrorHint, error_hint
from refprep.rules import RULES
from refprep.rules.pages import pages
from tests.examples import ENVELOPE, ENVELOPES, many
from tests.providers.conftest import Pack
from tests.providers.provider import Provider
from tests.providers.wordings import OWN, WORDINGS

COMMON = [(text, *row) for row, texts in WORDINGS.items() for text in texts]
OF_ONE = [(text, *row) for row, texts in OWN.items() for text in texts]
shipped = pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.name)


@pytest.mark.parametrize(("text", "kind", "rule"), COMMON)
def test_a_text_of_a_provider_means_the_same_in_every_envelope(
    text: str, kind: str, rule: str | None
) -> None:
    for envelope in ENVELOPES:
        if kind in envelope.errors and not (text == "expired" and "expired" in envelope.errors):
            hint = error_hint(text, envelope)
            assert (hint.kind, hint.rule) == (kind, rule), envelope.name
            assert hint.message == text


@pytest.mark.parametrize(("text", "name", "kind", "rule"), OF_ONE)
def test_an_envelope_has_rows_of_its_own(text: str, name: str, kind: str, rule: str | None) -> None:
    hint = error_hint(text, envelopes.load(name))
    assert (hint.kind, hint.rule) == (kind, rule)


@shipped
def test_every_row_is_found_by_some_text(envelope: Envelope) -> None:
    texts = [text for text, *_ in COMMON]
    texts += [text for text, name, *_ in OF_ONE if name in _family(envelope)]
    texts += ["video size must be at most 50 MB"]
    found = {error_hint(text, envelope).kind for text in texts}
    assert set(envelope.errors) <= found


def _family(envelope: Envelope) -> set[str]:
    """The names of the envelopes whose rows this one has, too."""
    return {name for name in envelopes.names() if envelope.name.startswith(name)}


@shipped
def test_every_row_names_a_rule_that_there_is_and_what_to_do(envelope: Envelope) -> None:
    rules = {rule.name for rule in RULES}
    for name, row in envelope.errors.items():
        assert row.rule is None or (row.rule in rules and row.rule in pages()), name
        assert row.rule or row.advice, name


@shipped
def test_every_value_in_an_advice_is_one_that_the_envelope_takes(envelope: Envelope) -> None:
    """So `aspect_ratio = adaptive` is said only where the provider takes it."""
    for name, row in envelope.errors.items():
        for parameter, text in re.findall(r"(\w+) = ([\w:-]+)", row.advice or ""):
            known = envelope.parameters.get(parameter)
            assert known, f"{name} names {parameter}"
            value = text if known.type == "string" else json.loads(text)
            assert known.limit.admits(value), f"{name}: {parameter} = {text}"


@pytest.mark.parametrize("name", ["byteplus-seedance-2.5", "fal-seedance-2.5"])
@pytest.mark.parametrize("task", ["edit", "exten"])
def test_a_refused_task_is_answered_with_the_limits_of_that_task(name: str, task: str) -> None:
    words = {"edit": "editing", "exten": "extension"}[task]
    hint = error_hint(f"Seedance identified your task as video {words}", envelopes.load(name))
    assert hint.advice
    (case,) = [case for case in envelopes.load(name).cases.values() if f"n {task}" in case.title]
    assert hint.advice.endswith(f"{case.title} {name} takes {case.takes}")
    assert "aspect ratio" in case.takes


def test_a_sound_that_is_refused_is_left_out_by_a_parameter() -> None:
    text = "OutputAudioSensitiveContentDetected.PolicyViolation"
    for name, parameter in {
        "byteplus-seedance-2.5": "generate_audio = false", "kling-o3": "sound = off"
    }.items():  # fmt: skip
        assert parameter in (error_hint(text, envelopes.load(name)).advice or "")


@pytest.mark.parametrize("text", ["", "failed", "the dog ate it", "unexpected fixture state"])
@shipped
def test_an_unknown_error_is_only_repeated(text: str, envelope: Envelope) -> None:
    assert error_hint(text, envelope) == ErrorHint(message=text)


@many(200)
@given(st.text(max_size=200))
def test_any_text_is_answered_and_kept_as_it_is(text: str) -> None:
    assert error_hint(text, ENVELOPE).message == text


def test_only_the_beginning_of_an_endless_text_is_compared() -> None:
    text = "x" * LONGEST + "PrivacyInformation"
    assert error_hint(text, ENVELOPE) == ErrorHint(message=text)
    assert error_hint(text[18:], ENVELOPE).kind == "faces"


@pytest.mark.parametrize("text", ["image " * 700, "video " * 700, "audio ratio duration " * 200])
def test_a_text_of_any_form_is_compared_at_once(text: str) -> None:
    """No pattern takes time that grows with more than the length of the text."""
    for envelope in ENVELOPES:
        error_hint(text, envelope)


def test_an_own_envelope_has_further_rows_and_changes_others(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(
        'extends = "fal-seedance-2.0"\nname = "mine"\nwithout = ["errors.quota"]\n'
        "[errors.gateway]\n"
        "patterns = ['credits of the team']\n"
        'advice = "ask the team"\nevidence = ["page"]\n'
        '[errors.faces]\nadvice = "ask the person"\n',
        encoding="utf-8",
    )
    mine = envelopes.load(own)
    assert error_hint("insufficient credits of the team", mine).advice == "ask the team"
    assert error_hint("insufficient credits", mine).kind == "balance"
    assert error_hint("PrivacyInformation", mine).advice == "ask the person"
    assert error_hint("QuotaExceeded", mine) == ErrorHint(message="QuotaExceeded")
    inherited = [name for name in envelopes.load("fal-seedance-2.0").errors if name != "quota"]
    assert list(mine.errors) == ["gateway", *inherited]


def test_a_manifest_holds_no_errors_and_decides_none(packed: Pack, tmp_path: Path) -> None:
    bundle = shutil.copytree(packed("oxen-seedance-2.0"), tmp_path / "bundle")
    manifest = json.loads((bundle / "manifest.json").read_text("utf-8"))
    assert "errors" not in manifest["envelope"]
    row = {"patterns": ["quota"], "advice": "pay the thief", "evidence": ["page"]}
    manifest["envelope"] |= {"errors": {"mine": row}, "name": "mine"}
    (bundle / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert load_manifest(bundle, bundle).envelope.errors == {}


def test_the_command_line_names_the_rule_and_how_to_explain_it(
    packed: Pack, provider: Provider, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    provider.error = "The parameter video pixel count must be between 407696 and 2086876"
    bundle = packed("oxen-seedance-2.0")
    code = cli.main(["submit", str(bundle), "-o", f"{tmp_path}/out"])
    out = capsys.readouterr().out
    assert code == 1
    assert "video-pixels: refprep explain video-pixels" in out
    assert provider.error in out
    assert cli.main(["explain", "video-pixels"]) == 0


def test_the_double_checks_the_media_itself(
    packed: Pack, provider: Provider, tmp_path: Path
) -> None:
    result = refprep.submit(packed("oxen-seedance-2.0"), output=f"{tmp_path}/out")
    assert result.error is None
    provider.store = {
        path: (content if not path.endswith(".jpg") else _small(content))
        for path, content in provider.store.items()
    }
    again = refprep.submit(packed("oxen-seedance-2.0"), output=f"{tmp_path}/again")
    assert again.error
    assert again.error.rule == "image-dimensions"


def _small(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as picture:
        small = io.BytesIO()
        picture.resize((200, 200)).save(small, "JPEG")
    return small.getvalue()
