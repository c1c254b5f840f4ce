"""The decode cache: facts and content statistics by content, so that nothing is decoded twice."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from refprep import decoders
from refprep.cache import Cache, key_of
from refprep.files import Digests
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
    """As refprep.decoders.attempt, decoded to the end."""

    def probe() -> CachedFacts:
        media = decoders.attempt(path, window=window)
        return CachedFacts(media=media, key_frames=getattr(media, "key_frames", ()))

    return _cached(FACTS, path, cache, digests, probe, "facts", str(window)).complete()


def content_stats(path: Path, cache: Cache, digests: Digests) -> tuple[ContentStats, ...]:
    """As refprep.decoders.highlights.content_stats."""
    from refprep.decoders import highlights

    def measure() -> tuple[ContentStats, ...]:
        return STATS.validate_python(highlights.content_stats(path))

    return _cached(STATS, path, cache, digests, measure, "content-stats")


def _cached(
    adapter: TypeAdapter[Value],
    path: Path,
    cache: Cache,
    digests: Digests,
    compute: Callable[[], Value],
    *parts: str,
) -> Value:
    """The cached value for this content; else it is computed, and cached."""
    if cache.folder is None or not path.is_file():
        return compute()
    key = key_of(*parts, digests[path])
    try:
        if hit := cache.find(key):
            return adapter.validate_json(hit.read_bytes())
    except (OSError, ValidationError):  # as if it were not cached
        pass
    value = compute()
    cache.keep(key, adapter.dump_json(value))
    return value
