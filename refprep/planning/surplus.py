"""What is too many: the files that would be left out, the last ones first."""

from refprep.envelope import Envelope
from refprep.limits import Range
from refprep.lineup import Lineup
from refprep.request import KINDS


def surplus(lineup: Lineup, envelope: Envelope) -> frozenset[str]:
    """The slots beyond what the envelope takes of each kind, and then of all together."""
    kept, over = [], []
    for kind in KINDS:
        slots = [str(entry.slot) for entry in lineup.placed(kind) if entry.slot]
        most = _most(envelope.range(f"{kind}-count"), len(slots))
        kept += slots[:most]
        over += slots[most:]
    return frozenset([*over, *kept[_most(envelope.range("file-count"), len(kept)) :]])


def _most(limit: Range, there: int) -> int:
    return int(limit.nearest(there))
