"""All limits at once, over many thousands of made up media: what is predicted lies inside."""

import math
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from refprep.models.media import Audio, Image, Video
from refprep.models.plan import FilePlan, Plan
from refprep.models.reference import Reference, ReferenceSet
from refprep.models.source import Window
from refprep.models.steps import Crop, Encode, Pad, Scale
from refprep.options import Loss, Options
from refprep.planner import plan
from tests.examples import ENVELOPE, audio, image, reference, reference_set, video

pytestmark = pytest.mark.slow  # tens of thousands of media

LINEUPS = 3_350
FORMATS = {
    "image": ("JPEG", "PNG", "WebP", "HEIF", "GIF", "TIFF", "MPO"),
    "video": ("MP4", "MOV", "Matroska", "WebM", "AVI", "MPEG-TS"),
    "audio": ("WAV", "MP3", "M4A", "FLAC", "Ogg"),
}
CODECS = ("h264", "hevc", "vp9", "av1", "mpeg4", "prores")
SOUNDS = ("aac", "mp3", "opus", "pcm_s16le", None)
PIXELS = ("yuv420p", "yuv420p", "yuv420p10le", "yuv422p10le", "yuv444p", "yuvj420p")
ASPECTS = ("1:1", "1:1", "1:1", "16:11", "64:45", "4:3", "1:2")
RATES = (1.0, 10.0, 12.0, 23.976024, 24.0, 25.0, 29.97003, 30.0, 59.94006, 60.0, 120.0, 240.0)
SIDES = (1, 2, 15, 16, 299, 300, 301, 480, 640, 641, 720, 1080, 1112, 1280, 1920, 3840, 5999,
         6000, 6001, 9999, 10_000)  # fmt: skip
LENGTHS = (0.1, 1.8, 1.999999, 2.0, 2.000001, 5.0, 7.5, 14.999999, 15.0, 15.000001, 15.015, 4000.0)
FRAMES = {"image": {"image-dimensions", "image-aspect-ratio"},
          "video": {"video-pixels", "video-dimensions", "video-aspect-ratio"}}  # fmt: skip
"""What a wrong ratio leaves, where neither crop nor border is allowed."""
TOGETHER = {"video-total-duration", "video-duration", "audio-duration"}
"""What is left of clips and sounds that are too short."""
CONSENTS: tuple[tuple[Loss, ...], ...] = ((), (), ("crop",), ("pad",))


def side(rolls: random.Random) -> int:
    """A side in pixels: even over all magnitudes, or just where some limit is."""
    even = round(math.exp(rolls.uniform(0, math.log(10_000))))
    return rolls.choice((even, even, rolls.randint(1, 10_000), rolls.choice(SIDES)))


def sides(rolls: random.Random) -> dict[str, int]:
    """Any width and height; in two of three frames of proportions around those that are taken."""
    width = side(rolls)
    near = round(width * math.exp(rolls.uniform(-1.1, 1.1)))
    return {
        "width": width,
        "height": rolls.choice((side(rolls), near or 1, min(near or 1, 10_000))),
    }


def length(rolls: random.Random) -> float:
    """Seconds, to the microsecond."""
    even = math.exp(rolls.uniform(math.log(0.1), math.log(4000)))
    return round(rolls.choice((even, rolls.uniform(0.1, 20), rolls.choice(LENGTHS))), 6)


def weight(rolls: random.Random) -> int:
    return round(math.exp(rolls.uniform(math.log(1000), math.log(2e9))))


def any_image(rolls: random.Random) -> Image:
    return image(
        **sides(rolls),
        format=rolls.choice(FORMATS["image"]),
        size=weight(rolls),
        orientation=rolls.choice((1, 1, *range(1, 9))),
        color_space=rolls.choice(("sRGB", "sRGB", "Gray", "CMYK", "Display P3")),
        alpha=rolls.random() < 0.2,
        frames=rolls.choice((1, 1, 1, 12)),
    )


