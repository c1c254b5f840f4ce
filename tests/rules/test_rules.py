"""Rules: what each finds on both sides of its limit, its messages, what it does not check."""

# ruff: noqa: E501 - the table: one row, one limit

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from refprep.envelopes import load
from refprep.models.envelope import Envelope
from refprep.models.finding import Finding, Report
from refprep.models.integrity import BodyEdit, BundleFile, HeldEnvelope, Integrity
from refprep.models.limits import Level
from refprep.models.media import Media, Unchecked, Unreadable
from refprep.models.reference import Reference, ReferenceSet
from refprep.models.shape import Cap
from refprep.models.source import Source, Window
from refprep.rules import RULES, check
from refprep.rules.pages import page, pages
from refprep.rules.rule import Rule
from tests.examples import ENVELOPE, ENVELOPES, audio, image, reference, reference_set, video

Content = ReferenceSet | Media | Reference | Sequence[Media | Reference]
BYTEPLUS, BYTEPLUS_25 = load("byteplus-seedance-2.0"), load("byteplus-seedance-2.5")
FAL = load("fal-seedance-2.0")
CAPPED = ENVELOPE.model_copy(
    update={
        "name": "capped",
        "caps": {"both": Cap(slots=("image", "video"), max=5, evidence=("page",), level="error")},
    }
)
UNREADABLE = Unreadable(reason="the file is empty: it holds 0 bytes", size=0)
BY_NAME = {rule.name: rule for rule in RULES}


class Cases(NamedTuple):
    """What a rule checks, built from a value; and values for each level of findings."""

    build: Callable[[Any], Content]
    accepted: Sequence[Any] = ()
    info: Sequence[Any] = ()
    warning: Sequence[Any] = ()
    error: Sequence[Any] = ()
    envelope: Envelope = ENVELOPE


def of_dimensions(kind: Callable[..., Media]) -> Callable[[tuple[int, int]], Media]:
    return lambda dimensions: kind(width=dimensions[0], height=dimensions[1])


def of_durations(kind: Callable[..., Media]) -> Callable[[Sequence[float]], list[Media]]:
    return lambda durations: [kind(duration=duration) for duration in durations]


def of_sizes(kind: Callable[..., Media]) -> Callable[[Sequence[int]], list[Media]]:
    return lambda sizes: [kind(size=size) for size in sizes]


def several(kind: Callable[..., Media]) -> Callable[[int], list[Media]]:
    return lambda count: [kind()] * count


def with_parameter(name: str) -> Callable[[Any], ReferenceSet]:
    return lambda value: reference_set(image(), **{name: value})


URL = "https://cdn.example/a.png"


def with_prompt(*media: Media) -> Callable[[str], ReferenceSet]:
    return lambda prompt: reference_set(*media, prompt=prompt)


def with_name(name: str) -> Reference:
    media = image(format="PNG") if name == "png.jpg" else image()
    return reference("image1", media).model_copy(update={"source": Source(path=Path(name))})


def duplicate(of: str | None) -> Reference:
    return reference("image2", image()).model_copy(update={"duplicate_of": of})


def inline(size: int) -> ReferenceSet:
    return reference_set(image(size=size)).model_copy(update={"inline": frozenset({"image1"})})


def at(url: str, **found: Any) -> ReferenceSet:
    """An image at a URL that was not read; `found` is what fetching found."""
    alone = Reference(slot="image1", source=Source.parse(url), media=Unchecked(**found))
    return reference_set(image()).model_copy(update={"references": (alone,)})


def packed(**found: Any) -> ReferenceSet:
    integrity = Integrity(**{"files": (), **found})
    return reference_set(image()).model_copy(update={"integrity": integrity})


def packed_file(packed_sha256: str | None, found_sha256: str | None) -> ReferenceSet:
    file = BundleFile(
        path="b/media/image1.jpg",
        packed_sha256=packed_sha256,
        packed_size=122_430,
        found_sha256=found_sha256,
        found_size=98_304 if packed_sha256 else 6_148,
    )
    return packed(files=(file,))


def asset(uri: str) -> Reference:
    return reference("image1", image()).model_copy(update={"source": Source.parse(uri)})


def in_slots(*slots: str) -> ReferenceSet:
    return reference_set(*(reference(slot, image()) for slot in slots))


