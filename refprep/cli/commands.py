"""The commands: one verb each, and its result told. Rooms are entered when they are needed."""

import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from refprep.errors import RequestError

if TYPE_CHECKING:
    from refprep.finding import Result
    from refprep.request import Loose, Request

REQUEST_FILES = (".toml", ".yaml", ".yml", ".json")
WISHES = (
    "prompt", "resolution", "duration", "aspect_ratio", "generate_audio", "seed", "watermark",
    "faces",
)  # fmt: skip
TERMS = (
    "envelope", "strict", "quick", "allow", "keep", "share", "exact", "select", "ignore", "cache",
    "each", "jobs", "force", "inline", "media_url", "publish", "zipped",
)  # fmt: skip
"What a verb is told by a command that has such an option."
VERIFIED = ("strict", "quick", "select", "ignore", "cache")
"What of it concerns a bundle, whatever the project's settings name."
DELIVERY = ("mode", "publish", "media_url", "resume", "output")


def probe(options: Namespace) -> int:
    """The facts of files; 1 where one cannot be read."""
    from refprep.gather import gather
    from refprep.telling import json, text

    entries = gather(options.inputs, quick=options.quick)
    print(json.tell(entries) if options.format == "json" else text.probed(entries, **_colour()))
    return int(any(entry.media.kind is None for entry in entries))


def check(options: Namespace) -> int:
    from refprep import verbs
    from refprep.progress import bars

    with bars() as progress:
        asked = _asked(options)
        report = verbs.check(asked, **_terms_of(options, asked), progress=progress)
    return _told(options, report)


def plan(options: Namespace) -> int:
    from refprep import verbs

    asked = _asked(options)
    return _told(options, verbs.plan(asked, **_terms_of(options, asked)))


def fix(options: Namespace) -> int:
    from refprep import verbs
    from refprep.progress import bars

    with bars() as progress:
        asked = _asked(options)
        how = _terms_of(options, asked)
        fixed = verbs.fix(asked, options.output, **how, progress=progress)
    return _told(options, fixed)


def pack(options: Namespace) -> int:
    from refprep import verbs
    from refprep.packing import bundle
    from refprep.progress import bars

    target = bundle.named(Path(options.output), zipped=options.zipped)
    bundle.spare(map(Path, options.inputs), target)  # a request file, too
    with bars() as progress:
        asked = _asked(options)
        how = _terms_of(options, asked)
        packed = verbs.pack(asked, options.output, **how, progress=progress)
    return _told(options, packed)


def verify(options: Namespace) -> int:
    """A bundle's own envelope is what it is held to, whatever the settings name."""
    from refprep import verbs
    from refprep.progress import bars

    how = {name: value for name, value in _terms(options).items() if name in VERIFIED}
    with bars() as progress:
        verified = verbs.verify(options.bundle, **how, progress=progress)
    return _told(options, verified)


def estimate(options: Namespace) -> int:
    from refprep import verbs
    from refprep.telling import cost, json

    asked = _asked(options)
    told = verbs.estimate(asked, **_terms_of(options, asked))
    print(json.tell(told) if options.format == "json" else cost.tell(told))
    return 0


def submit(options: Namespace) -> int:
    """Send a bundle; 1 where the provider refuses it, 130 where it goes on without us."""
    from refprep.delivering.submission import submit as send
    from refprep.delivering.submit import beside, onward
    from refprep.progress import line
    from refprep.telling import delivery, json

    if options.dry_run:
        return _rehearsed(options)
    how = {name: getattr(options, name) for name in DELIVERY}
    try:
        with line() as tell:
            sent = send(options.bundle, **how, tell=tell)
    except KeyboardInterrupt:
        place = Path(options.output) if options.output else beside(Path(options.bundle))
        print(f"refprep: interrupted{onward(place)}", file=sys.stderr)
        return 130
    print(json.tell(sent) if options.format == "json" else delivery.submitted(sent))
    return int(sent.verdict == "fail")


def _rehearsed(options: Namespace) -> int:
    from refprep.delivering.rehearsal import rehearse
    from refprep.telling import delivery, json

    told = rehearse(options.bundle, options.mode, options.publish)
    print(json.tell(told) if options.format == "json" else delivery.rehearsed(told))
    return 0


def snippet(options: Namespace) -> int:
    from refprep.delivering.snippets import snippet as written

    print(written(options.bundle, options.lang, options.mode), end="")
    return 0


def rules(options: Namespace) -> int:
    from refprep import envelopes as known
    from refprep.telling import handbook, json

    limits = known.load(options.envelope)
    rows = handbook.rows(limits)
    print(json.tell(rows) if options.format == "json" else handbook.table(limits, rows))
    return 0


def explain(options: Namespace) -> int:
    from refprep import envelopes as known
    from refprep.telling import handbook

    print(handbook.explain(options.rule, known.load(options.envelope)))
    return 0


def envelopes(options: Namespace) -> int:
    """All envelopes, or one, or the difference of two."""
    from refprep import envelopes as known
    from refprep.telling import handbook, json

    asked = [known.load(name) for name in options.names or known.names()]
    if options.format == "json":
        print(json.tell(asked))
    else:
        tell = (handbook.envelopes, handbook.show, handbook.differences)[len(options.names)]
        print(tell(*asked))
    return 0


def _asked(options: Namespace) -> "Request | Loose":
    """What the arguments ask for: a request file, or loose files; options go over the file's."""
    from refprep.request import Loose, Request

    said = {name: getattr(options, name) for name in WISHES}
    wishes = {name: value for name, value in said.items() if value is not None}
    if not any(text.lower().endswith(REQUEST_FILES) for text in options.inputs):
        return Loose.model_validate({"files": options.inputs, **wishes})
    if len(options.inputs) > 1:
        raise RequestError("a request file stands alone; name its media inside it")
    return Request.load(options.inputs[0]).model_copy(update=wishes)


def _terms(options: Namespace) -> dict[str, Any]:
    """The project's settings, and over them what the command line says."""
    from refprep.settings import settings

    said = {name: getattr(options, name, None) for name in TERMS}
    return {**settings(Path.cwd()), **{k: v for k, v in said.items() if v is not None}}


def _terms_of(options: Namespace, asked: "Request | Loose") -> dict[str, Any]:
    """The terms; a bundle's own request keeps its envelope, whatever the settings name."""
    terms = _terms(options)
    if getattr(asked, "made_for", None) and options.envelope is None:
        terms.pop("envelope", None)
    return terms


def _told(options: Namespace, result: "Result") -> int:
    from refprep.telling import text, voice

    plain = options.format == "text"
    print(text.tell(result, **_colour()) if plain else voice(options.format)(result))
    return int(result.verdict == "fail")


def _colour() -> dict[str, bool]:
    return {"colour": sys.stdout.isatty() and "NO_COLOR" not in os.environ}
