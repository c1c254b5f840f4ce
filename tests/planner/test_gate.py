"""One gate: no step is planned that the user has not permitted, even if its fitter does not ask."""

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import refprep
from refprep import planner
from refprep.models.envelope import Envelope
from refprep.models.media import Image
from refprep.models.reference import Reference
from refprep.models.steps import (
    DEFAULT_COSTS,
    BaseStep,
    Cost,
    Crop,
    Drop,
    Encode,
    Lengthen,
    Pad,
    Step,
    Trim,
)  # fmt: skip
from refprep.options import Loss, Options, permitted
from tests.examples import ENVELOPE, image, many, reference_set

LOSSES = get_args(Loss)
STEPS: tuple[type[BaseStep], ...] = get_args(get_args(Step)[0])


class Inpaint(BaseStep):
    """A new step that synthesizes pixels."""

    step: Literal["inpaint"] = "inpaint"
    cost: Cost = "synthesize"
    aspects: ClassVar[frozenset[str]] = frozenset({"frame"})


def careless(reference: Reference, envelope: Envelope, options: Options) -> Sequence[Any]:
    """A fitter that does not ask."""
    return [Inpaint(), Encode(format="PNG", max_size=1_000_000)]


def test_a_new_step_that_synthesizes_is_not_planned_though_its_fitter_does_not_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(planner.FITTERS, Image, careless)
    small = image(width=100, height=100, format="HEIF")
    for options in (Options(), Options(allow=LOSSES)):
        plan = planner.plan(reference_set(small), ENVELOPE, options)
        assert [list(file.steps) for file in plan.files] == [[]]
        assert {"image-dimensions", "image-format"} <= {finding.rule for finding in plan.findings}


def test_every_step_beyond_the_default_costs_has_a_word_that_the_options_offer() -> None:
    facts: dict[type[BaseStep], list[BaseStep]] = {
        Crop: [Crop(width=1, height=1, of=(2, 1))],
        Pad: [Pad(width=2, height=1, of=(1, 1))],
        Lengthen: [Lengthen(mode=mode, duration=1) for mode in ("loop", "ping-pong", "freeze")],
        Drop: [Drop()],
    }
    costs = {kind: kind.model_fields["cost"].default for kind in STEPS}
    assert {kind for kind, cost in costs.items() if cost not in DEFAULT_COSTS} == set(facts)
    words = {str(step.loss) for steps in facts.values() for step in steps}
    assert words == set(LOSSES)


@many(50)
@given(st.sets(st.sampled_from(LOSSES)))
def test_a_loss_is_permitted_where_it_is_named_and_nowhere_else(allow: set[Loss]) -> None:
    options = Options(allow=tuple(allow))
    assert permitted(Crop(width=1, height=1, of=(2, 1)), options) == ("crop" in allow)
    assert permitted(Lengthen(mode="freeze", duration=2), options) == ("freeze" in allow)
    assert permitted(Drop(), options) == ("drop" in allow)
    assert permitted(Trim(start=0, end=1), options)


def test_consent_is_read_in_one_place() -> None:
    package = Path(refprep.__file__).parent
    readers = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "allow"
        and getattr(node.value, "id", "options") != "rules"  # a ruleset of landlock
    }
    assert readers == {"options.py"}
