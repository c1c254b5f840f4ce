"""Tags: found in every style, renumbered by a permutation, written in the provider's style."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.envelopes.tags import arrange, numbering, rewrite, tags
from refprep.models.envelope import Envelope
from refprep.models.request import Request, slot_type
from tests.examples import ENVELOPE, ENVELOPES, many

BYTEPLUS = next(envelope for envelope in ENVELOPES if envelope.provider == "BytePlus")
JULY = next(envelope for envelope in ENVELOPES if envelope.face_slots)
SLOTS = ("image1", "image2", "image3", "video1", "video2", "audio1")
SAME = {slot: slot for slot in SLOTS}
STYLES = ("@{0}{1}", "[{0}{1}]", "<{0} {1}>", "{{{0}{1}}}", "[@{0}{1}]", "@{0} {1}", " {0} {1} ")

kinds = st.sampled_from(["Image", "image", "VIDEO", "Audio"])
places = st.integers(1, 4)
some_tags = st.builds(
    lambda style, *name: style.format(*name), st.sampled_from(STYLES), kinds, places
)
WORDS = ("dances", ", ", " ", "like", "跳舞", "\n", "@", "1", "a@b", "(", ")", "[", "10", ".", "e")
prose = st.sampled_from(WORDS) | st.text(max_size=6)
prompts = st.lists(some_tags | prose, max_size=12).map("".join)
envelopes = st.sampled_from(ENVELOPES)
face_slots = st.sets(st.sampled_from(SLOTS))


def slots_of(prompt: str, envelope: Envelope) -> list[str]:
    return [tag.slot for tag in tags(prompt, envelope)]


@many(60)
@given(face_slots)
def test_renumbering_is_a_permutation_within_each_kind(faces: set[str]) -> None:
    numbers = numbering(SLOTS, faces)
    assert sorted(numbers) == sorted(numbers.values()) == sorted(SLOTS)
    assert all(slot_type(old) == slot_type(new) for old, new in numbers.items())


@many(60)
@given(face_slots)
def test_faces_go_first_and_both_parts_keep_their_order(faces: set[str]) -> None:
    numbers = numbering(SLOTS, faces)
    for kind in ("image", "video", "audio"):
        of_kind = [slot for slot in SLOTS if slot_type(slot) == kind]
        order = sorted(of_kind, key=lambda slot: numbers[slot])
        first = [slot for slot in of_kind if slot in faces]
        assert order == first + [slot for slot in of_kind if slot not in faces]


@many(60)
@given(prompts, envelopes)
def test_every_tag_addresses_the_renumbered_slot_in_the_providers_style(
    prompt: str, envelope: Envelope
) -> None:
    numbers = numbering(SLOTS, {"image3", "video2"})
    before = Counter(numbers[slot] for slot in slots_of(prompt, envelope) if slot in numbers)
    after = list(tags(rewrite(prompt, numbers, envelope), envelope))
    assert Counter(tag.slot for tag in after if tag.slot in SLOTS) == before
    assert all(tag.own for tag in after if tag.slot in SLOTS and envelope.has_tag(tag.slot))


@many(60)
@given(prompts, envelopes)
def test_a_prompt_in_the_providers_style_stays_to_the_letter(
    prompt: str, envelope: Envelope
) -> None:
    once = rewrite(prompt, SAME, envelope)
    assert rewrite(once, SAME, envelope) == once


@many(60)
@given(st.lists(prose | st.just("image"), max_size=12).map("".join), envelopes)
def test_a_prompt_without_a_tag_stays(prompt: str, envelope: Envelope) -> None:
    found = slots_of(prompt, envelope)
    assert found or rewrite(prompt, SAME, envelope) == prompt


@many(60)
@given(prompts, envelopes, face_slots)
def test_the_text_between_the_tags_stays(prompt: str, envelope: Envelope, faces: set[str]) -> None:
    def between(text: str) -> str:
        for tag in reversed(list(tags(text, envelope))):
            text = text[: tag.start] + text[tag.end :]
        return re.sub(r"\s", "", text)

    assert between(rewrite(prompt, numbering(SLOTS, faces), envelope)) == between(prompt)


@pytest.mark.parametrize(
    ("prompt", "sent"),
    [
        ("@Image1 dances", "Image 1 dances"),
        ("让@Image1跳舞", "让Image 1跳舞"),
        ("(see [Image 1] and <video 2>)", "(see Image 1 and Video 2)"),
        ("{Image1}{Image2}", "Image 1 Image 2"),
        ("as in[Image1]and so", "as in Image 1 and so"),
        ("@image01", "Image 1"),
        ("@Image9 is nobody", "@Image9 is nobody"),
    ],
)
def test_tags_are_written_in_the_style_of_byteplus(prompt: str, sent: str) -> None:
    assert rewrite(prompt, SAME, BYTEPLUS) == sent


@pytest.mark.parametrize(
    "text",
    [
        "video 1080p", "in video 1.5 s", "image1.jpg", "audio 1:30", "an image", "1 image",
        "image 2nd", "video 1%", "me@image1.example", "my_image1", "Images 1", "@@Image1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.name)
def test_text_that_only_looks_like_a_tag_stays(text: str, envelope: Envelope) -> None:
    assert rewrite(text, dict.fromkeys(SLOTS, "image3"), envelope) == text


def test_a_tag_in_the_providers_style_keeps_its_letter_case() -> None:
    assert rewrite("@image1 and @IMAGE2", SAME, ENVELOPE) == "@image1 and @IMAGE2"


def test_a_user_can_give_an_envelope_a_style_of_its_own() -> None:
    slots = {
        name: slot.model_copy(update={"tag": f"<<<{name.capitalize()}_{{n}}>>>"})
        for name, slot in ENVELOPE.slots.items()
    }
    own = ENVELOPE.model_copy(update={"slots": slots})
    assert rewrite("@Image1 like <<<Video_1>>>", SAME, own) == "<<<Image_1>>> like <<<Video_1>>>"


def test_faces_go_first_and_the_prompt_follows_them() -> None:
    request = Request(
        prompt="@Image1, @Image2 and @Image3 as in @Video1",
        images=["a.jpg", "b.jpg", "c.jpg"], videos=["v.mp4"], faces=["image3"],
    )  # fmt: skip
    sent = arrange(request, JULY)
    assert [source.name for source in sent.sources("image")] == ["c.jpg", "a.jpg", "b.jpg"]
    assert sent.prompt == "[Image 2], [Image 3] and [Image 1] as in [Video 1]"
    assert sent.faces == ("image1",)
    assert arrange(sent, JULY) == sent


def test_the_numbers_stay_where_no_field_is_for_faces() -> None:
    request = Request(prompt="@Image2", images=["a.jpg", "b.jpg"], faces=["image2"])
    assert arrange(request, ENVELOPE) == request


@pytest.mark.parametrize(
    ("prompt", "slots", "rewritten"),
    [
        ("@图片1是场景，@图片2是人物", ["image1", "image2"], "@Image2是场景，@Image1是人物"),
        ("图1里的人像视频1那样跳舞", ["image1", "video1"], "@Image2里的人像@Video1那样跳舞"),
        ("參考圖１和音頻1", ["image1", "audio1"], "參考@Image2和@Audio1"),
        ("画像1と動画1と音声1", ["image1", "video1", "audio1"], "@Image2と@Video1と@Audio1"),
        ("이미지2와 비디오1", ["image2", "video1"], "@Image1와 @Video1"),
        ("@Img1, @Photo2 as @vid1", ["image1", "image2", "video1"], "@Image2, @Image1 as @Video1"),
        ("<<<image_1>>> {{image2}}", ["image1", "image2"], "@Image2 @Image1"),
        ("Image-1 meets image_2", ["image1", "image2"], "@Image2 meets @Image1"),
        ("the first image, dancing", ["image1"], "@Image2, dancing"),
        ("the first video, dancing", ["video1"], "the first video, dancing"),
        ("第二张图片和第1个视频", ["image2", "video1"], "@Image1和第1个视频"),
    ],
)
def test_tags_of_all_scripts_and_styles_follow_their_media(
    prompt: str, slots: list[str], rewritten: str
) -> None:
    assert slots_of(prompt, ENVELOPE) == slots
    numbers = {**SAME, "image1": "image2", "image2": "image1"}
    assert rewrite(prompt, numbers, ENVELOPE) == rewritten


@pytest.mark.parametrize(
    "prompt",
    ["视频5秒", "图片3张", "截图1", "地图2", "3张图片", "图1920", "视频1080p", "音频1:30",
     "照片1.jpg", "picture 2 people dancing", "a photo 3 times", "@photo2023", "sound 5 bells",
     "비디오 3개"],
)  # fmt: skip
def test_numbers_that_count_or_measure_make_no_tag(prompt: str) -> None:
    assert slots_of(prompt, ENVELOPE) == []
    assert rewrite(prompt, SAME, ENVELOPE) == prompt
