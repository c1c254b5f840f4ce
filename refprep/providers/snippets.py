"""Snippets: the plain curl or Python that submits a bundle by hand, to read and to paste."""

import json
import os
import re
import shlex
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any, Literal

from refprep.errors import EnvelopeError, UsageError
from refprep.models.envelope import Envelope
from refprep.options import Mode
from refprep.providers.client import as_refprep_error, envelope_of
from refprep.providers.contents import LoadedBundle, load, replace
from refprep.providers.storage import upload_urls
from refprep.providers.submit import MODES
from refprep.providers.wire import Client, SubmitError

Lang = Literal["curl", "python"]
IMPORTS = {"sync": {"os"}, "async": {"os", "time"}, "sse": {"json", "os"}}
YOUR_HOST, YOUR_REPOSITORY = "https://YOUR-HOST", "YOUR-NAME/YOUR-REPOSITORY"
PLAIN = re.compile(r"[\w/:.{}|?=%-]*")
"What stands outside quotes in a snippet: nothing in an envelope is read as code."
UNUSED = {"provider", "publish", "cancel", "list", "look", "links", "upload_start"}
"Facts about the API that no snippet holds."
LONGEST = 100_000
"Characters of a body that is written into the snippet: Linux takes 131,072 bytes an argument."
ESCAPES = {"\\\\": "\\u005c", "'": "\\u0027", "!": "\\u0021"}
"""JSON's own escapes for what shells read between single quotes.

A ' ends the quotes, older versions of bash put their history in place of !, fish halves \\\\.
"""


COMMAND = re.compile(r"(##\w{0,20})\[")
"A log obeys ##[error] wherever it stands; here it can only stand in a quoted word."
APART = {"curl": r"\1''[", "python": r"\1\\x5b"}
"The same word, written otherwise."


class Part(Template):
    """A part of a snippet; its names are written %{name}."""

    delimiter = "%"


def snippet(
    bundle: str | Path,
    lang: Lang = "curl",
    mode: Mode = "async",
    envelope: str | Path | Envelope | None = None,
) -> str:
    """The text that submits a bundle by hand.

    Media that are only in the bundle are uploaded first, to the repository that the environment
    names. Where the provider documents no upload, their URLs are placeholders: https://YOUR-HOST/.

    Args:
        bundle: The bundle's folder.
        lang: `curl` for a terminal, `python` for a notebook.
        mode: How to wait for the video.
        envelope: As for `submit`.

    Returns:
        The text. The key is not in it: it is read from the environment.

    Raises:
        BundleError: The bundle's files are not those that were packed.
        UsageError: The provider documents no such mode, or the bundle is no folder.
    """
    try:
        loaded = load(_folder(bundle))
        api = envelope_of(loaded, envelope).submission
        if MODES[mode] not in api:
            raise UsageError(f"{api['provider']} documents no {mode} mode")
        _require_plain(api)
        client = Client(api, {**os.environ, api["key"]: "not needed"})
        urls, note = _urls(client, loaded.media)
    except SubmitError as error:
        raise as_refprep_error(error) from None
    files = {str((loaded.folder / path).resolve()): url for path, url in urls.items()}
    body = _body(loaded, lang, urls)
    modules = IMPORTS[mode] | ({"json"} if body.startswith("json.") else set())
    values = {
        **_values(client, loaded, lang, mode),
        "body": body,
        "uploads": _literal(files, ""),
        "imports": "\n".join(f"import {name}" for name in sorted(modules)),
    }
    texts = tomllib.loads(
        (resources.files("refprep.providers") / "snippets.toml").read_text(encoding="utf-8")
    )

    def part(name: str, section: str = lang, **more: str) -> str:
        return Part(texts[section][name]).substitute(values, **more)

    notes = [part(name, "notes") for name in (lang, note) if name]
    listen = [part("listen")] if mode == "sse" else []
    result = [part("result")] if mode == "async" and "result" in api else []
    can_upload = bool(files) and "upload" in api
    if lang == "python":
        first = [part("begin"), *([part("upload")] if can_upload else []), *listen]
    else:  # an upload that fails ends the chain of commands, whose last one is the POST
        first = [*listen, *(part("upload", **_form(*each)) for each in files.items() if can_upload)]
    text = "".join([*notes, *first, part("post"), part(mode), *result, part("end")])
    return COMMAND.sub(APART[lang], text)


