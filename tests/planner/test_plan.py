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
ANY_ENVELOPE = st.sampled_from(
    [e for e in ENVELOPES if (e.range("video-duration").min or 0.0) <= 2]  # as reference_sets draws
)
COST = re.compile(r"\((lossless|lossy|trim|crop|synthesize)\)")
ASPECTS = {rule.name: rule.aspect for rule in RULES}


def durations(low: float, high: float) -> st.SearchStrategy[float]:
    """Seconds, to the microsecond as probing reports them."""
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
def videos(draw: st.DrawFn) -> Video:
    width, height = draw(SIZES)
    return video(
        width=width,
        height=height,
        format=draw(st.sampled_from(("MP4", "MOV", "WebM", "Matroska"))),
        size=draw(BYTES),
        duration=draw(durations(2, 100)),
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
def audios(draw: st.DrawFn) -> Audio:
    return audio(
        format=draw(st.sampled_from(("WAV", "MP3", "M4A", "FLAC"))),
        size=draw(BYTES),
        duration=draw(durations(2, 100)),
        audio_codec=draw(st.sampled_from(("pcm_s16le", "pcm_s24le", "mp3", "aac"))),
        sample_rate=draw(st.sampled_from((8_000, 44_100, 96_000, None))),
        channels=draw(st.sampled_from((1, 2, 6))),
    )


@st.composite
def reference_sets(draw: st.DrawFn) -> ReferenceSet:
    """Any files of an accepted ratio and a sufficient duration, one or several."""
    return reference_set(
        *draw(st.lists(images(), min_size=1, max_size=3)),
        *[
            windowed(draw, video, n)
            for n, video in enumerate(draw(st.lists(videos(), max_size=3)), 1)
        ],
        *[
            windowed(draw, audio, n)
            for n, audio in enumerate(draw(st.lists(audios(), max_size=3)), 1)
        ],
    )


def windowed(draw: st.DrawFn, media: Video | Audio, place: int) -> Reference:
    """All of it, or a window of 2 s or more."""
    start = draw(durations(0, (media.duration or 0) - 2))
    end = draw(durations(2, 100).map(lambda more: start + more) | st.none())
    window = draw(st.none() | st.just(Window(start=start, end=end)))
    return reference(f"{media.kind}{place}", media, window)


@st.composite
def conforming(draw: st.DrawFn) -> ReferenceSet:
    """Videos and audio of 2 to 15 s in total, each of which meets the limits by itself."""
    moving = [video(duration=seconds) for seconds in draw(parts())]
    return reference_set(image(), *moving, *[audio(duration=seconds) for seconds in draw(parts())])


@st.composite
def parts(draw: st.DrawFn) -> list[float]:
    """Up to three durations of 2 s or more, which often fill the 15 s to the microsecond."""
    cuts = sorted(draw(st.lists(st.integers(0, 9_000_000), min_size=3, max_size=3)))
    count = draw(st.integers(1, 3))
    ends = [*cuts[: count - 1], draw(st.sampled_from((9_000_000, cuts[-1])))]
    starts = [0, *ends[:-1]]
    return [(2_000_000 + end - start) / 1e6 for start, end in zip(starts, ends, strict=True)]


def predicted(references: ReferenceSet, planned: Plan) -> ReferenceSet:
    """The reference set that the plan predicts."""
    return references.model_copy(
        update={"references": tuple(file.predicted for file in planned.files)}
    )


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
    references = reference_set(*media)
    findings = with_repairs(
        check(references, ENVELOPE), plan(references, ENVELOPE, Options(allow=frozenset(allow)))
    )
    return {finding.rule: finding.repair for finding in findings}


@many(70)
@given(reference_sets(), ANY_ENVELOPE)
def test_no_findings_are_left_for_media_of_an_accepted_ratio(
    references: ReferenceSet, envelope: Envelope
) -> None:
    findings = plan(references, envelope).findings
    of_media = [finding for finding in findings if ASPECTS[finding.rule] != "request"]
    assert [finding.rule for finding in of_media if finding.level != "info"] == []


@many(70)
@given(reference_sets(), ANY_ENVELOPE)
def test_a_predicted_set_needs_no_further_step(
    references: ReferenceSet, envelope: Envelope
) -> None:
    planned = plan(references, envelope)
    again = plan(predicted(references, planned), envelope)
    assert [file.steps for file in again.files] == [()] * len(references.references)
    assert again.findings == planned.findings


@many(70)
@given(reference_sets())
def test_predicted_totals_meet_the_limits(references: ReferenceSet) -> None:
    after = [file.predicted.media for file in plan(references, ENVELOPE).files]
    of_video = [media for media in after if isinstance(media, Video)]
    of_audio = [media for media in after if isinstance(media, Audio)]
    assert sum(media.duration or 0 for media in of_video) <= 15.000000001
    assert sum(media.duration or 0 for media in of_audio) <= 15.000000001
    assert sum(media.size for media in of_video) < 50_000_000
    assert all(media.size <= 15_000_000 for media in of_audio)


@many(40)
@given(reference_sets())
def test_no_step_costs_more_than_the_default_costs_without_consent(
    references: ReferenceSet,
) -> None:
    planned_steps = [step for file in plan(references, ENVELOPE).files for step in file.steps]
    assert {step.cost for step in planned_steps} <= DEFAULT_COSTS
    assert not any(isinstance(step, Crop | Pad) for step in planned_steps)


@many(40)
@given(reference_sets())
def test_a_file_is_encoded_once_and_last_or_not_at_all(references: ReferenceSet) -> None:
    for file in plan(references, ENVELOPE).files:
        assert [type(step) is Encode for step in file.steps] == [
            place == len(file.steps) for place in range(1, len(file.steps) + 1)
        ]


@many(40)
@given(reference_sets())
def test_every_finding_that_a_plan_fixes_names_the_step_that_fixes_it(
    references: ReferenceSet,
) -> None:
    findings = with_repairs(check(references, ENVELOPE), plan(references, ENVELOPE))
    wrong = [finding for finding in findings if finding.level != "info"]
    assert [finding.rule for finding in wrong if not COST.search(finding.repair or "")] == []


@many(120)
@given(conforming())
def test_media_that_meet_the_limits_stay_unchanged(references: ReferenceSet) -> None:
    assert check(references, ENVELOPE) == ()
    assert [file.steps for file in plan(references, ENVELOPE).files] == [()] * len(
        references.references
    )


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
def test_a_file_at_the_edge_of_the_limits_stays_unchanged(media: Media) -> None:
    assert steps(media) == [[]]


def test_a_long_full_hd_video_is_trimmed_scaled_and_encoded_in_that_order() -> None:
    (planned_steps,) = steps(video(width=1920, height=1080, duration=42.0))
    assert [str(step) for step in planned_steps] == [
        "keep 0 to 15 s",
        "scale to 1280x720",
        "encode as MP4 (h264, aac)",
    ]


def test_a_video_with_everything_wrong_is_fixed_in_one_pass() -> None:
    (planned_steps,) = steps(
        video(width=1080, height=3000, duration=42.0, frame_rate=120.0, rotation=90, transfer="HLG",
             format="WebM", video_codec="vp9", audio_codec="opus", scan="interlaced"),
        allow=("crop",),
    )  # fmt: skip
    assert [type(step) for step in planned_steps] == [
        Trim,
        Rotate,
        Crop,
        Scale,
        Deinterlace,
        Retime,
        ConvertColor,
        Encode,
    ]


def test_only_a_file_with_findings_is_changed() -> None:
    changes = steps(image(), image(format="HEIC"), video(), video(frame_rate=10.0), audio())
    assert [bool(planned_steps) for planned_steps in changes] == [False, True, False, True, False]


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
def test_a_file_with_only_a_wrong_stream_is_only_encoded(media: Media) -> None:
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
def test_a_video_stream_that_meets_the_limits_is_remuxed_unchanged(
    media: Media, cost: str, audio_codec_if_any: str | None
) -> None:
    (file,) = plan(reference_set(media), ENVELOPE).files
    assert [(type(step), step.cost) for step in file.steps] == [(Remux, cost)]
    assert getattr(file.steps[0], "audio_codec", "?") == audio_codec_if_any


@pytest.mark.parametrize("size", [4_000_000, 150_000_000])
def test_a_video_that_is_only_too_long_is_trimmed_between_packets(size: int) -> None:
    (file,) = plan(reference_set(video(duration=60.0, size=size)), ENVELOPE).files
    assert [type(step) for step in file.steps] == [Trim, Remux]


def test_a_long_video_whose_trimmed_packets_are_too_large_is_encoded() -> None:
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
def test_a_stream_that_cannot_be_copied_is_encoded(media: Media | Reference) -> None:
    (file,) = plan(reference_set(media), ENVELOPE).files
    assert isinstance(file.steps[-1], Encode)


def test_a_video_above_the_limit_of_one_file_is_encoded() -> None:
    byteplus = next(envelope for envelope in ENVELOPES if envelope.provider == "BytePlus")
    kept, encoded = plan(
        reference_set(video(size=200_000_000), video(size=200_000_001)), byteplus
    ).files
    assert kept.steps == ()
    assert [type(step) for step in encoded.steps] == [Encode]
    assert encoded.predicted.media.size == 200_000_000


def test_a_video_that_is_encoded_gets_even_sides() -> None:
    odd = reference_set(video(width=701, height=641, frame_rate=10.0))
    (file,) = plan(odd, ENVELOPE).files
    after = file.predicted.media
    assert isinstance(after, Video)
    assert (after.width % 2, after.height % 2) == (0, 0)
    assert (after.coded_width, after.coded_height) == after.dimensions


def test_three_long_videos_keep_five_seconds_each() -> None:
    trims = [planned_steps[0] for planned_steps in steps(*[video(duration=20.0)] * 3)]
    assert trims == [Trim(start=0, end=5)] * 3


def test_a_window_becomes_a_trim_and_the_trimmed_file_has_no_window() -> None:
    (file,) = plan(
        reference_set(reference("video1", video(duration=60.0), Window(start=12, end=20))), ENVELOPE
    ).files
    assert file.steps[0] == Trim(start=12, end=20)
    assert (file.predicted.duration, file.predicted.window) == (8, None)


@pytest.mark.parametrize("media", [video(), video(frame_rate=10.0), video(format="WebM")])
def test_a_window_beyond_the_end_of_a_video_is_not_the_whole_video(media: Media) -> None:
    references = reference_set(reference("video1", media, Window(start=20, end=30)))
    assert plan(references, ENVELOPE).verdict == "fail"


@pytest.mark.parametrize("media", [audio(), audio(format="FLAC")])
def test_a_window_beyond_the_end_of_audio_is_not_the_whole_audio(media: Media) -> None:
    assert left(image(), reference("audio1", media, Window(start=20, end=30)))


@pytest.mark.parametrize("media", [video(), video(frame_rate=10.0)])
def test_a_window_that_ends_too_late_is_trimmed_to_the_end_of_the_file(media: Media) -> None:
    assert left(reference("video1", media, Window(end=99))) == set()


def test_a_video_that_is_too_short_keeps_its_finding_by_default() -> None:
    assert left(video(duration=1.0)) == {"video-total-duration", "video-duration"}
    assert left(video(duration=1.5, frame_rate=10.0), video(duration=1.5)) == {"video-duration"}


@pytest.mark.parametrize(
    ("media", "rule"), [(image, "image-aspect-ratio"), (video, "video-aspect-ratio")]
)
def test_a_wrong_ratio_keeps_its_finding_unless_a_crop_or_a_border_is_allowed(
    media: Any, rule: str
) -> None:
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
def test_a_fact_that_was_not_measured_is_not_fixed_by_a_guess(media: Media) -> None:
    references = reference_set(image(), media)
    unknown = {found.rule for found in check(references, ENVELOPE) if found.actual is None}
    assert unknown
    assert unknown <= {found.rule for found in plan(references, ENVELOPE).findings}


def test_an_unreadable_file_has_no_steps_and_keeps_its_finding() -> None:
    unreadable = reference("image1", Unreadable(reason="empty"))
    assert steps(unreadable) == [[]]
    assert left(unreadable) == {"file-unreadable"}


def test_a_wrong_extension_is_corrected_and_the_bytes_stay() -> None:
    misnamed = reference("image1", image()).model_copy(
        update={"source": Source(path=Path("a.heic"))}
    )
    (file,) = plan(reference_set(misnamed), ENVELOPE).files
    assert file.steps == (Rename(suffix=".jpg"),)
    assert file.predicted.media == misnamed.media
    assert left(misnamed) == set()


def test_a_damaged_image_is_not_synthesized() -> None:
    damaged = image(format="GIF", decode_error="image file is truncated")
    assert steps(damaged) == [[]]
    assert "file-truncated" in left(damaged)


def test_a_file_in_a_slot_of_another_kind_has_no_steps_and_keeps_its_finding() -> None:
    misplaced = reference("image1", video(width=10, height=10))
    assert steps(misplaced) == [[]]
    assert left(misplaced) == {"file-kind"}


def test_the_audio_of_a_video_in_an_audio_slot_is_extracted() -> None:
    references = reference_set(image(), reference("audio1", video(duration=20.0)))
    planned = plan(references, ENVELOPE)
    assert [type(step) for step in planned.files[1].steps] == [ExtractAudio, Trim, Encode]
    assert isinstance(planned.files[1].predicted.media, Audio)
    assert planned.findings == ()


def test_a_video_without_audio_does_not_fit_an_audio_slot() -> None:
    silent = reference("audio1", video(audio_codec=None, sample_rate=None, channels=None))
    assert steps(image(), silent) == [[], []]
    assert "file-kind" in left(image(), silent)


def test_a_video_without_audio_is_encoded_without_audio() -> None:
    (planned_steps,) = steps(
        video(frame_rate=10.0, audio_codec=None, sample_rate=None, channels=None)
    )
    assert "(h264)" in str(planned_steps[-1])


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        (image(format="HEIC"), "JPEG"),
        (image(format="BMP"), "PNG"),
        (image(format="HEIC", alpha=True), "PNG"),
        (image(format="TIFF", width=5000, height=5000), "JPEG"),
        (image(format="TIFF", width=5000, height=5000, alpha=True), "WebP"),
        (image(format="JPEG", orientation=6), "JPEG"),
    ],
)
def test_an_image_is_written_in_a_format_that_keeps_its_content(
    media: Image, expected: str
) -> None:
    (planned_steps,) = steps(media)
    assert isinstance(planned_steps[-1], Encode)
    assert planned_steps[-1].format == expected


