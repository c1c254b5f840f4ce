"""A submit that is killed, interrupted or started twice: one creation each, one whole video.

The double counts the requests, so a moment is exact: as a request arrives, or as its answer has
left; a random pause after it meets the work between two requests.
"""

import json
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from refprep.providers import submit as script
from tests.providers import outcomes
from tests.providers.conftest import Run
from tests.providers.outcomes import CREATE, Bench, by_command, in_process
from tests.providers.provider import Provider, Received

pytestmark = [pytest.mark.posix, pytest.mark.slow]
MODES = list(CREATE)
REQUESTS = 6
"At most so many requests are there in a run: the creation, three states, a result, the video."
LONGEST = 0.03
"Seconds after a request or an answer at which a run is ended."


class Moment(NamedTuple):
    """When a run is ended."""

    client: str
    provider: str
    mode: str
    number: int
    "Of the request; 0: by the time since the start alone."
    when: str
    delay: float

    def __str__(self) -> str:
        what = f"{self.when}-{self.number}" if self.number else "start"
        return f"{self.client}-{self.provider}-{self.mode}-{what}-{1000 * self.delay:.0f}ms"


def moments(seed: int, number: int, refpreps: int) -> Iterator[Moment]:
    """Random moments, the same ones for a seed; so many of them with refprep itself."""
    chance = random.Random(seed)
    for place in range(number):
        client = "refprep" if place < refpreps else "script"
        provider, mode = MODES[place % len(MODES)]
        last = 3 if mode == "sync" else REQUESTS
        request = chance.choice([0, *range(1, last), *range(1, last)])
        delay = chance.choice([0.0, chance.uniform(0, LONGEST)])
        if not request:
            delay = chance.uniform(0.02, 0.3)
        yield Moment(client, provider, mode, request, chance.choice(["arrived", "answered"]), delay)


def seeded(small: list[Moment], large: list[Moment]) -> pytest.MarkDecorator:
    """Some moments for `make test`, and many for `make test-all`."""
    rows = [pytest.param(moment, id=str(moment)) for moment in small]
    rows += [
        pytest.param(moment, id=str(moment), marks=pytest.mark.extensive)
        for moment in large
        if moment not in small
    ]
    return pytest.mark.parametrize("moment", rows)


