"""Envelopes: limits are data, each with its witnesses; a user's file may extend one."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import refprep
from refprep import envelopes
from refprep.errors import EnvelopeError
from refprep.models.envelope import Envelope
from refprep.models.limits import OneOf, Range
from refprep.options import DEFAULT_ENVELOPE
from refprep.rules import RULES
from tests.examples import ENVELOPE, ENVELOPES, many

HOUSE = Path(refprep.__file__).parent
DATA = tomllib.loads((HOUSE / "envelopes" / "oxen-seedance-2.0.toml").read_text("utf-8"))
LIMITS: dict[str, dict[str, Any]] = DATA["limits"]
KINDS = {name: witness["kind"] for name, witness in DATA["evidence"].items()}
MINE = """
extends = "oxen-seedance-2.0"
name = "mine"

[witnesses]
us = { who = "our own trials", when = 2026-11-22, kind = "observed" }

[limits]
image-count = { limit = { max = 4 }, witnesses = ["us"] }
"""


shipped = pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda one: one.name)


def tags_of(envelope: Envelope, prompt: str) -> dict[str, str]:
    """The tags that the envelope's pattern finds, by the slot that each addresses."""
    tags = envelope.pattern.finditer(prompt)
    return {f"{tag['kind'].lower()}{tag['place'].lstrip('0')}": tag[0] for tag in tags}


