"""What is too many: the files that would be left out, the last ones first."""

from refprep.models.envelope import Envelope
from refprep.models.limits import Range
from refprep.models.media import KINDS
from refprep.models.reference import ReferenceSet


def surplus(reference_set: ReferenceSet, envelope: Envelope) -> frozenset[str]:
    """The slots beyond what the envelope takes of each kind, and then of all together."""
    kept, over = [], []
    for kind in KINDS:
        slots = [str(reference.slot) for reference in reference_set.placed(kind) if reference.slot]
        most = _most(envelope.range(f"{kind}-count"), len(slots))
        kept += slots[:most]
        over += slots[most:]
    return frozenset([*over, *kept[_most(envelope.range("file-count"), len(kept)) :]])


def _most(limit: Range, there: int) -> int:
    return int(limit.nearest(there))
