"""What a request will cost, by the formulas that its provider publishes. They age."""

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field

from refprep.errors import UsageError
from refprep.models.envelope import Cost, Envelope
from refprep.models.limits import Frozen, OneOf
from refprep.models.reference import Reference
from refprep.models.request import Request


class Output(Frozen):
    """A result as it may turn out, and what it then costs."""

    resolution: str
    aspect_ratio: str
    width: int
    height: int
    duration: float
    "In seconds."
    tokens: float
    price: float | None
    "None: no price is known."


class PriceEvidence(Frozen):
    """Who says so, and when it was seen."""

    about: Literal["price", "sizes", "history"]
    kind: Literal["published", "observed"]
    who: str
    when: str


class Estimate(Frozen):
    """The least and the most that a result may cost; they are one where nothing is left open."""

    version: Literal[1] = Field(default=1, alias="schema")
    envelope: str
    currency: str
    per_1000_tokens: float | None
    no_price: str | None
    "Why there is no price; None where there is one."
    factor: float
    "What the price is multiplied by: less than 1 is a discount for sending a clip."
    input_duration: float
    "Seconds of all videos that are sent, after fixing."
    least: Output
    most: Output
    history: tuple[str, ...]
    evidence: tuple[PriceEvidence, ...]


def estimate(request: Request, references: Iterable[Reference], envelope: Envelope) -> Estimate:
    """What a request with these media costs. UsageError where no formula reaches."""
    cost = envelope.cost
    if cost is None:
        raise UsageError(f"{envelope.name}: has no [cost], so nothing can be estimated")
    clips = [reference for reference in references if reference.slot and reference.kind == "video"]
    sent = sum(_seconds(clip) for clip in clips)
    factor = cost.with_video if clips else 1.0
    outputs = [
        _output(size, seconds, sent, cost, factor)
        for size in _sizes(request, envelope, cost)
        for seconds in _durations(request, envelope)
    ]
    by_tokens = sorted(outputs, key=lambda one: one.tokens)
    return Estimate(
        envelope=envelope.name,
        currency=cost.currency,
        per_1000_tokens=cost.per_1000_tokens,
        no_price=cost.no_price if cost.per_1000_tokens is None else None,
        factor=factor,
        input_duration=round(sent, 6),
        least=by_tokens[0],
        most=by_tokens[-1],
        history=cost.history,
        evidence=tuple(_evidence(envelope, cost)),
    )


def _output(
    size: tuple[str, str], seconds: float, sent: float, cost: Cost, factor: float
) -> Output:
    resolution, ratio = size
    width, height = cost.sizes[resolution][ratio]
    per_second = width * height * cost.frames_per_second / cost.pixels_per_token
    tokens = (sent + seconds) * per_second
    price = None if cost.per_1000_tokens is None else tokens / 1000 * cost.per_1000_tokens * factor
    return Output(
        resolution=resolution, aspect_ratio=ratio, width=width, height=height, duration=seconds,
        tokens=round(tokens, 3), price=None if price is None else round(price, 4),
    )  # fmt: skip


def _seconds(clip: Reference) -> float:
    if clip.duration is None:
        raise UsageError(f"{clip.source}: its length could not be measured, so nor the cost")
    return clip.duration


def _sizes(request: Request, envelope: Envelope, cost: Cost) -> Iterator[tuple[str, str]]:
    """Resolutions and ratios that the result may have: one, where they are asked for."""
    offered = _choices(envelope, "resolution", list(cost.sizes))
    for resolution in _asked(request, envelope, "resolution", offered):
        ratios = list(cost.sizes[resolution])
        for ratio in _asked(request, envelope, "aspect_ratio", ratios):
            yield resolution, ratio


def _durations(request: Request, envelope: Envelope) -> list[float]:
    """Seconds that the result may have: the least and the most, where the provider chooses."""
    listed = _choices(envelope, "duration", [])
    numbers = [one for one in listed if one.isdigit()]
    seconds = sorted(float(one) for one in _asked(request, envelope, "duration", numbers))
    return [seconds[0], seconds[-1]]


def _asked(request: Request, envelope: Envelope, name: str, known: list[str]) -> list[str]:
    """The value that is asked for, or that the provider then takes; all, where it chooses freely.

    UsageError for one that it does not offer.
    """
    parameter = envelope.parameters.get(name)
    asked = request.parameters.get(name, parameter.default if parameter else None)
    if asked is None or (str(asked) not in known and _offered(envelope, name, str(asked))):
        return known
    if str(asked) not in known:
        takes = envelope.bound(name.replace("_", "-")).limit
        raise UsageError(f"{name} is {asked}; {envelope.name} takes {takes}")
    return [str(asked)]


def _offered(envelope: Envelope, name: str, asked: str) -> bool:
    """True for a word that leaves the choice to the provider: listed, and no size or seconds."""
    return name != "resolution" and asked in _choices(envelope, name, [])


def _choices(envelope: Envelope, name: str, known: list[str]) -> list[str]:
    """What the provider lists, as text; where it lists nothing, what is known of sizes."""
    limit = envelope.bound(name.replace("_", "-")).limit
    listed = [str(one) for one in limit.one_of] if isinstance(limit, OneOf) else []
    return [one for one in listed if not known or one in known] or known


def _evidence(envelope: Envelope, cost: Cost) -> Iterator[PriceEvidence]:
    tables: tuple[tuple[Literal["price", "sizes", "history"], tuple[str, ...]], ...] = (
        ("price", cost.price_evidence),
        ("sizes", cost.size_evidence),
        ("history", cost.history_evidence),
    )
    for about, names in tables:
        for name in names:
            said = envelope.evidence[name]
            yield PriceEvidence(
                about=about, kind=said.kind, who=said.who, when=said.when.isoformat()
            )
