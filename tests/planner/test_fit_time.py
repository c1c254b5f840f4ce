"""Time: the part that is kept, and the frame rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.models.limits import Range
from refprep.models.media import Media
from refprep.models.reference import Reference
from refprep.models.source import Window
from refprep.models.steps import Retime, Trim
from refprep.options import Keep, Loss, Options
from refprep.planner import fit_time
from tests.examples import ENVELOPE, audio, image, many, reference, video

MICROSECONDS = st.integers(2_000_000, 15_000_000)


def video_reference(seconds: float | None, window: Window | None = None) -> Reference:
    return reference("video1", video(duration=seconds), window)


@many(150)
@given(MICROSECONDS)
def test_a_video_of_2_to_15_s_is_not_trimmed(microseconds: int) -> None:
    assert fit_time.fit(video_reference(microseconds / 1e6), ENVELOPE, Options()) == []


@many(150)
@given(MICROSECONDS)
def test_a_video_is_not_trimmed_where_its_share_is_its_own_duration(microseconds: int) -> None:
    seconds = microseconds / 1e6
    tight = ENVELOPE.tighten("video-total-duration", Range(max=seconds))
    assert fit_time.fit(video_reference(seconds), tight, Options()) == []


@pytest.mark.parametrize(
    ("duration", "window", "start", "end"),
    [
        (42.0, None, 0, 15),
        (15.015, None, 0, 15),
        (42.0, Window(start=12), 12, 27),
        (42.0, Window(start=12, end=20), 12, 20),
        (42.0, Window(start=12, end=30), 12, 27),
        (42.0, Window(start=40, end=60), 40, 42),
        (8.0, Window(end=5), 0, 5),
        (8.0, Window(start=5), 5, 8),
    ],
)
def test_the_kept_part_begins_where_the_window_does(
    duration: float, window: Window | None, start: float, end: float
) -> None:
    assert fit_time.fit(video_reference(duration, window), ENVELOPE, Options()) == [
        Trim(start=start, end=end)
    ]


@pytest.mark.parametrize("window", [Window(), Window(end=8), Window(start=0, end=99)])
def test_a_window_over_the_whole_file_trims_nothing(window: Window) -> None:
    assert fit_time.fit(video_reference(8.0, window), ENVELOPE, Options()) == []


@many(150)
@given(st.floats(0.001, 1000), st.floats(0.001, 15))
def test_the_kept_part_is_never_longer_than_the_share(seconds: float, share: float) -> None:
    tight = ENVELOPE.tighten("video-total-duration", Range(max=share))
    trims = [
        step
        for step in fit_time.fit(video_reference(seconds), tight, Options())
        if isinstance(step, Trim)
    ]
    kept = trims[0].end - trims[0].start if trims else seconds
    assert kept <= min(seconds, share) + 1e-9


@pytest.mark.parametrize("media", [image(), video(duration=None), audio(duration=None)])
def test_media_without_a_known_duration_are_not_trimmed(media: Media) -> None:
    windowed = reference(f"{media.kind}1", media, Window(start=3))
    assert fit_time.fit(windowed, ENVELOPE, Options()) == []


@pytest.mark.parametrize(
    ("frame_rate", "expected"),
    [(23.976, 24), (10.0, 24), (60.1, 60), (120.0, 60), (1000.0, 60)],
)
def test_a_frame_rate_beyond_the_limits_becomes_the_nearest_accepted_one(
    frame_rate: float, expected: float
) -> None:
    assert fit_time.fit_rate(video(frame_rate=frame_rate), ENVELOPE) == [
        Retime(frame_rate=expected)
    ]


@many(200)
@given(st.floats(24, 60))
def test_an_accepted_frame_rate_is_kept(fps: float) -> None:
    assert fit_time.fit_rate(video(frame_rate=fps), ENVELOPE) == []


def test_an_unknown_frame_rate_is_kept() -> None:
    assert fit_time.fit_rate(video(frame_rate=None), ENVELOPE) == []


@pytest.mark.parametrize(
    ("keep", "window", "start"),
    [
        ("head", None, 0.0),
        ("tail", None, 27.0),
        ("middle", None, 13.5),
        ("tail", Window(start=4, end=30), 15.0),
        ("middle", Window(start=4, end=30), 9.5),
        ("best", None, 0.0),
    ],
)
def test_the_head_tail_or_middle_of_the_window_is_kept(
    keep: Keep, window: Window | None, start: float
) -> None:
    (trim,) = fit_time.fit(video_reference(42.0, window), ENVELOPE, Options(keep=keep))
    assert (trim.start, trim.end) == (start, start + 15)


KEYS = tuple(2.0 * place for place in range(20))


def trimmed(start: float, end: float, options: Options, *, window: bool) -> Trim | None:
    """The trim of a video of 40 s with a key frame every 2 s, moved to the nearest of them."""
    media = video(duration=40.0, key_frames=KEYS)
    windowed = reference("video1", media, Window(start=start, end=end) if window else None)
    return fit_time.on_key_frame(Trim(start=start, end=end), windowed, media, ENVELOPE, options)


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        (12.0, 20.0, (12, 20)),
        (12.4, 20.0, (12, 20)),
        (11.6, 20.0, (12, 20)),
        (12.4, 27.4, (12, 27)),
        (13.0, 20.0, None),
    ],
)
def test_the_start_of_a_window_moves_to_a_key_frame_within_half_a_second(
    start: float, end: float, kept: tuple[float, float] | None
) -> None:
    trim = trimmed(start, end, Options(), window=True)
    assert (trim and (trim.start, trim.end)) == kept


@pytest.mark.parametrize("start", [12.0, 12.0004])
def test_a_frame_accurate_start_is_not_moved_to_a_key_frame(start: float) -> None:
    assert trimmed(start, 20.0, Options(frame_accurate=True), window=True) is not None
    assert trimmed(start + 0.1, 20.0, Options(frame_accurate=True), window=True) is None


def test_a_start_without_a_window_may_move_further() -> None:
    assert trimmed(13.0, 28.0, Options(keep="middle"), window=False) == Trim(start=12, end=27)


def test_a_tail_keeps_its_end() -> None:
    assert trimmed(25.0, 40.0, Options(keep="tail"), window=False) == Trim(start=26, end=40)


@many(200)
@given(st.floats(0.1, 37), st.floats(2, 15), st.sampled_from(["head", "tail", "middle"]))
def test_a_trim_from_a_key_frame_stays_within_the_file_and_the_limits(
    start: float, length: float, keep: Keep
) -> None:
    trim = trimmed(start, min(40.0, start + length), Options(keep=keep), window=False)
    if trim is not None:
        assert trim.start in KEYS
        assert trim.end <= 40.0
        assert 2 - 1e-6 <= trim.end - trim.start <= 15


@pytest.mark.parametrize("mode", ["loop", "ping-pong", "freeze"])
def test_a_short_video_is_lengthened_only_in_a_way_that_is_allowed(mode: Loss) -> None:
    short = video_reference(1.2)
    assert fit_time.lengthen(short, [], ENVELOPE, Options()) == []
    assert fit_time.lengthen(short, [], ENVELOPE, Options(allow=frozenset({"crop"}))) == []
    (step,) = fit_time.lengthen(short, [], ENVELOPE, Options(allow=frozenset({mode})))
    assert (step.mode, step.duration) == (mode, 2.0)


@many(100)
@given(MICROSECONDS)
def test_a_video_that_is_long_enough_is_not_lengthened(microseconds: int) -> None:
    options = Options(allow=frozenset({"loop", "ping-pong", "freeze"}))
    assert fit_time.lengthen(video_reference(microseconds / 1e6), [], ENVELOPE, options) == []
