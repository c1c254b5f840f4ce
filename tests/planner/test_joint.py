"""All limits at once, over tens of thousands of generated media: predictions meet the limits."""

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

CASES = 3_350
FORMATS = {
    "image": ("JPEG", "PNG", "WebP", "HEIF", "GIF", "TIFF", "MPO"),
    "video": ("MP4", "MOV", "Matroska", "WebM", "AVI", "MPEG-TS"),
    "audio": ("WAV", "MP3", "M4A", "FLAC", "Ogg"),
}
VIDEO_CODECS = ("h264", "hevc", "vp9", "av1", "mpeg4", "prores")
AUDIO_CODECS = ("aac", "mp3", "opus", "pcm_s16le", None)
PIXELS = ("yuv420p", "yuv420p", "yuv420p10le", "yuv422p10le", "yuv444p", "yuvj420p")
ASPECTS = ("1:1", "1:1", "1:1", "16:11", "64:45", "4:3", "1:2")
RATES = (1.0, 10.0, 12.0, 23.976024, 24.0, 25.0, 29.97003, 30.0, 59.94006, 60.0, 120.0, 240.0)
SIDES = (1, 2, 15, 16, 299, 300, 301, 480, 640, 641, 720, 1080, 1112, 1280, 1920, 3840, 5999,
         6000, 6001, 9999, 10_000)  # fmt: skip
LENGTHS = (0.1, 1.8, 1.999999, 2.0, 2.000001, 5.0, 7.5, 14.999999, 15.0, 15.000001, 15.015, 4000.0)
FRAMES = {"image": {"image-dimensions", "image-aspect-ratio"},
          "video": {"video-pixels", "video-dimensions", "video-aspect-ratio"}}  # fmt: skip
"""The rules that a wrong ratio breaks where neither crop nor border is allowed."""
TOO_SHORT = {"video-total-duration", "video-duration", "audio-duration"}
"""The rules that videos and audio that are too short break."""
ALLOWED: tuple[tuple[Loss, ...], ...] = ((), (), ("crop",), ("pad",))


def side(rng: random.Random) -> int:
    """A side in pixels: even over all magnitudes, or just where some limit is."""
    even = round(math.exp(rng.uniform(0, math.log(10_000))))
    return rng.choice((even, even, rng.randint(1, 10_000), rng.choice(SIDES)))


def sides(rng: random.Random) -> dict[str, int]:
    """Any width and height; two of three frames have a ratio near those that are accepted."""
    width = side(rng)
    near = round(width * math.exp(rng.uniform(-1.1, 1.1)))
    return {
        "width": width,
        "height": rng.choice((side(rng), near or 1, min(near or 1, 10_000))),
    }


def duration(rng: random.Random) -> float:
    """Seconds, to the microsecond."""
    even = math.exp(rng.uniform(math.log(0.1), math.log(4000)))
    return round(rng.choice((even, rng.uniform(0.1, 20), rng.choice(LENGTHS))), 6)


def file_size(rng: random.Random) -> int:
    return round(math.exp(rng.uniform(math.log(1000), math.log(2e9))))


def any_image(rng: random.Random) -> Image:
    return image(
        **sides(rng),
        format=rng.choice(FORMATS["image"]),
        size=file_size(rng),
        orientation=rng.choice((1, 1, *range(1, 9))),
        color_space=rng.choice(("sRGB", "sRGB", "Gray", "CMYK", "Display P3")),
        alpha=rng.random() < 0.2,
        frames=rng.choice((1, 1, 1, 12)),
    )


def any_video(rng: random.Random) -> Video:
    audio_codec = rng.choice(AUDIO_CODECS)
    fps = rng.choice((*RATES, round(rng.uniform(1, 240), 6)))
    uneven = rng.choice((1.0, 1.0, 2.5))
    return video(
        **sides(rng),
        format=rng.choice(FORMATS["video"]),
        size=file_size(rng),
        duration=duration(rng),
        frame_rate=fps,
        frame_durations=(1 / fps, uneven / fps),
        video_codec=rng.choice(VIDEO_CODECS),
        pixel_format=rng.choice(PIXELS),
        rotation=rng.choice((0, 0, 90, 180, 270)),
        mirrored=rng.random() < 0.1,
        sample_aspect_ratio=rng.choice(ASPECTS),
        transfer=rng.choice(("SDR", "SDR", "SDR", "PQ", "HLG")),
        scan=rng.choice(("progressive", "progressive", "interlaced")),
        audio_codec=audio_codec,
        sample_rate=audio_codec and rng.choice((22_050, 44_100, 48_000, 96_000)),
        channels=audio_codec and rng.choice((1, 2, 6)),
    )


