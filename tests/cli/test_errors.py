"""What the command line does when refprep fails, is interrupted, or has a bug."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import refprep
from fixtures.clips import clip
from refprep import api, cli
from refprep.errors import RefprepError, TransformError
from refprep.files import PREFIX
from refprep.transforms import jobs


def crash(*arguments: object, **options: object) -> None:
    """A verb with a bug."""
    raise ZeroDivisionError("division\nby zero")


def test_a_bug_is_one_line_with_the_version_and_where_to_report_it(
    photo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(api, "check", crash)
    assert cli.main(["check", str(photo)]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(
        r"refprep: ZeroDivisionError: division by zero; this is a bug in refprep "
        rf"{re.escape(refprep.__version__)}: report it, with --debug, at https://\S+\n",
        err,
    )


@pytest.mark.parametrize("place", ["before", "behind"])
def test_debug_shows_the_traceback_of_a_bug(
    photo: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
) -> None:
    monkeypatch.setattr(api, "check", crash)
    words = ["check", str(photo)]
    words.insert(0 if place == "before" else 2, "--debug")
    assert cli.main(words) == 3
    first, *_, error, last = capsys.readouterr().err.splitlines()
    assert (first, error) == ("Traceback (most recent call last):", "by zero")
    assert last.startswith("refprep: ZeroDivisionError: division by zero; this is a bug")


def test_an_error_names_its_source_and_its_step(
    dance: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise TransformError("no")

    monkeypatch.setattr("refprep.transforms.transform", refuse)
    outcomes: list[jobs.Outcome] = []
    run = jobs.run

    def record(*arguments: Any) -> list[jobs.Outcome]:
        outcomes.extend(run(*arguments))
        return outcomes

    monkeypatch.setattr(jobs, "run", record)
    refprep.fix([f"{dance}#t=0,2.5"], tmp_path / "out")
    (error,) = outcomes
    assert isinstance(error, RefprepError)
    assert error.source == f"{dance}#t=0,2.5"
    assert error.step == "remux to MP4 (stream copy)"


@pytest.fixture
def videos(tmp_path: Path) -> list[Path]:
    """Two videos that take some seconds to encode."""
    facts = {"size": (1920, 1080), "duration": 6, "frame_rate": Fraction(30)}
    return [clip(tmp_path / f"{name}.mp4", **facts) for name in "ab"]  # type: ignore[arg-type]


@pytest.fixture
def run(videos: list[Path], tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A fix with two workers, in a process group of its own, as in a terminal."""
    code = "import sys, refprep.cli as cli; print('ready', flush=True); sys.exit(cli.main())"
    command = [sys.executable, "-c", code, "fix", *map(str, videos), "--jobs", "2"]
    with subprocess.Popen(
        [*command, "-o", str(tmp_path / "out")], stderr=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, start_new_session=True, env={**os.environ, "REFPREP_CACHE": ""},
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.posix  # process groups
@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.6, 1.0, 2.0], ids="after {} s".format)
def test_an_interrupt_is_one_line_whenever_it_comes(
    run: "subprocess.Popen[str]", tmp_path: Path, seconds: float
) -> None:
    time.sleep(seconds)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to every process of the group
    out, err = run.communicate(timeout=30)
    if run.returncode == 0:
        pytest.skip("the work was done before the interrupt")
    assert (run.returncode, out) == (130, "")
    assert err == "refprep: interrupted; nothing half-written is left\n"
    assert list((tmp_path / "out").glob(f"{PREFIX}*")) == []


SIGNALED = """
import os, signal, sys
from refprep import cli, signals
from refprep.cli import commands
if sys.argv[1:] == ["nohup"]:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
def hung_up(options):
    os.kill(os.getpid(), signal.SIGHUP)
    return 0
commands.rules = hung_up
code = cli.main(["rules"])
print(code, before == [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)])
"""


@pytest.mark.posix
@pytest.mark.parametrize(("argument", "code"), [("", 128 + signal.SIGHUP.value), ("nohup", 0)])
def test_a_hangup_ends_the_run_unless_it_is_ignored(argument: str, code: int) -> None:
    command = [sys.executable, "-c", SIGNALED, argument]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    assert run.stdout == f"{code} True\n"
    assert run.stderr.count("\n") == (1 if code else 0)


@pytest.mark.posix
def test_the_library_installs_no_handler_of_a_signal() -> None:
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    script = f"""
import signal
before = [signal.getsignal(getattr(signal, name)) for name in {names}]
import refprep, refprep.api, refprep.cli.commands, refprep.signals
assert before == [signal.getsignal(getattr(signal, name)) for name in {names}]
"""
    subprocess.run([sys.executable, "-c", script], check=True)
