"""The commands: one verb each, and its result as text. Rooms are imported when they are needed."""

import os
import sys
from argparse import Namespace
from contextlib import suppress
from json import dumps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from refprep import signals
from refprep.options import options_of, settings
from refprep.words import page

if TYPE_CHECKING:
    from refprep.models.finding import Result
    from refprep.models.request import LooseFiles, Request

PARAMETERS = (
    "resolution", "duration", "aspect_ratio", "generate_audio", "seed", "watermark",
    "num_generations",
)  # fmt: skip
"The parameters that have an option of their own; --param sets any other."


NOT_DONE = 2
"The exit code where refprep cannot do its work, for one file of several, too."
OF_BUNDLES = ("verify", "submit", "snippet")
"The verbs that take an envelope from the command line only, never from the settings."


def probe(options: Namespace) -> int:
    """The facts of files; 1 where one is broken, 2 where the system fails to read it."""
    from refprep import api
    from refprep.reports import json, text

    references = api.probe_files(options.inputs, **effective_options("probe", options))
    if options.format == "json":
        print(json.render(references))
    else:
        print(text.probed(references, color=_color()))
    rules = {getattr(reference.media, "rule", None) for reference in references}
    if "file-read-error" in rules:
        return NOT_DONE
    return int(any(reference.media.kind is None for reference in references))


def check(options: Namespace) -> int:
    from refprep import api
    from refprep.cli.progress import bars

    request = _request(options)
    with bars() as progress:
        report = api.check(
            request, **effective_options("check", options, request), progress=progress
        )
    return _report(options, report)


def plan(options: Namespace) -> int:
    from refprep import api

    request = _request(options)
    return _report(options, api.plan(request, **effective_options("plan", options, request)))


def fix(options: Namespace) -> int:
    from refprep import api
    from refprep.cli.progress import bars

    request = _request(options)
    keywords = effective_options("fix", options, request)
    with bars() as progress:
        fixed = api.fix(request, options.output, **keywords, progress=progress)
    return _report(options, fixed)


def pack(options: Namespace) -> int:
    from refprep import api
    from refprep.cli.progress import bars
    from refprep.packer import bundle

    target = bundle.target_of(Path(options.output), zipped=bool(options.zipped))
    bundle.refuse_overwrite(map(Path, options.inputs), target)  # a request file, too
    request = _request(options)
    keywords = effective_options("pack", options, request)
    _refuse_publishing_by_settings(options, keywords)
    with bars() as progress:
        packed = api.pack(request, options.output, **keywords, progress=progress)
    return _report(options, packed)


def _refuse_publishing_by_settings(options: Namespace, keywords: dict[str, Any]) -> None:
    """UsageError where only the settings name the file that would decide where a key goes."""
    from refprep.errors import UsageError

    envelope = keywords.get("envelope")
    if options.publish and options.envelope is None and str(envelope).endswith(".toml"):
        raise UsageError(
            f"--publish sends a key to the API of {envelope}, which the settings name: "
            f"name it on the command line, too: --envelope {envelope}"
        )


def verify(options: Namespace) -> int:
    from refprep import api
    from refprep.cli.progress import bars

    with bars() as progress:
        keywords = effective_options("verify", options)
        verified = api.verify(options.bundle, **keywords, progress=progress)
    return _report(options, verified)


def estimate(options: Namespace) -> int:
    """The price by one envelope; with --compare by several, side by side."""
    from refprep import api
    from refprep.errors import UsageError
    from refprep.packer.loader import opened
    from refprep.reports import cost, json

    if options.compare and options.envelope:
        raise UsageError("--compare names the envelopes; leave out --envelope")
    with opened(options.inputs) as options.inputs:
        request = _request(options)
        if options.compare:
            names = () if "all" in options.compare else options.compare
            keywords = effective_options("compare", options, request)
            compared = api.compare(request, names, **keywords)
            print(json.render(compared) if options.format == "json" else cost.table(compared))
        else:
            keywords = effective_options("estimate", options, request)
            estimated = api.estimate(request, **keywords)
            print(json.render(estimated) if options.format == "json" else cost.render(estimated))
    return 0


