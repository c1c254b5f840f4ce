"""Consent: what the user lets the planner do, and which part of too much is to be kept."""

from dataclasses import dataclass
from typing import Literal

Loss = Literal["crop", "pad", "loop", "boomerang", "hold", "drop"]
"Deeds that are never done unasked: they hide, invent or leave out."
Keep = Literal["head", "tail", "middle", "best"]
Share = Literal["even", "proportional", "first"]


@dataclass(frozen=True)
class Consent:
    """What may be lost beyond the usual, and how a choice is made where there is one.

    keep: the part of what is too long: its head, tail or middle, or the most telling part.
    share: how clips divide the seconds that they have together: evenly (a short one keeps all of
    its own), in proportion to their lengths, or first come, first served.
    exact: begin at the very picture asked for, though a key frame nearby would save encoding.
    """

    allow: frozenset[str] = frozenset()
    keep: Keep = "head"
    share: Share = "even"
    exact: bool = False
