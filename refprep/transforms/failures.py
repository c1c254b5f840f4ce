"""Telling whose fault a failed write is: the medium's (the disk is full) or the material's."""

import errno

import av

from refprep.decoders import stream
from refprep.errors import OutputError, RefprepError, TransformError

MEDIUM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)


def failure(what: str, error: av.error.FFmpegError) -> RefprepError:
    """OutputError where the disk refuses, TransformError where the codec does."""
    if error.errno in MEDIUM:
        return OutputError(f"{what} cannot be written: {stream.said(error)}")
    return TransformError(f"{what} cannot be encoded: {stream.said(error)}")
