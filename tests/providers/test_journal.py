"""The journal: what is kept is there after a crash, on a full disk, and of one run at a time."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refprep.providers.journal import NAME, QUEUED, ROOM, SENDING, Journal, alone
from refprep.providers.wire import SubmitError
from tests.examples import many


def test_the_room_is_taken_before_anything_is_sent(tmp_path: Path) -> None:
    kept = Journal(tmp_path / "out")
    kept.begin(state=SENDING)
    assert (tmp_path / "out" / NAME).stat().st_size == ROOM
    assert kept.keep(state=QUEUED, ids=["a"])
    assert (tmp_path / "out" / NAME).stat().st_size == ROOM
    read = Journal(tmp_path / "out")
    assert (read.state, read.ids) == (QUEUED, ["a"])
    kept.close()


def test_a_line_that_was_cut_is_no_line_and_the_next_one_takes_its_place(tmp_path: Path) -> None:
    kept = Journal(tmp_path)
    kept.begin(state=SENDING, sent="now")
    path = tmp_path / NAME
    content = path.read_bytes()
    end = content.index(b"\n") + 1
    path.write_bytes(content[:end] + b'{"state": "queued", "ids": ["a"' + content[end + 31 :])
    again = Journal(tmp_path)
    assert (again.state, again.ids) == (SENDING, [])
    assert again.keep(state=QUEUED, ids=["b"])
    assert Journal(tmp_path).ids == ["b"]
    kept.close()
    again.close()


@many(100)
@given(st.binary(max_size=200))
def test_a_journal_of_any_bytes_is_read_or_ignored(content: bytes) -> None:
    folder = Path(os.environ["PYTEST_JOURNAL"])
    (folder / NAME).write_bytes(content)
    read = Journal(folder)
    assert isinstance(read.state, str)
    assert all(isinstance(key, str) for key in read.ids)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_JOURNAL", str(tmp_path))


def test_without_a_place_nothing_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = Journal(tmp_path / "file" / "out")
    with pytest.raises(SubmitError, match="cannot be written"):
        kept.begin(state=SENDING)
    assert kept.state == ""


def test_an_id_that_cannot_be_kept_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    kept = Journal(tmp_path, lines.append)
    kept.begin(state=SENDING)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert not kept.keep(state=QUEUED, ids=["gen-7"])
    assert "No space left" in lines[0]
    assert "gen-7" in lines[0]
    kept.close()


def test_a_folder_that_vanished_is_noticed(tmp_path: Path) -> None:
    lines: list[str] = []
    kept = Journal(tmp_path, lines.append)
    kept.begin(state=SENDING)
    (tmp_path / NAME).rename(tmp_path / "elsewhere")
    assert not kept.keep(state=QUEUED, ids=["gen-7"])
    assert "gen-7" in lines[0]
    kept.close()


@pytest.mark.posix
def test_no_link_of_a_stranger_is_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(json.dumps({"state": "queued"}) + "\n")
    (tmp_path / NAME).symlink_to(tmp_path / "secret")
    with pytest.raises(SubmitError, match="symbolic link"):
        Journal(tmp_path)


HOLD = """
import sys, time
from pathlib import Path
from refprep.providers.journal import alone
with alone(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.posix
def test_two_runs_exclude_each_other_and_a_killed_one_keeps_no_lock(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(SubmitError, match="another run"), alone(tmp_path):
            pass
        holder.kill()
    with alone(tmp_path):
        pass
