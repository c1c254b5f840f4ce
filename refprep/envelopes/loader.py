"""Loads envelopes from TOML: those that come with refprep, and the user's own."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from refprep.errors import UNION_BRANCHES, EnvelopeError, describe, unknown
from refprep.models.cost import Cost
from refprep.models.envelope import Api, Bound, Envelope, Evidence, Parameter
from refprep.models.limits import Frozen, OneOf, Range

Tables = dict[str, Any]
TABLES: dict[str, type[Frozen]] = {
    "api": Api, "cost": Cost, "evidence": Evidence, "limits": Bound, "parameters": Parameter,
}  # fmt: skip
"What the tables of an envelope hold."


def names() -> list[str]:
    """The names of the envelopes that come with refprep."""
    files = (path.name for path in _folder().iterdir())
    return sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))


def load(name: str | Path) -> Envelope:
    """An envelope.

    Args:
        name: One of `names()`, or the path of a TOML file.

    Raises:
        EnvelopeError: There is no such envelope, or its file cannot be read as one.
    """
    return _shipped(str(name)) if str(name) in names() else _validated(_locate(str(name), Path()))


@cache
def _shipped(name: str) -> Envelope:
    return _validated(_folder() / f"{name}.toml")


def _validated(file: Traversable) -> Envelope:
    try:
        return Envelope.model_validate(_tables(file, ()))
    except ValidationError as error:
        reason = describe(error, _known_keys(error))
        raise EnvelopeError(f"envelope {file}{_line(file, error)}: {reason}") from None


def _known_keys(error: ValidationError) -> Iterable[str]:
    """The keys that may stand where the first unknown one was found."""
    places = (row["loc"] for row in error.errors() if row["type"] == "extra_forbidden")
    match next(places, ()):
        case (_,):
            return Envelope.model_fields
        case ("limits", _, "limit" | "lenient", *_):
            return [*Range.model_fields, *OneOf.model_fields]
        case (str(table), *_) if table in TABLES:
            return TABLES[table].model_fields
    return ()


def _tables(file: Traversable, children: tuple[str, ...]) -> Tables:
    """The tables of one file, merged into those of the envelope that it extends."""
    if str(file) in children:
        raise EnvelopeError(f"envelope {file}: extends itself")
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise EnvelopeError(f"envelope {file}: {error.strerror}") from None
    except ValueError as error:
        raise EnvelopeError(f"envelope {file}: is not TOML: {error}") from None
    parent = tables.pop("extends", None)
    if parent is None:
        return tables
    base = _locate(str(parent), Path(str(file)).parent, where=f"envelope {file}: extends: ")
    without = tables.pop("without", [])
    if not isinstance(without, list):
        raise EnvelopeError(f"envelope {file}: without: takes a list, not {without!r}")
    return _merged(_without(_tables(base, (*children, str(file))), without), tables)


def _without(base: Tables, names: list[Any]) -> Tables:
    """Tables without those named: `parameters`, or only a row of one, `limits.seed`."""
    for name in map(str, names):
        table, _, key = name.partition(".")
        rows = base.get(table)
        kept = dict(rows) if key and isinstance(rows, dict) else {}
        kept.pop(key, None)
        base = {**base, table: kept}
    return base


def _merged(base: Tables, over: Tables) -> Tables:
    """Tables merged key by key; a limit is replaced as a whole."""
    both = {
        key: _merged(base[key], value)
        for key, value in over.items()
        if isinstance(value, dict) and isinstance(base.get(key), dict) and "limit" not in value
    }
    return {**base, **over, **both}


def _locate(name: str, beside: Path, where: str = "") -> Traversable:
    if name in names():
        return _folder() / f"{name}.toml"
    if name.endswith(".toml"):
        return beside / name
    raise EnvelopeError(f"{where}{unknown('envelope', name, names())}, or a .toml file of your own")


def _folder() -> Traversable:
    return resources.files("refprep.envelopes")


def _line(file: Traversable, error: ValidationError) -> str:
    """`, line 12`: the place of the last key that the error names; empty where it has none."""
    keys = [str(key) for key in error.errors()[0]["loc"] if key not in UNION_BRANCHES]
    lines = file.read_text(encoding="utf-8").splitlines()
    place = 0
    for key in keys:
        pattern = re.compile(rf"(^|[\s.\[{{,]){re.escape(key)}\s*[=\]]")
        matches = (
            n for n, line in enumerate(lines, start=1) if n >= place and pattern.search(line)
        )
        place = next(matches, place)
    return f", line {place}" if place else ""
