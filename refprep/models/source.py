"""Where bytes come from: a local file, a URL, or a time window of one (`dance.mov#t=3,9`)."""

import re
from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_serializer, model_validator

from refprep.errors import SourceError
from refprep.models.address import ASSETS, problem_of, scheme_of
from refprep.models.limits import Frozen

URLS = ("https", "http", *ASSETS)
"Schemes that a source may have; which of them its provider takes is for the rules to find."
_ELSEWHERE = ("data", "s3", "gs", "ftp", "file")
_UNSAFE = re.compile(r"[^\w.-]", re.ASCII)
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
    """A local file, a URL, or bytes that a request holds; and the window, where a part is used."""

    path: Path | None = None
    "A local file; for `content` only its name. None for a URL."
    url: str | None = None
    "https://..., or a provider's own id of a file: asset://..."
    content: bytes | None = Field(default=None, repr=False)
    "The bytes of a data: URI."
    window: Window | None = None

    @classmethod
    def parse(cls, text: str | Path) -> Self:
        """The source that a text describes.

        Args:
            text: `PATH`, `https://...` or `asset://ID`, each with an optional `#t=START,END`; times
                are seconds, or H:MM:SS.

        Raises:
            SourceError: The window has no duration, or the URL is none that could be sent.
        """
        found = _FRAGMENT.search(str(text))
        place = str(text)[: found.start()] if found else str(text)
        scheme = scheme_of(place)
        if scheme in _ELSEWHERE:
            raise SourceError(
                f"{_short(place)}: refprep reads local files and https:// addresses; "
                "download it first"
            )
        if found and not place:
            raise SourceError(f"{text}: the path before the window is missing")
        window = _window(found[1], found[2], text) if found else None
        if scheme not in URLS:
            return cls(path=Path(place), window=window)
        if problem := problem_of(place):
            raise SourceError(f"{_short(place)}: {problem}")
        return cls(url=scheme + place[len(scheme) :], window=window)

    @property
    def is_file(self) -> bool:
        """True for a local file."""
        return self.url is None and self.content is None

    @property
    def scheme(self) -> str:
        """`https`, `asset` ...; empty where it is no URL."""
        return scheme_of(self.url) if self.url else ""

    @property
    def name(self) -> str:
        """The name of the file; of a URL the last part of its path, in letters for any system."""
        if self.url is None:
            return self.path.name if self.path else ""
        path = re.split(r"[?#]", self.url)[0].rstrip("/")
        return _UNSAFE.sub("_", path.rpartition("/")[2])[-100:]

    @property
    def stem(self) -> str:
        """The name without its suffix; of bytes in a request their slot."""
        return self.name.rpartition("#")[2] if self.content is not None else Path(self.name).stem

    @property
    def suffix(self) -> str:
        """`.jpg`; empty where the name has none."""
        named = self.content is None and (self.url is None or "/" in self.url.partition("://")[2])
        return Path(self.name).suffix if named else ""

    def relative_to(self, folder: Path) -> Self:
        """The same source, a local one looked for in `folder`."""
        return self.model_copy(update={"path": folder / self.path}) if self.path else self

    def __str__(self) -> str:
        place = self.url or str(self.path)
        if self.window is None:
            return place
        end = "" if self.window.end is None else f",{_clock(self.window.end)}"
        return f"{place}#t={_clock(self.window.start)}{end}"

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


def _short(text: str) -> str:
    """A text for a message: 80 characters of it, and no password."""
    hidden = re.sub(r"//[^/@]*@", "//...@", text)
    return hidden if len(hidden) <= 80 else f"{hidden[:80]}..."


def _clock(seconds: float) -> str:
    """Seconds in digits that `parse` reads: no exponent, no trailing zeros."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".")


def _seconds(clock: str) -> float:
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total
