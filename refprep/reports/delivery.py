"""What became of a bundle that was sent, and what would be sent of one, for people."""

import json
from collections.abc import Iterator

from refprep.providers.client import SubmitResult
from refprep.providers.dry_run import DryRun, PlannedRequest
from refprep.reports import printable


def submitted(sent: SubmitResult) -> str:
    """The files that were fetched, or why there are none."""
    if sent.refusal is None:
        return "\n".join([*(printable(file) for file in sent.files), f"result: {_result(sent)}"])
    lines = [f"FAIL  the provider says: {printable(sent.refusal.said)}"]
    if sent.refusal.rule:
        lines += [f"  {sent.refusal.rule}: refprep explain {sent.refusal.rule}"]
    if sent.refusal.advice:
        lines += [f"  -> {sent.refusal.advice}"]
    return "\n".join(lines)


def _result(sent: SubmitResult) -> str:
    return printable(sent.files[0].parent / "result.json") if sent.files else "nothing"


def dry_run(told: DryRun) -> str:
    """Every request as it would go out, and what was not checked."""
    blocks = ["\n".join(_sending(one)) for one in told.requests]
    unchecked = "\n".join(f"  {printable(one)}" for one in told.unchecked)
    return "\n\n".join([*blocks, f"Nothing was sent. Not checked:\n{unchecked}"])


def _sending(one: PlannedRequest) -> Iterator[str]:
    yield f"{one.method} {printable(one.url)}"
    yield from (f"{name}: {value}" for name, value in one.headers.items())
    if isinstance(one.body, str):
        yield f"< {printable(one.body)}"
    elif one.body is not None:
        yield json.dumps(one.body, indent=2)
