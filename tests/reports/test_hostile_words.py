"""Hostile words in every text field of every result, in every format: they stay words."""

import json
import re
import types
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt
from pydantic import BaseModel

import refprep
from refprep.envelopes import load
from refprep.envelopes.pricing import ComparedPrice, Comparison, Estimate, PricedOutput, estimate
from refprep.models import steps
from refprep.models.finding import Result
from refprep.models.reference import Reference
from refprep.models.source import Source, Window
from refprep.providers.client import SubmitResult
from refprep.providers.dry_run import DryRun, PlannedRequest
from refprep.providers.error_hints import ErrorHint
from refprep.reports import FORMATS, cost, delivery, envelope_pages, render, rule_pages, text
from refprep.reports import json as whole
from tests.examples import audio, image, reference_set, video
from tests.reports.results import HOSTILE as NAMES
from tests.reports.results import UNREADABLE, every, fixed, report
from tests.reports.test_github import read as commands
from tests.reports.test_sarif import validator

HOSTILE = (
    *NAMES,
    "::error::x", "  ::set-output name=a::b", "\n::add-mask::x", "##[error]x", "a ##[group]b",
    "##vso[task.setvariable variable=a]b", "x\r\n##[error]y",
    "\x1b]8;;https://x\x07link\x1b]8;;\x07",
    "\x9b31mred", "\x00", "\x7f\x08\x08", "a\tb\x0b\x0c", "a\x85b\u2029c",
    "\u2066a\u2069\u200f\u061c",
    "a\u200bb\u2060c\ufeffd", "\U000e0001\U000e0041", "a\ufe00\ufe01", "\ud83d", "\udc80\ud800",
    "e" + "\u0301" * 50, "| a | b |\n|---|---|", "<script>x</script>", "<!-- ", "&lt;&#10;",
    "```\n# x",
    "![x](https://x)", "[x]: https://x", "https://x.org/a?b#c", "<https://x>", "](",
    "- a\n- b", "{x}",
    "%0A::error::x", "x" * 5_000, "\N{FULLWIDTH COLON}: x", "\xa0::error::x", "\u3000::error::x",
)  # fmt: skip
HARMLESS = "x"
WORST = "::error::a\n::warning::b\u202e\x1b[31m ##[error]|<b>[x](y)\udcff\r`\t]]>\u2028"
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
ENVELOPE = load("oxen-seedance-2.0")


def priced() -> Estimate:
    files = reference_set(image(), video(), prompt="@Image1 @Video1")
    return estimate(files.request, files.references, load("fal-seedance-2.0"))


def references() -> tuple[Reference, ...]:
    """A reference of every kind."""
    kinds = (image(decode_error="x"), video(other_streams=("data",)), audio(), UNREADABLE)
    part = Source(path=Path("a.mov"), window=Window(start=1, end=2))
    return tuple(
        Reference(slot="image1", source=source, media=media)
        for media in (*kinds, refprep.Unchecked(reason="x"))
        for source in (part, Source(url="https://x.org/a.png"))
    )


def stepped() -> Result:
    """A file with every step that has words of its own."""
    taken = (
        steps.ConvertColor(source="P3"),
        steps.Rename(suffix=".jpg"),
        steps.Trim(start=0, end=1, reason="most motion"),
        steps.Encode(format="PNG", max_size=9),
    )
    result = fixed()
    (file,) = result.prepared
    return result.model_copy(update={"prepared": (file.model_copy(update={"steps": taken}),)})


