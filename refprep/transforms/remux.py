"""Remuxing: copying video packets into MP4 or MOV; nothing is decoded, so nothing is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer

from refprep.decoders.demuxer import (
    audio_stream,
    clock_start,
    open_container,
    read_packets,
    video_stream,
)
from refprep.errors import TransformError
from refprep.models.media import Video
from refprep.models.steps import Remux, Step, Trim
from refprep.transforms.audio_track import audio_track
from refprep.transforms.muxer import open_output
from refprep.transforms.tracks import Track

TIME_BASE = Fraction(1, 720_720_000)
"Seconds; whole numbers of it are exact for 24, 25, 30, 50 and 60 frames and their 1000/1001."
TAGS = {"hevc": "hvc1", "h264": "avc1"}
"MP4 sample entries that keep parameter sets in the header: what Apple's players ask for."


@dataclass(frozen=True)
class CutPoint:
    """The video packets that are kept, in decode order.

    Times are in seconds from the first frame, which is at `start` on the file's clock.
    """

    start: Fraction
    end: Fraction
    pts: tuple[Fraction, ...]
    dts: tuple[Fraction, ...]
    skipped: int
    "Video packets before the first that is kept."
    frame_rate: Fraction | None
    "Frames per second where that is constant: the grid of all times; None where it varies."


def remux(source: Path, steps: Sequence[Step], predicted: Video, target: Path, memory: int) -> None:
    """Copy the packets of a video into MP4; its audio is copied or encoded.

    Args:
        source: The video.
        steps: Perhaps a trim; the last step remuxes.
        predicted: The facts of the result.
        target: Where it is written.
        memory: Bytes that decoding may take.

    Raises:
        UnreadableError: The source cannot be demuxed.
        TransformError: There is no place to cut between packets, or FFmpeg cannot mux them.
        OutputError: The target cannot be written.
    """
    step = steps[-1]
    assert isinstance(step, Remux)
    trim = next((step for step in steps if isinstance(step, Trim)), None)
    frame_rate = None
    if predicted.frame_rate and predicted.frame_timing == "constant":
        frame_rate = Fraction(predicted.frame_rate).limit_denominator(1001)
    with open_container(source, memory) as container:
        cut = find_cut(container, trim, frame_rate)
    with open_container(source, memory) as container, open_output(target, step.format) as output:
        _copy(container, output, cut, step, predicted)


def find_cut(container: InputContainer, trim: Trim | None, frame_rate: Fraction | None) -> CutPoint:
    """Find the packets from the first frame, or a key frame, to the last cut within the trim.

    A cut is possible where every frame before is displayed before all after it: dropping packets
    by their time alone would drop frames that kept ones are predicted from.

    Args:
        container: The file, open.
        trim: The part to keep; None for all of it.
        frame_rate: Frames per second of a video with constant frame rate, whose container may have
            rounded its times.

    Raises:
        TransformError: No packet has a time, or none can be kept.
    """
    packets = [p for p in read_packets(container, video_stream(container)) if p.pts is not None]
    if not packets:
        raise TransformError("its video packets carry no times")
    start, skipped = min(packet.pts * packet.time_base for packet in packets), 0
    if trim and trim.start:
        skipped = _key_frame(packets, trim.start + clock_start(container))
        start = packets[skipped].pts * packets[skipped].time_base
        packets = [p for p in packets[skipped:] if p.pts * p.time_base >= start]
    times, ends = [], []
    for packet in packets:
        pts = packet.pts * packet.time_base - start
        if frame_rate:
            pts = Fraction(round(pts * frame_rate)) / frame_rate
        times.append(pts)
        ends.append(pts + (1 / frame_rate if frame_rate else _duration(packet)))
    ends = list(accumulate(ends, max))
    earliest_after = [*accumulate(reversed(times), min)][::-1]
    limit = Fraction(trim.end - trim.start).limit_denominator(1_000_000) if trim else ends[-1]
    kept = 0
    for count in range(1, len(times) + 1):
        possible = count == len(times) or ends[count - 1] <= earliest_after[count]
        kept = count if possible and ends[count - 1] <= limit else kept
    if not kept:
        raise TransformError("it cannot be cut between packets")
    times = times[:kept]
    return CutPoint(start, ends[kept - 1], tuple(times), _decode_times(times), skipped, frame_rate)


def _key_frame(packets: Sequence[Any], time: float) -> int:
    """The index of the key frame displayed nearest to a time, in seconds on the file's clock."""
    keys = [index for index, packet in enumerate(packets) if packet.is_keyframe]
    return min(keys, key=lambda key: abs(packets[key].pts * packets[key].time_base - time))


def _decode_times(times: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """The dts of each packet: in order, and never after its pts. Matroska does not store them."""
    ordered = sorted(times)
    delay = max(early - late for early, late in zip(ordered, times, strict=True))
    return tuple(time - delay for time in ordered)


def _copy(
    container: InputContainer, output: OutputContainer, cut: CutPoint, step: Remux, predicted: Video
) -> None:
    video, audio = video_stream(container), audio_stream(container)
    video_copy = output.add_stream_from_template(video)
    if cut.frame_rate:
        video_copy.time_base = Fraction(1, cut.frame_rate.numerator)
    if tag := TAGS.get(video.codec_context.name):  # others have one by the format
        video_copy.codec_context.codec_tag = tag
    track = audio_track(output, predicted) if audio is not None and step.audio_codec else None
    audio_copy = output.add_stream_from_template(audio) if audio is not None and not track else None
    times, to_skip = iter(zip(cut.pts, cut.dts, strict=True)), cut.skipped
    for packet in read_packets(container, *filter(None, (video, audio))):
        if track and packet.stream.type == "audio":
            _encode(packet, track, cut.start)
            continue
        if packet.pts is None:
            continue
        pts, duration = packet.pts * packet.time_base - cut.start, _duration(packet)
        # frames that lead up to a key frame in the middle of a file need those before it
        leading = cut.skipped > 0 and pts < 0
        if packet.stream.type == "video":
            if to_skip > 0:
                to_skip -= 1
            elif not leading and (time := next(times, None)):
                lasts = 1 / cut.frame_rate if cut.frame_rate else duration
                _mux(packet, video_copy, output, *time, lasts)
        elif not leading and pts + duration <= cut.end:  # what overhangs would lengthen the file
            _mux(packet, audio_copy, output, pts, pts, duration)
    if track:
        track.finish()


def _duration(packet: Any) -> Fraction:
    return Fraction((packet.duration or 0) * packet.time_base)


def _mux(packet: Any, target: Any, output: OutputContainer, *times: Fraction) -> None:
    """Write a packet with its pts, dts and duration, in seconds."""
    packet.time_base = TIME_BASE
    packet.pts, packet.dts, packet.duration = (round(time / TIME_BASE) for time in times)
    packet.stream = target
    output.mux(packet)


def _encode(packet: Any, track: Track, start: Fraction) -> None:
    """Decode an audio packet and encode its frames; a damaged one costs only its own."""
    try:
        frames = packet.decode()
    except MemoryError:
        raise
    except av.error.FFmpegError:
        return
    for frame in frames:
        time = (frame.pts or 0) * frame.time_base - start
        frame.time_base = Fraction(1, frame.sample_rate)
        frame.pts = round(time * frame.sample_rate)
        track.push(frame)
