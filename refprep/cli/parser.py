"""The parser: every command, with the options that its verb takes, from the table in options.py."""

import argparse
import json
from dataclasses import Field
from typing import Any, NoReturn

from refprep import __version__
from refprep.cli import commands
from refprep.models.budget import GIB
from refprep.options import DEFAULT_ENVELOPE, about, options_of, variable
from refprep.reports import FORMATS
from refprep.words import page

ABOUT = "Check, fix and pack the media of a reference-to-video request before it is sent."
EXITS = (
    "exit codes: 0 nothing is wrong, or all is fixed; 1 findings are left; 2 refprep cannot do its "
    "work; 3 a bug in refprep"
)
INPUTS = (
    "media files (FILE#t=START,END takes a part, in seconds), assigned to slots by their content "
    "in the order given; or one request file: .toml, .yaml or .json"
)
COMPARE = "the price by several envelopes, side by side; all: by each that comes with refprep"
SUBMIT_FLAGS = {
    "--dry-run": "show what would be sent; send nothing",
    "--status": "show the state of what was sent",
    "--cancel": "stop what was sent, unless it has ended",
}
DEBUG = "show the traceback of an error"
GROUPS = {
    "limits": "the limits",
    "loss": "what may be lost",
    "work": "the work",
    "bundle": "the bundle",
    "delivery": "the delivery",
}


class ArgumentParser(argparse.ArgumentParser):
    """A parser whose errors repeat no argument in a way that a terminal obeys."""

    def error(self, message: str) -> NoReturn:
        """One line on stderr, and exit code 2."""
        super().error(page([message]))


def parser() -> ArgumentParser:
    """The whole command line."""
    top = ArgumentParser(prog="refprep", description=ABOUT, epilog=EXITS, allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"refprep {__version__}")
    top.add_argument("--debug", action="store_true", help=DEBUG)
    verbs = top.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Any, help: str, *formats: str) -> ArgumentParser:  # noqa: A002
        added = verbs.add_parser(
            name, help=help, description=help, epilog=EXITS, allow_abbrev=False
        )
        added.set_defaults(run=run)
        added.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=DEBUG)
        if formats:
            added.add_argument("--format", choices=formats, default="text")
        _add_options(added, name)
        return added

    json = ("text", "json")
    probe = command("probe", commands.probe, "show the facts of files", *json)
    probe.add_argument("inputs", nargs="+", metavar="FILE")
    _add_request(command("check", commands.check, "find what the provider refuses", *FORMATS))
    _add_request(command("plan", commands.plan, "show what fix would do", *FORMATS))
    fix = command("fix", commands.fix, "write files that meet the limits", *FORMATS)
    pack = command("pack", commands.pack, "write a bundle that is ready to submit", *FORMATS)
    for added, where in ((fix, "the folder for the files"), (pack, "a folder, or a name in .zip")):
        added.add_argument("-o", "--output", required=True, metavar="DIR", help=where)
        _add_request(added)
    verify = command("verify", commands.verify, "find what has changed in a bundle", *FORMATS)
    verify.add_argument("bundle", metavar="BUNDLE", help="its folder, or its .zip")
    estimate = command("estimate", commands.estimate, "show what the request costs", *json)
    estimate.add_argument("--compare", type=_names, metavar="NAME|FILE,...|all", help=COMPARE)
    _add_request(estimate)
    submit = command("submit", commands.submit, "send a request and fetch the video", *FORMATS)
    _add_request(submit, f"a bundle, a folder or a .zip; or, to pack and send at once: {INPUTS}")
    instead = submit.add_mutually_exclusive_group()
    for flag, meaning in SUBMIT_FLAGS.items():
        instead.add_argument(flag, action="store_true", help=meaning)
    submit.add_argument("--yes", action="store_true", help="send without asking")
    snippet = command("snippet", commands.snippet, "print the text that submits a bundle by hand")
    snippet.add_argument("bundle", metavar="BUNDLE", help="a folder that pack wrote")
    snippet.add_argument("--lang", choices=("curl", "python"), default="curl")
    rules = command("rules", commands.rules, "list the rules and their limits", *json)
    explain = command("explain", commands.explain, "print the page of a rule")
    explain.add_argument("rule", metavar="RULE")
    for added in (rules, explain):
        added.add_argument("--envelope", default=DEFAULT_ENVELOPE, metavar="NAME|FILE")
    _add_names(command("envelopes", commands.envelopes, "list the envelopes, show one", *json))
    return top


