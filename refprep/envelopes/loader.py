"""The envelopes that come with refprep, and how they, or a user's own, are read from TOML."""

import re
import tomllib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from refprep.errors import UNION_BRANCHES, EnvelopeError, describe, unknown
from refprep.models.envelope import Envelope

Tables = dict[str, Any]


def names() -> list[str]:
    """The envelopes that come with refprep."""
    files = (path.name for path in _folder().iterdir())
    return sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))


def load(name: str | Path) -> Envelope:
    """An envelope by its name, or from a TOML file of the user's. EnvelopeError."""
    return _shipped(str(name)) if str(name) in names() else _validated(_locate(str(name), Path()))


@cache
def _shipped(name: str) -> Envelope:
    return _validated(_folder() / f"{name}.toml")


def _validated(file: Traversable) -> Envelope:
    try:
        return Envelope.model_validate(_tables(file, ()))
    except ValidationError as error:
        raise EnvelopeError(f"envelope {file}{_line(file, error)}: {describe(error)}") from None


def _tables(file: Traversable, children: tuple[str, ...]) -> Tables:
    """The tables of one file, over those of the envelope that it extends."""
    if str(file) in children:
        raise EnvelopeError(f"envelope {file}: extends itself")
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EnvelopeError(f"envelope {file}: {error}") from None
    parent = tables.pop("extends", None)
    if parent is None:
        return tables
    base = _locate(str(parent), Path(str(file)).parent, asks=f"envelope {file}: extends ")
    return _merged(_without(_tables(base, (*children, str(file))), tables), tables)


def _without(base: Tables, over: Tables) -> Tables:
    """The parent's tables less what `over` gives up: `without = ["parameters", "limits.seed"]`."""
    for dotted in over.pop("without", []):
        table, _, key = str(dotted).partition(".")
        kept = {k: v for k, v in base.get(table, {}).items() if key and k != key}
        base = {**base, table: kept}
    return base


def _merged(base: Tables, over: Tables) -> Tables:
    """Tables key by key; a limit is replaced whole."""
    both = {
        key: _merged(base[key], value)
        for key, value in over.items()
        if isinstance(value, dict) and isinstance(base.get(key), dict) and "limit" not in value
    }
    return {**base, **over, **both}


def _locate(name: str, beside: Path, asks: str = "") -> Traversable:
    if name in names():
        return _folder() / f"{name}.toml"
    if name.endswith(".toml"):
        return beside / name
    raise EnvelopeError(f"{asks}{unknown('envelope', name, names())}, or a .toml file of your own")


def _folder() -> Traversable:
    return resources.files("refprep.envelopes")


def _line(file: Traversable, error: ValidationError) -> str:
    """`, line 12`: where the last key that the error names stands; nothing where none does."""
    keys = [str(key) for key in error.errors()[0]["loc"] if key not in UNION_BRANCHES]
    lines = file.read_text(encoding="utf-8").splitlines()
    for key in reversed(keys):
        pattern = re.compile(rf"(^|[\s.\[{{,]){re.escape(key)}\s*[=\]]")
        for number, line in enumerate(lines, start=1):
            if pattern.search(line):
                return f", line {number}"
    return ""
