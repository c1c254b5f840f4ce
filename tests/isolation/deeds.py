"""What a decoder that was taken over might do. A worker imports this module."""

import ctypes
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

NAME = "tests.isolation.deeds"


def answer(value: Any = None) -> Any:
    return value


def process() -> int:
    return os.getpid()


def environment() -> dict[str, str]:
    return dict(os.environ)


def imported() -> list[str]:
    return sorted(sys.modules)


def read(path: str) -> str:
    return Path(path).read_text("utf-8")


def listing(path: str) -> list[str]:
    return os.listdir(path)  # noqa: PTH208


def write(path: str, size: int = 4) -> int:
    with Path(path).open("wb") as file:
        return file.write(bytes(size))


def remove(path: str) -> None:
    Path(path).unlink()


def link(path: str, target: str) -> None:
    Path(path).symlink_to(target)


def scratch() -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a").write_text("text")
        return (Path(folder) / "a").read_text()


def connect(kind: int, port: int) -> None:
    with socket.socket(socket.AF_INET, kind) as own:
        own.settimeout(1)
        own.connect(("127.0.0.1", port))
        own.send(b"x")


def execute(path: str) -> int:
    return subprocess.run(["/bin/sh", "-c", f"echo > {path}"], check=True).returncode


def signal_to(process: int) -> None:
    os.kill(process, signal.SIGTERM)


def allocate(size: int) -> int:
    return len(bytearray(size))


def allocate_in_threads(size: int) -> int:
    """In parts, as codecs do, each held until all are there."""
    parts: list[bytearray] = []
    threads = [
        threading.Thread(target=lambda: parts.append(bytearray(b"x" * (size // 8))))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(parts) < len(threads):
        raise MemoryError
    return sum(map(len, parts))


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def hang_in_c() -> None:
    """In C code that lets no other thread of Python run."""
    re.match(r"(a+)+$", "a" * 64 + "b")


def busy() -> None:
    while True:
        pass


def crash(number: int) -> None:
    os.kill(os.getpid(), number) if number == signal.SIGKILL else signal.raise_signal(number)


def read_nothing() -> bytes:
    return ctypes.string_at(0)


def leave(code: int) -> None:
    os._exit(code)


def fail(kind: str) -> None:
    raise {"value": ValueError, "system": SystemExit, "key": KeyError}[kind]("no\nreason \x1b[31m")


def unspeakable() -> object:
    return object()


def report(times: int, progress: Any) -> int:
    for place in range(times):
        progress(place / times)
    return times


def garbage(text: str) -> None:
    """Words on every pipe that is open, as if they were answers; then a real one."""
    for number in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                os.write(number, text.encode("latin-1"))
        except OSError:
            continue


def chatter() -> str:
    print("to standard output")
    os.write(1, b"to descriptor 1")
    os.write(2, b"to descriptor 2")
    return "answered"


def twin(seconds: float) -> None:
    """A child that would live on."""
    if os.fork() == 0:
        time.sleep(seconds)
        os._exit(0)
