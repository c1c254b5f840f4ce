"""Options: one model of all options, with the type, default, group, choices and help of each.

Library keywords, command line, environment, refprep.toml and the manifest derive from it. Nothing
here imports pydantic before a value from outside is checked: `refprep --help` stays fast.
"""

import inspect
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TypedDict, TypeVar, get_args

from refprep.documents import parse_toml, read_document
from refprep.errors import UsageError, describe, unknown
from refprep.models.budget import DEFAULT, Budget

if TYPE_CHECKING:
    from refprep.models.envelope import Envelope

Loss = Literal["crop", "pad", "loop", "ping-pong", "freeze", "drop"]
Keep = Literal["head", "tail", "middle", "best"]
Share = Literal["even", "proportional", "first"]
Mode = Literal["sync", "async", "sse"]
Progress = Callable[[str, float], None]
"Called with a source and the part of its work that is done, 0 to 1."
Tell = Callable[[str], None]
"Called with a line of progress."

DEFAULT_ENVELOPE = "oxen-seedance-2.0"
FILES = ("refprep.toml", "pyproject.toml")
"Where a project's settings stand: the first as it is, the second in [tool.refprep]."
PREFIX = "REFPREP_"
"Environment variables are named by this and the option."

LIMITED = ("check", "plan", "fix", "pack", "estimate", "submit")
"The verbs that take one envelope."
FIT = (*LIMITED, "compare")
"The verbs that plan what may be lost."
DECODING = ("probe", *FIT, "verify")
"The verbs that decode."


@dataclass(frozen=True)
class Option:
    """All that is known of one option beside its type and default."""

    help: str
    group: Literal["limits", "loss", "work", "bundle", "delivery"]
    verbs: tuple[str, ...]
    choices: tuple[str, ...] = ()
    metavar: str | None = None
    flag: str | None = None
    "On the command line, where that is not the name with hyphens."
    setting: bool = False
    "True where refprep.toml and the environment may set it."
    recorded: bool = False
    "True where the manifest of a bundle holds it."


def _option(default: Any, help: str, **known: Any) -> Any:  # noqa: A002
    return field(default=default, metadata={"option": Option(help=help, **known)})


