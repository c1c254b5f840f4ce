"""Reads a body: whose it is, the files in its slots, its prompt and parameters, what is wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NamedTuple

from pydantic import JsonValue

from refprep.envelopes import data_uri
from refprep.envelopes.body_form import Match, is_unicode, match_form, short
from refprep.envelopes.body_tree import Branch, Entry, Leaf, tree
from refprep.models.envelope import Envelope, rule_of
from refprep.models.request import FIELDS
from refprep.models.shape import Slot

TYPES = {
    "string": "a string", "integer": "a whole number", "number": "a number",
    "boolean": "true or false", "array": "a list", "object": "an object",
}  # fmt: skip


class BodyContent(NamedTuple):
    """The content of a body, by the names of a request."""

    prompt: str | None
    media: dict[str, str]
    "The URI of each slot, in order."
    faces: tuple[str, ...]
    parameters: dict[str, JsonValue]
    errors: tuple[str, ...]
    "What does not fit the provider's shape: `content[1].role: takes reference_image, not image`."


def read(body: Mapping[str, Any], envelope: Envelope) -> BodyContent:
    """The content of a body; what does not fit is in `errors`, and nowhere else."""
    reading = _Reading(envelope)
    reading.branch(tree(envelope), body, "")
    if envelope.body.model and not reading.named:
        reading.errors.append(f"{envelope.body.model}: is missing")
    media: dict[str, str] = {}
    faces: list[str] = []
    for name, slot in envelope.slots.items():
        found = sorted(reading.media.get(name, ()), key=lambda item: not item[1])  # a stable sort
        if slot.single and len(found) > 1:
            reading.errors.append(f"{name}: takes one file, not {len(found)}")
        for place, (uri, face) in enumerate(found[: 1 if slot.single else None], start=1):
            file = name if slot.single else f"{name}{place}"
            media[file] = uri
            faces += [file] * face
    prompt = "\n".join(reading.prompts) if reading.prompts else None
    return BodyContent(prompt, media, tuple(faces), reading.parameters, tuple(reading.errors))


def unknown_keys(body: Mapping[str, Any], envelope: Envelope) -> list[str]:
    """The keys of a body that are no fields of an envelope's body."""
    known = tree(envelope).fields
    return [key for key in body if key not in known]


def envelopes_of(body: Mapping[str, Any], known: Iterable[Envelope]) -> list[Envelope]:
    """The envelopes that a body is written for: those of its model that it fits best.

    Args:
        body: A JSON object.
        known: The envelopes to choose from, the preferred one first.

    Returns:
        Several where the body fits them equally and names no model: the provider has it in the
        address. Where it names a model that no envelope has, those that it fits but for that.
        None: it is no provider's body.
    """
    rows = [(envelope, read(body, envelope)) for envelope in known if is_body(body, envelope)]
    named = [row for row in rows if row[0].body.model and not _model_errors(*row)]
    rows = named or rows
    misfits = [len(content.errors) + _refused(*row) for row in rows for content in row[1:]]
    best = [envelope for (envelope, _), count in zip(rows, misfits, strict=True)
            if count == min(misfits)]  # fmt: skip
    return best[:1] if best and best[0].body.model else best


def is_body(body: Mapping[str, Any], envelope: Envelope) -> bool:
    """True where a body has the model, or media, where the envelope's body has them."""
    fields = tree(envelope).fields
    paths = [envelope.body.model, *(slot.field for slot in envelope.slots.values())]
    roots = {path.split(".")[0].partition("[")[0] for path in paths if path}
    return bool(roots & body.keys() & fields.keys() - FIELDS)


def _model_errors(envelope: Envelope, content: BodyContent) -> bool:
    start = f"{envelope.body.model}: "
    return any(error.startswith(start) for error in content.errors)


def _refused(envelope: Envelope, content: BodyContent) -> int:
    """How many parameters have a value that is an error in this envelope."""
    return sum(
        envelope.bound(rule_of(name)).judge(value) == "error"
        for name, value in content.parameters.items()
    )


