"""refprep: pre-flight check and fixer for the media of a reference-to-video request.

The verbs are `probe`, `check`, `plan`, `fix`, `pack`, `verify` and `estimate`. Names are imported
when first used, so that importing refprep costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from refprep.costing import Estimate as Estimate
    from refprep.delivering.snippets import snippet as snippet
    from refprep.delivering.submission import Submitted as Submitted
    from refprep.delivering.submission import submit as submit
    from refprep.envelope import Envelope as Envelope
    from refprep.errors import BundleError as BundleError
    from refprep.errors import DeliveryError as DeliveryError
    from refprep.errors import EnvelopeError as EnvelopeError
    from refprep.errors import OutputError as OutputError
    from refprep.errors import RefprepError as RefprepError
    from refprep.errors import RenderError as RenderError
    from refprep.errors import RequestError as RequestError
    from refprep.errors import SourceError as SourceError
    from refprep.errors import Unreadable as Unreadable
    from refprep.errors import UsageError as UsageError
    from refprep.finding import Finding as Finding
    from refprep.finding import Report as Report
    from refprep.media import Audio as Audio
    from refprep.media import Image as Image
    from refprep.media import Video as Video
    from refprep.planning import Plan as Plan
    from refprep.prepared import Bundle as Bundle
    from refprep.prepared import Fixed as Fixed
    from refprep.prepared import Prepared as Prepared
    from refprep.prepared import Verified as Verified
    from refprep.request import Loose as Loose
    from refprep.request import Request as Request
    from refprep.verbs import check as check
    from refprep.verbs import estimate as estimate
    from refprep.verbs import fix as fix
    from refprep.verbs import pack as pack
    from refprep.verbs import plan as plan
    from refprep.verbs import probe as probe
    from refprep.verbs import verify as verify

__version__ = "0.1.0"
_HOMES = {
    "refprep.costing": ("Estimate",),
    "refprep.delivering.snippets": ("snippet",),
    "refprep.delivering.submission": ("Submitted", "submit"),
    "refprep.envelope": ("Envelope",),
    "refprep.errors": (
        "BundleError",
        "DeliveryError",
        "EnvelopeError",
        "OutputError",
        "RefprepError",
        "RenderError",
        "RequestError",
        "SourceError",
        "Unreadable",
        "UsageError",
    ),
    "refprep.finding": ("Finding", "Report"),
    "refprep.media": ("Audio", "Image", "Video"),
    "refprep.planning": ("Plan",),
    "refprep.prepared": ("Bundle", "Fixed", "Prepared", "Verified"),
    "refprep.request": ("Loose", "Request"),
    "refprep.verbs": ("check", "estimate", "fix", "pack", "plan", "probe", "verify"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'refprep' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
