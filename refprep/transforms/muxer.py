"""The file that a clip is written to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import OutputContainer

from refprep.transforms.failures import failure


@contextmanager
def mp4(target: Path) -> Iterator[OutputContainer]:
    """An MP4 file, its index in front, and the same bytes for the same frames. TransformError."""
    options = {"movflags": "+faststart", "fflags": "+bitexact", "movie_timescale": "240000"}
    try:
        with av.open(str(target), "w", format="mp4", options=options) as output:
            yield output
    except av.error.FFmpegError as error:
        raise failure("the clip", error) from None