def any_clip(rolls: random.Random) -> Video:
    heard = rolls.choice(SOUNDS)
    fps = rolls.choice((*RATES, round(rolls.uniform(1, 240), 6)))
    uneven = rolls.choice((1.0, 1.0, 2.5))
    return video(
        **sides(rolls),
        format=rolls.choice(FORMATS["video"]),
        size=weight(rolls),
        duration=length(rolls),
        frame_rate=fps,
        frame_durations=(1 / fps, uneven / fps),
        video_codec=rolls.choice(CODECS),
        pixel_format=rolls.choice(PIXELS),
        rotation=rolls.choice((0, 0, 90, 180, 270)),
        mirrored=rolls.random() < 0.1,
        sample_aspect_ratio=rolls.choice(ASPECTS),
        transfer=rolls.choice(("SDR", "SDR", "SDR", "PQ", "HLG")),
        scan=rolls.choice(("progressive", "progressive", "interlaced")),
        audio_codec=heard,
        sample_rate=heard and rolls.choice((22_050, 44_100, 48_000, 96_000)),
        channels=heard and rolls.choice((1, 2, 6)),
    )


def any_sound(rolls: random.Random) -> Audio:
    return audio(
        format=rolls.choice(FORMATS["audio"]),
        size=weight(rolls),
        duration=length(rolls),
        audio_codec=rolls.choice(("pcm_s16le", "pcm_s24le", "mp3", "aac", "flac", "opus")),
        sample_rate=rolls.choice((8_000, 22_050, 44_100, 48_000, 96_000, 192_000)),
        channels=rolls.choice((1, 2, 6)),
    )


def windowed(rolls: random.Random, media: Video | Audio, place: int) -> Reference:
    """The whole of it, mostly; else a part that begins inside."""
    if rolls.random() < 0.7:
        return reference(f"{media.kind}{place}", media)
    start = round(rolls.uniform(0, (media.duration or 0) * 0.9), 3)
    end = rolls.choice((None, round(start + rolls.uniform(0.1, 20), 3)))
    return reference(f"{media.kind}{place}", media, Window(start=start, end=end))


def any_lineup(rolls: random.Random) -> ReferenceSet:
    """1 to 3 clips, up to 9 images and up to 3 sounds."""
    return reference_set(
        *(any_image(rolls) for _ in range(rolls.choice((0, 0, 1, 2, 3, 9)))),
        *(windowed(rolls, any_clip(rolls), n) for n in range(1, rolls.randint(1, 3) + 1)),
        *(windowed(rolls, any_sound(rolls), n) for n in range(1, rolls.randint(0, 3) + 1)),
    )


class Case:
    """A reference_set, its plan, and the reference_set that this predicts."""

    def __init__(self, seed: int) -> None:
        rolls = random.Random(seed)
        self.seed, self.wanted, self.allow = seed, any_lineup(rolls), rolls.choice(CONSENTS)
        self.plan: Plan = plan(self.wanted, ENVELOPE, Options(allow=frozenset(self.allow)))
        references = tuple(file.predicted for file in self.plan.files)
        self.predicted = self.wanted.model_copy(update={"references": references})

    def left(self, slot: str | None) -> set[str]:
        """The rules of the findings that are left of one file."""
        return {found.rule for found in self.plan.findings if found.slot in (slot, None)}


@cache
def cases() -> list[Case]:
    return [Case(seed) for seed in range(LINEUPS)]


def files(*kinds: type) -> Iterator[tuple[Case, FilePlan, Any, Any]]:
    """Every file of some kinds: its reference_set, its plan, and its facts before and after."""
    for case in cases():
        for file in case.plan.files:
            if isinstance(file.reference.media, kinds):
                yield case, file, file.reference.media, file.predicted.media


def well(media: Image | Video) -> bool:
    return 0.4 <= media.width / media.height <= 2.5


def inside(media: Any) -> bool:
    """The frame of an image or clip lies inside: the limits of the page, told once more."""
    area = isinstance(media, Image) or 409_600 <= media.width * media.height <= 927_408
    return area and min(media.dimensions) >= 300 and max(media.dimensions) <= 6000 and well(media)


def reframed(file: FilePlan, media: Any) -> tuple[int, int]:
    """The sides before scaling: of the crop or the bordered frame, where there is one."""
    sides = [(step.width, step.height) for step in file.steps if isinstance(step, Crop | Pad)]
    return sides[-1] if sides else (media.width, media.height)


def where(case: Case, file: FilePlan, *more: Any) -> tuple[Any, ...]:
    """What makes a counterexample again."""
    return (case.seed, file.reference.slot, *more)


