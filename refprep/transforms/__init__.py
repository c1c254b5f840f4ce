"""Transforms: the only place that writes media. Each kind is a literal list of small steps."""

from collections.abc import Callable, Sequence
from pathlib import Path

from refprep.errors import TransformError
from refprep.files import atomic_write, copy
from refprep.models.media import AnyMedia, Audio, Image, Video
from refprep.models.steps import Remux, Rename, Step


def transform(
    source: Path,
    steps: Sequence[Step],
    predicted: AnyMedia,
    target: Path,
    *,
    cached: Callable[[Path], bool] = lambda partial: False,
    replace: bool,
    progress: Callable[[float], None],
    finish: Callable[[Path], None] = lambda partial: None,
) -> None:
    """Carry out steps on a file and write the result; without steps, copy it byte for byte.

    Args:
        source: The file to read. It is never altered.
        steps: What to do, in order; the last one encodes, remuxes or renames.
        predicted: The facts of the result.
        target: Where the result belongs. It appears there whole or not at all.
        cached: Writes a result that is cached, and returns True; False where none is.
        replace: Whether `target` may be replaced where it has other content.
        progress: Called with the part that is done, 0 to 1.
        finish: Called with the new file before it gets its name; what it raises prevents that.

    Raises:
        TransformError: A step cannot be carried out.
        OutputError: `target` cannot be written, or has other content and `replace` is False.
    """
    with atomic_write(target, replace=replace) as partial:
        if not cached(partial):
            _write(source, steps, predicted, partial, progress)
        finish(partial)


def _write(
    source: Path,
    steps: Sequence[Step],
    predicted: AnyMedia,
    partial: Path,
    progress: Callable[[float], None],
) -> None:
    if not steps or isinstance(steps[0], Rename):
        copy(source, partial)
        return
    match predicted:
        case Image():
            from refprep.transforms import image

            image.transcode(source, steps, partial)
        case Video() if isinstance(steps[-1], Remux):
            from refprep.transforms import remux

            remux.remux(source, steps, predicted, partial)
        case Video():
            from refprep.transforms import video

            video.transcode(source, steps, predicted, partial, progress)
        case Audio():
            from refprep.transforms import audio

            audio.transcode(source, steps, predicted, partial)
        case _:
            raise TransformError("nothing in this file can be written")


__all__ = ["transform"]
