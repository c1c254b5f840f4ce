"""The command line: parse, one verb, report. Results on stdout, progress and errors on stderr."""

import io
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress

from refprep import __version__, signals
from refprep.cli.commands import warm_up
from refprep.cli.parser import parser
from refprep.errors import RefprepError
from refprep.words import page

BUG = 3
ISSUES = "https://github.com/OWNER/refprep/issues"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0: nothing wrong, or all fixed. 1: findings are left. 2: refprep cannot do its work. 3: a
        bug in refprep. 128 and the signal's number: ended by it; 130 is Ctrl-C.
    """
    debug = False
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a letter that it does not have is an escape
            stream.reconfigure(errors="backslashreplace")
    try:
        options = parser().parse_args(arguments)
        debug = options.debug
        with signals.handled():
            warm_up(options)
            code = int(options.run(options))
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except KeyboardInterrupt as end:
        with suppress(OSError):  # the terminal may be gone
            _print(f"{signals.name(end)}; nothing half-written is left")
        return signals.exit_code(end)
    except (RefprepError, OSError) as error:
        if debug:
            _print_traceback(error)
        _print(str(error))
        return error.code if isinstance(error, RefprepError) else RefprepError.code
    except Exception as error:  # a bug: whatever it is, the user reads one line
        if debug:
            _print_traceback(error)
        text = f"{type(error).__name__}: {' '.join(str(error).split())}"
        _print(
            f"{text}; this is a bug in refprep {__version__}: report it, with --debug, at {ISSUES}"
        )
        return BUG


def _print(line: str) -> None:
    print(page([f"refprep: {line}"]), file=sys.stderr)


def _print_traceback(error: BaseException) -> None:
    """The traceback, in which a message obeys nothing, either."""
    lines = "".join(traceback.format_exception(error)).rstrip("\n").split("\n")
    print(page(lines), file=sys.stderr)
