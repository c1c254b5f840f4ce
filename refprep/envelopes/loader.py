"""Loads envelopes from TOML: those that come with refprep, and the user's own."""

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from refprep.documents import parse_toml, read_document
from refprep.envelopes.body_tree import tree
from refprep.errors import UNION_BRANCHES, EnvelopeError, describe, unknown
from refprep.models.cost import Cost, ImagePrice, Price
from refprep.models.envelope import Api, Envelope, Evidence, KnownError
from refprep.models.limits import Bound, Frozen, OneOf, Range
from refprep.models.shape import BodyShape, Cap, Case, Group, Parameter, Slot, Targets

Tables = dict[str, Any]
TABLES: dict[str, type[Frozen]] = {
    "api": Api, "body": BodyShape, "caps": Cap, "cases": Case, "cost": Cost, "errors": KnownError,
    "evidence": Evidence, "groups": Group, "limits": Bound, "parameters": Parameter, "slots": Slot,
    "targets": Targets,
}  # fmt: skip
"What the tables of an envelope hold."
COST_TABLES: dict[str, type[Frozen]] = {"prices": Price, "images": ImagePrice}
"What tables in the table of its prices hold."
WHOLE = {"item", "prompt_item", "reads", "prices", "least_tokens", "images"}
"Tables that an envelope replaces as a whole, and does not merge key by key."
MAX_PARENTS = 16
"Envelopes that one extends, each the next."
ACCEPTED = {"choices", "min", "max", "lenient"}
"What a parameter accepts, which is replaced together."


def names() -> list[str]:
    """The names of the envelopes that come with refprep."""
    files = (path.name for path in _folder().iterdir())
    return sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml"))


def load(name: str | Path) -> Envelope:
    """An envelope.

    Args:
        name: One of `names()`; a provider, for its newest model (`fal`); provider and model
            (`fal/seedance-2.5`); or the path of a TOML file.

    Raises:
        EnvelopeError: There is no such envelope, or its file cannot be read as one.
    """
    full = None if str(name).endswith(".toml") else _full_name(str(name))
    return _shipped(full) if full else _validated(_locate(str(name), Path()))


def _full_name(name: str) -> str | None:
    """The name of a shipped envelope that a name is short for; None where there is none."""
    known, dashed = names(), name.replace("/", "-").lower()
    if dashed in known:
        return dashed
    of_provider = [full for full in known if full.partition("-")[0] == name.lower()]
    newest = sorted(of_provider, key=lambda full: (_shipped(full).released, full))
    return newest[-1] if newest else None


@cache
def _shipped(name: str) -> Envelope:
    return _validated(_folder() / f"{name}.toml")


def _validated(file: Traversable) -> Envelope:
    try:
        envelope = Envelope.model_validate(_tables(file, ()))
    except ValidationError as error:
        reason = describe(error, _known_keys(error))
        raise EnvelopeError(f"envelope {file}{_line(file, error, reason)}: {reason}") from None
    try:
        tree(envelope)
    except EnvelopeError as error:
        raise EnvelopeError(f"envelope {file}: {error}") from None
    return envelope


def _known_keys(error: ValidationError) -> Iterable[str]:
    """The keys that may stand where the first unknown one was found."""
    places = (row["loc"] for row in error.errors() if row["type"] == "extra_forbidden")
    match next(places, ()):
        case (_,):
            return Envelope.model_fields
        case ("limits", _, "limit" | "lenient", *_) | (
            "cases", _, "limits", _, "limit" | "lenient", *_
        ):  # fmt: skip
            return [*Range.model_fields, *OneOf.model_fields]
        case ("cases", _, "limits", *_):
            return Bound.model_fields
        case ("cost", "prices" | "images" as table, _, *_):
            return COST_TABLES[table].model_fields
        case (str(table), *_) if table in TABLES:
            return TABLES[table].model_fields
    return ()


