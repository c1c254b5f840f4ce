"""Steps: one action each, as data. `predict(media)` returns the facts after it."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from refprep.models.media import Image, Media
from refprep.models.steps.base import DEFAULT_COSTS, BaseStep, Cost
from refprep.models.steps.color import ConvertColor, FirstFrame, Flatten
from refprep.models.steps.file import Drop, Encode, ExtractAudio, Remux, Rename
from refprep.models.steps.frame import Crop, Deinterlace, Pad, Rotate, Scale
from refprep.models.steps.time import Lengthen, LengthenMode, Retime, Trim

Step = Annotated[
    FirstFrame
    | ExtractAudio
    | Trim
    | Lengthen
    | Rotate
    | Crop
    | Pad
    | Scale
    | Deinterlace
    | Retime
    | ConvertColor
    | Flatten
    | Encode
    | Remux
    | Rename
    | Drop,
    Field(discriminator="step"),
]


def predict(media: Media, steps: Sequence[Step]) -> Media:
    """The facts after all steps; what was decoded of the source does not hold for the result."""
    for step in steps:
        media = step.predict(media)
    if isinstance(media, Image) or not any(isinstance(step, Encode | Remux) for step in steps):
        return media
    fresh = dict.fromkeys(("decoded_duration", "decode_errors", "damage", "declared_duration"))
    if media.ruined:  # an encoder makes no whole picture of what is lost
        fresh.pop("decode_errors")
    else:
        fresh["damaged_share"] = None
    return media.model_copy(update={**fresh, "missing_duration": 0.0, "empty_duration": 0.0})


__all__ = [
    "DEFAULT_COSTS", "BaseStep", "ConvertColor", "Cost", "Crop", "Deinterlace", "Drop", "Encode",
    "ExtractAudio", "FirstFrame", "Flatten", "Lengthen", "LengthenMode", "Pad", "Remux", "Rename",
    "Retime", "Rotate", "Scale", "Step", "Trim", "predict",
]  # fmt: skip
