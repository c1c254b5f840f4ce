#!/usr/bin/env python3
"""Send this bundle, follow the generation, and fetch what it gives.

Python 3.8 is all it takes. The key is read from the environment and written nowhere. Media that lie
only in this folder are first put into a repository of yours, under names made of their content.
All that comes of it is written beside this folder, into one whose name ends in -result. There a
generation is kept as soon as it is known, and --resume follows it without paying again. Exit codes:
0 fetched; 1 refused, or the bundle was changed; 2 it could not be done.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from refprep.providers.wire import Stopped, Wire, bare, secure, values, words
else:  # in a bundle, where the two lie side by side, and which stays as it was packed
    sys.dont_write_bytecode = True
    from wire import Stopped, Wire, bare, secure, values, words

MODES = {"sync": "sync", "async": "queue", "sse": "events"}  # and the URL that each needs
UNFETCHED = "a generation is not fetched yet: --resume follows it; delete this to pay for another"


def submit(
    folder: Path,
    mode: str = "async",
    *,
    resume: bool = False,
    output: Path | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Send a bundle and fetch what it gives; returns what result.json holds. Stopped."""
    text, envelope, files = load(folder)
    api, place = envelope["api"], output or beside(folder)
    kept = place / "generation.json"
    if MODES[mode] not in api:
        raise Stopped(f"{envelope['provider']} documents no way of {mode}; nothing was sent")
    if kept.exists() is not resume:
        raise Stopped(f"{kept}: {'there is nothing to follow' if resume else UNFETCHED}")
    wire = Wire(api, os.environ, tell)
    if resume:
        answers = wire.follow(kept.read_text("utf-8"))
    else:
        text = publish(wire, folder, files, text, os.environ.get(api.get("repo", ""), ""))
        answers = send(wire, mode, text, kept)
    return fetch(wire, answers, place)


def load(folder: Path) -> tuple[str, Any, dict[str, str]]:
    """The request's text, the envelope, and the sums of the files that it still names."""
    try:
        text = (folder / "request.json").read_text("utf-8")
        manifest, _ = json.loads((folder / "manifest.json").read_bytes()), json.loads(text)
        files = {one["path"]: one["sha256"] for one in manifest["files"]}
        api = manifest["envelope"].get("api") or {}
        envelope = {**manifest["envelope"], "api": {k: v for k, v in api.items() if v is not None}}
        sums = {path: hashlib.sha256((folder / path).read_bytes()).hexdigest() for path in files}
    except OSError as error:
        raise Stopped(f"{error.filename}: {error.strerror}; nothing was sent", 1) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Stopped(f"{folder}: is no bundle of refprep: {error}; nothing was sent", 1) from None
    wanted = dict.fromkeys(re.findall(r'"(media/[^"\\]+)"', text))
    for path in chain(files, wanted):
        if path not in files or files[path] != sums[path]:
            raise Stopped(f"{folder / path}: is not what was packed; nothing was sent", 1)
    return text, envelope, {path: files[path] for path in wanted}


def beside(folder: Path) -> Path:
    """Where results go unless it is said: the bundle itself stays as it was packed."""
    return Path(f"{folder.resolve()}-result")


def named(path: str, digest: str) -> str:
    """The name under which a file is published: the same content, the same name."""
    return digest[:16] + Path(path).suffix


def publish(wire: Wire, folder: Path, files: Mapping[str, str], text: str, repo: str) -> str:
    """The request with URLs for its files, each content put up once; all can be read."""
    for path, url in upload(wire, folder, files, repo):
        text = text.replace(f'"{path}"', json.dumps(url))
    for url in re.findall(r'"(https?://[^"\\]+)"', text):
        status = wire.reach(secure(url))
        if status != 200:
            why = "it has expired or is not public; nothing was enqueued"
            raise Stopped(f"{bare(url)}: answers {status or 'nothing'}: {why}")
    return text


def upload(
    wire: Wire, folder: Path, files: Mapping[str, str], repo: str
) -> Iterator[tuple[str, str]]:
    """Put files where they are addressed to, unless they are there; their paths and addresses."""
    for path, url in addressed(wire, files, repo):
        if wire.reach(url) != 200:
            wire.upload(folder / path, url)
        yield path, url


