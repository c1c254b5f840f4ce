"""Every kind of video meets the limits when fixed, by two readers, with the same content."""

import shutil
from itertools import combinations, product
from pathlib import Path

import pytest

import refprep
from fixtures.clips import clip
from refprep.models.media import Video
from tests import measure
from tests.examples import ENVELOPE, SHRINK, SHRUNK
from tests.matrix import factors, judge
from tests.matrix.cover import Row, pairs
from tests.transforms.fixing import fixed

ROWS = factors.rows()
MIN_PSNR = 24.0
"""In dB: what scaling such small frames up leaves; a wrong orientation is below 19."""
FRAME = 1 / 24
DELAYED = 1 / 12
"""Seconds that AVI displays the first frame longer, where its audio starts before it."""


def row_id(row: Row) -> str:
    return "-".join(value.replace(" ", "") for _, value in sorted(row.items()))


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row_id(row), marks=() if place % 10 == 0 else pytest.mark.extensive)
        for place, row in enumerate(ROWS)
    ],
)
def test_a_video_of_any_kind_meets_the_limits_with_the_same_content(
    tmp_path: Path, row: Row
) -> None:
    result = fixed(factors.write(row, tmp_path), tmp_path / "out", envelope=SHRUNK)
    assert_accepted(result, SHRINK)
    assert_alike(result, row)
    again = refprep.plan([result.path], envelope=SHRUNK, quick=True)
    assert [file.steps for file in again.files] == [()]


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS[::13], ids=row_id)
def test_the_unchanged_limits_of_the_provider_are_met_the_same_way(
    tmp_path: Path, row: Row
) -> None:
    result = fixed(factors.write(row, tmp_path), tmp_path / "out", envelope=ENVELOPE)
    assert_accepted(result)
    assert_alike(result, row)


def test_a_phone_s_video_of_high_dynamic_range_and_variable_frame_rate_meets_the_limits(
    tmp_path: Path,
) -> None:
    phone = clip(
        tmp_path / "a.mov", size=(160, 96), rotation=90, transfer="hlg", times=factors.HALTING
    )
    result = fixed(phone, tmp_path / "out", envelope=SHRUNK)
    assert_accepted(result, SHRINK)
    colors = measure.corners(measure.first_frame(result.path))[:3]
    assert [color.argmax() for color in colors] == [0, 1, 2]
    assert measure.flash_times(result.path) == pytest.approx([0, 1, 2], abs=FRAME)


def assert_accepted(result: refprep.Prepared, shrink: int = 1) -> None:
    """By refprep, which decodes it again, and by ffprobe, where that is installed."""
    after = refprep.probe(result.path)
    assert isinstance(after, Video)
    assert after == result.after
    assert (after.decode_errors, after.missing_duration) == (0, 0)
    if shutil.which("ffprobe"):
        assert judge.breaches(result.path, shrink) == []


def assert_alike(result: refprep.Prepared, row: Row) -> None:
    """Upright, with its aspect ratio and colors, flashes and clicks on the whole seconds."""
    picture = measure.first_frame(result.path)
    width, height = factors.displayed_size(row)
    assert picture.shape[1] / picture.shape[0] == pytest.approx(width / height, rel=0.005)
    assert measure.color_error(picture) < 6
    assert measure.still_psnr(picture) > MIN_PSNR
    late = DELAYED if row["container"] == "avi" else 0
    assert measure.flash_times(result.path) == pytest.approx([0, 1, 2], abs=FRAME + late)
    if row["audio"] != "none":
        clicks = measure.click_times(result.path)
        if row["container"] == "avi" and len(clicks) == 2:  # the first one precedes the first frame
            clicks = [0, *clicks]
        assert clicks == pytest.approx([0, 1, 2], abs=FRAME)


def test_every_two_values_that_combine_stand_together() -> None:
    together = {pair for row in ROWS for pair in pairs(row)}
    missing = {
        (first, left, second, right)
        for first, second in combinations(factors.VALUES, 2)
        for left, right in product(factors.VALUES[first], factors.VALUES[second])
        if factors.possible({first: left, second: right})
        and frozenset({(first, left), (second, right)}) not in together
    }
    assert missing == {  # no codec of WebM has either
        ("container", "webm", "pixel format", "420 full"),
        ("container", "webm", "sample aspect ratio", "16:11"),
    }


def test_the_rows_are_possible_few_and_always_the_same() -> None:
    assert all(map(factors.possible, ROWS))
    assert len(ROWS) < 60
    assert factors.rows() == ROWS


def test_the_second_reading_of_the_limits_refuses_what_exceeds_them(tmp_path: Path) -> None:
    if not shutil.which("ffprobe"):
        pytest.skip("ffprobe is not installed")
    source = clip(
        tmp_path / "a.mov",
        size=(321, 241),
        duration=1,
        frame_rate=factors.SLOW,
        pixel_format="yuv444p",
        rotation=90,
        audio="pcm_s16le",
        channels=1,
    )
    text = " ".join(judge.breaches(source))
    for limit in (
        "area",
        "dimensions",
        "frame rates",
        "pixel format",
        "rotation",
        "audio",
        "container",
        "frames",
    ):
        assert limit in text
