"""Where bytes come from: a local file, or a time window of one (`dance.mov#t=3,9`)."""

import re
from pathlib import Path
from typing import Any, Self

from pydantic import model_serializer, model_validator

from refprep.errors import SourceError
from refprep.models.limits import Frozen

_FRAGMENT = re.compile(r"#t=(?:npt:)?([\d:.]*)(?:,([\d:.]+))?$")  # W3C Media Fragments 1.0, 4.2.1


class Window(Frozen):
    """A part of a video or audio: from `start` to `end`, in seconds."""

    start: float = 0.0
    end: float | None = None
    "None: the end of the file."

    def of(self, duration: float) -> float:
        """Seconds of the window that a file of this duration (s) fills."""
        end = duration if self.end is None else min(self.end, duration)
        return max(0.0, round(end - self.start, 6))


class Source(Frozen):
    """A local file and, where only a part of it is used, the window."""

    path: Path
    window: Window | None = None

    @classmethod
    def parse(cls, text: str | Path) -> Self:
        """The source that a text describes.

        Args:
            text: `PATH` or `PATH#t=START,END`; times are seconds, or H:MM:SS.

        Raises:
            SourceError: The window has no duration, or the text is a URL.
        """
        found = _FRAGMENT.search(str(text))
        if str(text).startswith(("http:", "https:", "data:", "s3:", "gs:")):
            raise SourceError(f"{text}: refprep reads local files; download it first")
        if not found:
            return cls(path=Path(text))
        if found.start() == 0:
            raise SourceError(f"{text}: the path before the window is missing")
        return cls(path=Path(str(text)[: found.start()]), window=_window(found[1], found[2], text))

    @property
    def name(self) -> str:
        return self.path.name

    def __str__(self) -> str:
        if self.window is None:
            return str(self.path)
        end = "" if self.window.end is None else f",{_clock(self.window.end)}"
        return f"{self.path}#t={_clock(self.window.start)}{end}"

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return dict(cls.parse(value)) if isinstance(value, str | Path) else value

    @model_serializer
    def _to_text(self) -> str:
        return str(self)


def _window(start: str, end: str | None, text: str | Path) -> Window:
    try:
        if not (start or end):
            raise ValueError
        window = Window(start=_seconds(start or "0"), end=_seconds(end) if end else None)
    except ValueError:
        raise SourceError(f"{text}: the window must be #t=START,END in seconds") from None
    if window.end is not None and window.end <= window.start:
        raise SourceError(f"{text}: the window ends at {window.end:g} s, before it has begun")
    return window


def _clock(seconds: float) -> str:
    """Seconds in digits that `parse` reads: no exponent, no trailing zeros."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".")


def _seconds(clock: str) -> float:
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total
