"""The manifest: where every file of a bundle comes from and which steps were carried out.

It holds no date and no path but those that were given, so that the same input gives the same bytes.
"""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from refprep.envelopes.tags import arrange
from refprep.files import sha256
from refprep.models.bundle import Bundle, Prepared, Remote
from refprep.models.envelope import Envelope
from refprep.models.finding import Finding
from refprep.models.formats import mime_of
from refprep.models.limits import Frozen
from refprep.models.media import Media, Unreadable
from refprep.models.request import Request
from refprep.models.source import Window
from refprep.models.steps import Step
from refprep.options import Options
from refprep.packer.names import MANIFEST, MEDIA

LIBRARIES = ("refprep", "av", "pillow", "pillow-heif", "soundfile")


class MediaFile(Frozen):
    """A media file: where it is, what it is, where it comes from, the steps."""

    slot: str | None
    "As the body numbers it."
    path: str
    "Relative to the bundle: media/image1.jpg."
    mime: str
    size: int
    "In bytes."
    sha256: str
    source: str
    "As it was given, with its window."
    window: Window | None
    source_sha256: str
    "Of the whole source file."
    steps: tuple[Step, ...]
    "In the order in which they were carried out; none: the source's own bytes."
    before: Media
    after: Media | Unreadable
    inline: bool
    "True where the body holds it as a data: URI."


class Part(Frozen):
    """Any other file of the bundle."""

    path: str
    size: int
    "In bytes."
    sha256: str


class Manifest(Frozen):
    """All that is needed to repeat the work, and to see what has changed since."""

    version: Literal[1] = Field(default=1, alias="schema")
    files: tuple[MediaFile, ...]
    remote: tuple[Remote, ...]
    "Media that the bundle does not hold: the body names them by their URLs."
    parts: tuple[Part, ...]
    "The files beside the media, but for the manifest itself."
    request: Request
    "As the user wrote it: the prompt with its own tags, the sources in the user's slots."
    options: dict[str, Any]
    "Those that shape the bundle; `select` and `ignore` stand in the envelope."
    findings: tuple[Finding, ...]
    "Those that were left."
    envelope: Envelope
    versions: dict[str, str]


def manifest(
    folder: Path, packed: Bundle, request: Request, envelope: Envelope, options: Options
) -> Manifest:
    """The manifest of the bundle that lies in `folder`."""
    arranged = arrange(request, envelope)
    return Manifest.model_construct(
        files=tuple(_media_file(file, arranged) for file in packed.prepared),
        remote=packed.remote,
        parts=tuple(_parts(folder)),
        request=request,
        options=options.recorded(),
        findings=packed.findings,
        envelope=envelope,
        versions={
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
    )


def _media_file(file: Prepared, arranged: Request) -> MediaFile:
    return MediaFile(
        slot=file.slot,
        path=f"{MEDIA}/{file.path.name}",
        mime=mime_of(file.after.format),
        size=file.after.size or 0,
        sha256=file.sha256,
        source=file.source,
        window=arranged.slots[file.slot or ""].window,
        source_sha256=file.source_sha256,
        steps=file.steps,
        before=file.before,
        after=file.after,
        inline=file.inline,
    )


def _parts(folder: Path) -> list[Part]:
    """All files of a folder but media and manifest, by their names."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = ((path, path.relative_to(folder).as_posix()) for path in files)
    return [
        Part(path=name, size=path.stat().st_size, sha256=sha256(path))
        for path, name in named
        if name != MANIFEST and not name.startswith(f"{MEDIA}/")
    ]
