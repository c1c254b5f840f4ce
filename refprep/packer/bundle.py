"""The bundle, a folder or an archive: built beside its place, and moved there whole."""

import ast
import errno
import os
import pprint
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from refprep.envelopes import body as bodies
from refprep.envelopes import data_uri
from refprep.envelopes.body_schema import schema_errors
from refprep.envelopes.tags import arrange
from refprep.errors import OutputError, RequestError, UsageError, unknown
from refprep.files import (
    cannot_write,
    new_partial,
    remove_stale,
    rename_new,
    replace_folder,
    restore_folder,
)
from refprep.models.address import UNREACHABLE, host_of, is_public_host
from refprep.models.bundle import Bundle, Prepared
from refprep.models.envelope import Envelope
from refprep.models.media import KINDS
from refprep.models.reference import ReferenceSet
from refprep.models.request import Request
from refprep.options import Options
from refprep.packer import archive
from refprep.packer.manifest import manifest
from refprep.packer.names import BODY, MANIFEST, MEDIA

ZIP = ".zip"
SCRIPT = "submit.py"
"What sends the bundle: files of refprep.providers, never imported here, joined to one."
SCRIPT_PARTS = (
    "words", "providers.exchange", "providers.video", "providers.wire", "providers.contents",
    "providers.journal", "providers.storage", "providers.generation",
)  # fmt: skip
"The modules that it consists of beside its own, in the order in which they need each other."
SCRIPT_API = (
    "API: Any = None  # pack writes the provider's API here; a manifest is never asked for it\n"
)
"The one line of it that a bundle has otherwise."


@dataclass(frozen=True)
class Place:
    """A folder under construction, where it will be moved, and how the user named that."""

    folder: Path
    target: Path
    name: Path
    force: bool
    "Whether what is there then gives way."


def target_of(target: Path, *, zipped: bool) -> Path:
    """Where the bundle will be: an archive's name ends in .zip."""
    fitting = not zipped or target.suffix.lower() == ZIP
    return target if fitting else target.with_name(f"{target.name}{ZIP}")


def refuse_overwrite(sources: Iterable[Path], target: Path) -> None:
    """OutputError where a source lies in the folder that would be replaced."""
    for path in sources:
        if path.resolve().is_relative_to(target.resolve()):
            raise OutputError(f"{target}: holds the source {path.name}; choose another folder")


def check_delivery(options: Options) -> None:
    """UsageError where the media cannot travel as the options say."""
    url = options.media_url
    if url is None or options.publish:
        return
    if options.inline:
        raise UsageError("--inline and --media-url: media travel inside the request, or by URLs")
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or not url.isprintable() or " " in url:
        raise UsageError(f"--media-url {url}: providers fetch media from https:// addresses only")
    if parts.query or parts.fragment:
        raise UsageError(f"--media-url {url}: names follow it, so it holds no ? and no #")
    try:
        public = is_public_host(host_of(url))
    except ValueError:
        raise UsageError(f"--media-url {url}: names no host") from None
    if not public:
        raise UsageError(f"--media-url {url}: {UNREACHABLE}")


def inline_slots(
    references: ReferenceSet, options: Options, own: Collection[str] = ()
) -> ReferenceSet:
    """The set with the slots whose media are to travel inside the request.

    Args:
        references: The media in their slots.
        options: `inline` takes all of them, `inline_only` those that it names.
        own: Slots that travel inside anyway: the body that was read holds them so.

    Raises:
        UsageError: `inline_only` names neither a kind nor a slot of the request.
    """
    names = {
        str(row.slot): {str(row.slot), str(row.slot).rstrip("0123456789"), str(row.kind)}
        for row in references.references
        if row.slot
    }
    known = {*KINDS, *(name for own_names in names.values() for name in own_names)}
    for word in options.inline_only:
        if word not in known:
            raise UsageError(f"--inline-only: {unknown('kind or slot', word, known)}")
    wanted = set(options.inline_only)
    slots = {slot for slot in names if options.inline or slot in own or names[slot] & wanted}
    return references.model_copy(update={"inline": frozenset(slots)})


@contextmanager
def place(target: Path, *, force: bool) -> Iterator[Place]:
    """A folder beside `target`; removed at the end, unless it has been moved there.

    Raises:
        OutputError: `target` holds anything and `force` is False, or cannot be written.
    """
    name, target = target, target.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_stale(target.parent)
        restore_folder(target)
        _refuse(target, name, force)
        with new_partial(target.parent, _make) as folder:
            yield Place(folder, target, name, force)
    except OSError as error:
        raise cannot_write(name, error) from None


