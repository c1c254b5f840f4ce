"""Every kind of clip comes out inside, by two readers, and shows and sounds what it did."""

import shutil
from itertools import combinations, product
from pathlib import Path

import pytest

import refprep
from fixtures.clips import clip
from refprep.models.envelope import Envelope
from refprep.models.media import Video
from tests import seeing
from tests.made import ENVELOPE, SHRINK, SHRUNK
from tests.matrix import factors, judge
from tests.matrix.cover import Row, pairs

ROWS = factors.rows()
LEAST_PSNR = 25.0
"""Likeness in dB that scaling such small pictures by a factor of 2 leaves."""
FRAME = 1 / 24
DELAYED = 1 / 12
"""Seconds that AVI shows the first picture longer, where its sound begins before it."""


def named(row: Row) -> str:
    return "-".join(value.replace(" ", "") for _, value in sorted(row.items()))


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_a_clip_of_any_kind_comes_out_inside_and_shows_the_same(tmp_path: Path, row: Row) -> None:
    result = mended(factors.make(row, tmp_path), tmp_path / "out", SHRUNK)
    assert_inside(result, SHRINK)
    assert_alike(result, row)
    again = refprep.plan([result.path], envelope=SHRUNK, quick=True)
    assert [file.steps for file in again.files] == [()]


@pytest.mark.parametrize("row", ROWS[::13], ids=named)
def test_the_limits_of_the_page_are_kept_the_same_way(tmp_path: Path, row: Row) -> None:
    result = mended(factors.make(row, tmp_path), tmp_path / "out", ENVELOPE)
    assert_inside(result)
    assert_alike(result, row)


def test_a_phone_s_clip_of_high_dynamic_range_and_uneven_pace_comes_out_inside(
    tmp_path: Path,
) -> None:
    phone = clip(
        tmp_path / "a.mov", size=(160, 96), rotation=90, transfer="hlg", times=factors.HALTING
    )
    result = mended(phone, tmp_path / "out", SHRUNK)
    assert_inside(result, SHRINK)
    colors = seeing.corners(seeing.first_frame(result.path))[:3]
    assert [color.argmax() for color in colors] == [0, 1, 2]
    assert seeing.flash_times(result.path) == pytest.approx([0, 1, 2], abs=FRAME)


def mended(source: Path, folder: Path, envelope: Envelope) -> refprep.Prepared:
    """What fix makes of a clip; nothing may be left to complain about."""
    fixed = refprep.fix([source], folder, envelope=envelope)
    assert [found.message for found in fixed.findings if found.level != "info"] == []
    (prepared,) = fixed.prepared
    return prepared


def assert_inside(result: refprep.Prepared, shrink: int = 1) -> None:
    """By refprep, which decodes it anew, and by ffprobe, where that is installed."""
    after = refprep.probe(result.path)
    assert isinstance(after, Video)
    assert after == result.after
    assert (after.decode_errors, after.missing_duration) == (0, 0)
    if shutil.which("ffprobe"):
        assert judge.breaches(result.path, shrink) == []


def assert_alike(result: refprep.Prepared, row: Row) -> None:
    """Upright, in its proportions and colors, flashing and clicking on the whole seconds."""
    picture = seeing.first_frame(result.path)
    width, height = factors.shown(row)
    assert picture.shape[1] / picture.shape[0] == pytest.approx(width / height, rel=0.005)
    assert seeing.off(picture) < 6
    assert seeing.still_psnr(picture) > LEAST_PSNR
    late = DELAYED if row["container"] == "avi" else 0
    assert seeing.flash_times(result.path) == pytest.approx([0, 1, 2], abs=FRAME + late)
    if row["sound"] != "none":
        assert seeing.click_times(result.path) == pytest.approx([0, 1, 2], abs=FRAME)


def test_every_two_values_that_go_together_do_stand_together() -> None:
    together = {pair for row in ROWS for pair in pairs(row)}
    alone = {
        (one, left, other, right)
        for one, other in combinations(factors.VALUES, 2)
        for left, right in product(factors.VALUES[one], factors.VALUES[other])
        if factors.possible({one: left, other: right})
        and frozenset({(one, left), (other, right)}) not in together
    }
    assert alone == {  # what WebM takes has neither
        ("container", "webm", "pixels", "420 full"),
        ("container", "webm", "pixel aspect", "16:11"),
    }


def test_the_rows_are_possible_few_and_always_the_same() -> None:
    assert all(map(factors.possible, ROWS))
    assert len(ROWS) < 60
    assert factors.rows() == ROWS


def test_the_other_reading_of_the_limits_refuses_what_lies_outside(tmp_path: Path) -> None:
    if not shutil.which("ffprobe"):
        pytest.skip("ffprobe is not installed")
    source = clip(tmp_path / "a.mov", size=(321, 241), duration=1, rotation=90, frame_rate=factors.SLOW,
                  pixel_format="yuv444p", audio="pcm_s16le", channels=1)  # fmt: skip
    words = " ".join(judge.breaches(source))
    for limit in ("area", "dimensions", "rates", "pixels", "turn", "sound", "container", "frames"):
        assert limit in words
