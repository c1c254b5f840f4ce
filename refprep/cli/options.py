"""The parser: every command and its options; the verbs over a request share theirs."""

import argparse
import os
from collections.abc import Callable
from typing import Any

from refprep import __version__
from refprep.cli import commands
from refprep.telling import NAMES

ABOUT = "Check, mend and pack the media of a reference-to-video request before it is sent."
EXITS = "exit codes: 0 all is well or mended; 1 errors are left; 2 refprep could not do its work"
INPUTS = (
    "media files (FILE#t=START,END takes a part, in seconds), sorted into slots by their content "
    "in the order given; or one request file: .toml, .yaml or .json"
)
MODES = ("sync", "async", "sse")
Parser = argparse.ArgumentParser


def parser() -> Parser:
    """The whole command line."""
    top = Parser(prog="refprep", description=ABOUT, epilog=EXITS, allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"refprep {__version__}")
    verbs = top.add_subparsers(metavar="COMMAND", required=True)
    request, output, each = _request(*NAMES), _output(), _each()
    plain, envelope = _format("text", "json"), _envelope()

    def command(name: str, run: Any, about: str, *parents: Parser) -> Parser:
        added = verbs.add_parser(
            name, help=about, description=about, parents=parents, epilog=EXITS, allow_abbrev=False
        )
        added.set_defaults(run=run)
        return added

    probe = command("probe", commands.probe, "tell the facts of files", plain)
    probe.add_argument("inputs", nargs="+", metavar="FILE")
    probe.add_argument("--quick", action="store_true", help="headers and packets only")
    check = command("check", commands.check, "find all that the provider refuses", request, each)
    check.add_argument("--inline", action="store_true", help="the media travel inside the request")
    command("plan", commands.plan, "show what fix would do", request, each)
    command("fix", commands.fix, "write files that lie inside", request, output, each)
    pack = command("pack", commands.pack, "write a bundle ready to submit", request, output)
    _publishing(pack)
    pack.add_argument("--inline", action="store_true", help="put the media into request.json")
    pack.add_argument("--zip", dest="zipped", action="store_true", help="one archive, no folder")
    told = _format(*NAMES)
    verify = command("verify", commands.verify, "tell what has changed in a bundle", told, _depth())
    verify.add_argument("bundle", metavar="BUNDLE", help="its folder, or its .zip")
    priced = _request("text", "json")
    command("estimate", commands.estimate, "tell what the request will cost", priced)
    _deliveries(command, plain)
    command("rules", commands.rules, "list the rules and their limits", plain, envelope)
    explain = command("explain", commands.explain, "tell all about a rule", envelope)
    explain.add_argument("rule", metavar="RULE")
    _envelopes(command("envelopes", commands.envelopes, "list the providers' envelopes", plain))
    return top


def _deliveries(command: Callable[..., Parser], plain: Parser) -> None:
    submit = command("submit", commands.submit, "send a bundle and fetch what it gives", plain)
    submit.add_argument("bundle", metavar="BUNDLE", help="a folder that pack wrote")
    submit.add_argument("--mode", choices=MODES, default="async", help="how to wait for the video")
    _publishing(submit)
    submit.add_argument(
        "--dry-run", action="store_true", help="show what would be sent; send nothing"
    )
    submit.add_argument("--resume", action="store_true", help="follow what was sent before")
    submit.add_argument("-o", "--output", metavar="DIR", help="where to write; BUNDLE-result")
    snippet = command("snippet", commands.snippet, "text to submit a bundle by hand")
    snippet.add_argument("bundle", metavar="BUNDLE", help="a folder that pack wrote")
    snippet.add_argument("--lang", choices=("curl", "python"), default="curl")
    snippet.add_argument("--mode", choices=MODES, default="async")


def _publishing(command: Parser) -> None:
    where = "put the media there: s3://bucket/folder, oxen://namespace/repository ..."
    command.add_argument("--publish", metavar="URL", help=where)
    command.add_argument("--media-url", metavar="PREFIX", help="where the media lie on the web")


