"""Findings: the differences between media and envelope, and the results that hold them."""

from typing import Any, Literal

from pydantic import Field, computed_field

from refprep.models.limits import Frozen, Level
from refprep.models.reference import Reference

Verdict = Literal["pass", "fail"]


class Finding(Frozen):
    """One difference between media and envelope: what is measured, what is accepted, the remedy."""

    rule: str
    level: Level
    slot: str | None = None
    source: str | None = None
    message: str
    actual: Any = None
    "The measured value, as JSON."
    required: Any = None
    "The limit, as JSON."
    repair: str | None = None
    "What refprep does about it, or else what the user can do."


class Result(Frozen):
    """What a verb returns: the envelope, the findings, and the verdict on them."""

    version: Literal[1] = Field(default=1, alias="schema")
    envelope: str
    findings: tuple[Finding, ...] = ()
    strict: bool = Field(default=False, exclude=True)
    "True where warnings count as errors."

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> Verdict:
        """`fail` where an error is among the findings."""
        failing = ("error", "warning") if self.strict else ("error",)
        return "fail" if any(finding.level in failing for finding in self.findings) else "pass"


class Report(Result):
    """What `check` found, and the facts of the media."""

    media: tuple[Reference, ...] = ()
