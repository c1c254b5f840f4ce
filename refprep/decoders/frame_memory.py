"""What the frames of a video or audio take, and how many threads fit in memory."""

import os
from typing import Any

import av

from refprep.decoders.memory import PROCESS, require
from refprep.errors import TooBigError

UNKNOWN = 12
"Bytes a pixel before the pixel format is known: 8 of the deepest one, and half as much again."
THREADS_MAX = 16
"FFmpeg's own maximum."
PER_THREAD = 2
"Frames of each thread: measured 1.8 with H.264 of 8K."
BETWEEN = 6
"Frames on the way through measuring, or filters and the encoder: measured 4.4 of 8K."
DPB_PIXELS, DPB_LEAST, DPB_MOST = 696_320 * 256, 6, 16
"""Reference frames by level 6.2 (ITU-T H.264 A.3.1, H.265 A.4.2): as many as have so many pixels.
A stream that breaks its level takes more; the limit of the process ends that."""
SAMPLES_MAX = 1 << 19
"Samples of a channel in one packet: a second of 500 kHz. TTA packets are the longest, 1.04 s."
SAMPLE_BYTES = 24
"A sample as it is decoded, measured and resampled."


def options(memory: int) -> dict[str, str]:
    """FFmpeg's own limits for decoders, before a header was read."""
    pixels = max(0, memory - PROCESS) // UNKNOWN
    return {"max_pixels": str(pixels), "max_samples": str(SAMPLES_MAX)}


def limit(container: Any, memory: int) -> None:
    """Limit what the decoders of a container take.

    Args:
        container: The file, open.
        memory: Bytes that decoding may take.

    Raises:
        TooBigError: The frames of a stream take more.
    """
    for stream in container.streams.video:
        if stream.codec_context is not None:
            _limit_video(stream.codec_context, memory)
    for stream in container.streams.audio:
        if stream.codec_context is not None:
            _limit_audio(stream.codec_context, memory)


def _limit_video(codec: Any, memory: int) -> None:
    pixels = codec.width * codec.height
    size = frame_bytes(codec)
    held = BETWEEN + (1 if codec.codec.intra_only else reference_frames(pixels))
    least = held + PER_THREAD
    require(size * least, memory, codec.width, codec.height)
    fitting = ((memory - PROCESS) // max(1, size) - held) // PER_THREAD
    codec.thread_count = max(1, min(THREADS_MAX, os.cpu_count() or 1, fitting))
    codec.options = {**codec.options, **options(memory)}
    if pixels:  # frames may change their size in the middle
        most = max(pixels, (memory - PROCESS) * pixels // (size * least))
        codec.options = {**codec.options, "max_pixels": str(most)}


def frame_bytes(codec: Any) -> int:
    """Bytes of a decoded frame; 8 a pixel where its format is not known."""
    pixels = codec.width * codec.height
    try:
        bits = max(av.VideoFormat(codec.pix_fmt).padded_bits_per_pixel, 8)
    except (TypeError, ValueError):
        bits = 64
    return int(pixels * bits // 8)


def reference_frames(pixels: int) -> int:
    """How many frames a decoder keeps to predict others from."""
    return max(DPB_LEAST, min(DPB_MOST, DPB_PIXELS // max(1, pixels)))


def _limit_audio(codec: Any, memory: int) -> None:
    samples = (memory - PROCESS) // 2 // (SAMPLE_BYTES * max(1, codec.channels or 1))
    if samples < 1:
        raise TooBigError(f"holds {codec.channels:,} channels")
    codec.options = {**codec.options, "max_samples": str(min(SAMPLES_MAX, samples))}
