"""The exceptions that refprep raises when it cannot do its work.

RefprepError
├── UsageError            the call cannot be carried out as it stands
│   ├── SourceError       a source that is missing, or that refprep cannot read from
│   ├── RequestError      a request that cannot be read as one
│   ├── EnvelopeError     an envelope that is unknown or cannot be read
│   └── OutputError       a place that must not or cannot be written
│       └── NameTooLongError   a name that the folder cannot hold: it costs its file only
├── BundleError           a bundle whose files are not those that were packed
├── ProviderError         the provider or a place for media cannot be reached, or denies access
├── UnreadableError       the file is there, and no decoder reads it
│   ├── ReadError         the system fails to read it, or it changes meanwhile
│   ├── CorruptError      too much of it cannot be decoded
│   ├── CrashError        the decoder or encoder ends its process over it
│   ├── TooSlowError      the work on it takes more time than its budget
│   └── TooBigError       the work on it takes more memory or disk than its budget
└── TransformError        a planned step cannot be carried out

What is wrong with the *media* is never an exception: it is a finding.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

UNION_BRANCHES = ("Range", "OneOf", "float", "int", "str", "bool", "[key]")
"What pydantic adds to the place of an error, mostly in unions; no file contains it."
LONGEST = 40
"Characters of a value that an error shows."


class RefprepError(Exception):
    """Base of every error that refprep raises on purpose; its text is one line for people.

    Attributes:
        code: The exit code of the command line.
        source: The file that the error is about, as the user named it; None where there is none.
        step: The step that failed, in words; None where no step was carried out.
    """

    code = 2

    def __init__(
        self, message: str = "", *, source: str | None = None, step: str | None = None
    ) -> None:
        super().__init__(message)
        self.source, self.step = source, step

    def __reduce__(self) -> tuple[Any, ...]:
        """Workers send errors to the process that waits for them, with all that they carry."""
        return _restore, (type(self), str(self), self.__dict__)


def _restore(kind: type[RefprepError], message: str, state: dict[str, Any]) -> RefprepError:
    error = kind(message)
    error.__dict__.update(state)
    return error


class UsageError(RefprepError):
    """The call cannot be carried out as it stands."""


class SourceError(UsageError):
    """A source that is missing, or that refprep cannot read from."""


class RequestError(UsageError):
    """A request that cannot be read as one."""


class EnvelopeError(UsageError):
    """An envelope that is unknown, or whose file cannot be read as one."""


class OutputError(UsageError):
    """A place that must not or cannot be written."""


class NameTooLongError(OutputError):
    """A name that the folder of the results cannot hold; the other files are written."""


class BundleError(RefprepError):
    """A bundle whose files are not those that were packed."""

    code = 1


class ProviderError(RefprepError):
    """The provider, or a place for media, cannot be reached, or denies access."""


class UnreadableError(RefprepError):
    """The file is there, and no decoder reads it.

    Attributes:
        rule: The rule that finds it.
    """

    rule = "file-unreadable"


class ReadError(UnreadableError):
    """The system fails to read the file, or it changes meanwhile: nothing is known of its content.

    A disk dies, a share goes away, a permission is missing.
    """

    rule = "file-read-error"


class CorruptError(UnreadableError):
    """Too much of the file cannot be decoded without errors."""

    rule = "file-corrupt"


class CrashError(UnreadableError):
    """The decoder or encoder ends its process over the file."""

    rule = "file-crashes"


class TooSlowError(UnreadableError):
    """The work on the file takes more time than its budget."""

    rule = "file-too-slow"


class TooBigError(UnreadableError):
    """The work on the file takes more memory or disk than its budget."""

    rule = "file-too-big"


class TransformError(RefprepError):
    """A planned step cannot be carried out."""


def describe(error: "ValidationError", known: Iterable[str] = ()) -> str:
    """What is wrong with a value from outside, in the user's words: `duration: takes a number`.

    Args:
        error: What pydantic raised.
        known: The keys that may stand where an unknown one was found.
    """
    errors, known = error.errors(include_url=False), list(known)
    # In a union the key of one branch is unknown to the other.
    unknown_keys = (
        row for row in errors if row["type"] == "extra_forbidden" and row["loc"][-1] not in known
    )
    return _describe(next(unknown_keys, errors[0]), errors, known)


def describe_each(error: "ValidationError") -> list[str]:
    """What is wrong at every place of a value, as `describe` words it."""
    errors = error.errors(include_url=False)
    by_place: dict[tuple[int | str, ...], Any] = {}
    for row in errors:
        by_place.setdefault(_keys(row), row)
    return [_describe(row, errors, ()) for row in by_place.values()]


def _keys(row: Any) -> tuple[int | str, ...]:
    """The keys that lead to the place of an error."""
    return tuple(key for key in row["loc"] if key not in UNION_BRANCHES)


def _describe(first: Any, errors: Sequence[Any], known: Iterable[str]) -> str:
    keys = _keys(first)
    place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")
    if first["type"] == "extra_forbidden":
        return unknown("key", str(keys[-1]), known, place.rpartition(".")[0])
    if first["type"] == "value_error":
        message = first["msg"].removeprefix("Value error, ")
        return f"{place}: {message}" if place else message
    if first["type"] == "missing":
        return f"{place}: is missing"
    kinds = dict.fromkeys(_accepted(row) for row in errors if _keys(row) == keys)
    accepted = " or ".join(filter(None, kinds)) or "another value"
    if first["type"] == "too_long":
        return f"{place}: takes {accepted}, not {first['ctx']['actual_length']}"
    value = repr(first["input"])
    shown = value if len(value) <= LONGEST else f"{value[:LONGEST]}..."
    return f"{place}: takes {accepted}, not {shown}"


def _accepted(row: Any) -> str:
    """What one row of pydantic's errors would accept."""
    context = row.get("ctx", {})
    if context.get("class_name") == "Source":
        return "a path"
    if row["type"] == "too_long":
        return f"at most {context['max_length']} items"
    listed: str = context.get("expected") or context.get("expected_tags") or ""
    return listed or ACCEPTED.get(row["type"], "")


