"""Opening a bundle, a folder or an archive, and reading its manifest. Nothing in it is trusted."""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from refprep.envelope import Envelope
from refprep.errors import SourceError, UsageError
from refprep.packing.order import NAME, REQUEST, Packing
from refprep.request import Request

SCHEMA = 1
MOST = 1 << 32
"Bytes of an archive that are unpacked at most; a request weighs a tenth of it."
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Sealed(BaseModel):
    """A file as the manifest has it; other keys are of no matter here."""

    path: Annotated[str, Field(pattern=r"^[^/\\\x00]+(/[^/\\\x00]+)*$")]
    sha256: Hash
    bytes: int
    slot: str | None = None


class Told(BaseModel):
    """What of a manifest is needed to verify its bundle."""

    version: Literal[1] = Field(alias="schema")
    files: tuple[Sealed, ...]
    parts: tuple[Sealed, ...]
    request: Request
    terms: Packing
    envelope: Envelope


@contextmanager
def opened(bundle: Path) -> Iterator[Path]:
    """The folder of a bundle; that of an archive is gone afterwards. UsageError: it is none."""
    if bundle.is_dir():
        yield bundle
    elif not bundle.exists():
        raise SourceError(f"{bundle}: no such bundle")
    elif bundle.name in (NAME, REQUEST):
        raise UsageError(f"{bundle}: is a part of a bundle; name its folder, {bundle.parent}")
    elif not zipfile.is_zipfile(bundle):
        raise UsageError(f"{bundle}: no bundle, for it is neither a folder nor a ZIP archive")
    else:
        with tempfile.TemporaryDirectory(prefix="refprep-") as folder:
            _unpack(bundle, Path(folder))
            yield Path(folder)


def told(folder: Path, bundle: Path) -> Told:
    """The manifest in a folder. UsageError, which names the bundle, where there is none to read."""
    place = bundle / NAME
    try:
        data = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{bundle}: no bundle, for it holds no {NAME}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{place}: cannot be read: {error}") from None
    version = data.get("schema") if isinstance(data, dict) else None
    if isinstance(version, int) and version > SCHEMA:
        raise UsageError(
            f"{place}: schema {version}; this refprep reads schema {SCHEMA}: update refprep"
        )
    return _valid(data, place)


def _valid(data: Any, place: Path) -> Told:
    try:
        read = Told.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"{step}: " for step in first["loc"])
        raise UsageError(f"{place}: no manifest of refprep: {where}{first['msg']}") from None
    if any(".." in PurePosixPath(one.path).parts for one in (*read.files, *read.parts)):
        raise UsageError(f"{place}: names a file outside the bundle")
    return read


def _unpack(bundle: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(bundle) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _safe(entries, bundle)
            for entry in entries:
                archive.extract(entry, folder)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise UsageError(f"{bundle}: no bundle that can be opened: {error}") from None


def _safe(entries: list[zipfile.ZipInfo], bundle: Path) -> None:
    """UsageError for an archive that would write elsewhere, twice, or without end."""
    names = [PurePosixPath(entry.filename) for entry in entries]
    if any(name.is_absolute() or ".." in name.parts for name in names):
        raise UsageError(f"{bundle}: names a file outside the bundle")
    if len(set(names)) < len(names):
        raise UsageError(f"{bundle}: holds two files of one name")
    if (size := sum(entry.file_size for entry in entries)) > MOST:
        raise UsageError(f"{bundle}: would unpack to {size:,} bytes; {MOST:,} at most are read")
