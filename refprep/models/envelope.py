"""The envelope: all limits of one provider and model, as data, each with its evidence."""

import datetime
import re
from typing import Any, Literal, Self

from pydantic import Field, field_serializer, field_validator, model_validator

from refprep.models.limits import Frozen, Level, Limit, OneOf, Range, Scalar
from refprep.models.media import Kind

BEGIN = r"(?:(?<![@\w])|(?<=(?:image|video|audio)\d)|(?<=(?:image|video|audio) \d))"
"Where a tag begins: not inside a word, or else right behind another tag (`@Image1@Image2`)."
PLAIN_END = r"(?![\w%]|[.:]\w)"
"Where a tag in plain words ends: `Image 1`, but not the start of 'image 1.jpg' or 'video 1080p'."


class Evidence(Frozen):
    """The source of a number: who, when, and whether this provider published it or it is observed."""

    who: str
    when: datetime.date
    kind: Literal["published", "observed"]


class Bound(Frozen):
    """One limit in its strictest reading, its lenient reading, and the names of its evidence."""

    limit: Limit = OneOf()
    lenient: Limit | None = None
    evidence: tuple[str, ...] = Field(min_length=1)
    level: Level = "warning"
    "Of a value outside the lenient reading, too. Set on loading: an error where it is published."

    def judge(self, value: Any) -> Level | None:
        """The level of the finding that `value` deserves; None where it is admitted."""
        if self.limit.admits(value):
            return None
        doubtful = self.lenient is not None and self.lenient.admits(value)
        return "warning" if doubtful else self.level


class Parameter(Frozen):
    """A parameter of the request body: its JSON type and what the provider takes it to be."""

    type: Literal["string", "integer", "boolean"]
    default: Scalar | None = None
    field: str | None = None
    "What the body calls it, where that is another name."

    def write(self, value: Scalar) -> Scalar:
        """The value as the body has it: `"8"` for 8 where the page says string."""
        return str(value) if self.type == "string" and not isinstance(value, bool) else value


class Cost(Frozen):
    """What a result costs: by its tokens, which are counted from its seconds and its size."""

    currency: str = "USD"
    per_1000_tokens: float | None = None
    "None: no price is known; `no_price` says why."
    no_price: str = "no price is known"
    with_video: float = 1.0
    "What the price is multiplied by where a clip is sent."
    frames_per_second: float
    pixels_per_token: float
    sizes: dict[str, dict[str, tuple[int, int]]]
    "Width and height of the result, by resolution and aspect ratio."
    price_evidence: tuple[str, ...] = ()
    size_evidence: tuple[str, ...] = Field(min_length=1)
    history: tuple[str, ...] = ()
    "Prices that no longer hold, in words."
    history_evidence: tuple[str, ...] = ()

    @property
    def evidence(self) -> set[str]:
        """All that are called."""
        return {*self.price_evidence, *self.size_evidence, *self.history_evidence}


class Api(Frozen):
    """How the provider is spoken to over HTTP; a URL that is None is not documented.

    {names} in a URL are filled from the answer to enqueueing. Read by refprep/delivering.
    """

    key: str
    "The environment variable that holds the key."
    scheme: str
    "The word before the key in the header Authorization."
    sync: str | None = None
    "POST: answers when the video is there."
    queue: str | None = None
    "POST: answers at once, with the generation's id."
    status: str | None = None
    "GET: the state of a generation."
    result: str | None = None
    "GET: what a generation has given, where its state does not tell."
    events: str | None = None
    "GET: a stream of events, one of which is named `event`."
    event: str | None = None
    upload: str | None = None
    "PUT: a file into {repo}, {branch}, {path}; anybody reads it there."
    repo: str | None = None
    "The environment variable that holds namespace/repository[/branch]."
    publish: str
    "What to do about media that are not published yet."
    id: str
    "The key of a generation's id in answers."
    urls: str
    "The keys of a video's URL in answers: a|b."
    done: tuple[str, ...]
    failed: tuple[str, ...] = ()
    "The states in which a generation has ended."
    poll_seconds: float
    stall_seconds: float
    "A connection that is silent for so long is dead."
    wait_seconds: float
    "So long a generation may take."
    retry_seconds: float
    "The pause before the first repetition; each further one is twice as long."
    retries: int
    evidence: tuple[str, ...] = Field(min_length=1)


