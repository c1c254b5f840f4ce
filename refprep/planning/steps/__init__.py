"""Steps: one deed each, as data. `predict(media)` gives the facts after it, `str()` its words."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from refprep.media import Image, Media
from refprep.planning.steps.cost import CONSENTED, Cost
from refprep.planning.steps.file import Drop, Encode, Extract, Remux, Rename
from refprep.planning.steps.frame import Crop, Deinterlace, Pad, Scale, Turn
from refprep.planning.steps.look import Flatten, Recolour, Still
from refprep.planning.steps.time import Lengthen, Retime, Trim

Step = Annotated[
    Still
    | Extract
    | Trim
    | Lengthen
    | Turn
    | Crop
    | Pad
    | Scale
    | Deinterlace
    | Retime
    | Recolour
    | Flatten
    | Encode
    | Remux
    | Rename
    | Drop,
    Field(discriminator="step"),
]


def predict(media: Media, steps: Sequence[Step]) -> Media:
    """The facts after all steps; what was decoded of the old file says nothing of the new."""
    for step in steps:
        media = step.predict(media)
    if isinstance(media, Image) or not any(isinstance(step, Encode | Remux) for step in steps):
        return media
    fresh = {"decoded_seconds": None, "decode_errors": None, "declared_seconds": None}
    return media.model_copy(update={**fresh, "missing_seconds": 0.0, "empty_seconds": 0.0})


__all__ = [
    "CONSENTED", "Cost", "Crop", "Deinterlace", "Drop", "Encode", "Extract", "Flatten", "Lengthen",
    "Pad", "Recolour", "Remux", "Rename", "Retime", "Scale", "Step", "Still", "Trim", "Turn",
    "predict",
]  # fmt: skip
