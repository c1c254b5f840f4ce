"""Envelopes: limits are data, each with its evidence; a user's file may extend one."""

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
from refprep.models.envelope import Envelope, rule_of
from refprep.models.limits import OneOf, Range
from refprep.options import DEFAULT_ENVELOPE
from refprep.rules import RULES
from tests.examples import ENVELOPE, ENVELOPES, many

PACKAGE = Path(refprep.__file__).parent
LIMITS = ENVELOPE.limits
KINDS = {name: evidence.kind for name, evidence in ENVELOPE.evidence.items()}
ADVICE = {"prompt-length"}
"Limits that are advice, whoever publishes them."
MINE = """
extends = "oxen-seedance-2.0"
name = "mine"

[evidence]
us = { who = "our own trials", when = 2026-11-22, kind = "observed" }

[limits]
image-count = { limit = { max = 4 }, evidence = ["us"] }
"""
shipped = pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.name)


def tags_of(envelope: Envelope, prompt: str) -> dict[str, str]:
    """The tags that the envelope's pattern finds, by the slot that each addresses."""
    return {
        f"{slot}{tag['place'].lstrip('0')}": tag[0]
        for slot, pattern in envelope.patterns.items()
        for tag in pattern.finditer(prompt)
    }


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
def test_every_limit_has_a_rule_of_its_name(envelope: Envelope) -> None:
    conditional = {rule for case in envelope.cases.values() for rule in case.limits}
    own = {rule_of(name) for name in envelope.parameters}
    assert (set(envelope.limits) | conditional) - own <= {rule.name for rule in RULES}


def test_every_rule_without_a_level_of_its_own_has_a_limit_somewhere() -> None:
    limited = {rule for envelope in ENVELOPES for rule in envelope.bounds}
    others = {"slot-conflict", "slot-count", "parameter"}  # groups, caps and parameters
    assert {rule.name for rule in RULES if rule.level is None} - others <= limited


def test_all_evidence_is_used() -> None:
    for envelope in ENVELOPES:
        rows: list[Any] = [*envelope.limits.values(), *envelope.parameters.values()]
        rows += [*envelope.caps.values(), *envelope.errors.values()]
        rows += [*envelope.groups.values(), *([envelope.api] if envelope.api else [])]
        rows += [bound for case in envelope.cases.values() for bound in case.limits.values()]
        used = {name for row in rows for name in row.evidence}
        used |= envelope.cost.evidence if envelope.cost else set()
        text = (PACKAGE / "envelopes" / f"{envelope.name}.toml").read_text("utf-8")
        own = tomllib.loads(text).get("evidence", {})
        assert set(own) <= used, envelope.name


@shipped
def test_every_default_of_a_parameter_is_accepted_by_its_limit(envelope: Envelope) -> None:
    refused = {
        name
        for name, parameter in envelope.parameters.items()
        if parameter.default is not None
        and envelope.bound(name.replace("_", "-")).judge(parameter.default)
    }
    assert refused == set()


@shipped
def test_an_envelope_finds_the_tags_that_it_writes_and_no_longer_ones(envelope: Envelope) -> None:
    slots = [f"{name}{n}" for n, name in enumerate(envelope.patterns, start=1)]
    tags = {slot: envelope.tag_of(slot) for slot in slots}
    assert tags_of(envelope, f"{', '.join(tags.values())}.") == tags
    if envelope.tag_of("image1")[-1].isdigit():
        assert set(tags_of(envelope, f"{envelope.tag_of('image1')}0")) == {"image10"}


@pytest.mark.parametrize("rule", sorted(LIMITS.keys() - ADVICE - {"asset-media"}))
def test_a_published_limit_is_an_error_and_an_observed_one_a_warning(rule: str) -> None:
    published = "published" in {KINDS[name] for name in LIMITS[rule].evidence}
    assert ENVELOPE.bound(rule).level == ("error" if published else "warning")


def test_the_page_publishes_and_the_rest_is_observed() -> None:
    assert {name for name, kind in KINDS.items() if kind == "published"} == {"page", "api"}


