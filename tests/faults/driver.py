"""Runs `pack --force` in children that die: at a moment, or at their n-th change of a name.

It is a program of its own: a child is forked from a process without threads, with all imported, so
that a run takes a tenth of a second. Its arguments: what to do, how often, a seed, and a folder
that holds a.gif, b.jpg and voice.wav. It prints a line per broken promise and, last, how many runs
were killed.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import refprep
from refprep import files
from refprep.packer import bundle
from tests import measure

NAMING, REMOVING = ("rename", "replace"), ("rmdir", "unlink")
NAMES = ("a.gif", "b.jpg", "voice.wav")


def request(folder: Path, prompt: str) -> refprep.Request:
    pictures = [str(folder / name) for name in NAMES[:2]]
    return refprep.Request(prompt=prompt, images=pictures, audios=[str(folder / NAMES[2])])


def pack(folder: Path, target: Path, prompt: str, *, force: bool = True) -> bool:
    """Whether the bundle is written."""
    packed = refprep.pack(request(folder, prompt), target, force=force, cache=False)
    return packed.path is not None


def child(work: Callable[[], object]) -> int:
    """Start it; its process number. It ends with 0, or with 2 where refprep refuses."""
    if process := os.fork():
        return process
    code = 9
    try:
        work()
        code = 0
    except refprep.OutputError:
        code = 2
    finally:
        os._exit(code)


def code_of(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def die_at(number: int, calls_of: tuple[str, ...]) -> None:
    """Let this process kill itself before its n-th change of a name; 2 * n + 1: after it."""
    calls = 0

    def deadly(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **keywords: Any) -> Any:
            nonlocal calls
            mine, calls = calls, calls + 2
            if mine == number:
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*arguments, **keywords)
            if mine + 1 == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return wrapped

    for name in calls_of:
        setattr(os, name, deadly(getattr(os, name)))
    files._rename = deadly(files._rename)


def without_exchange() -> None:
    """As where the system can neither exchange names nor refuse one that exists."""

    def missing(source: Path, target: Path, way: str) -> None:
        raise NotImplementedError

    files._rename = missing


def state(target: Path) -> dict[str, str]:
    return measure.snapshot(target) if target.is_dir() else {"": measure.sha256(target)}


def fault_of(target: Path, whole: list[dict[str, str]], may_lack: bool) -> str | None:
    """What is wrong with what stands under the name; None where a whole bundle does."""
    if not target.exists():
        return None if may_lack else "no bundle under the name"
    return None if state(target) in whole else "half a bundle under the name"


def bundles(folder: Path, suffix: str) -> list[dict[str, str]]:
    """What two requests pack, and a third one, which is what the next run writes."""
    packed = []
    for prompt in ("@Image1 old", "@Image1 new", "@Image1 next"):
        target = folder / "expected" / f"{prompt[-4:].strip()}{suffix}"
        pack(folder, target, prompt)
        packed.append(state(target))
    return packed


def killed(
    folder: Path, suffix: str, count: int, seed: int, way: str, fresh: bool, swap: bool
) -> int:
    """Kill `count` runs (at names: all of them), look, and let a plain run complete."""
    chance = random.Random(seed)
    old, new, after = bundles(folder, suffix)
    sources = {name: measure.sha256(folder / name) for name in NAMES}
    started = time.monotonic()
    pack(folder, folder / "expected" / f"timed{suffix}", "@Image1 new")
    duration = time.monotonic() - started
    deaths = 0
    for number in range(count):
        where = folder / f"run-{number}"
        target = where / f"bundle{suffix}"
        if not fresh:
            pack(folder, target, "@Image1 old")

        def work(number: int = number, target: Path = target) -> None:
            if not swap:
                without_exchange()
            if way != "moments":
                die_at(number, (*NAMING, *(REMOVING if way == "all" else ())))
            pack(folder, target, "@Image1 new")

        process = child(work)
        if way == "moments":
            time.sleep(chance.random() * duration * 1.1)
            os.kill(process, signal.SIGKILL)
        code = code_of(process)
        deaths += code == -signal.SIGKILL
        if code not in (0, -signal.SIGKILL):
            print(f"run {number}: ends with {code}")
        if swap and (wrong := fault_of(target, [old, new], fresh)):
            print(f"run {number}: {wrong}")
        if not fresh and not swap:  # without an exchange the next run puts the old one back
            with_old(target, [old, new], number)
        pack(folder, target, "@Image1 next")
        if state(target) != after:
            print(f"run {number}: the next run does not complete")
        if left := [name for name in measure.names(where) if name != target.name]:
            print(f"run {number}: the next run leaves {left}")
        if {name: measure.sha256(folder / name) for name in NAMES} != sources:
            print(f"run {number}: a source has changed")
        if code == 0 and way != "moments":
            break
    return deaths


def with_old(target: Path, whole: list[dict[str, str]], number: int) -> None:
    """A run that refuses to replace is enough to put the old bundle back."""
    try:
        with bundle.place(target, force=False):
            print(f"run {number}: the old bundle is lost")
    except refprep.OutputError:
        pass
    if wrong := fault_of(target, whole, False):
        print(f"run {number}: {wrong}")


def together(folder: Path, suffix: str, count: int, force: bool) -> int:
    """Two runs at the same time on one target: one whole bundle stands, and nothing is left."""
    old, new, _ = bundles(folder, suffix)
    refused = 0
    for number in range(count):
        where = folder / f"pair-{number}"
        target = where / f"bundle{suffix}"
        both = [
            child(partial(pack, folder, target, prompt, force=force))
            for prompt in ("@Image1 old", "@Image1 new")
        ]
        codes = [code_of(process) for process in both]
        refused += codes.count(2)
        if force and codes != [0, 0]:
            print(f"pair {number}: ends with {codes}")
        if not force and sorted(codes) != [0, 2]:
            print(f"pair {number}: ends with {codes}")
        winner = [old, new] if force else [(old, new)[codes.index(0)]] if 0 in codes else []
        if wrong := fault_of(target, winner, False):
            print(f"pair {number}: {wrong}")
        if measure.names(where) != [target.name]:
            print(f"pair {number}: leaves {measure.names(where)}")
    return refused


def main(way: str, count: str, seed: str, place: str) -> None:
    kind, _, options = way.partition(":")
    words = set(options.split(","))
    folder, suffix = Path(place), ".zip" if "zip" in words else ""
    if kind == "together":
        print(together(folder, suffix, int(count), "force" in words))
    else:
        fresh, swap = "fresh" in words, "no-exchange" not in words
        print(killed(folder, suffix, int(count), int(seed), kind, fresh, swap))


if __name__ == "__main__":
    main(*sys.argv[1:])
