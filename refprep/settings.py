"""A project's own settings: `refprep.toml`, or `[tool.refprep]` of pyproject.toml."""

import tomllib
from pathlib import Path
from typing import Any

from refprep.errors import UsageError

FILES = ("refprep.toml", "pyproject.toml")
TYPES: dict[str, type] = {
    "envelope": str, "strict": bool, "quick": bool, "allow": list, "select": list, "ignore": list,
    "keep": str, "share": str, "exact": bool,
}  # fmt: skip
"What may be set there: the same words as on the command line."


def settings(folder: Path) -> dict[str, Any]:
    """The settings for `folder`: of the nearest file, there or above, that has any. UsageError."""
    for place in (folder, *folder.parents):
        for name in FILES:
            found = _read(place / name)
            if found:
                return found
    return {}


def _read(path: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from None
    own = path.name == "refprep.toml"
    found: dict[str, Any] = tables if own else tables.get("tool", {}).get("refprep", {})
    for key, value in found.items():
        if key not in TYPES:
            raise UsageError(f"{path}: {key}: there is no such setting; choose {', '.join(TYPES)}")
        if not isinstance(value, TYPES[key]):
            raise UsageError(f"{path}: {key}: takes a {TYPES[key].__name__}")
    return found
