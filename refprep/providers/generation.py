"""One generation at its provider: created once, followed to its end, fetched whole."""

from __future__ import annotations

import base64
import http.client
import queue
import tempfile
import threading
import time
import urllib.error
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Callable, NamedTuple  # noqa: UP035 (that of collections.abc is no alias in 3.8)
from urllib.parse import quote

from refprep.providers.exchange import (
    CREATED,
    DONE,
    EXPIRED,
    FAILED,
    GONE,
    NOTHING,
    REFUSED,
    UNKNOWN,
    WAITING,
    Answer,
    creation,
    elapsed,
    error_text,
    excerpt,
    may_repeat,
    parse,
    parts,
    result,
    state,
    strings,
    walk,
)
from refprep.providers.journal import ANSWERED, QUEUED, Download, Journal
from refprep.providers.wire import JSON_BYTES, VIDEO_BYTES, Client, SubmitError

GRACE = 3.0
"Seconds that the answer to a request has after Ctrl-C: it may name what is paid for."
SLOW = 3
"Beside a stream of events the state is asked for so many times more rarely."
NEWS = 60.0
"Seconds after which a state that has not changed is shown again."
SKEW = 120.0
"Seconds by which the provider's clock may be behind."
UNVERIFIED = ".unverified"
"How the name of a download ends that might be a part of a video."
LEAST = 4096
"Bytes that a video has at least; what is smaller is not worth keeping."
Accept = Callable[[Path], str]
"Why a downloaded file is no whole video; empty for one that is."


class End(NamedTuple):
    """A generation that has ended: DONE or FAILED, and the answer that says so."""

    id: str
    phase: str
    answer: Any


def create(client: Client, journal: Journal, mode: str, body: str, webhook: str = "") -> Any:
    """POST the body, once; the answer, which the journal keeps before anything else is done.

    It is sent again only where it surely created nothing. SubmitError where there is no answer.
    """
    sync, api = mode == "sync", client.api
    url = client.url("sync" if sync else "queue")
    if webhook and "webhook" in api:
        url += f"?{api['webhook']}={quote(webhook, safe='')}"
    options = {"limit": VIDEO_BYTES, "timeout": api["wait_seconds"]} if sync else {}
    client.tell("sent; the answer takes 5 to 15 minutes" if sync else "sent")
    post = partial(client.ask, "POST", url, body.encode(), **options)
    for planned in client.pauses():
        try:
            answer, interrupt = patiently(post, client)
        except KeyboardInterrupt:
            client.abandoned = True
            if client.sent == NOTHING:
                journal.remove()
            raise
        named = parse(client.masked(answer.content))
        names_one = bool(found_videos(client, named)) if sync else bool(parts(named, api))
        outcome = creation(answer, names_one=names_one)
        if outcome == CREATED:
            keep(client, journal, named, sync=sync)
        if interrupt:
            raise interrupt
        if outcome == CREATED:
            return named
        if outcome == UNKNOWN:
            raise _unknown(client, journal, answer, named, url)
        if outcome == REFUSED or planned is None:
            journal.remove()
            raise client.error(answer, url, creates=True, stands="nothing was created")
        try:
            client.wait(planned, answer, url)
        except KeyboardInterrupt:
            journal.remove()
            raise
    raise AssertionError("the last pause is None")


def patiently(
    work: Callable[[], Answer], client: Client
) -> tuple[Answer, KeyboardInterrupt | None]:
    """What the work returns; after Ctrl-C it has a moment to do so, else KeyboardInterrupt."""
    done: queue.Queue[Any] = queue.Queue(1)

    def run() -> None:
        try:
            done.put(work())
        except BaseException as error:
            done.put(error)

    threading.Thread(target=run, daemon=True).start()
    begin, interrupt = time.monotonic(), None
    while True:
        try:
            outcome = done.get(timeout=NEWS)
            break
        except queue.Empty:
            client.tell(f"waiting for the answer, {elapsed(time.monotonic() - begin)}")
        except KeyboardInterrupt as error:
            client.abandoned, interrupt = True, error
            try:
                outcome = done.get(timeout=GRACE if client.sent != NOTHING else 0.01)
                break
            except queue.Empty:
                raise error from None
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome, interrupt


def keep(client: Client, journal: Journal, named: Any, *, sync: bool) -> None:
    """Keep what names the generation; it is printed, too, so that no disk can lose it."""
    if not sync:
        ids = list(parts(named, client.api))
        journal.keep(state=QUEUED, ids=ids, answer=named)
        client.tell(f"queued: {', '.join(ids)}; kept in {journal.path}")
    else:  # a video that is in the answer becomes a file at once
        inline = bool(strings(named, "b64_json"))
        journal.keep(state=ANSWERED, answer=None if inline else named)