@dataclass
class _Reading:
    """What has been read so far."""

    envelope: Envelope
    prompts: list[str] = field(default_factory=list)
    media: dict[str, list[tuple[str, bool]]] = field(default_factory=dict)
    "By the slot's type: the URIs, each with whether it is in a field for faces."
    parameters: dict[str, JsonValue] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    named: bool = False
    "True where the body has a field for the model."

    def branch(self, known: Branch, value: Any, place: str) -> None:
        """Read an object, or a list of one, by the fields that it may have."""
        if known.listed:
            if not (isinstance(value, list) and len(value) == 1):
                self.errors.append(f"{place}: takes a list of one object, not {short(value)}")
                return
            value, place = value[0], f"{place}[0]"
        if not isinstance(value, Mapping):
            self.errors.append(f"{place}: takes an object, not {short(value)}")
            return
        for key, inner in value.items():
            path = f"{place}.{key}".lstrip(".")
            match known.fields.get(key):
                case None:
                    self.errors.append(f"{path}: {self._no_field(key, known.fields)}")
                case Branch() as branch:
                    self.branch(branch, inner, path)
                case Leaf() as leaf:
                    self.leaf(leaf, inner, path)

    def leaf(self, known: Leaf, value: Any, place: str) -> None:
        """Read a value, or each item of a list."""
        if not known.many:
            self.item(known.entries, value, place)
        elif isinstance(value, list):
            for number, item in enumerate(value):
                self.item(known.entries, item, f"{place}[{number}]")
        else:
            self.errors.append(f"{place}: takes a list, not {short(value)}")

    def item(self, entries: list[Entry], value: Any, place: str) -> None:
        """Read a value as the entry whose form it has, or say how it differs from the nearest."""
        if entries[0].owner == "parameter":
            self._parameter(entries[0].name, value, place)
            return
        matches = [
            (entry, match_form(form, value, place)) for entry in entries for form in entry.forms
        ]
        self.named |= entries[0].owner == "model"
        entry, best = min(matches, key=lambda row: (len(row[1].misfits), -row[1].equal))
        if best.misfits:
            self.errors.append(self._misfit(best, [match for _, match in matches]))
        elif entry.owner == "prompt":
            self.prompts.append(best.values["prompt"])
        elif entry.owner == "slot":
            uri = self._uri(self.envelope.slots[entry.name], best.values)
            self.media.setdefault(entry.name, []).append((uri, entry.face))

    def _parameter(self, name: str, value: Any, place: str) -> None:
        known = self.envelope.parameters[name]
        self.parameters[name] = value
        if not known.has_type(value):
            self.errors.append(f"{place}: takes {TYPES[known.type]}, not {short(value)}")
        elif isinstance(value, str) and not is_unicode(value):
            self.errors.append(f"{place}: takes Unicode text, not {short(value)}")

    def _uri(self, slot: Slot, values: Mapping[str, str]) -> str:
        if "uri" in values:
            return values["uri"]
        return data_uri.join(values.get("mime", f"{slot.kind}/*"), values["base64"])

    def _misfit(self, best: Match, matches: list[Match]) -> str:
        """The first misfit of the nearest form, with what the forms take there that are as near."""
        place, accepted, value = best.misfits[0]
        if accepted is None:
            key = place.rpartition(".")[2]
            return f"{place}: {self._no_field(key, best.keys)}"
        near = (match for match in matches if match.equal == best.equal)
        rows = (misfit for match in near for misfit in match.misfits if misfit.place == place)
        choices = list(dict.fromkeys(row.accepted for row in rows if row.accepted))
        listed = " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))
        return f"{place}: takes {listed}, not {value}" if value else f"{place}: is missing"

    def _no_field(self, key: str, known: Iterable[str]) -> str:
        near = get_close_matches(key, list(known), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"{self.envelope.name} takes no such field{hint}"
