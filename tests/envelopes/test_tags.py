"""Tags: found in every style, renumbered by a permutation, written in the provider's style."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.envelopes.tags import kind_of, numbering, rewritten, tags
from refprep.models.envelope import Envelope
from refprep.models.request import Request
from tests.examples import ENVELOPE, ENVELOPES, many

BYTEPLUS = next(one for one in ENVELOPES if one.provider == "BytePlus")
JULY = next(one for one in ENVELOPES if one.face_fields)
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
marked = st.sets(st.sampled_from(SLOTS))


def slots_of(prompt: str, envelope: Envelope) -> list[str]:
    return [tag.slot for tag in tags(prompt, envelope)]


@many(60)
@given(marked)
def test_renumbering_is_a_permutation_within_each_kind(faces: set[str]) -> None:
    numbers = numbering(SLOTS, faces)
    assert sorted(numbers) == sorted(numbers.values()) == sorted(SLOTS)
    assert all(kind_of(old) == kind_of(new) for old, new in numbers.items())


@many(60)
@given(marked)
def test_those_that_go_first_do_and_both_parts_keep_their_order(faces: set[str]) -> None:
    numbers = numbering(SLOTS, faces)
    for kind in ("image", "video", "audio"):
        ours = [slot for slot in SLOTS if kind_of(slot) == kind]
        order = sorted(ours, key=lambda slot: numbers[slot])
        first = [slot for slot in ours if slot in faces]
        assert order == first + [slot for slot in ours if slot not in faces]


@many(60)
@given(prompts, envelopes)
def test_every_tag_addresses_the_renumbered_slot_in_the_providers_style(
    prompt: str, envelope: Envelope
) -> None:
    numbers = numbering(SLOTS, {"image3", "video2"})
    before = Counter(numbers[slot] for slot in slots_of(prompt, envelope) if slot in numbers)
    after = list(tags(rewritten(prompt, numbers, envelope), envelope))
    assert Counter(tag.slot for tag in after if tag.slot in SLOTS) == before
    assert all(tag.own for tag in after if tag.slot in SLOTS)


@many(60)
@given(prompts, envelopes)
def test_what_is_written_in_the_providers_style_is_left_to_the_letter(
    prompt: str, envelope: Envelope
) -> None:
    once = rewritten(prompt, SAME, envelope)
    assert rewritten(once, SAME, envelope) == once


@many(60)
@given(st.lists(prose | st.just("image"), max_size=12).map("".join), envelopes)
def test_words_without_a_tag_stay(prompt: str, envelope: Envelope) -> None:
    found = slots_of(prompt, envelope)
    assert found or rewritten(prompt, SAME, envelope) == prompt


@many(60)
@given(prompts, envelopes, marked)
def test_all_words_between_the_tags_stay(prompt: str, envelope: Envelope, faces: set[str]) -> None:
    def between(text: str) -> str:
        for tag in reversed(list(tags(text, envelope))):
            text = text[: tag.start] + text[tag.end :]
        return re.sub(r"\s", "", text)

    assert between(rewritten(prompt, numbering(SLOTS, faces), envelope)) == between(prompt)


@pytest.mark.parametrize(
    ("asked", "sent"),
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
def test_tags_are_written_as_byteplus_reads_them(asked: str, sent: str) -> None:
    assert rewritten(asked, SAME, BYTEPLUS) == sent


@pytest.mark.parametrize(
    "words",
    [
        "video 1080p", "in video 1.5 s", "image1.jpg", "audio 1:30", "an image", "1 image",
        "image 2nd", "video 1%", "me@image1.example", "my_image1", "Images 1", "@@Image1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda one: one.name)
def test_words_that_only_look_like_tags_stay(words: str, envelope: Envelope) -> None:
    assert rewritten(words, dict.fromkeys(SLOTS, "image3"), envelope) == words


def test_a_tag_in_the_providers_style_keeps_its_letters() -> None:
    assert rewritten("@image1 and @IMAGE2", SAME, ENVELOPE) == "@image1 and @IMAGE2"


def test_a_style_of_a_users_own_envelope_is_known_there() -> None:
    own = ENVELOPE.model_copy(update={"tag": "<<<{kind}_{place}>>>"})
    assert rewritten("@Image1 like <<<Video_1>>>", SAME, own) == "<<<Image_1>>> like <<<Video_1>>>"


def test_faces_go_first_and_the_prompt_follows_them() -> None:
    asked = Request(
        prompt="@Image1, @Image2 and @Image3 as in @Video1",
        images=["a.jpg", "b.jpg", "c.jpg"], videos=["v.mp4"], faces=["image3"],
    )  # fmt: skip
    sent = asked.arranged(JULY)
    assert [source.name for source in sent.images] == ["c.jpg", "a.jpg", "b.jpg"]
    assert sent.prompt == "@Image2, @Image3 and @Image1 as in @Video1"
    assert sent.faces == ("image1",)
    assert sent.arranged(JULY) == sent


def test_where_no_field_is_for_faces_the_numbers_stay() -> None:
    asked = Request(prompt="@Image2", images=["a.jpg", "b.jpg"], faces=["image2"])
    assert asked.arranged(ENVELOPE) == asked
