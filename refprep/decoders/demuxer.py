"""Opening containers for demuxing, and choosing the streams that refprep reads in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.stream import Disposition

from refprep.decoders import frame_memory
from refprep.decoders.reader import Reader, reading
from refprep.errors import UnreadableError
from refprep.models.budget import DEFAULT

DEMUXERS = (
    "mov,matroska,avi,flv,mpegts,mpeg,mp3,wav,w64,flac,ogg,aac,aiff,caf,asf,amr,mxf,gxf,"
    "au,ac3,eac3,dv,ivf,m4v,h264,hevc,obu,rm,dts,mpegvideo,wv,tta,ape,voc"
)
"Self-contained formats only: a playlist (m3u8, ffconcat, SDP) would open files or the network."

COVER = Disposition.attached_pic | Disposition.timed_thumbnails
"Pictures in a file that are no video."
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"Decoders that decode the alpha channel of WebM; FFmpeg's own ones show the colors hidden under it."


@contextmanager
def open_container(path: Path, memory: int = DEFAULT.memory) -> Iterator[InputContainer]:
    """Open a video or audio file for demuxing; it is closed when the block ends.

    Its decoders use as many threads as fit in memory: each holds a frame.

    Args:
        path: The file. Its name is never read as a URL or a pattern.
        memory: Bytes that decoding may take.

    Raises:
        UnreadableError: No demuxer of the list reads it; a TooBigError where its frames take more
            memory; a ReadError where the system fails to read it, also at the end of the block.
    """
    only = {"format_whitelist": DEMUXERS, "protocol_whitelist": "file"}
    only |= frame_memory.options(memory)  # opening decodes the first frames
    with reading(path) as reader, _opened(reader, only) as container:
        for stream in container.streams.video:
            if stream.codec_context is not None:
                stream.codec_context.flags |= Flags.unaligned  # crop to the pixel, as players do
        frame_memory.limit(container, memory)
        yield container


def _opened(reader: Reader, options: dict[str, str]) -> InputContainer:
    try:
        return av.open(reader, mode="r", options=options)
    except MemoryError:
        raise
    except av.error.FFmpegError as error:
        raise UnreadableError(
            f"not an image, video or audio that can be decoded: {error_text(error)}"
        ) from None
    except (ValueError, UnicodeError) as error:
        raise UnreadableError(f"cannot be read: {error}") from None


def read_packets(container: InputContainer, *streams: Any) -> Iterator[Any]:
    """The packets of some streams, to the end or to where the file cannot be read on.

    An empty packet of each stream ends them, which lets its decoder give what it holds back. That
    the file is damaged is for `decoders.packets` to find.

    Args:
        container: The file, open.
        *streams: Those to read.
    """
    try:
        yield from container.demux(*streams)
    except (av.error.FFmpegError, IndexError) as error:  # IndexError: a stream that FLV adds late
        if isinstance(error, MemoryError):
            raise
        for stream in streams:
            last = av.Packet()
            last.stream = stream
            yield last


def clock_start(container: InputContainer) -> float:
    """The time in seconds at which the file's first stream starts: where its clock is at 0."""
    return (container.start_time or 0) / av.time_base


def error_text(error: Exception) -> str:
    """FFmpeg's message, without number and path."""
    return (getattr(error, "strerror", None) or str(error)).split(":")[0].lower()


def video_stream(container: InputContainer) -> Any:
    """The first video stream that is not a cover image; None where there is none."""
    streams = (stream for stream in container.streams.video if not stream.disposition & COVER)
    return next((stream for stream in streams if stream.codec_context is not None), None)


def audio_stream(container: InputContainer) -> Any:
    """The first audio stream; None where there is none."""
    streams = container.streams.audio
    return next((stream for stream in streams if stream.codec_context is not None), None)


def decoder_of(stream: Any) -> Any:
    """The codec context that decodes a stream's packets, with their alpha channel if any."""
    name = ALPHA_DECODERS.get(stream.codec_context.name)
    has_alpha = name and stream.metadata.get("alpha_mode") == "1"
    if not (name and has_alpha):
        return stream.codec_context
    decoder = av.CodecContext.create(name, "r")
    decoder.options = stream.codec_context.options
    return decoder
