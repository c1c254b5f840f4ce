"""Fixing one file, as most tests of transforms do."""

from pathlib import Path
from typing import Any

import refprep
from refprep.models.bundle import Prepared


def fixed(source: Path | str, folder: Path, **options: Any) -> Prepared:
    """The one file that `fix` writes for a source; no error or warning may be left."""
    result = refprep.fix([source], folder, **options)
    assert [found.message for found in result.findings if found.level != "info"] == []
    (prepared,) = result.prepared
    return prepared