def addressed(wire: Wire, files: Mapping[str, str], repo: str) -> Iterator[tuple[str, str]]:
    """The address of each file in a repository, namespace/name[/branch]. Stopped for none."""
    owner, name, branch = [*repo.split("/", 2), "", ""][:3]
    if files and not ("upload" in wire.api and owner and name):
        raise Stopped(f"{', '.join(files)}: not published; {wire.api['publish']}; nothing was sent")
    for path, digest in files.items():
        where = {"repo": f"{owner}/{name}", "branch": branch or "main", "path": named(path, digest)}
        yield path, wire.at("upload", **where)


def send(wire: Wire, mode: str, text: str, kept: Path) -> Iterator[str]:
    """POST the request in one of three ways; the last word on each generation."""
    if mode == "sync":
        wire.tell("sent; the answer takes 5 to 15 minutes")
        yield wire.text("POST", wire.at("sync"), text.encode(), timeout=wire.api["wait_seconds"])
        return
    stream = wire.events() if mode == "sse" else ()
    queued = wire.text("POST", wire.at("queue"), text.encode())
    if ids := values(queued, wire.api["id"]):
        keep(kept, queued)
        wire.tell(f"queued: {', '.join(ids)}; kept in {kept}")
    yield from wire.follow(queued, stream)


def fetch(wire: Wire, answers: Iterable[str], place: Path) -> dict[str, Any]:
    """Write every video and result.json. Stopped where a generation has failed."""
    files: list[str] = []
    failed, told = [], []
    for answer in answers:
        state = next(iter(values(answer, "status")), "")
        if state in wire.api["failed"]:
            failed.append(words(answer) or state)
        files += [] if state in wire.api["failed"] else videos(wire, answer, place)
        told.append(re.sub(r'("b64_json"\s*:\s*")[^"]*', r"\1...", answer))
    result = {"files": files, "failed": failed, "answers": [json.loads(one) for one in told]}
    keep(place / "result.json", json.dumps(result, indent=2))
    (place / "generation.json").unlink(missing_ok=True)
    if failed:
        raise Stopped(f"the generation failed: {'; '.join(failed)}", 1, "; ".join(failed))
    return result


def videos(wire: Wire, answer: str, place: Path) -> Iterator[str]:
    """Write the videos of one answer, named by their content; the names. Stopped for none."""
    links = dict.fromkeys(values(answer, wire.api["urls"]))
    coded = [base64.b64decode(one) for one in values(answer, "b64_json")]
    if not links and not coded:
        raise Stopped(f"the answer names no video: {' '.join(answer.split())[:200]}")
    for content in chain(coded, (wire.call("GET", url) for url in links)):
        name = f"video-{hashlib.sha256(content).hexdigest()[:12]}.mp4"
        keep(place / name, content)
        wire.tell(f"fetched {place / name}")
        yield name


def keep(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content.encode() if isinstance(content, str) else content)
    part.replace(path)


def onward(place: Path) -> str:
    """What to say where work ends before its generation does."""
    kept = (place / "generation.json").exists()
    return "; the generation goes on: --resume follows it" if kept else ""


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--mode", choices=MODES, default="async")
    parser.add_argument("--resume", action="store_true", help="follow what was sent before")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="where to write instead")
    asked = parser.parse_args(arguments)
    folder = Path(__file__).parent
    place = asked.output or beside(folder)
    tell = partial(print, file=sys.stderr, flush=True)
    try:
        result = submit(folder, asked.mode, resume=asked.resume, output=place, tell=tell)
        print(*(place / name for name in result["files"]), sep="\n")
        return 0
    except Stopped as stopped:
        hint = "" if "--resume" in str(stopped) else onward(place)
        tell(f"submit.py: {stopped}{hint}")
        return stopped.code
    except KeyboardInterrupt:
        tell(f"submit.py: interrupted{onward(place)}")
        return 130


if __name__ == "__main__":
    sys.exit(main())
