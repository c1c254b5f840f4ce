"""The fault matrix: each client, mode, provider, moment and fault. One creation, nothing lost.

A row says what goes wrong, and when. The test judges what was paid, what is on the disk and what
was said; then the fault goes away, and the next command must bring the whole video, for the money
that was already paid. `make test` runs each fault at each moment in one mode; `make test-all` all.
"""

import shutil
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.providers import outcomes
from tests.providers.conftest import edit
from tests.providers.outcomes import (
    CREATE,
    DOWNLOAD,
    EVENTS,
    QUICK,
    RESULT,
    STATE,
    Bench,
    by_command,
    in_process,
)
from tests.providers.provider import Provider, video_of

ALWAYS = 99
STATUSES = (
    "400", "401", "402", "403", "404", "408", "409", "413", "422", "425", "429", "500", "502",
    "503", "504", "524",
)  # fmt: skip
WIRE = (
    "drop", "reset", "stall", "html", "empty", "odd", "list", "huge", "cut", "half", "trickle",
    "chunkedcut", "unsizedcut", "short", "long",
)  # fmt: skip
"Answers that nobody can use."
WHOLE = ("drip", "chunked", "unsized")
"Answers that are odd and whole."
LATER = ("seconds", "date", "nonsense")
"429, with a time to come back."
REFUSED = ("400", "401", "402", "403", "404", "409", "413", "422", "302", "307", "308", "early 413")
NOT_SENT = ("425", "429", *LATER, "early 429", "early 503", "early drop", "early reset")
BIG = {"early 413", "early 503", "early 429", "early drop", "early reset"}
"These come while the body, a big one, is on its way."
BEFORE = (
    "408", "500", "502", "503", "504", "524", "drop", "early drop.", "reset", "stall", "html",
    "empty", "odd", "list", "huge",
)  # fmt: skip
"Before anything is created, which nobody can know. `early drop.`: of a small body, which has left."
AFTER = (
    *(f"late {fault}" for fault in BEFORE if not fault.startswith("early")),
    "late cut", "half", "trickle", "chunkedcut", "unsizedcut", "short", "long", "claim",
)  # fmt: skip
FATAL = ("400", "401", "402", "403", "409", "413", "422", "302")
"Answers to a GET after which nobody has to ask again by himself."
REFUSALS = ("400", "402", "409", "413", "422")
"Answers of a result's own URL that may be the provider's word on why there is none."
VIDEO = ("junk", "claim", "expired")
"What is wrong with a video only."
STREAMS = ("unheard", "foreign", "silent", "line", "cut", "half")
SLOW = {"stall", "late stall", "trickle", "silent", "line", "huge", "late huge", "date", "seconds"}


FEW = ("404", "503", "drop", "junk")
"With these alone `make test` looks at lasting faults, and at uploads."


CREATING = (("refused", "400"), ("before", "504"), ("after", "late 502"), ("not-sent", "429"))
"With these `make test` looks at the script's creation; its other faults come where they are quick."


class Row(NamedTuple):
    """One row of the matrix."""

    client: str
    provider: str
    mode: str
    moment: str
    fault: str
    times: int

    def __str__(self) -> str:
        often = "always" if self.times == ALWAYS else "once"
        place = f"{self.client}-{self.provider}-{self.mode}"
        return f"{place}-{self.moment}-{often}-{self.fault}".replace(" ", "-")


def modes(moment: str) -> list[tuple[str, str]]:
    """The providers and modes in which there is such a moment."""
    if moment in ("upload", "start"):
        return [("oxen", "async"), ("fal", "async")] if moment == "upload" else [("fal", "async")]
    if moment == "state":
        return [pair for pair in CREATE if pair[1] != "sync"]
    if moment == "result":
        return [("fal", "async")]
    if moment == "events":
        return [("oxen", "sse")]
    return list(CREATE)


def faults() -> Iterator[tuple[str, str, int]]:
    """Each moment with each of its faults, and how often it comes."""
    for moment, names in (("refused", REFUSED), ("before", BEFORE), ("after", AFTER)):
        yield from ((moment, name, 1) for name in names)
    yield from (("not-sent", name, times) for name in NOT_SENT for times in (1, ALWAYS))
    yield from (("fine", name, 1) for name in WHOLE)
    every = (*STATUSES, "302", *WIRE, *LATER)
    for moment in ("state", "result"):
        yield from ((moment, name, times) for name in every for times in (1, ALWAYS))
        yield from ((moment, name, ALWAYS) for name in WHOLE)
    for times in (1, ALWAYS):
        yield from (("download", name, times) for name in (*every, *VIDEO, "noise"))
        yield from (("events", name, times) for name in (*STATUSES, "302", *WIRE, *STREAMS))
        usable = [name for name in every if name not in ("html", "empty", "odd", "list", "half")]
        yield from (
            ("upload", name, times) for name in usable if name not in ("short", "huge", "trickle")
        )
        yield from (("start", name, times) for name in every)
    yield from (("download", name, ALWAYS) for name in WHOLE)