def any_audio(rng: random.Random) -> Audio:
    return audio(
        format=rng.choice(FORMATS["audio"]),
        size=file_size(rng),
        duration=duration(rng),
        audio_codec=rng.choice(("pcm_s16le", "pcm_s24le", "mp3", "aac", "flac", "opus")),
        sample_rate=rng.choice((8_000, 22_050, 44_100, 48_000, 96_000, 192_000)),
        channels=rng.choice((1, 2, 6)),
    )


def windowed(rng: random.Random, media: Video | Audio, place: int) -> Reference:
    """All of it, mostly; else a window that starts before its end."""
    if rng.random() < 0.7:
        return reference(f"{media.kind}{place}", media)
    start = round(rng.uniform(0, (media.duration or 0) * 0.9), 3)
    end = rng.choice((None, round(start + rng.uniform(0.1, 20), 3)))
    return reference(f"{media.kind}{place}", media, Window(start=start, end=end))


def any_references(rng: random.Random) -> ReferenceSet:
    """1 to 3 videos, up to 9 images and up to 3 audio files."""
    return reference_set(
        *(any_image(rng) for _ in range(rng.choice((0, 0, 1, 2, 3, 9)))),
        *(windowed(rng, any_video(rng), n) for n in range(1, rng.randint(1, 3) + 1)),
        *(windowed(rng, any_audio(rng), n) for n in range(1, rng.randint(0, 3) + 1)),
    )


class Case:
    """A reference set, its plan, and the reference set that the plan predicts."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        self.seed, self.references, self.allow = seed, any_references(rng), rng.choice(ALLOWED)
        self.plan: Plan = plan(self.references, ENVELOPE, Options(allow=frozenset(self.allow)))
        references = tuple(file.predicted for file in self.plan.files)
        self.predicted = self.references.model_copy(update={"references": references})

    def left(self, slot: str | None) -> set[str]:
        """The rules of the findings that are left for one file."""
        return {found.rule for found in self.plan.findings if found.slot in (slot, None)}


@cache
def cases() -> list[Case]:
    return [Case(seed) for seed in range(CASES)]


def files(*kinds: type) -> Iterator[tuple[Case, FilePlan, Any, Any]]:
    """Every file of some kinds: its case, its plan, and its facts before and after."""
    for case in cases():
        for file in case.plan.files:
            if isinstance(file.reference.media, kinds):
                yield case, file, file.reference.media, file.predicted.media


def ratio_fits(media: Image | Video) -> bool:
    return 0.4 <= media.width / media.height <= 2.5


def frame_fits(media: Any) -> bool:
    """True for a frame that meets the limits of the provider's page, written once more."""
    area = isinstance(media, Image) or 409_600 <= media.width * media.height <= 927_408
    return (
        area
        and min(media.dimensions) >= 300
        and max(media.dimensions) <= 6000
        and ratio_fits(media)
    )


def reframed(file: FilePlan, media: Any) -> tuple[int, int]:
    """The sides before scaling: of the crop or the bordered frame, where there is one."""
    sides = [(step.width, step.height) for step in file.steps if isinstance(step, Crop | Pad)]
    return sides[-1] if sides else (media.width, media.height)


def where(case: Case, file: FilePlan, *more: Any) -> tuple[Any, ...]:
    """What reproduces a counterexample."""
    return (case.seed, file.reference.slot, *more)


def test_tens_of_thousands_of_media_are_planned() -> None:
    assert sum(len(case.plan.files) for case in cases()) > 20_000


