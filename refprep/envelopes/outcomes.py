"""What a result may be: the resolutions, aspect ratios and durations that a request leaves open."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import JsonValue

from refprep.envelopes.flags import flags
from refprep.errors import UsageError
from refprep.models.cost import ANY, Cost
from refprep.models.envelope import Envelope
from refprep.models.limits import OneOf, Range, number
from refprep.models.request import Request, slot_type

SECONDS = re.compile(r"(\d+(?:\.\d+)?)s?")
RATIO = re.compile(r"\d+:\d+")
OPEN = ("auto", "adaptive", "-1")
"How providers write that the model decides."
PRICED = ("resolution", "duration", "aspect_ratio")
"The parameters that the price depends on."


def adapted(request: Request, envelope: Envelope) -> Request:
    """The same request in the envelope's own values: 8 for "8", -1 or adaptive for auto."""
    values: dict[str, JsonValue] = {}
    for name, value in request.parameters.items():
        offered = {str(choice): choice for choice in _offered(envelope, name)}
        alike = [str(value), *(OPEN if str(value) in OPEN else ())]
        own = next((offered[word] for word in alike if word in offered), value)
        values[name] = own
    return request.model_copy(update={"parameters": values})


class Result(NamedTuple):
    """What of a result its price depends on; None: it does not."""

    resolution: str | None
    aspect_ratio: str | None
    duration: float
    "In seconds."


@dataclass
class Outcomes:
    """The results that a request may have, as far as its price depends on them.

    A value that the request leaves out is the one that refprep sends, or else the provider's
    default. A flag in the prompt may be obeyed or not: both count.
    """

    request: Request
    envelope: Envelope
    cost: Cost
    notes: list[str] = field(default_factory=list)
    "What has been assumed, in words."
    values: dict[str, list[JsonValue]] = field(default_factory=dict)
    "Of each parameter what may be in force; None: the provider decides."

    def __post_init__(self) -> None:
        """UsageError for a value that the provider does not offer."""
        for name in PRICED:
            self.values[name] = [self._set(name)]
        for flag in flags(self.request.prompt or ""):
            self._obey(flag.text, flag.parameter, flag.value)

    def _set(self, name: str) -> JsonValue:
        """What is sent, or else the provider's default."""
        given, known = self.request.parameters, self.envelope.parameters.get(name)
        filled = set(map(slot_type, self.request.slots))
        value = self.envelope.values(given, filled).get(name)
        if value is None:
            return known.default if known else None
        if name not in given:
            self.notes.append(f"{name} is left open; refprep sends {value}")
        rule = name.replace("_", "-")
        if self.envelope.judges(rule) and not _accepts(self.envelope, name, value):
            limit = self.envelope.bound(rule).limit
            raise UsageError(f"{name} is {json.dumps(value)}; {self.envelope.name} takes {limit}")
        return value

    def _obey(self, text: str, name: str, value: str | None) -> None:
        """Count the value of a flag beside the others, or note why it is not counted."""
        may = f"the prompt holds {text}, which the provider may obey"
        rate = self.cost.frames_per_second
        if name == "frame_rate" and rate and value != number(rate):
            self.notes.append(f"{may}: the price is that of {number(rate)} frames per second")
        if name not in PRICED or (name == "aspect_ratio" and self.cost.unit == "second"):
            return
        if not value or not _offers(self.envelope, name, value):
            self.notes.append(f"{may}: {self.envelope.name} lists no such {name}; not counted")
        elif value not in map(str, self.values[name]):
            self.values[name].append(value)
            self.notes.append(f"{may}: the price covers both")

    def results(self) -> Iterator[Result]:
        """The results that may be the cheapest or the most expensive."""
        durations = self._durations()
        for resolution in self._resolutions():
            for ratio in self._ratios(resolution):
                for duration in dict.fromkeys((min(durations), max(durations))):
                    yield Result(resolution, ratio, duration)

    def _resolutions(self) -> list[str | None]:
        """What the provider offers where it decides; None where it has one only."""
        by_token = self.cost.unit == "token"
        known = [None if name == ANY else name for name in self.cost.prices] or [None]
        offered = _offered(self.envelope, "resolution")
        return self._expanded(
            "resolution", offered or (list(self.cost.sizes) if by_token else known)
        )

    def _ratios(self, resolution: str | None) -> list[str | None]:
        """All that the resolution has a size for where the provider decides."""
        if self.cost.unit == "second":
            return [None]  # the price does not depend on it
        sizes = self.cost.sizes.get(resolution or "", {})
        if not sizes:
            raise UsageError(f"{self.envelope.name}: no size of {resolution} is known, nor a price")
        ratios = self._expanded("aspect_ratio", list(sizes))
        for ratio in ratios:
            if ratio not in sizes:
                raise UsageError(
                    f"{self.envelope.name}: no size of {resolution} {ratio} is known, nor a price"
                )
        return ratios

    def _durations(self) -> list[float]:
        found = [_seconds(value) for value in self.values["duration"]]
        durations = [seconds for seconds in found if seconds is not None]
        return durations if None not in found else [*durations, *self._offered_durations()]

    def _offered_durations(self) -> list[float]:
        """The shortest and the longest duration that the provider offers."""
        limit = _everything(self.envelope).bound("duration").limit
        values = limit.one_of if isinstance(limit, OneOf) else (limit.min, limit.max)
        found = [_seconds(value) for value in values]
        durations = [seconds for seconds in found if seconds is not None]
        if not durations or (isinstance(limit, Range) and None in found):
            raise UsageError(f"{self.envelope.name}: no limit of the duration is known; set one")
        return durations

    def _expanded(self, name: str, choices: Sequence[JsonValue]) -> list[str | None]:
        """The values of a parameter; all choices where one of them is left to the provider."""
        result: dict[str | None, None] = {}
        for value in self.values[name]:
            left = value is None or (name == "aspect_ratio" and not RATIO.fullmatch(str(value)))
            result |= dict.fromkeys(_text(choice) for choice in (choices if left else [value]))
        return list(result)


