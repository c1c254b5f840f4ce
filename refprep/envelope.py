"""The envelope: all limits of one provider and model, as data, each with its witnesses."""

import datetime
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from refprep.errors import EnvelopeError
from refprep.limits import Frozen, Limit, OneOf, Range, Scalar
from refprep.media import Kind

DEFAULT = "oxen-seedance-2.0"
Level = Literal["error", "warning", "info"]


class Witness(Frozen):
    """Who says so, when it was seen, and how: `published` by this provider, or `observed`."""

    who: str
    when: datetime.date
    kind: Literal["published", "observed"]


class Bound(Frozen):
    """One limit in its strictest reading, the most generous reading, and who bears witness."""

    limit: Limit = OneOf()
    generous: Limit | None = None
    witnesses: tuple[str, ...] = Field(min_length=1)
    level: Level = "warning"
    "Where the generous reading is broken too. Set on loading: an error where it is published."

    def judge(self, value: Any) -> Level | None:
        """The level of the finding that `value` deserves; None where it is admitted."""
        if self.limit.admits(value):
            return None
        doubtful = self.generous is not None and self.generous.admits(value)
        return "warning" if doubtful else self.level


class Parameter(Frozen):
    """A parameter of the request body: its JSON type and what the provider takes it to be."""

    type: Literal["string", "integer", "boolean"]
    default: Scalar | None = None

    def write(self, value: Scalar) -> Scalar:
        """The value as the body has it: `"8"` for 8 where the page says string."""
        return str(value) if self.type == "string" and not isinstance(value, bool) else value


class Envelope(Frozen):
    """All limits of one provider and model. `bound(rule)` looks one up by its rule's name."""

    name: str
    title: str
    provider: str
    model: str
    tag: str
    "How the prompt addresses a slot: `@{kind}{place}`."
    media_fields: dict[Kind, str]
    parameters: dict[str, Parameter]
    witnesses: dict[str, Witness]
    limits: dict[str, Bound]

    def bound(self, rule: str) -> Bound:
        """The bound of a rule; one that admits everything where the provider sets none."""
        return self.limits.get(rule, _UNBOUND)

    def range(self, rule: str) -> Range:
        """The strictest range of a rule whose limit is one; open where there is none."""
        limit = self.bound(rule).limit
        return limit if isinstance(limit, Range) else Range()

    def one_of(self, rule: str) -> OneOf:
        """The strictest list of a rule whose limit is one; empty where there is none."""
        limit = self.bound(rule).limit
        return limit if isinstance(limit, OneOf) else OneOf()

    def tighten(self, rule: str, limit: Limit) -> "Envelope":
        """The same envelope with one limit narrowed."""
        bound = self.bound(rule).model_copy(update={"limit": limit})
        return self.model_copy(update={"limits": {**self.limits, rule: bound}})

    def tag_of(self, slot: str) -> str:
        """`@Image1` for `image1`."""
        kind = slot.rstrip("0123456789")
        return self.tag.format(kind=kind.capitalize(), place=slot.removeprefix(kind))

    @model_validator(mode="before")
    @classmethod
    def _weigh(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Set each bound's level by its witnesses; an unknown witness is an error."""
        known = data.get("witnesses", {})
        limits = dict(data.get("limits", {}))
        for rule, bound in limits.items():
            names = bound.get("witnesses", ())
            if strange := set(names) - set(known):
                raise ValueError(f"limits.{rule}: no witness named {', '.join(sorted(strange))}")
            published = any(known[name].get("kind") == "published" for name in names)
            limits[rule] = {**bound, "level": "error" if published else "warning"}
        return {**data, "limits": limits}


_UNBOUND = Bound(witnesses=("nobody",))


def names() -> list[str]:
    """The envelopes that come with refprep."""
    return sorted(path.name.removesuffix(".toml") for path in _folder().iterdir())


@cache
def load(name: str | Path = DEFAULT) -> Envelope:
    """An envelope by its name, or from a TOML file of the user's. EnvelopeError."""
    data = _read(str(name))
    try:
        return Envelope.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise EnvelopeError(
            f"envelope {name}: {where}: {first['msg']}".replace(": :", ":")
        ) from None


def _read(name: str) -> dict[str, Any]:
    """The tables of one file, over those of the envelope that it extends."""
    try:
        data = tomllib.loads(_locate(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EnvelopeError(f"envelope {name}: {error}") from None
    parent = data.pop("extends", None)
    return _merge(_read(parent), data) if parent else data


def _locate(name: str) -> Any:
    if name in names():
        return _folder() / f"{name}.toml"
    if name.endswith(".toml"):
        return Path(name)
    raise EnvelopeError(
        f"envelope {name}: unknown; there are {', '.join(names())}, or a .toml file"
    )


def _folder() -> Any:
    return resources.files("refprep") / "envelopes"


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: _merge(base[key], value)
        for key, value in over.items()
        if isinstance(value, dict) and isinstance(base.get(key), dict) and "witnesses" not in value
    }
    return {**base, **over, **both}
