"""Rendering a clip: decoded once, filtered, encoded once; again only where it weighs too much."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer

from refprep.errors import RenderError
from refprep.media import Video
from refprep.planning.steps import Step, Trim
from refprep.probing import stream
from refprep.rendering import filters
from refprep.rendering.output import mp4
from refprep.rendering.reading import clip_frames, clock_start
from refprep.rendering.sound import SOUND_BIT_RATE, sound_track
from refprep.rendering.squeeze import bit_rates
from refprep.rendering.tracks import Track

Progress = Callable[[float], None]
"Is told the part that is done, 0 to 1."
THREADS = 4
"Fixed, for the encoder's result depends on it: the same bytes on every machine."
IN_ORDER = {"bf": "0"}
"""Without pictures decoded ahead of their time: MP4 tells a stream's length as the sum of the times
between decodings, and at an uneven pace that is what is shown only where both go in one order."""
BT709, LIMITED_RANGE = 1, 1
"ITU-T H.273 code points, and libavutil's AVCOL_RANGE_MPEG."


def render(
    source: Path, steps: Sequence[Step], predicted: Video, target: Path, progress: Progress
) -> None:
    """Carry out `steps`, the last of which encodes, and write `target`. RenderError.

    A clip that no bit rate brings within its bytes is left at the lowest.
    """
    most = predicted.bytes
    sound_rate = SOUND_BIT_RATE if predicted.audio_codec else 0
    for rate in bit_rates(most, predicted.seconds or 0.0, sound_rate):
        with stream.opened(source) as container, mp4(target) as output:
            tracks = _tracks(output, steps, predicted, rate)
            for frame in _frames(container, steps, len(tracks)):
                tracks[type(frame)].push(frame)
                progress(min(1.0, (frame.time or 0.0) / (predicted.seconds or 1.0)))
            if tracks[av.VideoFrame].graph is None:
                raise RenderError("no picture of it can be decoded")
            for track in tracks.values():
                track.finish()
        if target.stat().st_size <= most:
            return


def _frames(container: InputContainer, steps: Sequence[Step], tracks: int) -> Iterator[Any]:
    """The decoded frames of the part that is kept, picture first."""
    chosen = [stream.picture_of(container), stream.sound_of(container)][:tracks]
    chosen[0].thread_type = "AUTO"
    start, seconds = _span(steps)
    first = None if start is None else start + clock_start(container)
    return clip_frames(container, chosen, first, seconds)


def _tracks(
    output: OutputContainer, steps: Sequence[Step], predicted: Video, bit_rate: int
) -> dict[type, Track]:
    """A track for each kind of frame."""
    tracks: dict[type, Track] = {av.VideoFrame: _picture_track(output, steps, predicted, bit_rate)}
    if predicted.audio_codec:
        tracks[av.AudioFrame] = sound_track(output, predicted)
    return tracks


def _span(steps: Sequence[Step]) -> tuple[float | None, float | None]:
    """Start and length in seconds of the part that is kept; None where nothing is cut."""
    trims = (step for step in steps if isinstance(step, Trim))
    return next(((trim.start, trim.end - trim.start) for trim in trims), (None, None))


def _picture_track(
    output: OutputContainer, steps: Sequence[Step], predicted: Video, bit_rate: int
) -> Track:
    rate = Fraction(predicted.fps or 25).limit_denominator(1001)
    pace = rate if predicted.pace == "steady" else None
    limits = {"maxrate": str(bit_rate), "bufsize": str(bit_rate)}
    ordered = {} if pace else IN_ORDER
    options = {"preset": "veryfast", "crf": "17", "threads": str(THREADS), **limits, **ordered}
    encoder: Any = output.add_stream("libx264", rate=rate, options=options)
    encoder.width, encoder.height = predicted.width, predicted.height
    encoder.pix_fmt = "yuv420p"
    codec = encoder.codec_context
    codec.colorspace = codec.color_primaries = codec.color_trc = BT709
    codec.color_range = LIMITED_RANGE
    return Track(output, encoder, partial(filters.picture, steps=steps, pace=pace))