def _everything(envelope: Envelope) -> Envelope:
    """The envelope, all of whose rules are checked: what it offers does not depend on that."""
    return envelope.model_copy(update={"select": frozenset(), "ignore": frozenset()})


def _offered(envelope: Envelope, name: str) -> list[JsonValue]:
    """The values that the provider lists; empty where it lists none."""
    limit = _everything(envelope).bound(name.replace("_", "-")).limit
    return list(limit.one_of) if isinstance(limit, OneOf) else []


def _offers(envelope: Envelope, name: str, value: JsonValue) -> bool:
    """True where the provider says that it takes this value."""
    limit = _everything(envelope).bound(name.replace("_", "-")).limit
    unlimited = not limit.one_of if isinstance(limit, OneOf) else limit.min is limit.max is None
    return name in envelope.parameters and not unlimited and _accepts(envelope, name, value)


def _accepts(envelope: Envelope, name: str, value: JsonValue) -> bool:
    """True where a reading of the limit admits the value, whatever its JSON type."""
    bound = _everything(envelope).bound(name.replace("_", "-"))
    for limit in (bound.limit, bound.lenient):
        if isinstance(limit, OneOf) and (
            not limit.one_of or str(value) in map(str, limit.one_of)
        ):  # fmt: skip
            return True
        seconds = _seconds(value)
        if isinstance(limit, Range) and seconds is not None and limit.nearest(seconds) == seconds:
            return True
    return False


def _seconds(value: JsonValue) -> float | None:
    """8.0 for 8, "8" and "8s"; None for `auto`, -1 and the like."""
    found = SECONDS.fullmatch(str(value))
    return float(found[1]) or None if found else None


def _text(value: JsonValue) -> str | None:
    return None if value is None else str(value)
