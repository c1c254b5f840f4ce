"""What has changed in a bundle since it was packed: its files by digest, its body in words."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from refprep.decoders.references import Loader
from refprep.documents import BODY_SIZE, files_below, read_document
from refprep.envelopes.body_reader import BodyContent, read, unknown_keys
from refprep.envelopes.body_schema import schema_errors
from refprep.envelopes.tags import arrange
from refprep.files import sha256
from refprep.models.envelope import Envelope
from refprep.models.integrity import BodyEdit, BundleFile, Integrity
from refprep.models.reference import Reference, ReferenceSet
from refprep.models.request import Request, slot_type
from refprep.models.source import Source
from refprep.packer.loader import PackedFile, PackedManifest
from refprep.packer.names import BODY, MANIFEST, MEDIA

LONGEST = 60
"Characters of a value that are shown."


def load_references(
    folder: Path, bundle: Path, manifest: PackedManifest, loader: Loader, *, quick: bool
) -> ReferenceSet:
    """The bundle's media in their slots, probed anew, its request as it is now, its integrity.

    Args:
        folder: Where the bundle's files are.
        bundle: How the user named it.
        manifest: What was packed.
        loader: Probes the media.
        quick: Whether to read headers and packets only.
    """
    body, errors = _body(folder, manifest)
    content = _content(body, manifest)
    remote = list(_remote(manifest, loader, quick))
    files = (*_files(folder, bundle, manifest), *_fetched(remote, manifest, loader))
    edits = tuple(_edits(body, manifest))
    if content and not edits and _changed(files, bundle / BODY):
        edits = (BodyEdit(kind="rewritten", text="the same content"),)
    integrity = Integrity(
        files=files, body=str(bundle / BODY), edits=edits, schema_errors=tuple(errors)
    )
    found = [*_references(folder, bundle, manifest, loader, quick), *remote]
    order = list(arrange(manifest.request, manifest.envelope).slots)
    return ReferenceSet(
        request=_request(content, manifest),
        references=tuple(sorted(found, key=lambda row: _place(row.slot, order))),
        inline=frozenset(str(file.slot) for file in manifest.files if file.inline),
        integrity=integrity,
    )


def _place(slot: str | None, order: list[str]) -> int:
    """Where a slot is among those that were packed; behind them where it is not."""
    return order.index(slot) if slot in order else len(order)


def _changed(files: tuple[BundleFile, ...], body: Path) -> bool:
    """True where the body is there, and its bytes are not those that were packed."""
    packed = next((file for file in files if file.path == str(body)), None)
    return packed is not None and packed.found_sha256 not in (None, packed.packed_sha256)


def _body(folder: Path, manifest: PackedManifest) -> tuple[Mapping[str, Any], list[str]]:
    """The body as it is now, and what of it does not fit the provider's schema."""
    try:
        body = read_document(folder / BODY, json.loads, BODY_SIZE)
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError) as error:
        return {}, [f"cannot be read: {error}"]
    if not isinstance(body, dict):
        return {}, ["not a table"]
    return body, schema_errors(manifest.envelope, body)


def _content(body: Mapping[str, Any], manifest: PackedManifest) -> BodyContent | None:
    """What the body holds in the fields that its provider knows."""
    return read(body, manifest.envelope) if body else None


def _request(content: BodyContent | None, manifest: PackedManifest) -> Request:
    """The request that the body holds; the packed one, where it holds none."""
    if content is None:
        return arrange(manifest.request, manifest.envelope)
    fields = {
        "prompt": content.prompt, "faces": content.faces, "parameters": content.parameters,
    }  # fmt: skip
    slots = {slot: Source(path=Path(slot)) for slot in content.media}
    return Request.model_validate(fields).with_slots(slots)


def _files(folder: Path, bundle: Path, manifest: PackedManifest) -> Iterator[BundleFile]:
    """Every file that was packed or is there, in the order of the manifest, then by name."""
    found = {
        path.relative_to(folder).as_posix(): path
        for path in files_below(folder)
        if path != folder / MANIFEST
    }
    packed = {file.path: file for file in (*manifest.files, *manifest.parts)}
    for name in dict.fromkeys([*packed, *found]):
        yield _file(str(bundle / name), packed.get(name), found.get(name))


def _file(name: str, packed: PackedFile | None, found: Path | None) -> BundleFile:
    return BundleFile(
        path=name,
        slot=packed and packed.slot,
        packed_sha256=packed and packed.sha256,
        packed_size=packed and packed.size,
        found_sha256=found and sha256(found),
        found_size=found and found.stat().st_size,
    )


