"""The terms on which every verb works: the envelope, the rules, what may be lost, how deep."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack, get_args

from refprep import envelopes
from refprep.consent import Consent, Keep, Loss, Share
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
    allow: deeds that are never done unasked: "crop", "pad", "loop", "boomerang", "hold", "drop".
    keep: the part of what is too long: "head", "tail", "middle", or "best", the most telling one.
    share: how clips divide the seconds of all: "even", "proportional", "first" come first served.
    exact: begin at the very picture asked for, though a key frame nearby would save encoding.
    select, ignore: rules by name; only those selected (none: all) and not ignored are looked at.
    quick: read headers and packets only; else what would pass is decoded to its end.
    strict: warnings count as errors in the verdict.
    each: judge and mend every file for itself: no counts, no sums over files, no prompt.
    cache: where results are kept for the next run: a folder; True, the user's own; False, nowhere.
    jobs: how many files are rendered at once, each in a process of its own where more than one;
        scripts that ask for more than one need the usual `if __name__ == "__main__"`.
    progress: is told a source and the part of its work that is done, 0 to 1.
    """

    envelope: str | Path | Envelope
    allow: Collection[str]
    keep: Keep
    share: Share
    exact: bool
    select: Collection[str]
    ignore: Collection[str]
    quick: bool
    strict: bool
    each: bool
    cache: str | Path | bool
    jobs: int
    progress: Progress | None


@dataclass(frozen=True)
class Settled:
    """Terms with nothing left open."""

    limits: Envelope
    consent: Consent
    quick: bool
    strict: bool
    each: bool
    cache: Path | bool
    jobs: int
    progress: Progress


def settle(**terms: Unpack[Terms]) -> Settled:
    """Fill in the defaults. UsageError for an unknown envelope, rule or loss."""
    select, ignore = frozenset(terms.get("select", ())), frozenset(terms.get("ignore", ()))
    _known("rule", select | ignore, NAMES)
    asked, cache = terms.get("envelope", DEFAULT), terms.get("cache", True)
    limits = asked if isinstance(asked, Envelope) else envelopes.load(asked)
    _known("rule", frozenset(limits.limits), NAMES, f"envelope {limits.name}, limits: ")
    return Settled(
        limits=limits.model_copy(update={"select": select, "ignore": ignore}),
        consent=_consent(**terms),
        quick=terms.get("quick", False),
        strict=terms.get("strict", False),
        each=terms.get("each", False),
        cache=cache if isinstance(cache, bool) else Path(cache),
        jobs=max(1, terms.get("jobs", 1)),
        progress=terms.get("progress") or unheard,
    )


def _consent(**terms: Unpack[Terms]) -> Consent:
    consent = Consent(
        allow=frozenset(terms.get("allow", ())),
        keep=terms.get("keep", "head"),
        share=terms.get("share", "even"),
        exact=terms.get("exact", False),
    )
    _known("loss", consent.allow, set(get_args(Loss)))
    _known("part to keep", frozenset({consent.keep}), set(get_args(Keep)))
    _known("way to share", frozenset({consent.share}), set(get_args(Share)))
    return consent


def _known(what: str, named: frozenset[str], known: set[str], where: str = "") -> None:
    if strange := sorted(named - known):
        there = ", ".join(sorted(known)) if len(known) < 9 else "refprep rules lists them"
        raise UsageError(f"{where}no {what} is named {', '.join(strange)}; {there}")


def unheard(source: str, part: float) -> None:
    """Progress where nobody watches."""
