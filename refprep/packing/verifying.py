"""Verifying: a bundle held to its own manifest, and to the envelope that stands in it."""

from pathlib import Path

from refprep import planning, rules
from refprep.packing import opening, sealing
from refprep.prepared import Verified
from refprep.remedy import advised
from refprep.terms import Terms, settle


def verify(bundle: Path, terms: Terms) -> Verified:
    """What has changed since packing, and what is wrong now. UsageError where it is no bundle.

    Rules that were left out at packing are left out still, unless others are named.
    """
    with opening.opened(bundle) as folder:
        told = opening.told(folder, bundle)
        how = settle(
            envelope=told.envelope,
            select=terms.get("select") or told.envelope.select,
            ignore=terms.get("ignore") or told.envelope.ignore,
            quick=terms.get("quick", False),
            strict=terms.get("strict", False),
            progress=terms.get("progress"),
        )
        lineup = sealing.lineup(folder, bundle, told, quick=how.quick, progress=how.progress)
    found = rules.check(lineup, how.limits)
    return Verified(
        envelope=how.limits.name,
        findings=advised(found, planning.plan(lineup, how.limits, how.consent)),
        media=lineup.entries,
        strict=how.strict,
        path=bundle,
    )