def test_every_frame_meets_the_limits_or_has_a_finding() -> None:
    unreported = [
        where(case, file, before.dimensions, after.dimensions)
        for case, file, before, after in files(Image, Video)
        if not frame_fits(after) and not case.left(file.reference.slot) & FRAMES[after.kind]
    ]
    assert unreported == []


def test_only_a_wrong_ratio_that_may_not_be_fixed_is_left() -> None:
    left = [
        where(case, file, before.dimensions, after.dimensions)
        for case, file, before, after in files(Image, Video)
        if not frame_fits(after) and (ratio_fits(before) or case.allow)
    ]
    assert left == []


def test_the_only_other_finding_that_is_left_is_a_file_that_is_too_short() -> None:
    for case, file, before, _ in files(Image, Video, Audio):
        allowed = FRAMES.get(before.kind, set()) if not case.allow else set()
        rules = {
            found.rule
            for found in case.plan.findings
            if found.slot == file.reference.slot and found.level != "info"
        }
        assert rules <= allowed | TOO_SHORT, where(case, file, rules)


def test_an_encoded_video_has_even_sides() -> None:
    odd = [
        where(case, file, after.dimensions)
        for case, file, _, after in files(Video)
        if any(isinstance(step, Encode) for step in file.steps)
        and (after.width % 2 or after.height % 2)
    ]
    assert odd == []


def test_proportions_are_kept_within_half_a_per_cent() -> None:
    distorted = [
        where(case, file, before.dimensions, after.dimensions)
        for case, file, before, after in files(Image, Video)
        if frame_fits(after)
        and abs(
            math.log(after.aspect_ratio * reframed(file, before)[1] / reframed(file, before)[0])
        )
        > 0.00501
    ]
    assert distorted == []


def test_a_frame_that_meets_the_limits_is_scaled_only_for_even_sides_and_square_pixels() -> None:
    needless = [
        where(case, file, before.dimensions)
        for case, file, before, _ in files(Image, Video)
        if frame_fits(before) and any(isinstance(step, Scale) for step in file.steps)
        if not (isinstance(before, Video) and _must_scale(file, before))
    ]
    assert needless == []


def _must_scale(file: FilePlan, before: Video) -> bool:
    odd = before.width % 2 or before.height % 2
    encoded = any(isinstance(step, Encode) for step in file.steps)
    return before.sample_aspect_ratio != "1:1" or bool(odd and encoded)


def test_no_frame_is_enlarged_further_than_the_lower_limit() -> None:
    for case, file, before, after in files(Image, Video):
        grown = math.prod(after.dimensions) / math.prod(reframed(file, before))
        floor = min(after.dimensions) / 300
        if isinstance(after, Video):
            floor = min(floor, math.sqrt(after.pixels / 409_600))
        assert grown < 1.065 or floor < 1.05, where(case, file, before.dimensions, after.dimensions)


def test_total_durations_and_sizes_meet_the_limits() -> None:
    for case in cases():
        after = [file.predicted for file in case.plan.files]
        videos = [predicted for predicted in after if isinstance(predicted.media, Video)]
        audios = [predicted for predicted in after if isinstance(predicted.media, Audio)]
        assert sum(predicted.duration or 0 for predicted in videos) <= 15.0000001, case.seed
        assert sum(predicted.duration or 0 for predicted in audios) <= 15.0000001, case.seed
        assert sum(predicted.media.size or 0 for predicted in videos) < 50_000_000, case.seed
        assert all((predicted.media.size or 0) <= 15_000_000 for predicted in audios), case.seed


def test_a_predicted_set_needs_no_further_step() -> None:
    for case in cases()[::5]:
        if not any(map(_is_thread, case.predicted.references)):
            again = plan(case.predicted, ENVELOPE, Options(allow=frozenset(case.allow)))
            steps = [(file.reference.slot, file.steps) for file in again.files if file.steps]
            assert steps == [], case.seed
            assert again.findings == case.plan.findings, case.seed


def _is_thread(predicted: Reference) -> bool:
    """True for what comes of frames one pixel thin, whose proportions even sides cannot keep."""
    return min(getattr(predicted.media, "dimensions", (9,))) <= 2
