"""Progress on a terminal: a bar per file and one for all, on stderr; silence anywhere else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bars() -> Iterator[Callable[[str, float], None] | None]:
    """What `check`, `fix` and `pack` tell their progress to; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from refprep.reports import printable

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        every = progress.add_task("all files", total=None, visible=False)
        parts: dict[str, float] = {}
        tasks = {}

        def tell(source: str, part: float) -> None:
            if source not in tasks:
                tasks[source] = progress.add_task(printable(source), total=1.0)
            parts[source] = part
            several = len(parts) > 1
            working = part < 1.0 and (part > 0.0 or not several)
            progress.update(tasks[source], completed=part, visible=working)
            progress.update(every, completed=sum(parts.values()), total=len(parts), visible=several)

        yield tell


@contextmanager
def line() -> Iterator[Callable[[str], None]]:
    """What `submit` tells its progress to: the last line of it, while it works."""
    if not sys.stderr.isatty():
        yield lambda said: None
        return
    from rich.console import Console

    from refprep.reports import printable

    with Console(stderr=True).status("", spinner="dots") as status:
        yield lambda said: status.update(printable(said).replace("[", r"\["))
