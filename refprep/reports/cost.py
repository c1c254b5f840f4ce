"""An estimate as text: the price, its computation, and the evidence; several as a table."""

from collections.abc import Iterable, Iterator

from refprep.envelopes.pricing import ComparedPrice, Comparison, Estimate, PricedOutput
from refprep.models.cost import ANY, Cost
from refprep.models.limits import number
from refprep.words import page, visible

OUTDATED = "Published formulas become outdated; only the provider's bill is binding."
SYMBOLS = {"USD": "$"}
UNITS = {"token": "1,000,000 tokens", "second": "second"}
HEAD = ("envelope", "least", "most", "")


def render(estimate: Estimate) -> str:
    """A price or a range, what it is computed from, and the evidence with its dates."""
    lines = [f"  {about:8} {line}" for about, line in _rows(estimate)]
    return page([f"{estimate.envelope}: {_price(estimate)}", *lines, OUTDATED])


def table(comparison: Comparison) -> str:
    """A line per envelope: the least and the most, and what is against it."""
    rows = [HEAD, *(tuple(map(visible, _row(row))) for row in comparison.prices)]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    lines = (
        f"{name:{widths[0]}}  {least:>{widths[1]}}  {most:>{widths[2]}}  {reason}".rstrip()
        for name, least, most, reason in rows
    )
    notes: dict[str, list[str]] = {}
    for row in comparison.prices:
        for note in row.estimate.notes if row.estimate else ():
            notes.setdefault(note, []).append(row.envelope)
    noted = (f"{', '.join(names)}: {note}" for note, names in notes.items())
    return page([*lines, *noted, OUTDATED])


def prices(cost: Cost) -> str:
    """The prices of an envelope in a line: `$14.00 (with a video $8.40) per 1,000,000 tokens`."""
    if not cost.prices:
        return f"{cost.no_price} ({cost.currency})"
    resolutions: dict[str, list[str]] = {}
    for resolution, price in cost.prices.items():
        text = money(price.without_video, cost.currency)
        if price.with_video is not None:
            text += f" (with a video {money(price.with_video, cost.currency)})"
        resolutions.setdefault(text, []).extend([resolution] * (resolution != ANY))
    rows = [" ".join(filter(None, (", ".join(known), text))) for text, known in resolutions.items()]
    images = cost.images
    each = (
        f"; each image beyond {images.free} {money(images.price, cost.currency)}" if images else ""
    )
    return f"{'; '.join(rows)} per {UNITS[cost.unit]}{each}"


def money(amount: float, currency: str) -> str:
    """`$1.50`, `$0.0214`, `3.00 EUR`."""
    symbol = SYMBOLS.get(currency)
    whole, _, cents = f"{amount:,.4f}".rstrip("0").partition(".")
    text = f"{whole}.{cents:0<2}"
    return f"{symbol}{text}" if symbol else f"{text} {currency}"


def _row(row: ComparedPrice) -> tuple[str, str, str, str]:
    reasons = "; ".join(row.reasons)
    estimate = row.estimate
    if estimate is None or estimate.least.price is None or estimate.most.price is None:
        return row.envelope, "-", "-", reasons
    ends = (money(end.price or 0, estimate.currency) for end in (estimate.least, estimate.most))
    least, most = ends
    return row.envelope, least, most, reasons


def _price(estimate: Estimate) -> str:
    if estimate.no_price:
        return estimate.no_price
    amounts = dict.fromkeys(output.price or 0.0 for output in _ends(estimate))
    return " to ".join(money(amount, estimate.currency) for amount in amounts)


def _rows(estimate: Estimate) -> Iterator[tuple[str, str]]:
    ends = _ends(estimate)
    yield from (("result", line) for line in _each(_result(end, estimate) for end in ends))
    yield from ((f"{estimate.unit}s", line) for line in _each(_paid(end, estimate) for end in ends))
    yield from (("price", line) for line in _each(_unit_price(end, estimate) for end in ends))
    if estimate.image_price is not None and estimate.images:
        each = money(estimate.image_price, estimate.currency)
        free = estimate.images - estimate.paid_images
        yield "images", f"{estimate.images}, {free} of them free: {estimate.paid_images} x {each}"
    yield from (("note", line) for line in estimate.notes)
    yield from (("history", line) for line in estimate.history)
    for evidence in estimate.evidence:
        yield "", f"{evidence.about} {evidence.kind}: {evidence.who} ({evidence.when})"


def _result(output: PricedOutput, estimate: Estimate) -> str:
    words = [output.resolution or "", output.aspect_ratio or ""]
    size = f"({output.width} x {output.height})" if output.width else ""
    kind = " ".join(filter(None, [*words, size]))
    of = f" of {kind}" if kind else ""
    return f"{number(output.duration)} s{of}{_price_per_second(output, estimate)}"


def _price_per_second(output: PricedOutput, estimate: Estimate) -> str:
    """Of a price by tokens; where the floor applies it is no multiple of the seconds."""
    if output.price is None or output.tokens is None or output.least_tokens is not None:
        return ""
    price = (output.price - output.images_price) / output.seconds
    return f", {money(price, estimate.currency)} per second"


def _paid(output: PricedOutput, estimate: Estimate) -> str:
    """The tokens or seconds that are paid, and how they add up."""
    videos = f"{number(estimate.paid_input_duration)} s of videos"
    counts = estimate.unit == "token" or estimate.paid_input_duration
    total = f"{videos} + {number(output.duration)} s" if counts else ""
    if output.tokens is None:
        uncounted = "; those of the videos do not count" * (estimate.with_video and not counts)
        return f"{number(output.seconds)}{f': {total}' if total else uncounted}"
    if output.least_tokens is not None:
        return f"{output.tokens:,.0f}: the least with a video; ({total}) would be fewer"
    rate = number(round(output.tokens / output.seconds, 3))
    return f"{output.tokens:,.0f}: ({total}) x {rate} per second"


def _unit_price(output: PricedOutput, estimate: Estimate) -> str:
    if output.unit_price is None:
        return ""
    video = ", with a video" * estimate.with_video
    return f"{money(output.unit_price, estimate.currency)} per {UNITS[estimate.unit]}{video}"


def _each(lines: Iterable[str]) -> Iterator[str]:
    """The lines that say something, each once."""
    yield from filter(None, dict.fromkeys(lines))


def _ends(estimate: Estimate) -> list[PricedOutput]:
    """The cheapest and the most expensive result; only one where they are the same."""
    return list(dict.fromkeys([estimate.least, estimate.most]))
