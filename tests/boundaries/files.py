"""The files of the boundaries: real ones, written when they are needed, as small as possible."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from math import ceil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import av
import numpy as np
import soundfile
from av.video.stream import VideoStream
from numpy.typing import NDArray

from fixtures.clips import clip
from fixtures.pictures import picture, scene
from fixtures.sounds import audio_frames, audio_stream, tone, wave

LUMA = (36, 64)
"Rows and columns of a painted video."
BLACK = 16
"The luma code of black in limited range, ITU-R BT.709; white is 235."


@dataclass(frozen=True)
class File:
    """A file: its name and what writes it. Called with a folder it is written, once."""

    name: str
    write: Callable[[Path], Path]

    def __call__(self, folder: Path) -> Path:
        return file_path(self, folder)

    def named(self, name: str) -> "File":
        """The same content under another name."""
        return File(name, lambda path: self.write(path.with_name(self.name)).rename(path))

    def then(self, *changes: Callable[[Path], object]) -> "File":
        """The same file after changes to its bytes."""

        def write(path: Path) -> Path:
            self.write(path)
            for change in changes:
                change(path)
            return path

        return File(self.name, write)


@cache
def file_path(file: File, folder: Path) -> Path:
    """The file's path, in a folder of its own."""
    return file.write(Path(mkdtemp(dir=folder)) / file.name)


def photo(width: int = 400, height: int = 400, name: str = "photo.jpg", **facts: Any) -> File:
    """An image of these dimensions."""
    return File(name, partial(picture, size=(width, height), **facts))


def with_transparent_pixels(pixels: int) -> File:
    """An RGBA PNG with so many half-transparent pixels; all others are opaque."""

    def write(path: Path) -> Path:
        image = scene(400, 400).convert("RGBA")
        for place in range(pixels):
            image.putpixel((place, 0), (0, 0, 0, 128))
        image.save(path)
        return path

    return File("veiled.png", write)


def film(width: int = 64, height: int = 48, name: str = "film.mp4", **facts: Any) -> File:
    """A video of these dimensions: by default a second at 24 fps, without audio."""
    facts = {"duration": 1, "frame_rate": Fraction(24), "audio": None, **facts}
    return File(name, partial(clip, size=(width, height), **facts))


def lasting(seconds: float, start: float = 0.0) -> File:
    """A video of this duration (s): a frame per second, and a last one of a hundredth."""
    last = round(seconds - 0.01, 2)
    times = tuple(start + time for time in (*range(ceil(last)), last))
    return film(times=times, frame_rate=Fraction(100))


def hum(seconds: float = 3.0, name: str = "hum.wav", **facts: Any) -> File:
    """An audio file of this duration (s)."""
    facts = {"sample_rate": 8000, "channels": 1, **facts}
    return File(name, partial(tone, duration=seconds, **facts))


def level(loudest: int) -> File:
    """Two seconds of 16-bit audio with this value as its loudest sample."""
    samples = np.resize(np.array([0, loudest, 0, -loudest], np.int16), 16000)

    def write(path: Path) -> Path:
        soundfile.write(path, samples, 8000, subtype="PCM_16")
        return path

    return File("level.wav", write)


def mp3(*parts: tuple[int, int], xing: bool) -> File:
    """An MP3 of parts, each with a bitrate (bit/s) and a duration (s); `xing`: a frame count."""

    def write(path: Path) -> Path:
        pieces = [
            _mp3(path.with_name(f"part{place}.mp3"), rate, seconds)
            for place, (rate, seconds) in enumerate(parts)
        ]
        whole = path.with_name("parts.mp3")
        whole.write_bytes(b"".join(piece.read_bytes() for piece in pieces))
        return _mux(path, [whole], {"write_xing": str(int(xing)), "id3v2_version": "0"})

    return File("hum.mp3", write)


def _mp3(path: Path, rate: int, seconds: int) -> Path:
    plain = {"write_xing": "0", "id3v2_version": "0"}
    with av.open(str(path), "w", options=plain) as output:
        stream = audio_stream(output, "libmp3lame", 44100, 1)
        stream.codec_context.bit_rate = rate
        for frame in [*audio_frames(wave(seconds, 44100, 1), 44100), None]:
            output.mux(stream.encode(frame))
    return path


def joined(name: str, *files: File, **options: str) -> File:
    """One file with the streams of several, packet by packet; `options` go to the muxer."""

    def write(path: Path) -> Path:
        sources = [
            file.write(path.with_name(f"{place}-{file.name}")) for place, file in enumerate(files)
        ]
        return _mux(path, sources, options)

    return File(name, write)


