"""The bundle, a folder or an archive: built beside its place, and moved there whole."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refprep.body import writing
from refprep.body.model import faults
from refprep.delivering import scripts
from refprep.errors import OutputError, RequestError
from refprep.packing import archive
from refprep.packing.manifest import manifest
from refprep.packing.order import MEDIA, NAME, REQUEST, Order
from refprep.prepared import Bundle
from refprep.rendering.whole import tidy, unused

ZIP = ".zip"


@dataclass(frozen=True)
class Place:
    """A folder under construction, where it will stand, and how that was named."""

    folder: Path
    target: Path
    name: Path


def named(target: Path, *, zipped: bool) -> Path:
    """Where the bundle will stand: an archive's name ends in .zip."""
    fitting = not zipped or target.suffix.lower() == ZIP
    return target if fitting else target.with_name(f"{target.name}{ZIP}")


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
    _refuse(target, force)
    name, target = target, target.resolve()
    folder = unused(target.parent)
    try:
        _make(folder, target)
        yield Place(folder, target, name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make(folder: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        tidy(target.parent)
        folder.mkdir(0o700)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written: {error.strerror}") from None


def write(place: Place, packed: Bundle, order: Order) -> Bundle:
    """Add request.json, the scripts and, last, the manifest of all; move it to its place."""
    (place.folder / REQUEST).write_bytes(writing.data(_body(packed, order)))
    sums = {f"{MEDIA}/{file.path.name}": file.sha256 for file in packed.prepared}
    scripts.write(place.folder, order.envelope, sums)
    told = manifest(place.folder, packed, order)
    (place.folder / NAME).write_bytes(writing.data(told.model_dump(mode="json")))
    _move(place)
    moved = [
        file.model_copy(update={"path": place.name / MEDIA / file.path.name})
        for file in packed.prepared
    ]
    return packed.model_copy(update={"prepared": tuple(moved), "path": place.name})


def _body(packed: Bundle, order: Order) -> dict[str, Any]:
    sent = order.sent
    uris = {file.slot: order.uri(file) for file in packed.prepared if file.slot}
    body = writing.write(order.envelope, sent.prompt, uris, sent.parameters, sent.faces)
    if wrong := faults(order.envelope, body):
        raise RequestError(f"{REQUEST}: {wrong[0]}")
    return body


def _refuse(target: Path, force: bool) -> None:
    if target.suffix.lower() == ZIP:
        if target.is_dir():
            raise OutputError(f"{target}: is a folder; an archive is a file")
        if target.exists() and not force:
            raise OutputError(f"{target}: exists; --force replaces it")
        return
    if target.exists() and not target.is_dir():
        raise OutputError(f"{target}: is a file; a bundle is a folder, or an archive named .zip")
    if target.is_dir() and any(target.iterdir()) and not force:
        raise OutputError(f"{target}: is not empty; --force replaces it")


def _move(place: Place) -> None:
    """Put the bundle where it belongs; what stood there goes only after it is in place."""
    if place.target.suffix.lower() == ZIP:
        archive.write(place.folder, place.target, replace=True)
        return
    place.folder.chmod(0o755)
    try:
        _settle(place.folder)
        if not place.target.exists():
            place.folder.rename(place.target)
            return
        old = place.folder.with_name(f"{place.folder.name}.old")
        place.target.rename(old)
        place.folder.rename(place.target)
        shutil.rmtree(old)
    except OSError as error:
        raise OutputError(f"{place.target}: cannot be written: {error.strerror}") from None


def _settle(folder: Path) -> None:
    """Flush every file to disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
