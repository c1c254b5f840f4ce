"""The terms on which every verb works: the envelope, the rules, what may be lost, how deep."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

from refprep import envelopes
from refprep.envelope import Envelope
from refprep.envelopes import DEFAULT
from refprep.errors import UsageError
from refprep.rules import RULES

NAMES = {rule.name for rule in RULES}
Progress = Callable[[str, float], None]
"Is told a source and the part of its work that is done, 0 to 1."


class Terms(TypedDict, total=False):
    """The keywords of every verb, each with a default.

    envelope: the limits, by name, TOML file or as a value; "oxen-seedance-2.0".
    allow: losses that are never taken unasked: "crop", "pad".
    select, ignore: rules by name; only those selected (none: all) and not ignored are looked at.
    quick: read headers and packets only; else what would pass is decoded to its end.
    strict: warnings count as errors in the verdict.
    each: judge and mend every file for itself: no counts, no sums over files, no prompt.
    progress: is told a source and the part of its work that is done, 0 to 1.
    """

    envelope: str | Path | Envelope
    allow: Collection[str]
    select: Collection[str]
    ignore: Collection[str]
    quick: bool
    strict: bool
    each: bool
    progress: Progress | None


@dataclass(frozen=True)
class Settled:
    """Terms with nothing left open."""

    limits: Envelope
    allow: frozenset[str]
    quick: bool
    strict: bool
    each: bool
    progress: Progress


def settle(**terms: Unpack[Terms]) -> Settled:
    """Fill in the defaults. UsageError for an unknown envelope, rule or loss."""
    select, ignore = frozenset(terms.get("select", ())), frozenset(terms.get("ignore", ()))
    allow = frozenset(terms.get("allow", ()))
    _known("rule", select | ignore, NAMES)
    _known("loss", allow, {"crop", "pad"})
    asked = terms.get("envelope", DEFAULT)
    limits = asked if isinstance(asked, Envelope) else envelopes.load(asked)
    _known("rule", frozenset(limits.limits), NAMES, f"envelope {limits.name}, limits: ")
    return Settled(
        limits=limits.model_copy(update={"select": select, "ignore": ignore}),
        allow=allow,
        quick=terms.get("quick", False),
        strict=terms.get("strict", False),
        each=terms.get("each", False),
        progress=terms.get("progress") or _unheard,
    )


def _known(what: str, named: frozenset[str], known: set[str], where: str = "") -> None:
    if strange := sorted(named - known):
        there = ", ".join(sorted(known)) if len(known) < 9 else "refprep rules lists them"
        raise UsageError(f"{where}no {what} is named {', '.join(strange)}; {there}")


def _unheard(source: str, part: float) -> None:
    """Progress where nobody watches."""