NOISE = ("download", "noise")
"To see that takes a decoder, which the script has not."


def rows() -> Iterator[Any]:
    """All rows; those that `make test` leaves out are marked.

    The script has each moment and fault with one provider and mode, in turn. `make test` runs each
    moment and fault with refprep once, and each fault with the script once.
    """
    turn = count()
    quickest = sorted(faults(), key=lambda row: row[0] == "download")
    scripted = {fault: moment for moment, fault, times in quickest if times == 1}  # the last one
    scripted = {fault: moment for fault, moment in scripted.items() if " " not in fault}
    scripted |= {fault: moment for moment, fault in CREATING}
    for moment, fault, times in faults():
        pairs = modes(moment)
        chosen = next(turn) % len(pairs)
        lasting = times == ALWAYS and moment in ("state", "result") and fault in WIRE
        for place, (provider, mode) in enumerate(pairs):
            slow = fault in SLOW | BIG or lasting or (mode == "sync" and fault.endswith("stall"))
            for client in ("refprep", "script"):
                if client == "script" and (place != chosen or (moment, fault) == NOISE):
                    continue  # its code is the same; a process for each row takes long
                row = Row(client, provider, mode, moment, fault, times)
                first = place == chosen
                if client == "script":
                    first = first and times == 1 and scripted.get(fault) == moment
                often = times == 1 or fault in FEW or moment == "not-sent"
                if moment in ("upload", "start"):
                    often = fault in FEW
                seldom = slow or not first or not (often or client == "script")
                marks = [pytest.mark.extensive] * seldom
                yield pytest.param(row, id=str(row), marks=marks)


def place_of(row: Row) -> str:
    """The request at which the fault comes."""
    key = (row.provider, row.mode)
    places = {
        "state": STATE[row.provider],
        "result": RESULT.get(row.provider, ""),
        "download": DOWNLOAD,
        "events": EVENTS,
        "upload": "PUT /fal-cdn/" if row.provider == "fal" else "PUT /api/repos/",
        "start": "POST /rest.fal.ai/storage/upload/initiate",
    }
    return places.get(row.moment, CREATE[key])


