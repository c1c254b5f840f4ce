"""Surplus: the files that are too many, the last ones first."""

from refprep.models.envelope import Envelope
from refprep.models.limits import Range
from refprep.models.reference import ReferenceSet


def surplus(references: ReferenceSet, envelope: Envelope) -> frozenset[str]:
    """The slots beyond the accepted count of each type, then of several together, then of all."""
    kept: list[str] = []
    over: list[str] = []
    for slot in dict.fromkeys(row.slot_type for row in references.references if row.slot_type):
        names = [str(row.slot) for row in references.in_slots(slot)]
        count = _accepted(envelope.range(f"{slot}-count"), len(names))
        kept += names[:count]
        over += names[count:]
    for cap in envelope.caps.values() if envelope.judges("slot-count") else ():
        names = [str(row.slot) for row in references.in_slots(*cap.slots) if row.slot in kept]
        over += names[cap.max :]
        kept = [name for name in kept if name not in over]
    return frozenset([*over, *kept[_accepted(envelope.range("file-count"), len(kept)) :]])


def _accepted(limit: Range, count: int) -> int:
    return int(limit.nearest(count))
