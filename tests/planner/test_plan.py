"""Plans: from any reference set to media that meet the limits, with the least loss."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.limits import OneOf, Range
from refprep.models.media import Audio, Image, Media, Unreadable, Video
from refprep.models.plan import Plan
from refprep.models.reference import Reference, ReferenceSet
from refprep.models.source import Source, Window
from refprep.models.steps import (
    DEFAULT_COSTS,
    ConvertColor,
    Crop,
    Deinterlace,
    Encode,
    ExtractAudio,
    FirstFrame,
    Pad,
    Remux,
    Rename,
    Retime,
    Rotate,
    Scale,
    Step,
    Trim,
)
from refprep.options import Loss, Options
from refprep.planner import plan
from refprep.planner.suggest import with_repairs
from refprep.rules import RULES, check
from tests.examples import ENVELOPE, ENVELOPES, audio, image, many, reference, reference_set, video

BYTES = st.integers(1_000, 300_000_000)
SIZES = st.tuples(st.integers(16, 9000), st.integers(16, 9000)).filter(
    lambda size: 0.4 <= size[0] / size[1] <= 2.5
)
ANY_ENVELOPE = st.sampled_from(ENVELOPES)
COST = re.compile(r"\((lossless|lossy|trim|crop|synthesize)\)")
ASPECTS = {rule.name: rule.aspect for rule in RULES}


def lengths(low: float, high: float) -> st.SearchStrategy[float]:
    """Seconds, to the microsecond as probing tells them."""
    return st.integers(round(low * 1e6), round(high * 1e6)).map(lambda whole: whole / 1e6)


@st.composite
def images(draw: st.DrawFn) -> Image:
    width, height = draw(SIZES)
    return image(
        width=width,
        height=height,
        format=draw(st.sampled_from(("JPEG", "PNG", "WebP", "HEIF", "GIF", "MPO", "TIFF"))),
        size=draw(BYTES),
        orientation=draw(st.integers(1, 8)),
        color_space=draw(st.sampled_from(("sRGB", "Gray", "CMYK", "Display P3", "RGB 16-bit"))),
        alpha=draw(st.booleans()),
        frames=draw(st.sampled_from((1, 40))),
    )


@st.composite
def clips(draw: st.DrawFn) -> Video:
    width, height = draw(SIZES)
    return video(
        width=width,
        height=height,
        format=draw(st.sampled_from(("MP4", "MOV", "WebM", "Matroska"))),
        size=draw(BYTES),
        duration=draw(lengths(2, 100)),
        frame_rate=draw(st.sampled_from((10.0, 23.976024, 24.0, 29.97003, 60.0, 120.0))),
        video_codec=draw(st.sampled_from(("h264", "hevc", "vp9", None))),
        audio_codec=draw(st.sampled_from(("aac", "opus", None))),
        pixel_format=draw(st.sampled_from(("yuv420p", "yuvj420p", "yuv420p10le", "yuv444p"))),
        rotation=draw(st.sampled_from((0, 90, 180, 270))),
        mirrored=draw(st.booleans()),
        sample_aspect_ratio=draw(st.sampled_from(("1:1", "4:3"))),
        transfer=draw(st.sampled_from(("SDR", "PQ", "HLG"))),
        scan=draw(st.sampled_from(("progressive", "interlaced"))),
        missing_duration=draw(st.sampled_from((0.0, 3.0))),
        decode_errors=draw(st.sampled_from((None, 0, 3))),
    )


@st.composite
def sounds(draw: st.DrawFn) -> Audio:
    return audio(
        format=draw(st.sampled_from(("WAV", "MP3", "M4A", "FLAC"))),
        size=draw(BYTES),
        duration=draw(lengths(2, 100)),
        audio_codec=draw(st.sampled_from(("pcm_s16le", "pcm_s24le", "mp3", "aac"))),
        sample_rate=draw(st.sampled_from((8_000, 44_100, 96_000, None))),
        channels=draw(st.sampled_from((1, 2, 6))),
    )


@st.composite
def lineups(draw: st.DrawFn) -> ReferenceSet:
    """Any files of right proportions and enough length, alone or in company."""
    return reference_set(
        *draw(st.lists(images(), min_size=1, max_size=3)),
        *[
            windowed(draw, video, n)
            for n, video in enumerate(draw(st.lists(clips(), max_size=3)), 1)
        ],
        *[
            windowed(draw, item, n)
            for n, item in enumerate(draw(st.lists(sounds(), max_size=3)), 1)
        ],
    )


def windowed(draw: st.DrawFn, media: Video | Audio, place: int) -> Reference:
    """The whole of it, or a part of 2 s or more."""
    start = draw(lengths(0, (media.duration or 0) - 2))
    end = draw(lengths(2, 100).map(lambda more: start + more) | st.none())
    window = draw(st.none() | st.just(Window(start=start, end=end)))
    return reference(f"{media.kind}{place}", media, window)


@st.composite
def conforming(draw: st.DrawFn) -> ReferenceSet:
    """Clips and sounds of 2 to 15 s in all, every one inside by itself."""
    moving = [video(duration=seconds) for seconds in draw(parts())]
    return reference_set(image(), *moving, *[audio(duration=seconds) for seconds in draw(parts())])


@st.composite
def parts(draw: st.DrawFn) -> list[float]:
    """Up to three lengths of 2 s or more, which often fill the 15 s to the last microsecond."""
    cuts = sorted(draw(st.lists(st.integers(0, 9_000_000), min_size=3, max_size=3)))
    count = draw(st.integers(1, 3))
    ends = [*cuts[: count - 1], draw(st.sampled_from((9_000_000, cuts[-1])))]
    starts = [0, *ends[:-1]]
    return [(2_000_000 + end - start) / 1e6 for start, end in zip(starts, ends, strict=True)]


def predicted(lined: ReferenceSet, planned: Plan) -> ReferenceSet:
    """The reference_set as it will be."""
    return lined.model_copy(update={"references": tuple(file.predicted for file in planned.files)})


def steps(*media: Media | Reference, allow: tuple[Loss, ...] = ()) -> list[list[Step]]:
    return [
        list(file.steps)
        for file in plan(reference_set(*media), ENVELOPE, Options(allow=frozenset(allow))).files
    ]


def left(*media: Media | Reference, allow: tuple[Loss, ...] = ()) -> set[str]:
    return {
        finding.rule
        for finding in plan(
            reference_set(*media), ENVELOPE, Options(allow=frozenset(allow))
        ).findings
    }


def repairs(*media: Media | Reference, allow: tuple[Loss, ...] = ()) -> dict[str, str | None]:
    lined = reference_set(*media)
    findings = with_repairs(
        check(lined, ENVELOPE), plan(lined, ENVELOPE, Options(allow=frozenset(allow)))
    )
    return {finding.rule: finding.repair for finding in findings}


@many(70)
@given(lineups(), ANY_ENVELOPE)
def test_nothing_is_left_of_what_media_of_right_proportions_had(
    lined: ReferenceSet, envelope: Envelope
) -> None:
    media = [found for found in plan(lined, envelope).findings if ASPECTS[found.rule] != "request"]
    assert [found.rule for found in media if found.level != "info"] == []


@many(70)
@given(lineups(), ANY_ENVELOPE)
def test_what_was_planned_once_needs_no_further_step(
    lined: ReferenceSet, envelope: Envelope
) -> None:
    planned = plan(lined, envelope)
    again = plan(predicted(lined, planned), envelope)
    assert [file.steps for file in again.files] == [()] * len(lined.references)
    assert again.findings == planned.findings


@many(70)
@given(lineups())
def test_predicted_totals_lie_inside(lined: ReferenceSet) -> None:
    after = [file.predicted for file in plan(lined, ENVELOPE).files]
    moving = [item.media for item in after if isinstance(item.media, Video)]
    heard = [item.media for item in after if isinstance(item.media, Audio)]
    assert sum(item.duration or 0 for item in moving) <= 15.000000001
    assert sum(item.duration or 0 for item in heard) <= 15.000000001
    assert sum(item.size for item in moving) < 50_000_000
    assert all(item.size <= 15_000_000 for item in heard)


@many(40)
@given(lineups())
def test_steps_cost_no_more_than_what_is_consented_to_unasked(lined: ReferenceSet) -> None:
    taken = [step for file in plan(lined, ENVELOPE).files for step in file.steps]
    assert {step.cost for step in taken} <= DEFAULT_COSTS
    assert not any(isinstance(step, Crop | Pad) for step in taken)


@many(40)
@given(lineups())
def test_a_file_is_encoded_once_and_last_or_not_at_all(lined: ReferenceSet) -> None:
    for file in plan(lined, ENVELOPE).files:
        assert [type(step) is Encode for step in file.steps] == [
            place == len(file.steps) for place in range(1, len(file.steps) + 1)
        ]


@many(40)
@given(lineups())
def test_every_finding_that_a_plan_mends_names_the_step_that_mends_it(lined: ReferenceSet) -> None:
    result = with_repairs(check(lined, ENVELOPE), plan(lined, ENVELOPE))
    wrong = [finding for finding in result if finding.level != "info"]
    assert [finding.rule for finding in wrong if not COST.search(finding.repair or "")] == []


@many(120)
@given(conforming())
def test_conforming_media_are_taken_byte_for_byte(lined: ReferenceSet) -> None:
    assert check(lined, ENVELOPE) == ()
    assert [file.steps for file in plan(lined, ENVELOPE).files] == [()] * len(lined.references)


@pytest.mark.parametrize(
    "media",
    [
        video(width=640, height=640),
        video(width=834, height=1112),
        video(width=641, height=641),
        video(duration=15.0, size=49_999_999, frame_rate=60.0),
        video(duration=2.002, frame_rate=59.94006),
        video(video_codec="hevc", format="MOV", audio_codec=None, sample_rate=None, channels=None),
        image(width=300, height=750, size=30_000_000, format="WebP", alpha=True),
        image(width=6000, height=6000, format="PNG", color_space="Gray"),
    ],
)
def test_a_file_at_the_edge_is_taken_byte_for_byte(media: Media) -> None:
    assert steps(media) == [[]]


def test_a_long_full_hd_clip_is_cut_scaled_and_encoded_in_that_order() -> None:
    (deeds,) = steps(video(width=1920, height=1080, duration=42.0))
    assert [str(step) for step in deeds] == [
        "keep 0 to 15 s",
        "scale to 1280x720",
        "encode as MP4 (h264, aac)",
    ]


def test_a_clip_with_everything_wrong_is_mended_in_one_pass() -> None:
    (deeds,) = steps(
        video(width=1080, height=3000, duration=42.0, frame_rate=120.0, rotation=90, transfer="HLG",
             format="WebM", video_codec="vp9", audio_codec="opus", scan="interlaced"),
        allow=("crop",),
    )  # fmt: skip
    assert [type(step) for step in deeds] == [
        Trim,
        Rotate,
        Crop,
        Scale,
        Deinterlace,
        Retime,
        ConvertColor,
        Encode,
    ]


def test_only_the_file_that_is_off_is_touched() -> None:
    touched = steps(image(), image(format="HEIC"), video(), video(frame_rate=10.0), audio())
    assert [bool(deeds) for deeds in touched] == [False, True, False, True, False]


@pytest.mark.parametrize(
    "media",
    [
        image(size=30_000_001),
        image(format="BMP"),
        video(size=50_000_000),
        video(video_codec=None),
        video(decode_errors=3),
        video(missing_duration=3.0),
        video(duration=12.0, declared_duration=26.4),
        audio(decode_errors=3),
        audio(size=15_000_001),
        audio(audio_codec=None),
    ],
)
def test_what_only_the_stream_has_wrong_is_only_encoded(media: Media) -> None:
    (file,) = plan(reference_set(media), ENVELOPE).files
    assert [type(step) for step in file.steps] == [Encode]


@pytest.mark.parametrize(
    ("media", "cost", "audio_codec_if_any"),
    [
        (video(format="Matroska"), "lossless", None),
        (
            video(format="Matroska", audio_codec=None, sample_rate=None, channels=None),
            "lossless",
            None,
        ),
        (video(audio_codec="opus"), "lossy", "aac"),
        (video(format="MOV", audio_codec="pcm_s16le", channels=6), "lossy", "aac"),
    ],
)
def test_pictures_that_are_right_are_put_into_another_file_unchanged(
    media: Media, cost: str, audio_codec_if_any: str | None
) -> None:
    (file,) = plan(reference_set(media), ENVELOPE).files
    assert [(type(step), step.cost) for step in file.steps] == [(Remux, cost)]
    assert getattr(file.steps[0], "audio_codec", "?") == audio_codec_if_any


@pytest.mark.parametrize("size", [4_000_000, 150_000_000])
def test_a_clip_that_is_only_too_long_is_cut_between_packets(size: int) -> None:
    (file,) = plan(reference_set(video(duration=60.0, size=size)), ENVELOPE).files
    assert [type(step) for step in file.steps] == [Trim, Remux]


def test_a_long_clip_whose_part_would_be_too_heavy_is_encoded() -> None:
    (file,) = plan(reference_set(video(duration=60.0, size=200_000_000)), ENVELOPE).files
    assert [type(step) for step in file.steps] == [Trim, Encode]


@pytest.mark.parametrize(
    "media",
    [
        reference("video1", video(duration=60.0), Window(start=3.0, end=9.0)),
        video(duration=60.0, hides_frames=True),
        video(duration=60.0, pixel_format="yuv444p"),
        video(format="AVI"),
        video(format="Matroska", rotation=90),
    ],
)
def test_packets_that_cannot_stand_for_themselves_are_encoded(media: Media | Reference) -> None:
    (file,) = plan(reference_set(media), ENVELOPE).files
    assert isinstance(file.steps[-1], Encode)


def test_a_clip_that_is_too_heavy_for_itself_is_encoded_where_each_is_weighed() -> None:
    byteplus = next(item for item in ENVELOPES if item.provider == "BytePlus")
    kept, heavy = plan(
        reference_set(video(size=50_000_000), video(size=50_000_001)), byteplus
    ).files
    assert kept.steps == ()
    assert [type(step) for step in heavy.steps] == [Encode]
    assert heavy.predicted.media.size == 50_000_000


def test_a_clip_that_is_encoded_gets_even_sides() -> None:
    odd = reference_set(video(width=701, height=641, frame_rate=10.0))
    (file,) = plan(odd, ENVELOPE).files
    after = file.predicted.media
    assert isinstance(after, Video)
    assert (after.width % 2, after.height % 2) == (0, 0)
    assert (after.coded_width, after.coded_height) == after.dimensions


def test_three_long_clips_keep_five_seconds_each() -> None:
    trims = [deeds[0] for deeds in steps(*[video(duration=20.0)] * 3)]
    assert trims == [Trim(start=0, end=5)] * 3


def test_a_window_is_cut_where_it_lies_and_is_then_no_window_any_more() -> None:
    (file,) = plan(
        reference_set(reference("video1", video(duration=60.0), Window(start=12, end=20))), ENVELOPE
    ).files
    assert file.steps[0] == Trim(start=12, end=20)
    assert (file.predicted.duration, file.predicted.window) == (8, None)


@pytest.mark.parametrize("media", [video(), video(frame_rate=10.0), video(format="WebM")])
def test_a_window_beyond_the_end_is_never_taken_for_the_whole_file(media: Media) -> None:
    lined = reference_set(reference("video1", media, Window(start=20, end=30)))
    assert plan(lined, ENVELOPE).verdict == "fail"


@pytest.mark.parametrize("media", [audio(), audio(format="FLAC")])
def test_a_window_beyond_the_end_of_a_sound_is_not_the_whole_sound(media: Media) -> None:
    assert left(image(), reference("audio1", media, Window(start=20, end=30)))


@pytest.mark.parametrize("media", [video(), video(frame_rate=10.0)])
def test_a_window_that_ends_too_late_is_cut_at_the_end_of_the_file(media: Media) -> None:
    assert left(reference("video1", media, Window(end=99))) == set()


def test_a_clip_that_is_too_short_is_left_too_short() -> None:
    assert left(video(duration=1.0)) == {"video-total-duration", "video-duration"}
    assert left(video(duration=1.5, frame_rate=10.0), video(duration=1.5)) == {"video-duration"}


@pytest.mark.parametrize(
    ("media", "rule"), [(image, "image-aspect-ratio"), (video, "video-aspect-ratio")]
)
def test_a_wrong_ratio_is_left_unless_a_crop_or_a_border_is_allowed(media: Any, rule: str) -> None:
    wide = media(width=3000, height=600)
    assert rule in left(wide)
    assert left(wide, allow=("crop",)) == set()
    assert left(wide, allow=("pad",)) == set()


@pytest.mark.parametrize(
    "media",
    [
        video(frame_rate=None),
        video(duration=None),
        audio(duration=None),
        video(frame_rate=None, format="AVI"),
    ],
)
def test_what_was_not_measured_is_not_mended_by_a_guess(media: Media) -> None:
    lined = reference_set(image(), media)
    unknown = {found.rule for found in check(lined, ENVELOPE) if found.actual is None}
    assert unknown
    assert unknown <= {found.rule for found in plan(lined, ENVELOPE).findings}


def test_an_unread_file_has_no_steps_and_is_left() -> None:
    unread = reference("image1", Unreadable(reason="empty"))
    assert steps(unread) == [[]]
    assert left(unread) == {"file-unreadable"}


def test_a_name_that_lies_is_corrected_and_the_bytes_stay() -> None:
    lying = reference("image1", image()).model_copy(update={"source": Source(path=Path("a.heic"))})
    (file,) = plan(reference_set(lying), ENVELOPE).files
    assert file.steps == (Rename(suffix=".jpg"),)
    assert file.predicted.media == lying.media
    assert left(lying) == set()


def test_a_damaged_picture_is_not_made_up() -> None:
    damaged = image(format="GIF", decode_error="image file is truncated")
    assert steps(damaged) == [[]]
    assert "file-truncated" in left(damaged)


def test_a_file_in_a_slot_of_another_kind_has_no_steps_and_is_left() -> None:
    misplaced = reference("image1", video(width=10, height=10))
    assert steps(misplaced) == [[]]
    assert left(misplaced) == {"file-kind"}


def test_the_sound_of_a_clip_is_taken_where_a_sound_is_asked_for() -> None:
    lined = reference_set(image(), reference("audio1", video(duration=20.0)))
    planned = plan(lined, ENVELOPE)
    assert [type(step) for step in planned.files[1].steps] == [ExtractAudio, Trim, Encode]
    assert isinstance(planned.files[1].predicted.media, Audio)
    assert planned.findings == ()


def test_a_silent_clip_is_no_sound() -> None:
    silent = reference("audio1", video(audio_codec=None, sample_rate=None, channels=None))
    assert steps(image(), silent) == [[], []]
    assert "file-kind" in left(image(), silent)


def test_a_silent_clip_stays_silent() -> None:
    (deeds,) = steps(video(frame_rate=10.0, audio_codec=None, sample_rate=None, channels=None))
    assert "(h264)" in str(deeds[-1])


@pytest.mark.parametrize(
    ("picture", "written"),
    [
        (image(format="HEIC"), "JPEG"),
        (image(format="BMP"), "PNG"),
        (image(format="HEIC", alpha=True), "PNG"),
        (image(format="TIFF", width=5000, height=5000), "JPEG"),
        (image(format="TIFF", width=5000, height=5000, alpha=True), "WebP"),
        (image(format="JPEG", orientation=6), "JPEG"),
    ],
)
def test_a_picture_keeps_what_it_shows_in_the_format_that_it_is_given(
    picture: Image, written: str
) -> None:
    (deeds,) = steps(picture)
    assert isinstance(deeds[-1], Encode)
    assert deeds[-1].format == written


def test_an_animation_becomes_its_first_frame() -> None:
    (deeds,) = steps(image(format="GIF", frames=12))
    assert deeds[0] == FirstFrame(of=12)


@pytest.mark.parametrize(
    "heard",
    [
        audio(format="FLAC", audio_codec="flac"),
        audio(audio_codec="pcm_s24le", channels=6),
        audio(audio_codec="pcm_f32le", sample_rate=192_000),
        audio(duration=60.0, size=90_000_000),
    ],
)
def test_a_sound_is_written_without_loss_where_that_fits(heard: Audio) -> None:
    deeds = steps(image(), heard)[1]
    assert isinstance(deeds[-1], Encode)
    assert (deeds[-1].format, deeds[-1].audio_codec) == ("WAV", "pcm_s16le")


def test_fifteen_seconds_of_wav_weigh_what_their_samples_weigh() -> None:
    encode = steps(image(), audio(duration=60.0))[1][-1]
    assert isinstance(encode, Encode)
    header, frame, samples = 44, 4, 15 * 48_000
    assert header + frame * samples <= encode.max_size <= header + frame * (samples + 1)


@pytest.mark.parametrize(
    "tight",
    [
        ENVELOPE.tighten("audio-file-size", Range(max=500_000)),
        ENVELOPE.tighten("audio-format", OneOf(one_of=("MP3",))),
    ],
)
def test_a_sound_becomes_mp3_where_wav_is_too_heavy_or_not_taken(tight: Envelope) -> None:
    encode = plan(reference_set(image(), audio(format="FLAC")), tight).files[1].steps[-1]
    assert isinstance(encode, Encode)
    assert (encode.format, encode.audio_codec) == ("MP3", "mp3")
    assert encode.max_size <= 15_000_000


def test_a_repair_is_the_step_with_its_cost() -> None:
    assert repairs(video(width=1920, height=1080, duration=42.0)) == {
        "video-pixels": "scale to 1280x720 (lossy)",
        "video-total-duration": "keep 0 to 15 s (trim)",
        "video-duration": "keep 0 to 15 s (trim)",
    }


def test_a_repair_of_a_sum_names_each_slot_that_gives() -> None:
    text = repairs(video(duration=1.0), video(duration=20.0), video(duration=20.0))[
        "video-total-duration"
    ]
    assert text == "video2: keep 0 to 7 s (trim); video3: keep 0 to 7 s (trim)"


def test_what_consent_withheld_is_told_with_the_words_that_would_allow_it() -> None:
    assert "--allow crop" in str(repairs(image(width=3000, height=600))["image-aspect-ratio"])
    assert "--allow crop" in str(repairs(video(width=3000, height=600))["video-aspect-ratio"])
    allowed = repairs(image(width=3000, height=600), allow=("crop",))
    assert allowed == {"image-aspect-ratio": "crop to 1500x600 (crop)"}


@pytest.mark.parametrize(
    "finding",
    [
        found
        for wanted in (
            reference_set(*[image()] * 13, *[video(duration=1.0)] * 4, prompt="@Image99"),
            reference_set(*[audio(duration=1.0)] * 4, prompt=None, resolution="8k", duration=1),
            reference_set(image(), prompt=None, scope="files"),
            reference_set(image(), aspect_ratio="5:4", generate_audio="on", seed="x"),
            reference_set(
                reference("image1", video()), reference("image2", Unreadable(reason="empty"))
            ),
        )
        for found in with_repairs(check(wanted, ENVELOPE), plan(wanted, ENVELOPE))
    ],
    ids=lambda found: f"{found.rule}-{found.slot}",
)
def test_what_no_step_mends_has_advice(finding: Finding) -> None:
    assert finding.repair
    assert not COST.search(finding.repair)


def test_every_step_mends_an_aspect_that_some_rule_has() -> None:
    kinds = get_args(get_args(Step)[0])
    assert Trim in kinds
    assert set().union(*(kind.aspects for kind in kinds)) == set(ASPECTS.values())
