"""Opening what av demuxes: clips and sounds, and nothing that would open something else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.stream import Disposition

from refprep.errors import UnreadableError

DEMUXERS = (
    "mov,matroska,avi,flv,mpegts,mpeg,mp3,wav,w64,flac,ogg,aac,aiff,caf,asf,amr,mxf,gxf,"
    "au,ac3,eac3,dv,ivf,m4v,h264,hevc,obu,rm,dts,mpegvideo,wv,tta,ape,voc"
)
"Self-contained formats only: a playlist (m3u8, ffconcat, SDP) would open files or the network."

SEEING = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"Decoders that see the alpha channel of WebM; others show the colors that hide under it."


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The container, open for demuxing. UnreadableError."""
    # "file:" keeps names such as "-x.mp4" or "concat:a" names
    only = {"format_whitelist": DEMUXERS, "protocol_whitelist": "file"}
    try:
        container = av.open(f"file:{path}", mode="r", options=only)
    except av.error.FFmpegError as error:
        raise UnreadableError(
            f"not a picture, clip or sound that can be read: {said(error)}"
        ) from None
    except (ValueError, UnicodeError) as error:
        raise UnreadableError(f"cannot be read: {error}") from None
    with container:
        for one in container.streams.video:
            if one.codec_context is not None:
                one.codec_context.flags |= Flags.unaligned  # crop to the pixel, as players do
        yield container


def clock_start(container: InputContainer) -> float:
    """Seconds at which the file's first stream starts: where its clock stands at 0."""
    return (container.start_time or 0) / av.time_base


def said(error: Exception) -> str:
    """The library's message, without number and path."""
    return (getattr(error, "strerror", None) or str(error)).split(":")[0].lower()


def picture_of(container: InputContainer) -> Any:
    """The first video stream that is not a cover; None where there is none."""
    cover = Disposition.attached_pic | Disposition.timed_thumbnails
    moving = (s for s in container.streams.video if not s.disposition & cover)
    return next((s for s in moving if s.codec_context is not None), None)


def sound_of(container: InputContainer) -> Any:
    """The first audio stream; None where there is none."""
    return next((s for s in container.streams.audio if s.codec_context is not None), None)


def decoder(chosen: Any) -> Any:
    """What decodes a stream's packets, with the alpha channel where there is one."""
    seeing = SEEING.get(chosen.codec_context.name)
    veiled = seeing and chosen.metadata.get("alpha_mode") == "1"
    return av.CodecContext.create(seeing, "r") if seeing and veiled else chosen.codec_context
