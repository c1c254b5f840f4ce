r"""Words from outside as data: what a terminal, a log or a page would obey is shown as an escape.

A name, a message of a decoder, a manifest, a request or a server can hold any character. `visible`
is the one way by which they reach a text: it leaves every script of the world as it is, and writes
as Python does (`\n`, `\x1b`, `\u202e`) what moves the cursor, ends a line, turns the direction of
writing, hides, or is half of a surrogate pair. Doing it twice changes nothing.

It is a part of the script that lies in a bundle, too: it needs Python 3.8 and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 2_000
"Characters of a value that a terminal shows."
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_SYMBOL = (
    "[\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2934-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff][\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]?"
)
_EMOJI = re.compile(f"({_SYMBOL}(?:\u200d{_SYMBOL})+|{_SYMBOL}|[0-9#*]\ufe0f\u20e3)")
"An emoji of several characters: a joiner or a selector in it is seen, and hides nothing."
_HIDDEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    f"\U000e0100-\U000e01ef]|(?<={_MARK}{{4}}){_MARK}"
)
"What Python calls printable and nobody sees; marks piled up over the lines above."
_COMMAND = re.compile(r"(##\w{0,20})\[")
"GitHub obeys ##[error], Azure ##vso[...], TeamCity ##teamcity[...], wherever in a line they stand."
_COMMAND_LINE = re.compile(r"^(\s*):(?=:)")
"GitHub obeys ::error:: at the start of a line, spaces before it or not."


def _shown(text: str) -> str:
    """An emoji, or the text between two."""
    if _EMOJI.fullmatch(text) and text.replace("\u200d", "").isprintable():
        return text
    shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return _HIDDEN.sub(lambda found: ascii(found[0])[1:-1], shown)


def visible(text: object) -> str:
    """The text on one line, with an escape for each character that is not seen as itself."""
    plain = str(text)
    if not (plain.isascii() and plain.isprintable()):
        plain = "".join(map(_shown, _EMOJI.split(plain)))
    return _COMMAND.sub(r"\1\\x5b", plain)


def line(text: object) -> str:
    """The same as a line of a log: no command of a workflow stands at its start."""
    return _COMMAND_LINE.sub(r"\1\\x3a", visible(text))


def page(lines: Iterable[object]) -> str:
    """A text of these lines: none of them becomes two, none is too long for a terminal."""
    return "\n".join(line(shortened(text)) for text in lines)


def shortened(text: object) -> str:
    """The text; of a very long one the beginning, its length, and the end."""
    plain = str(text)
    if len(plain) <= LONGEST:
        return plain
    return f"{plain[: LONGEST // 2]}... ({len(plain):,} characters) ...{plain[-LONGEST // 4 :]}"
