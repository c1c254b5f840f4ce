"""Rules: what each finds on both sides of its bound, what it says, what it leaves alone."""

# ruff: noqa: E501 - the table: one row, one limit

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from refprep.models.envelope import Envelope
from refprep.models.finding import Finding, Report
from refprep.models.integrity import BundleFile, Integrity
from refprep.models.limits import Level
from refprep.models.media import Media, Unreadable
from refprep.models.reference import Reference, ReferenceSet
from refprep.models.source import Source, Window
from refprep.rules import RULES, check
from tests.examples import ENVELOPE, ENVELOPES, clip, image, reference, reference_set, sound

Made = ReferenceSet | Media | Reference | Sequence[Media | Reference]
BYTEPLUS = next(one for one in ENVELOPES if one.provider == "BytePlus")
UNREAD = Unreadable(reason="no picture begins here", size=3)


class Bounds(NamedTuple):
    """How to make what a rule reads of a value, and the values on each side of its bounds."""

    make: Callable[[Any], Made]
    taken: Sequence[Any] = ()
    told: Sequence[Any] = ()
    warned: Sequence[Any] = ()
    refused: Sequence[Any] = ()


def framed(make: Callable[..., Media]) -> Callable[[tuple[int, int]], Media]:
    return lambda size: make(width=size[0], height=size[1])


def lasting(make: Callable[..., Media]) -> Callable[[Sequence[float]], list[Media]]:
    return lambda seconds: [make(duration=one) for one in seconds]


def weighing(make: Callable[..., Media]) -> Callable[[Sequence[int]], list[Media]]:
    return lambda weights: [make(size=one) for one in weights]


def several(make: Callable[..., Media]) -> Callable[[int], list[Media]]:
    return lambda count: [make()] * count


def wishing(name: str) -> Callable[[Any], ReferenceSet]:
    return lambda value: reference_set(image(), **{name: value})


def prompting(*media: Media) -> Callable[[str], ReferenceSet]:
    return lambda prompt: reference_set(*media, prompt=prompt)


def named(name: str) -> Reference:
    return reference("image1", image()).model_copy(update={"source": Source(path=Path(name))})


def twin(of: str | None) -> Reference:
    return reference("image2", image()).model_copy(update={"duplicate_of": of})


def inline(weight: int) -> ReferenceSet:
    return reference_set(image(size=weight)).model_copy(update={"inline": True})


def sealed(**found: Any) -> ReferenceSet:
    seal = Integrity(**{"pieces": (), **found})
    return reference_set(image()).model_copy(update={"seal": seal})


def piece(packed: str | None, found: str | None) -> ReferenceSet:
    whole = BundleFile(
        path="b/media/image1.jpg", packed=packed, packed_size=1, found=found, found_size=1
    )
    return sealed(pieces=(whole,))


def edit(kind: str | None) -> ReferenceSet:
    return sealed(edits=[{"kind": kind, "says": "seed 7 is added"}] if kind else [])