def unknown(what: str, name: str, known: Iterable[str], where: str = "") -> str:
    """`unknown key image; did you mean images?`, or else what there is to choose from."""
    choices = sorted(known)
    near = get_close_matches(name, choices, n=1)
    name = name if len(name) <= LONGEST else f"{name[:LONGEST]}..."
    place = f"{where}: " if where else ""
    if near:
        return f"{place}unknown {what} {name}; did you mean {near[0]}?"
    return f"{place}unknown {what} {name}" + (f"; choose {', '.join(choices)}" if choices else "")


LONGEST = 200
"Characters of an unknown name that are shown."
ACCEPTED = {
    "bool_type": "true or false", "bool_parsing": "true or false",
    "int_type": "a whole number", "int_parsing": "a whole number",
    "int_from_float": "a whole number", "float_type": "a number", "float_parsing": "a number",
    "string_type": "text", "tuple_type": "a list", "list_type": "a list", "set_type": "a list",
    "frozen_set_type": "a list", "dict_type": "a table", "model_type": "a table",
    "path_type": "a path", "iterable_type": "a list", "callable_type": "a function",
    "date_type": "a date", "date_from_datetime_parsing": "a date", "date_parsing": "a date",
    "date_from_datetime_inexact": "a date",
    "too_short": "at least one", "string_too_short": "some text",
    "byte_size": "a number of bytes, or a size such as 2GB",
    "byte_size_unit": "a number of bytes, or a size such as 2GB",
    "finite_number": "a number", "less_than_equal": "a smaller number",
    "greater_than_equal": "a larger number", "greater_than": "a larger number",
    "string_unicode": "Unicode text", "model_attributes_type": "a table",
}  # fmt: skip
"What is accepted, by the type of pydantic's error."
