"""The sandbox: a decoder reads its one file, writes its one result, and reaches nothing else."""

import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from refprep.errors import RefprepError
from refprep.isolation import Call, Workers, sandbox
from tests.isolation import deeds

HELD = sandbox.available() if sys.platform == "linux" else ()
landlock = pytest.mark.skipif("landlock" not in HELD, reason="this kernel has no Landlock")
seccomp = pytest.mark.skipif("seccomp" not in HELD, reason="this system has no libseccomp")
REFUSED = (PermissionError, RefprepError)


def call(
    name: str, /, reads: tuple[Path, ...] = (), writes: tuple[Path, ...] = (), **rest: Any
) -> Any:
    wanted = Call(
        f"{deeds.NAME}:{name}", rest, tuple(map(str, reads)), tuple(map(str, writes)), (deeds.NAME,)
    )
    return Workers().call(wanted)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.txt"
    path.write_text("own")
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.txt"
    path.write_text("secret")
    return path


@landlock
def test_the_file_of_the_call_is_read_and_no_other(own: Path, other: Path) -> None:
    assert call("read", (own,), path=str(own)) == "own"
    with pytest.raises(PermissionError):
        call("read", (own,), path=str(other))


@landlock
@pytest.mark.parametrize("path", ["/etc/passwd", "/proc/self/environ", "~/.ssh/id", "/dev/zero"])
def test_no_file_of_the_system_is_read(own: Path, path: str) -> None:
    with pytest.raises(OSError, match=r"denied|No such file"):
        call("read", (own,), path=str(Path(path).expanduser()))


@landlock
def test_a_file_is_read_through_a_link_that_names_it(own: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(own)
    assert call("read", (tmp_path / "link",), path=str(tmp_path / "link")) == "own"


@landlock
def test_no_folder_is_listed(own: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, Path("/"), Path.home()):
        with pytest.raises(PermissionError):
            call("listing", (own,), path=str(folder))


@landlock
def test_the_source_is_not_written_and_the_result_is(own: Path, other: Path) -> None:
    for name in ("write", "remove"):
        with pytest.raises(PermissionError):
            call(name, (own,), (other,), path=str(own))
    assert own.read_text() == "own"
    assert call("write", (own,), (other,), path=str(other)) == 4
    assert other.read_bytes() == bytes(4)


@landlock
def test_no_new_file_is_made_but_in_the_scratch_folder(own: Path, tmp_path: Path) -> None:
    with pytest.raises(PermissionError):
        call("write", (own,), path=str(tmp_path / "new"))
    with pytest.raises(PermissionError):
        call("link", (own,), path=str(tmp_path / "link"), target="/etc/passwd")
    assert call("scratch", (own,)) == "text"
    assert list(tmp_path.iterdir()) == [own]


@seccomp
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["TCP", "UDP"])
def test_nothing_is_sent(own: Path, kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.2)
        port = server.getsockname()[1]
        with pytest.raises(REFUSED):
            call("connect", (own,), kind=kind, port=port)
        if kind == socket.SOCK_DGRAM:
            with pytest.raises(TimeoutError):
                server.recv(1)


@seccomp
def test_no_program_is_executed(own: Path, tmp_path: Path) -> None:
    with pytest.raises(REFUSED):
        call("execute", (own,), path=str(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


@seccomp
def test_no_process_is_started_and_threads_are(own: Path) -> None:
    with pytest.raises(REFUSED):
        call("twin", (own,), seconds=60)
    assert call("allocate_in_threads", (own,), size=8 << 20) == 8 << 20


@seccomp
def test_no_other_process_gets_a_signal(own: Path) -> None:
    received = []
    before = signal.signal(signal.SIGTERM, lambda *_: received.append(1))
    try:
        with pytest.raises(PermissionError):
            call("signal_to", (own,), process=os.getpid())
    finally:
        signal.signal(signal.SIGTERM, before)
    assert received == []


@pytest.mark.skipif("CI" not in os.environ, reason="in CI nothing may be missing")
def test_ci_has_a_whole_sandbox() -> None:
    assert HELD == ("landlock", "seccomp")


@landlock
def test_a_sandbox_that_cannot_be_entered_decodes_nothing() -> None:
    with pytest.raises(RefprepError, match="sandbox cannot be entered"):
        call("answer", writes=(Path("/none/there"),), value=1)
