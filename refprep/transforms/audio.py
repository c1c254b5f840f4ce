"""Rendering a sound: decoded once, resampled and cut, written as PCM16 WAV or MP3."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av

from refprep.decoders import stream
from refprep.errors import OutputError, TransformError
from refprep.models.media import Audio
from refprep.models.steps import Encode, Lengthen, Step, Trim
from refprep.transforms.failures import failure
from refprep.transforms.filters import ALIGNED, STEADY
from refprep.transforms.lengthen import samples
from refprep.transforms.timeline import sound_frames
from refprep.transforms.tracks import Filter, Track, feed, graph, pull

FADE = 0.005
"Seconds of fade where the sound was cut, so that it does not click."
MP3_BIT_RATES = (192_000, 128_000, 96_000, 64_000, 48_000, 32_000)


def render(source: Path, steps: Sequence[Step], predicted: Audio, target: Path) -> None:
    """Carry out `steps`, the last of which encodes, and write `target`. TransformError."""
    encode = steps[-1]
    assert isinstance(encode, Encode)
    trim = next((step for step in steps if isinstance(step, Trim)), None)
    chain = filters(encode, trim, predicted)
    try:
        with stream.opened(source) as container:
            sound = stream.sound_of(container)
            start = stream.clock_start(container) + (trim.start if trim else 0.0)
            heard = sound_frames(container, sound, start, predicted.duration)
            longer = next((step for step in steps if isinstance(step, Lengthen)), None)
            ready = _repeated(_filtered(heard, chain), longer)
            write = _write_wav if encode.format == "WAV" else _write_mp3
            write(ready, encode, predicted.duration or 0.0, target)
    except av.error.FFmpegError as error:
        raise failure("the sound", error) from None


def filters(encode: Encode, trim: Trim | None, predicted: Audio) -> list[Filter]:
    """Resample, mix down to at most two channels, cut at the sample, fade the cut ends."""
    layout = "mono" if encode.channels == 1 else "stereo"
    chain = [
        *ALIGNED,
        ("aresample", f"{encode.sample_rate}:{STEADY}:dither_method=triangular"),
        ("aformat", f"sample_fmts=s16:sample_rates={encode.sample_rate}:channel_layouts={layout}"),
    ]
    if predicted.duration is not None:  # decoders of AAC and MP3 give more than the packets say
        chain.append(("atrim", f"start=0:end={predicted.duration:.6f}"))
    if trim is None:
        return chain
    seconds = trim.end - trim.start
    fade_in = [("afade", f"t=in:d={FADE}")] if trim.start else []
    return [*chain, *fade_in, ("afade", f"t=out:st={max(0, seconds - FADE):.6f}:d={FADE}")]


def _repeated(ready: Iterator[Any], longer: Lengthen | None) -> Iterator[Any]:
    """The frames, or all of them again and again where that was asked for."""
    return samples(list(ready), longer.mode, longer.duration) if longer else ready


def _filtered(heard: Iterator[Any], chain: Sequence[Filter]) -> Iterator[Any]:
    """What the filter graph makes of the frames. TransformError where there are none."""
    made = None
    for frame in heard:
        made = made or graph(frame, chain)
        feed(made, frame)
        yield from pull(made)
    if made is None:
        raise TransformError("no sound of it can be decoded")
    feed(made, None)
    yield from pull(made)


def _write_wav(ready: Iterator[Any], encode: Encode, seconds: float, target: Path) -> None:
    import soundfile

    rate, channels = encode.sample_rate or 48_000, encode.channels or 2
    try:
        with soundfile.SoundFile(target, "w", rate, channels, "PCM_16", format="WAV") as out:
            for frame in ready:
                out.write(frame.to_ndarray().reshape(-1, channels))
    except soundfile.LibsndfileError as error:
        raise OutputError(f"the sound cannot be written: {error}") from None


def _write_mp3(ready: Iterator[Any], encode: Encode, seconds: float, target: Path) -> None:
    fitting = (rate for rate in MP3_BIT_RATES if rate / 8 * (seconds + 1) <= encode.max_size)
    with av.open(str(target), "w", format="mp3", options={"fflags": "+bitexact"}) as output:
        layout = "mono" if encode.channels == 1 else "stereo"
        encoder: Any = output.add_stream("libmp3lame", rate=encode.sample_rate, layout=layout)
        encoder.bit_rate = next(fitting, MP3_BIT_RATES[-1])
        planar = [("aformat", "sample_fmts=s16p"), ("asetnsamples", "n=1152:p=0")]
        track = Track(output, encoder, lambda frame: planar)
        for frame in ready:
            track.push(frame)
        track.finish()
