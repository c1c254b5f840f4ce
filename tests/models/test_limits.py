"""Limits: what they accept, the nearest accepted value, their text."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from refprep.models.limits import OneOf, Range, number
from tests.examples import many

NUMBERS = st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9)


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    low, high = sorted((draw(NUMBERS), draw(NUMBERS)))
    return Range(min=draw(st.sampled_from((low, None))), max=draw(st.sampled_from((high, None))))


@pytest.mark.parametrize("value", [300, 300.0, 301, 6000])
def test_a_range_accepts_its_own_bounds(value: float) -> None:
    assert Range(min=300, max=6000).admits(value)


@pytest.mark.parametrize("value", [299, 299.999999, 6000.000001, 6001, math.inf, math.nan])
def test_a_range_accepts_nothing_beyond_its_bounds(value: float) -> None:
    assert not Range(min=300, max=6000).admits(value)


def test_an_open_side_of_a_range_limits_nothing() -> None:
    assert Range(min=2).admits(1e300)
    assert Range(max=2).admits(-1e300)
    assert not Range(min=2).admits(1.9)
    assert not Range(max=2).admits(2.1)


@pytest.mark.parametrize("value", [True, False, "3", None, [3]])
def test_a_range_accepts_only_numbers(value: object) -> None:
    assert not Range(min=0, max=9).admits(value)


def test_a_range_of_whole_numbers_accepts_no_float_not_even_2_0() -> None:
    assert Range(whole=True).admits(-7)
    assert not Range(whole=True).admits(2.0)
    assert not Range(whole=True).admits(True)


def test_several_values_are_accepted_where_each_of_them_is() -> None:
    assert Range(min=300).admits((300, 4000))
    assert not Range(min=300).admits((4000, 299))
    assert OneOf(one_of=("aac", "mp3")).admits(("mp3", "aac"))
    assert not OneOf(one_of=("aac", "mp3")).admits(("mp3", "opus"))


def test_no_value_at_all_is_accepted() -> None:
    assert Range(min=300).admits(())
    assert OneOf(one_of=("aac",)).admits(())


@many(150)
@given(ranges(), NUMBERS)
def test_the_nearest_number_is_accepted(limit: Range, value: float) -> None:
    assert limit.admits(limit.nearest(value))


@many(150)
@given(ranges(), NUMBERS, NUMBERS)
def test_no_accepted_number_is_closer_than_the_nearest(
    limit: Range, value: float, other: float
) -> None:
    assume(limit.admits(other))
    assert abs(limit.nearest(value) - value) <= abs(other - value)


@many(200)
@given(ranges(), NUMBERS)
def test_an_accepted_number_is_its_own_nearest(limit: Range, value: float) -> None:
    assume(limit.admits(value))
    assert limit.nearest(value) == value


def test_a_list_accepts_its_values_and_no_similar_ones() -> None:
    assert OneOf(one_of=("8", "auto")).admits("8")
    assert not OneOf(one_of=("8", "auto")).admits(8)
    assert OneOf(one_of=(True, False)).admits(True)
    assert not OneOf(one_of=(True, False)).admits(1)
    assert not OneOf(one_of=("aac",)).admits(None)


@pytest.mark.parametrize("value", ["aac", 8, None, True])
def test_an_empty_list_accepts_everything(value: object) -> None:
    assert OneOf().admits(value)


def test_the_nearest_of_a_list_is_the_value_itself_or_else_the_first() -> None:
    formats = OneOf(one_of=("JPEG", "PNG"))
    assert formats.nearest("PNG") == "PNG"
    assert formats.nearest("GIF") == "JPEG"
    assert OneOf().nearest("GIF") == "GIF"


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Range(min=409_600, max=927_408), "409,600 to 927,408"),
        (Range(min=0.4, max=2.5), "0.4 to 2.5"),
        (Range(min=2), "at least 2"),
        (Range(max=30_000_000), "at most 30,000,000"),
        (Range(max=0), "at most 0"),
        (Range(whole=True), "a whole number"),
        (Range(), "any number"),
        (OneOf(), "anything"),
        (OneOf(one_of=(1,)), "1"),
        (OneOf(one_of=("aac", "mp3")), "aac or mp3"),
        (OneOf(one_of=("JPEG", "PNG", "WebP")), "JPEG, PNG or WebP"),
        (OneOf(one_of=(True, False)), "true or false"),
    ],
)
def test_a_limit_has_a_text_for_people(limit: Range | OneOf, words: str) -> None:
    assert str(limit) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "unknown"), (2_073_600, "2,073,600"), (29.97, "29.97"), (60.0, "60"), (-1.5, "-1.5")],
)
def test_a_number_has_separated_thousands_and_no_trailing_zeros(
    value: float | None, words: str
) -> None:
    assert number(value) == words
