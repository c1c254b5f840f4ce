"""Reports: results as text, in seven formats. Nothing here prints, and nothing here decides.

Each format is a module with `render(result)`; it is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from refprep.errors import UsageError, unknown

if TYPE_CHECKING:
    from refprep.models.finding import Result

FORMATS = ("text", "json", "jsonl", "sarif", "github", "junit", "markdown")


def render(result: "Result", name: str) -> str:
    """A result as text of one format.

    Args:
        result: What a verb returned.
        name: One of FORMATS.

    Raises:
        UsageError: There is no such format.
    """
    if name not in FORMATS:
        raise UsageError(unknown("format", name, FORMATS))
    text: str = import_module(f"refprep.reports.{name}").render(result)
    return text
