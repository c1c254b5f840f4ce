"""Transforms: the only place that writes media. Each kind is a literal list of small steps."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from refprep.decoders import over_memory
from refprep.errors import TooBigError, TransformError
from refprep.files import atomic_write
from refprep.models.budget import DEFAULT
from refprep.models.media import AnyMedia, Audio, Image, Video
from refprep.models.steps import Remux, Rename, Step


def transform(
    source: Path,
    steps: Sequence[Step],
    predicted: AnyMedia,
    target: Path,
    *,
    cached: Path | None = None,
    replace: bool,
    progress: Callable[[float], None],
) -> None:
    """Carry out steps on a file and write the result; without steps, copy it byte for byte.

    Args:
        source: The file to read. It is never altered.
        steps: What to do, in order; the last one encodes, remuxes or renames.
        predicted: The facts of the result.
        target: Where the result belongs. It appears there whole or not at all.
        cached: A file that already is the result; it is copied.
        replace: Whether `target` may be replaced where it has other content.
        progress: Called with the part that is done, 0 to 1.

    Raises:
        TransformError: A step cannot be carried out.
        TooBigError: It takes more memory than there is.
        OutputError: `target` cannot be written, or has other content and `replace` is False.
    """
    with _memory_counted(source), atomic_write(target, replace=replace) as partial:
        if cached or not steps or isinstance(steps[0], Rename):
            shutil.copyfile(cached or source, partial)
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


@contextmanager
def _memory_counted(source: Path) -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise TooBigError(over_memory(DEFAULT.memory), source=str(source)) from None


__all__ = ["transform"]