def _envelopes(command: Parser) -> None:
    command.set_defaults(names=())
    asked = command.add_subparsers(metavar="[show NAME | diff NAME NAME]")
    show = asked.add_parser("show", help="every limit of one envelope, and who says so")
    show.add_argument("names", nargs=1, metavar="NAME|FILE")
    differ = asked.add_parser("diff", help="the limits in which two envelopes differ")
    differ.add_argument("names", nargs=2, metavar="NAME|FILE")


def _request(*formats: str) -> Parser:
    options = Parser(
        add_help=False, parents=[_envelope(None), _format(*formats), _depth(plans=True)]
    )
    options.add_argument("inputs", nargs="+", metavar="INPUT", help=INPUTS)
    wish = options.add_argument_group("the request")
    wish.add_argument("--prompt", metavar="TEXT", help="addresses media as @Image1, @Video1 ...")
    wish.add_argument("--resolution", help="such as 720p")
    wish.add_argument("--duration", type=_number, help="seconds of the result, or auto")
    wish.add_argument("--aspect-ratio", help="such as 9:16, or auto")
    wish.add_argument("--generate-audio", action=argparse.BooleanOptionalAction)
    wish.add_argument("--seed", type=_number, help="a whole number")
    wish.add_argument("--watermark", action=argparse.BooleanOptionalAction)
    wish.add_argument(
        "--face", dest="faces", type=_names, metavar="SLOT,...", help="show a real face: image2"
    )
    return options


def _depth(*, plans: bool = False) -> Parser:
    """How deep to look, and at what; for verbs that plan what may be lost, too."""
    options = Parser(add_help=False)
    terms = options.add_argument_group("the terms")
    terms.add_argument("--strict", action="store_true", default=None, help="warnings are errors")
    terms.add_argument("--quick", action="store_true", default=None, help="decode nothing")
    if plans:
        _chosen(terms)
    terms.add_argument("--cache", metavar="DIR", help="keep results here for the next run")
    terms.add_argument(
        "--no-cache", dest="cache", action="store_const", const=False, help="keep and use none"
    )
    terms.add_argument("--select", type=_names, metavar="RULE,...", help="only these rules")
    terms.add_argument("--ignore", type=_names, metavar="RULE,...", help="all but these rules")
    return options


def _chosen(terms: Any) -> None:
    """What may be lost, and which part is kept."""
    losses = "done only when named: crop, pad, loop, boomerang, hold, drop"
    terms.add_argument("--allow", type=_names, metavar="LOSS,...", help=losses)
    parts = "of what is too long: head, tail, middle, best"
    terms.add_argument("--keep", metavar="PART", help=parts)
    terms.add_argument("--share", metavar="WAY", help="of seconds: even, proportional, first")
    exact = "begin at the very picture, though a key frame nearby would save encoding"
    terms.add_argument("--exact", action="store_true", default=None, help=exact)


def _output() -> Parser:
    options = Parser(add_help=False)
    options.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="DIR",
        help="where to write (pack: or a name that ends in .zip)",
    )
    options.add_argument("--force", action="store_true", help="replace what stands there")
    at_once = "files rendered at once, each in its own process (default: one per processor)"
    options.add_argument("--jobs", type=_count, metavar="N", default=os.cpu_count(), help=at_once)
    return options


def _each() -> Parser:
    options = Parser(add_help=False)
    options.add_argument("--each", action="store_true", help="judge every file for itself")
    return options


def _format(*names: str) -> Parser:
    options = Parser(add_help=False)
    options.add_argument("--format", choices=names, default="text")
    return options


def _envelope(default: str | None = "oxen-seedance-2.0") -> Parser:
    options = Parser(add_help=False)
    about = "the provider's limits; refprep envelopes lists them"
    options.add_argument("--envelope", default=default, metavar="NAME|FILE", help=about)
    return options


def _count(text: str) -> int:
    """A whole number from 1 on; ValueError."""
    if int(text) < 1:
        raise ValueError
    return int(text)


def _number(text: str) -> int | str:
    """A whole number where it is one; what it is not is for the rules to say."""
    try:
        return int(text)
    except ValueError:
        return text


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))