def test_tens_of_thousands_of_media_are_planned() -> None:
    assert sum(len(case.plan.files) for case in cases()) > 20_000


def test_every_frame_ends_inside_or_says_which_limit_it_breaks() -> None:
    untold = [
        where(case, file, before.dimensions, after.dimensions)
        for case, file, before, after in files(Image, Video)
        if not inside(after) and not case.left(file.reference.slot) & FRAMES[after.kind]
    ]
    assert untold == []


def test_only_a_wrong_ratio_that_may_not_be_mended_is_left() -> None:
    left = [
        where(case, file, before.dimensions, after.dimensions)
        for case, file, before, after in files(Image, Video)
        if not inside(after) and (well(before) or case.allow)
    ]
    assert left == []


def test_nothing_else_is_left_of_a_file_but_that_it_is_too_short() -> None:
    for case, file, before, _ in files(Image, Video, Audio):
        allowed = FRAMES.get(before.kind, set()) if not case.allow else set()
        rules = {
            found.rule
            for found in case.plan.findings
            if found.slot == file.reference.slot and found.level != "info"
        }
        assert rules <= allowed | TOGETHER, where(case, file, rules)


def test_an_encoded_clip_has_even_sides() -> None:
    odd = [
        where(case, file, after.dimensions)
        for case, file, _, after in files(Video)
        if any(isinstance(step, Encode) for step in file.steps)
        and (after.width % 2 or after.height % 2)
    ]
    assert odd == []


def test_proportions_are_kept_within_half_a_per_cent() -> None:
    bent = [
        where(case, file, before.dimensions, after.dimensions)
        for case, file, before, after in files(Image, Video)
        if inside(after)
        and abs(
            math.log(after.aspect_ratio * reframed(file, before)[1] / reframed(file, before)[0])
        )
        > 0.00501
    ]
    assert bent == []


def test_a_frame_inside_is_not_scaled_but_for_evenness_and_square_pixels() -> None:
    needless = [
        where(case, file, before.dimensions)
        for case, file, before, _ in files(Image, Video)
        if inside(before) and any(isinstance(step, Scale) for step in file.steps)
        if not (isinstance(before, Video) and _must_scale(file, before))
    ]
    assert needless == []


def _must_scale(file: FilePlan, before: Video) -> bool:
    odd = before.width % 2 or before.height % 2
    encoded = any(isinstance(step, Encode) for step in file.steps)
    return before.sample_aspect_ratio != "1:1" or bool(odd and encoded)


def test_no_frame_is_enlarged_beyond_what_the_floor_asks_for() -> None:
    for case, file, before, after in files(Image, Video):
        grown = math.prod(after.dimensions) / math.prod(reframed(file, before))
        floor = min(after.dimensions) / 300
        if isinstance(after, Video):
            floor = min(floor, math.sqrt(after.pixels / 409_600))
        assert grown < 1.065 or floor < 1.05, where(case, file, before.dimensions, after.dimensions)


def test_sums_of_seconds_and_bytes_lie_inside() -> None:
    for case in cases():
        after = [file.predicted for file in case.plan.files]
        moving = [item for item in after if isinstance(item.media, Video)]
        heard = [item for item in after if isinstance(item.media, Audio)]
        assert sum(item.duration or 0 for item in moving) <= 15.0000001, case.seed
        assert sum(item.duration or 0 for item in heard) <= 15.0000001, case.seed
        assert sum(item.media.size or 0 for item in moving) < 50_000_000, case.seed
        assert all((item.media.size or 0) <= 15_000_000 for item in heard), case.seed


def test_what_was_planned_once_needs_no_further_step() -> None:
    for case in cases()[::5]:
        if not any(map(_thread, case.predicted.references)):
            again = plan(case.predicted, ENVELOPE, Options(allow=frozenset(case.allow)))
            steps = [(file.reference.slot, file.steps) for file in again.files if file.steps]
            assert steps == [], case.seed
            assert again.findings == case.plan.findings, case.seed


def _thread(predicted: Reference) -> bool:
    """True for what comes of frames one pixel thin, whose proportions even sides cannot keep."""
    return min(getattr(predicted.media, "dimensions", (9,))) <= 2