# fmt: off
TABLE = {
    "file-unreadable": Bounds(lambda it: reference("image1", it), taken=[image()], refused=[UNREAD]),
    "file-kind": Bounds(lambda it: reference("image1", it), taken=[image(), UNREAD], refused=[clip(), sound()]),
    "file-extension": Bounds(named, taken=["a.jpg", "a.JPEG", "a", "a.part-7"], warned=["a.heic", "a.PNG", "a.mov"]),
    "file-truncated": Bounds(lambda it: clip(declared_duration=4.0, missing_duration=it), taken=[0.0, 0.25], refused=[0.26, 3.0]),
    "file-corrupt": Bounds(lambda it: it, taken=[image(), clip(decode_errors=0)], warned=[clip(decode_errors=1), sound(decode_errors=3)], refused=[image(decode_error="broken data stream")]),
    "duration-mismatch": Bounds(lambda it: clip(duration=it[0], declared_duration=it[1]), taken=[(4.0, 4.0), (4.0, 9.0), (20.0, 30.0)], warned=[(12.0, 26.4), (1.9, 2.0)]),
    "trim-range": Bounds(lambda it: reference("video1", clip(duration=12.0), it), taken=[None, Window(start=3, end=9), Window(start=3), Window(end=12)], told=[Window(start=3, end=12.5)], refused=[Window(start=12), Window(start=20, end=25)]),
    "duplicate-file": Bounds(lambda it: [image(), twin(it)], taken=[None], warned=["image1"]),

    "image-format": Bounds(lambda it: image(format=it), taken=["JPEG", "PNG", "WebP"], warned=["MPO"], refused=["GIF", "HEIC", "jpeg"]),
    "image-file-size": Bounds(lambda it: image(size=it), taken=[1, 30_000_000], warned=[30_000_001, 31_457_280], refused=[31_457_281]),
    "image-count": Bounds(several(image), taken=[0, 1, 9], refused=[10]),
    "image-dimensions": Bounds(framed(image), taken=[(300, 300), (300, 301), (6000, 6000)], warned=[(299, 300), (300, 299), (6001, 6000), (6000, 6001)]),
    "image-aspect-ratio": Bounds(framed(image), taken=[(400, 1000), (1000, 400), (801, 2002)], warned=[(399, 1000), (1001, 400)]),
    "image-orientation": Bounds(lambda it: image(orientation=it), taken=[1], warned=[2, 3, 6, 8]),
    "image-color": Bounds(lambda it: image(color_space=it), taken=["sRGB", "Gray"], warned=["CMYK", "Display P3", "RGB 16-bit"]),
    "image-animated": Bounds(lambda it: image(frames=it), taken=[1], warned=[2, 40]),
    "image-alpha": Bounds(lambda it: image(alpha=it), taken=[False], told=[True]),

    "video-format": Bounds(lambda it: clip(format=it), taken=["MP4", "MOV"], refused=["WebM", "Matroska"]),
    "video-count": Bounds(several(clip), taken=[0, 1, 3], refused=[4]),
    "video-total-duration": Bounds(lasting(clip), taken=[[2.0], [15.0], [0.66, 0.67, 0.67], [5.0, 5.0, 5.0], [2.2, 5.9, 6.9]], refused=[[1.99], [15.01], [0.66, 0.66, 0.67], [5.0, 5.0, 5.01]]),
    "video-total-size": Bounds(weighing(clip), taken=[[49_999_999], [20_000_000, 20_000_000, 9_999_999]], warned=[[50_000_000], [52_428_799], [20_000_000, 20_000_000, 10_000_000]], refused=[[52_428_800], [20_000_000, 20_000_000, 12_428_800]]),
    "video-pixels": Bounds(framed(clip), taken=[(640, 640), (512, 800), (834, 1112), (1280, 720)], refused=[(639, 641), (1, 927_409), (1920, 1080)]),
    "video-dimensions": Bounds(framed(clip), taken=[(300, 6000), (6000, 300)], warned=[(299, 1400), (1400, 299), (6001, 300), (300, 6001)]),
    "video-aspect-ratio": Bounds(framed(clip), taken=[(500, 1250), (1250, 500)], warned=[(499, 1250), (1251, 500)]),
    "video-fps": Bounds(lambda it: clip(frame_rate=it), taken=[24, 24.0, 29.97, 60.0], warned=[23.976, 23.999999, 60.000001, 60.1]),
    "video-codec": Bounds(lambda it: clip(video_codec=it), taken=["h264", "hevc"], warned=["vp9", "prores"]),
    "video-pixel-format": Bounds(lambda it: clip(pixel_format=it), taken=["yuv420p", "yuvj420p"], warned=["yuv420p10le", "yuv422p", "yuva420p", None]),
    "video-audio-codec": Bounds(lambda it: clip(audio_codec=it), taken=["aac", "mp3", None], warned=["opus", "pcm_s16le"]),
    "video-rotation": Bounds(lambda it: clip(rotation=it[0], mirrored=it[1]), taken=[(0, False)], warned=[(90, False), (180, False), (0, True)]),
    "video-sample-aspect-ratio": Bounds(lambda it: clip(sample_aspect_ratio=it), taken=["1:1"], warned=["4:3", "8:9"]),
    "video-hdr": Bounds(lambda it: clip(transfer=it), taken=["SDR"], warned=["PQ", "HLG"]),
    "video-interlaced": Bounds(lambda it: clip(scan=it), taken=["progressive"], warned=["interlaced"]),
    "video-vfr": Bounds(lambda it: clip(frame_durations=it), taken=[None, (0.04, 0.04), (0.04, 0.059)], told=[(0.04, 0.061)]),
    "video-streams": Bounds(lambda it: clip(other_streams=it), taken=[()], told=[("subtitle",), ("data", "audio")]),
    "video-black": Bounds(lambda it: clip(brightness=it), taken=[None, 0.1, 1.0], warned=[0.0, 0.0999]),
    "video-frozen": Bounds(lambda it: clip(motion=it), taken=[None, 0.001, 0.2], warned=[0.0, 0.0009]),
    "video-duration": Bounds(lasting(clip), taken=[[2.0], [15.0]], warned=[[1.99], [15.01]]),

    "audio-format": Bounds(lambda it: sound(format=it), taken=["MP3", "WAV"], refused=["M4A", "Ogg", "FLAC"]),
    "audio-codec": Bounds(lambda it: sound(audio_codec=it), taken=["mp3", "pcm_s16le"], warned=["pcm_s24le", "aac"]),
    "audio-count": Bounds(several(sound), taken=[0, 1, 3], refused=[4]),
    "audio-total-duration": Bounds(lasting(sound), taken=[[15.0], [5.0, 5.0, 5.0], [0.5]], refused=[[15.01], [5.0, 5.0, 5.01]]),
    "audio-duration": Bounds(lasting(sound), taken=[[2.0], [15.0]], warned=[[1.99], [15.01]]),
    "audio-silent": Bounds(lambda it: sound(peak=it), taken=[None, 0.001, 1.0], warned=[0.0, 0.0009]),
    "audio-file-size": Bounds(lambda it: sound(size=it), taken=[15_000_000], warned=[15_000_001, 15_728_640], refused=[15_728_641]),
    "audio-only": Bounds(lambda it: [sound(), *it], taken=[[image()], [clip()], [image(), clip()]], refused=[[], [sound()]]),

    "file-count": Bounds(lambda it: [image()] * it + [clip()] * 3, taken=[6, 9], refused=[10]),
    "no-reference": Bounds(lambda it: reference_set(*it), taken=[[image()]], told=[[]]),
    "request-size": Bounds(inline, taken=[47_999_895], warned=[47_999_896]),
    "inline-media": Bounds(lambda it: reference_set(image()).model_copy(update={"inline": it}), taken=[False], warned=[True]),
    "face-slot": Bounds(lambda it: reference_set(image(), faces=it), taken=[[]], warned=[["image1"]], refused=[["image2"], ["face"]]),
    "prompt-missing": Bounds(lambda it: reference_set(image(), prompt=it), taken=["a", "@Image1"], refused=[None, "", " \n"]),
    "prompt-unchecked": Bounds(lambda it: reference_set(image(), prompt=None, scope=it), taken=["request", "each"], told=["files"]),
    "prompt-tag": Bounds(prompting(image()), taken=["@Image1", "a"], refused=["@Image2", "@Video1", "[Image2]", "<image 2>"]),
    "prompt-tag-style": Bounds(prompting(image()), taken=["@Image1", "@image1", "Image 2 is nowhere", "an image", "image 1.jpg"], warned=["Image 1 dances", "[Image1]", "<image 1>", "{Image1}"]),
    "prompt-length": Bounds(prompting(), taken=["a " * 1000, "\u732b" * 500], told=["a " * 1001, "\u732b" * 501]),
    "prompt-flags": Bounds(prompting(), taken=["a -- ratio", "a--ratio"], warned=["--ratio 16:9", "dance --dur 5"]),
    "edit-like-prompt": Bounds(prompting(clip()), taken=["an irreplaceable dance"], told=["Replace the sky"]),
    "unused-reference": Bounds(prompting(image()), taken=["@Image1", "[Image 1]"], told=["a"]),

    "resolution": Bounds(wishing("resolution"), taken=["480p", "720p", "1080p", None], refused=["4k", "720", 720, "720P"]),
    "duration": Bounds(wishing("duration"), taken=["auto", 4, 8, "8", "15", None], refused=[3, 16, 8.5, -1, "8s", True, ""]),
    "aspect-ratio": Bounds(wishing("aspect_ratio"), taken=["auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16", None], refused=["adaptive", "16x9", 969]),
    "generate-audio": Bounds(wishing("generate_audio"), taken=[True, False, None], refused=[1, 0, "true"]),
    "bundle-missing": Bounds(lambda it: piece("a", it), taken=["a", "b"], refused=[None]),
    "bundle-changed": Bounds(lambda it: piece("a", it), taken=["a", None], refused=["b"]),
    "bundle-added": Bounds(lambda it: piece(it, "a"), taken=["a", "b"], warned=[None]),
    "request-edited": Bounds(edit, taken=[None], told=["published", "rewritten"], refused=["edited"]),
    "request-shape": Bounds(lambda it: sealed(faults=it), taken=[[]], refused=[["seed: missing"]]),

    "seed": Bounds(wishing("seed"), taken=[7, 0, -7, None], refused=[1.5, 7.0, True, "7"]),
}
# fmt: on


