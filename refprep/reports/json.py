"""JSON: exactly the library's result; non-ASCII is escaped, so that any terminal shows it."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel


def render(result: BaseModel | Sequence[BaseModel]) -> str:
    """The result, or a list of results, as JSON text."""
    return json.dumps(plain(result), indent=2)


def plain(result: BaseModel | Sequence[BaseModel]) -> Any:
    """The same as dicts, lists, strings, numbers."""
    if isinstance(result, BaseModel):
        return result.model_dump(mode="json", by_alias=True)
    return [plain(item) for item in result]