def edited(kind: Any) -> ReferenceSet:
    texts = ('duration "8" is now "10"', "seed 7 is left out")
    return packed(edits=[BodyEdit(kind=kind, text=text) for text in texts] if kind else [])


def held(fields: dict[str, Any]) -> ReferenceSet:
    """A set whose limits and rules a manifest decides."""
    facts = {"name": "x", "known": True, **fields}
    return reference_set().model_copy(update={"held": HeldEnvelope.model_validate(facts)})


# fmt: off
TABLE = {
    "file-unreadable": Cases(lambda value: reference("image1", value), accepted=[image()], error=[UNREADABLE]),
    **{
        rule: Cases(
            lambda value: reference("image1", value), accepted=[image(), UNREADABLE],
            error=[UNREADABLE.model_copy(update={"rule": rule, "reason": page(rule).example})],
        )
        for rule in ("file-read-error", "file-crashes", "file-too-slow", "file-too-big")
    },
    "file-kind": Cases(lambda value: reference("image1", value), accepted=[image(), UNREADABLE], error=[video(), audio()]),
    "file-extension": Cases(with_name, accepted=["a.jpg", "a.JPEG", "a", "a.part-7"], warning=["a.heic", "a.PNG", "a.mov", "png.jpg"]),
    "file-truncated": Cases(lambda value: video(declared_duration=4.0, missing_duration=value), accepted=[0.0, 0.25], error=[0.26, 2.1]),
    "file-corrupt": Cases(lambda value: value, accepted=[image(), video(decode_errors=0)], warning=[video(decode_errors=1), audio(decode_errors=3)], error=[image(decode_error="broken data stream")]),
    "duration-mismatch": Cases(lambda value: video(duration=value[0], declared_duration=value[1]), accepted=[(4.0, 4.0), (4.0, 9.0), (20.0, 30.0)], warning=[(12.0, 26.4), (1.9, 2.0)]),
    "trim-range": Cases(lambda value: reference("video1", video(duration=12.0), value), accepted=[None, Window(start=3, end=9), Window(start=3), Window(end=12)], info=[Window(start=3, end=12.5)], error=[Window(start=12), Window(start=20, end=25)]),
    "duplicate-file": Cases(lambda value: [image(), duplicate(value)], accepted=[None], warning=["image1"]),

    "image-format": Cases(lambda value: image(format=value), accepted=["JPEG", "PNG", "WebP"], warning=["MPO"], error=["GIF", "HEIC", "jpeg"]),
    "image-file-size": Cases(lambda value: image(size=value), accepted=[1, 30_000_000], warning=[30_000_001, 31_457_280], error=[31_457_281]),
    "image-count": Cases(several(image), accepted=[0, 1, 9], error=[10]),
    "image-dimensions": Cases(of_dimensions(image), accepted=[(300, 300), (300, 301), (6000, 6000)], warning=[(299, 300), (300, 299), (6001, 6000), (6000, 6001)]),
    "image-pixels": Cases(of_dimensions(image), accepted=[(300, 300), (6000, 6000)], warning=[(299, 301), (6001, 6000)], envelope=BYTEPLUS),
    "image-aspect-ratio": Cases(of_dimensions(image), accepted=[(400, 1000), (1000, 400), (801, 2002)], warning=[(399, 1000), (1001, 400)]),
    "image-orientation": Cases(lambda value: image(orientation=value), accepted=[1], warning=[2, 3, 6, 8]),
    "image-color": Cases(lambda value: image(color_space=value), accepted=["sRGB", "Gray"], warning=["CMYK", "Display P3", "RGB 16-bit"]),
    "image-animated": Cases(lambda value: image(frames=value), accepted=[1], warning=[2, 40]),
    "image-alpha": Cases(lambda value: image(alpha=value), accepted=[False], info=[True]),

    "video-format": Cases(lambda value: video(format=value), accepted=["MP4", "MOV"], error=["WebM", "Matroska"]),
    "video-count": Cases(several(video), accepted=[0, 1, 3], error=[4]),
    "video-total-duration": Cases(of_durations(video), accepted=[[2.0], [15.0], [0.66, 0.67, 0.67], [5.0, 5.0, 5.0], [2.2, 5.9, 6.9]], error=[[1.99], [15.01], [0.66, 0.66, 0.67], [5.0, 5.0, 5.01]]),
    "video-total-size": Cases(of_sizes(video), accepted=[[49_999_999], [20_000_000, 20_000_000, 9_999_999]], warning=[[50_000_000], [52_428_799], [20_000_000, 20_000_000, 10_000_000]], error=[[52_428_800], [20_000_000, 20_000_000, 12_428_800]]),
    "video-pixels": Cases(of_dimensions(video), accepted=[(640, 640), (512, 800), (834, 1112), (1280, 720)], error=[(639, 641), (1, 927_409), (1920, 1080)]),
    "video-dimensions": Cases(of_dimensions(video), accepted=[(300, 6000), (6000, 300)], warning=[(299, 1400), (1400, 299), (6001, 300), (300, 6001)]),
    "video-aspect-ratio": Cases(of_dimensions(video), accepted=[(500, 1250), (1250, 500)], warning=[(499, 1250), (1251, 500)]),
    "video-fps": Cases(lambda value: video(frame_rate=value), accepted=[24, 24.0, 29.97, 60.0], warning=[23.976, 23.999999, 60.000001, 60.1]),
    "video-codec": Cases(lambda value: video(video_codec=value), accepted=["h264", "hevc"], warning=["vp9", "prores"]),
    "video-pixel-format": Cases(lambda value: video(pixel_format=value), accepted=["yuv420p", "yuvj420p"], warning=["yuv420p10le", "yuv422p", "yuva420p", None]),
    "video-audio-codec": Cases(lambda value: video(audio_codec=value), accepted=["aac", "mp3", None], warning=["opus", "pcm_s16le"]),
    "video-rotation": Cases(lambda value: video(rotation=value[0], mirrored=value[1]), accepted=[(0, False)], warning=[(90, False), (180, False), (0, True)]),
    "video-sample-aspect-ratio": Cases(lambda value: video(sample_aspect_ratio=value), accepted=["1:1"], warning=["4:3", "8:9"]),
    "video-hdr": Cases(lambda value: video(transfer=value), accepted=["SDR"], warning=["PQ", "HLG"]),
    "video-interlaced": Cases(lambda value: video(scan=value), accepted=["progressive"], warning=["interlaced"]),
    "video-vfr": Cases(lambda value: video(frame_durations=value), accepted=[None, (0.04, 0.04), (0.04, 0.059)], info=[(0.04, 0.061)]),
    "video-streams": Cases(lambda value: video(other_streams=value), accepted=[()], info=[("subtitle",), ("data", "audio")]),
    "video-black": Cases(lambda value: video(brightness=value), accepted=[None, 0.1, 1.0], warning=[0.0, 0.0999]),
    "video-frozen": Cases(lambda value: video(motion=value), accepted=[None, 0.001, 0.2], warning=[0.0, 0.0009]),
    "video-file-size": Cases(of_sizes(video), accepted=[[200_000_000, 200_000_000]], warning=[[200_000_001], [209_715_200]], error=[[209_715_201]], envelope=BYTEPLUS),
    "video-duration": Cases(of_durations(video), accepted=[[2.0], [15.0]], warning=[[1.99], [15.01]]),

    "audio-format": Cases(lambda value: audio(format=value), accepted=["MP3", "WAV"], error=["M4A", "Ogg", "FLAC"]),
    "audio-codec": Cases(lambda value: audio(audio_codec=value), accepted=["mp3", "pcm_s16le"], warning=["pcm_s24le", "aac"]),
    "audio-count": Cases(several(audio), accepted=[0, 1, 3], error=[4]),
    "audio-total-duration": Cases(of_durations(audio), accepted=[[15.0], [5.0, 5.0, 5.0], [0.5]], error=[[15.01], [5.0, 5.0, 5.01]]),
    "audio-duration": Cases(of_durations(audio), accepted=[[2.0], [15.0]], warning=[[1.99], [15.01]]),
    "audio-silent": Cases(lambda value: audio(loudness_peak=value), accepted=[None, 0.001, 1.0], warning=[0.0, 0.0009]),
    "audio-file-size": Cases(lambda value: audio(size=value), accepted=[15_000_000], warning=[15_000_001, 15_728_640], error=[15_728_641]),
    "audio-only": Cases(lambda value: [audio(), *value], accepted=[[image()], [video()], [image(), video()]], error=[[], [audio()]]),

    "file-count": Cases(lambda value: [image()] * value + [video()] * 3, accepted=[6, 9], error=[10]),
    "slot-unknown": Cases(in_slots, accepted=["image1"], error=["first_frame", "subject1"]),
    "slot-conflict": Cases(lambda value: in_slots(*value), accepted=[["image1"], ["first_frame"], ["first_frame", "last_frame"]], error=[["last_frame"], ["first_frame", "image1"]], envelope=BYTEPLUS),
    "slot-count": Cases(lambda value: [image()] * value + [video()] * 2, accepted=[0, 3], error=[4], envelope=CAPPED),
    "no-reference": Cases(lambda value: reference_set(*value), accepted=[[image()]], info=[[]]),
    "request-size": Cases(inline, accepted=[47_999_895], warning=[47_999_896]),
    "inline-media": Cases(lambda value: reference_set(image()).model_copy(update={"inline": value}), accepted=[frozenset(), frozenset({"image2"})], warning=[frozenset({"image1"})]),
    "asset-media": Cases(asset, accepted=["a.jpg"], error=["asset://a-1", "mm_file://7"]),
    "media-scheme": Cases(at, accepted=["https://cdn.example/a.png", "asset://a-1"], error=["http://cdn.example/a.png"]),
    "media-unchecked": Cases(lambda value: at(*value[:1], **value[1]), accepted=[("http://cdn.example/a", {}), ("asset://a-1", {}), ("https://10.0.0.1/a", {}), (URL, {"reason": "answers 404", "unreachable": True})], info=[(URL, {})], warning=[(URL, {"reason": "more than 256,000,000 bytes"})]),
    "media-unreachable": Cases(lambda value: at(*value[:1], **value[1]), accepted=[(URL, {}), ("asset://a-1", {}), ("https://8.8.8.8/a.png", {}), (URL, {"reason": "late"})], error=[("https://192.168.1.20/a.png", {}), ("https://nas.local/a.png", {}), ("https://nas/a.png", {}), ("https://127.1/a.png", {}), ("https://[::ffff:10.0.0.1]:8443/", {}), (URL, {"reason": "cdn.example answers 404", "unreachable": True})]),
    "face-slot": Cases(lambda value: reference_set(image(), faces=value), accepted=[[]], warning=[["image1"]], error=[["image2"], ["face"]]),
    "prompt-missing": Cases(lambda value: reference_set(image(), prompt=value), accepted=["a", "@Image1"], error=[None, "", " \n"]),
    "prompt-unchecked": Cases(lambda value: reference_set(image(), prompt=None, scope=value), accepted=["request", "each"], info=["files"]),
    "prompt-tag": Cases(with_prompt(image()), accepted=["@Image1", "a"], error=["@Image2", "@Video1", "[Image2]", "<image 2>", "@图片2", "图2里的人", "이미지2", "<<<video_1>>>"]),
    "prompt-tag-style": Cases(with_prompt(image()), accepted=["@Image1", "@image1", "Image 2 is nowhere", "an image", "image 1.jpg"], warning=["Image 1 dances", "[Image1]", "<image 1>", "{Image1}", "{{image1}}", "Image-1", "@图片1", "图1", "画像1", "@Img1", "the first image"]),
    "prompt-length": Cases(with_prompt(), accepted=["a " * 1000, "\u732b" * 500], info=["a " * 1001, "\u732b" * 501]),
    "prompt-flags": Cases(with_prompt(), accepted=["a -- ratio", "a--ratio"], warning=["--ratio 16:9", "dance --dur 5"]),
    "edit-like-prompt": Cases(with_prompt(video()), accepted=["an irreplaceable dance", "They continue to dance", "他跳舞，接着坐下"], info=["Continue @Video1", "Replace the sky", "去掉视频中的人", "把猫换成狗", "替换背景", "延长视频"]),
    "unused-reference": Cases(with_prompt(image()), accepted=["@Image1", "[Image 1]"], info=["a"]),

    "resolution": Cases(with_parameter("resolution"), accepted=["480p", "720p", "1080p", None], error=["4k", "720", 720, "720P"]),
    "duration": Cases(with_parameter("duration"), accepted=["auto", 4, 8, "8", "15", None], error=[3, 16, 8.5, -1, "8s", True, ""]),
    "aspect-ratio": Cases(with_parameter("aspect_ratio"), accepted=["auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16", None], error=["adaptive", "16x9", 969]),
    "watermark": Cases(with_parameter("watermark"), accepted=[True, False, None], error=[1, "true"], envelope=BYTEPLUS),
    "generate-audio": Cases(with_parameter("generate_audio"), accepted=[True, False, None], error=[1, 0, "true"]),
    "bundle-missing": Cases(lambda value: packed_file("a", value), accepted=["a", "b"], error=[None]),
    "bundle-changed": Cases(lambda value: packed_file("a", value), accepted=["a", None], error=["b"]),
    "bundle-added": Cases(lambda value: packed_file(value, "a"), accepted=["a", "b"], warning=[None]),
    "request-edited": Cases(edited, accepted=[None], info=["published", "rewritten"], error=["edited"]),
    "request-shape": Cases(lambda value: packed(schema_errors=value), accepted=[[]], error=[['resolution: takes 480p, 720p or 1080p, not "8k"']]),
    "envelope-changed": Cases(held, accepted=[{}, {"known": False, "differences": ("video-fps",)}], warning=[{"name": "oxen-seedance-2.0", "differences": ("video-fps",)}]),
    "envelope-unknown": Cases(held, accepted=[{}], warning=[{"name": "mine", "known": False}]),
    "rules-ignored": Cases(held, accepted=[{}], warning=[{"ignore": ("prompt-tag", "video-fps")}, {"select": ("seed",)}]),

    "parameter": Cases(lambda value: reference_set(image(), **value), accepted=[{}, {"bitrate_mode": "high"}, {"end_user_id": 7}], error=[{"bitrate_mode": "best"}, {"bitrate_mode": ["high"]}, {"bitrate": "high"}], envelope=FAL),
    "parameter-default": Cases(with_parameter("duration"), accepted=[8, -1], info=[None], envelope=BYTEPLUS_25),
    "seed": Cases(with_parameter("seed"), accepted=[7, 0, -7, None], error=[1.5, 7.0, True, "7"]),
}
# fmt: on


