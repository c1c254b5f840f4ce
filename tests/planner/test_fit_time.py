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


def lasting(seconds: float | None, window: Window | None = None) -> Reference:
    return reference("video1", video(duration=seconds), window)


@many(150)
@given(MICROSECONDS)
def test_a_clip_of_2_to_15_s_is_not_cut(microseconds: int) -> None:
    assert fit_time.fit(lasting(microseconds / 1e6), ENVELOPE, Options()) == []


@many(150)
@given(MICROSECONDS)
def test_a_clip_is_not_cut_where_its_share_is_its_own_length(microseconds: int) -> None:
    seconds = microseconds / 1e6
    tight = ENVELOPE.tighten("video-total-duration", Range(max=seconds))
    assert fit_time.fit(lasting(seconds), tight, Options()) == []


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
    assert fit_time.fit(lasting(duration, window), ENVELOPE, Options()) == [
        Trim(start=start, end=end)
    ]


@pytest.mark.parametrize("window", [Window(), Window(end=8), Window(start=0, end=99)])
def test_a_window_over_the_whole_file_cuts_nothing(window: Window) -> None:
    assert fit_time.fit(lasting(8.0, window), ENVELOPE, Options()) == []


@many(150)
@given(st.floats(0.001, 1000), st.floats(0.001, 15))
def test_the_kept_part_is_never_longer_than_the_share(seconds: float, share: float) -> None:
    tight = ENVELOPE.tighten("video-total-duration", Range(max=share))
    trims = [
        step for step in fit_time.fit(lasting(seconds), tight, Options()) if isinstance(step, Trim)
    ]
    kept = trims[0].end - trims[0].start if trims else seconds
    assert kept <= min(seconds, share) + 1e-9


@pytest.mark.parametrize("media", [image(), video(duration=None), audio(duration=None)])
def test_what_has_no_known_length_is_not_cut(media: Media) -> None:
    wanted = reference(f"{media.kind}1", media, Window(start=3))
    assert fit_time.fit(wanted, ENVELOPE, Options()) == []


@pytest.mark.parametrize(
    ("frame_rate", "shown"),
    [(23.976, 24), (10.0, 24), (60.1, 60), (120.0, 60), (1000.0, 60)],
)
def test_a_rate_outside_becomes_the_nearest_inside(frame_rate: float, shown: float) -> None:
    assert fit_time.fit_rate(video(frame_rate=frame_rate), ENVELOPE) == [Retime(frame_rate=shown)]


@many(200)
@given(st.floats(24, 60))
def test_a_rate_inside_stays(fps: float) -> None:
    assert fit_time.fit_rate(video(frame_rate=fps), ENVELOPE) == []


def test_an_unknown_rate_is_left_alone() -> None:
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
def test_head_tail_or_middle_of_what_is_asked_for_is_kept(
    keep: Keep, window: Window | None, start: float
) -> None:
    (trim,) = fit_time.fit(lasting(42.0, window), ENVELOPE, Options(keep=keep))
    assert (trim.start, trim.end) == (start, start + 15)


KEYS = tuple(2.0 * place for place in range(20))


def cut(start: float, end: float, options: Options, *, wanted: bool) -> Trim | None:
    """The trim of a clip of 40 s with a key frame every 2 s, from the nearest of them."""
    media = video(duration=40.0, key_frames=KEYS)
    item = reference("video1", media, Window(start=start, end=end) if wanted else None)
    return fit_time.on_key_frame(Trim(start=start, end=end), item, media, ENVELOPE, options)


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
def test_an_asked_start_gives_way_to_a_key_frame_half_a_second_off(
    start: float, end: float, kept: tuple[float, float] | None
) -> None:
    trim = cut(start, end, Options(), wanted=True)
    assert (trim and (trim.start, trim.end)) == kept


@pytest.mark.parametrize("start", [12.0, 12.0004])
def test_an_exact_start_is_a_key_frame_only_where_it_is_one(start: float) -> None:
    assert cut(start, 20.0, Options(frame_accurate=True), wanted=True) is not None
    assert cut(start + 0.1, 20.0, Options(frame_accurate=True), wanted=True) is None


def test_a_start_that_nobody_asked_for_may_move_further() -> None:
    assert cut(13.0, 28.0, Options(keep="middle"), wanted=False) == Trim(start=12, end=27)


def test_a_tail_keeps_its_end() -> None:
    assert cut(25.0, 40.0, Options(keep="tail"), wanted=False) == Trim(start=26, end=40)


@many(200)
@given(st.floats(0.1, 37), st.floats(2, 15), st.sampled_from(["head", "tail", "middle"]))
def test_a_cut_from_a_key_frame_stays_in_the_file_and_in_the_limits(
    start: float, length: float, keep: Keep
) -> None:
    trim = cut(start, min(40.0, start + length), Options(keep=keep), wanted=False)
    if trim is not None:
        assert trim.start in KEYS
        assert trim.end <= 40.0
        assert 2 - 1e-6 <= trim.end - trim.start <= 15


@pytest.mark.parametrize("mode", ["loop", "ping-pong", "freeze"])
def test_a_short_clip_is_lengthened_only_in_a_way_that_is_allowed(mode: Loss) -> None:
    short = lasting(1.2)
    assert fit_time.lengthen(short, [], ENVELOPE, Options()) == []
    assert fit_time.lengthen(short, [], ENVELOPE, Options(allow=frozenset({"crop"}))) == []
    (step,) = fit_time.lengthen(short, [], ENVELOPE, Options(allow=frozenset({mode})))
    assert (step.mode, step.duration) == (mode, 2.0)


@many(100)
@given(MICROSECONDS)
def test_what_is_long_enough_is_not_lengthened(microseconds: int) -> None:
    options = Options(allow=frozenset({"loop", "ping-pong", "freeze"}))
    assert fit_time.lengthen(lasting(microseconds / 1e6), [], ENVELOPE, options) == []
