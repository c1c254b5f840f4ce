"""What a result costs: by tokens or by seconds, as a provider publishes it."""

from collections.abc import Iterator
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from refprep.models.limits import Frozen

ANY = "any"
"In a table by resolution: of every resolution that has no row of its own."
TOKENS_PER_PRICE = 1_000_000


class Price(Frozen):
    """The price of a second, or of 1,000,000 tokens."""

    without_video: float = Field(ge=0)
    with_video: float | None = Field(default=None, ge=0)
    "Where a video is sent; None: the same."


class ImagePrice(Frozen):
    """The price of each image beyond those that are free."""

    free: int = Field(default=0, ge=0)
    price: float = Field(ge=0)


class Cost(Frozen):
    """The price of a result: by its seconds, or by tokens, which are pixels over time.

    Tokens are seconds x width x height x frames per second / pixels per token; the seconds are
    those of the videos that are sent and those of the result.
    """

    currency: str = "USD"
    unit: Literal["token", "second"] = "token"
    counts_input: bool = False
    """True where seconds of the videos that are sent are paid like those of the result; always for
    tokens."""
    no_price: str = "no price is known"
    "Why there are no prices."
    note: str | None = None
    "What the formula leaves out, in words."
    frames_per_second: float | None = Field(default=None, gt=0)
    pixels_per_token: float | None = Field(default=None, gt=0)
    least_input_seconds: float = Field(default=0, ge=0)
    "Each video that is sent counts at least so long."
    prices: dict[str, Price] = {}
    "By resolution, or `any`: per second or per 1,000,000 tokens."
    least_tokens: dict[str, float] = {}
    "By resolution, or `any`: the least tokens of a request with a video."
    images: ImagePrice | None = None
    sizes: dict[str, dict[str, tuple[int, int]]] = {}
    "Width and height of the result in pixels, by resolution and aspect ratio."
    price_evidence: tuple[str, ...] = ()
    size_evidence: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    "Prices that are no longer valid, in words."
    history_evidence: tuple[str, ...] = ()

    @property
    def evidence(self) -> set[str]:
        """The names of all its evidence."""
        return {*self.price_evidence, *self.size_evidence, *self.history_evidence}

    def unit_price(self, resolution: str | None, *, with_video: bool) -> float | None:
        """The price of a second or of 1,000,000 tokens; None where none is known."""
        price = self.prices.get(resolution or ANY, self.prices.get(ANY))
        if price is None:
            return None
        dearer = price.with_video is None or not with_video
        return price.without_video if dearer else price.with_video

    def tokens_per_second(self, size: tuple[int, int]) -> float:
        """Tokens of a second of a result with this width and height."""
        assert self.frames_per_second
        assert self.pixels_per_token
        return size[0] * size[1] * self.frames_per_second / self.pixels_per_token

    def floor(self, resolution: str | None, *, with_video: bool) -> float:
        """The least tokens that are paid; 0 where there is no such floor."""
        known = self.least_tokens.get(resolution or ANY, self.least_tokens.get(ANY, 0))
        return known if with_video else 0

    def counted(self, durations: tuple[float, ...]) -> float:
        """Seconds that are paid of the videos that are sent, which last so long."""
        long = sum(max(duration, self.least_input_seconds) for duration in durations)
        return long if self.counts_input else 0

    def paid_images(self, count: int) -> int:
        """How many of so many images are paid."""
        return max(0, count - self.images.free) if self.images else 0

    @model_validator(mode="before")
    @classmethod
    def _count_input_of_tokens(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {"counts_input": value.get("unit", "token") == "token", **value}
        return value

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        errors = [
            InitErrorDetails(
                type=PydanticCustomError("value_error", "{text}", {"text": text}),
                loc=keys,
                input=None,
            )
            for keys, text in self._faults()
        ]
        if errors:
            raise ValidationError.from_exception_data("Cost", errors)
        return self

    def _faults(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """The keys that are wrong, each with the reason."""
        by_token = self.unit == "token"
        if by_token:
            yield from self._faults_of_tokens()
        elif self.least_tokens:
            yield ("least_tokens",), 'is for unit = "token"'
        if self.least_input_seconds and not self.counts_input:
            yield ("least_input_seconds",), "is for counts_input = true"
        for resolution, tokens in self.least_tokens.items():
            if tokens < 0:
                yield ("least_tokens", resolution), f"takes a larger number, not {tokens}"
        for resolution, row in self.sizes.items():
            if not row:
                yield ("sizes", resolution), "takes at least one aspect ratio"
            for ratio, size in row.items():
                if min(size) <= 0:
                    yield ("sizes", resolution, ratio), f"takes pixels, not {list(size)}"
        if self.images and not self.prices:
            yield ("images",), "is for a table that has prices"
        for paid, key in ((self.prices, "price"), (self.sizes, "size"), (self.history, "history")):
            if paid and not getattr(self, f"{key}_evidence"):
                yield (f"{key}_evidence",), "is missing"

    def _faults_of_tokens(self) -> Iterator[tuple[tuple[str, ...], str]]:
        if not self.counts_input:
            yield ("counts_input",), "is always true for tokens"
        for key in ("frames_per_second", "pixels_per_token", "sizes"):
            if not getattr(self, key):
                yield (key,), "is missing; tokens are computed from it"
        known = ", ".join(self.sizes)
        for table in ("prices", "least_tokens"):
            for resolution in getattr(self, table):
                if resolution not in (ANY, *self.sizes):
                    yield (table, resolution), f"has no size; sizes has {known}"
