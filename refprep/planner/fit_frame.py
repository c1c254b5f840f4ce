"""Fitting a frame: area, sides, ratio and evenness together, with one crop and one scale at most.

Limits of a frame bind each other, so they are solved at once, before any pixel is touched.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from refprep.models.envelope import Envelope
from refprep.models.limits import Range
from refprep.models.media import Image, Video
from refprep.models.steps import Crop, Pad, Rotate, Scale, Step
from refprep.options import Options, permitted

Size = tuple[int, int]
ASPECT_WEIGHT = 30
"One per mille of distortion counts as much as 3 % of area: 1920x1080 to 1280x720, not 1284x722."
ASPECT_ERROR = 0.005
REACH = 2000
"Sizes to either side of the ideal one that are compared at most: a file may declare any width."
SMALLER = (0.6, 0.0)
"Parts of a frame's area that are tried where its bytes are too many; 0 is the least area."
ROOM = 0.02
"How much more than the least area a frame may have, for even sides are not found at all areas."
ORIENTATIONS: dict[int, tuple[int, bool]] = {
    # EXIF 2.32, tag 274: degrees clockwise to upright, then whether to flip left to right
    1: (0, False), 2: (0, True), 3: (180, False), 4: (180, True),
    5: (90, True), 6: (90, False), 7: (270, True), 8: (270, False),
}  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """What a frame may be: pixels of area and side, width over height, sides' common divisor."""

    area: Range
    side: Range
    ratio: Range
    grain: int = 1

    def admits(self, size: Size) -> bool:
        """True where the size in pixels meets every limit."""
        return self.holds(size) and self.ratio.admits(size[0] / size[1])

    def on_grid(self, size: Size) -> Size:
        """The nearest smaller size whose sides the grain divides."""
        width, height = (max(self.grain, side - side % self.grain) for side in size)
        return width, height

    def holds(self, size: Size) -> bool:
        """True where area, sides and grain are right, whatever the ratio."""
        even = all(side % self.grain == 0 for side in size)
        return even and self.side.admits(size) and self.area.admits(math.prod(size))


def image_shape(envelope: Envelope) -> Shape:
    """The shape of an image."""
    area, side = envelope.range("image-pixels"), envelope.range("image-dimensions")
    return Shape(area, side, envelope.range("image-aspect-ratio"))


def video_shape(envelope: Envelope, *, grain: int) -> Shape:
    """The shape of a video's frame; 4:2:0 video that is encoded needs even sides: grain 2."""
    area, side = envelope.range("video-pixels"), envelope.range("video-dimensions")
    return Shape(area, side, envelope.range("video-aspect-ratio"), grain)


def fit(media: Image | Video, shape: Shape, options: Options) -> list[Step]:
    """The steps that bring a frame into its shape; what they cannot repair stays as it is.

    At most one rotation, one crop or pad, and one scale, in this order.
    """
    reframed = reframe(media.dimensions, shape, options)
    size = (reframed[0].width, reframed[0].height) if reframed else media.dimensions
    steps = [*upright(media), *reframed]
    target = nearest(size, shape) or shape.on_grid(size)
    square = isinstance(media, Image) or media.sample_aspect_ratio == "1:1"
    if target != size or not square:
        steps.append(Scale(width=target[0], height=target[1]))
    return steps


def required(media: Image | Video, steps: Sequence[Step], envelope: Envelope) -> bool:
    """True where the envelope requires any of these steps; an encoder alone may need them, too."""
    if isinstance(media, Image):
        upright_already, square = (
            envelope.bound("image-orientation").limit.admits(media.orientation),
            True,
        )
    else:
        upright_already = envelope.bound("video-rotation").limit.admits(media.display_transform)
        square = envelope.bound("video-sample-aspect-ratio").limit.admits(media.sample_aspect_ratio)
    return any(
        not upright_already
        if isinstance(step, Rotate)
        else not (square and _same_size(step, media))
        for step in steps
    )


def _same_size(step: Step, media: Image | Video) -> bool:
    return isinstance(step, Scale) and (step.width, step.height) == media.dimensions


def upright(media: Image | Video) -> list[Step]:
    """The rotation that a player or viewer applies."""
    if isinstance(media, Image):
        rotation, mirrored = ORIENTATIONS[media.orientation]
    else:
        rotation, mirrored = media.rotation, media.mirrored
    step = Rotate.model_validate({"rotation": rotation, "mirrored": mirrored})
    return [step] if rotation or mirrored else []


def reframe(size: Size, shape: Shape, options: Options) -> list[Crop | Pad]:
    """The crop, or else the pad, that repairs the aspect ratio, where it is permitted."""
    width, height = size
    ratio = shape.ratio.nearest(width / height)
    if ratio == width / height:
        return []
    wide = width / height > ratio
    inner = (math.floor(height * ratio), height) if wide else (width, math.floor(width / ratio))
    outer = (width, math.ceil(width / ratio)) if wide else (math.ceil(height * ratio), height)
    crop = Crop(width=inner[0], height=inner[1], of=size)
    pad = Pad(width=outer[0], height=outer[1], of=size)
    return [step for step in (crop, pad) if permitted(step, options)][:1]


def nearest(size: Size, shape: Shape) -> Size | None:
    """The admitted size of the same proportions that scales least; None if there is none."""
    keep_ratio = shape.ratio.admits(size[0] / size[1])
    admits = shape.admits if keep_ratio else shape.holds
    if admits(size):
        return size
    low, high = _scales(size, shape)
    if low > high * (1 + 2 * ASPECT_ERROR):
        return None
    ideal = min(max(1.0, low), high)
    ranked = sorted(_candidates(size, ideal, shape.grain), key=lambda c: _loss(c, size, ideal))
    return next(filter(admits, ranked), None)


def smaller(size: Size, shape: Shape) -> tuple[Size, ...]:
    """Sizes of the same proportions with less area, down to the least: they need fewer bytes."""
    least, area = shape.area.min or 1, math.prod(size)
    caps = (max(least * (1 + ROOM), area * part) for part in SMALLER)
    sizes = (
        nearest(size, replace(shape, area=Range(min=least, max=cap))) for cap in caps if cap < area
    )
    return tuple(dict.fromkeys(found for found in sizes if found and math.prod(found) < area))


def _scales(size: Size, shape: Shape) -> tuple[float, float]:
    """The smallest and the largest factor that sides and area admit."""
    area, side = shape.area, shape.side
    low = max((side.min or 1) / min(size), math.sqrt((area.min or 1) / math.prod(size)))
    high = min(
        (side.max or math.inf) / max(size), math.sqrt((area.max or math.inf) / math.prod(size))
    )
    return low, high


def _candidates(size: Size, ideal: float, grain: int) -> Iterator[Size]:
    """Sizes within some per cent of the ideal one, each with the nearest other sides."""
    width, height = size
    reach = min(max(4, math.ceil(0.03 * ideal * width / grain)), REACH)
    middle = round(ideal * width / grain)
    for step in range(max(1, middle - reach), middle + reach + 1):
        other = step * height / width
        for side in {math.floor(other), math.ceil(other)} - {0}:
            candidate = (step * grain, side * grain)
            if abs(math.log(candidate[0] * height / (candidate[1] * width))) <= ASPECT_ERROR:
                yield candidate


def _loss(candidate: Size, size: Size, ideal: float) -> float:
    aspect = abs(math.log(candidate[0] * size[1] / (candidate[1] * size[0])))
    area = abs(math.log(math.prod(candidate) / (ideal * ideal * math.prod(size))))
    return ASPECT_WEIGHT * aspect + area