def written(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def numbers(data: Any) -> Iterator[float]:
    """All numbers of nested data."""
    if isinstance(data, dict | list):
        for value in data.values() if isinstance(data, dict) else data:
            yield from numbers(value)
    elif isinstance(data, int | float) and not isinstance(data, bool):
        yield data


@shipped
def test_every_limit_is_looked_at_by_a_rule_of_its_name(envelope: Envelope) -> None:
    assert set(envelope.limits) <= {rule.name for rule in RULES}


def test_every_rule_without_a_level_of_its_own_has_a_limit_somewhere() -> None:
    limited = {rule for envelope in ENVELOPES for rule in envelope.limits}
    assert {rule.name for rule in RULES if rule.level is None} <= limited


def test_every_witness_is_called() -> None:
    called = {name for limit in LIMITS.values() for name in limit["evidence"]}
    assert ENVELOPE.cost
    called |= set(DATA["api"]["evidence"])
    assert called | ENVELOPE.cost.evidence == set(KINDS)


@shipped
def test_every_default_of_a_parameter_is_one_that_its_limit_takes(envelope: Envelope) -> None:
    defaults = {name.replace("_", "-"): one.default for name, one in envelope.parameters.items()}
    known = {rule: default for rule, default in defaults.items() if default is not None}
    assert {rule for rule, default in known.items() if envelope.bound(rule).judge(default)} == set()


@shipped
def test_every_parameter_of_the_body_is_judged(envelope: Envelope) -> None:
    assert {name.replace("_", "-") for name in envelope.parameters} <= set(envelope.limits)


@shipped
def test_an_envelope_finds_the_tags_that_it_writes_and_no_longer_ones(envelope: Envelope) -> None:
    tags = {slot: envelope.tag_of(slot) for slot in ("image1", "video3", "audio12")}
    assert tags_of(envelope, f"{', '.join(tags.values())}.") == tags
    assert set(tags_of(envelope, f"{envelope.tag_of('image1')}0")) == {"image10"}


@pytest.mark.parametrize("rule", LIMITS)
def test_a_published_limit_is_an_error_and_an_observed_one_a_warning(rule: str) -> None:
    published = "published" in {KINDS[name] for name in LIMITS[rule]["evidence"]}
    assert ENVELOPE.bound(rule).level == ("error" if published else "warning")


def test_the_page_publishes_and_the_rest_is_observed() -> None:
    assert {name for name, kind in KINDS.items() if kind == "published"} == {"page", "api"}


def test_no_number_of_the_provider_stands_in_python() -> None:
    tables = [tomllib.loads(path.read_text("utf-8")) for path in HOUSE.glob("envelopes/*.toml")]
    limits = [one.get("limits", {}) for one in tables]
    provider = {value for value in numbers(limits) if value > 1000}
    assert {409_600, 927_408, 30_000_000, 6000} <= provider
    trees = (ast.parse(path.read_text("utf-8")) for path in HOUSE.rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    literals = {node.value for node in nodes if isinstance(node, ast.Constant)}
    assert literals & provider == set()


@pytest.mark.parametrize(
    ("prompt", "references"),
    [
        ("@Image1 and @Video2, @Audio3.", {"image1", "video2", "audio3"}),
        ("@image1 @VIDEO2", {"image1", "video2"}),
        ("@Image10", {"image10"}),
        ("(@Image1)@Video1", {"image1", "video1"}),
        ("@Image1 @image01", {"image1"}),
        ("mail@Image1 is no tag", set()),
        ("Image1, @Image, @ Image1, @Picture1", set()),
        ("", set()),
        ("@Image" + "1" * 5000, {"image" + "1" * 5000}),
    ],
)
def test_tags_are_read_from_the_prompt(prompt: str, references: set[str]) -> None:
    assert set(tags_of(ENVELOPE, prompt)) == references


def test_a_tag_is_kept_as_it_was_written() -> None:
    assert tags_of(ENVELOPE, "as in @vIdEo2") == {"video2": "@vIdEo2"}


@many(200)
@given(st.lists(st.tuples(st.sampled_from(("Image", "Video", "Audio")), st.integers(1, 99))))
def test_each_tag_addresses_its_slot(tags: list[tuple[str, int]]) -> None:
    prompt = ", then ".join(f"@{kind}{place}" for kind, place in tags)
    assert set(tags_of(ENVELOPE, prompt)) == {f"{k.lower()}{n}" for k, n in tags}


def test_a_tag_is_written_as_the_page_writes_it() -> None:
    assert [ENVELOPE.tag_of(slot) for slot in ("image1", "video3", "audio12")] == [
        "@Image1",
        "@Video3",
        "@Audio12",
    ]


def test_a_parameter_is_written_in_the_type_of_the_body() -> None:
    assert ENVELOPE.parameters["duration"].write(8) == "8"
    assert ENVELOPE.parameters["duration"].write("auto") == "auto"
    assert ENVELOPE.parameters["duration"].write(True) is True
    assert ENVELOPE.parameters["generate_audio"].write(False) is False
    assert ENVELOPE.parameters["seed"].write(7) == 7


def test_between_two_readings_the_level_is_a_warning() -> None:
    bound = ENVELOPE.bound("image-file-size")
    assert [bound.judge(n) for n in (30_000_000, 30_000_001, 31_457_281)] == [
        None,
        "warning",
        "error",
    ]


def test_what_the_provider_does_not_limit_is_open() -> None:
    assert ENVELOPE.bound("no-such-rule").judge("anything") is None
    assert ENVELOPE.range("no-such-rule") == Range()
    assert ENVELOPE.one_of("no-such-rule") == OneOf()


def test_narrowing_makes_a_new_envelope() -> None:
    narrow = ENVELOPE.tighten("video-total-duration", Range(max=5))
    assert narrow.range("video-total-duration") == Range(max=5)
    assert narrow.bound("video-total-duration").level == "error"
    assert ENVELOPE.range("video-total-duration") == Range(min=2, max=15)


def test_the_shipped_envelope_is_known_by_name() -> None:
    assert DEFAULT_ENVELOPE in envelopes.names()
    assert envelopes.load(DEFAULT_ENVELOPE).name == DEFAULT_ENVELOPE


def test_a_file_of_the_users_replaces_one_limit_and_keeps_the_others(tmp_path: Path) -> None:
    mine = envelopes.load(written(tmp_path, MINE))
    assert mine.name == "mine"
    assert mine.range("image-count") == Range(max=4)
    assert mine.bound("image-count").level == "warning"
    others = set(LIMITS) - {"image-count"}
    assert {rule: mine.limits[rule] for rule in others} == {
        rule: ENVELOPE.limits[rule] for rule in others
    }
    assert (mine.parameters, mine.media_fields) == (ENVELOPE.parameters, ENVELOPE.media_fields)


def test_a_limit_with_witnesses_of_its_own_replaces_the_whole_bound(tmp_path: Path) -> None:
    text = MINE + 'video-total-duration = { limit = { max = 10 }, witnesses = ["us"] }\n'
    mine = envelopes.load(written(tmp_path, text))
    assert mine.range("video-total-duration") == Range(max=10)
    assert mine.bound("video-total-duration").evidence == ("us",)


def test_an_envelope_is_found_beside_the_one_that_extends_it(tmp_path: Path) -> None:
    written(tmp_path, MINE, "base.toml")
    path = written(tmp_path, 'extends = "base.toml"\nname = "yours"')
    assert envelopes.load(path).range("image-count") == Range(max=4)


def test_an_envelope_that_was_edited_is_read_anew(tmp_path: Path) -> None:
    path = written(tmp_path, MINE)
    assert envelopes.load(path).name == "mine"
    written(tmp_path, MINE.replace('name = "mine"', 'name = "edited"'))
    assert envelopes.load(path).name == "edited"


def test_an_unknown_envelope_is_named_with_those_that_are_known() -> None:
    with pytest.raises(EnvelopeError, match=r"^envelope sora: .*oxen-seedance-2\.0"):
        envelopes.load("sora")


OXEN = 'extends = "oxen-seedance-2.0"\n'
BROKEN = {
    "a witness that nobody knows": (
        OXEN + '[limits]\nimage-count = { limit = { max = 4 }, witnesses = ["rumour"] }',
        "rumour",
    ),
    "no witness": (
        OXEN + "[limits]\nimage-count = { limit = { max = 4 }, witnesses = [] }",
        "limits.image-count.evidence",
    ),
    "a limit without witnesses": (
        OXEN + "[limits]\nimage-count = { limit = { max = 4 } }",
        "limits.image-count.evidence",
    ),
    "malformed TOML": ("name = ", "mine.toml"),
    "an unknown key": (OXEN + "color = 3", "color_space"),
    "a misspelt bound": (
        OXEN + '[limits]\nimage-count = { limit = { most = 4 }, witnesses = ["page"] }',
        "limits.image-count.limit",
    ),
    "nothing but a name": ('name = "mine"', "title"),
    "an unknown parent": ('extends = "sora"', "sora"),
    "a parent that is no name": ("extends = 5", "extends 5"),
    "itself as its parent": ('extends = "{path}"', "mine.toml"),
    "a limit that is no table": (OXEN + "[limits]\nimage-count = 4", "image-count"),
    "limits that are no table": (OXEN + "limits = 4", "limits"),
    "a witness that is no table": (OXEN + '[witnesses]\npage = "I"', "page"),
}


@pytest.mark.parametrize(("text", "named"), BROKEN.values(), ids=BROKEN)
def test_a_broken_envelope_is_refused_with_the_broken_place(
    tmp_path: Path, text: str, named: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("{path}", str(path)), encoding="utf-8")
    with pytest.raises(EnvelopeError) as raised:
        envelopes.load(path)
    assert named in str(raised.value)
    assert str(raised.value).startswith("envelope ")


def test_a_missing_envelope_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvelopeError, match=r"gone\.toml"):
        envelopes.load(tmp_path / "gone.toml")
