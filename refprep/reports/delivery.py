"""Submissions for people: what was fetched, why there is nothing, what would be sent."""

import json
from collections.abc import Iterator

from refprep.providers.client import SubmitResult
from refprep.providers.dry_run import DryRun, PlannedRequest
from refprep.words import page


def submitted(result: SubmitResult) -> str:
    """The files that were fetched, or why there are none."""
    error = result.error
    if error is None:
        answers = result.files[0].parent / "result.json" if result.files else "nothing"
        return page([*result.files, f"result: {answers}"])
    lines = [f"FAIL  the provider answers: {error.message}"]
    if error.rule:
        lines += [f"  {error.rule}: refprep explain {error.rule}"]
    if error.advice:
        lines += [f"  -> {error.advice}"]
    return page(lines)


def states(found: dict[str, str]) -> str:
    """A line for each generation."""
    return page([f"{key}: {word}" for key, word in found.items()])


def dry_run(result: DryRun) -> str:
    """Every request as it would be sent, and what was not checked."""
    lines = [line for request in result.requests for line in (*_lines(request), "")]
    unchecked = (f"  {text}" for text in result.unchecked)
    return page([*lines, "Nothing was sent. Not checked:", *unchecked])


def _lines(request: PlannedRequest) -> Iterator[str]:
    yield f"{request.method} {request.url}"
    yield from (f"{name}: {value}" for name, value in request.headers.items())
    if isinstance(request.body, str):
        yield f"< {request.body}"
    elif request.body is not None:
        yield from json.dumps(request.body, indent=2).split("\n")
