"""Refusals: what a provider says of a request, and the rule that would have said it before."""

import re
import tomllib
from functools import cache
from importlib import resources

from refprep.models.limits import Frozen


class Known(Frozen):
    """A row of refusals.toml."""

    says: tuple[str, ...]
    rule: str | None = None
    advice: str | None = None
    who: str


class ErrorHint(Frozen):
    """Why the provider would not do it, in its own words; what refprep knows about that."""

    said: str
    rule: str | None = None
    "`refprep explain RULE` tells what is demanded and how it is mended."
    advice: str | None = None


@cache
def known() -> tuple[Known, ...]:
    """All rows, in order."""
    text = (resources.files("refprep.providers") / "refusals.toml").read_text(encoding="utf-8")
    return tuple(Known.model_validate(row) for row in tomllib.loads(text)["refusal"])


def read(said: str) -> ErrorHint:
    """The refusal in the provider's words, with the first rule whose pattern they have."""
    for row in known():
        if any(re.search(pattern, said, re.IGNORECASE) for pattern in row.says):
            return ErrorHint(said=said, rule=row.rule, advice=row.advice)
    return ErrorHint(said=said)