def submit(options: Namespace) -> int:
    """Send a request; 1 where it is refused or fails, 130 where it goes on without us."""
    from refprep import api
    from refprep.cli.progress import line
    from refprep.providers import client
    from refprep.reports import delivery, json

    inputs: Any = options.inputs[0] if api.is_bundle(options.inputs) else _request(options)
    place, output = api.submit_place(options.inputs, options.output)
    request = None if isinstance(inputs, str) else inputs
    keywords = effective_options("submit", options, request)
    if options.dry_run:
        return _dry_run(options, inputs, place, keywords)
    plain = options.format == "text"
    try:
        with line() as tell:
            if options.status or options.cancel:
                work = client.cancel if options.cancel else client.states
                found = work(place, output, options.envelope, tell)
                print(delivery.states(found) if plain else dumps(found))
                return 0
        if not (options.resume or options.yes):
            _consent(inputs, keywords, bundle=request is None)
        with line() as tell:
            result = api.submit(inputs, **{**keywords, "output": output}, tell=tell)
    except KeyboardInterrupt as end:
        stands = client.standing(place, output, options.envelope)
        with suppress(OSError):  # the terminal may be gone
            print(page([f"refprep: {signals.name(end)}; {stands}"]), file=sys.stderr)
        return signals.exit_code(end)
    if result.unsent:
        return _report(options, result.unsent)
    print(delivery.submitted(result) if plain else json.render(result))
    return int(result.verdict == "fail")


