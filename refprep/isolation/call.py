"""Calls: work on one file, as plain data that any process can carry out."""

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from refprep.errors import CrashError, RefprepError, TooBigError, UnreadableError
from refprep.isolation import limits
from refprep.models.budget import DEFAULT, Budget

Progress = Callable[[float], None]
"Called with the part that is done, 0 to 1."


@dataclass(frozen=True, slots=True)
class Call:
    """A function of refprep, and what it is called with."""

    function: str
    "`refprep.decoders:facts`. It takes and returns what JSON can hold."
    arguments: Mapping[str, Any]
    reads: tuple[str, ...] = ()
    "The files that it reads; in a sandbox it can open no other."
    writes: tuple[str, ...] = ()
    "The files that it writes. They exist."
    modules: tuple[str, ...] = ()
    "What a worker imports before its child starts, so that the next child has it, too."
    budget: Budget = DEFAULT


class Executor(Protocol):
    """What carries out calls."""

    def call(self, call: Call, progress: Progress | None = None) -> Any:
        """Carry out a call.

        Args:
            call: What to do.
            progress: Called with the part that is done; None for a function that reports none.

        Raises:
            UnreadableError: The file is broken, or its work ends: CrashError, TooSlowError,
                TooBigError.
            RefprepError: What the function raises.
            OSError: The disk refuses.
        """


class InProcess:
    """Carries out calls in this process; of the budget only what a header tells is kept."""

    def call(self, call: Call, progress: Progress | None = None) -> Any:
        """As `Executor.call`."""
        return perform(call, progress)


def perform(call: Call, progress: Progress | None) -> Any:
    """Carry out a call here and now; whatever goes wrong costs this file only.

    Raises:
        RefprepError: What the function raises; a CrashError for what nobody expects.
        OSError: The disk refuses.
    """
    module, _, name = call.function.partition(":")
    extra = {} if progress is None else {"progress": progress}
    try:
        return getattr(import_module(module), name)(**call.arguments, **extra)
    except RefprepError:
        raise
    except MemoryError:
        raise TooBigError(over_memory(call.budget.memory)) from None
    except OSError as error:
        if error.errno == errno.EFBIG and limits.keep(call.budget):
            raise TooBigError(over_output(call.budget)) from None
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise CrashError(f"the decoder or encoder fails over it: {reason}") from error


def over_memory(memory: int) -> str:
    """What a finding says of a file whose work needs more memory."""
    return (
        f"takes more than {memory:,} bytes of memory; "
        "refprep uses at most that for one file: --max-memory raises it"
    )


def over_output(budget: Budget) -> str:
    """What a finding says of a file whose result is too large."""
    return (
        f"its result takes more than {budget.output:,} bytes; "
        "refprep writes at most that for one file: --max-output raises it"
    )


def over_time(seconds: float, kind: str = "") -> str:
    """What a finding says of a file whose work takes too long."""
    return (
        f"takes more than {seconds:g} s{kind}; "
        "refprep works at most so long on one file: --max-seconds raises it"
    )


def failure(error: Exception) -> dict[str, Any]:
    """An error as plain data."""
    if isinstance(error, RefprepError):
        kind = type(error).__name__
        return {"kind": kind, "message": str(error), "source": error.source, "step": error.step}
    number, text = getattr(error, "errno", None), getattr(error, "strerror", None)
    return {"kind": "OSError", "number": number, "message": str(text or error)}


def error_of(found: Mapping[str, Any]) -> Exception:
    """The error that `failure` describes; one that refprep does not know is a crash."""
    from refprep import errors

    message = str(found.get("message"))
    if found.get("kind") == "OSError":
        number = found.get("number")
        return OSError(number if isinstance(number, int) else errno.EIO, message)
    kind = getattr(errors, str(found.get("kind")), None)
    if not (isinstance(kind, type) and issubclass(kind, RefprepError)):
        kind = UnreadableError
    texts = {name: str(found[name]) for name in ("source", "step") if found.get(name)}
    return kind(message, **texts)
