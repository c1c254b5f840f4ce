"""Frames: fitted in one pass, thousands of sizes, against limits that are written here by hand."""

import math
import random
from collections.abc import Callable, Iterable
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from refprep.models.limits import Range
from refprep.models.media import Image, Video
from refprep.models.steps import Crop, Pad, Rotate, Scale, Step
from refprep.options import Loss, Options
from refprep.planner import fit_frame
from refprep.planner.fit_frame import Shape
from tests.examples import ENVELOPE, image, video

Size = tuple[int, int]
ORIENTATION_TAG = 274
EDGES = (16, 17, 299, 300, 301, 639, 640, 641, 834, 1112, 1280, 5999, 6000, 6001, 9000)
VIDEO_SHAPE = fit_frame.video_shape(ENVELOPE, grain=2)
IMAGE_SHAPE = fit_frame.image_shape(ENVELOPE)


class FrameKind(NamedTuple):
    """One kind of frame: its maker, its shape, and its limits, written independently."""

    make: Callable[..., Image | Video]
    shape: Shape
    meets_limits: Callable[[int, int], bool]


class Fit(NamedTuple):
    """A frame, the steps that fit it, and the frame after them."""

    frame_kind: FrameKind
    size: Size
    steps: list[Step]
    after: Image | Video

    @property
    def meets_limits(self) -> bool:
        return self.frame_kind.meets_limits(*self.after.dimensions)

    @property
    def cropped(self) -> Size:
        """The size before it is scaled."""
        crops = [(s.width, s.height) for s in self.steps if isinstance(s, Crop | Pad)]
        return crops[0] if crops else self.size


def image_fits(width: int, height: int) -> bool:
    return min(width, height) >= 300 and max(width, height) <= 6000 and ratio_fits(width, height)


def video_fits(width: int, height: int) -> bool:
    even = width % 2 == height % 2 == 0
    return even and 409_600 <= width * height <= 927_408 and image_fits(width, height)


def ratio_fits(width: int, height: int) -> bool:
    """True for a ratio of 0.4 to 2.5, in whole numbers."""
    return 4 * height <= 10 * width and 10 * width <= 25 * height


FRAME_KINDS = {
    "video": FrameKind(video, VIDEO_SHAPE, video_fits),
    "image": FrameKind(image, IMAGE_SHAPE, image_fits),
}
COUNTS = {"video": 10_000, "image": 4_000}
both = pytest.mark.parametrize("kind", FRAME_KINDS)


