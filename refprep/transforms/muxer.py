"""The MP4 or MOV file that a video is written to, and the errors of writing."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import OutputContainer

from refprep.decoders.demuxer import error_text
from refprep.errors import OutputError, RefprepError, TransformError

DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)


@contextmanager
def open_output(target: Path, name: str) -> Iterator[OutputContainer]:
    """Open a file for muxing: its index in front, the same bytes for the same packets.

    Args:
        target: The file.
        name: MP4 or MOV.

    Raises:
        OutputError: The disk is full or read-only.
        TransformError: FFmpeg cannot encode or mux.
    """
    options = {"movflags": "+faststart", "fflags": "+bitexact", "movie_timescale": "240000"}
    try:
        with av.open(str(target), "w", format=name.lower(), options=options) as output:
            yield output
    except MemoryError:
        raise
    except av.error.FFmpegError as error:
        raise write_error("video", error) from None


def write_error(kind: str, error: av.error.FFmpegError) -> RefprepError | OSError:
    """An OutputError where the disk refuses, a TransformError where the codec does.

    An OSError for a file that is too large: of the disk, or of the budget for one file.
    """
    if error.errno == errno.EFBIG:
        return OSError(errno.EFBIG, error_text(error))
    if error.errno in DISK_ERRORS:
        return OutputError(f"the {kind} cannot be written: {error_text(error)}")
    return TransformError(f"the {kind} cannot be encoded: {error_text(error)}")
