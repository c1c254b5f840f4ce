"""Transcoding a video: decoded once, filtered, encoded once; again only where it is too large."""

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer

from refprep.decoders.demuxer import audio_stream, clock_start, open_container, video_stream
from refprep.errors import TransformError
from refprep.models.media import Video
from refprep.models.steps import Encode, Lengthen, Scale, Step, Trim
from refprep.transforms.audio_track import AUDIO_BIT_RATE, audio_track
from refprep.transforms.filters import video_chain
from refprep.transforms.lengthen import lengthen_tracks
from refprep.transforms.muxer import open_output
from refprep.transforms.rate_control import (
    LOWEST_QUALITY,
    QUALITY_PRESET,
    SHARES,
    X264Options,
    first_pass,
    second_pass,
)
from refprep.transforms.timeline import video_bit_rate, video_frames
from refprep.transforms.tracks import Track

Progress = Callable[[float], None]
"Called with the part that is done, 0 to 1."
MIN_BIT_RATE = 250_000
"Bits per second that video may always take: half a megabyte for 15 s, which nobody misses."
NO_B_FRAMES = {"bf": "0"}
"""No frame is decoded ahead of its time. MP4 stores a stream's duration as the sum of the times
between decodings; at a variable frame rate that is the displayed duration only where frames are
decoded in the order in which they are displayed."""
INDEX_BIT_RATE, HEADER_SIZE = 8_000, 2_500
"What an MP4 takes beside the packets: bits per second, and bytes."
MAX_SIDE = 16384
"Pixels of a side that libx264 encodes at most."
BT709, LIMITED_RANGE = 1, 1
"ITU-T H.273 code points, and libavutil's AVCOL_RANGE_MPEG."


@dataclass(frozen=True)
class EncodeJob:
    """One video to encode, at whatever quality: from what, by which steps, to what and where."""

    source: Path
    steps: Sequence[Step]
    predicted: Video
    target: Path
    memory: int
    "Bytes that decoding may take."
    progress: Progress

    @property
    def duration(self) -> float:
        """Seconds of the result; no less than a frame at 25 fps."""
        return max(self.predicted.duration or 0.0, 0.04)

    @cached_property
    def max_video_size(self) -> float:
        """Bytes that the video stream may take: at the source's bit rate, and within the budget."""
        start, duration = kept_span(self.steps)
        with open_container(self.source, self.memory) as container:
            zero = clock_start(container)
            bit_rate = video_bit_rate(container, None if start is None else start + zero, duration)
        audio_bit_rate = AUDIO_BIT_RATE if self.predicted.audio_codec else 0
        other = (audio_bit_rate + INDEX_BIT_RATE) * self.duration / 8 + HEADER_SIZE
        same_rate = max(bit_rate, MIN_BIT_RATE) * self.duration / 8
        return max(1.0, min(same_rate, self.predicted.size - other))

    @property
    def dimensions(self) -> tuple[int, int]:
        """Width and height of the result, in pixels."""
        scales = [(step.width, step.height) for step in self.steps if isinstance(step, Scale)]
        return scales[-1] if scales else self.predicted.dimensions

    @property
    def frame_rate(self) -> Fraction:
        """Frames per second."""
        return Fraction(self.predicted.frame_rate or 25).limit_denominator(1001)

    @property
    def lengthen(self) -> Lengthen | None:
        return next((step for step in self.steps if isinstance(step, Lengthen)), None)

    def scaled(self, dimensions: tuple[int, int]) -> "EncodeJob":
        """The same job with another width and height."""
        *others, encode = (step for step in self.steps if not isinstance(step, Scale))
        scale = Scale(width=dimensions[0], height=dimensions[1])
        return replace(self, steps=[*others, scale, encode])


