r"""JSON: exactly the library's result; non-ASCII is escaped, so that any terminal shows it.

A byte of a file name that is no UTF-8 stays what Python makes of it, half of a surrogate pair, and
is written as such: `\udcff`. Python reads it back as the same name.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

_COMMAND = re.compile(r"(##\w{0,20})\[")


def render(result: BaseModel | Sequence[BaseModel]) -> str:
    """The result, or a list of results, as JSON text."""
    return dumps(plain(result), indent=2)


def dumps(value: Any, indent: int | None = None) -> str:
    """JSON text in which no log finds a command: `##[` can only stand in a string."""
    return _COMMAND.sub(r"\1\\u005b", json.dumps(value, indent=indent))


def plain(result: BaseModel | Sequence[BaseModel]) -> Any:
    """The same as dicts, lists, strings, numbers."""
    if isinstance(result, BaseModel):
        return result.model_dump(mode="json", by_alias=True)
    return [plain(item) for item in result]
