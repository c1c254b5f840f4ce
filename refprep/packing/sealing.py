"""What has become of a bundle since it was packed: its files by digest, its body in words."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from refprep import gather
from refprep.body.model import faults
from refprep.body.reading import Read, read, strange
from refprep.body.tags import kind_of
from refprep.digest import sha256
from refprep.lineup import Entry, Lineup
from refprep.packing.opening import Sealed, Told
from refprep.packing.order import MEDIA, NAME, REQUEST
from refprep.request import KINDS, Request
from refprep.seal import Edit, Piece, Seal
from refprep.source import Source
from refprep.terms import Progress

LONGEST = 60
"Characters of a value that are told."


def lineup(folder: Path, bundle: Path, told: Told, *, quick: bool, progress: Progress) -> Lineup:
    """The bundle's media in their slots, probed anew, its request as it is now, and its seal."""
    body, wrong = _body(folder, told)
    said = _said(body, told)
    request = _request(said, told)
    pieces = tuple(_pieces(folder, bundle, told))
    written = next((one for one in pieces if one.path == str(bundle / REQUEST)), None)
    same = written is None or written.found in (None, written.packed)
    edits = () if same else tuple(_edits(body, said, told))
    seal = Seal(pieces=pieces, body=str(bundle / REQUEST), edits=edits, faults=tuple(wrong))
    return Lineup(
        request=request,
        entries=tuple(_entries(folder, bundle, told, quick, progress)),
        inline=told.terms.inline,
        seal=seal,
    )


def _body(folder: Path, told: Told) -> tuple[Mapping[str, Any], list[str]]:
    """The body as it is now, and what of it its provider does not take."""
    try:
        body = json.loads((folder / REQUEST).read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return {}, []
    except (OSError, ValueError, RecursionError) as error:
        return {}, [f"cannot be read: {error}"]
    return (body, faults(told.envelope, body)) if isinstance(body, dict) else ({}, ["not a table"])


def _said(body: Mapping[str, Any], told: Told) -> Read | None:
    """What the body says in the fields that its provider knows."""
    odd = strange(body, told.envelope)
    try:
        known = {name: value for name, value in body.items() if name not in odd}
        return read(known, told.envelope) if body else None
    except ValueError:
        return None


def _request(said: Read | None, told: Told) -> Request:
    """The request that the body makes; that which was packed, where it makes none."""
    if said is None:
        return told.request.arranged(told.envelope)
    media = {
        f"{kind}s": [Source(path=Path(slot)) for slot in said.media if kind_of(slot) == kind]
        for kind in KINDS
    }
    asked = {**said.parameters, **media, "prompt": said.prompt, "faces": said.faces}
    return Request.model_validate(asked)


def _pieces(folder: Path, bundle: Path, told: Told) -> Iterator[Piece]:
    """Every file that was packed or is there, in the order of the manifest, then by name."""
    there = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / NAME
    }
    packed = {one.path: one for one in (*told.files, *told.parts)}
    for name in dict.fromkeys([*packed, *there]):
        yield _piece(str(bundle / name), packed.get(name), there.get(name))


def _piece(name: str, packed: Sealed | None, path: Path | None) -> Piece:
    return Piece(
        path=name,
        slot=packed and packed.slot,
        packed=packed and packed.sha256,
        packed_bytes=packed and packed.bytes,
        found=path and sha256(path),
        found_bytes=path and path.stat().st_size,
    )


def _entries(
    folder: Path, bundle: Path, told: Told, quick: bool, progress: Progress
) -> Iterator[Entry]:
    """The media that are there, under the names by which the bundle was given."""
    for one in told.files:
        path, shown = folder / one.path, Source(path=bundle / one.path)
        if path.is_file():
            (entry,) = gather.gather([Source(path=path)], quick=quick)
            progress(str(shown), 1.0)
            yield entry.model_copy(update={"slot": one.slot, "source": shown})


def _edits(body: Mapping[str, Any], said: Read | None, told: Told) -> Iterator[Edit]:
    """What the body says otherwise than it was packed; at least that its bytes are others."""
    if said is None:
        return
    sent = told.request.arranged(told.envelope)
    known = {
        name: sent.parameters[name] for name in told.envelope.parameters if name in sent.parameters
    }
    packed = {name: told.envelope.parameters[name].write(value) for name, value in known.items()}
    edits = [
        *_words("model", told.envelope.model, body.get("model")),
        *_words("prompt", sent.prompt, said.prompt),
        *(edit for name in strange(body, told.envelope) for edit in _words(name, None, body[name])),
        *(edit for name in dict.fromkeys([*packed, *said.parameters])
          for edit in _words(name, packed.get(name), said.parameters.get(name))),
        *_moved(said, told),
    ]  # fmt: skip
    yield from edits or [Edit(kind="rewritten", says="the same")]


def _words(name: str, packed: object, found: object) -> Iterator[Edit]:
    """`duration "8" is now "10"`, `seed 7 is left out`, `seed 7 is added`."""
    if packed == found and type(packed) is type(found):
        return
    then, now = _short(packed), _short(found)
    says = f"{name} {then} is now {now}"
    says = f"{name} {now} is added" if packed is None else says
    yield Edit(kind="edited", says=f"{name} {then} is left out" if found is None else says)


def _moved(said: Read, told: Told) -> Iterator[Edit]:
    """Slots that are filled otherwise than they were packed."""
    files = {str(one.slot): one for one in told.files}
    prefix = (told.terms.media_url or MEDIA).rstrip("/")
    faces = told.request.arranged(told.envelope).faces if told.envelope.face_fields else ()
    yield from _words("faces", " ".join(faces) or None, " ".join(said.faces) or None)
    for slot in dict.fromkeys([*files, *said.media]):
        file, uri = files.get(slot), said.media.get(slot)
        then = file and f"{prefix}/{Path(file.path).name}"
        if uri == then or (file and uri and _holds(uri, file)):
            continue
        if then and uri and then.startswith(f"{MEDIA}/") and uri.startswith("https://"):
            yield Edit(kind="published", says=f"{slot} at {uri}")
        else:
            yield from _words(slot, then, uri)


def _holds(uri: str, file: Sealed) -> bool:
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
