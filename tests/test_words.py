"""Words from outside: no character of them is obeyed by a terminal, a log or a page."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.words import LONGEST, line, page, shortened, visible
from tests.examples import many

ANY = st.text(
    st.characters()
    | st.characters(categories=["Cs", "Cc", "Cf", "Mn", "Zl", "Zp", "Zs"])
    | st.sampled_from("#[]:vso😀👩❤\u200d\ufe0f1\u20e3")
)
JOINERS = {"\u200d", "\ufe0e", "\ufe0f"}
"In an emoji only."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain.jpg", "plain.jpg"),
        ("C:\\new\\clip.mp4", "C:\\new\\clip.mp4"),
        ("two\nlines.jpg", "two\\nlines.jpg"),
        ("tab\tback\r.jpg", "tab\\tback\\r.jpg"),
        ("\x1b[31mred.jpg", "\\x1b[31mred.jpg"),
        ("\x1b]8;;https://x\x07y\x9b2J\x7f", "\\x1b]8;;https://x\\x07y\\x9b2J\\x7f"),
        ("caf\udce9.jpg", "caf\\udce9.jpg"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe", "\\u202egpj.exe"),
        ("\u2066\u2069\u200e\u061c", "\\u2066\\u2069\\u200e\\u061c"),
        ("a\u2028b\u2029c\x85", "a\\u2028b\\u2029c\\x85"),
        ("a\u200bb\u2060c\ufeffd\xade", "a\\u200bb\\u2060c\\ufeffd\\xade"),
        ("a\U000e0041\ufe01\U000e0101", "a\\U000e0041\\ufe01\\U000e0101"),
        ("\u3164\u2800\u034f", "\\u3164\\u2800\\u034f"),
        ("\ue000\ufffe\U0001fafe", "\\ue000\\ufffe\\U0001fafe"),
        ("e" + "\u0301" * 6, "e" + "\u0301" * 4 + "\\u0301\\u0301"),
        ("café \N{DANCER}.jpg", "café \N{DANCER}.jpg"),
        ("日本 שלום हिन्दी Tiếng Việt", "日本 שלום हिन्दी Tiếng Việt"),
        (
            "👨\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3 👍🏽",
            "👨\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3 👍🏽",
        ),
        ("a\u200db 😀\u200d 😀\ufe0f\ufe0f", "a\\u200db 😀\\u200d 😀\ufe0f\\ufe0f"),
        ("see ##[error]x ##vso[task.x]", "see ##\\x5berror]x ##vso\\x5btask.x]"),
    ],
)
def test_what_is_not_seen_becomes_an_escape_and_all_else_stays(name: str, shown: str) -> None:
    assert visible(name) == shown


@given(ANY)
@many(300)
def test_nothing_hidden_is_left_and_nothing_visible_is_changed(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable() or set(shown) & JOINERS
    assert {char for char in shown if not char.isprintable()} <= JOINERS
    assert not re.search(r"##\w{0,20}\[", shown)
    assert visible(shown) == shown
    shown.encode()
    letters = [char for char in text if unicodedata.category(char)[0] in "LN" and char > "\x7f"]
    seen_letters = [char for char in letters if char in shown]
    assert len(seen_letters) >= len([c for c in letters if c not in "\u115f\u1160\u3164\uffa0"])


@given(st.lists(ANY, min_size=1))
@many(200)
def test_a_page_has_as_many_lines_as_it_was_given_and_no_command(texts: list[str]) -> None:
    lines = page(texts).splitlines() or [""]
    assert len(lines) in (len(texts), len(texts) - 1)  # a last line that is empty is no line
    assert len(page(texts).split("\n")) == len(texts)
    assert not any(text.lstrip().startswith("::") for text in lines)


def test_a_command_at_the_start_of_a_line_is_no_command() -> None:
    assert line("::error::x") == "\\x3a:error::x"
    assert line("  ::set-output::x") == "  \\x3a:set-output::x"
    assert line("a::b ::c") == "a::b ::c"


def test_a_very_long_text_says_how_long_it_is() -> None:
    assert shortened("a" * LONGEST) == "a" * LONGEST
    text = shortened(f"start{'a' * 1_000_000}end")
    assert text.startswith("starta")
    assert text.endswith("aend")
    assert "... (1,000,008 characters) ..." in text
    assert len(text) < LONGEST