def cases() -> Iterator[Any]:
    levels: tuple[Level | None, ...] = (None, "info", "warning", "error")
    for rule, (make, *sides) in TABLE.items():
        for level, values in zip(levels, sides, strict=True):
            for value in values:
                said = f"{rule}-{value}"[:60] + f"-{level or 'taken'}"
                yield pytest.param(rule, make, value, level, id=said)


def lined_up(made: Made) -> ReferenceSet:
    if isinstance(made, ReferenceSet):
        return made
    return reference_set(*made) if isinstance(made, Sequence) else reference_set(made)


def found(asked: ReferenceSet, rule: str, envelope: Envelope = ENVELOPE) -> list[Finding]:
    return [finding for finding in check(asked, envelope) if finding.rule == rule]


def names(asked: ReferenceSet) -> list[str]:
    return [finding.rule for finding in check(asked, ENVELOPE)]


@pytest.mark.parametrize(("rule", "make", "value", "level"), list(cases()))
def test_a_rule_finds_beyond_its_bounds_and_only_there(
    rule: str, make: Callable[[Any], Made], value: Any, level: Level | None
) -> None:
    levels = [finding.level for finding in found(lined_up(make(value)), rule)]
    assert levels == ([level] if level else [])


def test_every_rule_stands_in_the_table_above_but_those_of_other_providers() -> None:
    assert {rule.name for rule in RULES} - set(TABLE) == {"video-file-size", "watermark"}


