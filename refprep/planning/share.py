"""Sharing what the set has in common: totals become one tighter envelope per entry.

The set only narrows. After this every entry is independent of the others.
"""

from collections.abc import Sequence

from refprep.envelope import Envelope
from refprep.limits import Range
from refprep.lineup import Entry, Lineup
from refprep.media import Kind

SUMS: tuple[tuple[Kind, str], ...] = (
    ("video", "video-seconds"),
    ("audio", "audio-seconds"),
    ("video", "video-bytes"),
)


def share(lineup: Lineup, envelope: Envelope) -> list[Envelope]:
    """The envelope of each entry: its part of every sum over the request."""
    tight = [envelope] * len(lineup.entries)
    for kind, rule in SUMS:
        most = envelope.range(rule).max
        places = [place for place, entry in enumerate(lineup.entries) if entry.kind == kind]
        if most is None or not places:
            continue
        entries = [lineup.entries[place] for place in places]
        parts = _parts(rule, entries, most)
        for place, part in zip(places, parts, strict=True):
            tight[place] = tight[place].tighten(rule, Range(max=part))
    return tight


def _parts(rule: str, entries: Sequence[Entry], most: float) -> list[float]:
    if rule.endswith("-seconds"):
        return level([entry.seconds or 0.0 for entry in entries], most)
    return spread([_weight(entry) for entry in entries], most)


def level(needs: Sequence[float], most: float) -> list[float]:
    """Least needs are met in full, the rest is shared evenly; each part is at most its need."""
    parts = [0.0] * len(needs)
    left = most
    for done, place in enumerate(sorted(range(len(needs)), key=needs.__getitem__)):
        parts[place] = min(needs[place], left / (len(needs) - done))
        left -= parts[place]
    return parts


def spread(needs: Sequence[float], most: float) -> list[float]:
    """As `level`, and what nobody needs is shared evenly on top; in whole units."""
    parts = level(needs, most)
    spare = max(0.0, most - sum(parts)) / len(parts)
    return [int(part + spare) for part in parts]


def _weight(entry: Entry) -> float:
    """Bytes that the entry's part of the file takes now."""
    seconds = getattr(entry.media, "seconds", None)
    kept = (entry.seconds or 0) / seconds if seconds else 1
    return (entry.media.bytes or 0) * kept
