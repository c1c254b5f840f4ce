"""Progress on a terminal: a bar per file and one for all, on stderr; silence anywhere else."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from refprep.options import Progress, Tell

NAME = 60
"Characters of a name beside its bar: its end, where names differ."


@contextmanager
def bars() -> Iterator[Progress | None]:
    """The progress of `check`, `fix` and `pack`; None where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from refprep.words import page

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        total = progress.add_task("all files", total=None, visible=False)
        parts: dict[str, float] = {}
        tasks = {}

        def update(source: str, part: float) -> None:
            if source not in tasks:
                tasks[source] = progress.add_task(page([source[-NAME:]]), total=1.0)
            parts[source] = part
            several = len(parts) > 1
            working = part < 1.0 and (part > 0.0 or not several)
            progress.update(tasks[source], completed=part, visible=working)
            progress.update(total, completed=sum(parts.values()), total=len(parts), visible=several)

        yield update


@contextmanager
def line() -> Iterator[Tell]:
    """The progress of `submit`: its last line, while it works; every line where nobody watches."""
    from refprep.words import page

    if not sys.stderr.isatty():
        yield lambda text: print(page([text]), file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("", spinner="dots") as status:
        yield lambda text: status.update(Text(page([text])))
