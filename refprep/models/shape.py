"""The shape of one model's request, as data: slots, parameters, and their places in the body.

A path leads to a place in the body: keys joined by dots; `name[]` appends to a list, and `name[0]`
is the only item of one. A form is a JSON value with placeholders: `{uri}`, or `{base64}` and
`{mime}`.
"""

import json
import re
from typing import Any, Literal, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from refprep.models.formats import AUDIO_ENCODERS, IMAGE_ENCODERS, VIDEO_ENCODERS
from refprep.models.limits import Bound, Frozen, Limit, OneOf, Range
from refprep.models.media import Kind

Form = JsonValue
PATH = re.compile(r"[\w-]+(\[0\])?(\.[\w-]+(\[0\])?)*(\[\])?", re.ASCII)
LONGEST = 40
"Characters of a value that an error shows."
SLOT_NAME = re.compile(r"[a-z]([a-z_]*[a-z])?")
JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def placeholders(form: Form) -> set[str]:
    """The placeholders of a form: `{"uri"}`."""
    return set(re.findall(r'"\{(\w+)\}"', json.dumps(form)))


def _check_path(path: str | None) -> str | None:
    if path is not None and not PATH.fullmatch(path):
        raise ValueError(
            f"takes keys joined by dots, such as input.media[], not {path[:LONGEST]!r}"
        )
    return path


class BodyShape(Frozen):
    """Where the body has the model's name and the prompt."""

    model: str | None = None
    "The path of the model's name; None: the body has none."
    prompt: str = "prompt"
    prompt_item: Form = "{prompt}"
    constants: dict[str, JsonValue] = {}
    "Paths that always hold the same value."

    check_paths = field_validator("model", "prompt")(_check_path)

    @field_validator("prompt_item")
    @classmethod
    def _check_item(cls, form: Form) -> Form:
        if placeholders(form) != {"prompt"}:
            raise ValueError("needs the placeholder {prompt}, and no other one")
        return form


class Slot(Frozen):
    """A place for media in the request: what it takes, its tag, where the body has it."""

    kind: Kind
    "What it takes."
    field: str
    "The path in the body."
    item: Form = "{uri}"
    "What stands there for each file."
    reads: tuple[Form, ...] = ()
    "Other forms of the item, which a body may have; they are never written."
    tag: str | None = None
    "How the prompt addresses it, with {n} for the number; None: it cannot be addressed."
    single: bool = False
    "True where it takes one file and has no number: first_frame."
    face_field: str | None = None
    "The path for media that show a real face, where the provider separates them."
    needs: tuple[str, ...] = ()
    "Slots that must be filled, too."

    check_paths = field_validator("field", "face_field")(_check_path)

    @property
    def inline_only(self) -> bool:
        """True where the body takes the file's bytes and no address of them."""
        return "uri" not in placeholders(self.item)

    @property
    def forms(self) -> tuple[Form, ...]:
        """Every form that a body may have, the written one first."""
        return (self.item, *self.reads)

    @field_validator("tag")
    @classmethod
    def _check_tag(cls, tag: str | None) -> str | None:
        if tag is not None and tag.count("{n}") != 1:
            raise ValueError(f"needs {{n}} for the number, once, not {tag[:LONGEST]!r}")
        return tag

    @field_validator("item", "reads")
    @classmethod
    def _check_forms(cls, value: Any) -> Any:
        for form in value if isinstance(value, tuple) else (value,):
            if placeholders(form) not in ({"uri"}, {"base64"}, {"base64", "mime"}):
                raise ValueError("needs the placeholder {uri}, or {base64} with or without {mime}")
        return value

    @model_validator(mode="after")
    def _check_numbers(self) -> Self:
        if self.single and self.tag is not None:
            raise ValueError("tag: a single slot has no number, so it cannot have a tag")
        if not (self.single or self.field.endswith("[]")):
            raise ValueError(
                f"field: {self.field[:LONGEST]} holds one value: write "
                f"{self.field[:LONGEST]}[], or single = true"
            )
        return self


