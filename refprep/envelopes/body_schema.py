"""The schema of a body, as a pydantic model and as JSON Schema, derived from an envelope's data.

It states fields, types, values and counts. A limit that is ignored, or only observed, is not in it.
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

from refprep.errors import describe_each
from refprep.models.address import ASSETS
from refprep.models.envelope import Envelope, Parameter
from refprep.models.limits import Limit, OneOf, Range, Scalar
from refprep.models.media import Kind

SCHEMES = ("https://", "data:", "media/", *(f"{name}://" for name in ASSETS))


def _check_uri(uri: str) -> str:
    if not uri.startswith(SCHEMES):
        raise ValueError(f"takes an https URL, a data: URI or a file of the bundle, not {uri!r}")
    return uri


URI = Annotated[
    str,
    AfterValidator(_check_uri),
    Field(
        description="An https URL, a data: URI, or a file of the bundle, yet to be published.",
        json_schema_extra={"pattern": f"^({'|'.join(SCHEMES)})"},
    ),
]
TYPES: dict[str, Any] = {"string": str, "integer": StrictInt, "boolean": StrictBool}


class Body(BaseModel):
    """What is POSTed to the provider."""

    model_config = ConfigDict(extra="forbid")


class Link(Body):
    """The place of a file."""

    url: URI


class WithoutDefaults(GenerateJsonSchema):
    """A key that may be missing has no default in the schema."""

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        """The schema without its default."""
        return self.generate_inner(schema["schema"])


def model(envelope: Envelope) -> type[Body]:
    """The body of one envelope, as a pydantic model."""
    media_fields = _content if envelope.shape == "content" else _fields
    parameters = {
        parameter.field or name: (
            _type(parameter, _error_limit(envelope, name.replace("_", "-"))),
            _optional(parameter),
        )
        for name, parameter in envelope.parameters.items()
    }
    fields = {
        "model": (Literal[envelope.model], Field(description="The model's name.")),
        **media_fields(envelope),
        **parameters,
    }
    about = f"The body that {envelope.provider} takes: {envelope.title}."
    return create_model("Body", __base__=Body, __doc__=about, **fields)


def schema(envelope: Envelope) -> dict[str, Any]:
    """The body of one envelope, as JSON Schema (draft 2020-12)."""
    properties = model(envelope).model_json_schema(schema_generator=WithoutDefaults)
    name = f"urn:refprep:schema:1:body-{envelope.name}"
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": name, **properties}


def schema_errors(envelope: Envelope, body: Any) -> list[str]:
    """What of a body does not fit its schema: `seed: takes a whole number, not '7'`."""
    try:
        model(envelope).model_validate(body)
    except ValidationError as error:
        return describe_each(error)
    return []


def _fields(envelope: Envelope) -> dict[str, Any]:
    fields: dict[str, Any] = {"prompt": _prompt(envelope)}
    for table in (envelope.media_fields, envelope.face_fields):
        for kind, name in table.items():
            count = _max_count(envelope, kind)
            about = f"At most {count}." if count else None
            uris = Annotated[list[URI], Field(min_length=1, max_length=count, description=about)]
            fields[name] = (uris, None)
    return fields


def _prompt(envelope: Envelope) -> tuple[Any, Any]:
    """A text of at least one character where a prompt is required; else any text, or none."""
    required = _error_limit(envelope, "prompt-missing") is not None
    return (Annotated[str, Field(min_length=1)], ...) if required else (str, None)


def _content(envelope: Envelope) -> dict[str, Any]:
    """A list of items: a text, then media, of each kind no more than accepted."""
    text, _ = _prompt(envelope)
    text_item = create_model("Text", __base__=Body, type=Literal["text"], text=text)
    kinds: tuple[Kind, ...] = tuple(envelope.media_fields)
    items = [_item(kind) for kind in kinds]
    limits = {f"{kind}_url": _max_count(envelope, kind) for kind in kinds}
    item = Annotated[text_item | items[0] | items[1] | items[2], Field(discriminator="type")]  # type: ignore[valid-type]
    counted = AfterValidator(lambda content: _check_counts(content, limits))
    bounds = {"allOf": [_at_most(name, count) for name, count in limits.items() if count]}
    content = Annotated[list[item], counted, Field(min_length=1, json_schema_extra=bounds)]
    return {"content": (content, ...)}


def _item(kind: Kind) -> type[Body]:
    role, name = f"reference_{kind}", f"{kind}_url"
    fields: Any = {"type": Literal[name], name: Link, "role": Literal[role]}
    return create_model(kind.capitalize(), __base__=Body, **fields)


def _at_most(name: str, count: int) -> dict[str, Any]:
    items = {"properties": {"type": {"const": name}}, "required": ["type"]}
    return {"contains": items, "minContains": 0, "maxContains": count}


def _check_counts(content: list[Any], limits: dict[str, int | None]) -> list[Any]:
    for name, count in Counter(item.type for item in content).items():
        limit = limits.get(name)
        if limit is not None and count > limit:
            raise ValueError(f"takes at most {limit} items of {name}, not {count}")
    return content


def _error_limit(envelope: Envelope, rule: str) -> Limit | None:
    """The limit that is an error to break; None where there is none."""
    bound = envelope.bound(rule)
    binds = envelope.judges(rule) and rule in envelope.limits and bound.level == "error"
    return (bound.lenient or bound.limit) if binds else None


def _max_count(envelope: Envelope, kind: Kind) -> int | None:
    limit = _error_limit(envelope, f"{kind}-count")
    return int(limit.max) if isinstance(limit, Range) and limit.max is not None else None


def _type(parameter: Parameter, limit: Limit | None) -> Any:
    if limit is None:
        return Scalar
    values = limit.one_of if isinstance(limit, OneOf) else ()
    return Literal[values] if values and parameter.type != "boolean" else TYPES[parameter.type]


def _optional(parameter: Parameter) -> Any:
    """A field that may be missing; its description names what the provider then uses."""
    default = parameter.default
    value = str(default).lower() if isinstance(default, bool) else default
    about = f"Where it is left out the provider takes {value}." if default is not None else None
    return Field(default=None, description=about)
