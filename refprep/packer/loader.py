"""Loading a bundle, a folder or an archive, and its manifest. Nothing in it is trusted."""

import json
import stat
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from refprep import envelopes
from refprep.documents import MAX_FILES, MAX_FOLDERS, NotRegularError, files_below, read_document
from refprep.envelopes.body_tree import tree
from refprep.errors import RefprepError, SourceError, UsageError, describe
from refprep.models.envelope import Envelope
from refprep.models.integrity import HeldEnvelope
from refprep.models.request import Request
from refprep.models.source import URLS, Source
from refprep.packer.names import BODY, MANIFEST
from refprep.rules.integrity import OF_BUNDLES

SCHEMA = 1
MAX_SIZE = 1 << 30
"Bytes of an archive that are unpacked at most; a request has a tenth of them."
MAX_RATIO = 200
"How much smaller an archive may make a file: media shrink by percents, JSON to a twentieth."
SMALL = 1 << 20
"Bytes of a file whose ratio does not matter."
MAX_NAME = 255
"Characters of a name in an archive, or of an envelope: no file system takes more."
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class PackedFile(BaseModel):
    """A file as the manifest has it; other keys do not matter here."""

    path: Annotated[str, Field(pattern=r"^[^/\\\x00]+(/[^/\\\x00]+)*$")]
    sha256: Hash
    size: int
    slot: str | None = None
    inline: bool = False


class PackedRemote(BaseModel):
    """Media at a URL, as the manifest has them."""

    slot: str | None = None
    url: Annotated[str, Field(pattern=f"^({'|'.join(URLS)})://")]
    sha256: Hash | None = None
    size: int | None = None


class PackedOptions(BaseModel):
    """Where the media are, as the manifest has it."""

    media_url: str | None = None


class PackedManifest(BaseModel):
    """What of a manifest is needed to verify its bundle."""

    version: Literal[1] = Field(alias="schema")
    files: tuple[PackedFile, ...]
    remote: tuple[PackedRemote, ...] = ()
    parts: tuple[PackedFile, ...]
    request: Request
    options: PackedOptions
    envelope: Envelope
    "As it was read: refprep's own of its name, where there is one."
    packed_envelope: Envelope | None = Field(default=None, exclude=True)
    "The one that the manifest holds."

    @property
    def held(self) -> HeldEnvelope:
        """What the manifest decides of the limits and rules by which its bundle is checked."""
        known = self.envelope.name in envelopes.names()
        packed = self.packed_envelope or self.envelope
        return HeldEnvelope(
            name=self.envelope.name,
            known=known,
            differences=tuple(_differences(packed, self.envelope)),
            select=packed.select,
            ignore=self.envelope.ignore,
        )


@contextmanager
def unpacked(bundle: Path) -> Iterator[Path]:
    """The folder of a bundle; that of an archive is removed afterwards.

    Raises:
        UsageError: It is no bundle.
    """
    if bundle.is_dir():
        yield bundle
    elif not bundle.exists():
        raise SourceError(f"{bundle}: no such bundle", source=str(bundle))
    elif bundle.name in (MANIFEST, BODY):
        raise UsageError(f"{bundle}: is a part of a bundle; name its folder, {bundle.parent}")
    elif not zipfile.is_zipfile(bundle):
        raise UsageError(f"{bundle}: no bundle: it is neither a folder nor a ZIP archive")
    else:
        with tempfile.TemporaryDirectory(prefix="refprep-") as folder:
            _unpack(bundle, Path(folder))
            yield Path(folder)


