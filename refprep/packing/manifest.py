"""The manifest: where every file of a bundle came from and what was done to it.

It holds no date and no path but those that were given, so that the same input gives the same bytes.
"""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import Field

from refprep.digest import sha256
from refprep.envelope import Envelope
from refprep.finding import Finding
from refprep.formats import mime_of
from refprep.limits import Frozen
from refprep.media import Media, Unread
from refprep.packing.order import MEDIA, NAME, Order, Packing
from refprep.planning.steps import Step
from refprep.prepared import Bundle, Prepared
from refprep.request import Request
from refprep.source import Window

LIBRARIES = ("refprep", "av", "pillow", "pillow-heif", "soundfile")


class File(Frozen):
    """A media file: where it lies, what it is, where it came from, what was done."""

    slot: str | None
    "As the body numbers it."
    path: str
    "Relative to the bundle: media/image1.jpg."
    mime: str
    bytes: int
    sha256: str
    source: str
    "As it was given, with its window."
    window: Window | None
    source_sha256: str
    "Of the whole source file."
    steps: tuple[Step, ...]
    "In the order in which they were carried out; none: the source's own bytes."
    before: Media
    after: Media | Unread


class Part(Frozen):
    """Any other file of the bundle."""

    path: str
    bytes: int
    sha256: str


class Manifest(Frozen):
    """All that is needed to repeat the work, and to see what has changed since."""

    version: Literal[1] = Field(default=1, alias="schema")
    files: tuple[File, ...]
    parts: tuple[Part, ...]
    "The files beside the media, but for the manifest itself."
    request: Request
    "As it was asked: the prompt before its tags were rewritten, the sources in the user's slots."
    terms: Packing
    findings: tuple[Finding, ...]
    "Those that were left."
    envelope: Envelope
    versions: dict[str, str]


def manifest(folder: Path, packed: Bundle, order: Order) -> Manifest:
    """The manifest of what stands in `folder`."""
    sent = order.sent
    return Manifest.model_construct(
        files=tuple(_file(file, sent) for file in packed.prepared),
        parts=tuple(_parts(folder)),
        request=order.asked,
        terms=order.terms,
        findings=packed.findings,
        envelope=order.envelope,
        versions={
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
    )


def _file(file: Prepared, sent: Request) -> File:
    return File(
        slot=file.slot,
        path=f"{MEDIA}/{file.path.name}",
        mime=mime_of(file.after.format),
        bytes=file.after.bytes or 0,
        sha256=file.sha256,
        source=file.source,
        window=sent.slots[file.slot or ""].window,
        source_sha256=file.source_sha256,
        steps=file.steps,
        before=file.before,
        after=file.after,
    )


def _parts(folder: Path) -> list[Part]:
    """All files of a folder but media and manifest, by their names."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = ((path, path.relative_to(folder).as_posix()) for path in files)
    return [
        Part(path=name, bytes=path.stat().st_size, sha256=sha256(path))
        for path, name in named
        if name != NAME and not name.startswith(f"{MEDIA}/")
    ]
