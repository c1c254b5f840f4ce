"""Putting the same picture packets into another file: nothing is decoded, so nothing is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, repeat
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer

from refprep.decoders import stream
from refprep.errors import TransformError
from refprep.models.media import Video
from refprep.models.steps import Remux, Step, Trim
from refprep.transforms.audio_track import sound_track
from refprep.transforms.muxer import mp4
from refprep.transforms.tracks import Track

TICK = Fraction(1, 720_720_000)
"Seconds; whole numbers of it are exact for 24, 25, 30, 50 and 60 frames and their 1000/1001."
TAGS = {"hevc": "hvc1", "h264": "avc1"}
"MP4 sample references that keep parameter sets in the header: what Apple's players ask for."


@dataclass(frozen=True)
class CutPoint:
    """The picture packets that are kept, in decode order: when each is shown and decoded.

    Times in seconds from the first picture, which stands at `start` on the file's clock.
    """

    start: Fraction
    end: Fraction
    shown: tuple[Fraction, ...]
    decoded: tuple[Fraction, ...]
    skipped: int
    "Picture packets before the first that is kept."
    grid: Fraction | None
    "Frames per second of a clip of steady pace, on which its times belong."


def render(source: Path, steps: Sequence[Step], predicted: Video, target: Path) -> None:
    """Carry out `steps`, the last of which remuxes, and write `target`. TransformError."""
    remux = steps[-1]
    assert isinstance(remux, Remux)
    trim = next((step for step in steps if isinstance(step, Trim)), None)
    with stream.opened(source) as container:
        cut = find_cut(container, trim, _grid(predicted))
    with stream.opened(source) as container, mp4(target) as output:
        _copy(container, output, cut, remux, predicted)


def find_cut(container: InputContainer, trim: Trim | None, grid: Fraction | None) -> CutPoint:
    """From the first picture, or a key frame, to the last place within the trim for a cut.

    That is where every picture before is shown before all after it: dropping packets by their time
    alone would drop pictures that kept ones are predicted from.
    """
    packets = [p for p in container.demux(stream.picture_of(container)) if p.pts is not None]
    if not packets:
        raise TransformError("its pictures carry no times")
    start, skipped = min(packet.pts * packet.time_base for packet in packets), 0
    if trim and trim.start:
        skipped = _key_frame(packets, trim.start + stream.clock_start(container))
        start = packets[skipped].pts * packets[skipped].time_base
        packets = [one for one in packets[skipped:] if one.pts * one.time_base >= start]
    shown = [_snapped(packet.pts * packet.time_base - start, grid) for packet in packets]
    ends = list(accumulate(map(_end, packets, shown, repeat(grid)), max))
    after = [*accumulate(reversed(shown), min)][::-1]
    last = Fraction(trim.end - trim.start).limit_denominator(1_000_000) if trim else max(ends)
    kept = 0
    for place in range(1, len(shown) + 1):
        whole = place == len(shown) or ends[place - 1] <= after[place]
        kept = place if whole and ends[place - 1] <= last else kept
    if not kept:
        raise TransformError("it cannot be cut between packets")
    shown = shown[:kept]
    return CutPoint(start, ends[kept - 1], tuple(shown), _decode_times(shown), skipped, grid)


def _key_frame(packets: Sequence[Any], asked: float) -> int:
    """Which packet is the key frame that is shown nearest to `asked`, on the file's clock."""
    keys = [place for place, packet in enumerate(packets) if packet.is_keyframe]
    return min(keys, key=lambda key: abs(packets[key].pts * packets[key].time_base - asked))


def _grid(predicted: Video) -> Fraction | None:
    """The frame rate of a clip of steady pace, whose container may have rounded its times."""
    steady = predicted.frame_rate and predicted.frame_timing == "constant"
    return (
        Fraction(predicted.frame_rate).limit_denominator(1001)
        if predicted.frame_rate and steady
        else None
    )


def _snapped(when: Fraction, grid: Fraction | None) -> Fraction:
    return Fraction(round(when * grid)) / grid if grid else when


def _end(packet: Any, shown: Fraction, grid: Fraction | None) -> Fraction:
    return shown + (1 / grid if grid else (packet.duration or 0) * packet.time_base)


def _decode_times(shown: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """When each packet is decoded: in order, and never after it is shown. Matroska does not say."""
    ordered = sorted(shown)
    delay = max(early - late for early, late in zip(ordered, shown, strict=True))
    return tuple(one - delay for one in ordered)


def _copy(
    container: InputContainer,
    output: OutputContainer,
    cut: CutPoint,
    remux: Remux,
    predicted: Video,
) -> None:
    picture, sound = stream.picture_of(container), stream.sound_of(container)
    copied = output.add_stream_from_template(picture)
    if cut.grid:
        copied.time_base = Fraction(1, cut.grid.numerator)
    copied.codec_context.codec_tag = TAGS[picture.codec_context.name]
    track = sound_track(output, predicted) if sound is not None and remux.audio_codec else None
    heard = output.add_stream_from_template(sound) if sound is not None and not track else None
    times, ahead = iter(zip(cut.shown, cut.decoded, strict=True)), cut.skipped
    for packet in container.demux(*filter(None, (picture, sound))):
        if packet.stream.type == "video":
            if packet.pts is None or ahead > 0:
                ahead -= packet.pts is not None
            elif _shown(packet, cut) and (when := next(times, None)):
                lasts = 1 / cut.grid if cut.grid else _lasts(packet)
                _mux(packet, copied, output, *when, lasts)
        elif track:
            _encode(packet, track, cut)
        elif packet.pts is not None and _heard(packet, cut):
            place = packet.pts * packet.time_base - cut.start
            _mux(packet, heard, output, place, place, _lasts(packet))
    if track:
        track.finish()


def _shown(packet: Any, cut: CutPoint) -> bool:
    """True for all but the pictures that lead up to a key frame in the middle of a file."""
    return not cut.skipped or bool(packet.pts * packet.time_base >= cut.start)


def _heard(packet: Any, cut: CutPoint) -> bool:
    """True for sound that begins and ends with the picture: what overhangs lengthens the file."""
    end = (packet.pts + (packet.duration or 0)) * packet.time_base
    return _shown(packet, cut) and bool(end - cut.start <= cut.end)


def _lasts(packet: Any) -> Fraction:
    return Fraction((packet.duration or 0) * packet.time_base)


def _mux(packet: Any, target: Any, output: OutputContainer, *times: Fraction) -> None:
    """Write a packet: when it is shown, when it is decoded, and how long it lasts, in seconds."""
    packet.time_base = TICK
    packet.pts, packet.dts, packet.duration = (round(time / TICK) for time in times)
    packet.stream = target
    output.mux(packet)


def _encode(packet: Any, track: Track, cut: CutPoint) -> None:
    try:
        frames = packet.decode()
    except av.error.FFmpegError:
        return
    for frame in frames:
        when = (frame.pts or 0) * frame.time_base - cut.start
        frame.time_base = Fraction(1, frame.sample_rate)
        frame.pts = round(when * frame.sample_rate)
        track.push(frame)