def _references(
    folder: Path, bundle: Path, manifest: PackedManifest, loader: Loader, quick: bool
) -> Iterator[Reference]:
    """The media that are there, under the names by which the bundle was given."""
    for file in manifest.files:
        path, name = folder / file.path, Source(path=bundle / file.path)
        if path.is_file():
            (reference,) = loader.load_media([Source(path=path)], quick=quick)
            loader.progress(str(name), 1.0)
            yield reference.model_copy(update={"slot": file.slot, "source": name})


def _remote(manifest: PackedManifest, loader: Loader, quick: bool) -> Iterator[Reference]:
    """The media at their URLs, as far as the loader fetches them."""
    for media in manifest.remote:
        (reference,) = loader.load_media([Source.parse(media.url)], quick=quick)
        yield reference.model_copy(update={"slot": media.slot})


def _fetched(
    remote: list[Reference], manifest: PackedManifest, loader: Loader
) -> Iterator[BundleFile]:
    """What was fetched when the bundle was packed, and again now."""
    for reference, media in zip(remote, manifest.remote, strict=True):
        sha256 = loader.digest(reference)
        if sha256 and media.sha256:
            yield BundleFile(
                path=media.url,
                slot=media.slot,
                packed_sha256=media.sha256,
                packed_size=media.size,
                found_sha256=sha256,
                found_size=reference.file.stat().st_size,
            )


def _edits(body: Mapping[str, Any], manifest: PackedManifest) -> Iterator[BodyEdit]:
    """Where the body's content differs from what was packed, in the shape of that time.

    It is compared even where its bytes are those that were packed: a manifest can name other media
    than its body.
    """
    if not body:
        return
    envelope = manifest.packed_envelope or manifest.envelope
    content = read(body, envelope)
    arranged = arrange(manifest.request, envelope)
    filled = {slot_type(slot) for slot in arranged.slots}
    sent = envelope.values(arranged.parameters, filled)
    packed = {
        name: parameter.write(sent[name])
        for name, parameter in envelope.parameters.items()
        if name in sent
    }
    yield from _words("model", *_models(envelope, body))
    yield from _words("prompt", arranged.prompt, content.prompt)
    for name in unknown_keys(body, envelope):
        yield from _words(name, None, body[name])
    for name in dict.fromkeys([*packed, *content.parameters]):
        yield from _words(name, packed.get(name), content.parameters.get(name))
    yield from _moved(content, manifest, arranged, envelope)


def _models(envelope: Envelope, body: Mapping[str, Any]) -> tuple[str | None, Any]:
    """The model as it was packed and as it is now; none where the body does not name it."""
    path = envelope.body.model
    if path is None or "." in path:
        return None, None
    return envelope.model, body.get(path)


def _words(name: str, packed: object, found: object) -> Iterator[BodyEdit]:
    """`duration "8" is now "10"`, `seed 7 is left out`, `seed 7 is added`."""
    if packed == found and type(packed) is type(found):
        return
    then, now = _short(packed), _short(found)
    text = f"{name} {now} is added" if packed is None else f"{name} {then} is now {now}"
    yield BodyEdit(kind="edited", text=f"{name} {then} is left out" if found is None else text)


def _moved(
    content: BodyContent, manifest: PackedManifest, arranged: Request, envelope: Envelope
) -> Iterator[BodyEdit]:
    """Slots that are filled otherwise than they were packed.

    The manifest's `media_url` is a stranger's text: it is compared, and nothing is fetched from it.
    """
    files = {str(file.slot): file for file in manifest.files}
    remote = {str(media.slot): media.url for media in manifest.remote}
    prefix = (manifest.options.media_url or MEDIA).rstrip("/")
    faces = arranged.faces if envelope.face_slots else ()
    yield from _words("faces", " ".join(faces) or None, " ".join(content.faces) or None)
    for slot in dict.fromkeys([*files, *remote, *content.media]):
        file, uri = files.get(slot), content.media.get(slot)
        then = f"{prefix}/{Path(file.path).name}" if file else remote.get(slot)
        if uri == then or (file and uri and _holds(uri, file)):
            continue
        if then and uri and then.startswith(f"{MEDIA}/") and uri.startswith("https://"):
            yield BodyEdit(kind="published", text=f"{slot} at {uri}")
        else:
            yield from _words(slot, then, uri)


def _holds(uri: str, file: PackedFile) -> bool:
    """True for a data: URI that holds the very bytes of a file."""
    head, _, text = uri.partition(";base64,")
    if not head.startswith("data:"):
        return False
    try:
        return hashlib.sha256(base64.b64decode(text, validate=True)).hexdigest() == file.sha256
    except ValueError:
        return False


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