def cases() -> Iterator[Any]:
    levels: tuple[Level | None, ...] = (None, "info", "warning", "error")
    for rule, (build, *values_by_level, envelope) in TABLE.items():
        for level, values in zip(levels, values_by_level, strict=True):
            for value in values:
                name = f"{rule}-{value}"[:60] + f"-{level or 'accepted'}"
                yield pytest.param(rule, build, value, level, envelope, id=name)


def as_set(content: Content) -> ReferenceSet:
    if isinstance(content, ReferenceSet):
        return content
    return reference_set(*content) if isinstance(content, Sequence) else reference_set(content)


def found(references: ReferenceSet, rule: str, envelope: Envelope = ENVELOPE) -> list[Finding]:
    return [finding for finding in check(references, envelope) if finding.rule == rule]


def names(references: ReferenceSet) -> list[str]:
    return [finding.rule for finding in check(references, ENVELOPE)]


@pytest.mark.parametrize(("rule", "build", "value", "level", "envelope"), list(cases()))
def test_a_rule_finds_what_breaks_its_limit_and_nothing_else(
    rule: str,
    build: Callable[[Any], Content],
    value: Any,
    level: Level | None,
    envelope: Envelope,
) -> None:
    levels = [finding.level for finding in found(as_set(build(value)), rule, envelope)]
    assert levels == ([level] if level else [])


