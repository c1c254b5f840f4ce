"""Workers: files are written here, or each in a process of its own.

In worker processes a decoder's crash costs one file and not the run. They are spawned, never
forked: codecs have threads.
"""

import multiprocessing
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

from refprep import signals
from refprep.cache import Cache, key_of
from refprep.decoders import cached
from refprep.errors import (
    NameTooLongError,
    OutputError,
    RefprepError,
    TransformError,
    UnreadableError,
)
from refprep.files import CHANGED, Digests, remove_partial
from refprep.models.bundle import Prepared
from refprep.models.media import AnyMedia
from refprep.models.steps import Encode, Step
from refprep.options import Progress
from refprep.transforms import transform

Outcome = Prepared | RefprepError
CRASHED = "the decoder or encoder crashed on it"


@dataclass(frozen=True)
class Job:
    """One file to write: its source, the steps, and where the result belongs."""

    slot: str | None
    source: Path
    name: str
    "The source, as the user named it."
    digests: Digests
    "Of the source; it notices when the source changes."
    steps: tuple[Step, ...]
    before: AnyMedia
    predicted: AnyMedia
    target: Path
    replace: bool
    "Whether the target may be replaced where it has other content."
    cache: Cache

    @property
    def source_sha256(self) -> str:
        return self.digests[self.source]

    @cached_property
    def key(self) -> str:
        """What the result is cached under: all that it depends on."""
        facts = (part.model_dump_json() for part in (*self.steps, self.before, self.predicted))
        return key_of("file", self.source_sha256, *facts)

    @cached_property
    def cached(self) -> Path | None:
        """The result of an earlier run; None where the cache has none."""
        return self.cache.find(self.key) if self.cache.folder is not None else None


def run(jobs: Sequence[Job], workers: int, progress: Progress) -> list[Outcome]:
    """Write a file per job.

    Args:
        jobs: What to write.
        workers: How many processes to use; below 2, none but this one.
        progress: Called with a source and the part of its work that is done, 0 to 1.

    Returns:
        The outcome of each job, in order: a written file, or why it could not be written.

    Raises:
        OutputError: The disk is full or read-only, so no other file can be written either.
    """
    for job in jobs:
        progress(job.name, 0.0)
    new = [place for place, job in enumerate(jobs) if not job.cached]
    if workers < 2 or len(new) < 2:
        return [_attempt(job, progress) for job in jobs]
    outcomes = _run_in_processes([jobs[place] for place in new], min(workers, len(new)), progress)
    written = dict(zip(new, outcomes, strict=True))
    return [written.get(place) or _attempt(job, progress) for place, job in enumerate(jobs)]


def perform(job: Job, progress: Progress) -> Prepared:
    """Write the file, or take it from the cache, and probe it anew.

    Raises:
        TransformError: A step cannot be carried out.
        UnreadableError: The source cannot be decoded.
        OutputError: The file cannot be written.
    """
    encoded = any(isinstance(step, Encode) for step in job.steps)

    def finish(partial: Path) -> None:
        """A source that changed while it was read gives no result, in the cache either."""
        if not job.digests.unchanged(job.source):
            raise UnreadableError(CHANGED)
        if encoded and job.cached is None:
            job.cache.keep(job.key, partial)

    transform(
        job.source,
        job.steps,
        job.predicted,
        job.target,
        cached=lambda partial: job.cached is not None and job.cache.copy(job.key, partial),
        replace=job.replace,
        progress=lambda part: progress(job.name, part),
        finish=finish,
    )
    digests = Digests(own=True)
    try:
        sha256 = digests[job.target]
    except OSError as error:
        raise OutputError(f"{job.target}: cannot be read: {error.strerror}") from None
    prepared = Prepared(
        slot=job.slot,
        source=job.name,
        source_sha256=job.source_sha256,
        path=job.target,
        sha256=sha256,
        steps=job.steps,
        before=job.before,
        after=cached.facts(job.target, job.cache, digests),
    )
    progress(job.name, 1.0)
    return prepared


def _attempt(job: Job, progress: Progress) -> Outcome:
    try:
        return perform(job, progress)
    except (TransformError, UnreadableError, NameTooLongError) as error:
        error.source = error.source or job.name
        error.step = error.step or (str(job.steps[-1]) if job.steps else None)
        return error


def _run_in_processes(jobs: Sequence[Job], workers: int, progress: Progress) -> list[Outcome]:
    from pebble import ProcessPool

    spawn = multiprocessing.get_context("spawn")
    news = spawn.Queue()  # starts multiprocessing's resource tracker, which unblocks interrupts
    listener = threading.Thread(target=_listen, args=(news, progress), daemon=True)
    pool: Any = ProcessPool(workers, initializer=_connect, initargs=(news,), context=spawn)
    try:
        with _interrupts_blocked():
            listener.start()
            futures = [pool.schedule(_work, (job,)) for job in jobs]
        return [_outcome(future, job) for future, job in zip(futures, jobs, strict=True)]
    finally:
        pool.stop()
        pool.join()
        news.put(None)
        if listener.ident is not None:
            listener.join()
        for folder in {job.target.parent for job in jobs}:
            remove_partial(folder)


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Ctrl-C reaches this process only: workers inherit the mask of the thread that starts them.

    So do threads: one without the mask would interrupt the main thread in the middle of a start. An
    interrupt that comes meanwhile is raised at the end. So is an end by another signal, which
    workers must not block: it is how they are ended.
    """
    with signals.delayed():
        if not hasattr(signal, "pthread_sigmask"):  # Windows
            yield
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _outcome(future: Any, job: Job) -> Outcome:
    from pebble import ProcessExpired

    try:
        outcome: Outcome = future.result()
    except ProcessExpired:
        return TransformError(CRASHED, source=job.name)
    return outcome


def _listen(news: "Queue[Any]", progress: Progress) -> None:
    """Pass on the workers' progress, until None comes."""
    while (message := news.get()) is not None:
        progress(*message)


_news: "Queue[Any] | None" = None
"In a worker: where its progress goes."


def _connect(news: "Queue[Any]") -> None:
    global _news  # noqa: PLW0603  a worker has no other place to keep it
    _news = news


def _work(job: Job) -> Outcome:
    last = -1.0

    def progress(name: str, part: float) -> None:
        nonlocal last
        if _news is not None and (part >= 1.0 or part - last >= 0.01):
            last = part
            _news.put((name, part))

    return _attempt(job, progress)