@dataclass(frozen=True, kw_only=True)
class Options:
    """Every option of every verb. `Options.of(...)` checks values that come from outside."""

    envelope: "str | Path | Envelope | None" = _option(
        None,
        "the provider's limits and API: a name that `refprep envelopes` lists, or a TOML file; "
        f"without it that of the bundle, else {DEFAULT_ENVELOPE}",
        group="limits", verbs=(*LIMITED, "verify", "snippet"), metavar="NAME|FILE",
        setting=True,
    )  # fmt: skip
    select: Collection[str] = _option(
        (), "check these rules only",
        group="limits", verbs=(*FIT, "verify"), metavar="RULE,...", setting=True,
    )  # fmt: skip
    ignore: Collection[str] = _option(
        (), "check all rules but these",
        group="limits", verbs=(*FIT, "verify"), metavar="RULE,...", setting=True,
    )  # fmt: skip
    strict: bool = _option(
        False, "count warnings as errors",
        group="limits", verbs=("check", "plan", "fix", "pack", "verify", "submit"), setting=True,
        recorded=True,
    )  # fmt: skip
    each: bool = _option(
        False, "treat every file by itself: no counts, no sums over files, no prompt",
        group="limits", verbs=("check", "plan", "fix"),
    )  # fmt: skip
    allow: Collection[Loss] = _option(
        (), "permit losses that are not allowed by default",
        group="loss", verbs=FIT, choices=get_args(Loss), metavar="LOSS,...", setting=True,
        recorded=True,
    )  # fmt: skip
    keep: Keep = _option(
        "head", "the part to keep of what is too long; best is chosen by content",
        group="loss", verbs=FIT, choices=get_args(Keep), setting=True, recorded=True,
    )  # fmt: skip
    share: Share = _option(
        "even",
        "how videos, or audios, divide the accepted total duration: even, in proportion, in order",
        group="loss", verbs=FIT, choices=get_args(Share), setting=True, recorded=True,
    )  # fmt: skip
    frame_accurate: bool = _option(
        False, "start at the exact frame, even where a key frame nearby would save encoding",
        group="loss", verbs=FIT, setting=True, recorded=True,
    )  # fmt: skip
    quick: bool = _option(
        False, "read headers and packets only, decode nothing",
        group="work", verbs=("probe", *FIT, "verify"), setting=True, recorded=True,
    )  # fmt: skip
    fetch: bool = _option(
        False, "download media at https:// addresses to check them; else they stay unchecked",
        group="work", verbs=(*FIT, "verify"), recorded=True,
    )  # fmt: skip
    allow_outside: bool = _option(
        False, "permit a request file to name files that are not below its own folder",
        group="work", verbs=FIT,
    )  # fmt: skip
    cache: str | Path | bool = _option(
        True, "the folder that keeps results for the next run",
        group="work", verbs=(*FIT, "verify"), metavar="DIR", setting=True,
    )  # fmt: skip
    jobs: int = _option(
        1, "files worked on at once, each in a process of its own",
        group="work", verbs=DECODING, metavar="N", setting=True,
    )  # fmt: skip
    isolate: bool = _option(
        False, "decode and encode in worker processes: a crash, a hang or a bomb costs one file",
        group="work", verbs=DECODING, setting=True,
    )  # fmt: skip
    max_seconds: float = _option(
        DEFAULT.seconds, "the most time for one pass over one file, in seconds; with workers only",
        group="work", verbs=DECODING, metavar="SECONDS", setting=True,
    )  # fmt: skip
    max_memory: int | str = _option(
        DEFAULT.memory, "the most memory for one file: bytes, or 2GB",
        group="work", verbs=DECODING, metavar="SIZE", setting=True,
    )  # fmt: skip
    max_output: int | str = _option(
        DEFAULT.output, "the most that is written to one file: bytes, or 2GB; with workers only",
        group="work", verbs=("fix", "pack", "submit"), metavar="SIZE", setting=True,
    )  # fmt: skip
    progress: Progress | None = _option(
        None, "called with a source and the part of its work that is done, 0 to 1",
        group="work", verbs=("check", "fix", "pack", "verify", "submit"),
    )  # fmt: skip
    force: bool = _option(
        False, "replace files of the same name and other content",
        group="bundle", verbs=("fix", "pack"),
    )  # fmt: skip
    inline: bool = _option(
        False, "put the media into the request, as data: URIs",
        group="bundle", verbs=("check", "pack", "submit"), recorded=True,
    )  # fmt: skip
    inline_only: Collection[str] = _option(
        (), "put only these into the request, by kind or slot; the others stay files or URLs",
        group="bundle", verbs=("check", "pack", "submit"), metavar="KIND|SLOT,...", recorded=True,
    )  # fmt: skip
    zipped: bool = _option(
        False, "write one ZIP archive instead of a folder",
        group="bundle", verbs=("pack",), flag="zip",
    )  # fmt: skip
    media_url: str | None = _option(
        None, "the https address under which the media are, or will be, found",
        group="bundle", verbs=("pack", "submit"), metavar="PREFIX", recorded=True,
    )  # fmt: skip
    publish: str | None = _option(
        None, "upload the media there: s3://bucket/folder, oxen://namespace/repository ...",
        group="bundle", verbs=("pack", "submit"), metavar="URL",
    )  # fmt: skip
    mode: Mode = _option(
        "async", "how to wait for the video",
        group="delivery", verbs=("submit", "snippet"), choices=get_args(Mode),
    )  # fmt: skip
    resume: bool = _option(
        False, "follow the generation that was started before; nothing is paid again",
        group="delivery", verbs=("submit",),
    )  # fmt: skip
    again: bool = _option(
        False, "pay for another generation, whatever became of an earlier one",
        group="delivery", verbs=("submit",),
    )  # fmt: skip
    generation: Collection[str] = _option(
        (), "with --resume: follow these, whose ids you found at the provider",
        group="delivery", verbs=("submit",), metavar="ID,...",
    )  # fmt: skip
    webhook: str | None = _option(
        None, "an address that the provider calls at the end",
        group="delivery", verbs=("submit",), metavar="URL",
    )  # fmt: skip
    output: str | Path | None = _option(
        None, "the folder for results; BUNDLE-result",
        group="delivery", verbs=("submit",), metavar="DIR",
    )  # fmt: skip
    tell: Tell | None = _option(
        None, "called with each line of progress",
        group="delivery", verbs=("submit",),
    )  # fmt: skip

    @classmethod
    def of(cls, verb: str, values: Mapping[str, Any]) -> "Options":
        """The options of one verb, from keywords.

        Raises:
            UsageError: A keyword that the verb does not take, or a value that is not accepted.
        """
        taken = {option.name for option in options_of(verb)}
        for name in values:
            if name not in taken:
                raise UsageError(unknown(f"option of {verb}", name, taken))
        return cls(**checked(values))

    @property
    def budget(self) -> Budget:
        """What the work on one file may take; four processors' time in the time that it may."""
        return Budget(
            seconds=self.max_seconds,
            cpu_seconds=4 * self.max_seconds,
            memory=int(self.max_memory),
            output=int(self.max_output),
        )

    def recorded(self) -> dict[str, Any]:
        """What a bundle's manifest holds of them, as JSON."""
        values = {row.name: getattr(self, row.name) for row in FIELDS if about(row).recorded}
        return {
            name: sorted(value) if isinstance(value, tuple | frozenset) else value
            for name, value in values.items()
        }