@contextmanager
def opened(inputs: Sequence[str | Path]) -> Iterator[Sequence[str | Path]]:
    """The inputs; in place of a bundle, a folder or an archive, its request.json.

    Raises:
        UsageError: A folder or an archive that is no bundle, or that is not alone.
    """
    bundle = next((Path(path) for path in inputs if _is_container(Path(path))), None)
    if bundle is None:
        yield inputs
        return
    if len(inputs) > 1:
        raise UsageError(f"{bundle}: {_WHAT[bundle.is_dir()]} stands alone; {INSTEAD}")
    with unpacked(bundle) as folder:
        if not all((folder / name).is_file() for name in (MANIFEST, BODY)):
            raise UsageError(f"{bundle}: is {_WHAT[bundle.is_dir()]} and no bundle; {INSTEAD}")
        load_manifest(folder, bundle)
        try:
            yield [folder / BODY]
        except UsageError as error:  # names the archive, not where it was unpacked
            text = str(error).replace(str(folder), str(bundle))
            raise type(error)(text, source=error.source, step=error.step) from None


_WHAT = {True: "a folder", False: "an archive"}
INSTEAD = (
    f"name media files, a request file, or one bundle, which holds {MANIFEST} and {BODY}"
)  # fmt: skip


def _is_container(path: Path) -> bool:
    """True for a folder, and for an archive by its suffix."""
    try:
        return path.is_dir() or (path.suffix.lower() == ".zip" and path.is_file())
    except OSError:  # a name that no file can have
        return False


class UnsafeBundleError(UsageError):
    """A bundle that holds what no bundle holds: links, devices, too much."""


def refuse_links(folder: Path, bundle: Path) -> None:
    """UnsafeBundleError for a folder with links, pipes, devices or too much in it."""
    try:
        files_below(folder)
    except OSError as error:
        place = Path(error.filename or folder)
        name = bundle / place.relative_to(folder)
        takes = "a bundle holds regular files only" if isinstance(error, NotRegularError) else ""
        line = f"{name}: {error.strerror}"
        raise UnsafeBundleError(f"{line}; {takes}" if takes else line) from None


MANIFEST_SIZE = 16 << 20
"Bytes of a manifest; one of twenty files has some ten thousand."


def load_manifest(folder: Path, bundle: Path) -> PackedManifest:
    """The manifest in a folder. UsageError, which names the bundle, where there is none to read."""
    place = bundle / MANIFEST
    try:
        if not (folder / MANIFEST).exists():
            raise UsageError(f"{bundle}: no bundle: it holds no {MANIFEST}")
        refuse_links(folder, bundle)
        data = read_document(folder / MANIFEST, json.loads, MANIFEST_SIZE)
    except OSError as error:
        raise UsageError(f"{place}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{place}: cannot be read: {error}") from None
    version = data.get("schema") if isinstance(data, dict) else None
    if isinstance(version, int) and version > SCHEMA:
        raise UsageError(
            f"{place}: schema {version}; this refprep reads schema {SCHEMA}: update refprep"
        )
    return _validated(data, place)


def _validated(data: Any, place: Path) -> PackedManifest:
    try:
        manifest = PackedManifest.model_validate(data)
        manifest.envelope.model_dump_json()  # refuses what is no Unicode text
        tree(manifest.envelope)
        for media in manifest.remote:
            Source.parse(media.url)
    except ValidationError as error:
        raise UsageError(f"{place}: no manifest of refprep: {describe(error)}") from None
    except (RefprepError, ValueError) as error:  # ValueError: a text that is no Unicode
        raise UsageError(f"{place}: no manifest of refprep: {error}") from None
    files = (*manifest.files, *manifest.parts)
    if any(".." in PurePosixPath(file.path).parts for file in files):
        raise UsageError(f"{place}: names a file outside the bundle")
    packed = manifest.envelope
    if len(packed.name) > MAX_NAME:
        raise UsageError(f"{place}: no manifest of refprep: the name of its envelope is too long")
    return manifest.model_copy(update={"envelope": _trusted(packed), "packed_envelope": packed})


def _trusted(packed: Envelope) -> Envelope:
    """The envelope of that name that comes with refprep: no stranger decides its limits or API.

    One of another name keeps its limits, which is a finding, and loses its API and errors. Rules
    that were ignored stay so, but for those about the bundle itself.
    """
    known = packed.name in envelopes.names()
    lost: dict[str, Any] = {"api": None, "errors": {}}
    own = envelopes.load(packed.name) if known else packed.model_copy(update=lost)
    select = packed.select | OF_BUNDLES if packed.select else packed.select
    return own.model_copy(update={"select": select, "ignore": packed.ignore - OF_BUNDLES})


