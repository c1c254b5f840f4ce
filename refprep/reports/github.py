"""GitHub Actions: workflow commands, which the runner shows as annotations.

The runner reads a command per line and unescapes %25, %0D, %0A, and in properties %3A and %2C,
which @actions/core escapes: so no name and no message can end its command or begin another
one. What stands in them is made visible before: a line end in a command is refprep's own.
"""

from refprep.models.finding import Finding, Result
from refprep.reports.parts import message, path, tally
from refprep.words import visible

COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(result: Result) -> str:
    """A command per finding, and the verdict as a plain line for the log."""
    verdict = f"refprep: {result.verdict}, {tally(result)}; {visible(result.envelope)}"
    return "\n".join([*map(_command, result.findings), verdict])


def _command(finding: Finding) -> str:
    place = {"file": path(finding.source)} if finding.source else {}
    title = f"{finding.rule} ({finding.slot})" if finding.slot else finding.rule
    fields = {**place, "title": title}
    properties = ",".join(
        f"{key}={visible(value).translate(_PROPERTY)}" for key, value in fields.items()
    )
    return f"::{COMMANDS[finding.level]} {properties}::{message(finding).translate(_DATA)}"