RESULTS: dict[str, Result] = {
    **every(),
    "kinds": report(media=references()),
    "steps": stepped(),
}
ERROR = ErrorHint(message="no", rule="video-fps", advice="do")
REQUEST = PlannedRequest(
    method="POST", url="https://x.org", headers={"a": "b"}, body={"prompt": ["x"]}
)
PUT = PlannedRequest(method="PUT", url="https://x.org", headers={}, body="media/a.jpg")
SENT = SubmitResult(bundle=Path("b"), mode="async", files=(Path("b/a.mp4"),))
REST: dict[str, tuple[Any, Callable[[Any], str]]] = {
    "probed": (references(), text.probed),
    "estimate": (priced(), cost.render),
    "comparison": (
        Comparison(
            prices=(
                ComparedPrice(envelope="a", estimate=priced(), reasons=("b",)),
                ComparedPrice(envelope="c", estimate=None, reasons=("d", "e")),
            )
        ),
        cost.table,
    ),
    "submitted": (SENT, delivery.submitted),
    "refused": (SENT.model_copy(update={"error": ERROR}), delivery.submitted),
    "dry run": (DryRun(requests=(PUT, REQUEST), unchecked=("a",)), delivery.dry_run),
    "rules": (
        rule_pages.rows(ENVELOPE),
        lambda rows: rule_pages.table(ENVELOPE.model_copy(update={"name": rows[0].rule}), rows),
    ),
    "envelope": (ENVELOPE, envelope_pages.show),
    "envelopes": (ENVELOPE, envelope_pages.names),
    "differences": (ENVELOPE, lambda other: envelope_pages.differences(ENVELOPE, other)),
    "explain": (ENVELOPE, lambda other: rule_pages.explain("video-fps", other)),
}