def test_every_rule_that_writes_its_own_messages_is_in_the_table_above() -> None:
    assert {rule.name for rule in RULES if not rule.message} - set(TABLE) == set()


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert list(pages()) == [rule.name for rule in RULES]


def expected_message(rule: Rule, envelope: Envelope) -> str:
    """A pattern of the rule's messages: any measured value, and exactly this envelope's limit."""
    accepted = rule.accepts(envelope.bounds[rule.name])
    words = {
        "envelope": envelope.name, "accepted": accepted, "takes": f"{envelope.name} takes {accepted}",
    }  # fmt: skip
    parts = re.split(r"\{(\w+)[^}]*\}", rule.message)
    return "".join(
        (re.escape(words[part]) if part in words else ".+") if place % 2 else re.escape(part)
        for place, part in enumerate(parts)
    )


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.message], ids=lambda rule: rule.name
)
def test_the_example_on_a_page_is_a_message_of_the_rule(rule: Rule) -> None:
    limited = [envelope for envelope in ENVELOPES if rule.name in envelope.bounds]
    patterns = [expected_message(rule, envelope) for envelope in limited]
    example = page(rule.name).example
    assert any(re.fullmatch(pattern, example) for pattern in patterns), (example, patterns)


def test_the_findings_in_the_readme_are_messages_of_their_rules() -> None:
    readme = Path(__file__).parents[2] / "README.md"
    findings = re.findall(
        r"^  (?:error|warning|info) +(\S+) +(.+)$", readme.read_text("utf-8"), re.M
    )
    assert findings
    for name, message in findings:
        assert re.fullmatch(expected_message(BY_NAME[name], ENVELOPE), message), message


