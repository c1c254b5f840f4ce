"""Rendering: the only place that writes media. Each kind is a literal list of small steps."""

import shutil
from collections.abc import Callable
from pathlib import Path

from refprep.errors import RenderError
from refprep.media import Audio, Image, Video
from refprep.planning import FilePlan
from refprep.planning.steps import Remux, Rename
from refprep.rendering.whole import sweep, whole


def render(
    plan: FilePlan,
    target: Path,
    ready: Path | None = None,
    *,
    replace: bool,
    progress: Callable[[float], None],
) -> None:
    """Write what a plan says, whole or not at all; without steps, the very bytes of the source.

    `ready` is a file that already is what the plan says.

    Raises RenderError, and OutputError where `target` holds something else that `replace` spares.
    """
    source, steps, predicted = plan.entry.source.path, plan.steps, plan.predicted.media
    with whole(target, replace=replace) as partial:
        if ready or not steps or isinstance(steps[0], Rename):
            shutil.copyfile(ready or source, partial)
            return
        match predicted:
            case Image():
                from refprep.rendering import image

                image.render(source, steps, partial)
            case Video() if isinstance(steps[-1], Remux):
                from refprep.rendering import remux

                remux.render(source, steps, predicted, partial)
            case Video():
                from refprep.rendering import video

                video.render(source, steps, predicted, partial, progress)
            case Audio():
                from refprep.rendering import audio

                audio.render(source, steps, predicted, partial)
            case _:
                raise RenderError("there is nothing here that could be written")


__all__ = ["render", "sweep"]