@pytest.mark.parametrize(
    ("weight", "levels"),
    [
        (50_000_000, []),
        (50_000_001, ["warning"]),
        (52_428_800, ["warning"]),
        (52_428_801, ["error"]),
    ],
)
def test_byteplus_weighs_each_clip(weight: int, levels: list[Level]) -> None:
    asked = reference_set(clip(), clip(size=weight))
    assert [finding.level for finding in found(asked, "video-file-size", BYTEPLUS)] == levels
    assert not found(asked, "video-total-size", BYTEPLUS)


@pytest.mark.parametrize(("value", "levels"), [(True, []), (False, []), (1, ["error"])])
def test_byteplus_takes_a_watermark_or_none(value: Any, levels: list[Level]) -> None:
    asked = reference_set(image(), watermark=value)
    assert [finding.level for finding in found(asked, "watermark", BYTEPLUS)] == levels
    assert found(asked, "watermark", ENVELOPE)


def test_media_that_travel_by_their_urls_do_not_weigh_on_the_request() -> None:
    assert not found(reference_set(image(size=10**9)), "request-size")


def test_a_clip_in_a_window_has_one_length_only() -> None:
    torn = clip(duration=12.0, declared_duration=26.4)
    assert not found(
        reference_set(reference("video1", torn, Window(start=3, end=9))), "duration-mismatch"
    )


def test_a_picture_that_ends_early_is_truncated_and_no_other_damage() -> None:
    damaged = reference_set(image(decode_error="image file is truncated (12 bytes not processed)"))
    assert [finding.rule for finding in check(damaged, ENVELOPE)] == ["file-truncated"]


def test_rules_that_are_not_selected_or_that_are_ignored_are_not_looked_at() -> None:
    asked = reference_set(clip(frame_rate=10.0, duration=20.0))
    rate_only = ENVELOPE.model_copy(update={"select": frozenset({"video-fps"})})
    no_rate = ENVELOPE.model_copy(update={"ignore": frozenset({"video-fps"})})
    assert [finding.rule for finding in check(asked, rate_only)] == ["video-fps"]
    assert {finding.rule for finding in check(asked, no_rate)} == {
        "video-duration",
        "video-total-duration",
    }


def test_a_clip_of_927_408_pixels_is_taken_and_one_of_927_410_is_not() -> None:
    assert not found(reference_set(clip(width=834, height=1112)), "video-pixels")
    (finding,) = found(reference_set(clip(width=10, height=92_741)), "video-pixels")
    assert (finding.actual, finding.level) == (927_410, "error")
    assert finding.required == {"min": 409_600, "max": 927_408}


def test_a_finding_says_what_was_measured_and_who_takes_what() -> None:
    messages = {
        f.rule: f.message
        for f in check(reference_set(clip(width=1920, height=1080, duration=42.0)), ENVELOPE)
    }
    assert messages == {
        "video-pixels": "2,073,600 pixels per frame; oxen-seedance-2.0 takes 409,600 to 927,408",
        "video-duration": "42 s; oxen-seedance-2.0 takes 2 to 15 s each",
        "video-total-duration": "42 s over 1 file; oxen-seedance-2.0 takes 2 to 15 s in all",
    }


