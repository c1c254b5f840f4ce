"""A bundle as it is sent: each of its files is the one that was packed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from refprep.providers.exchange import require_shallow, walk
from refprep.providers.wire import JSON_BYTES, VIDEO_BYTES, SubmitError

BODY_BYTES, MAX_FILES = 128 << 20, 1000
"What a bundle may hold."


class LoadedBundle(NamedTuple):
    """A bundle whose files are those that were packed."""

    folder: Path
    text: str
    "Of request.json."
    body: Any
    "The same, parsed."
    manifest: Any
    "Never asked where to send anything."
    media: dict[str, str]
    "The SHA-256 of each file that the body names by its path."

    @property
    def identity(self) -> str:
        """The SHA-256 of what is asked for: the same for the same media, wherever they are."""
        known = {}
        for file in self.manifest["files"]:
            path, sha256 = file["path"], file["sha256"]
            known[path] = known[Path(path).name] = known[upload_name(path, sha256)] = sha256
        names = {
            item: known[name]
            for _, item in walk(self.body)
            if isinstance(item, str) and re.match(r"(?i)https?://|media/", item)
            for name in [item.partition("?")[0].rpartition("/")[2]]
            if name in known
        }
        content = json.dumps(replace(self.body, names), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def load(folder: Path) -> LoadedBundle:
    """Read a bundle. SubmitError of code 1: it is none, or a file is not what was packed."""
    try:
        with open_inside(folder, "request.json", BODY_BYTES) as file:
            text = file.read().decode("utf-8")
        body = json.loads(text, strict=False)
        with open_inside(folder, "manifest.json", JSON_BYTES) as file:
            manifest = json.loads(file.read())
        require_shallow(body)
        require_shallow(manifest)
        packed = {file["path"]: file["sha256"] for file in manifest["files"]}
        if len(packed) > MAX_FILES:
            raise ValueError(f"it names more than {MAX_FILES} files")
        found = {path: digest(folder, path) for path in packed}
    except OSError as error:
        raise SubmitError(f"{error.filename}: {error.strerror}", 1) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SubmitError(f"{folder}: is no bundle of refprep: {error}", 1) from None
    texts = (item for _, item in walk(body) if isinstance(item, str))
    named = [text for text in texts if re.fullmatch(r"media/\S+", text)]
    for path in chain(packed, named):
        if path not in packed or found[path] != packed[path]:
            raise SubmitError(f"{folder / path}: is not what was packed", 1)
    return LoadedBundle(folder, text, body, manifest, {path: packed[path] for path in named})


def open_inside(folder: Path, name: str, limit: int) -> BinaryIO:
    """Open a regular file of the bundle that no link leads to, of at most `limit` bytes."""
    if not isinstance(name, str) or re.search(r"(^|[/\\])\.{0,2}([/\\]|$)|[:\0]", name):
        raise ValueError(f"it names a file outside itself, {str(name)[:80]!r}")
    path, flags = folder, os.O_RDONLY
    for part in re.split(r"[/\\]", name):
        path = path / part
        if path.is_symlink():
            raise ValueError(f"{path} is a symbolic link")
    for option in ("O_BINARY", "O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_NOCTTY"):
        flags |= getattr(os, option, 0)  # a pipe is not waited for
    file = open(os.open(path, flags), "rb")  # noqa: PTH123, SIM115 (the caller closes it)
    facts = os.fstat(file.fileno())
    if stat.S_ISREG(facts.st_mode) and facts.st_size <= limit:
        return file
    file.close()
    why = f"larger than {limit:,} bytes" if stat.S_ISREG(facts.st_mode) else "no regular file"
    raise ValueError(f"{path} is {why}")


def digest(folder: Path, name: str) -> str:
    """The SHA-256 of a file of the bundle."""
    content = hashlib.sha256()
    with open_inside(folder, name, VIDEO_BYTES) as file:
        for block in iter(partial(file.read, 1 << 20), b""):
            content.update(block)
    return content.hexdigest()


def upload_name(path: str, sha256: str) -> str:
    """The name of an uploaded file: the same content has the same name."""
    return sha256[:16] + Path(path).suffix


def urls_in(body: Any) -> Iterator[str]:
    """The addresses on the web that a body names."""
    for _, item in walk(body):
        if isinstance(item, str) and re.fullmatch(r"(?i)https?://\S+", item):
            yield item


def replace(value: Any, names: Mapping[str, str]) -> Any:
    """The same JSON, with other strings for those that are exactly one of the names."""
    if isinstance(value, dict):
        return {key: replace(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [replace(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value
