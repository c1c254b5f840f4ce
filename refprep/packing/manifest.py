"""The manifest: where every file of a bundle came from and what was done to it."""

import platform
from importlib.metadata import version
from typing import Any

from refprep.envelope import Envelope
from refprep.prepared import Bundle

LIBRARIES = ("refprep", "av", "pillow", "pillow-heif", "soundfile")


def manifest(bundle: Bundle, envelope: Envelope) -> dict[str, Any]:
    """Sources, hashes, steps, facts before and after, the envelope with its witnesses, versions."""
    files = [
        {**file.model_dump(mode="json"), "path": f"media/{file.path.name}"}
        for file in bundle.prepared
    ]
    return {
        "schema": bundle.version,
        "files": files,
        "findings": [finding.model_dump(mode="json") for finding in bundle.findings],
        "envelope": envelope.model_dump(mode="json", exclude_none=True),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
    }
