"""The most telling part of a clip or sound: where there is light, detail, motion, and no cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from refprep.media import Moment

DARK = 0.06
"Mean luma below which nothing is told."
CUT = 0.12
"Change of luma between two moments that is a new scene, where the moments around change less."
ABRUPT = 3.0
"How much more than around it."
EDGE = 0.75
"Seconds from either end within which a cut shows a scrap of another scene."
INSIDE, SCRAP = 0.05, 0.35
"What a cut costs, as a part of the best worth: anywhere, and near an end."


@dataclass(frozen=True)
class Worth:
    """How telling one moment is, 0 to 1, and whether a scene begins there."""

    at: float
    telling: float
    cut: bool


def best(
    moments: Sequence[Moment], first: float, spare: float, kept: float
) -> tuple[float, str | None]:
    """Where the most telling `kept` seconds begin, from `first` to `first + spare`, and why."""
    worths = _weighed(moments)
    starts = {first, first + spare, *(w.at for w in worths if first <= w.at <= first + spare)}
    start = max(sorted(starts), key=lambda start: _score(worths, start, kept))
    return round(start, 6), _why(moments, worths, start, kept)


def _weighed(moments: Sequence[Moment]) -> list[Worth]:
    """Light, detail, motion and loudness, each against the most there is of it."""
    cuts = _cuts(moments)
    facts = ("sharp", "motion", "loud")
    high = {fact: _high([getattr(moment, fact) for moment in moments]) for fact in facts}
    weights = {"sharp": 0.35, "motion": 0.65, "loud": 1.0 if not high["motion"] else 0.0}
    told = []
    for moment in moments:
        parts = (
            weight * min(1.0, getattr(moment, fact) / high[fact])
            for fact, weight in weights.items()
            if high[fact]
        )
        seen = moment.light > DARK or not high["sharp"]
        told.append(Worth(moment.at, sum(parts) if seen else 0.0, moment.at in cuts))
    return told


def _high(values: Sequence[float]) -> float:
    """What nine in ten stay below: one flash does not set the scale."""
    return sorted(values)[int(0.9 * (len(values) - 1))] if values else 0.0


def _cuts(moments: Sequence[Moment]) -> set[float]:
    """Times at which a new scene begins: one change that is abrupt among its neighbours."""
    changes = [moment.motion for moment in moments]
    around = [
        max(changes[max(0, place - 1) : place] + changes[place + 1 : place + 2], default=0.0)
        for place in range(len(changes))
    ]
    return {
        moment.at
        for moment, beside in zip(moments, around, strict=True)
        if moment.motion > CUT and moment.motion > ABRUPT * beside
    }


def _score(worths: Sequence[Worth], start: float, kept: float) -> float:
    inside = [worth for worth in worths if start <= worth.at < start + kept]
    if not inside:
        return 0.0
    cuts = [worth.at for worth in inside if worth.cut and worth.at > start]
    scraps = [at for at in cuts if at - start < EDGE or start + kept - at < EDGE]
    telling = sum(worth.telling for worth in inside if not worth.cut) / len(inside)
    return telling - INSIDE * len(cuts) - SCRAP * len(scraps)


def _why(
    moments: Sequence[Moment], worths: Sequence[Worth], start: float, kept: float
) -> str | None:
    """What sets the part apart, in words."""
    inside = [moment for moment in moments if start <= moment.at < start + kept]
    outside = [moment for moment in moments if not start <= moment.at < start + kept]
    cuts = [w.at for w in worths if w.cut and start < w.at < start + kept]
    said = []
    for fact, word in (("motion", "motion"), ("sharp", "detail"), ("loud", "sound")):
        here, there = _mean(inside, fact), _mean(outside, fact)
        if here > 1.1 * there:
            said.append(f"{here / there:.1f} x the {word} of the rest" if there else f"all {word}")
    if any(moment.light <= DARK for moment in outside) and worths and moments[0].sharp:
        said.append("no black" if all(m.light > DARK for m in inside) else "less black")
    if any(worth.cut for worth in worths):
        said.append(f"{len(cuts)} cuts" if len(cuts) > 1 else ("one cut", "one scene")[not cuts])
    return ", ".join(said) or None


def _mean(moments: Sequence[Moment], fact: str) -> float:
    return float(sum(getattr(moment, fact) for moment in moments) / max(1, len(moments)))
