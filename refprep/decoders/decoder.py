"""The decoder of one run: how files are decoded, and the cache, so that none is decoded twice."""

import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from refprep import decoders
from refprep.cache import NO_CACHE, Cache, key_of
from refprep.errors import ReadError, RefprepError, UnreadableError
from refprep.files import CHANGED, Digests, FileState, unreadable
from refprep.isolation import Call, Executor, InProcess
from refprep.models.budget import DEFAULT, Budget
from refprep.models.limits import Frozen
from refprep.models.media import ContentStats, Media, Unreadable
from refprep.models.source import Window


class CachedFacts(Frozen):
    """The facts of a file, and those of them that no result shows."""

    media: Media | Unreadable
    key_frames: tuple[float, ...] = ()

    def complete(self) -> Media | Unreadable:
        """The media as the probe returned it."""
        if not self.key_frames:
            return self.media
        return self.media.model_copy(update={"key_frames": self.key_frames})


FACTS = TypeAdapter(CachedFacts)
STATS = TypeAdapter(tuple[ContentStats, ...])
Value = TypeVar("Value")


@dataclass(frozen=True)
class Decoder:
    """Decodes files, here or in workers, within a budget; and remembers what it has decoded."""

    executor: Executor = field(default_factory=InProcess)
    budget: Budget = DEFAULT
    cache: Cache = NO_CACHE
    digests: Digests = field(default_factory=Digests)

    def facts(self, path: Path, window: Window | None = None) -> Media | Unreadable:
        """The facts of a file, decoded to its end; a broken file is a fact, too.

        Args:
            path: The file.
            window: The part of a video or audio in which content is checked; None for all of it.

        Raises:
            SourceError: The file is missing.
        """

        def decode() -> CachedFacts:
            try:
                media: Media | Unreadable = self.read(path, window=window)
            except UnreadableError as error:
                media = decoders.unreadable(path, error)
            return CachedFacts(media=media, key_frames=getattr(media, "key_frames", ()))

        def lasting(found: CachedFacts) -> bool:
            """Whether it will be so next time: time and memory may be more then."""
            return getattr(found.media, "rule", "file-unreadable") == "file-unreadable"

        try:
            return self._cached(FACTS, path, decode, lasting, "facts", str(window)).complete()
        except UnreadableError as error:
            return decoders.unreadable(path, error)

    def headers(self, path: Path) -> Media | Unreadable:
        """As `facts`, by headers and packets only; never cached, for reading them is as fast."""
        try:
            return self.read(path, decode=False)
        except UnreadableError as error:
            return decoders.unreadable(path, error)

    def read(self, path: Path, *, decode: bool = True, window: Window | None = None) -> Media:
        """The facts of a file.

        Raises:
            SourceError: The file is missing.
            UnreadableError: It is broken, or takes more than the budget.
        """
        start, end = (window.start, window.end) if window else (0.0, None)
        arguments = {"decode": decode, "start": start, "end": end}
        return decoders.media_of(self._call("refprep.decoders:facts", path, arguments))

    def content_stats(self, path: Path) -> tuple[ContentStats, ...]:
        """As `refprep.decoders.highlights.content_stats`.

        Raises:
            UnreadableError: The file cannot be demuxed, or takes more than the budget.
        """
        function = "refprep.decoders.highlights:content_stats"

        def measure() -> tuple[ContentStats, ...]:
            return STATS.validate_python(self._call(function, path, {}))

        return self._cached(STATS, path, measure, bool, "content-stats")

    def _call(self, function: str, path: Path, arguments: dict[str, Any]) -> Any:
        """What a function says of a file; it has not changed since this run first read it.

        Raises:
            ReadError: The system fails to read it, or it has changed.
            UnreadableError: What the function raises.
        """
        self.digests.remember(path)
        try:
            found = self._carry_out(function, path, arguments)
        except UnreadableError:
            self.digests.require_as_first_read(path)
            raise
        self.digests.require_as_first_read(path)
        return found

    def _carry_out(self, function: str, path: Path, arguments: dict[str, Any]) -> Any:
        file = str(path.absolute())  # a worker may have started in another folder
        limited = {**arguments, "path": file, "memory": self.budget.memory}
        try:
            modules = decoders.modules_of(path)
            call = Call(function, limited, (file,), modules=modules, budget=self.budget)
            return self.executor.call(call)
        except RefprepError as error:
            error.source = str(path)
            raise
        except OSError as error:
            raise unreadable(error) from None

    def _cached(
        self,
        adapter: TypeAdapter[Value],
        path: Path,
        compute: Callable[[], Value],
        lasting: Callable[[Value], bool],
        *parts: str,
    ) -> Value:
        """The cached value for this content; else it is computed, and cached where it lasts.

        Raises:
            UnreadableError: The file cannot be read, or has changed meanwhile.
        """
        before = _state(path)
        key = None
        if self.cache.folder is not None and before is not None:
            try:
                key = key_of(*parts, self.digests[path])
            except OSError as error:
                raise unreadable(error) from None
            with suppress(ValidationError):  # as if it were not cached
                if (content := self.cache.read(key)) is not None:
                    return adapter.validate_json(content)
        value = compute()
        if _state(path) != before:
            raise ReadError(CHANGED)
        self.digests.require_unchanged(path)
        if key and lasting(value):
            self.cache.keep(key, adapter.dump_json(value))
        return value


def _state(path: Path) -> FileState | None:
    """The state of a regular file; None for all else."""
    try:
        facts = path.stat()
    except (OSError, ValueError):
        return None
    return FileState.of(facts) if stat.S_ISREG(facts.st_mode) else None
