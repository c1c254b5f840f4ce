"""The price of a request, by the formulas that its provider publishes. They become outdated."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, Self

from pydantic import Field

from refprep.envelopes.outcomes import Outcomes, Result
from refprep.errors import UsageError
from refprep.models.cost import TOKENS_PER_PRICE, Cost
from refprep.models.envelope import Envelope
from refprep.models.limits import Frozen, number
from refprep.models.media import Audio, Image, Unchecked, Video
from refprep.models.reference import Reference
from refprep.models.request import Request


class PricedOutput(Frozen):
    """A possible result, and its price."""

    resolution: str | None
    "None: the model has one only."
    aspect_ratio: str | None
    "None: the price does not depend on it."
    width: int | None
    "In pixels; None as for `aspect_ratio`."
    height: int | None
    "In pixels; None as for `aspect_ratio`."
    duration: float
    "In seconds."
    seconds: float
    "Seconds that are paid: of the result, and of the videos that are sent where those count."
    tokens: float | None
    "Tokens that are paid; None where the price is by the second."
    least_tokens: float | None
    "The floor of the tokens, where they are fewer; None where they are not."
    unit_price: float | None
    "Of a second, or of 1,000,000 tokens; None: no price is known."
    images_price: float
    "Of the images that are paid, as a part of `price`."
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
    unit: Literal["token", "second"]
    no_price: str | None
    "Why there is no price; None where there is one."
    with_video: bool
    "True where the price is the one of requests with a video."
    input_duration: float
    "Total duration of the videos that are sent, after fixing, in seconds."
    paid_input_duration: float
    "How many of these seconds are paid: none where they do not count, more where a least applies."
    images: int
    "Images that are sent."
    paid_images: int
    "Images beyond the free ones, each of which is paid."
    image_price: float | None
    "Of each image that is paid; None where images are free."
    least: PricedOutput
    most: PricedOutput
    notes: tuple[str, ...]
    "What has been assumed, and what the formula leaves out, in words."
    history: tuple[str, ...]
    "Prices that are no longer valid, in words."
    evidence: tuple[PriceEvidence, ...]


class ComparedPrice(Frozen):
    """What the request costs by one envelope, or why it has no price there."""

    envelope: str
    estimate: Estimate | None
    "None: nothing can be estimated; `reasons` say why."
    reasons: tuple[str, ...]
    "Why there is no price; the limits that are not met even after fixing."


class Comparison(Frozen):
    """The same request, priced by several envelopes: the lowest price first, those without last."""

    version: Literal[1] = Field(default=1, alias="schema")
    prices: tuple[ComparedPrice, ...]


class Sent(NamedTuple):
    """What of the media their price depends on."""

    videos: tuple[float, ...]
    "Durations in seconds."
    images: int
    "How many."

    @classmethod
    def of(cls, references: Iterable[Reference]) -> Self:
        """UsageError for a file that would make the price wrong; `source` names it."""
        references = list(references)
        for reference in references:
            _refuse_uncounted(reference)
        videos = (row.duration or 0.0 for row in references if row.kind == "video")
        return cls(tuple(videos), sum(row.kind == "image" for row in references))


def estimate(request: Request, references: Iterable[Reference], envelope: Envelope) -> Estimate:
    """The price of a request with these media.

    Args:
        request: The parameters; those that are left to the provider make the price a range.
        references: The media as they will be sent.
        envelope: Its table `cost` has the formula.

    Raises:
        UsageError: The envelope has no formula; a file cannot be counted (`source` names it); or a
            parameter has a value that the provider does not offer, or that has no price.
    """
    sent, cost = Sent.of(references), envelope.cost
    if cost is None:
        raise UsageError(f"{envelope.name}: has no table [cost], so no price can be estimated")
    outcomes = Outcomes(request, envelope, cost)
    outputs = [_output(result, sent, cost, envelope.name) for result in outcomes.results()]
    outputs.sort(key=lambda output: (output.price or 0, output.tokens or 0, output.seconds))
    return Estimate(
        envelope=envelope.name,
        currency=cost.currency,
        unit=cost.unit,
        no_price=None if cost.prices else cost.no_price,
        with_video=bool(sent.videos),
        input_duration=round(sum(sent.videos), 6),
        paid_input_duration=round(cost.counted(sent.videos), 6),
        images=sent.images,
        paid_images=cost.paid_images(sent.images),
        image_price=cost.images.price if cost.images else None,
        least=outputs[0],
        most=outputs[-1],
        notes=tuple(_notes(outcomes.notes, sent, cost)),
        history=cost.history,
        evidence=tuple(_evidence(envelope, cost)),
    )


def compare(prices: Iterable[ComparedPrice]) -> Comparison:
    """The prices, the lowest first; those of one currency stand together."""

    def order(row: ComparedPrice) -> tuple[bool, str, float, str]:
        price = row.estimate.least.price if row.estimate else None
        currency = row.estimate.currency if row.estimate else ""
        return price is None, currency, price or 0.0, row.envelope

    return Comparison(prices=tuple(sorted(prices, key=order)))


def _refuse_uncounted(reference: Reference) -> None:
    """UsageError for a file that would make the price wrong."""
    media, slot = reference.media, reference.slot
    match media:
        case Image() | Video() | Audio() if not reference.fits_slot:
            reason = (
                f"{media.format} {media.kind}, and {slot} takes {reference.kind}; "
                "put it into another slot, or leave it out"
            )
        case Video(duration=None):
            reason = (
                "its duration cannot be measured; get a complete copy of it, or leave it out"
            )  # fmt: skip
        case Video() | Audio() if reference.duration == 0:
            reason = "nothing of it lasts any time; choose another part, or leave it out"
        case Image() | Video() | Audio():
            return
        case Unchecked() if reference.kind != "video":  # only the duration of a video counts
            return
        case Unchecked(reason=None):
            reason = "its duration is not known; --fetch downloads and measures it"
        case _:
            why = getattr(media, "reason", "its content is unknown")
            reason = f"{why}; leave this file out, or get a complete copy of it"
    source = str(reference.source)
    raise UsageError(f"{source}: cannot be priced: {reason}", source=source)


def _output(result: Result, sent: Sent, cost: Cost, name: str) -> PricedOutput:
    resolution, ratio, duration = result
    unit_price = cost.unit_price(resolution, with_video=bool(sent.videos))
    if cost.prices and unit_price is None:
        known = ", ".join(cost.prices)
        raise UsageError(f"{name}: no price of {resolution or 'its results'} is known; of {known}")
    seconds = duration + cost.counted(sent.videos)
    size = tokens = floor = None
    amount = seconds
    if cost.unit == "token":
        size = cost.sizes[str(resolution)][str(ratio)]
        tokens = seconds * cost.tokens_per_second(size)
        least = cost.floor(resolution, with_video=bool(sent.videos))
        floor, tokens = (least, least) if tokens < least else (None, tokens)
        amount = tokens / TOKENS_PER_PRICE
    extra = cost.paid_images(sent.images) * (cost.images.price if cost.images else 0.0)
    return PricedOutput(
        resolution=resolution,
        aspect_ratio=ratio,
        width=size[0] if size else None,
        height=size[1] if size else None,
        duration=duration,
        seconds=round(seconds, 6),
        tokens=None if tokens is None else round(tokens, 3),
        least_tokens=floor,
        unit_price=unit_price,
        images_price=round(extra, 4),
        price=None if unit_price is None else round(amount * unit_price + extra, 4),
    )


def _notes(assumed: list[str], sent: Sent, cost: Cost) -> Iterator[str]:
    yield from assumed
    least = cost.least_input_seconds
    if any(duration < least for duration in sent.videos):
        yield f"each video that is sent counts at least {number(least)} s"
    if cost.note:
        yield cost.note


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
