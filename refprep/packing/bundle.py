"""The bundle's folder: built beside its place, and moved there whole."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refprep.delivering import scripts
from refprep.envelope import Envelope
from refprep.errors import OutputError
from refprep.packing.body import body
from refprep.packing.manifest import manifest
from refprep.prepared import Bundle
from refprep.request import Request

MEDIA = "media"


@dataclass(frozen=True)
class Place:
    """A folder under construction, where it will stand, and how that was named."""

    folder: Path
    target: Path
    name: Path


def spare(sources: Iterable[Path], target: Path) -> None:
    """OutputError where a source lies in the folder that would be replaced."""
    for path in sources:
        if path.resolve().is_relative_to(target.resolve()):
            raise OutputError(f"{target}: holds the source {path.name}; choose another folder")


@contextmanager
def place(target: Path, *, force: bool) -> Iterator[Place]:
    """A folder beside `target`; removed at the end, unless it has been moved there.

    OutputError where `target` holds anything that `force` does not give up, or cannot be written.
    """
    name, target = target, target.resolve()
    _refuse(target, force)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror}") from None
    try:
        yield Place(folder, target, name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write(
    place: Place, packed: Bundle, request: Request, envelope: Envelope, media_url: str | None
) -> Bundle:
    """Add request.json and manifest.json, and move the folder to its place."""
    prefix = media_url.rstrip("/") if media_url else MEDIA
    _write_json(place.folder / "request.json", body(request, packed.prepared, envelope, prefix))
    sums = {f"{MEDIA}/{file.path.name}": file.sha256 for file in packed.prepared}
    scripts.write(place.folder, envelope, sums)
    _write_json(place.folder / "manifest.json", manifest(packed, envelope))
    _move(place)
    moved = [
        file.model_copy(update={"path": place.name / MEDIA / file.path.name})
        for file in packed.prepared
    ]
    return packed.model_copy(update={"prepared": tuple(moved), "path": place.name})


def _refuse(target: Path, force: bool) -> None:
    if target.exists() and not target.is_dir():
        raise OutputError(f"{target}: is a file; a bundle is a folder")
    if target.is_dir() and any(target.iterdir()) and not force:
        raise OutputError(f"{target}: is not empty; --force replaces it")


def _write_json(path: Path, value: dict[str, Any]) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    path.write_bytes(
        text.encode("utf-8", "backslashreplace")
    )  # a lone surrogate: JSON's own escape


def _move(place: Place) -> None:
    """Put the folder where it belongs; what stood there goes only after it is in place."""
    place.folder.chmod(0o755)
    try:
        if not place.target.exists():
            place.folder.rename(place.target)
            return
        old = place.folder.with_name(f"{place.folder.name}.old")
        place.target.rename(old)
        place.folder.rename(place.target)
        shutil.rmtree(old)
    except OSError as error:
        raise OutputError(f"{place.target}: cannot be written: {error.strerror}") from None
