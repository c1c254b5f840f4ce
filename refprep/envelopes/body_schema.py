"""The model of a body: what one envelope's provider takes, as a pydantic model and JSON Schema.

It is made from the envelope's own data: fields, types, values, counts. A limit that is ignored, or
that is only observed, does not bind it.
"""

from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationError,
    create_model,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from refprep.models.envelope import Envelope, Parameter
from refprep.models.limits import Limit, OneOf, Range, Scalar
from refprep.models.media import Kind

URI = Annotated[
    str,
    Field(
        pattern="^(https://|data:|media/)",
        description="An https URL, a data: URI, or a file of the bundle, yet to be published.",
    ),
]
TYPES: dict[str, Any] = {"string": str, "integer": StrictInt, "boolean": StrictBool}

SAYS = {
    "extra_forbidden": "no field of this body",
    "missing": "missing",
    "string_unicode": "holds bytes that are no text",
}
"What pydantic says in words that fit no body."


class Body(BaseModel):
    """What is POSTed to the provider."""

    model_config = ConfigDict(extra="forbid")


class Link(Body):
    """Where a file lies."""

    url: URI


class Bare(GenerateJsonSchema):
    """A key that may be missing has no default of its own."""

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        """The schema without its default."""
        return self.generate_inner(schema["schema"])


def model(envelope: Envelope) -> type[Body]:
    """The body of one envelope."""
    fill = _content if envelope.shape == "content" else _fields
    fields = {
        "model": (Literal[envelope.model], Field(description="The model's name.")),
        **fill(envelope),
        **{
            one.field or name: (_type(one, _demand(envelope, name.replace("_", "-"))), _left(one))
            for name, one in envelope.parameters.items()
        },
    }
    about = f"The body that {envelope.provider} takes: {envelope.title}."
    return create_model("Body", __base__=Body, __doc__=about, **fields)


def schema(envelope: Envelope) -> dict[str, Any]:
    """The same as JSON Schema (draft 2020-12)."""
    told = model(envelope).model_json_schema(schema_generator=Bare)
    name = f"urn:refprep:schema:1:body-{envelope.name}"
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": name, **told}


def schema_errors(envelope: Envelope, body: Any) -> list[str]:
    """What of a body its model does not take: `duration: Input should be ...`; mostly nothing."""
    try:
        model(envelope).model_validate(body)
    except ValidationError as error:
        found = error.errors(include_input=False)
        return [f"{_place(one['loc'])}: {SAYS.get(one['type'], one['msg'])}" for one in found]
    return []


def _fields(envelope: Envelope) -> dict[str, Any]:
    fields: dict[str, Any] = {"prompt": _prompt(envelope)}
    for table in (envelope.media_fields, envelope.face_fields):
        for kind, name in table.items():
            most = _most(envelope, kind)
            about = f"At most {most}." if most else None
            uris = Annotated[list[URI], Field(min_length=1, max_length=most, description=about)]
            fields[name] = (uris, None)
    return fields


def _prompt(envelope: Envelope) -> tuple[Any, Any]:
    """A text of one character or more; where nobody asks for one, any or none."""
    wanted = _demand(envelope, "prompt-missing") is not None
    return (Annotated[str, Field(min_length=1)], ...) if wanted else (str, None)


def _content(envelope: Envelope) -> dict[str, Any]:
    """A list of items: a text first, then media, of each kind no more than may be."""
    text, _ = _prompt(envelope)
    first = create_model("Text", __base__=Body, type=Literal["text"], text=text)
    kinds: tuple[Kind, ...] = tuple(envelope.media_fields)
    items = [_item(kind) for kind in kinds]
    most = {f"{kind}_url": _most(envelope, kind) for kind in kinds}
    item = Annotated[first | items[0] | items[1] | items[2], Field(discriminator="type")]  # type: ignore[valid-type]
    counted = AfterValidator(lambda told: _counted(told, most))
    bounds = {"allOf": [_at_most(name, count) for name, count in most.items() if count]}
    content = Annotated[list[item], counted, Field(min_length=1, json_schema_extra=bounds)]
    return {"content": (content, ...)}


def _item(kind: Kind) -> type[Body]:
    role, name = f"reference_{kind}", f"{kind}_url"
    fields: Any = {"type": Literal[name], name: Link, "role": Literal[role]}
    return create_model(kind.capitalize(), __base__=Body, **fields)


def _at_most(name: str, count: int) -> dict[str, Any]:
    alike = {"properties": {"type": {"const": name}}, "required": ["type"]}
    return {"contains": alike, "minContains": 0, "maxContains": count}


def _counted(told: list[Any], most: dict[str, int | None]) -> list[Any]:
    for name, count in Counter(item.type for item in told).items():
        if count > (most.get(name) or count):
            raise ValueError(f"{count} items of {name}; at most {most[name]} may be")
    return told


def _demand(envelope: Envelope, rule: str) -> Limit | None:
    """The limit beyond which lies an error; None where there is none."""
    bound = envelope.bound(rule)
    held = envelope.judges(rule) and rule in envelope.limits and bound.level == "error"
    return (bound.lenient or bound.limit) if held else None


def _most(envelope: Envelope, kind: Kind) -> int | None:
    limit = _demand(envelope, f"{kind}-count")
    return int(limit.max) if isinstance(limit, Range) and limit.max is not None else None


def _type(parameter: Parameter, demand: Limit | None) -> Any:
    if demand is None:
        return Scalar
    listed = demand.one_of if isinstance(demand, OneOf) else ()
    return Literal[listed] if listed and parameter.type != "boolean" else TYPES[parameter.type]


def _left(parameter: Parameter) -> Any:
    """A field that may be missing; what is said of it is what the provider then takes."""
    default = parameter.default
    told = str(default).lower() if isinstance(default, bool) else default
    said = f"Where it is left out the provider takes {told}." if default is not None else None
    return Field(default=None, description=said)


def _place(steps: tuple[int | str, ...]) -> str:
    return ".".join(map(str, steps))
