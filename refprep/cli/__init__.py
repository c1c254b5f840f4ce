"""The command line: parse, one verb, tell. Results on stdout, progress and errors on stderr."""

import os
import sys
from collections.abc import Sequence

from refprep.cli.options import parser
from refprep.errors import RefprepError
from refprep.telling import shown


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
        print(f"refprep: {shown(' '.join(str(error).split()))}", file=sys.stderr)
        return getattr(error, "code", 2)
    except KeyboardInterrupt:
        print("refprep: interrupted; nothing half-written is left", file=sys.stderr)
        return 130
