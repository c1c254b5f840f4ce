"""The decode cache: facts and content statistics by content, so that nothing is decoded twice."""

import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from refprep import decoders
from refprep.cache import Cache, key_of
from refprep.errors import UnreadableError
from refprep.files import CHANGED, Digests, FileState, unreadable
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


def facts(
    path: Path, cache: Cache, digests: Digests, window: Window | None = None
) -> Media | Unreadable:
    """As refprep.decoders.attempt, decoded to the end; a file that changes meanwhile is a fact."""

    def probe() -> CachedFacts:
        media = decoders.attempt(path, window=window)
        return CachedFacts(media=media, key_frames=getattr(media, "key_frames", ()))

    try:
        return _cached(FACTS, path, cache, digests, probe, "facts", str(window)).complete()
    except UnreadableError as error:
        return Unreadable(size=None, reason=str(error))


def content_stats(path: Path, cache: Cache, digests: Digests) -> tuple[ContentStats, ...]:
    """As refprep.decoders.highlights.content_stats."""
    from refprep.decoders import highlights

    def measure() -> tuple[ContentStats, ...]:
        return highlights.content_stats(path)

    return _cached(STATS, path, cache, digests, measure, "content-stats")


def _cached(
    adapter: TypeAdapter[Value],
    path: Path,
    cache: Cache,
    digests: Digests,
    compute: Callable[[], Value],
    *parts: str,
) -> Value:
    """The cached value for this content; else it is computed, and cached.

    Raises:
        UnreadableError: The file cannot be read, or has changed meanwhile.
    """
    before = _state(path)
    if cache.folder is None or before is None:
        value = compute()
    else:
        try:
            key = key_of(*parts, digests[path])
        except OSError as error:
            raise unreadable(error) from None
        with suppress(ValidationError):  # as if it were not cached
            if (content := cache.read(key)) is not None:
                return adapter.validate_json(content)
        value = compute()
    if _state(path) != before or not digests.unchanged(path):
        raise UnreadableError(CHANGED)
    if cache.folder is not None and before is not None:
        cache.keep(key, adapter.dump_json(value))
    return value


def _state(path: Path) -> FileState | None:
    """The state of a regular file; None for all else."""
    try:
        facts = path.stat()
    except (OSError, ValueError):
        return None
    return FileState.of(facts) if stat.S_ISREG(facts.st_mode) else None
