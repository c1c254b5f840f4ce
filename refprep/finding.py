"""Findings: the differences between media and envelope, and the report that gathers them."""

from typing import Any, Literal

from pydantic import Field, computed_field

from refprep.envelope import Level
from refprep.limits import Frozen
from refprep.lineup import Entry

Verdict = Literal["pass", "fail"]


class Finding(Frozen):
    """One difference: what was measured, what is asked, and what would mend it."""

    rule: str
    level: Level
    slot: str | None = None
    source: str | None = None
    message: str
    actual: Any = None
    required: Any = None
    repair: str | None = None


class Result(Frozen):
    """What every verb returns: the envelope, the findings, the verdict on them."""

    version: Literal[1] = Field(default=1, alias="schema")
    envelope: str
    findings: tuple[Finding, ...] = ()
    strict: bool = Field(default=False, exclude=True)
    "True where warnings count as errors."

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> Verdict:
        """`fail` where an error is among the findings."""
        refused = ("error", "warning") if self.strict else ("error",)
        return "fail" if any(finding.level in refused for finding in self.findings) else "pass"


class Report(Result):
    """What `check` found, and the facts that it read."""

    media: tuple[Entry, ...] = ()
