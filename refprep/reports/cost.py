"""An estimate as text: the price, its computation, and the evidence."""

from collections.abc import Iterator

from refprep.envelopes.pricing import Estimate, PricedOutput
from refprep.models.limits import number

OUTDATED = "Published formulas become outdated; only the provider's bill is binding."
SYMBOLS = {"USD": "$"}


def render(estimate: Estimate) -> str:
    """A price or a range, the tokens that it is computed from, and the evidence with its dates."""
    lines = [f"  {about:8} {line}" for about, line in _rows(estimate)]
    return "\n".join([f"{estimate.envelope}: {_price(estimate)}", *lines, OUTDATED])


def _price(estimate: Estimate) -> str:
    if estimate.no_price:
        return estimate.no_price
    prices = [output.price or 0.0 for output in _ends(estimate)]
    return " to ".join(_money(estimate, price) for price in prices)


def _rows(estimate: Estimate) -> Iterator[tuple[str, str]]:
    for output in _ends(estimate):
        size = f"{output.resolution} {output.aspect_ratio} ({output.width} x {output.height})"
        yield (
            "result",
            f"{number(output.duration)} s of {size}{_price_per_second(output, estimate)}",
        )
    for output in _ends(estimate):
        duration = f"{number(estimate.input_duration)} s of videos + {number(output.duration)} s"
        yield "tokens", f"{output.tokens:,.0f}: ({duration}) x {_rate(output, estimate)} per second"
    if estimate.per_1000_tokens is not None:
        discount = f", x {number(estimate.factor)} for sending a video" * (estimate.factor != 1)
        each = _money(estimate, estimate.per_1000_tokens)
        yield "price", f"{each} per 1,000 tokens{discount}"
    yield from (("history", line) for line in estimate.history)
    for evidence in estimate.evidence:
        yield "", f"{evidence.about} {evidence.kind}: {evidence.who} ({evidence.when})"


def _price_per_second(output: PricedOutput, estimate: Estimate) -> str:
    if output.price is None:
        return ""
    price = output.price / (output.duration + estimate.input_duration)
    return f", {_money(estimate, price)} per second"


def _rate(output: PricedOutput, estimate: Estimate) -> str:
    return number(round(output.tokens / (output.duration + estimate.input_duration), 3))


def _ends(estimate: Estimate) -> list[PricedOutput]:
    """The cheapest and the most expensive result; only one where they are the same."""
    return list(dict.fromkeys([estimate.least, estimate.most]))


def _money(estimate: Estimate, amount: float) -> str:
    symbol = SYMBOLS.get(estimate.currency)
    whole, _, cents = f"{amount:,.4f}".rstrip("0").partition(".")
    text = f"{whole}.{cents:0<2}"
    return f"{symbol}{text}" if symbol else f"{text} {estimate.currency}"
