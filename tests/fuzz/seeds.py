"""A small valid file of every format that refprep reads, drawn and encoded by code."""

import os
import struct
import tempfile
from collections.abc import Callable
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any

from fixtures.clips import clip
from fixtures.pictures import display_p3, picture, png16, scene
from fixtures.sounds import tone

Maker = Callable[[Path], object]
SIZE = (64, 48)
os.environ.setdefault("SVT_LOG", "1")  # the AV1 encoder prints its settings otherwise


def _saved(path: Path, *, mode: str = "RGB", pages: int = 1, **options: Any) -> None:
    first, *rest = [scene(*SIZE).rotate(90 * n).convert(mode) for n in range(pages)]
    if rest:
        options |= {"save_all": True, "append_images": rest}
    first.save(path, **options)


def _keyed_png(path: Path) -> None:
    """A palette PNG with a transparent color: tRNS."""
    scene(*SIZE).quantize(16).save(path, transparency=3)


def _mpo(path: Path) -> None:
    _saved(path, pages=2, format="MPO")


def _codestream(path: Path) -> None:
    scene(*SIZE).save(path, format="JPEG2000", no_jp2=True)


_clip = partial(clip, size=SIZE, duration=1, frame_rate=Fraction(8), channels=1, sample_rate=16000)
_tone = partial(tone, duration=0.3, sample_rate=16000, channels=1)


def _muxed(path: Path, *, movflags: str) -> None:
    """An MP4 with another layout of its boxes, its packets copied."""
    import av

    with tempfile.TemporaryDirectory() as folder:
        plain = _clip(Path(folder) / "plain.mp4")
        with (
            av.open(str(plain)) as source,
            av.open(str(path), "w", options={"movflags": movflags, "fflags": "+bitexact"}) as out,
        ):
            streams = {s.index: out.add_stream_from_template(s) for s in source.streams}
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = streams[packet.stream.index]
                    out.mux(packet)


