"""Surplus references: dropped only where that is allowed, the last ones first, and reported."""

import pytest

from refprep.models.media import Media
from refprep.models.steps import Drop
from refprep.options import Options
from refprep.planner import plan
from refprep.planner.suggest import with_repairs
from refprep.planner.surplus import surplus
from refprep.rules import check
from tests.examples import ENVELOPE, audio, image, reference_set, video

SHORT = {"duration": 2.0}


@pytest.mark.parametrize(
    ("media", "over"),
    [
        ([image()] * 9, set()),
        ([image()] * 11, {"image10", "image11"}),
        ([image()] + [video(**SHORT)] * 4, {"video4"}),
        ([image()] * 9 + [video(**SHORT)] * 3 + [audio(**SHORT)] * 2, {"audio1", "audio2"}),
        ([image()] * 10 + [video(**SHORT)] * 3 + [audio(**SHORT)], {"image10", "audio1"}),
    ],
)
def test_the_last_ones_of_a_kind_are_too_many_and_then_the_last_of_all(
    media: list[Media], over: set[str]
) -> None:
    assert surplus(reference_set(*media), ENVELOPE) == over


def test_nothing_is_dropped_by_default_and_the_advice_names_the_option() -> None:
    references = reference_set(*[image()] * 10)
    planned = plan(references, ENVELOPE)
    assert {finding.rule for finding in planned.findings} == {"image-count"}
    assert not any(file.dropped for file in planned.files)
    (advice,) = [finding.repair for finding in with_repairs(check(references, ENVELOPE), planned)]
    assert "--allow drop" in str(advice)


def test_a_dropped_reference_leaves_its_share_to_the_others() -> None:
    references = reference_set(image(), *[video(duration=5.0)] * 4, prompt="@Image1 as in @Video1")
    planned = plan(references, ENVELOPE, Options(allow=frozenset({"drop"})))
    assert [file.reference.slot for file in planned.files if file.dropped] == ["video4"]
    assert planned.files[-1].steps == (Drop(),)
    assert all(not file.steps for file in planned.files[:-1])
    assert {finding.rule for finding in planned.findings} == {"unused-reference"}


def test_a_prompt_that_names_a_dropped_reference_has_a_finding() -> None:
    references = reference_set(*[image()] * 10)  # the prompt names them all
    planned = plan(references, ENVELOPE, Options(allow=frozenset({"drop"})))
    assert [finding.rule for finding in planned.findings] == ["prompt-tag"]
