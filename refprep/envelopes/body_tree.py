"""The body as a tree of its fields: what stands where, and in which forms."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from refprep.errors import EnvelopeError
from refprep.models.envelope import Envelope
from refprep.models.shape import Form

Owner = Literal["model", "prompt", "slot", "parameter", "constant"]


@dataclass(frozen=True)
class Entry:
    """What a field, or an item of its list, may hold: whose it is, and its forms."""

    owner: Owner
    name: str
    "Of the slot's type, of the parameter."
    forms: tuple[Form, ...] = ()
    "None: any value; a parameter has a type and no form."
    face: bool = False


@dataclass(frozen=True)
class Leaf:
    """A field that holds one value, or a list of items."""

    many: bool
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class Branch:
    """A field that holds an object with fields of its own, or a list of one such object."""

    listed: bool = False
    fields: dict[str, "Branch | Leaf"] = field(default_factory=dict)


def tree(envelope: Envelope) -> Branch:
    """The fields of an envelope's body.

    Raises:
        EnvelopeError: Two paths contradict each other: what one takes for a value is an object, or
            a list, for the other.
    """
    root = Branch()
    for path, entry in _entries(envelope):
        *parents, last = path.split(".")
        branch = root
        for key in parents:
            name = key.removesuffix("[0]")
            inner = branch.fields.setdefault(name, Branch(listed=name != key))
            if not isinstance(inner, Branch) or inner.listed is not (name != key):
                raise EnvelopeError(f"the path {path} contradicts another path at {name}")
            branch = inner
        name = last.removesuffix("[]")
        leaf = branch.fields.setdefault(name, Leaf(many=name != last))
        if not isinstance(leaf, Leaf) or leaf.many is not (name != last):
            raise EnvelopeError(f"the path {path} contradicts another path at {name}")
        if leaf.entries and (not leaf.many or "parameter" in (entry.owner, leaf.entries[0].owner)):
            raise EnvelopeError(f"the path {path} is that of two parts of the body")
        leaf.entries.append(entry)
    return root


def _entries(envelope: Envelope) -> Iterator[tuple[str, Entry]]:
    """Every path of the body, with what stands there."""
    shape = envelope.body
    if shape.model:
        yield shape.model, Entry("model", "model", (envelope.model,))
    yield shape.prompt, Entry("prompt", "prompt", (shape.prompt_item,))
    for name, slot in envelope.slots.items():
        if slot.face_field:
            yield slot.face_field, Entry("slot", name, slot.forms, face=True)
        yield slot.field, Entry("slot", name, slot.forms)
    for name, parameter in envelope.parameters.items():
        yield parameter.field or name, Entry("parameter", name)
    for path, constant in shape.constants.items():
        yield path, Entry("constant", path, (constant,))