def write(
    place: Place, packed: Bundle, request: Request, envelope: Envelope, options: Options
) -> Bundle:
    """Add request.json, the submit script and, last, the manifest; move all to its place."""
    arranged = arrange(request, envelope)
    uris = _uris(packed, arranged, options)
    (place.folder / BODY).write_bytes(bodies.data(_body(uris, arranged, envelope)))
    if envelope.api is not None:
        _add_script(place.folder, envelope)
    facts = manifest(place.folder, packed, request, envelope, options)
    (place.folder / MANIFEST).write_bytes(bodies.data(facts.model_dump(mode="json")))
    _move(place)
    moved = [
        file.model_copy(update={"path": place.name / MEDIA / file.path.name})
        for file in packed.prepared
    ]
    return packed.model_copy(update={"prepared": tuple(moved), "path": place.name})


def _uris(packed: Bundle, arranged: Request, options: Options) -> dict[str, str]:
    """How the body names the media of each slot, in the order of the slots."""
    uris = {file.slot: _uri(file, options) for file in packed.prepared}
    uris |= {media.slot: media.url for media in packed.remote}
    return {slot: uris[slot] for slot in arranged.slots if slot in uris}


def _body(uris: dict[str, str], arranged: Request, envelope: Envelope) -> dict[str, Any]:
    body = bodies.write(envelope, arranged.prompt, uris, arranged.parameters, arranged.faces)
    if errors := schema_errors(envelope, body):
        raise RequestError(f"{BODY}: {errors[0]}")
    return body


def _uri(file: Prepared, options: Options) -> str:
    """How the body names a file: inside it, by its place on the web, or in the bundle."""
    if file.inline:
        return data_uri.uri(file.path, file.after.format)
    prefix = (options.media_url or MEDIA).rstrip("/")
    return f"{prefix}/{file.path.name}"


def _add_script(folder: Path, envelope: Envelope) -> None:
    """The submit script, with the provider's API in it: a changed manifest redirects nothing."""
    before, after = joined_script().split(SCRIPT_API)
    api = pprint.pformat(envelope.submission, width=98, sort_dicts=False)
    script = folder / SCRIPT
    script.write_text(f"{before}API: Any = {api}\n{after}", encoding="utf-8", newline="\n")
    script.chmod(0o755)


def joined_script() -> str:
    """The submit script as one file, which needs Python and nothing else.

    The modules follow each other; their imports, without those of each other, stand on top.
    """
    imports: dict[str, set[str]] = {}
    sections = []
    for part in (*SCRIPT_PARTS, f"providers.{SCRIPT.removesuffix('.py')}"):
        *rooms, name = part.split(".")
        path = resources.files(".".join(("refprep", *rooms))) / f"{name}.py"
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        head = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        for node in head:
            module = str(getattr(node, "module", ""))
            if module.partition(".")[0] not in ("refprep", "__future__"):
                imports.setdefault(module, set()).update(alias.name for alias in node.names)
        about = (ast.get_docstring(tree) or "").partition("\n")[0]
        rest = "\n".join(text.split("\n")[head[-1].end_lineno or 0 :]).strip("\n")
        sections.append(f"# --- {name}: {about}\n\n{rest}\n")
    docstring = text.partition("from __future__")[0]  # of the script itself, the last module
    lines = [f"import {name}" for name in sorted(imports.pop("", ()))]
    lines += [
        f"from {module} import {', '.join(sorted(imports[module]))}" for module in sorted(imports)
    ]
    head_lines = [f"{docstring}from __future__ import annotations\n", *lines]
    return "\n\n".join(["\n".join(head_lines), *sections])


def _make(folder: Path) -> None:
    folder.mkdir(0o700)


def _refuse(target: Path, name: Path, force: bool) -> None:
    if target.suffix.lower() == ZIP:
        if target.is_dir():
            raise OutputError(f"{name}: is a folder; an archive is a file")
        if target.exists() and not force:
            raise OutputError(f"{name}: exists; --force replaces it")
        return
    if target.exists() and not target.is_dir():
        raise OutputError(f"{name}: is a file; a bundle is a folder, or an archive named .zip")
    if target.is_dir() and any(target.iterdir()) and not force:
        raise OutputError(f"{name}: is not empty; --force replaces it")


def _move(place: Place) -> None:
    """Put the bundle in its place; an older one there goes only after that."""
    if place.target.suffix.lower() == ZIP:
        archive.write(place.folder, place.target, replace=place.force)
        return
    place.folder.chmod(0o755)
    _flush(place.folder)
    if place.force:
        replace_folder(place.folder, place.target)
        return
    try:
        rename_new(place.folder, place.target)
    except FileExistsError:
        _fill(place)


def _fill(place: Place) -> None:
    """Take the place of an empty folder; another run may have filled it meanwhile."""
    try:
        place.target.rmdir()
        rename_new(place.folder, place.target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        raise OutputError(f"{place.name}: is not empty; --force replaces it") from None


def _flush(folder: Path) -> None:
    """Flush every file to disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
