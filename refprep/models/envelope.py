"""The envelope: all that is known of one provider's model, as data, with its evidence."""

import datetime
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import (
    Field,
    FiniteFloat,
    JsonValue,
    field_serializer,
    field_validator,
    model_validator,
)

from refprep.errors import unknown
from refprep.models.cost import Cost
from refprep.models.limits import Bound, Frozen, Level, Limit, OneOf, Range
from refprep.models.media import KINDS, Kind
from refprep.models.shape import (
    LONGEST,
    SLOT_NAME,
    BodyShape,
    Cap,
    Case,
    Group,
    Parameter,
    Slot,
    Targets,
)

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
    links: dict[str, str] = {}
    "URLs by the names that the answer to queueing should hold, for an answer that lacks them."
    cancel: str | None = None
    "METHOD URL: stops a generation."
    cancellable: tuple[str, ...] = ()
    "The states in which `cancel` is sent; empty: all in which a generation has not ended."
    list: str | None = None
    "GET: the latest generations, the running ones among them."
    list_id: str = "id"
    list_created: str = "created_at"
    list_model: str = "model"
    "The keys of an item of the list: its id, its time in unix seconds, its model."
    look: str = "your account at the provider"
    "Where a person sees what is under way."
    webhook: str | None = None
    "The parameter in the query of `queue` that takes the URL of a webhook."
    upload: str | None = None
    "PUT: a file into {repo}, {branch}, {path}, where it is public."
    repo: str | None = None
    "The environment variable that holds namespace/repository[/branch]."
    upload_start: str | None = None
    """POST {file_name, content_type}: answers upload_url, for a PUT of the bytes without the key,
    and file_url, where they are public then."""
    publish: str
    "What to do about media that are not published yet."
    id: str
    "The key of a generation's id in answers."
    urls: str
    "The keys of a video's URL in answers: a|b."
    done: tuple[str, ...]
    failed: tuple[str, ...] = ()
    "The states in which a generation has ended."
    message: str = "message|error_message"
    "The keys of what a state says for people, and of its progress: a|b."
    poll_seconds: FiniteFloat
    stall_seconds: FiniteFloat
    "A connection that is silent for so long is given up."
    wait_seconds: FiniteFloat
    "The longest time that a generation may take."
    retry_seconds: FiniteFloat
    "The pause before the first retry; each further one is twice as long."
    retries: int
    evidence: tuple[str, ...] = Field(min_length=1)

    @field_validator("cancel")
    @classmethod
    def _check_cancel(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"(DELETE|PUT|POST) \S+", value):
            raise ValueError(f"takes DELETE, PUT or POST and a URL, not {value[:LONGEST]!r}")
        return value


class KnownError(Frozen):
    """An error of the provider: how it reads, and what it means."""

    patterns: tuple[str, ...] = Field(min_length=1)
    "Regular expressions: one is found in the provider's text, in whatever letter case."
    rule: str | None = None
    "The rule that finds the cause beforehand."
    case: str | None = None
    "The case that the provider takes the request for: the advice names its limits."
    advice: str | None = None
    "What to do. `name = value` is a parameter, and a value that the provider takes."
    evidence: tuple[str, ...] = Field(min_length=1)
    "Names in the table `evidence`."

    @field_validator("patterns")
    @classmethod
    def _check_patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            shown = repr(pattern[:LONGEST])
            try:
                empty = re.search(pattern, "")
            except (re.error, RecursionError, OverflowError) as error:
                raise ValueError(f"{shown} is no regular expression: {error}") from None
            if empty:
                raise ValueError(f"{shown} is found in every text")
        return patterns

    @model_validator(mode="after")
    def _check_meaning(self) -> Self:
        if not (self.rule or self.case or self.advice):
            raise ValueError("needs a rule, a case or advice")
        return self

    def fits(self, text: str) -> bool:
        """True where a pattern is found in the text."""
        return any(re.search(pattern, text, re.IGNORECASE) for pattern in self.patterns)