@pytest.fixture
def bench(
    request: pytest.FixtureRequest,
    quick: dict[str, Path],
    provider: Provider,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Bench:
    """A bundle for the test's moment; its runs after the first are in this process, if they can."""
    moment: Moment = request.getfixturevalue("moment")
    outcomes.hurry(provider, monkeypatch)
    provider.pace = 0.004
    bundle = outcomes.without_media(quick[moment.provider], tmp_path)
    script = moment.client == "script"
    submit = by_command("script", bundle) if script else in_process(bundle, capsys)
    return Bench(moment.client, provider, bundle, submit)


def ended(bench: Bench, moment: Moment, number: int) -> Run:
    """What a run says that gets a signal at a moment."""
    due = threading.Event()
    counts = {"arrived": 0, "answered": 0}

    def watch(when: str, request: Received) -> None:
        counts[when] += 1
        if when == moment.when and counts[when] == moment.number:
            due.set()
            time.sleep(moment.delay)
            process.send_signal(number)

    start = [*outcomes.command(bench.client, bench.bundle), "--mode", moment.mode]
    process = subprocess.Popen(
        start, cwd=bench.bundle.parent, env=outcomes.environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    with process:
        bench.provider.watch = watch
        if not moment.number:
            time.sleep(moment.delay)
            process.send_signal(number)
        out, err = process.communicate(timeout=30)
    bench.provider.watch = lambda when, request: None
    time.sleep(0.02)  # the double obeys what has arrived
    return Run(process.returncode, out, err)


def recover(bench: Bench, moment: Moment) -> None:
    """What somebody does who reads the lines, and looks at the provider where they say so."""
    run = bench.run("--resume")
    if run.code and "may be under way" in run.err:
        known = [*bench.provider.generations]
        look = ["--resume", "--generation", ",".join(known)] if known else ["--again"]
        run = bench.run("--mode", moment.mode, *look)
    elif run.code:
        assert "nothing to follow" in run.err, run
        run = bench.run("--mode", moment.mode)
    assert run.code == 0, run
    bench.whole()


@seeded(list(moments(1, 12, 2)), list(moments(2, 100, 20)))
def test_a_killed_run_is_paid_for_once_and_fetched_whole(moment: Moment, bench: Bench) -> None:
    run = ended(bench, moment, signal.SIGKILL)
    assert run.code in (0, -signal.SIGKILL), run
    assert "Traceback" not in run.err, run
    recover(bench, moment)


SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.mark.parametrize("number", SIGNALS)
@seeded(
    [moment for moment in moments(3, 8, 1) if moment.number],
    [moment for moment in moments(4, 60, 12) if moment.number],
)
def test_an_ended_run_says_truly_what_stands(
    number: signal.Signals, moment: Moment, bench: Bench
) -> None:
    run = ended(bench, moment, number)
    assert run.code in (0, SIGNALS[number], -number), run
    if run.code in (0, -number):  # the work was done before the signal
        return bench.whole()
    (line,) = [line for line in run.err.splitlines() if line.startswith(outcomes.LAST)]
    assert "Traceback" not in run.err, run
    assert outcomes.leaks(run.out + run.err) == "", run
    created = [*bench.provider.generations]
    if "the last video is fetched" in line:  # the signal came at the very end
        return bench.whole()
    if "nothing was sent" in line:
        assert created == []
    elif "may be under way" in line:
        assert bench.creating() == 1
        assert "--again" in line
    elif moment.mode == "sync":  # the answer is kept: the video is there, or can be fetched
        assert len(created) == 1
        assert "--resume" in line
    else:
        assert created[0] in line
        assert "--resume" in line
    return recover(bench, moment)


def test_after_the_video_nobody_says_that_nothing_was_sent(bench: Bench, moment: Moment) -> None:
    assert bench.run().code == 0
    assert "nothing was sent" not in script.what_stands(bench.bundle, {}, None)


@pytest.fixture
def moment() -> Moment:
    """For tests that end no run."""
    return Moment("script", "oxen", "async", 0, "arrived", 0.0)


class Held:
    """Holds the answer to the first request that creates, until it is let go."""

    def __init__(self, provider: Provider) -> None:
        self.here, self.go = threading.Event(), threading.Event()
        provider.watch = self.watch

    def watch(self, when: str, request: Received) -> None:
        if when == "arrived" and request.method == "POST":
            self.here.set()
            assert self.go.wait(20)


@pytest.mark.parametrize("second", ["script", "refprep"])
@pytest.mark.parametrize(
    "arguments", [(), ("--again",), ("--resume",), ("-o", "elsewhere")], ids=" ".join
)
def test_two_runs_on_one_bundle_exclude_each_other(
    second: str, arguments: tuple[str, ...], bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    held = Held(bench.provider)
    other = bench._replace(client=second)
    if second == "refprep":
        other = other._replace(submit=in_process(bench.bundle, capsys))
    first = subprocess.Popen(  # in this mode it waits longest
        [*outcomes.command("script", bench.bundle), "--mode", "sync"], env=outcomes.environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with first:
        assert held.here.wait(20)
        run = other.run(*arguments)
        assert run.code == 2, run
        assert "another run is at work on this bundle" in run.err
        held.go.set()
        out, err = first.communicate(timeout=20)
    assert (first.returncode, bench.creating()) == (0, 1), (out, err)
    bench.whole()


def test_of_many_runs_at_once_one_pays(bench: Bench) -> None:
    runs = [
        subprocess.Popen(
            outcomes.command("script", bench.bundle),
            env=outcomes.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    outputs = []
    for run in runs:
        with run:
            outputs.append(run.communicate(timeout=30))
    assert sorted(run.returncode for run in runs) == [0, 2, 2, 2], outputs
    bench.whole()


def test_a_run_after_a_killed_one_is_not_kept_out(bench: Bench, moment: Moment) -> None:
    run = ended(bench, moment._replace(number=2, when="arrived"), signal.SIGKILL)
    assert run.code == -signal.SIGKILL
    assert bench.run().code == 2  # a generation is under way
    assert bench.run("--resume").code == 0
    bench.whole()
    text = (bench.results / "generation.jsonl").read_text("utf-8")
    journal = [json.loads(line) for line in text.splitlines() if line.strip()]
    assert journal[-1]["state"] == "fetched"