def test_no_number_of_a_provider_is_in_python() -> None:
    tables = [tomllib.loads(path.read_text("utf-8")) for path in PACKAGE.glob("envelopes/*.toml")]
    limits = [table.get("limits", {}) for table in tables]
    provider = {value for value in numbers(limits) if value > 10_000} | {6000, 5760}
    assert {409_600, 927_408, 30_000_000, 8_295_044} <= provider
    trees = (ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    literals = {node.value for node in nodes if isinstance(node, ast.Constant)}
    assert literals & provider == set()


@pytest.mark.parametrize(
    ("prompt", "slots"),
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
def test_tags_are_found_in_the_prompt(prompt: str, slots: set[str]) -> None:
    assert set(tags_of(ENVELOPE, prompt)) == slots


def test_a_tag_keeps_its_letter_case() -> None:
    assert tags_of(ENVELOPE, "as in @vIdEo2") == {"video2": "@vIdEo2"}


@many(200)
@given(st.lists(st.tuples(st.sampled_from(("Image", "Video", "Audio")), st.integers(1, 99))))
def test_each_tag_addresses_its_slot(tags: list[tuple[str, int]]) -> None:
    prompt = ", then ".join(f"@{kind}{place}" for kind, place in tags)
    assert set(tags_of(ENVELOPE, prompt)) == {f"{k.lower()}{n}" for k, n in tags}


def test_a_tag_is_written_in_the_style_of_the_page() -> None:
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


def test_a_value_between_the_two_readings_is_a_warning() -> None:
    bound = ENVELOPE.bound("image-file-size")
    assert [bound.judge(n) for n in (30_000_000, 30_000_001, 31_457_281)] == [
        None,
        "warning",
        "error",
    ]


def test_a_rule_without_a_limit_accepts_everything() -> None:
    assert ENVELOPE.bound("no-such-rule").judge("anything") is None
    assert ENVELOPE.range("no-such-rule") == Range()
    assert ENVELOPE.one_of("no-such-rule") == OneOf()


def test_tightening_returns_a_new_envelope_with_one_reading_and_no_words() -> None:
    narrow = ENVELOPE.tighten("video-total-duration", Range(max=5))
    assert narrow.range("video-total-duration") == Range(max=5)
    assert narrow.bound("video-total-duration").level == "error"
    assert ENVELOPE.range("video-total-duration") == Range(min=2, max=15)
    animated = ENVELOPE.tighten("image-animated", Range(max=0)).bound("image-animated")
    assert (animated.lenient, animated.words) == (None, None)


def test_the_shipped_envelope_is_known_by_name() -> None:
    assert DEFAULT_ENVELOPE in envelopes.names()
    assert envelopes.load(DEFAULT_ENVELOPE).name == DEFAULT_ENVELOPE


def test_an_envelope_of_the_user_replaces_one_limit_and_keeps_the_others(tmp_path: Path) -> None:
    mine = envelopes.load(written(tmp_path, MINE))
    assert mine.name == "mine"
    assert mine.range("image-count") == Range(max=4)
    assert mine.bound("image-count").level == "warning"
    others = set(LIMITS) - {"image-count"}
    assert {rule: mine.limits[rule] for rule in others} == {
        rule: ENVELOPE.limits[rule] for rule in others
    }
    assert (mine.parameters, mine.slots) == (ENVELOPE.parameters, ENVELOPE.slots)


def test_a_limit_replaces_the_whole_bound_with_its_evidence(tmp_path: Path) -> None:
    text = MINE + 'video-total-duration = { limit = { max = 10 }, evidence = ["us"] }\n'
    mine = envelopes.load(written(tmp_path, text))
    assert mine.range("video-total-duration") == Range(max=10)
    assert mine.bound("video-total-duration").evidence == ("us",)


def test_an_envelope_is_found_beside_the_one_that_extends_it(tmp_path: Path) -> None:
    written(tmp_path, MINE, "base.toml")
    path = written(tmp_path, 'extends = "base.toml"\nname = "yours"')
    assert envelopes.load(path).range("image-count") == Range(max=4)


def test_an_edited_envelope_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path, MINE)
    assert envelopes.load(path).name == "mine"
    written(tmp_path, MINE.replace('name = "mine"', 'name = "edited"'))
    assert envelopes.load(path).name == "edited"


def test_an_unknown_envelope_is_named_with_those_that_are_known() -> None:
    with pytest.raises(EnvelopeError, match=r"^unknown envelope sora; choose .*oxen-seedance-2\.0"):
        envelopes.load("sora")


OXEN = 'extends = "oxen-seedance-2.0"\n'
LIMIT = OXEN + "[limits]\nimage-count = "
BROKEN = {
    "unknown evidence": (
        LIMIT + '{ limit = { max = 4 }, evidence = ["pages"] }',
        ", line 3: limits.image-count: unknown evidence pages; did you mean page?",
    ),
    "empty evidence": (
        LIMIT + "{ limit = { max = 4 }, evidence = [] }",
        ", line 3: limits.image-count.evidence: takes at least one, not []",
    ),
    "no evidence": (
        LIMIT + "{ limit = { max = 4 } }",
        ", line 3: limits.image-count.evidence: is missing",
    ),
    "no TOML": ("name = ", ": is not TOML: Invalid value (at end of document)"),
    "an unknown key": (OXEN + "color = 3", ", line 2: unknown key color; choose api, body, "),
    "a misspelled key": (
        OXEN + "providr = 3",
        ", line 2: unknown key providr; did you mean provider?",
    ),
    "a misspelled table of a limit": (
        LIMIT + '{ limits = { max = 4 }, evidence = ["page"] }',
        ", line 3: limits.image-count: unknown key limits; did you mean limit?",
    ),
    "a misspelled bound": (
        LIMIT + '{ limit = { maximum = 4 }, evidence = ["page"] }',
        ", line 3: limits.image-count.limit: unknown key maximum; did you mean max?",
    ),
    "a bound that is no number": (
        LIMIT + '{ limit = { max = "many" }, evidence = ["page"] }',
        ", line 3: limits.image-count.limit.max: takes a number or a whole number, not 'many'",
    ),
    "nothing but a name": ('name = "mine"', ": title: is missing"),
    "an unknown parent": (
        'extends = "sora"',
        ": extends: unknown envelope sora; choose alibaba-wan-3.0, byteplus-seedance-2.0, ",
    ),
    "a parent that is no name": ("extends = 5", ": extends: unknown envelope 5; choose "),
    "itself as its parent": ('extends = "{path}"', ": extends itself"),
    "a table to leave out that is no list": (
        OXEN + "without = 3",
        ": without: takes a list, not 3",
    ),
    "a limit that is no table": (LIMIT + "4", ", line 3: limits.image-count: takes a table, not 4"),
    "limits that are no table": (OXEN + "limits = 4", ", line 2: limits: takes a table, not 4"),
    "evidence that is no table": (
        OXEN + '[evidence]\npage = "I"',
        ", line 3: evidence.page: takes a table, not 'I'",
    ),
    "evidence without a date": (
        OXEN + '[evidence]\nus = { who = "I", when = 2026, kind = "observed" }',
        ", line 3: evidence.us.when: takes a date, not 2026",
    ),
    "media of an unknown kind": (
        OXEN + '[slots.film]\nkind = "film"\nfield = "films[]"',
        ", line 3: slots.film.kind: takes 'image', 'video' or 'audio', not 'film'",
    ),
    "a slot without a field": (
        OXEN + '[slots.style]\nkind = "image"',
        ", line 2: slots.style.field: is missing",
    ),
    "a field of one value for many files": (
        OXEN + '[slots.style]\nkind = "image"\nfield = "styles"',
        ", line 4: slots.style: field: styles holds one value: write styles[], or single = true",
    ),
    "a tag without a number": (
        OXEN + '[slots.image]\ntag = "@Image"',
        ", line 3: slots.image.tag: needs {n} for the number, once, not '@Image'",
    ),
    "a path that is none": (
        OXEN + '[slots.image]\nfield = "a..b[]"',
        ", line 3: slots.image.field: takes keys joined by dots",
    ),
    "an item without its file": (
        OXEN + '[slots.image]\nitem = { url = "{url}" }',
        ", line 3: slots.image.item: needs the placeholder {uri}",
    ),
    "a slot that needs another one": (
        OXEN + '[slots.image]\nneeds = ["mask"]',
        ", line 3: slots.image.needs: unknown slot mask",
    ),
    "a target that no encoder makes": (
        OXEN + '[targets]\nvideo = ["WebM"]',
        ", line 3: targets.video: no encoder makes WebM; there is MP4, MOV",
    ),
    "a codec that no encoder makes": (
        OXEN + '[targets]\nvideo_codec = "av1"',
        ", line 3: targets.video_codec: no encoder makes av1; there is h264",
    ),
    "a target that is not accepted": (
        LIMIT.replace("image-count", "image-format")
        + '{ limit = { one_of = ["JPEG"] }, evidence = ["page"] }\n[targets]\nimage = ["PNG"]',
        ", line 5: targets.image: PNG is not accepted: limits.image-format takes JPEG",
    ),
    "a default that is not accepted": (
        OXEN + '[parameters.resolution]\ndefault = "8k"',
        ', line 3: parameters.resolution: default: "8k" is not among what is accepted',
    ),
    "a limit of a parameter": (
        OXEN + '[limits]\nseed = { limit = { max = 4 }, evidence = ["page"] }',
        ", line 3: limits.seed: belongs to parameters.seed",
    ),
    "a case of an unknown parameter": (
        OXEN + '[cases.edit]\ntitle = "for an edit"\nparameters = { task = ["edit"] }\nlimits = {}',
        ", line 4: cases.edit.parameters: unknown parameter task",
    ),
    "an error without a meaning": (
        OXEN + "[errors.mine]\npatterns = ['odd']\nevidence = [\"page\"]",
        ", line 2: errors.mine: needs a rule, a case or advice",
    ),
    "an error that fits everything": (
        OXEN + '[errors.mine]\npatterns = [\'.*\']\nrule = "seed"\nevidence = ["page"]',
        ", line 3: errors.mine.patterns: '.*' is found in every text",
    ),
    "an error that is no regular expression": (
        OXEN + '[errors.mine]\npatterns = [\'(\']\nrule = "seed"\nevidence = ["page"]',
        ", line 3: errors.mine.patterns: '(' is no regular expression: ",
    ),
    "an error too deep for one": (
        OXEN + f'[errors.mine]\npatterns = [\'{"(" * 9000}\']\nrule = "seed"\nevidence = ["page"]',
        f", line 3: errors.mine.patterns: '{'(' * 40}' is no regular expression: ",
    ),
    "an error of an unknown case": (
        OXEN + '[errors.mine]\npatterns = [\'odd\']\ncase = "edit"\nevidence = ["page"]',
        ", line 4: errors.mine.case: unknown case edit",
    ),
    "a cancel without a method": (
        OXEN + '[api]\ncancel = "https://example.org/{id}"',
        ", line 3: api.cancel: takes DELETE, PUT or POST and a URL, not ",
    ),
    "two parts in one place": (
        OXEN + '[parameters.seed]\nfield = "prompt"',
        ": the path prompt is that of two parts of the body",
    ),
    "a path through a value": (
        OXEN + '[slots.image]\nfield = "prompt.images[]"',
        ": the path prompt.images[] contradicts another path at prompt",
    ),
    "something to leave out that is not there": (
        OXEN + 'without = ["limits.seeds"]',
        ": without: oxen-seedance-2.0 has no limits.seeds",
    ),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_envelope_is_refused_with_the_place_and_the_reason(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("{path}", str(path)), encoding="utf-8")
    with pytest.raises(EnvelopeError) as raised:
        envelopes.load(path)
    assert str(raised.value).startswith(f"envelope {path}{message}")


def test_an_envelope_may_have_words_of_its_own_for_a_limit(tmp_path: Path) -> None:
    text = MINE.replace("max = 4 }", 'max = 4 }, words = "four images or fewer"')
    assert envelopes.load(written(tmp_path, text)).bound("image-count").words == (
        "four images or fewer"
    )


def test_a_table_can_be_left_out_and_so_can_a_limit(tmp_path: Path) -> None:
    text = OXEN + 'without = ["api", "limits.file-count", "parameters.seed"]'
    mine = envelopes.load(written(tmp_path, text))
    assert mine.api is None
    assert set(ENVELOPE.bounds) - set(mine.bounds) == {"file-count", "seed"}


def test_a_missing_envelope_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvelopeError, match=r"gone\.toml: No such file or directory$"):
        envelopes.load(tmp_path / "gone.toml")
