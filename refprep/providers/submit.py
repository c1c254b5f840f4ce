#!/usr/bin/env python3
"""Send this bundle to its provider, follow the generation, and fetch the video.

Needs Python 3.8 or newer, and nothing else. The key is read from the environment and written
nowhere. Media that are only in this folder are uploaded first, under names made of their content.
Results are written to a folder beside this one, whose name ends in -result, and so is the id of
the generation, as soon as it is known: --resume follows it without paying again.
Exit codes: 0 fetched; 1 the request is refused, the generation has failed, or the bundle was
changed; 2 it cannot be done; 130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Callable, NoReturn  # noqa: UP035 (that of collections.abc is no alias in 3.8)

from refprep.providers.contents import load, open_inside
from refprep.providers.exchange import (
    DONE,
    FAILED,
    WAITING,
    error_text,
    parts,
    state,
    walk,
)
from refprep.providers.generation import (
    Accept,
    End,
    create,
    fetch,
    follow,
    look,
    open_events,
    settle,
)
from refprep.providers.journal import (
    ANSWERED,
    BROKEN,
    FETCHED,
    OPEN,
    QUEUED,
    SENDING,
    Journal,
    alone,
    now,
    write,
)
from refprep.providers.storage import publish
from refprep.providers.video import why_no_video
from refprep.providers.wire import JSON_BYTES, Client, SubmitError
from refprep.words import line, visible

API: Any = None  # pack writes the provider's API here; a manifest is never asked for it
MODES = {"sync": "sync", "async": "queue", "sse": "events"}  # and the URL that each needs
RESULT = "result.json"
Tell = Callable[[str], None]


def submit(
    folder: Path,
    api: Any,
    mode: str = "async",
    *,
    resume: bool = False,
    again: bool = False,
    generations: Iterable[str] = (),
    output: Path | None = None,
    webhook: str = "",
    place: Path | None = None,
    accept: Accept = why_no_video,
    tell: Tell = lambda line: None,
) -> dict[str, Any]:
    """Send a bundle, or follow what was sent, and fetch its videos.

    Args:
        folder: The bundle.
        api: [api] of its envelope, without what the provider does not document, and `provider`.
        mode: One of MODES.
        resume: Follow what was sent before; send nothing.
        again: Pay for another generation, whatever became of an earlier one.
        generations: With `resume`: the ids to follow, as found at the provider.
        output: The folder for results; None: beside the bundle.
        webhook: A URL that the provider calls at the end.
        place: What the user named: an archive that was unpacked to `folder`; None: the folder.
        accept: Judges a downloaded file.
        tell: Called with each line of progress.

    Returns:
        What result.json holds.

    Raises:
        SubmitError: There is no video. The line says what stands.
    """
    with opened(place or folder, output, api, tell) as (client, journal):
        if resume:
            return follow_up(client, journal, list(generations), accept)
        require_mode(api, mode)
        if journal.state in OPEN and not again:
            raise SubmitError(f"{journal.path.parent}: an earlier request is not fetched yet")
        bundle = load(folder)
        if journal.is_fetched(bundle.identity) and not again:
            why = "the video of this request is fetched already; --again pays for another"
            raise SubmitError(f"{journal.path.parent}: {why}")
        body = publish(client, bundle)
        stream = open_events(client) if mode == "sse" else None  # events are not repeated
        facts = {"request": bundle.identity, "mode": mode, "sent": now()}
        journal.begin(state=SENDING, **facts, earlier=journal.ids)
        answer = create(client, journal, mode, body, webhook)
        if mode == "sync":
            return finish(client, journal, [End("", DONE, answer)], accept)
        return finish(client, journal, follow(client, parts(answer, api), stream), accept)


@contextmanager
def opened(
    place: Path, output: Path | None, api: Any, tell: Tell
) -> Iterator[tuple[Client, Journal]]:
    """The client and the journal of a bundle that no other run works on.

    SubmitErrors of the block, and of this, say what stands.
    """
    folder, journal = output or default_output(place), None
    try:
        if output is None and folder.is_symlink():
            raise SubmitError(f"{folder}: is a symbolic link; name a folder with --output DIR")
        if "key" not in api:
            raise SubmitError(f"{api['provider']} documents no HTTP API")
        with alone(place):
            client = Client(api, os.environ, tell)
            journal = Journal(folder, client.tell)
            yield client, journal
    except SubmitError as error:
        stands = standing(journal, api) if error.stands is None else error.stands
        text = "; ".join(filter(None, (str(error), stands)))
        raise SubmitError(text, error.code, error.provider_message, error.status, "") from None
    finally:
        if journal:
            journal.close()


def standing(journal: Journal | None, api: Any) -> str:
    """What stands where the work ends before a video is there."""
    state = journal.state if journal else ""
    if not journal or state not in OPEN:
        return "nothing was sent"
    if state == QUEUED:
        return f"the generation {', '.join(journal.ids)} goes on: --resume follows it"
    if state == ANSWERED and journal.facts.get("answer") is None:
        return "it is paid for, and its video was in the answer; --again pays for another"
    if state == ANSWERED:
        return "the answer is kept: --resume fetches its video"
    where = api.get("look", "your account at the provider")
    return (
        f"it was sent at {journal.facts.get('sent')} and may be under way, so it is not sent "
        f"again: look at {where}; --resume --generation ID follows it, --again pays for another"
    )


def follow_up(
    client: Client, journal: Journal, generations: list[str], accept: Accept
) -> dict[str, Any]:
    """Follow what was sent before, or the generations that are named, and fetch the videos."""
    api = client.api
    if generations:
        queued = [{api["id"]: key} for key in generations]
        journal.begin(**{**journal.facts, "state": QUEUED, "ids": generations, "answer": queued})
    if journal.state == FETCHED and (found := fetched(journal.path.parent)):
        return found
    if journal.state == SENDING:
        raise SubmitError(f"{journal.path}: holds no id of a generation")
    answer = journal.facts.get("answer")
    if answer is None or journal.state not in (QUEUED, ANSWERED, FETCHED):
        raise SubmitError(f"{journal.path}: there is nothing to follow")
    known = {} if journal.state == ANSWERED else parts(answer, api)
    if known:
        return finish(client, journal, follow(client, known), accept)
    return finish(client, journal, [End("", DONE, answer)], accept)


def fetched(folder: Path) -> dict[str, Any]:
    """What result.json holds of videos that are there; nothing where one is missing."""
    try:
        with open_inside(folder, RESULT, JSON_BYTES) as file:
            found: dict[str, Any] = json.loads(file.read())
        there = [(folder / name).is_file() for name in found["files"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return found if there and all(there) else {}


def finish(client: Client, journal: Journal, ends: Iterable[End], accept: Accept) -> dict[str, Any]:
    """Write every video and result.json. SubmitError of code 1: a generation has failed."""
    output = journal.path.parent
    found: dict[str, Any] = {"files": [], "failed": [], "answers": []}
    for end in ends:
        if end.phase == FAILED:
            found["failed"].append(error_text(end.answer) or state(end.answer, client.api)[0])
        else:
            fresh = partial(anew, client, journal, end)
            found["files"] += fetch(client, end.answer, output, accept, fresh)
        for _, item in walk(end.answer):
            if isinstance(item, dict) and "b64_json" in item:
                item["b64_json"] = "..."  # the video is a file by now
        found["answers"].append(end.answer)
    write(output / RESULT, json.dumps(found, indent=2).encode())
    journal.keep(state=FETCHED if found["files"] else BROKEN, files=found["files"])
    if found["failed"]:
        reasons = "; ".join(found["failed"])
        raise SubmitError(f"the generation failed: {reasons}", 1, reasons, stands="")
    return found


def anew(client: Client, journal: Journal, end: End) -> Any:
    """The answer that names a generation's videos, asked for anew; None where it cannot be."""
    known = parts(journal.facts.get("answer"), client.api).get(end.id)
    if not known:
        return None
    answer = look(client, known)
    phase = state(answer, client.api)[1]
    found = settle(client, end.id, known, answer, phase) if phase != WAITING else None
    return found.answer if found and found.phase == DONE else None


