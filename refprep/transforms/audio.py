"""Transcoding an audio file: decoded once, filtered, written as 16-bit PCM in WAV or as MP3."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av

from refprep.decoders.demuxer import audio_stream, clock_start, open_container
from refprep.errors import OutputError, TransformError
from refprep.models.media import Audio
from refprep.models.steps import Encode, Lengthen, Step, Trim
from refprep.transforms.filters import FROM_ZERO, RESAMPLER
from refprep.transforms.lengthen import repeat_samples
from refprep.transforms.muxer import write_error
from refprep.transforms.timeline import audio_frames
from refprep.transforms.tracks import Filter, Track, feed, filter_graph, pull

FADE = 0.005
"Seconds of fade where the audio was cut, so that it does not click."
MP3_BIT_RATES = (192_000, 128_000, 96_000, 64_000, 48_000, 32_000)
"In bits per second; all are of MPEG-1 and MPEG-2 Layer III."


def transcode(
    source: Path, steps: Sequence[Step], predicted: Audio, target: Path, memory: int
) -> None:
    """Transcode the audio of a file.

    Args:
        source: An audio file, or a video of which the audio is extracted.
        steps: What to do; the last step encodes.
        predicted: The facts of the result.
        target: Where it is written.
        memory: Bytes that decoding may take.

    Raises:
        UnreadableError: The source cannot be demuxed.
        TransformError: No audio can be decoded, or it cannot be encoded.
        OutputError: The target cannot be written.
    """
    encode = steps[-1]
    assert isinstance(encode, Encode)
    trim = next((step for step in steps if isinstance(step, Trim)), None)
    lengthen = next((step for step in steps if isinstance(step, Lengthen)), None)
    chain = filter_chain(encode, trim, predicted)
    try:
        with open_container(source, memory) as container:
            start = clock_start(container) + (trim.start if trim else 0.0)
            decoded = audio_frames(container, audio_stream(container), start, predicted.duration)
            frames = _filtered(decoded, chain)
            if lengthen:
                frames = repeat_samples(list(frames), lengthen.mode, lengthen.duration)
            if encode.format == "WAV":
                _write_wav(frames, encode, target)
            else:
                _write_mp3(frames, encode, predicted.duration or 0.0, target)
    except MemoryError:
        raise
    except av.error.FFmpegError as error:
        raise write_error("audio", error) from None


def filter_chain(encode: Encode, trim: Trim | None, predicted: Audio) -> list[Filter]:
    """Resample, mix down to at most two channels, trim to the sample, fade the cut ends."""
    layout = "mono" if encode.channels == 1 else "stereo"
    chain = [
        *FROM_ZERO,
        ("aresample", f"{encode.sample_rate}:{RESAMPLER}:dither_method=triangular"),
        ("aformat", f"sample_fmts=s16:sample_rates={encode.sample_rate}:channel_layouts={layout}"),
    ]
    if predicted.duration is not None:  # decoders of AAC and MP3 give more than the packets say
        chain.append(("atrim", f"start=0:end={predicted.duration:.6f}"))
    if trim is None:
        return chain
    duration = trim.end - trim.start
    fade_in = [("afade", f"t=in:d={FADE}")] if trim.start else []
    return [*chain, *fade_in, ("afade", f"t=out:st={max(0, duration - FADE):.6f}:d={FADE}")]


def _filtered(frames: Iterator[Any], chain: Sequence[Filter]) -> Iterator[Any]:
    """The frames after the filters. TransformError where there are none."""
    graph = None
    for frame in frames:
        graph = graph or filter_graph(frame, chain)
        feed(graph, frame)
        yield from pull(graph)
    if graph is None:
        raise TransformError("no audio in it can be decoded")
    feed(graph, None)
    yield from pull(graph)


def _write_wav(frames: Iterator[Any], encode: Encode, target: Path) -> None:
    import soundfile

    rate, channels = encode.sample_rate or 48_000, encode.channels or 2
    try:
        with soundfile.SoundFile(target, "w", rate, channels, "PCM_16", format="WAV") as output:
            for frame in frames:
                output.write(frame.to_ndarray().reshape(-1, channels))
    except soundfile.LibsndfileError as error:
        raise OutputError(f"the audio cannot be written: {error}") from None


def _write_mp3(frames: Iterator[Any], encode: Encode, duration: float, target: Path) -> None:
    """At the highest bit rate whose file stays within `encode.max_size`, counting a second more."""
    fitting = (rate for rate in MP3_BIT_RATES if rate / 8 * (duration + 1) <= encode.max_size)
    with av.open(str(target), "w", format="mp3", options={"fflags": "+bitexact"}) as output:
        layout = "mono" if encode.channels == 1 else "stereo"
        encoder: Any = output.add_stream("libmp3lame", rate=encode.sample_rate, layout=layout)
        encoder.bit_rate = next(fitting, MP3_BIT_RATES[-1])
        planar = [("aformat", "sample_fmts=s16p"), ("asetnsamples", "n=1152:p=0")]
        track = Track(output, encoder, lambda frame: planar)
        for frame in frames:
            track.push(frame)
        track.finish()