@pytest.mark.parametrize("name", [rule.name for rule in RULES if not rule.message])
def test_the_example_on_a_page_is_a_message_that_the_rule_writes(name: str) -> None:
    build, _, info, warning, error, envelope = TABLE[name]
    messages = {
        finding.message
        for value in (*info, *warning, *error)
        for finding in found(as_set(build(value)), name, envelope)
    }
    assert page(name).example in messages


@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.name)
def test_a_limit_is_stated_in_words_and_not_as_a_bare_value(envelope: Envelope) -> None:
    bounds = {name: bound for name, bound in envelope.bounds.items() if name in BY_NAME}
    texts = {name: BY_NAME[name].accepts(bound) for name, bound in bounds.items()}
    bare = re.compile(r"|true|false|none|anything|[0-9.,]+|at (least|most) [0-9.,]+")
    assert {name: text for name, text in texts.items() if bare.fullmatch(text)} == {}


def test_the_words_of_an_envelope_for_its_limit_are_those_of_the_message() -> None:
    bound = ENVELOPE.bound("image-animated").model_copy(update={"words": "still images"})
    envelope = ENVELOPE.model_copy(update={"limits": {"image-animated": bound}})
    (finding,) = found(reference_set(image(frames=24)), "image-animated", envelope)
    assert finding.message == "24 frames; oxen-seedance-2.0 takes still images"