class OptionKeywords(TypedDict, total=False):
    """The keywords of the verbs for type checkers; a test holds them to `Options`."""

    envelope: "str | Path | Envelope | None"
    select: Collection[str]
    ignore: Collection[str]
    strict: bool
    each: bool
    allow: Collection[Loss]
    keep: Keep
    share: Share
    frame_accurate: bool
    quick: bool
    fetch: bool
    allow_outside: bool
    cache: str | Path | bool
    jobs: int
    isolate: bool
    max_seconds: float
    max_memory: int | str
    max_output: int | str
    progress: Progress | None
    force: bool
    inline: bool
    inline_only: Collection[str]
    zipped: bool
    media_url: str | None
    publish: str | None
    mode: Mode
    resume: bool
    again: bool
    generation: Collection[str]
    webhook: str | None
    output: str | Path | None
    tell: Tell | None


FIELDS: tuple[Field[Any], ...] = fields(Options)


def about(option: Field[Any]) -> Option:
    """What the table says of one option."""
    known: Option = option.metadata["option"]
    return known


def options_of(verb: str) -> list[Field[Any]]:
    """The options that a verb takes, in the order of the table."""
    return [option for option in FIELDS if verb in about(option).verbs]


class Step(Protocol):
    """What the gate reads of a step."""

    @property
    def loss(self) -> str | None:
        """The word in `allow` that permits it; None where its cost is allowed by default."""


def permitted(step: Step, options: Options) -> bool:
    """True where a step may be carried out. Consent is asked here and nowhere else."""
    return step.loss is None or step.loss in options.allow


def checked(values: Mapping[str, Any], where: str = "", *, text: bool = False) -> dict[str, Any]:
    """Values from outside, each of the type and among the choices that the table names.

    Args:
        values: Options by name.
        where: What the error names first: a file, an environment variable.
        text: True where every value is text, as in the environment.

    Raises:
        UsageError: An unknown option, or a value that is not accepted.
    """
    from pydantic import ValidationError

    place = f"{where}: " if where else ""
    read = {name: _parts(name, value, text=text) for name, value in values.items()}
    try:
        found = _model().model_validate(read, strict=not text)
    except ValidationError as error:
        raise UsageError(f"{place}{describe(error, [option.name for option in FIELDS])}") from None
    result = {name: getattr(found, name) for name in values}
    for name, value in result.items():
        for word in value if isinstance(value, tuple) else (value,):
            choices = about(_field(name)).choices
            if choices and word not in choices:
                raise UsageError(f"{place}{name}: {unknown('value', str(word), choices)}")
    return result


