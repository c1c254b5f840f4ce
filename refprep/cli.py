"""The command line: parse, one verb, tell. Results on stdout, progress and errors on stderr."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from refprep.errors import RefprepError, RequestError

if TYPE_CHECKING:
    from refprep.finding import Result
    from refprep.request import Loose, Request

ABOUT = "Check, mend and pack the media of a reference-to-video request before it is sent."
EXITS = "exit codes: 0 all is well or mended; 1 errors are left; 2 refprep could not do its work"
INPUTS = (
    "media files (FILE#t=START,END takes a part, in seconds), sorted into slots by their content "
    "in the order given; or one request file: .toml, .yaml or .json"
)
REQUEST_FILES = (".toml", ".yaml", ".yml", ".json")
WISHES = ("prompt", "resolution", "duration", "aspect_ratio", "generate_audio", "seed")
JUDGING = ("envelope", "strict", "quick", "allow")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    try:
        options = parser().parse_args(arguments)
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except (RefprepError, OSError) as error:
        print(f"refprep: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("refprep: interrupted; nothing half-written is left", file=sys.stderr)
        return 130


def parser() -> argparse.ArgumentParser:
    """The whole command line; the verbs over a request share their options."""
    from refprep import __version__

    top = argparse.ArgumentParser(prog="refprep", description=ABOUT, epilog=EXITS)
    top.add_argument("--version", action="version", version=f"refprep {__version__}")
    verbs = top.add_subparsers(metavar="COMMAND", required=True)
    request, output = _request_options(), _output_options()

    def verb(name: str, run: Any, about: str, *parents: argparse.ArgumentParser) -> Any:
        added = verbs.add_parser(name, help=about, description=about, parents=parents, epilog=EXITS)
        added.set_defaults(run=run)
        return added

    probe = verb("probe", _probe, "tell the facts of files", _format_option())
    probe.add_argument("inputs", nargs="+", metavar="FILE")
    probe.add_argument("--quick", action="store_true", help="headers and packets only")
    verb("check", _check, "find all that the provider would refuse", request, _each_option())
    verb("plan", _plan, "show what fix would do", request, _each_option())
    verb("fix", _fix, "write files that lie inside", request, output, _each_option())
    pack = verb("pack", _pack, "write a bundle that is ready to submit", request, output)
    pack.add_argument("--media-url", metavar="PREFIX", help="where the media will lie on the web")
    verb("rules", _rules, "list the rules and their limits", _envelope_option())
    verb("envelopes", _envelopes, "list the providers' envelopes", _format_option())
    return top


def _request_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        add_help=False, parents=[_envelope_option(), _format_option()], allow_abbrev=False
    )
    options.add_argument("inputs", nargs="+", metavar="INPUT", help=INPUTS)
    wish = options.add_argument_group("the request")
    wish.add_argument("--prompt", metavar="TEXT", help="addresses media as @Image1, @Video1 ...")
    wish.add_argument("--resolution", help="such as 720p")
    wish.add_argument("--duration", type=_number, help="seconds of the result, or auto")
    wish.add_argument("--aspect-ratio", help="such as 9:16, or auto")
    wish.add_argument("--generate-audio", action=argparse.BooleanOptionalAction)
    wish.add_argument("--seed", type=_number, help="a whole number")
    options.add_argument("--strict", action="store_true", help="warnings count as errors")
    options.add_argument("--quick", action="store_true", help="headers and packets, no decoding")
    allow = options.add_argument("--allow", type=_names, default=(), metavar="LOSS,...")
    allow.help = "losses that are not taken unasked: crop, pad"
    return options


def _output_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("-o", "--output", required=True, metavar="DIR", help="where to write")
    options.add_argument("--force", action="store_true", help="replace what stands there")
    return options


def _each_option() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--each", action="store_true", help="judge every file for itself")
    return options


def _format_option() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--format", choices=("text", "json"), default="text")
    return options


def _envelope_option() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--envelope", default="oxen-seedance-2.0", metavar="NAME|FILE")
    return options


def _number(text: str) -> int | str:
    """A whole number where it is one; what it is not is for the rules to say."""
    try:
        return int(text)
    except ValueError:
        return text


def _names(text: str) -> tuple[str, ...]:
    allowed = tuple(filter(None, text.split(",")))
    if strange := set(allowed) - {"crop", "pad"}:
        raise argparse.ArgumentTypeError(f"{', '.join(strange)}: choose from crop, pad")
    return allowed


def _asked(options: argparse.Namespace) -> "Request | Loose":
    """What the arguments ask for: a request file, or loose files; options go over the file's."""
    from refprep.request import Loose, Request

    said = {name: getattr(options, name) for name in WISHES}
    wishes = {name: value for name, value in said.items() if value is not None}
    if not any(text.lower().endswith(REQUEST_FILES) for text in options.inputs):
        return Loose.model_validate({"files": options.inputs, **wishes})
    if len(options.inputs) > 1:
        raise RequestError("a request file stands alone; name its media inside it")
    return Request.load(options.inputs[0]).model_copy(update=wishes)


def _judging(options: argparse.Namespace, *more: str) -> dict[str, Any]:
    return {name: getattr(options, name) for name in (*JUDGING, *more)}


def _probe(options: argparse.Namespace) -> int:
    from refprep.gather import gather
    from refprep.telling import json, text

    entries = gather(options.inputs, quick=options.quick)
    print(json.tell(entries) if options.format == "json" else text.probed(entries, **_colour()))
    return int(any(entry.media.kind is None for entry in entries))


def _check(options: argparse.Namespace) -> int:
    from refprep import verbs
    from refprep.progress import bars

    with bars() as progress:
        report = verbs.check(_asked(options), **_judging(options, "each"), progress=progress)
    return _told(options, report)


def _plan(options: argparse.Namespace) -> int:
    from refprep import verbs

    return _told(options, verbs.plan(_asked(options), **_judging(options, "each")))


def _fix(options: argparse.Namespace) -> int:
    from refprep import verbs
    from refprep.progress import bars

    with bars() as progress:
        how = _judging(options, "each", "force")
        fixed = verbs.fix(_asked(options), options.output, **how, progress=progress)
    return _told(options, fixed)


def _pack(options: argparse.Namespace) -> int:
    from refprep import verbs
    from refprep.progress import bars

    with bars() as progress:
        how = _judging(options, "force", "media_url")
        packed = verbs.pack(_asked(options), options.output, **how, progress=progress)
    return _told(options, packed)


def _rules(options: argparse.Namespace) -> int:
    from refprep import envelope
    from refprep.telling import text

    print(text.rules(envelope.load(options.envelope)))
    return 0


def _envelopes(options: argparse.Namespace) -> int:
    from refprep import envelope
    from refprep.telling import json, text

    known = [envelope.load(name) for name in envelope.names()]
    print(json.tell(known) if options.format == "json" else text.envelopes(known))
    return 0


def _told(options: argparse.Namespace, result: "Result") -> int:
    from refprep.telling import json, text

    print(json.tell(result) if options.format == "json" else text.tell(result, **_colour()))
    return int(result.verdict == "fail")


def _colour() -> dict[str, bool]:
    return {"colour": sys.stdout.isatty() and "NO_COLOR" not in os.environ}
