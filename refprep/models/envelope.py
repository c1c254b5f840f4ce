"""The envelope: all limits of one provider and model, as data, each with its evidence."""

import datetime
import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, Self

from pydantic import Field, field_serializer, field_validator, model_validator

from refprep.errors import unknown
from refprep.models.cost import Cost
from refprep.models.limits import Frozen, Level, Limit, OneOf, Range, Scalar
from refprep.models.media import Kind

BEGIN = r"(?:(?<![@\w])|(?<=(?:image|video|audio)\d)|(?<=(?:image|video|audio) \d))"
"Where a tag begins: not inside a word, or else right behind another tag (`@Image1@Image2`)."
PLAIN_END = r"(?![\w%]|[.:]\w)"
"Where a tag in plain words ends: `Image 1`, but not the start of 'image 1.jpg' or 'video 1080p'."


class Evidence(Frozen):
    """The source of a limit: who states it, when, and whether this provider published it."""

    who: str
    when: datetime.date
    kind: Literal["published", "observed"]
    "published: by this provider; observed: by anyone else, or in practice."


class Bound(Frozen):
    """One limit, its lenient reading where it can be read in two ways, and its evidence."""

    limit: Limit = OneOf()
    lenient: Limit | None = None
    words: str | None = None
    "The limit for people, where its values alone do not say what is accepted."
    evidence: tuple[str, ...] = Field(min_length=1)
    "Names in the table `evidence`."
    level: Level = "warning"
    "Of a value that breaks both readings. Set on loading: an error where the limit is published."

    def judge(self, value: Any) -> Level | None:
        """The level of a finding about `value`; None where the strict limit accepts it.

        A value that only the lenient reading accepts is a warning.
        """
        if self.limit.admits(value):
            return None
        doubtful = self.lenient is not None and self.lenient.admits(value)
        return "warning" if doubtful else self.level


class Parameter(Frozen):
    """A parameter of the request body: its JSON type, its default, its name in the body."""

    type: Literal["string", "integer", "boolean"]
    default: Scalar | None = None
    "What the provider uses where it is left out."
    field: str | None = None
    "Its name in the body, where that is another one."

    def write(self, value: Scalar) -> Scalar:
        """The value in the type of the body: `"8"` for 8 where that is a string."""
        return str(value) if self.type == "string" and not isinstance(value, bool) else value


class Api(Frozen):
    """The provider's HTTP API; a URL that is None is not documented.

    {names} in a URL are filled from the answer to enqueueing.
    """

    key: str
    "The environment variable that holds the key."
    scheme: str
    "The word before the key in the header Authorization."
    sync: str | None = None
    "POST: answers when the video is ready."
    queue: str | None = None
    "POST: answers at once, with the generation's id."
    status: str | None = None
    "GET: the state of a generation."
    result: str | None = None
    "GET: the result of a generation, where its state does not hold it."
    events: str | None = None
    "GET: a stream of events, one of which is named `event`."
    event: str | None = None
    upload: str | None = None
    "PUT: a file into {repo}, {branch}, {path}, where it is public."
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
    "A connection that is silent for so long is given up."
    wait_seconds: float
    "The longest time that a generation may take."
    retry_seconds: float
    "The pause before the first retry; each further one is twice as long."
    retries: int
    evidence: tuple[str, ...] = Field(min_length=1)


class Envelope(Frozen):
    """All limits of one provider and model. `bound(rule)` looks one up by its rule's name."""

    name: str
    title: str
    "For people: the model and its provider."
    provider: str
    model: str
    tag: str
    "How the prompt addresses a slot: `@{kind}{place}` for @Image1."
    shape: Literal["fields", "content"] = "fields"
    "The body: a field per kind of media and parameter, or a list of content items."
    media_fields: dict[Kind, str]
    face_fields: dict[Kind, str] = {}
    "Fields for media that show a real face, where the provider separates them."
    parameters: dict[str, Parameter]
    evidence: dict[str, Evidence]
    limits: dict[str, Bound]
    "By the names of the rules."
    cost: Cost | None = None
    api: Api | None = None
    select: frozenset[str] = frozenset()
    "The rules to check; empty: all."
    ignore: frozenset[str] = frozenset()
    "The rules not to check."

    def judges(self, rule: str) -> bool:
        """True where a rule is checked."""
        return rule not in self.ignore and (not self.select or rule in self.select)

    def bound(self, rule: str) -> Bound:
        """The bound of a rule; one that accepts everything where it has none or is not checked."""
        return self.limits.get(rule, _UNBOUND) if self.judges(rule) else _UNBOUND

    def range(self, rule: str) -> Range:
        """The strict range of a rule; an open one where its limit is no range."""
        limit = self.bound(rule).limit
        return limit if isinstance(limit, Range) else Range()

    def one_of(self, rule: str) -> OneOf:
        """The strict list of a rule; an empty one where its limit is no list."""
        limit = self.bound(rule).limit
        return limit if isinstance(limit, OneOf) else OneOf()

    def tighten(self, rule: str, limit: Limit) -> "Envelope":
        """The same envelope with a narrower limit for one rule, which has one reading only."""
        narrow = {"limit": limit, "lenient": None, "words": None}
        bound = self.bound(rule).model_copy(update=narrow)
        return self.model_copy(update={"limits": {**self.limits, rule: bound}})

    def tag_of(self, slot: str) -> str:
        """`@Image1` for `image1`."""
        kind = slot.rstrip("0123456789")
        return self.tag.format(kind=kind.capitalize(), place=slot.removeprefix(kind))

    @property
    def in_words(self) -> bool:
        """True where a tag consists of plain words: `Image 1`."""
        return self.tag.startswith("{")

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern of this envelope's tags in a prompt; letter case does not matter."""
        places = {"{kind}": "(?P<kind>image|video|audio)", "{place}": r"(?P<place>\d+)"}
        written = re.escape(self.tag).replace(r"\{", "{").replace(r"\}", "}")
        for name, found in places.items():
            written = written.replace(name, found)
        end = PLAIN_END if self.in_words else r"(?!\d)"
        # ASCII: a Chinese character beside a tag does not belong to it.
        return re.compile(f"{BEGIN}{written}{end}", re.IGNORECASE | re.ASCII)

    @field_serializer("select", "ignore")
    def _ordered(self, rules: frozenset[str]) -> list[str]:
        return sorted(rules)

    @field_validator("api", mode="before")
    @classmethod
    def _none_if_empty(cls, value: Any) -> Any:
        """None for a table that `without = ["api"]` has emptied."""
        return value or None

    @model_validator(mode="after")
    def _set_levels(self) -> Self:
        """Set the level of each bound by its evidence; evidence of an unknown name is an error."""
        for place, names in self._evidence_names():
            for name in names:
                if name not in self.evidence:
                    raise ValueError(f"{place}: {unknown('evidence', name, self.evidence)}")
        for rule, bound in self.limits.items():
            published = any(self.evidence[name].kind == "published" for name in bound.evidence)
            level: Level = "error" if published else "warning"
            self.limits[rule] = bound.model_copy(update={"level": level})
        return self

    def _evidence_names(self) -> Iterator[tuple[str, Iterable[str]]]:
        yield from ((f"limits.{rule}", bound.evidence) for rule, bound in self.limits.items())
        if self.api:
            yield "api", self.api.evidence
        if self.cost:
            yield "cost", sorted(self.cost.evidence)


_UNBOUND = Bound(evidence=("none",))