def _consent(inputs: Any, keywords: dict[str, Any], *, bundle: bool) -> None:
    """Show the price, and ask. UsageError where the answer is no, or nobody can be asked.

    A bundle was looked at when it was packed: where there is no terminal it is sent.
    """
    from refprep import api
    from refprep.errors import RefprepError, UsageError
    from refprep.reports import cost

    terminal = sys.stdin.isatty() and sys.stderr.isatty()
    if bundle and not terminal:
        return
    taken = {option.name for option in options_of("estimate")}
    try:
        known = {name: value for name, value in keywords.items() if name in taken}
        price = cost.render(api.estimate(inputs, **known))
    except RefprepError as error:
        price = page([f"the price is not known: {error}"])
    print(price, file=sys.stderr)
    if not terminal:
        raise UsageError("nothing was sent: --yes sends it where nobody can be asked")
    print("Send it? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("nothing was sent")


def _dry_run(options: Namespace, inputs: Any, place: Path, keywords: dict[str, Any]) -> int:
    """What would be sent; what is no bundle is packed into a temporary folder."""
    from refprep import api
    from refprep.providers.dry_run import dry_run
    from refprep.reports import delivery, json

    with TemporaryDirectory(prefix="refprep-") as folder:
        if not isinstance(inputs, str):
            taken = {option.name for option in options_of("pack")} - {"publish"}
            own: Any = {name: value for name, value in keywords.items() if name in taken}
            packed = api.pack(inputs, Path(folder, "bundle"), **own)
            if packed.path is None:
                return _report(options, packed)
            place = packed.path
        mode, publish = keywords.get("mode", "async"), keywords.get("publish")
        result = dry_run(place, mode, publish, options.envelope)
    print(json.render(result) if options.format == "json" else delivery.dry_run(result))
    return 0


def snippet(options: Namespace) -> int:
    from refprep import api

    keywords = effective_options("snippet", options)
    text = api.snippet(options.bundle, options.lang, **keywords)
    _require_letters(text)
    print(text, end="")
    return 0


def _require_letters(text: str) -> None:
    """UsageError where stdout has not all letters of a text that is to be pasted."""
    from refprep.errors import UsageError

    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError as error:
        letter = ascii(text[error.start])
        raise UsageError(f"{encoding} has no {letter}; set PYTHONIOENCODING=utf-8") from None


def rules(options: Namespace) -> int:
    from refprep import envelopes as known
    from refprep.reports import json, rule_pages

    limits = known.load(options.envelope)
    rows = rule_pages.rows(limits)
    print(json.render(rows) if options.format == "json" else rule_pages.table(limits, rows))
    return 0


def explain(options: Namespace) -> int:
    from refprep import envelopes as known
    from refprep.reports import rule_pages

    print(rule_pages.explain(options.rule, known.load(options.envelope)))
    return 0


def envelopes(options: Namespace) -> int:
    """All envelopes, or one, or the difference of two."""
    from refprep import envelopes as known
    from refprep.reports import envelope_pages, json

    chosen = [known.load(name) for name in options.names or known.names()]
    if options.format == "json":
        print(json.render(chosen))
    else:
        pages = (envelope_pages.names, envelope_pages.show, envelope_pages.differences)
        render = pages[len(options.names)]
        print(render(*chosen))
    return 0


def warm_up(options: Namespace) -> None:
    """Start the workers now: they import the codecs while this process imports the rest."""
    inputs = getattr(options, "inputs", None)
    if not inputs or getattr(options, "isolate", False) is not None:
        return
    from refprep import decoders, isolation
    from refprep.documents import REQUEST_SUFFIXES
    from refprep.errors import RefprepError

    modules: set[str] = set()
    for name in inputs:
        file = Path(str(name).partition("#t=")[0])
        if file.suffix.lower() not in REQUEST_SUFFIXES:
            with suppress(RefprepError):  # no media file: its verb says so
                modules |= {*decoders.modules_of(file)}
    isolation.start(min(options.jobs or defaults()["jobs"], len(inputs)), sorted(modules))


def _request(options: Namespace) -> "Request | LooseFiles":
    """A request file, or loose files; options go over the file's fields."""
    from refprep.envelopes import load
    from refprep.errors import RequestError
    from refprep.models.request import LooseFiles
    from refprep.packer.request_file import is_request_file, load_request

    given = {"prompt": options.prompt, "faces": options.faces}
    fields = {name: value for name, value in given.items() if value is not None}
    own = {name: getattr(options, name) for name in PARAMETERS}
    parameters = {name: value for name, value in own.items() if value is not None}
    parameters |= dict(options.parameters or ())
    if not any(map(is_request_file, options.inputs)):
        return LooseFiles.model_validate(
            {"files": options.inputs, "parameters": parameters, **fields}
        )
    if len(options.inputs) > 1:
        raise RequestError("a request file stands alone; name its media inside it")
    candidates = [name for name in getattr(options, "compare", None) or () if name != "all"]
    name = options.envelope or next(iter(candidates), None)
    chosen, outside = load(name) if name else None, bool(options.allow_outside)
    request = load_request(options.inputs[0], chosen=chosen, allow_outside=outside)
    return request.model_copy(update={**fields, "parameters": {**request.parameters, **parameters}})


def defaults() -> dict[str, Any]:
    """Where the command line's default is not the library's."""
    return {"jobs": os.cpu_count() or 1, "isolate": True}


def effective_options(
    verb: str, options: Namespace, request: "Request | LooseFiles | None" = None
) -> dict[str, Any]:
    """The project's settings and the environment, and over them what the command line names.

    A bundle's own request keeps its envelope, and a bundle that is verified its rules, whatever the
    settings name. Where a key goes, no settings file decides: it may lie in a stranger's folder.
    """
    from refprep.packer.request_file import BundleRequest

    taken = {option.name for option in options_of(verb)}
    own = {"envelope"} if isinstance(request, BundleRequest) or verb in OF_BUNDLES else set()
    found = {**defaults(), **settings(Path.cwd())}
    values = {name: getattr(options, name, None) for name in taken}
    return {
        **{name: value for name, value in found.items() if name in taken - own},
        **{name: value for name, value in values.items() if value is not None},
    }


def _report(options: Namespace, result: "Result") -> int:
    from refprep.reports import render, text

    plain = options.format == "text"
    print(text.render(result, color=_color()) if plain else render(result, options.format))
    if any(finding.rule == "file-read-error" for finding in result.findings):
        return NOT_DONE
    return int(result.verdict == "fail")


def _color() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
