"""refprep: pre-flight check and fixer for the media of a reference-to-video request.

The verbs are `probe`, `check`, `plan`, `fix` and `pack`. Names are imported when first used, so
that importing refprep costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from refprep.envelope import Envelope
    from refprep.errors import (
        EnvelopeError,
        OutputError,
        RefprepError,
        RenderError,
        RequestError,
        SourceError,
        Unreadable,
        UsageError,
    )
    from refprep.finding import Finding, Report
    from refprep.media import Audio, Image, Video
    from refprep.planning import Plan
    from refprep.prepared import Bundle, Fixed, Prepared
    from refprep.request import Loose, Request
    from refprep.verbs import check, fix, pack, plan, probe

__version__ = "0.1.0"
_HOMES = {
    "refprep.verbs": ("check", "fix", "pack", "plan", "probe"),
    "refprep.request": ("Loose", "Request"),
    "refprep.prepared": ("Bundle", "Fixed", "Prepared"),
    "refprep.finding": ("Finding", "Report"),
    "refprep.planning": ("Plan",),
    "refprep.media": ("Audio", "Image", "Video"),
    "refprep.envelope": ("Envelope",),
    "refprep.errors": (
        "EnvelopeError", "OutputError", "RefprepError", "RenderError", "RequestError",
        "SourceError", "Unreadable", "UsageError",
    ),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [  # noqa: PLE0604 - the list is the table above
    *_HOME
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'refprep' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
