"""JSON Schemas (draft 2020-12): what the verbs return, a bundle's manifest, the providers' bodies.

All are derived from the models, those of the bodies from the envelopes' data.
`python -m tools.docs` writes them into docs/schema.
"""

import ast
from collections.abc import Iterator
from dataclasses import Field
from functools import cache
from inspect import getsource
from itertools import pairwise
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from refprep import envelopes
from refprep.envelopes import body_schema
from refprep.envelopes.pricing import Comparison, Estimate
from refprep.models.bundle import Bundle, FixResult, VerifyResult
from refprep.models.finding import Report
from refprep.models.limits import Frozen
from refprep.models.plan import Plan
from refprep.options import FIELDS, about
from refprep.packer.manifest import Manifest
from refprep.providers.client import SubmitResult

MODELS: dict[str, type[Frozen]] = {
    "report": Report,
    "plan": Plan,
    "fix": FixResult,
    "bundle": Bundle,
    "verify": VerifyResult,
    "estimate": Estimate,
    "compare": Comparison,
    "submit": SubmitResult,
    "manifest": Manifest,
}
"Each with the name of its schema."


class WithDescriptions(GenerateJsonSchema):
    """A field is described by the string below it; all keys are required, none has a default."""

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        """The schema of one model."""
        result = super().model_schema(schema)
        for name, text in _descriptions(schema["cls"]).items():
            if name in result["properties"]:
                description = text.replace("None", "null")
                result["properties"][name].setdefault("description", description)
        return result

    def field_is_required(self, field: Any, total: bool) -> bool:
        """True: every key is written."""
        return True

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        """The schema without its default."""
        return self.generate_inner(schema["schema"])


def schemas() -> dict[str, dict[str, Any]]:
    """Each schema by its name: `report`, `manifest`, `body-oxen-seedance-2.0` ..."""
    results = {name: _schema(name, model) for name, model in MODELS.items()}
    results["manifest"]["properties"]["options"] = _options()
    known = (envelopes.load(name) for name in envelopes.names())
    bodies = {f"body-{envelope.name}": body_schema.schema(envelope) for envelope in known}
    return {**results, **bodies}


def _schema(name: str, model: type[Frozen]) -> dict[str, Any]:
    result = model.model_json_schema(mode="serialization", schema_generator=WithDescriptions)
    identity = f"urn:refprep:schema:1:{name}"
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": identity, **result}


def _options() -> dict[str, Any]:
    """The options of a manifest, as Options.recorded() writes them."""
    recorded = [option for option in FIELDS if about(option).recorded]
    return {
        "description": _descriptions(Manifest)["options"],
        "type": "object",
        "properties": {option.name: _option(option) for option in recorded},
        "required": [option.name for option in recorded],
        "additionalProperties": False,
    }


def _option(option: Field[Any]) -> dict[str, Any]:
    row = about(option)
    if isinstance(option.default, tuple):
        items = {"type": "string", **({"enum": list(row.choices)} if row.choices else {})}
        return {"description": row.help, "type": "array", "items": items}
    if row.choices:
        return {"description": row.help, "enum": list(row.choices)}
    kind: Any = option.type
    return {"description": row.help, **TypeAdapter(kind).json_schema()}


@cache
def _descriptions(model: type[Frozen]) -> dict[str, str]:
    """The strings below the fields of a model and of its parents."""
    owners = (owner for owner in reversed(model.__mro__) if issubclass(owner, Frozen))
    return {name: text for owner in owners for name, text in _strings(owner)}


def _strings(owner: type[Frozen]) -> Iterator[tuple[str, str]]:
    (tree,) = ast.parse(getsource(owner)).body
    assert isinstance(tree, ast.ClassDef)
    for pair in pairwise(tree.body):
        match pair:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, text
