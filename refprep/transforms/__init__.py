"""Transforms: the only place that writes media. Each kind is a literal list of small steps."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from refprep.decoders import media_of
from refprep.errors import TransformError
from refprep.models.budget import DEFAULT
from refprep.models.media import Audio, Image, Video
from refprep.models.steps import Remux, Step

STEPS = TypeAdapter(tuple[Step, ...])


def transform(
    source: str,
    steps: Sequence[Mapping[str, Any]],
    predicted: Mapping[str, Any],
    target: str,
    *,
    memory: int = DEFAULT.memory,
    progress: Callable[[float], None],
) -> None:
    """Carry out steps on a file. Steps and facts are plain data, as a worker receives them.

    Args:
        source: The file to read. It is never altered.
        steps: What to do, in order; the last one encodes or remuxes.
        predicted: The facts of the result.
        target: The file to write; it exists.
        memory: Bytes that decoding may take.
        progress: Called with the part that is done, 0 to 1.

    Raises:
        TransformError: A step cannot be carried out.
        UnreadableError: The source cannot be decoded.
        OutputError: `target` cannot be written.
    """
    if not predicted["kind"]:
        raise TransformError("nothing in this file can be written")
    path, partial, wanted = Path(source), Path(target), STEPS.validate_python(steps)
    match media_of(dict(predicted)):
        case Image():
            from refprep.transforms import image

            image.transcode(path, wanted, partial, memory=memory)
        case Video() as result if isinstance(wanted[-1], Remux):
            from refprep.transforms import remux

            remux.remux(path, wanted, result, partial, memory)
        case Video() as result:
            from refprep.transforms import video

            video.transcode(path, wanted, result, partial, memory=memory, progress=progress)
        case Audio() as result:
            from refprep.transforms import audio

            audio.transcode(path, wanted, result, partial, memory)


__all__ = ["transform"]