def test_an_animation_becomes_its_first_frame() -> None:
    (planned_steps,) = steps(image(format="GIF", frames=12))
    assert planned_steps[0] == FirstFrame(of=12)


@pytest.mark.parametrize(
    "media",
    [
        audio(format="FLAC", audio_codec="flac"),
        audio(audio_codec="pcm_s24le", channels=6),
        audio(audio_codec="pcm_f32le", sample_rate=192_000),
        audio(duration=60.0, size=90_000_000),
    ],
)
def test_audio_is_written_losslessly_where_its_size_fits(media: Audio) -> None:
    planned_steps = steps(image(), media)[1]
    assert isinstance(planned_steps[-1], Encode)
    assert (planned_steps[-1].format, planned_steps[-1].audio_codec) == ("WAV", "pcm_s16le")


def test_fifteen_seconds_of_wav_have_the_size_of_their_samples() -> None:
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
def test_audio_becomes_mp3_where_wav_is_too_large_or_not_accepted(tight: Envelope) -> None:
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


def test_a_repair_of_a_total_names_each_slot_that_is_trimmed() -> None:
    text = repairs(video(duration=1.0), video(duration=20.0), video(duration=20.0))[
        "video-total-duration"
    ]
    assert text == "video2: keep 0 to 7 s (trim); video3: keep 0 to 7 s (trim)"