def _mux(path: Path, sources: list[Path], options: dict[str, str]) -> Path:
    with av.open(str(path), "w", options=options) as output:
        inputs = [av.open(str(source)) for source in sources]
        streams = [
            {stream.index: output.add_stream_from_template(stream) for stream in container.streams}
            for container in inputs
        ]
        for container, targets in zip(inputs, streams, strict=True):
            for packet in container.demux():
                if packet.dts is not None:
                    packet.stream = targets[packet.stream_index]
                    output.mux(packet)
            container.close()
    return path


def painted(*lumas: NDArray[np.uint8]) -> File:
    """A lossless video at 4 fps: gray frames by their luma codes."""

    def write(path: Path) -> Path:
        with av.open(str(path), "w") as output:
            stream = output.add_stream("libx264", rate=4, options={"qp": "0"})
            assert isinstance(stream, VideoStream)
            stream.height, stream.width = LUMA
            stream.codec_context.color_range = 1
            for luma in lumas:
                chroma = np.full((LUMA[0] // 2, LUMA[1]), 128, np.uint8)
                frame = av.VideoFrame.from_ndarray(np.vstack([luma, chroma]), "yuv420p")
                frame.color_range = 1
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
        return path

    return File("painted.mp4", write)


def shade(luma: int) -> NDArray[np.uint8]:
    """A frame of one shade."""
    return np.full(LUMA, luma, np.uint8)


def spotted(luma: int, size: int) -> NDArray[np.uint8]:
    """A black frame with a square of this shade in the middle, `size` pixels on each side."""
    frame = shade(BLACK)
    frame[16 : 16 + size, 32 : 32 + size] = luma
    return frame


def folder_named(name: str) -> File:
    """A folder in place of a file."""

    def write(path: Path) -> Path:
        path.mkdir()
        return path

    return File(name, write)


def written(name: str, content: bytes) -> File:
    """A file of these bytes."""

    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return File(name, write)


def of_size(size: int) -> Callable[[Path], object]:
    """Pads a JPEG, MP4 or WAV to this size in a way that its format allows and readers skip."""

    def change(path: Path) -> None:
        have = path.stat().st_size
        with path.open("r+b") as file:
            file.seek(0, 2)
            match path.suffix:
                case ".mp4":  # a free box, ISO 14496-12, 8.1.2
                    file.write(struct.pack(">I4s", size - have, b"free"))
                case ".wav":  # a chunk of an unknown kind, which readers skip
                    file.write(struct.pack("<4sI", b"JUNK", (size - have - 8) // 2 * 2))
                    file.seek(4)
                    file.write(struct.pack("<I", (size - 8) // 2 * 2))
            file.truncate(size)  # zeros: a sparse file

    return change


def halved(path: Path) -> None:
    """Cuts a file in the middle."""
    shorten(path, path.stat().st_size // 2)


def shorten(path: Path, size: int) -> None:
    """Cuts off everything beyond this size."""
    with path.open("r+b") as file:
        file.truncate(size)


def before(box: bytes) -> Callable[[Path], object]:
    """Cuts a file before the ISO 14496-12 box of this name, which follows its size of 4 bytes."""
    return lambda path: shorten(path, path.read_bytes().index(box) - 4)


def without_packets(count: int) -> Callable[[Path], object]:
    """Cuts off the last packets of a faststart MP4 with one stream."""
    return lambda path: shorten(path, sorted(packets(path))[-count][0])


def packets(path: Path) -> list[tuple[int, int]]:
    """The position of each packet: its first byte and its size."""
    with av.open(str(path)) as container:
        return [(packet.pos or 0, packet.size) for packet in container.demux() if packet.size]


def with_lost_packet(path: Path) -> None:
    """Overwrites a packet in the middle of the file."""
    places = packets(path)
    at, size = places[len(places) // 2]
    _overwrite(path, at, b"\xff" * size)


def after(mark: bytes, content: bytes, gap: int = 0) -> Callable[[Path], object]:
    """Overwrites the bytes after a mark, `gap` bytes after its end."""
    return lambda path: _overwrite(path, path.read_bytes().index(mark) + len(mark) + gap, content)


def appended(content: bytes) -> Callable[[Path], object]:
    """Adds bytes at the end."""
    return lambda path: _overwrite(path, path.stat().st_size, content)


def _overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)
