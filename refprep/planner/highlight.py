"""The highlight of a video or audio: where there is light, detail and motion, and no scene cut."""

from collections.abc import Sequence
from dataclasses import dataclass

from refprep.models.media import ContentStats

DARK = 0.06
"Mean luma below which a picture shows nothing."
SCENE_CHANGE = 0.12
"Change of luma that is a new scene, where the changes around it are smaller."
ABRUPT = 3.0
"How many times larger than the changes around it."
EDGE = 0.75
"Seconds from either end within which a cut leaves a scrap of another scene."
CUT_PENALTY, SCRAP_PENALTY = 0.05, 0.35
"What a cut costs, as a part of the best score: anywhere, and near an end."


@dataclass(frozen=True)
class Score:
    """How much happens at one time, 0 to 1, and whether a scene begins there."""

    time: float
    value: float
    cut: bool


def best(
    stats: Sequence[ContentStats], first: float, spare: float, kept: float
) -> tuple[float, str | None]:
    """The start of the best `kept` seconds, from `first` to `first + spare`, and the reason."""
    scores = _scores(stats)
    starts = {first, first + spare, *(s.time for s in scores if first <= s.time <= first + spare)}
    start = max(sorted(starts), key=lambda start: _part_score(scores, start, kept))
    return round(start, 6), _reason(stats, scores, start, kept)


def _scores(stats: Sequence[ContentStats]) -> list[Score]:
    """Detail, motion and loudness, each relative to the highest that occurs; 0 in the dark."""
    cuts = _cuts(stats)
    facts = ("sharpness", "motion", "loudness")
    high = {fact: _high([getattr(row, fact) for row in stats]) for fact in facts}
    loudness = 1.0 if not high["motion"] else 0.0
    weights = {"sharpness": 0.35, "motion": 0.65, "loudness": loudness}
    scores = []
    for row in stats:
        parts = (
            weight * min(1.0, getattr(row, fact) / high[fact])
            for fact, weight in weights.items()
            if high[fact]
        )
        visible = row.brightness > DARK or not high["sharpness"]
        scores.append(Score(row.time, sum(parts) if visible else 0.0, row.time in cuts))
    return scores


def _high(values: Sequence[float]) -> float:
    """The ninth decile: one flash does not set the scale."""
    return sorted(values)[int(0.9 * (len(values) - 1))] if values else 0.0


def _cuts(stats: Sequence[ContentStats]) -> set[float]:
    """Times at which a new scene begins: one change that is abrupt among its neighbours."""
    changes = [row.motion for row in stats]
    around = [
        max(changes[max(0, place - 1) : place] + changes[place + 1 : place + 2], default=0.0)
        for place in range(len(changes))
    ]
    return {
        row.time
        for row, beside in zip(stats, around, strict=True)
        if row.motion > SCENE_CHANGE and row.motion > ABRUPT * beside
    }


def _part_score(scores: Sequence[Score], start: float, kept: float) -> float:
    inside = [score for score in scores if start <= score.time < start + kept]
    if not inside:
        return 0.0
    cuts = [score.time for score in inside if score.cut and score.time > start]
    scraps = [time for time in cuts if time - start < EDGE or start + kept - time < EDGE]
    mean = sum(score.value for score in inside if not score.cut) / len(inside)
    return mean - CUT_PENALTY * len(cuts) - SCRAP_PENALTY * len(scraps)


def _reason(
    stats: Sequence[ContentStats], scores: Sequence[Score], start: float, kept: float
) -> str | None:
    """What distinguishes the part, in words."""
    inside = [row for row in stats if start <= row.time < start + kept]
    outside = [row for row in stats if not start <= row.time < start + kept]
    cuts = [score.time for score in scores if score.cut and start < score.time < start + kept]
    reasons = []
    for fact, word in (("motion", "motion"), ("sharpness", "detail"), ("loudness", "sound")):
        here, there = _mean(inside, fact), _mean(outside, fact)
        if here > 1.1 * there:
            reasons.append(
                f"{here / there:.1f} x the {word} of the rest" if there else f"all {word}"
            )
    if any(row.brightness <= DARK for row in outside) and scores and stats[0].sharpness:
        reasons.append("no black" if all(r.brightness > DARK for r in inside) else "less black")
    if any(score.cut for score in scores):
        count = f"{len(cuts)} cuts" if len(cuts) > 1 else ("one cut", "one scene")[not cuts]
        reasons.append(count)
    return ", ".join(reasons) or None


def _mean(stats: Sequence[ContentStats], fact: str) -> float:
    return float(sum(getattr(row, fact) for row in stats) / max(1, len(stats)))