def _folder(bundle: str | Path) -> Path:
    """The bundle's folder: the snippet names files in it. UsageError where there is none."""
    path = Path(bundle)
    if path.is_file():
        raise UsageError(f"{path}: is a file; unpack it, and name the folder")
    if not path.is_dir():
        raise UsageError(f"{path}: no such bundle")
    return path


def _require_plain(api: Mapping[str, Any]) -> None:
    """EnvelopeError where the facts about the API are more than words and URLs."""
    for name, value in api.items():
        for text in value if isinstance(value, list) else [value]:
            used = name not in UNUSED
            if used and isinstance(text, str) and not PLAIN.fullmatch(text):
                raise EnvelopeError(f"the envelope of {api['provider']} has {text!r} as api.{name}")


def _urls(client: Client, media: dict[str, str]) -> tuple[dict[str, str], str]:
    """The URL of each path; the note about what is to be written in place of capitals, if any."""
    if not media:
        return {}, ""
    if "upload" not in client.api:
        return {path: f"{YOUR_HOST}/{Path(path).name}" for path in media}, "placeholder"
    try:
        return upload_urls(client, media, os.environ.get(client.api["repo"], "")), ""
    except SubmitError:
        return upload_urls(client, media, YOUR_REPOSITORY), "repository"


def _values(client: Client, bundle: LoadedBundle, lang: Lang, mode: Mode) -> dict[str, str]:
    """What the parts name, as the language writes it."""
    api = client.api
    quote = shlex.quote if lang == "curl" else json.dumps
    values = {name: str(api.get(name, "")) for name in ("key", "scheme", "repo", "id", "event")}
    for name in ("status", "result"):
        url = client.template(name) if name in api else ""
        values[f"{name}_names"] = " and ".join(re.findall(r"{(\w+)}", url))
        values[name] = _filled(url, lang)
    return {
        **values,
        "url": quote(client.url("sync" if mode == "sync" else "queue")),
        "events": quote(client.url("events")) if "events" in api else "",
        "media": shlex.quote(str((bundle.folder / "media").resolve())),
        "urls": api["urls"].replace("|", " or "),
        "ended": " or ".join([*api["done"], *api["failed"]]),
        "over": json.dumps([*api["done"], *api["failed"]]),
        "poll": f"{float(api['poll_seconds']):g}",
    }


def _filled(url: str, lang: Lang) -> str:
    """A URL with what the answer of the queue fills in: as GENERATION_ID, or as an f-string."""
    if lang == "curl":
        return re.sub(r"{(\w+)}", lambda name: name[1].upper(), url)
    if name := re.fullmatch(r"{(\w+)}", url):
        return f'queued["{name[1]}"]'
    return 'f"' + re.sub(r"{(\w+)}", r"{queued['\1']}", url) + '"'


def _form(file: str, url: str) -> dict[str, str]:
    """An upload as curl writes it, which reads a file's name in double quotes of its own."""
    escaped = file.replace("\\", "\\\\").replace('"', '\\"')
    return {"file": shlex.quote(f'file=@"{escaped}"'), "target": shlex.quote(url)}


def _body(bundle: LoadedBundle, lang: Lang, urls: dict[str, str]) -> str:
    """The body as a literal of the language; a very long one is read from request.json."""
    if len(bundle.text) > LONGEST and not urls:
        file = str((bundle.folder / "request.json").resolve())
        return shlex.quote(f"@{file}") if lang == "curl" else f"json.load(open({file!r}, 'rb'))"
    body = replace(bundle.body, urls)
    if lang == "python":
        return _literal(body, "    ")
    text = json.dumps(body, indent=2, ensure_ascii=False)
    for plain, escape in ESCAPES.items():
        text = text.replace(plain, escape)
    shown = (char if char.isprintable() or char == "\n" else json.dumps(char) for char in text)
    return "'" + "".join(char if len(char) == 1 else char[1:-1] for char in shown) + "'"


def _literal(value: Any, margin: str) -> str:
    """JSON as Python writes it, a line for each value."""
    inner = f"{margin}    "
    if isinstance(value, dict) and value:
        items = (f"{_literal(key, '')}: {_literal(item, inner)}" for key, item in value.items())
        return "{\n" + "".join(f"{inner}{item},\n" for item in items) + f"{margin}}}"
    if isinstance(value, list) and value:
        items = (_literal(item, inner) for item in value)
        return "[\n" + "".join(f"{inner}{item},\n" for item in items) + f"{margin}]"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
    return text if text.isprintable() else repr(value)
