"""Error hints: what a provider's error text means, and the rule that finds the cause beforehand."""

import re
import tomllib
from functools import cache
from importlib import resources

from refprep.models.limits import Frozen


class KnownError(Frozen):
    """A row of error_hints.toml."""

    patterns: tuple[str, ...]
    rule: str | None = None
    advice: str | None = None
    evidence: str


class ErrorHint(Frozen):
    """A provider's error, and what refprep knows about it."""

    message: str
    "The provider's own text."
    rule: str | None = None
    "The rule that finds the cause; `refprep explain RULE` shows its limit and its remedy."
    advice: str | None = None
    "What to do, where no rule can measure the cause."


@cache
def known_errors() -> tuple[KnownError, ...]:
    """All rows of error_hints.toml, in order."""
    text = (resources.files("refprep.providers") / "error_hints.toml").read_text(encoding="utf-8")
    return tuple(KnownError.model_validate(row) for row in tomllib.loads(text)["error"])


def error_hint(message: str) -> ErrorHint:
    """The first row of which a pattern is in the message; no rule and no advice where none is."""
    for row in known_errors():
        if any(re.search(pattern, message, re.IGNORECASE) for pattern in row.patterns):
            return ErrorHint(message=message, rule=row.rule, advice=row.advice)
    return ErrorHint(message=message)
