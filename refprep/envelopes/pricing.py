"""The price of a request, by the formulas that its provider publishes. They become outdated."""

import json
from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field

from refprep.errors import UsageError
from refprep.models.cost import Cost
from refprep.models.envelope import Envelope
from refprep.models.limits import Frozen, OneOf
from refprep.models.reference import Reference
from refprep.models.request import Request


class PricedOutput(Frozen):
    """A possible result, and its price."""

    resolution: str
    aspect_ratio: str
    width: int
    "In pixels."
    height: int
    "In pixels."
    duration: float
    "In seconds."
    tokens: float
    price: float | None
    "None: no price is known."


class PriceEvidence(Frozen):
    """The source of a number of an estimate."""

    about: Literal["price", "sizes", "history"]
    kind: Literal["published", "observed"]
    who: str
    when: str
    "A date, YYYY-MM-DD."


class Estimate(Frozen):
    """The lowest and the highest price of a request; they are equal where nothing is left open."""

    version: Literal[1] = Field(default=1, alias="schema")
    envelope: str
    currency: str
    per_1000_tokens: float | None
    no_price: str | None
    "Why there is no price; None where there is one."
    factor: float
    "The factor on the price: less than 1 is a discount for sending a video."
    input_duration: float
    "Total duration of the videos that are sent, after fixing, in seconds."
    least: PricedOutput
    most: PricedOutput
    history: tuple[str, ...]
    "Prices that are no longer valid, in words."
    evidence: tuple[PriceEvidence, ...]


def estimate(request: Request, references: Iterable[Reference], envelope: Envelope) -> Estimate:
    """The price of a request with these media.

    Args:
        request: The parameters; those that are left to the provider make the price a range.
        references: The media as they will be sent.
        envelope: Its table `cost` has the formula.

    Raises:
        UsageError: The envelope has no formula, the duration of a video is unknown, or a parameter
            has a value that the provider does not offer.
    """
    cost = envelope.cost
    if cost is None:
        raise UsageError(f"{envelope.name}: has no table [cost], so no price can be estimated")
    videos = [reference for reference in references if reference.slot and reference.kind == "video"]
    input_duration = sum(_duration(video) for video in videos)
    factor = cost.with_video if videos else 1.0
    outputs = [
        _output(size, duration, input_duration, cost, factor)
        for size in _sizes(request, envelope, cost)
        for duration in _durations(request, envelope)
    ]
    by_tokens = sorted(outputs, key=lambda output: output.tokens)
    return Estimate(
        envelope=envelope.name,
        currency=cost.currency,
        per_1000_tokens=cost.per_1000_tokens,
        no_price=cost.no_price if cost.per_1000_tokens is None else None,
        factor=factor,
        input_duration=round(input_duration, 6),
        least=by_tokens[0],
        most=by_tokens[-1],
        history=cost.history,
        evidence=tuple(_evidence(envelope, cost)),
    )


def _output(
    size: tuple[str, str], duration: float, input_duration: float, cost: Cost, factor: float
) -> PricedOutput:
    resolution, ratio = size
    width, height = cost.sizes[resolution][ratio]
    per_second = width * height * cost.frames_per_second / cost.pixels_per_token
    tokens = (input_duration + duration) * per_second
    price = None if cost.per_1000_tokens is None else tokens / 1000 * cost.per_1000_tokens * factor
    return PricedOutput(
        resolution=resolution, aspect_ratio=ratio, width=width, height=height, duration=duration,
        tokens=round(tokens, 3), price=None if price is None else round(price, 4),
    )  # fmt: skip


def _duration(video: Reference) -> float:
    if video.duration is None:
        raise UsageError(f"{video.source}: the duration could not be measured, nor can the price")
    return video.duration


def _sizes(request: Request, envelope: Envelope, cost: Cost) -> Iterator[tuple[str, str]]:
    """Resolutions and aspect ratios that the result may have: one where the request sets both."""
    resolutions = _choices(envelope, "resolution", list(cost.sizes))
    for resolution in _values(request, envelope, "resolution", resolutions):
        ratios = list(cost.sizes[resolution])
        for ratio in _values(request, envelope, "aspect_ratio", ratios):
            yield resolution, ratio


def _durations(request: Request, envelope: Envelope) -> list[float]:
    """Seconds that the result may have: the shortest and the longest where nothing is set."""
    numbers = [value for value in _choices(envelope, "duration", []) if value.isdigit()]
    durations = sorted(map(float, _values(request, envelope, "duration", numbers)))
    return [durations[0], durations[-1]]


def _values(request: Request, envelope: Envelope, name: str, known: list[str]) -> list[str]:
    """The value of a parameter, or the provider's default; all known ones where that is open."""
    parameter = envelope.parameters.get(name)
    value = request.parameters.get(name, parameter.default if parameter else None)
    if value is None or (str(value) not in known and _is_open(envelope, name, str(value))):
        return known
    if str(value) not in known:
        limit = envelope.bound(name.replace("_", "-")).limit
        raise UsageError(f"{name} is {json.dumps(value)}; {envelope.name} takes {limit}")
    return [str(value)]


def _is_open(envelope: Envelope, name: str, value: str) -> bool:
    """True for `auto` and the like: offered by the provider, and neither a size nor a duration."""
    return name != "resolution" and value in _choices(envelope, name, [])


def _choices(envelope: Envelope, name: str, known: list[str]) -> list[str]:
    """The values that the provider lists, as text; all known ones where it lists none."""
    limit = envelope.bound(name.replace("_", "-")).limit
    values = [str(value) for value in limit.one_of] if isinstance(limit, OneOf) else []
    return [value for value in values if not known or value in known] or known


def _evidence(envelope: Envelope, cost: Cost) -> Iterator[PriceEvidence]:
    tables: tuple[tuple[Literal["price", "sizes", "history"], tuple[str, ...]], ...] = (
        ("price", cost.price_evidence),
        ("sizes", cost.size_evidence),
        ("history", cost.history_evidence),
    )
    for about, names in tables:
        for name in names:
            evidence = envelope.evidence[name]
            yield PriceEvidence(
                about=about,
                kind=evidence.kind,
                who=evidence.who,
                when=evidence.when.isoformat(),
            )
