"""Limits: one bound each. `admits(x)` judges, `nearest(x)` mends, `str()` tells."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Scalar = bool | int | float | str
Level = Literal["error", "warning", "info"]


class Frozen(BaseModel):
    """A value: compared by content, never changed, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class Range(Frozen):
    """Numbers from `min` to `max`, both inside; a side that is None is open."""

    min: float | int | None = None
    max: float | int | None = None
    whole: bool = False

    def admits(self, value: Any) -> bool:
        """True where `value` (or each of several, in a tuple) lies inside."""
        if isinstance(value, tuple):
            return all(self.admits(one) for one in value)
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            return False
        return self.nearest(value) == value

    def nearest(self, value: float) -> float:
        """The admitted number closest to `value`."""
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
    """One of a list of values; empty admits everything."""

    one_of: tuple[Scalar, ...] = ()

    def admits(self, value: Any) -> bool:
        """True where `value` (or each of several) is listed; 1 is not true, and "8" is not 8."""
        if isinstance(value, tuple):
            return all(self.admits(one) for one in value)
        same = (type(value) is type(one) and value == one for one in self.one_of)
        return not self.one_of or any(same)

    def nearest(self, value: Scalar) -> Scalar:
        """`value` where it is listed, else the first of the list."""
        return value if self.admits(value) else self.one_of[0]

    def __str__(self) -> str:
        words = [str(one).lower() if isinstance(one, bool) else str(one) for one in self.one_of]
        return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:]))) or "anything"


Limit = Range | OneOf


def number(value: float | None) -> str:
    """A number for people: thousands parted, no needless decimals."""
    return "unknown" if value is None else f"{value:,.10g}".replace("e+", "e")