def _unknown(client: Client, journal: Journal, answer: Answer, named: Any, url: str) -> SubmitError:
    what, message = client.what(answer, url), error_text(named)
    if answer.good:
        what += f", but names no generation: {excerpt(named) or 'nothing'}"
    listed = ", ".join(recent(client, str(journal.facts.get("sent", ""))))
    since = f"since then the provider lists {listed}" if listed else ""
    return SubmitError(": ".join(filter(None, (what, message, since))), status=answer.status)


def recent(client: Client, sent: str) -> list[str]:
    """The ids and states of the generations that the provider lists since a moment."""
    api = client.api
    if "list" not in api or not (begin := _seconds(sent)):
        return []
    answer = client.ask("GET", client.url("list"))
    shown = parse(client.masked(answer.content)) if answer.good else None
    found = []
    for _, item in walk(shown):
        if isinstance(item, dict) and isinstance(item.get(api["list_id"]), str):
            created = _seconds(item.get(api["list_created"]))
            if created is None or created >= begin - SKEW:
                found.append(f"{item[api['list_id']]} ({item.get('status', 'no state')})")
    return found[:5]


def _seconds(moment: Any) -> float | None:
    """A moment as seconds since 1970: as a number of them, of milliseconds, or as an ISO date."""
    if isinstance(moment, (int, float)) and not isinstance(moment, bool):
        return moment / 1000 if moment > 1e11 else float(moment)
    try:
        return datetime.fromisoformat(str(moment).replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return None


def follow(client: Client, known: Mapping[str, Any], stream: Any = None) -> Iterator[End]:
    """Each generation as soon as it has ended. SubmitError where none does for too long.

    The state is asked for again and again, beside a stream of events more rarely: so an event that
    is lost, foreign, or never comes costs some time and nothing else.
    """
    api, begin, waiting = client.api, time.monotonic(), dict(known)
    shown: dict[str, tuple[str, float]] = {}
    events = listen(client, stream) if stream else queue.Queue()
    every = api["poll_seconds"] * (SLOW if stream else 1)
    next_look = begin + every if stream else begin
    while waiting:
        rest = next_look - time.monotonic()
        try:
            found = [events.get(timeout=rest)] if rest > 0 else []
        except queue.Empty:
            found = []
        if time.monotonic() >= next_look:  # also while foreign events pour in
            found += [(key, look(client, waiting[key])) for key in waiting]
            next_look = time.monotonic() + every
        for key, answer in found:
            word, phase = state(answer, api)
            if key not in waiting or not word:
                continue
            _show(client, shown, key, _news(word, answer, api), time.monotonic() - begin)
            end = settle(client, key, waiting[key], answer, phase) if phase != WAITING else None
            if end:
                del waiting[key]
                yield end
        if waiting and time.monotonic() - begin > api["wait_seconds"]:
            waited = f"has not ended after {elapsed(api['wait_seconds'])}"
            raise SubmitError(f"{', '.join(waiting)}: {waited}")


def look(client: Client, known: Mapping[str, str]) -> Any:
    """The state of a generation, parsed; SubmitError where the provider does not tell it."""
    url = client.url("status", **known)
    for planned in client.pauses():
        answer = client.ask("GET", url)
        if answer.good:
            named = parse(client.masked(answer.content))
            ids = strings(named, client.api["id"])
            return named if not ids or known[client.api["id"]] in ids else {}  # of another
        repeated = may_repeat(answer) or answer.status in GONE  # a new one may not be known at once
        if planned is None or not repeated:
            break
        client.wait(planned, answer, url)
    raise client.error(answer, url)


def settle(
    client: Client, key: str, known: Mapping[str, str], answer: Any, phase: str
) -> End | None:
    """The end of a generation whose state is an end; None where it is not known yet."""
    api = client.api
    if phase == FAILED or "result" not in api:
        return End(key, phase, answer)
    url = client.url("result", **known)
    for planned in client.pauses():
        found = client.ask("GET", url)
        named = parse(client.masked(found.content))
        phase = result(found)
        if phase == DONE and found_videos(client, named):
            return End(key, DONE, named)
        if phase == FAILED or (phase == DONE and error_text(named)):
            return End(key, FAILED, named)
        if planned is None or found.status in (401, 403):
            break
        client.wait(planned, found, url)
    if found.good:
        raise SubmitError(f"the result of {key} names no video: {excerpt(named)}")
    raise client.error(found, url)


def listen(client: Client, stream: Any) -> queue.Queue[tuple[str, Any]]:
    """The queue into which a thread puts the events of a stream: the id and the event's data."""
    events: queue.Queue[tuple[str, Any]] = queue.Queue(1000)

    def run() -> None:
        event = data = ""
        try:
            with stream:
                while block := stream.readline(JSON_BYTES):
                    text = client.masked(block).strip()
                    field, _, value = text.partition(":")
                    event = value.strip() if field == "event" else event
                    data = (data + value)[:JSON_BYTES] if field == "data" else data
                    if not text:
                        if event == client.api["event"]:
                            named = parse(data)
                            events.put(((strings(named, client.api["id"]) or [""])[0], named))
                        event = data = ""
            client.tell("the stream of events has ended; polling")
        except (OSError, ValueError, AttributeError, http.client.HTTPException) as error:
            client.tell(f"the stream of events broke ({error}); polling")

    threading.Thread(target=run, daemon=True).start()
    return events


def open_events(client: Client) -> Any:
    """The stream of events; None where there is none, for then the state is polled."""
    url = client.url("events")
    try:
        return client.open("GET", url)
    except urllib.error.HTTPError as error:
        with error:
            if error.code in (401, 403):
                raise client.error(Answer(error.code, ""), url) from None
        client.tell(f"no stream of events ({error.code}); polling instead")
    except (OSError, http.client.HTTPException) as error:
        client.tell(f"no stream of events ({error}); polling instead")
    return None


def _news(word: str, answer: Any, api: Mapping[str, Any]) -> str:
    """The provider's word for a state, and what it says beside."""
    keys = str(api.get("message", "")).split("|")
    own = answer.items() if isinstance(answer, dict) else ()
    beside = [
        f"{key.replace('_', ' ')} {value}" if isinstance(value, int) else str(value)
        for key, value in own
        if key in keys and isinstance(value, (str, int)) and value not in ("", word)
    ]
    return ", ".join([word, *beside])


def _show(
    client: Client, shown: dict[str, tuple[str, float]], key: str, news: str, seconds: float
) -> None:
    """Tell what is new, or now and then that nothing is."""
    before, at = shown.get(key, ("", 0.0))
    if news != before or seconds - at >= NEWS:
        shown[key] = news, seconds
        client.tell(f"{key}: {news}, {elapsed(seconds)}")


def found_videos(client: Client, answer: Any) -> list[str]:
    """The URLs of videos in an answer, and the videos in it, as base64."""
    urls = strings(answer, *client.api["urls"].split("|"))
    return list(dict.fromkeys([*urls, *strings(answer, "b64_json")]))


def fetch(
    client: Client, answer: Any, output: Path, accept: Accept, fresh: Callable[[], Any]
) -> list[str]:
    """Write the videos of an answer under names made of their content; the names.

    Args:
        client: The provider.
        answer: What names the videos.
        output: The folder for them.
        accept: Judges each file.
        fresh: Asks for the answer anew: a link ends, and another one may work.

    Raises:
        SubmitError: There is no whole video, however often it was asked for.
    """
    before = set(output.glob(f"*{UNVERIFIED}"))
    for planned in client.pauses():
        names, why = [], ""
        inline = strings(answer, "b64_json")
        for source in found_videos(client, answer):
            take = _unpack if source in inline else partial(_download, client)
            name, why = take(source, output, accept)
            if why:
                break
            client.tell(f"fetched {output / name}")
            names.append(name)
        if names and not why:
            for path in {*output.glob(f"*{UNVERIFIED}")} - before:
                path.unlink()
            return names
        why = why or f"the answer names no video: {excerpt(answer)}"
        if planned is None or inline:
            break
        client.tell(f"{why}; asked for anew in {planned:g} s")
        time.sleep(planned)
        answer = fresh() or answer
    raise SubmitError(why)


def _download(client: Client, url: str, output: Path, accept: Accept) -> tuple[str, str]:
    """The name of the written file; or why there is none."""
    with Download(output / "video") as file:
        seconds = client.api["wait_seconds"]
        answer = client.ask("GET", url, limit=VIDEO_BYTES, sink=file, headers={}, seconds=seconds)
        if answer.good:
            return _accepted(file, output, accept)
    if answer.status in EXPIRED:
        return "", f"the link to the video has expired ({answer.status})"
    return "", client.what(answer, url)


def _unpack(text: str, output: Path, accept: Accept) -> tuple[str, str]:
    """The same for a video that is inside the answer."""
    try:
        content = base64.b64decode(text)
    except ValueError:
        return "", "the answer holds a video that is not base64"
    for folder in (output, Path(tempfile.gettempdir())):  # it can be had from nowhere else
        try:
            with Download(folder / "video") as file:
                file.write(content)
                name, why = _accepted(file, folder, accept)
                return str(folder / name) if name and folder != output else name, why
        except SubmitError as error:
            failure = error
    raise failure


def _accepted(file: Download, output: Path, accept: Accept) -> tuple[str, str]:
    """Name a whole video; what is none, but might be a part of one, is kept beside."""
    file.end()
    why = accept(file.path)
    name = f"video-{file.sha256.hexdigest()[:12]}.mp4"
    if not why:
        file.finish(output / name)
        return name, ""
    if file.size > LEAST:
        name += UNVERIFIED
        file.finish(output / name)
        why += f"; kept as {name}"
    return "", f"what was fetched is no whole video: {why}"
