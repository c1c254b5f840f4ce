"""Surplus: the files that are too many, the last ones first."""

from refprep.models.envelope import Envelope
from refprep.models.limits import Range
from refprep.models.media import KINDS
from refprep.models.reference import ReferenceSet


def surplus(references: ReferenceSet, envelope: Envelope) -> frozenset[str]:
    """The slots beyond the accepted count of each kind, and then of all together."""
    kept, over = [], []
    for kind in KINDS:
        slots = [str(reference.slot) for reference in references.placed(kind) if reference.slot]
        count = _accepted(envelope.range(f"{kind}-count"), len(slots))
        kept += slots[:count]
        over += slots[count:]
    return frozenset([*over, *kept[_accepted(envelope.range("file-count"), len(kept)) :]])


def _accepted(limit: Range, count: int) -> int:
    return int(limit.nearest(count))
