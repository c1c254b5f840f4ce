"""Error hints: what a provider's error text means, and the rule that finds the cause beforehand."""

from refprep.models.envelope import Envelope, KnownError
from refprep.models.limits import Frozen

LONGEST = 4000
"Characters of an error text that are compared."


class ErrorHint(Frozen):
    """A provider's error, and what refprep knows about it."""

    message: str
    "The provider's own text."
    kind: str | None = None
    "The row of the envelope's table `errors` that fits: faces, edit-task ..."
    rule: str | None = None
    "The rule that finds the cause; `refprep explain RULE` shows its limit and its remedy."
    advice: str | None = None
    "What to do."


def error_hint(message: str, envelope: Envelope) -> ErrorHint:
    """What the first row that fits the message says; the message alone where none does.

    Args:
        message: The provider's text: its words for people, and those for machines.
        envelope: The provider's, whose `errors` are compared in their order.
    """
    for kind, row in envelope.errors.items():
        if row.fits(message[:LONGEST]):
            advice = _advice(row, envelope)
            return ErrorHint(message=message, kind=kind, rule=row.rule, advice=advice)
    return ErrorHint(message=message)


def _advice(row: KnownError, envelope: Envelope) -> str | None:
    """The advice of a row, with the limits of the case that the request was taken for."""
    if row.case is None:
        return row.advice
    case = envelope.cases[row.case]
    limits = f"{case.title} {envelope.name} takes {case.takes}"
    return f"{row.advice}; {limits}" if row.advice else limits
