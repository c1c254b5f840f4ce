"""JSON Schemas (draft 2020-12): what the verbs return, a bundle's manifest, the providers' bodies.

All are generated from the models, those of the bodies from the envelopes' data.

`python -m refprep.reports.schema DIRECTORY` writes them, a file each.
"""

import ast
import json
import sys
from collections.abc import Iterator
from functools import cache
from inspect import getsource
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from refprep import envelopes
from refprep.envelopes import body_schema as body
from refprep.envelopes.pricing import Estimate
from refprep.models.bundle import Bundle, FixResult, VerifyResult
from refprep.models.finding import Report, Result
from refprep.models.limits import Frozen
from refprep.models.plan import Plan
from refprep.packer.manifest import Manifest

RESULTS: tuple[type[Result], ...] = (Report, Plan, FixResult, Bundle, VerifyResult)


class Described(GenerateJsonSchema):
    """Says of a field what the string under it says; a result has all its keys, so no defaults."""

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        """The schema of one model."""
        told = super().model_schema(schema)
        for name, says in _said(schema["cls"]).items():
            if name in told["properties"]:
                told["properties"][name].setdefault("description", says.replace("None", "null"))
        return told

    def field_is_required(self, field: Any, total: bool) -> bool:
        """True: every key is written."""
        return True

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        """The schema without its default."""
        return self.generate_inner(schema["schema"])


def schemas() -> dict[str, dict[str, Any]]:
    """`report`, `plan`, `manifest`, `body-oxen-seedance-2.0` ... each with its schema."""
    models: tuple[type[Frozen], ...] = (*RESULTS, Estimate, Manifest)
    told = {model.__name__.lower(): _schema(model) for model in models}
    bodies = {f"body-{name}": body.schema(envelopes.load(name)) for name in envelopes.names()}
    return {**told, **bodies}


def write(directory: Path) -> None:
    """A file for each: report.schema.json ..."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        text = json.dumps(schema, indent=2) + "\n"
        (directory / f"{name}.schema.json").write_text(text, encoding="ascii", newline="\n")


def _schema(model: type[Frozen]) -> dict[str, Any]:
    told = model.model_json_schema(mode="serialization", schema_generator=Described)
    name = f"urn:refprep:schema:1:{model.__name__.lower()}"
    return {"$schema": GenerateJsonSchema.schema_dialect, "$id": name, **told}


@cache
def _said(model: type[Frozen]) -> dict[str, str]:
    """The fields of a model and its parents that have a string under them, and that string."""
    owners = (owner for owner in reversed(model.__mro__) if issubclass(owner, Frozen))
    return {name: says for owner in owners for name, says in _strings(owner)}


def _strings(owner: type[Frozen]) -> Iterator[tuple[str, str]]:
    (tree,) = ast.parse(getsource(owner)).body
    assert isinstance(tree, ast.ClassDef)
    for pair in pairwise(tree.body):
        match pair:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(says))),
            ):
                yield name, says


if __name__ == "__main__":
    write(Path(sys.argv[1]))