def _differences(packed: Envelope, own: Envelope) -> Iterator[str]:
    """The rows and tables of an envelope that decide findings, and are not alike in another."""
    for name in ("limits", "parameters"):
        rows, others = (_rows(getattr(each, name)) for each in (packed, own))
        yield from sorted(key for key in {**rows, **others} if rows.get(key) != others.get(key))
    for name in ("model", "body", "slots", "groups", "caps", "cases", "targets"):
        if _plain(getattr(packed, name)) != _plain(getattr(own, name)):
            yield name


def _rows(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(row) for name, row in table.items()}


def _plain(value: Any) -> Any:
    """A value as JSON, without its evidence and what only people read."""
    if isinstance(value, BaseModel):
        return _plain(value.model_dump(mode="json"))
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if key not in FOR_PEOPLE}
    return value


FOR_PEOPLE = {"evidence", "words", "title"}


def _unpack(bundle: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(bundle) as archive:
            members = archive.infolist()
            _refuse_unsafe(members, bundle)
            left = MAX_SIZE
            for member in members:
                left = _extract(archive, member, folder, left)
                if left < 0:
                    raise UsageError(f"{bundle}: would unpack to more than {MAX_SIZE:,} bytes")
    except RefprepError:
        raise
    except Exception as error:  # every compression has exceptions of its own
        raise UsageError(f"{bundle}: no bundle that can be opened: {error}") from None


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, left: int) -> int:
    """Unpack one member; how many of the bytes that may be unpacked are left. They are counted."""
    target = folder / member.filename
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return left
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as packed, target.open("xb") as file:
        while left >= 0 and (block := packed.read(1 << 20)):
            left -= len(block)
            file.write(block)
    return left


def _refuse_unsafe(members: list[zipfile.ZipInfo], bundle: Path) -> None:
    """UsageError for an archive that would write elsewhere, twice, or without end."""
    if len(members) > MAX_FILES:
        raise UsageError(f"{bundle}: holds {len(members):,} files; {MAX_FILES:,} at most are read")
    for member in members:
        _refuse_member(member, bundle)
    names = [
        unicodedata.normalize("NFKC", member.filename.rstrip("/")).casefold() for member in members
    ]
    if len(set(names)) < len(names):
        raise UsageError(f"{bundle}: holds two files of one name")
    if (size := sum(member.file_size for member in members)) > MAX_SIZE:
        raise UsageError(f"{bundle}: would unpack to {size:,} bytes; {MAX_SIZE:,} at most are read")


def _refuse_member(member: zipfile.ZipInfo, bundle: Path) -> None:
    """UsageError for a member that no bundle has."""
    name = PurePosixPath(member.filename)
    windows = PureWindowsPath(member.filename)
    mode = member.external_attr >> 16
    if name.is_absolute() or windows.anchor or ".." in (*name.parts, *windows.parts):
        raise UsageError(f"{bundle}: names a file outside the bundle")
    if len(member.filename) > MAX_NAME or len(name.parts) > MAX_FOLDERS or not name.parts:
        raise UsageError(f"{bundle}: holds a name that is too long, or too many folders deep")
    if member.create_system == UNIX and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise UsageError(
            f"{bundle}: holds {name.name}, which is no regular file but a link or device"
        )
    if member.flag_bits & ENCRYPTED:
        raise UsageError(f"{bundle}: holds {name.name}, which is encrypted; unpack it yourself")
    packed = max(member.compress_size, 1)
    if member.file_size > SMALL and member.file_size > MAX_RATIO * packed:
        raise UsageError(
            f"{bundle}: {name.name} would unpack to {member.file_size // packed:,} times its size; "
            f"{MAX_RATIO} times at most are read"
        )


UNIX, ENCRYPTED = 3, 1
"The system whose file types a ZIP holds, and the flag of encryption (APPNOTE 4.4.2, 4.4.4)."