def test_a_doubtful_limit_tells_both_readings() -> None:
    (finding,) = found(reference_set(image(size=30_000_001)), "image-file-size")
    assert "at most 30,000,000 (31,457,280 in the generous reading)" in finding.message


def test_a_finding_about_one_file_names_it_and_one_about_several_does_not() -> None:
    (alone,) = found(reference_set(clip(duration=20.0)), "video-total-duration")
    assert (alone.slot, alone.source) == ("video1", "video1")
    (shared,) = found(
        reference_set(clip(duration=10.0), clip(duration=10.0)), "video-total-duration"
    )
    assert (shared.slot, shared.source) == (None, None)
    assert "20 s over 2 files" in shared.message


@pytest.mark.parametrize(
    ("media", "rules"),
    [
        (clip(duration=None), {"video-duration": "warning", "video-total-duration": "error"}),
        (clip(frame_rate=None), {"video-fps": "warning"}),
        (clip(video_codec=None), {"video-codec": "warning"}),
        (sound(duration=None), {"audio-duration": "warning", "audio-total-duration": "error"}),
        (sound(audio_codec=None), {"audio-codec": "warning"}),
    ],
)
def test_what_could_not_be_measured_is_found(media: Media, rules: dict[str, Level]) -> None:
    findings = check(reference_set(image(), media, prompt=f"@Image1 @{media.kind}1"), ENVELOPE)
    assert {finding.rule: finding.level for finding in findings} == rules
    assert all("could not be measured" in finding.message for finding in findings)
    assert all(finding.actual is None for finding in findings)


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    (finding,) = found(
        reference_set(clip(duration=20.0), clip(duration=None)), "video-total-duration"
    )
    assert finding.actual is None


def test_a_silent_clip_is_not_asked_for_its_sound() -> None:
    silent = clip(audio_codec=None, sample_rate=None, channels=None)
    assert names(reference_set(silent)) == []


def test_media_well_inside_are_not_found_at_all() -> None:
    assert names(reference_set(image(), clip(), sound(), duration=8, seed=7)) == []


def test_a_request_without_media_is_legal() -> None:
    (finding,) = check(reference_set(), ENVELOPE)
    assert (finding.rule, finding.level) == ("no-reference", "info")


def test_all_that_is_wrong_is_found_at_once_in_the_order_of_the_table() -> None:
    asked = reference_set(
        image(format="GIF", width=200, height=2000, orientation=6, color_space="CMYK", size=10**8),
        clip(format="WebM", video_codec="vp9", audio_codec="opus", width=100, height=900, frame_rate=10.0,
             rotation=90, sample_aspect_ratio="4:3", transfer="PQ", duration=1.0, size=10**8),
        sound(format="Ogg", audio_codec="opus", duration=20.0, size=10**8),
        prompt="@Image2", resolution="8k", duration=99, aspect_ratio="5:4", generate_audio="on",
        seed="x",
    )  # fmt: skip
    expected = """
        image-format image-dimensions image-aspect-ratio image-orientation image-color image-file-size
        video-format video-codec video-audio-codec video-pixels video-dimensions video-aspect-ratio
        video-rotation video-sample-aspect-ratio video-hdr video-fps video-duration video-total-duration
        video-total-size audio-format audio-codec audio-duration audio-total-duration audio-file-size
        prompt-tag unused-reference resolution duration aspect-ratio generate-audio seed
    """
    assert list(dict.fromkeys(names(asked))) == expected.split()


def test_the_order_of_the_findings_is_that_of_the_slots_within_a_rule() -> None:
    small = image(width=100, height=100)
    slots = [
        finding.slot for finding in found(reference_set(small, image(), small), "image-dimensions")
    ]
    assert slots == ["image1", "image3"]


def test_a_file_that_cannot_be_read_is_an_error_with_its_reason_and_nothing_else() -> None:
    (finding,) = check(reference_set(image(), reference("image2", UNREAD)), ENVELOPE)
    assert (finding.rule, finding.level) == ("file-unreadable", "error")
    assert (finding.slot, finding.message) == ("image2", "no picture begins here")


def test_a_file_in_a_slot_of_another_kind_is_an_error_and_is_judged_no_further() -> None:
    asked = reference_set(reference("image1", clip(width=10, height=10, duration=99.0)))
    (finding,) = check(asked, ENVELOPE)
    assert (finding.rule, finding.level, finding.slot) == ("file-kind", "error", "image1")
    assert (finding.actual, finding.required) == ("video", "image")


