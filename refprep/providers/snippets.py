"""Snippets: the text that one pastes into a terminal or a notebook to submit a bundle by hand."""

import json
import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from pprint import pformat
from string import Template
from typing import Any, Literal

from refprep.errors import UsageError
from refprep.options import Mode
from refprep.providers.client import folder, translated
from refprep.providers.submit import MODES, load, named
from refprep.providers.wire import EDGE, Stopped, Wire

Lang = Literal["curl", "python"]
Values = dict[str, str]


class Text(Template):
    """A part of a snippet; its names stand in %{...}."""

    delimiter = "%"


def snippet(bundle: str | Path, lang: Lang = "curl", mode: Mode = "async") -> str:
    """The text, with the body and, where they are not published, the files to put up first.

    BundleError, ProviderError; UsageError where this provider documents no such way.
    """
    where = folder(bundle)
    try:
        text, envelope, files = load(where)
        api = envelope["api"]
        if MODES[mode] not in api:
            raise UsageError(f"{envelope['provider']} documents no way of {mode}")
        if files and "upload" not in api:
            raise UsageError(f"{', '.join(files)}: not published; {api['publish']}")
        wire = Wire(api, {**os.environ, api["key"]: "-"})
    except Stopped as stopped:
        raise translated(stopped, where) from None
    parts = tomllib.loads(_shipped())[lang]
    known = {**_known(wire, mode, bool(files)), **WRITERS[lang](wire, text, files)}
    uploads = "".join(_filled(parts["upload"], one) for one in _files(where, lang, files))
    first = ["begin", "repository"] if files else ["begin"]
    last = [mode, "result", "end"] if "result" in api and mode == "async" else [mode, "end"]
    before, after = ("".join(_filled(parts[one], known) for one in some) for some in (first, last))
    return before + uploads + after


def _shipped() -> str:
    return (resources.files("refprep.providers") / "snippets.toml").read_text(encoding="utf-8")


def _filled(part: str, values: Values) -> str:
    return Text(part).substitute(values)


def _known(wire: Wire, mode: Mode, uploads: bool) -> Values:
    """What both languages say in the same words."""
    api = wire.api
    needed = [api["key"], *([f"{api['repo']}=namespace/repository"] if uploads else [])]
    texts = {name: str(api.get(name, "")) for name in ("key", "scheme", "id", "event", "repo")}
    return {
        **texts,
        "needs": " and ".join(needed),
        "edge": EDGE,
        "poll": str(api["poll_seconds"]),
        "url": wire.at("sync" if mode == "sync" else "queue"),
        "events": wire.at("events") if "events" in api else "",
    }


def _places(wire: Wire, found: str) -> Iterator[tuple[str, str]]:
    """The URLs of a generation; the {names} in them are `found` in the answer to enqueueing."""
    for name in ("status", "result"):
        yield name, re.sub(r"{(\w+)}", found, wire.at(name)) if name in wire.api else ""


def _media(wire: Wire, repo: str, branch: str) -> str:
    where = wire.at("upload") if "upload" in wire.api else ""
    return where.replace("{repo}", repo).replace("{branch}", branch).removesuffix("/{path}")


def _curl(wire: Wire, text: str, files: dict[str, str]) -> Values:
    """A here document's body: what the shell would read as its own is told apart by backslashes."""
    body = re.sub(r"([\\$`])", r"\\\1", text.strip().replace("!", r"\u0021"))
    for path, digest in files.items():
        body = body.replace(f'"{path}"', f'"$media/{named(path, digest)}"')
    name = wire.api.get("repo", "")
    repo, branch = (f"$(echo ${name}/main | cut -d/ -f{field})" for field in ("1,2", "3"))
    return {
        "body": body,
        "urls": wire.api["urls"],
        "over": "|".join([*wire.api["done"], *wire.api["failed"]]),
        "media": _media(wire, repo, branch),
        **dict(_places(wire, r"$(found \1)")),
    }


def _python(wire: Wire, text: str, files: dict[str, str]) -> Values:
    body = pformat(json.loads(text), width=96, sort_dicts=False)
    for path, digest in files.items():
        body = body.replace(repr(path), f'f"{{media}}/{named(path, digest)}"')
    return {
        "body": body,
        "urls": repr(wire.api["urls"].split("|")),
        "over": repr([*wire.api["done"], *wire.api["failed"]]),
        "media": _media(wire, "{owner}/{name}", "{branch}"),
        **dict(_places(wire, r"{queued['\1']}")),
    }


def _files(where: Path, lang: Lang, files: dict[str, str]) -> Iterator[Values]:
    for path, digest in files.items():
        local = str((where / path).resolve())
        form = shlex.quote(f'file=@"{local}"')
        yield {"name": named(path, digest), "file": repr(local) if lang == "python" else form}


WRITERS: dict[Lang, Any] = {"curl": _curl, "python": _python}