class Envelope(Frozen):
    """All limits of one provider and model. `bound(rule)` looks one up by its rule's name."""

    name: str
    title: str
    provider: str
    model: str
    tag: str
    "How the prompt addresses a slot: `@{kind}{place}`."
    shape: Literal["fields", "content"] = "fields"
    "The body: a field per kind of media and parameter, or a list of content items."
    media_fields: dict[Kind, str]
    face_fields: dict[Kind, str] = {}
    "Fields for media that show a real face, where the provider has them apart."
    parameters: dict[str, Parameter]
    evidence: dict[str, Evidence]
    limits: dict[str, Bound]
    cost: Cost | None = None
    api: Api | None = None
    select: frozenset[str] = frozenset()
    "The rules that are looked at; none named: all."
    ignore: frozenset[str] = frozenset()

    def judges(self, rule: str) -> bool:
        """True where a rule is looked at."""
        return rule not in self.ignore and (not self.select or rule in self.select)

    def bound(self, rule: str) -> Bound:
        """The bound of a rule; one that admits everything where there is none, or nobody looks."""
        return self.limits.get(rule, _UNBOUND) if self.judges(rule) else _UNBOUND

    def range(self, rule: str) -> Range:
        """The strictest range of a rule whose limit is one; open where there is none."""
        limit = self.bound(rule).limit
        return limit if isinstance(limit, Range) else Range()

    def one_of(self, rule: str) -> OneOf:
        """The strictest list of a rule whose limit is one; empty where there is none."""
        limit = self.bound(rule).limit
        return limit if isinstance(limit, OneOf) else OneOf()

    def tighten(self, rule: str, limit: Limit) -> "Envelope":
        """The same envelope with one limit narrowed."""
        bound = self.bound(rule).model_copy(update={"limit": limit, "lenient": None})
        return self.model_copy(update={"limits": {**self.limits, rule: bound}})

    def tag_of(self, slot: str) -> str:
        """`@Image1` for `image1`."""
        kind = slot.rstrip("0123456789")
        return self.tag.format(kind=kind.capitalize(), place=slot.removeprefix(kind))

    @property
    def in_words(self) -> bool:
        """True where a tag is plain words: `Image 1`."""
        return self.tag.startswith("{")

    @property
    def pattern(self) -> re.Pattern[str]:
        """What finds this envelope's tags in a prompt; letter case does not matter."""
        places = {"{kind}": "(?P<kind>image|video|audio)", "{place}": r"(?P<place>\d+)"}
        written = re.escape(self.tag).replace(r"\{", "{").replace(r"\}", "}")
        for name, found in places.items():
            written = written.replace(name, found)
        end = PLAIN_END if self.in_words else r"(?!\d)"
        # ASCII: a Chinese character beside a tag is no letter of it.
        return re.compile(f"{BEGIN}{written}{end}", re.IGNORECASE | re.ASCII)

    @field_serializer("select", "ignore")
    def _ordered(self, rules: frozenset[str]) -> list[str]:
        return sorted(rules)

    @field_validator("api", mode="before")
    @classmethod
    def _given(cls, value: Any) -> Any:
        """None for a table that `without = ["api"]` has left empty."""
        return value or None

    @model_validator(mode="after")
    def _weighed(self) -> Self:
        """Set each bound's level by its evidence; an unknown name is an error."""
        for name in self.api.evidence if self.api else ():
            if name not in self.evidence:
                raise ValueError(f"api: no evidence is named {name}")
        for rule, bound in self.limits.items():
            if strange := sorted(set(bound.evidence) - set(self.evidence)):
                raise ValueError(f"limits.{rule}: no evidence is named {', '.join(strange)}")
            published = any(self.evidence[one].kind == "published" for one in bound.evidence)
            level: Level = "error" if published else "warning"
            self.limits[rule] = bound.model_copy(update={"level": level})
        if self.cost and (strange := sorted(self.cost.evidence - set(self.evidence))):
            raise ValueError(f"cost: no evidence is named {', '.join(strange)}")
        return self


_UNBOUND = Bound(evidence=("none",))
