"""refprep: pre-flight check and fixer for the media of a reference-to-video request.

The verbs are `probe`, `check`, `plan`, `fix`, `pack`, `verify`, `estimate`, `compare`,
`submit` and `snippet`.
Names are imported when first used, so that importing refprep costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from refprep.api import (
        check,
        compare,
        estimate,
        fix,
        pack,
        plan,
        probe,
        snippet,
        submit,
        verify,
    )
    from refprep.envelopes.pricing import (
        ComparedPrice,
        Comparison,
        Estimate,
        PricedOutput,
        PriceEvidence,
    )
    from refprep.errors import (
        BundleError,
        EnvelopeError,
        OutputError,
        ProviderError,
        RefprepError,
        RequestError,
        SourceError,
        TransformError,
        UnreadableError,
        UsageError,
    )
    from refprep.models.bundle import Bundle, FixResult, Prepared, Remote, VerifyResult
    from refprep.models.envelope import Envelope
    from refprep.models.finding import Finding, Report
    from refprep.models.media import Audio, Image, Unchecked, Unreadable, Video
    from refprep.models.plan import FilePlan, Plan
    from refprep.models.reference import Reference
    from refprep.models.request import LooseFiles, Request
    from refprep.models.source import Source, Window
    from refprep.models.steps import (
        ConvertColor,
        Crop,
        Deinterlace,
        Drop,
        Encode,
        ExtractAudio,
        FirstFrame,
        Flatten,
        Lengthen,
        Pad,
        Remux,
        Rename,
        Retime,
        Rotate,
        Scale,
        Trim,
    )
    from refprep.options import Options
    from refprep.packer.request_file import load_request
    from refprep.providers.client import SubmitResult
    from refprep.providers.error_hints import ErrorHint

__version__ = "0.1.0"
__all__ = [
    "Audio",
    "Bundle",
    "BundleError",
    "ComparedPrice",
    "Comparison",
    "ConvertColor",
    "Crop",
    "Deinterlace",
    "Drop",
    "Encode",
    "Envelope",
    "EnvelopeError",
    "ErrorHint",
    "Estimate",
    "ExtractAudio",
    "FilePlan",
    "Finding",
    "FirstFrame",
    "FixResult",
    "Flatten",
    "Image",
    "Lengthen",
    "LooseFiles",
    "Options",
    "OutputError",
    "Pad",
    "Plan",
    "Prepared",
    "PriceEvidence",
    "PricedOutput",
    "ProviderError",
    "Reference",
    "RefprepError",
    "Remote",
    "Remux",
    "Rename",
    "Report",
    "Request",
    "RequestError",
    "Retime",
    "Rotate",
    "Scale",
    "Source",
    "SourceError",
    "SubmitResult",
    "TransformError",
    "Trim",
    "Unchecked",
    "Unreadable",
    "UnreadableError",
    "UsageError",
    "VerifyResult",
    "Video",
    "Window",
    "check",
    "compare",
    "estimate",
    "fix",
    "load_request",
    "pack",
    "plan",
    "probe",
    "snippet",
    "submit",
    "verify",
]
_HOMES = {
    "refprep.api": (
        "check", "compare", "estimate", "fix", "pack", "plan", "probe", "snippet",
        "submit", "verify",
    ),
    "refprep.envelopes.pricing": (
        "ComparedPrice", "Comparison", "Estimate", "PriceEvidence", "PricedOutput",
    ),
    "refprep.errors": (
        "BundleError", "EnvelopeError", "OutputError", "ProviderError", "RefprepError",
        "RequestError", "SourceError", "TransformError", "UnreadableError", "UsageError",
    ),
    "refprep.models.bundle": ("Bundle", "FixResult", "Prepared", "Remote", "VerifyResult"),
    "refprep.models.envelope": ("Envelope",),
    "refprep.models.finding": ("Finding", "Report"),
    "refprep.models.media": ("Audio", "Image", "Unchecked", "Unreadable", "Video"),
    "refprep.models.plan": ("FilePlan", "Plan"),
    "refprep.models.reference": ("Reference",),
    "refprep.models.request": ("LooseFiles", "Request"),
    "refprep.models.source": ("Source", "Window"),
    "refprep.models.steps": (
        "ConvertColor", "Crop", "Deinterlace", "Drop", "Encode", "ExtractAudio", "FirstFrame",
        "Flatten", "Lengthen", "Pad", "Remux", "Rename", "Retime", "Rotate", "Scale", "Trim",
    ),
    "refprep.options": ("Options",),
    "refprep.packer.request_file": ("load_request",),
    "refprep.providers.client": ("SubmitResult",),
    "refprep.providers.error_hints": ("ErrorHint",),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'refprep' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