def _alone(path: Path, *, codec: str, container: str, rate: int = 16000) -> None:
    """Audio through FFmpeg, in a container that its suffix does not name."""
    import av
    import numpy as np

    with av.open(str(path), "w", format=container, options={"fflags": "+bitexact"}) as out:
        stream: Any = out.add_stream(codec, rate=rate, layout="mono")
        wave = (np.sin(np.arange(rate // 2) / 9) * 9000).astype(np.int16)[None]
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=rate)
        frame = av.AudioFrame.from_ndarray(wave, "s16", "mono")
        frame.sample_rate = rate
        fifo = av.AudioFifo()
        for part in resampler.resample(frame):
            fifo.write(part)
        while block := fifo.read(stream.codec_context.frame_size or 1024, partial=True):
            out.mux(stream.encode(block))
        out.mux(stream.encode(None))


def _rf64(path: Path) -> None:
    """A WAV whose sizes stand in a ds64 chunk: EBU Tech 3306."""
    body = bytes(range(256)) * 8
    form = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    ds64 = struct.pack("<QQQI", 4 + 36 + 24 + 8 + len(body), len(body), len(body) // 2, 0)
    chunks = b"ds64" + struct.pack("<I", len(ds64)) + ds64
    chunks += b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + b"\xff" * 4 + body
    path.write_bytes(b"RF64" + b"\xff" * 4 + b"WAVE" + chunks)


def _extensible(path: Path) -> None:
    import soundfile

    samples = [[n % 99 / 200, -(n % 77) / 200] for n in range(2000)]
    soundfile.write(path, samples, 16000, subtype="PCM_24", format="WAVEX")


def _tagged_mp3(path: Path) -> None:
    """An MP3 behind an ID3v2.3 tag with a title and a padding."""
    _tone(path)
    sound = path.read_bytes()
    sound = sound[sound.index(b"\xff") :]  # FFmpeg writes a tag of its own
    title = b"\0A red kite"
    frame = b"TIT2" + struct.pack(">IH", len(title), 0) + title + bytes(40)
    path.write_bytes(b"ID3\x03\0\0" + bytes((0, 0, 0, len(frame))) + frame + sound)


MAKERS: dict[str, tuple[str, Maker]] = {
    "jpeg": (".jpg", partial(picture, size=SIZE)),
    "jpeg-progressive": (".jpg", partial(_saved, progressive=True)),
    "jpeg-cmyk": (".jpg", partial(picture, size=SIZE, mode="CMYK")),
    "jpeg-gray": (".jpg", partial(_saved, mode="L")),
    "jpeg-exif": (".jpg", partial(picture, size=SIZE, orientation=6, icc=display_p3())),
    "jpeg-restart": (".jpg", partial(_saved, restart_marker_blocks=4)),
    "mpo": (".mpo", _mpo),
    "png": (".png", partial(picture, size=SIZE)),
    "png-1bit": (".png", partial(_saved, mode="1")),
    "png-16bit": (".png", partial(png16, size=SIZE)),
    "png-gray16": (".png", partial(picture, size=SIZE, mode="I;16")),
    "png-alpha": (".png", partial(picture, size=SIZE, mode="RGBA")),
    "png-palette": (".png", partial(_saved, mode="P")),
    "png-transparent-color": (".png", _keyed_png),
    "apng": (".png", partial(picture, size=SIZE, frames=3)),
    "gif": (".gif", partial(_saved, mode="P")),
    "gif-animated": (".gif", partial(picture, size=SIZE, frames=3)),
    "webp": (".webp", partial(picture, size=SIZE)),
    "webp-lossless": (".webp", partial(_saved, lossless=True)),
    "webp-alpha": (".webp", partial(picture, size=SIZE, mode="RGBA")),
    "webp-animated": (".webp", partial(picture, size=SIZE, frames=3)),
    "tiff": (".tif", partial(_saved)),
    "tiff-lzw": (".tif", partial(_saved, compression="tiff_lzw")),
    "tiff-deflate": (".tif", partial(_saved, compression="tiff_adobe_deflate")),
    "tiff-jpeg": (".tif", partial(_saved, compression="jpeg")),
    "tiff-group4": (".tif", partial(_saved, mode="1", compression="group4")),
    "tiff-pages": (".tif", partial(_saved, pages=3)),
    "tiff-gray16": (".tif", partial(picture, size=SIZE, mode="I;16")),
    "bmp": (".bmp", partial(_saved)),
    "bmp-palette": (".bmp", partial(_saved, mode="P")),
    "jpeg2000": (".jp2", partial(_saved)),
    "jpeg2000-codestream": (".j2k", _codestream),
    "heic": (".heic", partial(picture, size=SIZE)),
    "heic-alpha": (".heic", partial(picture, size=SIZE, mode="RGBA")),
    "avif": (".avif", partial(picture, size=SIZE)),
    "avif-animated": (".avif", partial(_saved, pages=2)),
    "mp4": (".mp4", _clip),
    "mp4-faststart": (".mp4", partial(_muxed, movflags="faststart")),
    "mp4-fragmented": (".mp4", partial(_muxed, movflags="frag_keyframe+empty_moov")),
    "mp4-edit-list": (".mp4", partial(_clip, audio_span=(0.25, 1.0))),
    "mp4-hevc-hdr": (".mp4", partial(_clip, transfer="pq", audio=None)),
    "mp4-av1": (".mp4", partial(_clip, codec="libsvtav1", audio=None, size=(64, 64))),
    "mov": (".mov", partial(_clip, rotation=90, audio="pcm_s16le")),
    "mov-jpeg": (".mov", partial(_clip, codec="mjpeg", pixel_format="yuvj420p", audio=None)),
    "mov-timecode": (".mov", partial(_clip, extra_stream="timecode")),
    "mov-prores": (
        ".mov",
        partial(_clip, codec="prores_ks", pixel_format="yuv422p10le", duration=0.5, audio=None),
    ),
    "3gp": (".3gp", partial(_clip, codec="mpeg4")),
    "mkv": (".mkv", partial(_clip, audio="flac", extra_stream="subtitles")),
    "webm": (".webm", partial(_clip, codec="libvpx", audio="libopus", sample_rate=48000)),
    "webm-vp9": (".webm", partial(_clip, codec="libvpx-vp9", audio="libopus", sample_rate=48000)),
    "webm-alpha": (
        ".webm",
        partial(_clip, codec="libvpx-vp9", pixel_format="yuva420p", audio=None),
    ),
    "avi": (".avi", partial(_clip, codec="mpeg4", audio="mp3")),
    "avi-jpeg": (".avi", partial(_clip, codec="mjpeg", pixel_format="yuvj420p", audio="pcm_s16le")),
    "mpegts": (".ts", _clip),
    "mpeg-ps": (".mpg", partial(_clip, codec="mpeg2video", frame_rate=Fraction(25), audio="mp2")),
    "flv": (".flv", partial(_clip, audio="aac")),
    "mxf": (
        ".mxf",
        partial(
            _clip,
            codec="mpeg2video",
            frame_rate=Fraction(25),
            duration=0.2,
            audio="pcm_s16le",
            sample_rate=48000,
        ),
    ),
    "wmv": (".wmv", partial(_clip, codec="wmv2", audio=None)),
    "ogv": (".ogv", partial(_clip, codec="libvpx", audio="libopus", sample_rate=48000)),
    "wav": (".wav", _tone),
    "wav-24bit": (".wav", partial(_tone, subtype="PCM_24")),
    "wav-float": (".wav", partial(_tone, subtype="FLOAT")),
    "wav-adpcm": (".wav", partial(_tone, subtype="IMA_ADPCM")),
    "wav-rf64": (".wav", _rf64),
    "wav-extensible": (".wav", _extensible),
    "mp3": (".mp3", _tone),
    "mp3-id3": (".mp3", _tagged_mp3),
    "flac": (".flac", _tone),
    "ogg-vorbis": (".ogg", _tone),
    "opus": (".opus", partial(_tone, sample_rate=48000)),
    "m4a": (".m4a", _tone),
    "m4a-alac": (".m4a", partial(_alone, codec="alac", container="ipod")),
    "aac": (".aac", _tone),
    "aiff": (".aiff", _tone),
    "caf": (".caf", _tone),
    "au": (".au", _tone),
    "ac3": (".ac3", partial(_alone, codec="ac3", container="ac3", rate=48000)),
    "amr": (".amr", partial(_alone, codec="libopencore_amrnb", container="amr", rate=8000)),
    "wavpack": (".wv", partial(_alone, codec="wavpack", container="wv")),
    "tta": (".tta", partial(_alone, codec="tta", container="tta")),
}
"Each seed's suffix, and what writes it."


@cache
def seed(name: str) -> bytes:
    """The bytes of a seed; empty where this platform's libraries cannot write it."""
    suffix, make = MAKERS[name]
    with tempfile.TemporaryDirectory(prefix="refprep-seed-") as folder:
        path = Path(folder) / f"seed{suffix}"
        try:
            make(path)
        except (OSError, ValueError, RuntimeError):  # an encoder that a wheel lacks
            return b""
        return path.read_bytes()


def write_all(folder: Path) -> list[str]:
    """Write every seed into a folder, for the processes of one run; the names of those written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, (suffix, _) in MAKERS.items():
        if content := seed(name):
            (folder / f"{name}{suffix}").write_bytes(content)
            written.append(name)
    return written