def _add_names(envelopes: ArgumentParser) -> None:
    envelopes.set_defaults(names=())
    kinds = envelopes.add_subparsers(metavar="[show NAME | diff NAME NAME]")
    show = kinds.add_parser("show", help="every limit of one envelope, with its evidence")
    show.add_argument("names", nargs=1, metavar="NAME|FILE")
    diff = kinds.add_parser("diff", help="the limits in which two envelopes differ")
    diff.add_argument("names", nargs=2, metavar="NAME|FILE")


def _add_request(command: ArgumentParser, inputs: str = INPUTS) -> None:
    command.add_argument("inputs", nargs="+", metavar="INPUT", help=inputs)
    request = command.add_argument_group("the request")
    request.add_argument("--prompt", metavar="TEXT", help="addresses media as @Image1, @Video1 ...")
    request.add_argument("--resolution", help="such as 720p")
    request.add_argument("--duration", type=_number, help="seconds of the result, or auto")
    request.add_argument("--aspect-ratio", help="such as 9:16, or auto")
    request.add_argument("--generate-audio", action=argparse.BooleanOptionalAction)
    request.add_argument("--seed", type=_number, help="a whole number")
    request.add_argument("--watermark", action=argparse.BooleanOptionalAction)
    request.add_argument("--num-generations", type=_number, help="how many videos")
    request.add_argument(
        "--param", dest="parameters", type=_parameter, action="append", metavar="NAME=VALUE",
        help="any other parameter of the envelope, such as bitrate_mode=high",
    )  # fmt: skip
    request.add_argument(
        "--face", dest="faces", type=_names, metavar="SLOT,...", help="show a real face: image2"
    )


def _add_options(command: ArgumentParser, verb: str) -> None:
    """The options that the verb takes; one that is not given is None, so that settings count."""
    groups: dict[str, Any] = {}
    for option in options_of(verb):
        known = about(option)
        if callable(option.default) or option.name in ("progress", "tell"):
            continue  # for the library only
        if known.group not in groups:
            groups[known.group] = command.add_argument_group(GROUPS[known.group])
        negated = "no-" if _default(option) is True and option.type is bool else ""
        flag = f"--{negated}{(known.flag or option.name).replace('_', '-')}"
        groups[known.group].add_argument(
            *(["-o"] if option.name == "output" else []), flag, **_argument(option)
        )
    if "cache" in {option.name for option in options_of(verb)}:
        groups["work"].add_argument(
            "--no-cache", dest="cache", action="store_const", const=False, help="use no cache"
        )


def _argument(option: Field[Any]) -> dict[str, Any]:
    """What argparse is to know of one option."""
    known = about(option)
    result: dict[str, Any] = {"dest": option.name, "help": _help(option), "default": None}
    if option.type is bool:
        return {**result, "action": f"store_{str(not _default(option)).lower()}"}
    if isinstance(option.default, tuple):
        return {**result, "type": _names, "metavar": known.metavar}
    if option.type is int and known.metavar == "N":
        return {**result, "type": _count, "metavar": known.metavar}
    if option.type is float:
        return {**result, "type": float, "metavar": known.metavar}
    if known.choices:
        return {**result, "choices": known.choices}
    return {**result, "metavar": known.metavar}


def _help(option: Field[Any]) -> str:
    known = about(option)
    several = isinstance(option.default, tuple)
    choices = f": {', '.join(known.choices)}" if known.choices and several else ""
    default = _default(option)
    if known.metavar == "SIZE":
        default = f"{default / GIB:g}GiB"
    plain = isinstance(default, str | int | float) and not isinstance(default, bool)
    shown = f" (default: {default:g})" if isinstance(default, float) else ""
    shown = shown or (f" (default: {default})" if plain else "")
    setting = f" [{variable(option)}]" if known.setting else ""
    negated = option.type is bool and default is True
    text = f"do not {known.help.partition(':')[0]}" if negated else known.help
    return f"{text}{choices}{shown}{setting}".replace("%", "%%")


def _default(option: Field[Any]) -> Any:
    return commands.defaults().get(option.name, option.default)


def _count(text: str) -> int:
    """A whole number from 1 on; ValueError."""
    if int(text) < 1:
        raise ValueError
    return int(text)


def _number(text: str) -> int | str:
    """A whole number where it is one; what it is not is for the rules to find."""
    try:
        return int(text)
    except ValueError:
        return text


def _parameter(text: str) -> tuple[str, Any]:
    """Name and value; a value that is JSON is read as such. ValueError."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise ValueError
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))