def sizes(count: int) -> Iterable[Size]:
    """Sizes spread evenly, evenly over orders of magnitude, and at the edges of the limits."""
    rng = random.Random(20261122)
    side = (
        lambda: rng.randint(16, 9000),
        lambda: round(math.exp(rng.uniform(math.log(16), math.log(9000)))),
        lambda: rng.choice(EDGES),
    )
    anywhere = [(side[nth % 3](), side[nth % 3 and rng.randrange(3)]()) for nth in range(count)]
    widest = [(5 * side // 2, side) for side in rng.sample(range(16, 3600), count // 40)]
    return [*anywhere, *widest, *((height, width) for width, height in widest)]


def fitted(frame_kind: FrameKind, size: Size, allow: tuple[Loss, ...] = ()) -> Fit:
    media = frame_kind.make(width=size[0], height=size[1])
    steps = fit_frame.fit(media, frame_kind.shape, Options(allow=allow))
    after: Any = media
    for step in steps:
        after = step.predict(after)
    return Fit(frame_kind, size, steps, after)


@cache
def fits(kind: str) -> list[Fit]:
    return [fitted(FRAME_KINDS[kind], size) for size in sizes(COUNTS[kind])]


@cache
def crops(kind: str) -> list[Fit]:
    return [fitted(FRAME_KINDS[kind], size, ("crop",)) for size in sizes(2_000)]


def distortion(fit: Fit) -> float:
    """The relative change of width over height by scaling."""
    (width, height), (wide, high) = fit.cropped, fit.after.dimensions
    return abs(wide * height / (high * width) - 1)


@both
def test_every_frame_of_an_accepted_ratio_is_fitted_to_the_limits(kind: str) -> None:
    right = [fit for fit in fits(kind) if ratio_fits(*fit.size)]
    assert [fit.size for fit in right if not fit.meets_limits] == []
    assert len(right) > 1_500


@both
def test_a_frame_of_any_ratio_is_fitted_to_the_limits_where_a_crop_is_allowed(kind: str) -> None:
    assert [fit.size for fit in crops(kind) if not fit.meets_limits] == []
    assert sum(not ratio_fits(*fit.size) for fit in crops(kind)) > 500


@both
def test_a_frame_of_any_ratio_is_fitted_to_the_limits_where_a_border_is_allowed(kind: str) -> None:
    padded = [fitted(FRAME_KINDS[kind], size, ("pad",)) for size in sizes(400)]
    assert [fit.size for fit in padded if not fit.meets_limits] == []


@both
def test_a_frame_that_meets_the_limits_is_unchanged(kind: str) -> None:
    conforming = [
        fit for fit in (*fits(kind), *crops(kind)) if fit.frame_kind.meets_limits(*fit.size)
    ]
    assert [fit.size for fit in conforming if fit.steps] == []
    assert conforming


@both
def test_a_fitted_frame_needs_no_further_step(kind: str) -> None:
    fitted_once: list[tuple[Fit, tuple[Loss, ...]]] = [(fit, ()) for fit in fits(kind)]
    fitted_once += [(fit, ("crop",)) for fit in crops(kind)]
    assert [
        fit.size
        for fit, allow in fitted_once
        if fit_frame.fit(fit.after, fit.frame_kind.shape, Options(allow=allow))
    ] == []


@both
def test_proportions_are_kept_within_half_a_per_cent(kind: str) -> None:
    feasible = [fit for fit in (*fits(kind), *crops(kind)) if fit.meets_limits]
    assert max(map(distortion, feasible)) <= 0.00502


@both
def test_a_frame_is_scaled_once_at_most_and_never_cropped_by_default(kind: str) -> None:
    assert {tuple(map(type, fit.steps)) for fit in fits(kind)} == {(), (Scale,)}


@both
def test_a_frame_is_cropped_once_and_scaled_once_at_most(kind: str) -> None:
    step_types = {tuple(map(type, fit.steps)) for fit in crops(kind)}
    assert step_types == {(), (Scale,), (Crop,), (Crop, Scale)}


@both
def test_only_a_wrong_ratio_is_cropped_and_along_one_side(kind: str) -> None:
    cropped = [fit for fit in crops(kind) if fit.cropped != fit.size]
    assert not any(ratio_fits(*fit.size) for fit in cropped)
    assert all(ratio_fits(*fit.cropped) for fit in cropped)
    assert all(fit.size[0] == fit.cropped[0] or fit.size[1] == fit.cropped[1] for fit in cropped)


@both
def test_a_crop_removes_no_more_than_the_ratio_requires(kind: str) -> None:
    for fit in crops(kind):
        (width, _), (wide, high) = fit.size, fit.cropped
        more = (wide + 1, high) if wide < width else (wide, high + 1)
        assert fit.cropped == fit.size or not ratio_fits(*more)


def test_a_video_is_enlarged_no_further_than_the_lower_limit() -> None:
    small = [
        fit for fit in fits("video") if ratio_fits(*fit.size) and math.prod(fit.size) < 409_600
    ]
    assert small
    assert max(fit.after.pixels for fit in small) <= 409_600 * 1.1


def test_a_video_is_reduced_no_further_than_the_upper_limit() -> None:
    large = [
        fit for fit in fits("video") if ratio_fits(*fit.size) and math.prod(fit.size) > 927_408
    ]
    assert large
    assert min(fit.after.pixels for fit in large) >= 927_408 / 1.1


def test_a_video_with_odd_sides_within_the_limits_stays_near_its_size() -> None:
    odd = [(2 * half + 1, 720) for half in range(320, 640)]
    changes = [fitted(FRAME_KINDS["video"], size).after.pixels / math.prod(size) for size in odd]
    assert 1 / 1.05 <= min(changes) <= max(changes) <= 1.05


def test_an_image_is_enlarged_no_further_than_the_lower_limit() -> None:
    small = [fit for fit in fits("image") if ratio_fits(*fit.size) and min(fit.size) < 300]
    assert small
    assert max(min(fit.after.dimensions) for fit in small) <= 300 * 1.05


def test_an_image_is_reduced_no_further_than_the_upper_limit() -> None:
    large = [fit for fit in fits("image") if ratio_fits(*fit.size) and max(fit.size) > 6000]
    assert large
    assert min(max(fit.after.dimensions) for fit in large) >= 6000 / 1.05


@pytest.mark.parametrize(
    ("size", "best"),
    [
        ((1920, 1080), (1280, 720)),
        ((3840, 2160), (1280, 720)),
        ((1080, 1920), (720, 1280)),
        ((2160, 3840), (720, 1280)),
        ((2000, 2000), (962, 962)),
        ((320, 320), (640, 640)),
    ],
)
def test_common_videos_get_the_size_that_people_expect(size: Size, best: Size) -> None:
    assert fitted(FRAME_KINDS["video"], size).after.dimensions == best


@pytest.mark.parametrize("allow", [(), ("loop",), ("drop",)])
def test_a_wrong_ratio_stays_where_no_crop_is_allowed(allow: tuple[Loss, ...]) -> None:
    fit = fitted(FRAME_KINDS["image"], (5000, 500), allow)
    assert fit.steps == []


def test_a_crop_is_preferred_to_a_border() -> None:
    steps = fitted(FRAME_KINDS["image"], (5000, 500), ("pad", "crop")).steps
    assert steps == [Crop(width=1250, height=500, of=(5000, 500))]


def test_pixels_that_are_not_square_are_made_square() -> None:
    wide = video(width=1024, height=576, coded_width=720, sample_aspect_ratio="64:45")
    (scale,) = fit_frame.fit(wide, VIDEO_SHAPE, Options())
    assert scale == Scale(width=1024, height=576)
    assert scale.predict(wide).sample_aspect_ratio == "1:1"


def rotated(picture: Pillow.Image, rotate: Rotate) -> Pillow.Image:
    """Rotate clockwise, then mirror left to right, as with a printed picture."""
    upright = picture.rotate(-rotate.rotation, expand=True)
    return ImageOps.mirror(upright) if rotate.mirrored else upright


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_rotation_shows_the_image_as_every_viewer_does(orientation: int) -> None:
    picture = Pillow.new("L", (3, 2))
    picture.putdata(range(6))
    picture.getexif()[ORIENTATION_TAG] = orientation
    theirs = ImageOps.exif_transpose(picture)
    steps = fit_frame.upright(image(orientation=orientation))
    ours = rotated(picture, steps[0]) if steps and isinstance(steps[0], Rotate) else picture
    assert (ours.size, ours.tobytes()) == (theirs.size, theirs.tobytes())
    assert (steps == []) == (orientation == 1)


@pytest.mark.parametrize(("rotation", "mirrored"), [(90, False), (180, True), (0, True)])
def test_a_rotated_video_is_set_upright_before_it_is_scaled(rotation: int, mirrored: bool) -> None:
    source = video(width=1080, height=1920, rotation=rotation, mirrored=mirrored)
    rotate, scale = fit_frame.fit(source, VIDEO_SHAPE, Options())
    assert rotate == Rotate.model_validate({"rotation": rotation, "mirrored": mirrored})
    assert scale == Scale(width=720, height=1280)
    after = rotate.predict(source)
    assert (after.rotation, after.mirrored, after.dimensions) == (0, False, (1080, 1920))


@pytest.mark.parametrize("size", [(65_535, 48), (10**11 + 1, 48), (3, 10**9 + 1)])
def test_a_frame_of_any_declared_size_has_few_candidates(size: Size) -> None:
    candidates = fit_frame._candidates(size, 1.0, 2)
    assert len(list(islice(candidates, 20_000))) < 20_000
    open_shape = Shape(area=Range(), side=Range(), ratio=Range(), grain=2)
    found = fit_frame.nearest(size, open_shape)
    assert found is None or all(side % 2 == 0 for side in found)
