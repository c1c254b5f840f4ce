"""Writing files: each job writes its result beside its place, probes it anew, keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from refprep.cache import key_of
from refprep.decoders.decoder import Decoder
from refprep.errors import (
    NameTooLongError,
    OutputError,
    ReadError,
    RefprepError,
    TransformError,
    UnreadableError,
)
from refprep.files import Digests, atomic_write, copy, sha256, unreadable
from refprep.isolation import Call, each
from refprep.models.bundle import Prepared
from refprep.models.media import AnyMedia
from refprep.models.steps import Encode, Rename, Step
from refprep.options import Progress

Outcome = Prepared | RefprepError
MODULES: dict[str | None, tuple[str, ...]] = {
    "image": ("refprep.transforms.image",),
    "video": ("refprep.transforms.video", "refprep.transforms.remux"),
    "audio": ("refprep.transforms.audio",),
    None: (),
}
"What a worker imports to write a file, by its kind."


@dataclass(frozen=True)
class Job:
    """One file to write: its source, the steps, and where the result belongs."""

    slot: str | None
    source: Path
    name: str
    "The source, as the user named it."
    steps: tuple[Step, ...]
    before: AnyMedia
    predicted: AnyMedia
    target: Path
    replace: bool
    "Whether the target may be replaced where it has other content."
    decoder: Decoder

    @property
    def source_sha256(self) -> str:
        """UnreadableError where the source cannot be read."""
        try:
            return self.decoder.digests[self.source]
        except OSError as error:
            raise unreadable(error) from None

    @cached_property
    def key(self) -> str:
        """What the result is cached under: all that it depends on."""
        facts = (part.model_dump_json() for part in (*self.steps, self.before, self.predicted))
        return key_of("file", self.source_sha256, *facts)

    @property
    def copies(self) -> bool:
        """True where the result has the source's own bytes."""
        return not self.steps or isinstance(self.steps[0], Rename)


def run(jobs: Sequence[Job], workers: int, progress: Progress) -> list[Outcome]:
    """Write a file per job.

    Args:
        jobs: What to write.
        workers: How many files to work on at once.
        progress: Called with a source and the part of its work that is done, 0 to 1.

    Returns:
        The outcome of each job, in order: a written file, or why it could not be written.

    Raises:
        OutputError: The disk is full or read-only, so no other file can be written either.
    """
    for job in jobs:
        progress(job.name, 0.0)

    def attempt(job: Job) -> Outcome:
        try:
            return perform(job, progress)
        except (TransformError, UnreadableError, NameTooLongError) as error:
            error.source = error.source or job.name
            error.step = error.step or (str(job.steps[-1]) if job.steps else None)
            return error

    return each(attempt, jobs, workers)


def perform(job: Job, progress: Progress) -> Prepared:
    """Write the file, or take it from the cache, and probe it anew.

    Raises:
        TransformError: A step cannot be carried out.
        UnreadableError: The source cannot be decoded, or takes more than the budget.
        OutputError: The file cannot be written, or one with other content is in its place.
    """
    cache, source_sha256 = job.decoder.cache, job.source_sha256
    with atomic_write(job.target, replace=job.replace) as partial:
        if job.copies:
            copy(job.source, partial)
        elif not cache.copy(job.key, partial):
            _transform(job, partial, progress)
        # A source that changed while it was read gives no result, in the cache either.
        job.decoder.digests.require_unchanged(job.source)
        if any(isinstance(step, Encode) for step in job.steps):
            cache.keep(job.key, partial)
    fresh = replace(job.decoder, digests=Digests(own=True))
    try:
        digest = fresh.digests[job.target]
    except OSError as error:
        raise OutputError(f"{job.target}: cannot be read: {error.strerror}") from None
    prepared = Prepared(
        slot=job.slot,
        source=job.name,
        source_sha256=source_sha256,
        path=job.target,
        sha256=digest,
        steps=job.steps,
        before=job.before,
        after=fresh.facts(job.target),
    )
    progress(job.name, 1.0)
    return prepared


def _transform(job: Job, partial: Path, progress: Progress) -> None:
    """Have a worker write the file; what fails is the source's fault, or the target's.

    Raises:
        TransformError: A step cannot be carried out.
        UnreadableError: The source cannot be read; it costs its file only.
        OutputError: The target's folder has vanished.
        OSError: The target cannot be written.
    """
    try:
        job.decoder.executor.call(_call(job, partial), lambda part: progress(job.name, part))
    except (OSError, TransformError, UnreadableError) as error:
        if not partial.exists():
            raise OutputError(f"{job.target}: cannot be written: its folder has changed") from None
        if isinstance(error, OSError):
            try:
                sha256(job.source)
            except OSError as reason:
                raise unreadable(reason) from None
        if not isinstance(error, ReadError):
            job.decoder.digests.require_unchanged(job.source)
        raise


def _call(job: Job, target: Path) -> Call:
    source, partial = str(job.source.absolute()), str(target.absolute())
    budget = job.decoder.budget
    arguments = {
        "source": source,
        "steps": [step.model_dump(mode="json") for step in job.steps],
        "predicted": job.predicted.model_dump(mode="json"),
        "target": partial,
        "memory": budget.memory,
    }
    return Call(
        "refprep.transforms:transform", arguments,
        reads=(source,), writes=(partial,), modules=MODULES[job.predicted.kind],
        budget=budget,
    )  # fmt: skip
