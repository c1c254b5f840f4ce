"""Rendering a clip: decoded once, filtered, encoded once; again only where it weighs too much."""

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer

from refprep.decoders import stream
from refprep.errors import TransformError
from refprep.models.media import Video
from refprep.models.steps import Encode, Lengthen, Scale, Step, Trim
from refprep.transforms import filters
from refprep.transforms.audio_track import SOUND_BIT_RATE, sound_track
from refprep.transforms.lengthen import lengthened
from refprep.transforms.muxer import mp4
from refprep.transforms.rate_control import LEAST, PARTS, PLENTY, Options, first_pass, second_pass
from refprep.transforms.timeline import bit_rate, clip_frames
from refprep.transforms.tracks import Track

Progress = Callable[[float], None]
"Is told the part that is done, 0 to 1."
LIGHT = 250_000
"Bits per second that a picture may always take: half a megabyte for 15 s, which nobody misses."
IN_ORDER = {"bf": "0"}
"""Without pictures decoded ahead of their time: MP4 tells a stream's length as the sum of the times
between decodings, and at an uneven pace that is what is shown only where both go in one order."""
INDEX_RATE, HEADER = 8_000, 2_500
"What an MP4 takes beside the packets: bits per second, and bytes."
BT709, LIMITED_RANGE = 1, 1
"ITU-T H.273 code points, and libavutil's AVCOL_RANGE_MPEG."


@dataclass(frozen=True)
class EncodeJob:
    """One clip's encoding, whatever its quality: from what, by which steps, to what and where."""

    source: Path
    steps: Sequence[Step]
    predicted: Video
    target: Path
    progress: Progress

    @cached_property
    def most(self) -> float:
        """Bytes that the picture may take: as many a second as in the source, within the budget."""
        start, seconds = span(self.steps)
        with stream.opened(self.source) as container:
            zero = stream.clock_start(container)
            source = bit_rate(container, None if start is None else start + zero, seconds)
        lasting = max(self.predicted.duration or 0.0, 0.04)
        sound = SOUND_BIT_RATE if self.predicted.audio_codec else 0
        beside = (sound + INDEX_RATE) * lasting / 8 + HEADER
        return max(1.0, min(max(source, LIGHT) * lasting / 8, self.predicted.size - beside))

    @property
    def size(self) -> tuple[int, int]:
        scales = [(step.width, step.height) for step in self.steps if isinstance(step, Scale)]
        return scales[-1] if scales else self.predicted.dimensions

    @property
    def frame_rate(self) -> Fraction:
        """Frames per second."""
        return Fraction(self.predicted.frame_rate or 25).limit_denominator(1001)

    @property
    def longer(self) -> Lengthen | None:
        return next((step for step in self.steps if isinstance(step, Lengthen)), None)

    def scaled(self, size: tuple[int, int]) -> "EncodeJob":
        """The same, to another size."""
        *drawn, encode = (step for step in self.steps if not isinstance(step, Scale))
        scale = Scale(width=size[0], height=size[1])
        return replace(self, steps=[*drawn, scale, encode])


def render(
    source: Path, steps: Sequence[Step], predicted: Video, target: Path, progress: Progress
) -> None:
    """Carry out `steps`, the last of which encodes, and write `target`. TransformError.

    Its picture takes no more bytes than the source's did, and the file no more than it may: quality
    gives way first, then size. A clip that nothing brings within its bytes is left at the smallest.
    """
    encode = steps[-1]
    assert isinstance(encode, Encode)
    take = EncodeJob(source, steps, predicted, target, progress)
    if _write(take, PLENTY, take.most) <= encode.max_size:
        return
    for shown in (take, *map(take.scaled, encode.smaller)):
        if _tightened(shown, take.most) <= encode.max_size:
            return


def _tightened(take: EncodeJob, most: float) -> float:
    """Encode in two passes, for less and less, until it fits; the bytes of the file."""
    seconds = max(take.predicted.duration or 0.0, 0.04)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        rates = [round(most * 8 * part / seconds) for part in PARTS]
        _write(take, first_pass(rates[0], log))
        for rate in rates:
            try:
                weight = _write(take, second_pass(rate, log), most)
            except TransformError:  # fewer bytes than x264 can do with at this size
                break
            if weight <= take.predicted.size:
                return weight
    return _write(take, LEAST)


def _write(take: EncodeJob, options: Options, most: float = math.inf) -> float:
    """One encoding, and what the file weighs; given up, as infinite, beyond `most` for pictures."""
    with stream.opened(take.source) as container, mp4(take.target) as output:
        tracks = _tracks(output, take, options)
        picture = tracks[av.VideoFrame]
        for frame in _frames(container, take, len(tracks)):
            tracks[type(frame)].push(frame)
            take.progress(min(1.0, (frame.time or 0.0) / (take.predicted.duration or 1.0)))
            if picture.size > most:
                return math.inf
        if not picture.begun:
            raise TransformError("no picture of it can be decoded")
        for track in tracks.values():
            track.finish()
    return take.target.stat().st_size if picture.size <= most else math.inf


def _frames(container: InputContainer, take: EncodeJob, tracks: int) -> Iterator[Any]:
    """The decoded frames of the part that is kept, picture first."""
    chosen = [stream.picture_of(container), stream.sound_of(container)][:tracks]
    chosen[0].thread_type = "AUTO"
    start, seconds = span(take.steps)
    first = None if start is None else start + stream.clock_start(container)
    return clip_frames(container, chosen, first, seconds)


def _tracks(output: OutputContainer, take: EncodeJob, options: Options) -> dict[type, Track]:
    """A track for each kind of frame."""
    tracks: dict[type, Track] = {av.VideoFrame: _picture_track(output, take, options)}
    if take.predicted.audio_codec:
        tracks[av.AudioFrame] = sound_track(output, take.predicted)
    return lengthened(tracks, take.longer, take.frame_rate) if take.longer else tracks


def span(steps: Sequence[Step]) -> tuple[float | None, float | None]:
    """Start and length in seconds of the part that is kept; None where nothing is cut."""
    trims = (step for step in steps if isinstance(step, Trim))
    return next(((trim.start, trim.end - trim.start) for trim in trims), (None, None))


def _picture_track(output: OutputContainer, take: EncodeJob, options: Options) -> Track:
    pace = take.frame_rate if take.predicted.frame_timing == "constant" or take.longer else None
    told = {**options, **({} if pace else IN_ORDER)}
    encoder: Any = output.add_stream("libx264", rate=take.frame_rate, options=told)
    encoder.width, encoder.height = take.size
    encoder.pix_fmt = "yuv420p"
    codec = encoder.codec_context
    codec.colorspace = codec.color_primaries = codec.color_trc = BT709
    codec.color_range = LIMITED_RANGE
    return Track(output, encoder, partial(filters.picture, steps=take.steps, pace=pace))