def states(
    place: Path, api: Any, *, output: Path | None = None, tell: Tell = lambda line: None
) -> dict[str, str]:
    """The state of each generation of a bundle by its id, in the provider's word."""
    with opened(place, output, api, tell) as (client, journal):
        known = require_known(client, journal)
        return {key: state(look(client, each), api)[0] for key, each in known.items()}


def cancel(
    place: Path, api: Any, *, output: Path | None = None, tell: Tell = lambda line: None
) -> dict[str, str]:
    """Stop the generations of a bundle; the state of each after that, by its id.

    One that has ended is left alone: at some providers the same request deletes its video.
    """
    with opened(place, output, api, tell) as (client, journal):
        known = require_known(client, journal)
        if "cancel" not in api:
            raise SubmitError(f"{api['provider']} documents no way to cancel")
        method, _, template = api["cancel"].partition(" ")
        after = {}
        for key, each in known.items():
            word, phase = state(look(client, each), api)
            may = phase == WAITING and (not api.get("cancellable") or word in api["cancellable"])
            if may:
                url = client.fill(template, each)
                answer = client.repeat(method, url)
                if not answer.good:
                    raise client.error(answer, url)
                word = state(look(client, each), api)[0]
                client.tell(f"{key}: asked to stop; now {word}")
            else:
                client.tell(f"{key}: is {word}, and cannot be cancelled")
            after[key] = word
        return after


