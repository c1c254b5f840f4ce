"""The schema of a body, as JSON Schema (draft 2020-12), derived from an envelope's data.

It states fields, types, values and counts. A limit that is ignored, or only observed, is not in it.
"""

from collections.abc import Mapping
from typing import Any

from refprep.envelopes.body_form import short
from refprep.envelopes.body_reader import read
from refprep.envelopes.body_tree import Branch, Entry, Leaf, tree
from refprep.models.envelope import Envelope, rule_of
from refprep.models.limits import Limit, OneOf, Range
from refprep.models.request import slot_type
from refprep.models.shape import Form, Parameter

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMES = ("https://", "data:", "media/")
"What the address of a file may begin with."
Schema = dict[str, Any]


def schema(envelope: Envelope) -> Schema:
    """The body of one envelope, as JSON Schema."""
    about = f"The body that {envelope.provider} takes: {envelope.title}."
    name = f"urn:refprep:schema:1:body-{envelope.name}"
    fields = _branch(tree(envelope), envelope)
    return {"$schema": DIALECT, "$id": name, "title": "Body", "description": about, **fields}


def schema_errors(envelope: Envelope, body: Any) -> list[str]:
    """What of a body does not fit its schema: `seed: takes a whole number, not "7"`."""
    if not isinstance(body, Mapping):
        return ["takes an object"]
    content = read(body, envelope)
    errors = list(content.errors)
    accepted = schemes(envelope)
    for slot, uri in content.media.items():
        if not uri.startswith(accepted):
            what = "an https URL, a data: URI or a file of the bundle"
            errors.append(f"{slot}: takes {what}, not {short(uri)}")
    for name, value in content.parameters.items():
        limit = _error_limit(envelope, rule_of(name))
        typed = envelope.parameters[name].has_type(value)
        if typed and limit is not None and not limit.admits(value):
            errors.append(
                f"{envelope.parameters[name].field or name}: takes {limit}, not {short(value)}"
            )
    counts = dict.fromkeys(envelope.slots, 0)
    for slot in content.media:
        counts[slot_type(slot)] += 1
    for name, count in counts.items():
        most = _max_count(envelope, name)
        if most is not None and count > most:
            errors.append(f"{name}: takes at most {most} files, not {count}")
    if not content.prompt and _error_limit(envelope, "prompt-missing"):
        errors.append(f"{envelope.body.prompt}: the prompt is missing")
    return errors


def schemes(envelope: Envelope) -> tuple[str, ...]:
    """What the address of a file may begin with at this provider."""
    admits = envelope.limits.get("asset-media")
    known = admits is not None and admits.limit != OneOf(one_of=("nothing",))
    return (*SCHEMES, "asset://", "mm_file://") if known else SCHEMES


def _branch(branch: Branch, envelope: Envelope) -> Schema:
    properties = {
        name: _leaf(node, envelope) if isinstance(node, Leaf) else _branch(node, envelope)
        for name, node in branch.fields.items()
    }
    required = [name for name, node in branch.fields.items() if _is_required(node, envelope)]
    fields: Schema = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return (
        {"type": "array", "items": fields, "minItems": 1, "maxItems": 1}
        if branch.listed
        else (fields)
    )


def _is_required(node: Branch | Leaf, envelope: Envelope) -> bool:
    if isinstance(node, Branch):
        return any(_is_required(inner, envelope) for inner in node.fields.values())
    owners = {entry.owner for entry in node.entries}
    with_prompt = "prompt" in owners and _error_limit(envelope, "prompt-missing") is not None
    return "model" in owners or with_prompt


def _leaf(leaf: Leaf, envelope: Envelope) -> Schema:
    if not leaf.many:
        return _one_of([_entry(entry, envelope) for entry in leaf.entries])
    items = _one_of([_entry(entry, envelope) for entry in leaf.entries])
    counts = [_count(entry, envelope) for entry in leaf.entries]
    bounds = [count for count in counts if count]
    whole: Schema = {"type": "array", "items": items}
    if len(leaf.entries) == 1 and bounds:
        return {**whole, "maxItems": bounds[0]["maxContains"], "description": _about(bounds[0])}
    return {**whole, "allOf": bounds} if bounds else whole


def _about(count: Schema) -> str:
    return f"At most {count['maxContains']}."


def _count(entry: Entry, envelope: Envelope) -> Schema | None:
    """At most so many items of one slot; None where nothing is published."""
    most = _max_count(envelope, entry.name) if entry.owner == "slot" else None
    if most is None:
        return None
    return {"contains": _entry(entry, envelope), "minContains": 0, "maxContains": most}


def _max_count(envelope: Envelope, slot: str) -> int | None:
    if envelope.slots[slot].single:
        return 1
    limit = _error_limit(envelope, f"{slot}-count")
    return int(limit.max) if isinstance(limit, Range) and limit.max is not None else None


def _entry(entry: Entry, envelope: Envelope) -> Schema:
    if entry.owner == "parameter":
        return _parameter(envelope.parameters[entry.name], entry.name, envelope)
    return _one_of([_form(form, envelope) for form in entry.forms])


def _form(form: Form, envelope: Envelope) -> Schema:
    """The schema of a form: its placeholders are texts, all else is as it stands."""
    match form:
        case dict():
            return {
                "type": "object",
                "properties": {key: _form(inner, envelope) for key, inner in form.items()},
                "required": list(form),
                "additionalProperties": False,
            }
        case list():
            items = [_form(inner, envelope) for inner in form]
            return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
        case "{uri}":
            about = "An https URL, a data: URI, or a file of the bundle, yet to be published."
            pattern = f"^({'|'.join(schemes(envelope))})"
            return {"type": "string", "description": about, "pattern": pattern}
        case "{prompt}" | "{base64}" | "{mime}":
            return {"type": "string", "minLength": 1}
    return {"const": form}


def _parameter(parameter: Parameter, name: str, envelope: Envelope) -> Schema:
    default, about = parameter.default, []
    if parameter.help:
        about.append(parameter.help)
    if default is not None:
        value = str(default).lower() if isinstance(default, bool) else default
        about.append(f"Where it is left out the provider takes {value}.")
    described = {"description": " ".join(about)} if about else {}
    match _error_limit(envelope, rule_of(name)):
        case None:
            return described
        case OneOf(one_of=values) if values and parameter.type != "boolean":
            return {"enum": list(values), **described}
        case Range() as limit:
            sides = {"minimum": limit.min, "maximum": limit.max}
            bounds = {key: side for key, side in sides.items() if side is not None}
            return {"type": parameter.type, **bounds, **described}
    return {"type": parameter.type, **described}


def _one_of(schemas: list[Schema]) -> Schema:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _error_limit(envelope: Envelope, rule: str) -> Limit | None:
    """The limit that is an error to break; None where there is none."""
    bound = envelope.bound(rule)
    binds = envelope.judges(rule) and rule in envelope.bounds and bound.level == "error"
    return (bound.lenient or bound.limit) if binds else None