class Parameter(Frozen):
    """A parameter of the body: its JSON type, what is accepted, what is used without it."""

    type: Literal["string", "integer", "number", "boolean", "array", "object"]
    field: str | None = None
    "Its path in the body, where that is not its name."
    choices: tuple[JsonValue, ...] = ()
    min: float | int | None = None
    max: float | int | None = None
    lenient: tuple[JsonValue, ...] = ()
    "Choices that are only doubtful."
    default: JsonValue = None
    "What the provider uses where it is left out."
    send: JsonValue = None
    "What refprep sends where it is left out, because leaving it out costs money."
    unit: str | None = None
    help: str | None = None
    evidence: tuple[str, ...] = Field(min_length=1)
    "Names in the table `evidence`."
    level: Literal["error", "warning", "info"] = "warning"
    "Of a value that is not accepted. Set on loading: an error where the provider publishes it."

    check_paths = field_validator("field")(_check_path)

    @property
    def bound(self) -> Bound:
        """What is accepted; one that accepts everything where only the type is known."""
        lenient = OneOf(one_of=self.lenient) if self.lenient else None
        return Bound(limit=self.limit, lenient=lenient, evidence=self.evidence, level=self.level)

    @property
    def limit(self) -> Limit:
        """The choices or the range."""
        match self.type:
            case "boolean":
                return OneOf(one_of=self.choices or (True, False))
            case "integer" | "number" if not self.choices:
                return Range(min=self.min, max=self.max, whole=self.type == "integer")
        return OneOf(one_of=self.choices)

    def write(self, value: JsonValue) -> JsonValue:
        """The value in the type of the body: `"8"` for 8 where that is a string."""
        plain = self.type == "string" and isinstance(value, int | float)
        return str(value) if plain and not isinstance(value, bool) else value

    def has_type(self, value: JsonValue) -> bool:
        """True where a value is of the JSON type of the body: 1 is not true, 8.0 is not 8."""
        return isinstance(value, JSON_TYPES[self.type]) and (
            self.type == "boolean" or not isinstance(value, bool)
        )

    @model_validator(mode="after")
    def _check_values(self) -> Self:
        for name in ("default", "send"):
            value = getattr(self, name)
            if value is not None and not (self.has_type(value) and self.limit.admits(value)):
                raise ValueError(f"{name}: {json.dumps(value)} is not among what is accepted")
        if self.choices and (self.min, self.max) != (None, None):
            raise ValueError("choices: takes choices, or min and max, not both")
        return self


class Group(Frozen):
    """Sides of which at most one may be filled: frames, or references."""

    sides: tuple[tuple[str, ...], ...] = Field(min_length=2)
    "The slots of each side."
    evidence: tuple[str, ...] = Field(min_length=1)
    level: Literal["error", "warning", "info"] = "warning"


class Cap(Frozen):
    """The most files that several slots may have together."""

    slots: tuple[str, ...] = Field(min_length=1)
    max: int
    evidence: tuple[str, ...] = Field(min_length=1)
    level: Literal["error", "warning", "info"] = "warning"


class Case(Frozen):
    """Limits that hold for some requests only: for an edit task, or where a video is sent."""

    title: str
    "Follows the limit in messages: `for an edit task`."
    parameters: dict[str, tuple[JsonValue, ...]] = {}
    "The values that are sent, or that the provider uses: each must be among those listed."
    slots: tuple[str, ...] = ()
    "The slots that must all be filled."
    send: dict[str, JsonValue] = {}
    "What refprep sends where a parameter is left out, in place of the parameter's own `send`."
    limits: dict[str, Bound]
    "By the names of the rules."

    @property
    def takes(self) -> str:
        """Its limits: `duration -1, aspect ratio adaptive`."""
        texts = (
            f"{name.replace('-', ' ')} {b.words or b.limit}" for name, b in self.limits.items()
        )
        return ", ".join(texts)


class Targets(Frozen):
    """What files are written as: formats and codecs, the preferred one first."""

    image: tuple[str, ...] = ("JPEG", "PNG", "WebP")
    video: tuple[str, ...] = ("MP4",)
    video_codec: str = "h264"
    audio_codec: str = "aac"
    "Of a video."
    audio: tuple[str, ...] = ("WAV", "MP3")

    @field_validator("image", "video", "audio")
    @classmethod
    def _check_formats(cls, names: tuple[str, ...], info: Any) -> tuple[str, ...]:
        known = {"image": IMAGE_ENCODERS, "video": VIDEO_ENCODERS, "audio": AUDIO_ENCODERS}
        for name in names:
            if name not in known[info.field_name]:
                raise ValueError(
                    f"no encoder makes {name}; there is {', '.join(known[info.field_name])}"
                )
        if not names:
            raise ValueError(f"takes at least one of {', '.join(known[info.field_name])}")
        return names

    @field_validator("video_codec", "audio_codec")
    @classmethod
    def _check_codecs(cls, name: str, info: Any) -> str:
        known = {"video_codec": "h264", "audio_codec": "aac"}[info.field_name]
        if name != known:
            raise ValueError(f"no encoder makes {name}; there is {known}")
        return name
