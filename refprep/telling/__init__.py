"""Telling: results become text. Nothing here prints, and nothing here decides.

Each voice is a module with `tell(result)`; it is imported when it first speaks.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from refprep.errors import UsageError

if TYPE_CHECKING:
    from refprep.finding import Result

Voice = Callable[["Result"], str]
NAMES = ("text", "json", "jsonl", "sarif", "github", "junit", "markdown")


def voice(name: str) -> Voice:
    """The voice of this name; UsageError where there is none."""
    if name not in VOICES:
        raise UsageError(f"no voice named {name}; there are {', '.join(NAMES)}")
    return VOICES[name]


def shown(text: object) -> str:
    """Text for a terminal: what would not print is made visible."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in str(text))


def _late(name: str) -> Voice:
    def tell(result: "Result") -> str:
        told: str = import_module(f"refprep.telling.{name}").tell(result)
        return told

    return tell


VOICES: dict[str, Voice] = {name: _late(name) for name in NAMES}