def _tables(file: Traversable, children: tuple[str, ...]) -> Tables:
    """The tables of one file, merged into those of the envelope that it extends."""
    if str(file) in children:
        raise EnvelopeError(f"envelope {file}: extends itself")
    if len(children) > MAX_PARENTS:
        raise EnvelopeError(f"envelope {file}: extends more than {MAX_PARENTS} others")
    try:
        tables: Tables = read_document(Path(str(file)), parse_toml)
    except OSError as error:
        raise EnvelopeError(f"envelope {file}: {error.strerror}") from None
    except ValueError as error:
        raise EnvelopeError(f"envelope {file}: is not TOML: {error}") from None
    parent = tables.pop("extends", None)
    if parent is None:
        return tables
    place = _locate(str(parent), Path(str(file)).parent, where=f"envelope {file}: extends: ")
    without = tables.pop("without", [])
    if not isinstance(without, list):
        raise EnvelopeError(f"envelope {file}: without: takes a list, not {without!r}")
    base = _tables(place, (*children, str(file)))
    if tables.get("provider", base.get("provider")) != base.get("provider"):
        base = _observed(base)
    for name in map(str, without):
        base, there = _without(base, name.split("."))
        if not there:
            raise EnvelopeError(f"envelope {file}: without: {parent} has no {name}")
    return _own_errors_first(_merged(base, tables), base)


def _own_errors_first(merged: Tables, base: Tables) -> Tables:
    """Tables with new errors before inherited ones: the first that fits a text counts."""
    errors, inherited = merged.get("errors"), base.get("errors")
    if not (isinstance(errors, dict) and isinstance(inherited, dict)):
        return merged
    new = {name: row for name, row in errors.items() if name not in inherited}
    return {**merged, "errors": {**new, **errors}}


def _observed(base: Tables) -> Tables:
    """Tables whose evidence is observed: what one provider publishes binds no other one."""
    rows = base.get("evidence", {})
    observed = {
        name: {**row, "kind": "observed"} if isinstance(row, dict) else row
        for name, row in rows.items()
    }
    return {**base, "evidence": observed}


def _without(base: Tables, keys: list[str]) -> tuple[Tables, bool]:
    """Tables without `limits.seed` or a whole `parameters`, and whether it was there."""
    first, *rest = keys
    if first not in base:
        return base, False
    if not rest:
        return {key: value for key, value in base.items() if key != first}, True
    if not isinstance(base[first], dict):
        return base, False
    inner, there = _without(base[first], rest)
    return {**base, first: inner}, there


def _merged(base: Tables, over: Tables) -> Tables:
    """Tables merged key by key; a limit is replaced as a whole, and what a parameter accepts."""
    both = {
        key: _merged(base[key], value)
        for key, value in over.items()
        if isinstance(value, dict)
        and isinstance(base.get(key), dict)
        and "limit" not in value
        and key not in WHOLE
    }
    replaced = ACCEPTED if ACCEPTED & over.keys() else set()
    kept = {key: value for key, value in base.items() if key not in replaced}
    return {**kept, **over, **both}


def _locate(name: str, beside: Path, where: str = "") -> Traversable:
    if full := None if name.endswith(".toml") else _full_name(name):
        return _folder() / f"{full}.toml"
    if name.endswith(".toml"):
        return beside / name
    similar = [full for full in names() if name and name.lower() in full]
    reason = unknown("envelope", name, similar[:1] or names())
    raise EnvelopeError(f"{where}{reason}, or a .toml file of your own")


def _folder() -> Traversable:
    return resources.files("refprep.envelopes")


def _line(file: Traversable, error: ValidationError, reason: str) -> str:
    """`, line 12`: the place of the last key that the error names; empty where it has none."""
    keys = [str(key) for key in error.errors()[0]["loc"] if key not in UNION_BRANCHES]
    named = re.match(r"([\w.-]+): (?:(\w+): )?", reason)  # by a rule about several keys
    if error.errors()[0]["type"] == "value_error" and named:
        keys = [*named[1].split("."), *filter(None, named.groups()[1:])]
    lines = file.read_text(encoding="utf-8").splitlines()
    place = 0
    for key in keys:
        pattern = re.compile(rf"""(^|[\s.\[{{,"']){re.escape(key)}["']?\s*[=\].]""")
        matches = (
            n for n, line in enumerate(lines, start=1) if n >= place and pattern.search(line)
        )
        place = next(matches, place)
    return f", line {place}" if place else ""