def test_an_envelope_without_words_for_its_limit_has_those_of_the_rule() -> None:
    bound = ENVELOPE.bound("image-animated").model_copy(update={"words": None})
    assert BY_NAME["image-animated"].accepts(bound) == "at most 1 frames"


def test_byteplus_limits_the_size_of_each_video_and_not_the_total() -> None:
    references = reference_set(video(size=200_000_000), video(size=200_000_001))
    (finding,) = found(references, "video-file-size", BYTEPLUS)
    assert finding.slot == "video2"
    assert not found(references, "video-total-size", BYTEPLUS)


def test_media_that_are_sent_by_url_do_not_count_for_the_size_of_the_request() -> None:
    assert not found(reference_set(image(size=10**9)), "request-size")


def test_a_window_of_a_file_has_one_duration_only() -> None:
    contradictory = video(duration=12.0, declared_duration=26.4)
    references = reference_set(reference("video1", contradictory, Window(start=3, end=9)))
    assert not found(references, "duration-mismatch")


def test_an_image_that_ends_early_is_truncated_and_not_also_corrupt() -> None:
    damaged = reference_set(image(decode_error="image file is truncated (12 bytes not processed)"))
    assert names(damaged) == ["file-truncated"]


def test_rules_that_are_ignored_or_not_selected_are_not_checked() -> None:
    references = reference_set(video(frame_rate=10.0, duration=20.0))
    rate_only = ENVELOPE.model_copy(update={"select": frozenset({"video-fps"})})
    no_rate = ENVELOPE.model_copy(update={"ignore": frozenset({"video-fps"})})
    assert [finding.rule for finding in check(references, rate_only)] == ["video-fps"]
    assert {finding.rule for finding in check(references, no_rate)} == {
        "video-duration",
        "video-total-duration",
    }


def test_a_video_of_927_408_pixels_is_accepted_and_one_of_927_410_is_not() -> None:
    assert not found(reference_set(video(width=834, height=1112)), "video-pixels")
    (finding,) = found(reference_set(video(width=10, height=92_741)), "video-pixels")
    assert (finding.actual, finding.level) == (927_410, "error")
    assert finding.required == {"min": 409_600, "max": 927_408}