def test_a_repair_that_needs_consent_names_the_option_that_allows_it() -> None:
    assert "--allow crop" in str(repairs(image(width=3000, height=600))["image-aspect-ratio"])
    assert "--allow crop" in str(repairs(video(width=3000, height=600))["video-aspect-ratio"])
    allowed = repairs(image(width=3000, height=600), allow=("crop",))
    assert allowed == {"image-aspect-ratio": "crop to 1500x600 (crop)"}


@pytest.mark.parametrize(
    "finding",
    [
        found
        for references in (
            reference_set(*[image()] * 13, *[video(duration=1.0)] * 4, prompt="@Image99"),
            reference_set(*[audio(duration=1.0)] * 4, prompt=None, resolution="8k", duration=1),
            reference_set(image(), prompt=None, scope="files"),
            reference_set(image(), aspect_ratio="5:4", generate_audio="on", seed="x"),
            reference_set(
                reference("image1", video()), reference("image2", Unreadable(reason="empty"))
            ),
        )
        for found in with_repairs(check(references, ENVELOPE), plan(references, ENVELOPE))
    ],
    ids=lambda found: f"{found.rule}-{found.slot}",
)
def test_a_finding_that_no_step_fixes_has_advice(finding: Finding) -> None:
    assert finding.repair
    assert not COST.search(finding.repair)


def test_every_step_fixes_an_aspect_that_some_rule_has() -> None:
    kinds = get_args(get_args(Step)[0])
    assert Trim in kinds
    assert set().union(*(kind.aspects for kind in kinds)) == set(ASPECTS.values())