def transcode(
    source: Path,
    steps: Sequence[Step],
    predicted: Video,
    target: Path,
    *,
    memory: int,
    progress: Progress,
) -> None:
    """Transcode a video to H.264 and AAC, in MP4 or MOV.

    Its video takes no more bytes than the source's did, and the file no more than its encode step
    allows: quality gives way first, then the frame size. A video that does not fit even so is left
    at the smallest.

    Args:
        source: The video.
        steps: What to do; the last step encodes.
        predicted: The facts of the result.
        target: Where it is written.
        memory: Bytes that decoding may take.
        progress: Called with the part that is done, 0 to 1.

    Raises:
        UnreadableError: The source cannot be demuxed.
        TransformError: No video can be decoded, or it cannot be encoded.
        OutputError: The target cannot be written.
    """
    encode = steps[-1]
    assert isinstance(encode, Encode)
    job = EncodeJob(source, steps, predicted, target, memory, progress)
    max_video_size = job.max_video_size
    if _encode(job, QUALITY_PRESET, max_video_size) <= encode.max_size:
        return
    for attempt in (job, *map(job.scaled, encode.smaller)):
        if _encode_twice(attempt, max_video_size) <= encode.max_size:
            return


def _encode_twice(job: EncodeJob, max_video_size: float) -> float:
    """Encode in two passes, at falling bit rates, until it fits; the size of the file in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        bit_rates = [round(max_video_size * 8 * share / job.duration) for share in SHARES]
        _encode(job, first_pass(bit_rates[0], log))
        for bit_rate in bit_rates:
            try:
                size = _encode(job, second_pass(bit_rate, log), max_video_size)
            except TransformError:  # a bit rate below what x264 can do at this frame size
                break
            if size <= job.predicted.size:
                return size
    return _encode(job, LOWEST_QUALITY)


def _encode(job: EncodeJob, options: X264Options, max_video_size: float = math.inf) -> float:
    """Encode once; the size of the file in bytes.

    Gives up, and returns infinity, once the video stream is larger than `max_video_size`.
    """
    start, duration = kept_span(job.steps)
    name = job.predicted.format
    with (
        open_container(job.source, job.memory) as container,
        open_output(job.target, name) as output,
    ):
        video = video_stream(container)
        video.thread_type = "AUTO"
        streams = [video]
        tracks: dict[type, Track] = {av.VideoFrame: _video_track(output, job, options)}
        if job.predicted.audio_codec:
            streams.append(audio_stream(container))
            tracks[av.AudioFrame] = audio_track(output, job.predicted)
        if job.lengthen:
            tracks = lengthen_tracks(tracks, job.lengthen, job.frame_rate)
        video_track = tracks[av.VideoFrame]
        first = None if start is None else start + clock_start(container)
        for frame in video_frames(container, streams, first, duration):
            tracks[type(frame)].push(frame)
            job.progress(min(1.0, (frame.time or 0.0) / (job.predicted.duration or 1.0)))
            if video_track.size > max_video_size:
                return math.inf
        if not video_track.started:
            raise TransformError("no video in it can be decoded")
        for track in tracks.values():
            track.finish()
    return job.target.stat().st_size if video_track.size <= max_video_size else math.inf


def kept_span(steps: Sequence[Step]) -> tuple[float | None, float | None]:
    """Start and duration, in seconds, of the part that is kept; None where nothing is trimmed."""
    trims = (step for step in steps if isinstance(step, Trim))
    return next(((trim.start, trim.end - trim.start) for trim in trims), (None, None))


def _video_track(output: OutputContainer, job: EncodeJob, options: X264Options) -> Track:
    constant = job.predicted.frame_timing == "constant" or job.lengthen
    options = options if constant else {**options, **NO_B_FRAMES}
    if max(job.dimensions) > MAX_SIDE:
        raise TransformError(f"H.264 has no frames of {' x '.join(map(str, job.dimensions))}")
    encoder: Any = output.add_stream("libx264", rate=job.frame_rate, options=options)
    encoder.width, encoder.height = job.dimensions
    encoder.pix_fmt = "yuv420p"
    codec = encoder.codec_context
    codec.colorspace = codec.color_primaries = codec.color_trc = BT709
    codec.color_range = LIMITED_RANGE
    frame_rate = job.frame_rate if constant else None
    return Track(output, encoder, partial(video_chain, steps=job.steps, frame_rate=frame_rate))
