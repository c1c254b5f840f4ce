"""Rendering a sound: decoded once, resampled and cut, written as PCM16 WAV or MP3."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from refprep.errors import RenderError
from refprep.media import Audio
from refprep.planning.steps import Encode, Step, Trim
from refprep.probing import stream
from refprep.rendering.reading import clock_start
from refprep.rendering.tracks import Filter, Track, feed, graph, pull

FADE = 0.005
"Seconds of fade where the sound was cut, so that it does not click."
MP3_BIT_RATES = (192_000, 128_000, 96_000, 64_000, 48_000, 32_000)


def render(source: Path, steps: Sequence[Step], predicted: Audio, target: Path) -> None:
    """Carry out `steps`, the last of which encodes, and write `target`. RenderError."""
    encode = steps[-1]
    assert isinstance(encode, Encode)
    trim = next((step for step in steps if isinstance(step, Trim)), None)
    chain = filters(encode, trim, predicted)
    try:
        with stream.opened(source) as container:
            sound = stream.sound_of(container)
            start = clock_start(container) + (trim.start if trim else 0.0)
            heard = _heard(container, sound, start, trim.end - trim.start if trim else None)
            write = _write_wav if encode.format == "WAV" else _write_mp3
            write(heard, chain, encode, predicted.seconds or 0.0, target)
    except av.error.FFmpegError as error:
        raise RenderError(f"the sound cannot be written: {stream.said(error)}") from None


def filters(encode: Encode, trim: Trim | None, predicted: Audio) -> list[Filter]:
    """Resample, mix down to at most two channels, cut at the sample, fade the cut ends."""
    layout = "mono" if encode.channels == 1 else "stereo"
    chain = [
        ("aresample", f"{encode.sample_rate}:async=1:first_pts=0:dither_method=triangular"),
        ("aformat", f"sample_fmts=s16:sample_rates={encode.sample_rate}:channel_layouts={layout}"),
    ]
    if trim is None:
        return chain
    seconds = trim.end - trim.start
    cut = ("atrim", f"start=0:end={seconds:.6f}")
    fade_in = [("afade", f"t=in:d={FADE}")] if trim.start else []
    return [*chain, cut, *fade_in, ("afade", f"t=out:st={max(0, seconds - FADE):.6f}:d={FADE}")]


def _heard(container: Any, sound: Any, start: float, seconds: float | None) -> Iterator[Any]:
    """Decoded frames, their pts in samples from `start`; a damaged packet costs only its own."""
    if start > 1:
        container.seek(int((start - 0.5) * av.time_base))
    for packet in container.demux(sound):
        try:
            decoded = packet.decode()
        except av.error.FFmpegError:
            continue
        for frame in decoded:
            when = 0.0 if frame.pts is None else float(frame.pts * frame.time_base) - start
            if seconds is not None and when > seconds:
                return
            frame.time_base = Fraction(1, frame.sample_rate)
            frame.pts = round(when * frame.sample_rate)
            if frame.pts + frame.samples > 0:
                yield frame


def _write_wav(
    heard: Iterator[Any], chain: Sequence[Filter], encode: Encode, seconds: float, target: Path
) -> None:
    import soundfile

    assert encode.sample_rate
    assert encode.channels
    with soundfile.SoundFile(
        target, "w", encode.sample_rate, encode.channels, subtype="PCM_16", format="WAV"
    ) as out:
        made = None
        for frame in heard:
            made = made or graph(frame, chain)
            feed(made, frame)
            for ready in pull(made):
                out.write(ready.to_ndarray().reshape(-1, encode.channels))
        if made is None:
            raise RenderError("no sound could be decoded")
        feed(made, None)
        for ready in pull(made):
            out.write(ready.to_ndarray().reshape(-1, encode.channels))


def _write_mp3(
    heard: Iterator[Any], chain: Sequence[Filter], encode: Encode, seconds: float, target: Path
) -> None:
    fitting = (rate for rate in MP3_BIT_RATES if rate / 8 * (seconds + 1) <= encode.bytes)
    with av.open(str(target), "w", format="mp3", options={"fflags": "+bitexact"}) as output:
        layout = "mono" if encode.channels == 1 else "stereo"
        encoder: Any = output.add_stream("libmp3lame", rate=encode.sample_rate, layout=layout)
        encoder.bit_rate = next(fitting, MP3_BIT_RATES[-1])
        planar: Sequence[Filter] = [
            *chain,
            ("aformat", "sample_fmts=s16p"),
            ("asetnsamples", "n=1152:p=0"),
        ]
        track = Track(output, encoder, lambda frame: planar)
        for frame in heard:
            track.push(frame)
        track.finish()