def test_a_message_states_the_measured_value_and_then_the_limit_with_its_unit() -> None:
    findings = check(reference_set(video(width=1920, height=1080, duration=42.0)), ENVELOPE)
    assert {finding.rule: finding.message for finding in findings} == {
        "video-pixels": "2,073,600 pixels per frame; "
        "oxen-seedance-2.0 takes 409,600 to 927,408 pixels per frame",
        "video-duration": "42 s; oxen-seedance-2.0 takes 2 to 15 s per video",
        "video-total-duration": "42 s over 1 file; oxen-seedance-2.0 takes 2 to 15 s in total",
    }


def test_a_message_about_a_limit_with_two_readings_states_both() -> None:
    (finding,) = found(reference_set(image(size=30_000_001)), "image-file-size")
    assert finding.message.endswith(
        "takes at most 30,000,000 bytes (lenient reading: at most 31,457,280)"
    )


@pytest.mark.parametrize(
    ("value", "text"), [("8k", '"8k"'), (8, '"8"'), (True, "true"), (1.5, '"1.5"')]
)
def test_a_parameter_is_shown_as_the_body_has_it(value: Any, text: str) -> None:
    (finding,) = found(reference_set(image(), resolution=value), "resolution")
    assert finding.message.startswith(f"resolution is {text}; ")


def test_a_finding_about_one_file_names_it_and_one_about_several_does_not() -> None:
    (alone,) = found(reference_set(video(duration=20.0)), "video-total-duration")
    assert (alone.slot, alone.source) == ("video1", "video1")
    pair = reference_set(video(duration=10.0), video(duration=10.0))
    (shared,) = found(pair, "video-total-duration")
    assert (shared.slot, shared.source) == (None, None)
    assert "20 s over 2 files" in shared.message


@pytest.mark.parametrize(
    ("media", "rules"),
    [
        (video(duration=None), {"video-duration": "warning", "video-total-duration": "error"}),
        (video(frame_rate=None), {"video-fps": "warning"}),
        (video(video_codec=None), {"video-codec": "warning"}),
        (audio(duration=None), {"audio-duration": "warning", "audio-total-duration": "error"}),
        (audio(audio_codec=None), {"audio-codec": "warning"}),
    ],
)
def test_what_could_not_be_measured_is_found(media: Media, rules: dict[str, Level]) -> None:
    findings = check(reference_set(image(), media, prompt=f"@Image1 @{media.kind}1"), ENVELOPE)
    assert {finding.rule: finding.level for finding in findings} == rules
    assert all("could not be measured" in finding.message for finding in findings)
    assert all(finding.actual is None for finding in findings)


def test_a_sum_with_an_unknown_part_is_unknown() -> None:
    pair = reference_set(video(duration=20.0), video(duration=None))
    (finding,) = found(pair, "video-total-duration")
    assert finding.actual is None


def test_a_video_without_audio_has_no_finding_about_audio() -> None:
    silent = video(audio_codec=None, sample_rate=None, channels=None)
    assert names(reference_set(silent)) == []


def test_media_that_meet_the_limits_have_no_findings() -> None:
    assert names(reference_set(image(), video(), audio(), duration=8, seed=7)) == []


def test_a_request_without_media_is_accepted() -> None:
    (finding,) = check(reference_set(), ENVELOPE)
    assert (finding.rule, finding.level) == ("no-reference", "info")


