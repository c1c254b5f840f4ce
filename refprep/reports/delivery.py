"""Submissions for people: what was fetched, why there is nothing, what would be sent."""

import json
from collections.abc import Iterator

from refprep.providers.client import SubmitResult
from refprep.providers.dry_run import DryRun, PlannedRequest
from refprep.reports import printable


def submitted(result: SubmitResult) -> str:
    """The files that were fetched, or why there are none."""
    error = result.error
    if error is None:
        files = [printable(file) for file in result.files]
        answers = result.files[0].parent / "result.json" if result.files else "nothing"
        return "\n".join([*files, f"result: {printable(answers)}"])
    lines = [f"FAIL  the provider answers: {printable(error.message)}"]
    if error.rule:
        lines += [f"  {error.rule}: refprep explain {error.rule}"]
    if error.advice:
        lines += [f"  -> {error.advice}"]
    return "\n".join(lines)


def dry_run(result: DryRun) -> str:
    """Every request as it would be sent, and what was not checked."""
    blocks = ["\n".join(_lines(request)) for request in result.requests]
    unchecked = "\n".join(f"  {printable(text)}" for text in result.unchecked)
    return "\n\n".join([*blocks, f"Nothing was sent. Not checked:\n{unchecked}"])


def _lines(request: PlannedRequest) -> Iterator[str]:
    yield f"{request.method} {printable(request.url)}"
    yield from (f"{name}: {value}" for name, value in request.headers.items())
    if isinstance(request.body, str):
        yield f"< {printable(request.body)}"
    elif request.body is not None:
        yield json.dumps(request.body, indent=2)