def test_files_that_cannot_be_used_count_all_the_same() -> None:
    unread = [reference(f"image{place}", UNREAD) for place in range(1, 11)]
    assert found(reference_set(*unread), "image-count")
    assert found(reference_set(*unread, clip(), clip(), clip()), "file-count")


@pytest.mark.parametrize(
    ("prompt", "dangling"),
    [
        ("@Image1 @Video1", []),
        ("@Image1 @Video1 @Image2 @audio1", ["@Image2", "@audio1"]),
        ("@Image1 @Video1 @Image0", ["@Image0"]),
        ("@Image1 @Video1 @Image11", ["@Image11"]),
    ],
)
def test_a_tag_that_addresses_no_file_is_an_error(prompt: str, dangling: list[str]) -> None:
    findings = found(reference_set(image(), clip(), prompt=prompt), "prompt-tag")
    assert [finding.actual for finding in findings] == dangling
    assert {finding.level for finding in findings} <= {"error"}


def test_a_file_that_the_prompt_does_not_name_is_told_of_by_its_tag() -> None:
    (finding,) = check(reference_set(image(), clip(), prompt="@Image1 dances"), ENVELOPE)
    assert (finding.rule, finding.level, finding.slot) == ("unused-reference", "info", "video1")
    assert "@Video1" in finding.message


def test_bare_files_are_told_that_the_prompt_was_not_looked_at() -> None:
    (finding,) = check(reference_set(image(), clip(), prompt=None, scope="files"), ENVELOPE)
    assert (finding.rule, finding.level) == ("prompt-unchecked", "info")


def test_bare_files_are_counted_all_the_same() -> None:
    asked = reference_set(*[image()] * 10, prompt=None, scope="files")
    assert names(asked) == ["image-count", "prompt-unchecked"]


def test_each_file_for_itself_is_not_asked_for_a_prompt_or_for_company() -> None:
    crowd = reference_set(*[image()] * 10, *[clip()] * 4, *[sound()] * 4, prompt=None)
    assert [names(alone) for alone in crowd.split()] == [[]] * 18


def test_a_clip_of_20_s_is_an_error_for_itself_too() -> None:
    (alone,) = reference_set(clip(duration=20.0), prompt=None).split()
    levels = {finding.rule: finding.level for finding in check(alone, ENVELOPE)}
    assert levels == {"video-duration": "warning", "video-total-duration": "error"}


def test_only_the_window_of_a_clip_counts() -> None:
    long = clip(duration=60.0)
    assert names(reference_set(reference("video1", long, Window(start=12, end=27)))) == []
    assert found(
        reference_set(reference("video1", long, Window(start=12, end=27.01))),
        "video-total-duration",
    )
    assert found(reference_set(reference("video1", long, Window(start=59))), "video-total-duration")


def test_a_limit_that_an_envelope_does_not_set_is_not_looked_at() -> None:
    open_ended = {rule: at for rule, at in ENVELOPE.limits.items() if rule != "video-fps"}
    lenient = ENVELOPE.model_copy(update={"limits": open_ended})
    assert not check(reference_set(clip(frame_rate=1.0)), lenient)
    assert not check(reference_set(clip(frame_rate=None)), lenient)


@pytest.mark.parametrize("name", ["seed", "resolution", "watermark"])
def test_a_parameter_that_the_envelope_does_not_have_is_found(name: str) -> None:
    fewer = {key: one for key, one in ENVELOPE.parameters.items() if key != name}
    envelope = ENVELOPE.model_copy(update={"parameters": fewer})
    assert found(wishing(name)("7"), name, envelope)


def test_a_warning_fails_only_where_warnings_count_as_errors() -> None:
    told = check(reference_set(clip(frame_rate=10.0)), ENVELOPE)
    assert [finding.level for finding in told] == ["warning"]
    assert Report(envelope="any", findings=told).verdict == "pass"
    assert Report(envelope="any", findings=told, strict=True).verdict == "fail"


def test_an_error_fails_and_an_info_never_does() -> None:
    wrong = check(reference_set(clip(width=10, height=10)), ENVELOPE)
    told = check(reference_set(image(), prompt="A red kite"), ENVELOPE)
    assert Report(envelope="any", findings=wrong).verdict == "fail"
    assert Report(envelope="any", findings=told, strict=True).verdict == "pass"


def test_every_rule_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
