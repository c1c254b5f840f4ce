"""JSON Lines: a line per finding, as in `--format json`, and the verdict on the last line.

The keys distinguish the lines: a finding has `rule`, the last line has `verdict`. Non-ASCII is
escaped, so that no reader takes U+2028 for the end of a line.
"""

from refprep.models.finding import Result
from refprep.reports.json import dumps, plain
from refprep.reports.parts import count


def render(result: Result) -> str:
    """The findings and the verdict, a line each."""
    lines = [*map(plain, result.findings), _verdict(result)]
    return "\n".join(map(dumps, lines))


def _verdict(result: Result) -> dict[str, str | int]:
    return {
        "schema": result.version,
        "envelope": result.envelope,
        "verdict": result.verdict,
        "errors": count(result, "error"),
        "warnings": count(result, "warning"),
    }
