"""Decoding remembered: facts and moments by content, so that nothing is decoded twice."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from refprep import probing
from refprep.cache import Cache, key_of
from refprep.digest import sha256
from refprep.limits import Frozen
from refprep.media import Media, Moment, Unread
from refprep.source import Window


class Facts(Frozen):
    """What a probe told, and what of it is not told to others."""

    media: Media | Unread
    key_frames: tuple[float, ...] = ()

    def whole(self) -> Media | Unread:
        """The media as the probe gave it."""
        if not self.key_frames:
            return self.media
        return self.media.model_copy(update={"key_frames": self.key_frames})


FACTS = TypeAdapter(Facts)
MOMENTS = TypeAdapter(tuple[Moment, ...])
Value = TypeVar("Value")


def facts(path: Path, cache: Cache, window: Window | None = None) -> Media | Unread:
    """As refprep.probing.attempt, decoded to the end."""

    def make() -> Facts:
        media = probing.attempt(path, window=window)
        return Facts(media=media, key_frames=getattr(media, "key_frames", ()))

    return _recalled(FACTS, path, cache, make, "facts", str(window)).whole()


def moments(path: Path, cache: Cache) -> tuple[Moment, ...]:
    """As refprep.probing.survey."""
    from refprep.probing.survey import survey

    return _recalled(MOMENTS, path, cache, lambda: survey(path), "moments")


def _recalled(
    kind: TypeAdapter[Value], path: Path, cache: Cache, make: Callable[[], Value], *parts: str
) -> Value:
    """What is kept for this content; else made, and kept."""
    if cache.folder is None or not path.is_file():
        return make()
    key = key_of(*parts, sha256(path))
    try:
        if kept := cache.find(key):
            return kind.validate_json(kept.read_bytes())
    except (OSError, ValidationError):  # as if it had not been kept
        pass
    value = make()
    cache.keep(key, kind.dump_json(value))
    return value
