"""docs/envelopes.md: every envelope that ships, as tables, from its data."""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby

from refprep import envelopes
from refprep.models.envelope import Envelope, KnownError
from refprep.models.shape import Parameter, Slot
from refprep.reports.cost import prices
from refprep.reports.envelope_pages import BY_NAME, conditions

HEAD = """# Envelopes

An envelope is all that is known of one provider's model, as data: slots, parameters, limits,
prices, each with its evidence. A limit that the provider itself publishes is an error where it is
broken, an observed one a warning. `refprep envelopes show NAME` prints one; `--envelope fal` takes
the newest of a provider, `--envelope fal/seedance-2.5` the one of a model.
[writing-envelopes.md](writing-envelopes.md) shows how to write one of your own.

"""
ERRORS = """## Errors

What providers say, and what it means: the rule that finds the cause beforehand, and what to do.
An envelope below lists only what differs.

"""
NEUTRAL = "seedance-2.0"
"The envelope whose errors all the others have, too."
COMMON = {"practice", "ffmpeg"}
"Evidence of refprep's own limits, which are the same in all envelopes."


def text() -> str:
    """The whole document."""
    known = [envelopes.load(name) for name in envelopes.names()]
    overview = ["| envelope | model | files | released |", "|---|---|---|---|"]
    overview += [
        f"| {_link(each.name)} | `{each.model}` | {_files(each)} | {each.released} |"
        for each in known
    ]
    common = _limits(known[0], [name for name in known[0].limits if _is_common(known[0], name)])
    parts = [
        "\n".join(overview),
        "## Limits of every envelope\n\nrefprep's own: what encoders and models misread.\n\n"
        + "\n".join(common),
        ERRORS + "\n".join(_errors(envelopes.load(NEUTRAL).errors)),
        *(_section(each) for each in known),
    ]
    return HEAD + "\n\n".join(parts) + "\n"


def _section(envelope: Envelope) -> str:
    own = [name for name in envelope.limits if not _is_common(envelope, name)]
    paragraphs = [
        f"## {envelope.name}",
        f"{envelope.title}: `{envelope.model}`, by {envelope.provider}.",
        "\n".join(_slots(envelope)),
        "\n".join(_parameters(envelope)),
        "\n".join(_limits(envelope, own)),
        "\n".join(f"- {sentence}" for sentence in conditions(envelope)),
        "\n".join(_cost(envelope)),
        "\n".join(_own_errors(envelope)),
        "\n".join(_evidence(envelope)),
    ]
    return "\n\n".join(filter(None, paragraphs))


def _slots(envelope: Envelope) -> Iterator[str]:
    yield "| slot | takes | tag | place in the body |"
    yield "|---|---|---|---|"
    for name, slot in envelope.slots.items():
        tag = f"`{slot.tag.replace('{n}', '1')}`" if slot.tag else "none"
        yield f"| {name} | {_takes(slot)} | {tag} | {_place(slot)} |"


def _takes(slot: Slot) -> str:
    needs = f", only with {' and '.join(slot.needs)}" if slot.needs else ""
    return f"one {slot.kind}{needs}" if slot.single else f"{slot.kind}s{needs}"


def _place(slot: Slot) -> str:
    faces = f"; real faces in `{slot.face_field}`" if slot.face_field else ""
    item = "" if slot.item == "{uri}" else f": `{json.dumps(slot.item)}`"
    return f"`{slot.field}`{item}{faces}"


def _parameters(envelope: Envelope) -> Iterator[str]:
    if not envelope.parameters:
        return
    yield "| parameter | accepted | default | meaning |"
    yield "|---|---|---|---|"
    for name, known in envelope.parameters.items():
        cells = (_name(name, known), _accepted(known), _default(known), known.help or "")
        yield f"| {' | '.join(cells)} |"


def _name(name: str, known: Parameter) -> str:
    return f"{name} (`{known.field}`)" if known.field and known.field != name else name


def _accepted(known: Parameter) -> str:
    """`-1, 4 to 15 s`; of text that is a number, that it is text."""
    limit = str(known.limit)
    text = known.type if limit in ("anything", "any number") else limit
    if known.choices and known.unit:
        text = ", ".join(_runs([str(choice) for choice in known.choices]))
    quoted = " (as text)" if known.type == "string" and known.unit else ""
    return f"{text}{f' {known.unit}' if known.unit else ''}{quoted}"


def _runs(words: list[str]) -> Iterator[str]:
    """The words, with whole numbers that follow each other in one: `4 to 15`."""
    numbers = sorted(int(word) for word in words if word.lstrip("-").isdigit())
    yield from (word for word in words if not word.lstrip("-").isdigit())
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        yield f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run))


def _default(known: Parameter) -> str:
    default = "" if known.default is None else f"`{json.dumps(known.default)}`"
    return f"{default}; refprep sends `{json.dumps(known.send)}`" if known.send is not None else (
        default
    )  # fmt: skip


def _limits(envelope: Envelope, names: list[str]) -> list[str]:
    """A row for each of these rules; a rule's own level goes over that of the evidence."""
    rows = ["| rule | level | accepted | evidence |", "|---|---|---|---|"]
    for name in names:
        bound = envelope.limits[name]
        accepts = BY_NAME[name].accepts(bound) or "nothing else"
        level = BY_NAME[name].level or bound.level
        rows.append(f"| {name} | {level} | {accepts} | {', '.join(bound.evidence)} |")
    return rows


def _cost(envelope: Envelope) -> Iterator[str]:
    if envelope.cost:
        yield f"Price: {prices(envelope.cost)}."
        if envelope.cost.note:
            yield f"{envelope.cost.note}."


def _own_errors(envelope: Envelope) -> list[str]:
    """The errors that mean something else here than in general."""
    common = envelopes.load(NEUTRAL).errors
    own = {name: row for name, row in envelope.errors.items() if row != common.get(name)}
    return _errors(own) if own else []


def _errors(errors: Mapping[str, KnownError]) -> list[str]:
    rows = ["| error | rule | what to do |", "|---|---|---|"]
    return [*rows, *(f"| {name} | {r.rule or ''} | {_advice(r)} |" for name, r in errors.items())]


def _advice(row: KnownError) -> str:
    return "; ".join(filter(None, [row.advice, row.case and f"the limits of the case {row.case}"]))


def _evidence(envelope: Envelope) -> Iterator[str]:
    yield "| evidence | kind | date | who |"
    yield "|---|---|---|---|"
    for name, row in envelope.evidence.items():
        if name not in COMMON:
            yield f"| {name} | {row.kind} | {row.when} | {row.who} |"


def _is_common(envelope: Envelope, rule: str) -> bool:
    return set(envelope.limits[rule].evidence) <= COMMON


def _files(envelope: Envelope) -> str:
    """`9 images, 3 videos, 3 audios`."""
    counts = {name: envelope.range(f"{name}-count").max for name in envelope.slots}
    counted = [f"{n:.0f} {name}{'s' * (n > 1)}" for name, n in counts.items() if n is not None]
    single = [name for name, slot in envelope.slots.items() if slot.single]
    return ", ".join([*counted, *single])


def _link(name: str) -> str:
    return f"[{name}](#{name.replace('.', '')})"
