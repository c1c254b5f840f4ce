"""An estimate in text: the price, how it comes about, and who says so."""

from collections.abc import Iterator

from refprep.envelopes.pricing import Estimate, Output
from refprep.models.limits import number

AGES = "Published formulas age; the provider's own bill is what counts."
SYMBOLS = {"USD": "$"}


def render(estimate: Estimate) -> str:
    """A price or a range, the tokens behind it, and the witnesses with their dates."""
    rows = [(about, line) for about, line in _rows(estimate)]
    shown = [f"  {about:8} {line}" for about, line in rows]
    return "\n".join([f"{estimate.envelope}: {_price(estimate)}", *shown, AGES])


def _price(estimate: Estimate) -> str:
    if estimate.no_price:
        return estimate.no_price
    prices = [one.price or 0.0 for one in _ends(estimate)]
    return " to ".join(_money(estimate, price) for price in prices)


def _rows(estimate: Estimate) -> Iterator[tuple[str, str]]:
    for one in _ends(estimate):
        size = f"{one.resolution} {one.aspect_ratio} ({one.width} x {one.height})"
        yield "result", f"{number(one.duration)} s of {size}{_each_second(one, estimate)}"
    for one in _ends(estimate):
        seconds = f"{number(estimate.input_duration)} s of clips + {number(one.duration)} s"
        yield "tokens", f"{one.tokens:,.0f}: ({seconds}) x {_rate(one, estimate)} per second"
    if estimate.per_1000_tokens is not None:
        discount = f", x {number(estimate.factor)} for sending a clip" * (estimate.factor != 1)
        each = _money(estimate, estimate.per_1000_tokens)
        yield "price", f"{each} per 1,000 tokens{discount}"
    yield from (("history", line) for line in estimate.history)
    for told in estimate.evidence:
        yield "", f"{told.about} {told.kind}: {told.who} ({told.when})"


def _each_second(one: Output, estimate: Estimate) -> str:
    if one.price is None:
        return ""
    each = one.price / (one.duration + estimate.input_duration)
    return f", {_money(estimate, each)} per second"


def _rate(one: Output, estimate: Estimate) -> str:
    return number(round(one.tokens / (one.duration + estimate.input_duration), 3))


def _ends(estimate: Estimate) -> list[Output]:
    """The least and the most; one where they are the same."""
    return list(dict.fromkeys([estimate.least, estimate.most]))


def _money(estimate: Estimate, amount: float) -> str:
    symbol = SYMBOLS.get(estimate.currency)
    told = f"{amount:,.4f}".rstrip("0")
    whole, _, part = told.partition(".")
    told = f"{whole}.{part:0<2}"
    return f"{symbol}{told}" if symbol else f"{told} {estimate.currency}"