def test_all_findings_come_at_once_in_the_order_of_the_table() -> None:
    references = reference_set(
        image(format="GIF", width=200, height=2000, orientation=6, color_space="CMYK", size=10**8),
        video(format="WebM", video_codec="vp9", audio_codec="opus", width=100, height=900, frame_rate=10.0,
             rotation=90, sample_aspect_ratio="4:3", transfer="PQ", duration=1.0, size=10**8),
        audio(format="Ogg", audio_codec="opus", duration=20.0, size=10**8),
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
    assert list(dict.fromkeys(names(references))) == expected.split()


def test_the_findings_of_a_rule_are_in_the_order_of_the_slots() -> None:
    small = image(width=100, height=100)
    findings = found(reference_set(small, image(), small), "image-dimensions")
    assert [finding.slot for finding in findings] == ["image1", "image3"]


def test_a_file_that_cannot_be_read_has_one_error_with_the_reason() -> None:
    (finding,) = check(reference_set(image(), reference("image2", UNREADABLE)), ENVELOPE)
    assert (finding.rule, finding.level) == ("file-unreadable", "error")
    assert (finding.slot, finding.message) == ("image2", UNREADABLE.reason)


def test_a_file_in_a_slot_of_another_kind_has_one_error_and_is_not_checked_further() -> None:
    references = reference_set(reference("image1", video(width=10, height=10, duration=99.0)))
    (finding,) = check(references, ENVELOPE)
    assert (finding.rule, finding.level, finding.slot) == ("file-kind", "error", "image1")
    assert (finding.actual, finding.required) == ("video", "image")


def test_files_that_cannot_be_used_are_counted() -> None:
    unreadable = [reference(f"image{place}", UNREADABLE) for place in range(1, 11)]
    assert found(reference_set(*unreadable), "image-count")
    assert found(reference_set(*unreadable, video(), video(), video()), "file-count")


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
    findings = found(reference_set(image(), video(), prompt=prompt), "prompt-tag")
    assert [finding.actual for finding in findings] == dangling
    assert {finding.level for finding in findings} <= {"error"}


def test_the_nearest_slot_is_suggested_for_a_tag_that_addresses_no_file() -> None:
    (finding,) = found(reference_set(image(), prompt="@Image2"), "prompt-tag")
    assert finding.repair == "did you mean @Image1?"


def test_a_file_that_the_prompt_does_not_name_is_named_by_its_tag() -> None:
    (finding,) = check(reference_set(image(), video(), prompt="@Image1 dances"), ENVELOPE)
    assert (finding.rule, finding.level, finding.slot) == ("unused-reference", "info", "video1")
    assert "@Video1" in finding.message


def test_loose_files_without_a_prompt_have_an_info_about_it() -> None:
    (finding,) = check(reference_set(image(), video(), prompt=None, scope="files"), ENVELOPE)
    assert (finding.rule, finding.level) == ("prompt-unchecked", "info")


def test_loose_files_are_counted() -> None:
    references = reference_set(*[image()] * 10, prompt=None, scope="files")
    assert names(references) == ["image-count", "prompt-unchecked"]


def test_a_file_that_is_checked_by_itself_needs_no_prompt_and_no_other_files() -> None:
    many = reference_set(*[image()] * 10, *[video()] * 4, *[audio()] * 4, prompt=None)
    assert [names(alone) for alone in many.split()] == [[]] * 18


def test_a_video_of_20_s_is_an_error_by_itself_too() -> None:
    (alone,) = reference_set(video(duration=20.0), prompt=None).split()
    levels = {finding.rule: finding.level for finding in check(alone, ENVELOPE)}
    assert levels == {"video-duration": "warning", "video-total-duration": "error"}


def test_only_the_window_of_a_file_counts() -> None:
    long = video(duration=60.0)
    rule = "video-total-duration"
    assert names(reference_set(reference("video1", long, Window(start=12, end=27)))) == []
    assert found(reference_set(reference("video1", long, Window(start=12, end=27.01))), rule)
    assert found(reference_set(reference("video1", long, Window(start=59))), rule)


def test_a_rule_without_a_limit_in_the_envelope_finds_nothing() -> None:
    limits = {rule: bound for rule, bound in ENVELOPE.limits.items() if rule != "video-fps"}
    unlimited = ENVELOPE.model_copy(update={"limits": limits})
    assert not check(reference_set(video(frame_rate=1.0)), unlimited)
    assert not check(reference_set(video(frame_rate=None)), unlimited)


@pytest.mark.parametrize("name", ["seed", "resolution", "watermark"])
def test_a_parameter_that_the_envelope_does_not_have_is_found(name: str) -> None:
    fewer = {key: known for key, known in ENVELOPE.parameters.items() if key != name}
    envelope = ENVELOPE.model_copy(update={"parameters": fewer})
    assert found(with_parameter(name)("7"), name, envelope)


def test_a_warning_fails_only_where_warnings_count_as_errors() -> None:
    findings = check(reference_set(video(frame_rate=10.0)), ENVELOPE)
    assert [finding.level for finding in findings] == ["warning"]
    assert Report(envelope="any", findings=findings).verdict == "pass"
    assert Report(envelope="any", findings=findings, strict=True).verdict == "fail"


def test_an_error_fails_and_an_info_never_does() -> None:
    errors = check(reference_set(video(width=10, height=10)), ENVELOPE)
    infos = check(reference_set(image(), prompt="A red kite"), ENVELOPE)
    assert Report(envelope="any", findings=errors).verdict == "fail"
    assert Report(envelope="any", findings=infos, strict=True).verdict == "pass"


def test_every_rule_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