class Envelope(Frozen):
    """All that is known of one provider's model. `bound(rule)` is the limit of a rule."""

    name: str
    title: str
    "For people: the model and its provider."
    provider: str
    model: str
    released: datetime.date
    "When the provider released the model."
    body: BodyShape
    slots: dict[str, Slot]
    "By type: the files of `image` are image1, image2 ..."
    groups: dict[str, Group] = {}
    "Slots that exclude each other."
    caps: dict[str, Cap] = {}
    "Counts over several slots."
    parameters: dict[str, Parameter]
    cases: dict[str, Case] = {}
    "Limits that depend on the request. `edit` and `extend`: what a prompt may make of it."
    targets: Targets = Targets()
    evidence: dict[str, Evidence]
    limits: dict[str, Bound]
    "By the names of the rules; those of the parameters are with the parameters."
    cost: Cost | None = None
    api: Api | None = None
    errors: dict[str, KnownError] = Field(default={}, exclude=True)
    "What the provider says, and what it means: the first that fits. No manifest holds it."
    select: frozenset[str] = frozenset()
    "The rules to check; empty: all."
    ignore: frozenset[str] = frozenset()
    "The rules not to check."

    @property
    def submission(self) -> dict[str, Any]:
        """What submit.py needs of [api]: all that is documented, and the provider's name."""
        api = (
            self.api.model_dump(mode="json", exclude={"evidence"}, exclude_none=True)
            if self.api
            else {}
        )
        return {"provider": self.provider, **api}

    def judges(self, rule: str) -> bool:
        """True where a rule is checked."""
        return rule not in self.ignore and (not self.select or rule in self.select)

    @property
    def bounds(self) -> dict[str, Bound]:
        """Every bound by its rule's name, those of the parameters, too."""
        own = {rule_of(name): parameter.bound for name, parameter in self.parameters.items()}
        return {**own, **self.limits}

    def bound(self, rule: str) -> Bound:
        """The bound of a rule; one that accepts everything where it has none or is not checked."""
        if not self.judges(rule):
            return _UNBOUND
        own = self.parameters.get(rule.replace("-", "_"))
        return self.limits.get(rule) or (own.bound if own else _UNBOUND)

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
        return self._with_limits({rule: self.bound(rule).model_copy(update=narrow)})

    def values(
        self, parameters: Mapping[str, JsonValue], filled: Collection[str] = ()
    ) -> dict[str, JsonValue]:
        """The parameters that are sent: those of a request, and those that are always sent.

        Args:
            parameters: The parameters of the request.
            filled: The types of the slots that are filled.
        """
        always: dict[str, JsonValue] = {
            name: known.send for name, known in self.parameters.items() if known.send is not None
        }
        for case in self._cases_of({**always, **parameters}, filled):
            always |= case.send
        return {**parameters, **{n: v for n, v in always.items() if n not in parameters}}

    def of_request(
        self, parameters: Mapping[str, JsonValue], filled: Collection[str]
    ) -> "Envelope":
        """The envelope of one request, with the limits of every case that it is.

        Args:
            parameters: The parameters of the request.
            filled: The types of the slots that are filled.
        """
        limits: dict[str, Bound] = {}
        for case in self._cases_of(self.values(parameters, filled), filled):
            conditional = {"condition": case.title}
            limits |= {r: b.model_copy(update=conditional) for r, b in case.limits.items()}
        return self._with_limits(limits) if limits else self

    def _cases_of(self, values: Mapping[str, JsonValue], filled: Collection[str]) -> Iterator[Case]:
        """The cases that a request is: its values, or the provider's own, are among theirs."""
        defaults = {name: known.default for name, known in self.parameters.items()}
        sent = {**defaults, **values}
        for case in self.cases.values():
            listed = all(sent.get(name) in among for name, among in case.parameters.items())
            if listed and set(case.slots) <= set(filled):
                yield case

    def _with_limits(self, limits: Mapping[str, Bound]) -> "Envelope":
        return self.model_copy(update={"limits": {**self.limits, **limits}})

    @property
    def face_slots(self) -> list[str]:
        """The types of the slots that have a field for real faces."""
        return [name for name, slot in self.slots.items() if slot.face_field]

    def targets_of(self, kind: Kind) -> tuple[str, ...]:
        """The formats that files of a kind are written in, among those that are accepted."""
        names: tuple[str, ...] = getattr(self.targets, kind)
        accepted = self.one_of(f"{kind}-format")
        return tuple(filter(accepted.admits, names)) or names

    def slot_for(self, kind: Kind) -> str | None:
        """The type of the slot that takes many files of a kind; None where there is none."""
        fitting = [n for n, slot in self.slots.items() if slot.kind == kind and not slot.single]
        return kind if kind in fitting else next(iter(fitting), None)

    def tag_of(self, slot: str) -> str:
        """`@Image1` for `image1`; the slot's own name where it has no tag."""
        kind = slot.rstrip("0123456789")
        tag = self.slots[kind].tag if kind in self.slots else None
        return tag.replace("{n}", slot.removeprefix(kind)) if tag else slot

    def has_tag(self, slot: str) -> bool:
        """True where the prompt can address a slot."""
        known = self.slots.get(slot.rstrip("0123456789"))
        return known is not None and known.tag is not None

    @property
    def in_words(self) -> bool:
        """True where a tag consists of plain words: `Image 1`."""
        return any(slot.tag and slot.tag[0].isalnum() for slot in self.slots.values())

    @property
    def patterns(self) -> dict[str, re.Pattern[str]]:
        """The pattern of each slot's tag in a prompt, by type; letter case does not matter."""
        end = PLAIN_END if self.in_words else r"(?!\d)"
        # ASCII: a Chinese character beside a tag does not belong to it.
        return {
            name: re.compile(
                BEGIN + re.escape(slot.tag).replace(r"\{n\}", r"(?P<place>\d+)") + end,
                re.IGNORECASE | re.ASCII,
            )
            for name, slot in self.slots.items()
            if slot.tag
        }

    @field_serializer("select", "ignore")
    def _ordered(self, rules: frozenset[str]) -> list[str]:
        return sorted(rules)

    @field_validator("api", mode="before")
    @classmethod
    def _none_if_empty(cls, value: Any) -> Any:
        """None for a table that `without = ["api"]` has emptied."""
        return value or None

    @field_validator("slots")
    @classmethod
    def _check_names(cls, slots: dict[str, Slot]) -> dict[str, Slot]:
        for name in slots:
            if not SLOT_NAME.fullmatch(name):
                raise ValueError(f"{name}: takes small letters and _, such as first_frame")
        return slots

    @model_validator(mode="before")
    @classmethod
    def _keep_apart(cls, value: Any) -> Any:
        """What a parameter accepts stands with the parameter, and not among the limits."""
        tables = value if isinstance(value, dict) else {}
        limits, parameters = (tables.get(name) for name in ("limits", "parameters"))
        if isinstance(limits, dict) and isinstance(parameters, dict):
            for name in parameters:
                if rule_of(str(name)) in limits:
                    raise ValueError(f"limits.{rule_of(str(name))}: belongs to parameters.{name}")
        return value

    @model_validator(mode="after")
    def _check_references(self) -> Self:
        """A name that stands for a row of another table must be there."""
        for place, what, names, known in self._references():
            for name in names:
                if name not in known:
                    raise ValueError(f"{place}: {unknown(what, name, known)}")
        for kind in KINDS:
            accepted = self.limits.get(f"{kind}-format", _UNBOUND).limit
            formats: tuple[str, ...] = getattr(self.targets, kind)
            if self.slot_for(kind) and not any(map(accepted.admits, formats)):
                limit = f"limits.{kind}-format takes {accepted}"
                raise ValueError(f"targets.{kind}: {', '.join(formats)} is not accepted: {limit}")
        return self

    def _references(self) -> Iterator[tuple[str, str, Iterable[str], Collection[str]]]:
        """Place, what is named there, the names, and those that there are."""
        for name, slot in self.slots.items():
            yield f"slots.{name}.needs", "slot", slot.needs, self.slots
        for name, group in self.groups.items():
            named = (slot for side in group.sides for slot in side)
            yield f"groups.{name}.sides", "slot", named, self.slots
        for name, cap in self.caps.items():
            yield f"caps.{name}.slots", "slot", cap.slots, self.slots
        for name, case in self.cases.items():
            yield f"cases.{name}.slots", "slot", case.slots, self.slots
            yield f"cases.{name}.parameters", "parameter", case.parameters, self.parameters
            yield f"cases.{name}.send", "parameter", case.send, self.parameters
        for name, error in self.errors.items():
            yield f"errors.{name}.case", "case", filter(None, [error.case]), self.cases
        yield from (
            (place, "evidence", names, self.evidence) for place, names in self._evidence_names()
        )

    def _evidence_names(self) -> Iterator[tuple[str, Iterable[str]]]:
        for place, _, row in self._rows():
            yield place, row.evidence
        yield from ((f"errors.{name}", error.evidence) for name, error in self.errors.items())
        if self.api:
            yield "api", self.api.evidence
        if self.cost:
            yield "cost", sorted(self.cost.evidence)

    def _rows(self) -> Iterator[tuple[str, dict[str, Any], Any]]:
        """Every row that has evidence: its place, the table that holds it, itself."""
        tables: dict[str, dict[str, Any]] = {
            "limits": self.limits, "parameters": self.parameters,
            "groups": self.groups, "caps": self.caps,
        }  # fmt: skip
        tables |= {f"cases.{name}.limits": case.limits for name, case in self.cases.items()}
        for table, rows in tables.items():
            yield from ((f"{table}.{name}", rows, row) for name, row in rows.items())

    @model_validator(mode="after")
    def _set_levels(self) -> Self:
        """Set the level of each row that names none: an error where its evidence is published."""
        for place, table, row in list(self._rows()):
            if "level" not in row.model_fields_set:
                published = any(self.evidence[name].kind == "published" for name in row.evidence)
                level: Level = "error" if published else "warning"
                table[place.rpartition(".")[2]] = row.model_copy(update={"level": level})
        return self


def rule_of(parameter: str) -> str:
    """The name of the rule about a parameter: `aspect-ratio` for `aspect_ratio`."""
    return parameter.replace("_", "-")


_UNBOUND = Bound(evidence=("none",))
