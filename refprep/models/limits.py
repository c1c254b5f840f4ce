"""Limits, one bound each: `admits(x)` checks, `nearest(x)` corrects, `str()` is the text."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Scalar = bool | int | float | str
"A value of one word, as a list of accepted ones has it."
Level = Literal["error", "warning", "info"]


class Frozen(BaseModel):
    """An immutable value, compared by its content; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class Range(Frozen):
    """Numbers from `min` to `max`, both included; None leaves a side open."""

    min: float | int | None = None
    max: float | int | None = None
    whole: bool = False
    "True where only integers are accepted."

    def admits(self, value: Any) -> bool:
        """True where `value`, or every item of a tuple, is a number of the range."""
        if isinstance(value, tuple):
            return all(self.admits(item) for item in value)
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            return False
        return self.nearest(value) == value

    def nearest(self, value: float) -> float:
        """The accepted number closest to `value`."""
        low = value if self.min is None else max(value, self.min)
        return low if self.max is None else min(low, self.max)

    def __str__(self) -> str:
        match self.min, self.max:
            case None, None:
                return "a whole number" if self.whole else "any number"
            case low, None:
                return f"at least {number(low)}"
            case None, high:
                return f"at most {number(high)}"
            case low, high:
                return f"{number(low)} to {number(high)}"


class OneOf(Frozen):
    """One of a list of values; an empty list accepts everything."""

    one_of: tuple[JsonValue, ...] = ()

    def admits(self, value: Any) -> bool:
        """True where `value`, or every item of a tuple, is listed: 1 is not true, "8" is not 8."""
        if isinstance(value, tuple):
            return all(self.admits(item) for item in value)
        equal = (type(value) is type(listed) and value == listed for listed in self.one_of)
        return not self.one_of or any(equal)

    def nearest(self, value: JsonValue) -> JsonValue:
        """`value` where it is listed, or else the first value of the list."""
        return value if self.admits(value) else self.one_of[0]

    def __str__(self) -> str:
        words = [str(item).lower() if isinstance(item, bool) else str(item) for item in self.one_of]
        return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:]))) or "anything"


Limit = Range | OneOf


class Bound(Frozen):
    """One limit, its lenient reading where it can be read in two ways, and its evidence."""

    limit: Limit = OneOf()
    lenient: Limit | None = None
    words: str | None = None
    "The limit for people, where its values alone do not say what is accepted."
    unit: Literal["words", "characters", "bytes"] = "words"
    "What a limit of the prompt's length counts."
    condition: str | None = None
    "Follows the limit in messages where it holds for some requests only: `for an edit task`."
    evidence: tuple[str, ...] = Field(min_length=1)
    "Names in the table `evidence`."
    level: Level = "warning"
    """Of a value that breaks both readings. Where it is not given, it is set on loading: an error
    where the limit is published."""

    def judge(self, value: Any) -> Level | None:
        """The level of a finding about `value`; None where the strict limit accepts it.

        A value that only the lenient reading accepts is a warning.
        """
        if self.limit.admits(value):
            return None
        doubtful = self.lenient is not None and self.lenient.admits(value)
        return "warning" if doubtful and self.level == "error" else self.level


def number(value: float | None) -> str:
    """A number for people: `30,000,000`, `29.97`; `unknown` for None."""
    return "unknown" if value is None else f"{value:,.10g}".replace("e+", "e")
