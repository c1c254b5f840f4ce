"""Jobs: the plan of one file carried out, here or in a process of its own.

In worker processes a decoder's crash costs one file and not the run. They are spawned, never
forked: codecs have threads.
"""

import multiprocessing
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

from refprep import recall
from refprep.cache import Cache, key_of
from refprep.digest import sha256
from refprep.errors import RefprepError, RenderError, Unreadable
from refprep.planning import FilePlan
from refprep.planning.steps import Encode
from refprep.prepared import Prepared
from refprep.rendering import render, sweep
from refprep.terms import Progress

Outcome = Prepared | RefprepError
CRASHED = "the decoder or encoder crashed over it"


@dataclass(frozen=True)
class Job:
    """One file's plan, where its result belongs, and whether it may replace what is there."""

    file: FilePlan
    target: Path
    replace: bool
    cache: Cache

    @property
    def name(self) -> str:
        return str(self.file.entry.source)

    @cached_property
    def digest(self) -> str:
        """The source's content."""
        return sha256(self.file.entry.source.path)

    @cached_property
    def key(self) -> str:
        """What the result is kept under: all that it depends on."""
        media = self.file.entry.media, self.file.predicted.media
        told = (one.model_dump_json() for one in (*self.file.steps, *media))
        return key_of("file", self.digest, *told)


def run(jobs: Sequence[Job], workers: int, progress: Progress) -> list[Outcome]:
    """What came of each job, in order: a file written, or why it could not be.

    OutputError where the medium refuses, for then no other file can be written either.
    """
    for job in jobs:
        progress(job.name, 0.0)
    new = [job for job in jobs if not job.cache.find(job.key)]
    waiting = {id(job) for job in new}
    if workers < 2 or len(new) < 2:
        return [_attempt(job, progress) for job in jobs]
    fresh = iter(_shared(new, min(workers, len(new)), progress))
    return [next(fresh) if id(job) in waiting else _attempt(job, progress) for job in jobs]


def perform(job: Job, progress: Progress) -> Prepared:
    """Write the file, or take it from the cache, and probe it with fresh eyes."""
    file, kept = job.file, job.cache.find(job.key)
    render(
        file, job.target, kept, replace=job.replace, progress=lambda part: progress(job.name, part)
    )
    if kept is None and any(isinstance(step, Encode) for step in file.steps):
        job.cache.keep(job.key, job.target)
    prepared = Prepared(
        slot=file.entry.slot,
        source=job.name,
        source_sha256=job.digest,
        path=job.target,
        sha256=sha256(job.target),
        steps=file.steps,
        before=file.entry.media,
        after=recall.facts(job.target, job.cache),
    )
    progress(job.name, 1.0)
    return prepared


def _attempt(job: Job, progress: Progress) -> Outcome:
    try:
        return perform(job, progress)
    except (RenderError, Unreadable) as error:
        return error


def _shared(jobs: Sequence[Job], workers: int, progress: Progress) -> list[Outcome]:
    from pebble import ProcessPool

    spawn = multiprocessing.get_context("spawn")
    told = spawn.Queue()
    listener = threading.Thread(target=_listen, args=(told, progress), daemon=True)
    listener.start()
    pool: Any = ProcessPool(workers, initializer=_remember, initargs=(told,), context=spawn)
    try:
        futures = [pool.schedule(_work, (job,)) for job in jobs]
        return [_outcome(future) for future in futures]
    finally:
        pool.stop()
        pool.join()
        told.put(None)
        listener.join()
        for folder in {job.target.parent for job in jobs}:
            sweep(folder)


def _outcome(future: Any) -> Outcome:
    from pebble import ProcessExpired

    try:
        outcome: Outcome = future.result()
    except ProcessExpired:
        return RenderError(CRASHED)
    return outcome


def _listen(told: "Queue[Any]", progress: Progress) -> None:
    """Pass on what workers tell, until None comes."""
    while (news := told.get()) is not None:
        progress(*news)


_told: "Queue[Any] | None" = None
"In a worker: where it tells its progress."


def _remember(told: "Queue[Any]") -> None:
    global _told  # noqa: PLW0603  a worker has no other place to remember
    _told = told


def _work(job: Job) -> Outcome:
    last = -1.0

    def tell(name: str, part: float) -> None:
        nonlocal last
        if _told is not None and (part >= 1.0 or part - last >= 0.01):
            last = part
            _told.put((name, part))

    return _attempt(job, tell)