def is_choice(kind: Any) -> bool:
    """True for a type whose values are refprep's own words."""
    if get_origin(kind) in (Union, types.UnionType):
        return all(is_choice(part) for part in get_args(kind) if part is not types.NoneType)
    return get_origin(kind) is Literal


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all words from outside in a value."""
    match value:
        case str() | Path():
            yield place
        case BaseModel():
            for name, field in type(value).model_fields.items():
                if not is_choice(field.annotation):
                    yield from leaves(getattr(value, name), (*place, name))
        case dict():
            for key, item in value.items():
                yield from leaves(item, (*place, key))
        case list() | tuple():
            for number, item in enumerate(value):
                yield from leaves(item, (*place, number))


def replaced(value: Any, word: str, places: set[tuple[Any, ...]], at: tuple[Any, ...] = ()) -> Any:
    """The same value with a word in these places; no validation looks at it."""
    match value:
        case str():
            return word if at in places else value
        case Path():
            return Path(word) if at in places else value
        case BaseModel():
            fields = {
                name: replaced(getattr(value, name), word, places, (*at, name))
                for name in type(value).model_fields
            }
            return value.model_copy(update=fields)
        case dict():
            return {key: replaced(item, word, places, (*at, key)) for key, item in value.items()}
        case list() | tuple():
            return tuple(
                replaced(item, word, places, (*at, number)) for number, item in enumerate(value)
            )
    return value


def texts(value: Any) -> Iterator[str]:
    """Every string of parsed JSON."""
    match value:
        case str():
            yield value
        case dict():
            for key, item in value.items():
                yield key
                yield from texts(item)
        case list():
            for item in value:
                yield from texts(item)


def html_tags(markdown: str) -> list[str]:
    """The tags of a rendered page, without those of names in code, and the targets of links."""
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)
    return [tag for tag in re.findall(r"<[^>]*>", html) if "code" not in tag]


def require_plain(shown: str, harmless: str) -> None:
    """Nothing that a terminal or a log obeys, and the lines of the harmless text."""
    shown.encode()
    odd = {char for char in shown if unicodedata.category(char) in HIDDEN} - {"\n"}
    assert odd == set()
    assert shown.count("\n") == harmless.count("\n")
    assert len(shown.splitlines()) == len(harmless.splitlines())
    assert not re.search(r"##\w*\[", shown)
    begin = [line for line in shown.splitlines() if line.lstrip().startswith("::")]
    assert len(begin) == sum(line.startswith("::") for line in harmless.splitlines())


def require_format(name: str, shown: str, harmless: str, hostile: Sequence[str]) -> None:
    """What the readers of a format find in it."""
    match name:
        case "github":
            expected = [(command.name, set(command.properties)) for command in commands(harmless)]
            found = [(command.name, set(command.properties)) for command in commands(shown)]
            assert found == expected
        case "junit":
            tags = [element.tag for element in ET.fromstring(harmless).iter()]
            assert [element.tag for element in ET.fromstring(shown).iter()] == tags
        case "markdown":
            assert html_tags(shown) == html_tags(harmless)
        case "sarif":
            validator().validate(json.loads(shown))
        case "json":
            assert set(hostile) <= set(texts(json.loads(shown)))
        case "jsonl":
            assert all(isinstance(json.loads(line), dict) for line in shown.split("\n"))


@cache
def places_of(name: str) -> frozenset[tuple[Any, ...]]:
    """The places of words; not the names by which a limit of an envelope finds its evidence."""
    found = leaves(RESULTS[name] if name in RESULTS else REST[name][0])
    return frozenset(
        place for place in found if place[-2:-1] != ("evidence",) or "limits" not in place
    )


def review(result: Result, harmless: Result, name: str, hostile: Iterable[str] = ()) -> None:
    shown, plain = render(result, name), render(harmless, name)
    require_plain(shown, plain)
    require_format(name, shown, plain, tuple(hostile))


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", RESULTS)
def test_hostile_words_in_all_fields_of_a_result_stay_words(kind: str, name: str) -> None:
    places = set(places_of(kind))
    harmless = replaced(RESULTS[kind], HARMLESS, places)
    for word in {str(Path(word)) for word in HOSTILE}:  # a source is a path in some fields
        review(replaced(RESULTS[kind], word, places), harmless, name)


@pytest.mark.slow
@pytest.mark.parametrize("kind", RESULTS)
def test_a_hostile_word_in_any_one_field_of_a_result_stays_a_word(kind: str) -> None:
    for place in places_of(kind):
        harmless = replaced(RESULTS[kind], HARMLESS, {place})
        for name in FORMATS:
            review(replaced(RESULTS[kind], WORST, {place}), harmless, name)


@pytest.mark.parametrize("word", HOSTILE, ids=ascii)
def test_json_gives_every_word_back_as_it_is(word: str) -> None:
    places = {place for place in places_of("report") if "path" not in place}
    harmless = replaced(RESULTS["report"], HARMLESS, places)
    review(replaced(RESULTS["report"], word, places), harmless, "json", [word])


@pytest.mark.slow
@pytest.mark.parametrize("kind", REST)
def test_hostile_words_in_any_other_page_stay_words(kind: str) -> None:
    value, page = REST[kind]
    places = set(places_of(kind))
    every_place = [places, *({place} for place in places)]
    for chosen in every_place:
        harmless = page(replaced(value, HARMLESS, chosen))
        for word in HOSTILE if chosen is places else [WORST]:
            require_plain(page(replaced(value, word, chosen)), harmless)


@pytest.mark.parametrize("kind", REST)
def test_other_pages_as_json_are_json(kind: str) -> None:
    value = REST[kind][0]
    hostile = replaced(value, WORST, set(places_of(kind)))
    shown = whole.render(hostile)
    assert WORST in set(texts(json.loads(shown)))
    require_plain(shown, shown)


def test_color_is_the_only_escape_on_a_terminal() -> None:
    for kind, result in RESULTS.items():
        hostile = replaced(result, WORST, set(places_of(kind)))
        bare = re.sub(r"\x1b\[\d+m", "", text.render(hostile, color=True))
        assert bare == text.render(hostile)


def test_every_model_that_a_verb_returns_is_among_the_results() -> None:
    def kinds(value: Any) -> Iterator[type]:
        match value:
            case BaseModel():
                yield type(value)
                for name in type(value).model_fields:
                    yield from kinds(getattr(value, name))
            case list() | tuple():
                for item in value:
                    yield from kinds(item)

    tried = {kind for value in (*RESULTS.values(), *(row[0] for row in REST.values()))
             for kind in kinds(value)}  # fmt: skip
    exported = (getattr(refprep, name) for name in refprep.__all__)
    wordy = {
        kind
        for kind in exported
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        if any(
            not is_choice(field.annotation) and re.search(r"\bstr\b|Path", str(field.annotation))
            for field in kind.model_fields.values()
        )
    }
    unshown = {"LooseFiles", "Request"}
    assert {kind.__name__ for kind in wordy - tried} <= unshown
    assert PricedOutput in tried
