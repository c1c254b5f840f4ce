"""The envelopes for people: a list of all, a page of one, and the differences of two."""

from collections.abc import Iterator

from refprep.models.envelope import Envelope
from refprep.reports.cost import prices
from refprep.rules import RULES
from refprep.words import page

ADDRESSES = ("sync", "queue", "events", "cancel", "list", "upload", "upload_start")
"The URLs of an API that the page of an envelope shows."
BY_NAME = {rule.name: rule for rule in RULES}


def names(*envelopes: Envelope) -> str:
    """A line each: name and title."""
    return page(f"{envelope.name:28} {envelope.title}" for envelope in envelopes)


def show(envelope: Envelope) -> str:
    """The shape of its request, every limit with its evidence, prices, API, and the evidence."""
    known = envelope.parameters.items()
    parameters = ", ".join(parameter.field or name for name, parameter in known)
    lines = [
        f"{envelope.name}: {envelope.title}",
        f"model {envelope.model}; parameters {parameters}",
        "",
        *_slots(envelope),
        *conditions(envelope),
        "",
        *(
            f"{rule:20} {bound.level:8} {_limit(envelope, rule)}  [{', '.join(bound.evidence)}]"
            for rule, bound in envelope.bounds.items()
        ),
        *_cost(envelope),
        "",
        *_api(envelope),
        *_errors(envelope),
        "evidence",
        *(
            f"{name:20} {evidence.kind}, {evidence.when}: {evidence.who}"
            for name, evidence in envelope.evidence.items()
        ),
    ]
    return page(lines)


def differences(first: Envelope, second: Envelope) -> str:
    """The limits in which two envelopes differ, a line for each side."""
    lines = [f"--- {first.name}", f"+++ {second.name}"]
    for rule in dict.fromkeys([*first.bounds, *second.bounds]):
        ours, theirs = _side(first, rule), _side(second, rule)
        if ours != theirs:
            lines += [rule, f"- {ours}", f"+ {theirs}"]
    return page(lines)


def _slots(envelope: Envelope) -> Iterator[str]:
    """Each slot: what it takes, its tag, its field."""
    for name, slot in envelope.slots.items():
        tag = slot.tag.replace("{n}", "1") if slot.tag else "no tag"
        faces = f", faces in {slot.face_field}" if slot.face_field else ""
        needs = f", only with {' and '.join(slot.needs)}" if slot.needs else ""
        number = "one file" if slot.single else "files"
        yield f"{name:20} {slot.kind:8} {number} in {slot.field}{faces}; {tag}{needs}"


def conditions(envelope: Envelope) -> Iterator[str]:
    """A sentence each: slots that exclude each other, counts over several slots, cases."""
    for group in envelope.groups.values():
        sides = " or ".join(", ".join(side) for side in group.sides)
        yield f"Either {sides}, never both ({', '.join(group.evidence)})."
    for cap in envelope.caps.values():
        yield f"At most {cap.max} files in {' and '.join(cap.slots)} together."
    for case in envelope.cases.values():
        limits = ", ".join(
            f"{name} {BY_NAME[name].accepts(bound) if name in BY_NAME else bound.limit}"
            for name, bound in case.limits.items()
        )
        yield f"{case.title[0].upper()}{case.title[1:]}: {limits}."


def _cost(envelope: Envelope) -> Iterator[str]:
    """The price in a line; refprep estimate shows more."""
    if cost := envelope.cost:
        names = ", ".join([*cost.price_evidence, *cost.size_evidence])
        yield f"{'cost':20} {'':8} {prices(cost)}  [{names}]"


def _api(envelope: Envelope) -> Iterator[str]:
    """The URLs of the provider, and the environment variable of its key."""
    if api := envelope.api:
        urls = {name: getattr(api, name) for name in ADDRESSES}
        yield f"api, by the key in {api.key}  [{', '.join(api.evidence)}]"
        yield from (f"{name:20} {url or 'not documented'}" for name, url in urls.items())
        yield f"{'look':20} {api.look}"
        yield ""


def _errors(envelope: Envelope) -> Iterator[str]:
    """What the provider's errors mean: the rule that finds the cause, and what to do."""
    if envelope.errors:
        yield "errors of the provider: the first that fits"
        for name, error in envelope.errors.items():
            case = f"the limits {envelope.cases[error.case].title}" if error.case else None
            meaning = "; ".join(filter(None, [error.advice, case]))
            yield f"{name:20} {error.rule or '':20} {meaning}  [{', '.join(error.evidence)}]"
        yield ""


def _limit(envelope: Envelope, rule: str) -> str:
    """The limit with its unit; of a rule that refprep does not know, as it is."""
    bound = envelope.bounds[rule]
    return BY_NAME[rule].accepts(bound) if rule in BY_NAME else str(bound.limit)


def _side(envelope: Envelope, rule: str) -> str:
    if rule not in envelope.bounds:
        return "no limit"
    return f"{_limit(envelope, rule)} ({envelope.bounds[rule].level})"