def _field(name: str) -> Field[Any]:
    return next(option for option in FIELDS if option.name == name)


def _parts(name: str, value: Any, *, text: bool) -> Any:
    """A list as a tuple, which cannot change; text of several parts is divided by commas."""
    several = name in {option.name for option in FIELDS if isinstance(option.default, tuple)}
    if several and text:
        return tuple(filter(None, (part.strip() for part in str(value).split(","))))
    if several and isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping):
        return tuple(sorted(value) if isinstance(value, set | frozenset) else value)
    return value


@cache
def _model() -> Any:
    """The model that checks types: made of the table when it is first needed."""
    from pydantic import ByteSize, ConfigDict, Field, create_model

    from refprep.models.envelope import Envelope

    types: dict[str, Any] = {
        option.name: tuple[str, ...]
        if isinstance(option.default, tuple)
        else str
        if about(option).choices
        else str | Path | Envelope | None
        if option.name == "envelope"
        else Annotated[ByteSize, Field(gt=0, le=1 << 60)]
        if about(option).metavar == "SIZE"
        else Annotated[float, Field(gt=0, le=10**7, allow_inf_nan=False)]
        if about(option).metavar == "SECONDS"
        else option.type
        for option in FIELDS
    }
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    known: Any = {option.name: (types[option.name], option.default) for option in FIELDS}
    return create_model("OptionValues", __config__=config, **known)


def settings(folder: Path, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """What a project's settings file and, over it, the environment set.

    Args:
        folder: Where to look first; then in every folder above it. The nearest file with settings
            counts.
        environ: REFPREP_STRICT=1, REFPREP_ALLOW=crop,pad ...

    Raises:
        UsageError: A key that is no setting, or a value that is not accepted.
    """
    return {**_settings_file(folder), **_settings_environ(environ)}


def _settings_file(folder: Path) -> dict[str, Any]:
    for place in (folder, *folder.parents):
        for name in FILES:
            if found := _read(place / name):
                return found
    return {}


def _read(path: Path) -> dict[str, Any]:
    try:
        tables = read_document(path, parse_toml) if path.is_file() else {}
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None
    own = path.name == FILES[0]
    table = tables if own else tables.get("tool", {}).get("refprep", {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: tool.refprep: takes a table")
    names = {option.name for option in FIELDS if about(option).setting}
    values = {str(key).replace("-", "_"): value for key, value in table.items()}
    for name in values:
        if name not in names:
            raise UsageError(f"{path}: {unknown('setting', name, names)}")
    return checked(values, str(path))


def _settings_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for option in FIELDS:
        value = environ.get(variable(option), "")
        if about(option).setting and value:
            found |= checked({option.name: value}, variable(option), text=True)
    return found


def variable(option: Field[Any]) -> str:
    """The environment variable of an option: REFPREP_FRAME_ACCURATE."""
    return f"{PREFIX}{option.name.upper()}"


Verb = TypeVar("Verb", bound=Callable[..., Any])


def takes_options(verb: Verb) -> Verb:
    """Show in a verb's signature and help which options it takes, each with meaning and default."""
    plain = inspect.signature(verb)
    own = [row for row in plain.parameters.values() if row.kind is not row.VAR_KEYWORD]
    taken = options_of(verb.__name__)
    keywords = [
        inspect.Parameter(
            option.name, inspect.Parameter.KEYWORD_ONLY, default=option.default,
            annotation=option.type,
        )
        for option in taken
    ]  # fmt: skip
    verb.__signature__ = plain.replace(parameters=[*own, *keywords])  # type: ignore[attr-defined]
    lines = "\n".join(_lines(taken))
    verb.__doc__ = f"{inspect.cleandoc(verb.__doc__ or '')}\n\nOptions:\n{lines}\n"
    return verb


def _lines(taken: list[Field[Any]]) -> Iterator[str]:
    for option in taken:
        known = about(option)
        choices = f" ({', '.join(known.choices)})" if known.choices else ""
        default = f"; default {option.default!r}"
        yield f"    {option.name}: {known.help[0].upper()}{known.help[1:]}{choices}{default}."