def require_known(client: Client, journal: Journal) -> dict[str, dict[str, str]]:
    """What fills the URLs of each generation that the journal holds. SubmitError for none."""
    known = parts(journal.facts.get("answer"), client.api)
    if not known:
        raise SubmitError(f"{journal.path}: holds no id of a generation")
    return known


def require_mode(api: Any, mode: str) -> None:
    """SubmitError where the provider documents no such mode."""
    if MODES[mode] not in api:
        raise SubmitError(f"{api['provider']} documents no {mode} mode")


def default_output(place: Path) -> Path:
    """The folder for results: beside the bundle, which stays as it was packed."""
    place = place.resolve()
    return place.with_name(f"{place.stem if place.suffix == '.zip' else place.name}-result")


def what_stands(place: Path, api: Any, output: Path | None) -> str:
    """What to add to a message where the work was interrupted."""
    try:
        journal = Journal(output or default_output(place))
        over = "the last video is fetched, and nothing is under way"
        return over if journal.state == FETCHED else standing(journal, api)
    except SubmitError as error:
        return str(error)


def print_line(text: str) -> None:
    """Print to stderr; what a terminal would obey is shown as an escape."""
    print(line(text), file=sys.stderr, flush=True)


class Parser(argparse.ArgumentParser):
    """A parser whose errors repeat no argument in a way that a terminal obeys."""

    def error(self, message: str) -> NoReturn:
        super().error(visible(message))


def parser() -> Parser:
    """The command line of the script."""
    script = Parser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    script.add_argument("--mode", choices=MODES, default="async", help="how to wait for the video")
    what = script.add_mutually_exclusive_group()
    what.add_argument("--resume", action="store_true", help="follow what was sent before")
    what.add_argument("--again", action="store_true", help="pay for another generation")
    what.add_argument("--status", action="store_true", help="show the state of what was sent")
    what.add_argument("--cancel", action="store_true", help="stop what was sent")
    script.add_argument(
        "--generation", action="append", default=[], metavar="ID",
        help="with --resume: follow this one, whose id you found at the provider",
    )  # fmt: skip
    script.add_argument("-o", "--output", type=Path, metavar="DIR", help="the folder for results")
    script.add_argument("--webhook", default="", metavar="URL", help="called at the end")
    return script


def interrupted(signum: int, frame: Any) -> None:
    """SIGTERM and SIGHUP end the script like Ctrl-C."""
    raise KeyboardInterrupt(signum)


def main(arguments: list[str] | None = None) -> int:
    """Submit the bundle in which this file is; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that it does not have is an escape
            stream.reconfigure(errors="backslashreplace")
    for name in ("SIGTERM", "SIGHUP"):
        if signal.getsignal(getattr(signal, name, signal.SIGINT)) is signal.SIG_DFL:
            signal.signal(getattr(signal, name), interrupted)
    options = parser().parse_args(arguments)
    folder = Path(__file__).parent
    try:
        if API is None:
            raise SubmitError("belongs into a bundle: refprep pack writes it there")
        if options.status or options.cancel:
            work = cancel if options.cancel else states
            found = work(folder, API, output=options.output, tell=print_line)
            print("\n".join(line(f"{key}: {word}") for key, word in found.items()))
            return 0
        result = submit(
            folder, API, options.mode, resume=options.resume, again=options.again,
            generations=options.generation, output=options.output, webhook=options.webhook,
            tell=print_line,
        )  # fmt: skip
        for name in result["files"]:
            print(line((options.output or default_output(folder)) / name))
        return 0
    except SubmitError as error:
        print_line(f"submit.py: {error}")
        return error.code
    except KeyboardInterrupt as end:
        print_line(f"submit.py: interrupted; {what_stands(folder, API, options.output)}")
        return 128 + (end.args[0] if end.args else signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