@pytest.fixture
def bench(
    request: pytest.FixtureRequest,
    quick: dict[str, Path],
    provider: Provider,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Bench:
    """The bench for the test's row."""
    row: Row = request.getfixturevalue("row")
    outcomes.hurry(provider, monkeypatch)
    provider.careless = True
    if row.moment in ("upload", "start"):
        bundle = Path(tmp_path, "bundle")
        shutil.copytree(quick[row.provider], bundle)
    else:
        bundle = outcomes.without_media(quick[row.provider], tmp_path)
    if row.fault in BIG:
        edit(bundle / "request.json", lambda body: {**body, "pad": "x" * (12 << 20)})
    submit = by_command("script", bundle) if row.client == "script" else in_process(bundle, capsys)
    return Bench(row.client, provider, bundle, submit)


@pytest.mark.parametrize("row", list(rows()))
def test_whatever_goes_wrong_is_paid_for_once_and_fetched_whole(row: Row, bench: Bench) -> None:
    if row.mode == "sse" and row.moment == "state":
        bench.provider.fail(EVENTS, "unheard")
    bench.provider.fail(place_of(row), *[row.fault.rstrip(".")] * row.times)
    begin = time.monotonic()
    run = bench.run("--mode", row.mode)
    assert time.monotonic() - begin < 15
    MOMENTS[row.moment](row, bench, run)


def refused(row: Row, bench: Bench, run: Any) -> None:
    """Nothing was created, and it is not sent again by itself; the next run starts afresh."""
    assert run.code in (1, 2), run
    assert (bench.provider.paid, bench.creating()) == (0, 1)
    bench.no_key()
    fetched(row, bench)


def fetched(row: Row, bench: Bench, *arguments: str) -> None:
    """Without the fault, a run pays for one video and fetches it whole."""
    bench.provider.mend()
    again = bench.run("--mode", row.mode, *arguments)
    assert again.code == 0, again
    bench.whole()


def not_sent(row: Row, bench: Bench, run: Any) -> None:
    """Nothing can have been created, so it is sent again, until the retries end."""
    if row.times == 1:
        assert run.code == 0, run
        assert bench.creating() == 2
        return bench.whole()
    assert run.code == 2, run
    assert (bench.provider.paid, bench.creating()) == (0, QUICK["retries"] + 1)
    bench.no_key()
    return fetched(row, bench)


def unknown_before(row: Row, bench: Bench, run: Any) -> None:
    """It may be under way, and is not: only --again sends it again."""
    stopped(row, bench, run, paid=0)
    fetched(row, bench, "--again")


def unknown_after(row: Row, bench: Bench, run: Any) -> None:
    """It may be under way, and it is: whoever finds the id fetches it."""
    stopped(row, bench, run, paid=1)
    if row.provider == "byteplus":  # it can be asked
        assert "gen-1" in run.err, run
    bench.provider.mend()
    run = bench.run("--resume", "--generation", "gen-1")
    assert run.code == 0, run
    bench.whole()


def stopped(row: Row, bench: Bench, run: Any, paid: int) -> None:
    """A request that may be under way is not sent again: not now, and not by the next runs."""
    assert run.code == 2, run
    assert "may be under way" in run.err, run
    assert "--again" in run.err, run
    bench.provider.mend()
    for arguments in (("--mode", row.mode), ("--resume",)):
        next_run = bench.run(*arguments)
        assert next_run.code == 2, next_run
    assert (bench.provider.paid, bench.creating()) == (paid, 1)
    bench.no_key()


def fine(row: Row, bench: Bench, run: Any) -> None:
    """The answer is whole, however it comes."""
    assert run.code == 0, run
    bench.whole()


def kept(row: Row, bench: Bench, run: Any, *ways: tuple[str, ...]) -> None:
    """It was created and not fetched: one of the commands fetches it without paying again."""
    assert (bench.provider.paid, bench.creating()) == (1, 1)
    bench.no_key()
    bench.provider.mend()
    runs = []
    for way in ways or (("--resume",),):
        runs.append(bench.run(*way))
        if runs[-1].code == 0:
            break
    assert runs[-1].code == 0, (run, runs)
    bench.whole()


def state(row: Row, bench: Bench, run: Any) -> None:
    """A state that cannot be asked ends no generation."""
    if run.code == 0:
        return bench.whole()
    assert run.code == 2, run
    assert row.times == ALWAYS or row.fault in (*FATAL, "huge"), run
    assert "--resume" in run.err, run
    return kept(row, bench, run)


def result(row: Row, bench: Bench, run: Any) -> None:
    """Only the provider's own word ends it, and even then its id brings it back."""
    if run.code == 1:
        assert row.fault in REFUSALS, run
        return kept(row, bench, run, ("--resume",), ("--resume", "--generation", "gen-1"))
    return state(row, bench, run)


def download(row: Row, bench: Bench, run: Any) -> None:
    """A bad download is repeated, with a link asked for anew; what is on the disk is whole."""
    lost = row.fault == "expired" and row.mode == "sync"
    if run.code == 0:
        assert not lost
        return bench.whole()
    assert run.code == 2, run
    assert row.times == ALWAYS or row.fault in FATAL or lost, run
    assert list(bench.results.glob("*.mp4")) == []
    if lost:  # the answer had the only link
        assert "expired" in run.err, run
        again = bench.run("--resume")
        assert (again.code, bench.provider.paid, bench.creating()) == (2, 1, 1)
        return None
    assert "--resume" in run.err, run
    return kept(row, bench, run)


def events(row: Row, bench: Bench, run: Any) -> None:
    """Whatever becomes of the stream, the state is polled; at worst nothing was sent."""
    if run.code == 0:
        return bench.whole()
    assert row.fault in ("401", "402", "403"), run
    assert (run.code, bench.provider.paid) == (2, 0)
    return fetched(row, bench)


def upload(row: Row, bench: Bench, run: Any) -> None:
    """What cannot be uploaded is not sent."""
    if run.code == 0:
        return bench.whole()
    assert row.times == ALWAYS or row.fault not in ("408", "425", "429", "500", "503", "drop"), run
    assert (bench.provider.paid, bench.creating()) == (0, 0)
    bench.no_key()
    return fetched(row, bench)


MOMENTS = {
    "refused": refused,
    "before": unknown_before,
    "after": unknown_after,
    "not-sent": not_sent,
    "fine": fine,
    "state": state,
    "result": result,
    "download": download,
    "events": events,
    "upload": upload,
    "start": upload,
}


def alone(provider: str, mode: str = "async") -> pytest.MarkDecorator:
    """A row of no fault, for a test of its own."""
    return pytest.mark.parametrize("row", [Row("refprep", provider, mode, "", "", 1)], ids=str)


@alone("oxen", "sse")
def test_a_cancelled_generation_of_which_no_event_tells_ends_soon(row: Row, bench: Bench) -> None:
    bench.provider.ends = "cancelled"
    run = bench.run("--mode", "sse")
    assert run.code == 1, run
    assert "cancelled" in run.out + run.err
    assert bench.provider.paid == 1


@alone("fal")
def test_an_error_after_completed_is_a_failure_and_the_bundle_can_start_again(
    row: Row, bench: Bench
) -> None:
    for ends, error, words in (("broken", "", "runner went away"), ("", "no faces", "no faces")):
        bench.provider.ends, bench.provider.error = ends, error
        run = bench.run()
        assert run.code == 1, run
        assert words in run.out + run.err
    assert bench.provider.paid == 2
    bench.provider.error = ""
    run = bench.run()
    assert run.code == 0, run
    assert next(bench.results.glob("*.mp4")).read_bytes() == video_of("gen-3")


@pytest.mark.parametrize(
    ("row", "fault", "least"),
    [
        (Row("refprep", "oxen", "async", "", "", 1), "seconds", 0.95),
        (Row("refprep", "fal", "async", "", "", 1), "date", 0.9),
    ],
    ids=["seconds", "date"],
)
def test_a_time_to_come_back_is_waited_for(
    row: Row, fault: str, least: float, bench: Bench
) -> None:
    bench.provider.fail(place_of(row), fault)
    assert bench.run().code == 0
    first, second = (request.when for request in bench.provider.calls("POST"))
    assert second - first > least


@alone("byteplus")
def test_a_link_that_has_expired_is_asked_for_anew(row: Row, bench: Bench) -> None:
    bench.provider.fail(DOWNLOAD, "expired")
    run = bench.run()
    assert run.code == 0, run
    links = [request.path for request in bench.provider.calls("GET", "/results/")]
    assert len(links) == len(set(links)) == 2
    bench.whole()


@pytest.mark.parametrize(
    "row",
    [Row("refprep", *pair, "", "", 1) for pair in CREATE],
    ids=str,
)
def test_a_host_that_nobody_reaches_is_sent_nothing(
    row: Row, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFPREP_BASE_URL", "http://127.0.0.1:9")
    run = bench.run("--mode", row.mode)
    assert run.code == 2, run
    assert "nothing was" in run.err
    monkeypatch.setenv("REFPREP_BASE_URL", bench.provider.url)
    fetched(row, bench)


@alone("oxen")
def test_progress_is_lines_where_there_is_no_terminal(row: Row, bench: Bench) -> None:
    run = bench.run()
    assert run.code == 0
    assert "gen-1" in run.err


@alone("oxen")
def test_a_bad_download_goes_when_the_video_is_whole(row: Row, bench: Bench) -> None:
    bench.provider.fail(DOWNLOAD, "half")
    assert bench.run().code == 0
    assert list(bench.results.glob("*.unverified")) == []


@alone("oxen")
def test_a_key_is_masked_however_json_writes_it(
    row: Row, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-double/2f6c<81d09b&7e40aa51"
    monkeypatch.setenv("OXEN_API_KEY", key)
    bench.provider.key = key
    for fault in ("400", "odd"):
        bench.provider.fail(place_of(row), fault)
        run = bench.run("--again")
        shown = (run.out + run.err).replace("\\/", "/").replace("\\u0026", "&")
        assert key not in shown.replace("\\u003c", "<")


def test_make_test_has_each_fault_that_is_not_slow_with_each_client() -> None:
    every = {fault for _, fault, _ in faults()} - SLOW - BIG - {"noise"}
    for client in ("refprep", "script"):
        covered = {
            row.values[0].fault
            for row in rows()
            if row.values[0].client == client and pytest.mark.extensive not in row.marks
        }
        plain = {fault.removeprefix("late ").rstrip(".") for fault in every}
        assert {fault.removeprefix("late ").rstrip(".") for fault in covered} >= plain - BIG
        assert client == "script" or covered >= every
