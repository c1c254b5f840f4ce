"""Independent decoders: what they say of a file that refprep passes. Each only where installed.

A decoder contradicts a pass where it complains of the mutated file but not of the seed, and what a
player shows is no longer the seed's picture or sound: a complaint alone may be about a byte that
nobody needs, and a changed pixel alone cannot be known from a file without checksums.
"""

import importlib.util
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from refprep.decoders.sniff import sniff

TIMEOUT = 60
NOISE = 65.0
"The mean squared difference at 30 dB of PSNR; more is damage that people see or hear."
FRAME, FRAMES, SAMPLES = 64 * 48, 40, 8000
"Bytes of a gray frame; frames and samples a second."
TOLERATED = 0.25
"Seconds that may lack at the end of video and audio: the limit of `file-truncated`."
INCOMPLETE_SAMPLE = "Invalid PCM packet"
BENIGN = (
    "[null @",  # of the output, not of the file
    INCOMPLETE_SAMPLE,  # the last one, which nobody hears
    "Something went wrong during header parsing",  # of AVI: a text that no player shows
    "unable to decode APP fields",  # of JPEG: they take nothing from the picture
    "Last message repeated",  # of a line that is looked at itself
    "[SWR @",  # of the conversion that this oracle asks for
)
"Parts of lines that ffmpeg prints about what takes nothing from picture or sound."
SINGLE = {b"\x89PNG": "png", b"\0\0\0\x0cjP": "jpeg2000", b"\xff\x4f\xff\x51": "jpeg2000"}
"""ffmpeg's decoders of formats of one picture, by their first bytes. Its demuxers of these take
what lies behind the picture for a next one, and complain of that; `image2` gives the whole file."""
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"Samples of a pixel by a PNG's color type."
Oracle = Callable[[Path], str | None]


def contradictions(path: Path, original: Path) -> list[str]:
    """What independent decoders say against a pass; empty where they say nothing.

    Args:
        path: The mutated file.
        original: Its seed.
    """
    if path.read_bytes() == original.read_bytes():
        return []
    of_seed = {text.partition(":")[0] for text in complaints_of_seed(original)}
    new = [text for text in complaints(path) if text.partition(":")[0] not in of_seed]
    return new if new and ruined(path, original) else []


def complaints(path: Path) -> list[str]:
    """What each independent decoder objects to, its name first."""
    head = path.read_bytes()[:12]
    found = (oracle(path) for fits, oracle in ORACLES if fits(head))
    return [text for text in found if text]


@cache
def complaints_of_seed(original: Path) -> list[str]:
    """The same of a seed: a decoder that does not take it is no judge of its mutations."""
    return complaints(original)


def ruined(path: Path, original: Path) -> bool:
    """True where picture or sound differ from the seed's by more than noise, as ffmpeg shows them.

    Without ffmpeg, or where it does not show the seed, a complaint has to do.
    """
    if not installed("ffmpeg") or not any(wanted := _shown(original)):
        return True
    moving = sniff(original) == "stream"
    found = decoded(path, moving=moving)
    tolerated = TOLERATED if moving else 0.0
    picture, sound = zip(found, wanted, strict=True)
    return _differs(*picture, tolerated * FRAME * FRAMES) or _differs(*sound, tolerated * SAMPLES)


def _differs(found: bytes, wanted: bytes, tolerated: float) -> bool:
    """True where more than noise differs, or more bytes are missing at the end than tolerated."""
    common = min(len(found), len(wanted))
    if abs(len(found) - len(wanted)) > tolerated or (wanted and not found):
        return True
    return _noise(found[:common], wanted[:common]) > NOISE


def decoded(path: Path, *, moving: bool) -> tuple[bytes, bytes]:
    """Gray pixels of all frames, and samples, shown without regard to errors.

    Args:
        path: The file.
        moving: True for video, which is shown at a fixed frame rate.
    """
    command = ["ffmpeg", "-nostdin", "-v", "quiet", *_input(path)]
    filters = f"fps={FRAMES},scale=64:48" if moving else "scale=64:48"
    video = ["-map", "0:V:0", "-vf", filters, "-pix_fmt", "gray", "-f", "rawvideo"]
    audio = ["-map", "0:a:0", "-ac", "1", "-ar", str(SAMPLES), "-f", "u8"]
    return _output([*command, *video, "-"]), _output([*command, *audio, "-"])


def _input(path: Path) -> list[str]:
    """The arguments that name a file; an animated PNG has a demuxer of its own."""
    data = path.read_bytes()
    codec = next((name for magic, name in SINGLE.items() if data.startswith(magic)), None)
    if (end := _end_of_picture(data)) < len(data):
        path = path.with_name(f"picture{path.suffix}")
        path.write_bytes(data[:end])
    if codec is None or b"acTL" in data:
        return ["-i", f"file:{path}"]
    return ["-f", "image2", "-pattern_type", "none", "-c:v", codec, "-i", str(path)]


def _end_of_picture(data: bytes) -> int:
    """Where a PNG, WebP or BMP ends by its own account; ffmpeg reads what lies behind as more."""
    end = len(data)
    if data.startswith(b"\x89PNG") and b"IEND" in data:
        end = data.index(b"IEND") + 8
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        end = 8 + int.from_bytes(data[4:8], "little")
    if data.startswith(b"BM"):
        end = int.from_bytes(data[2:6], "little") or len(data)
    return end


@cache
def _shown(original: Path) -> tuple[bytes, bytes]:
    return decoded(original, moving=sniff(original) == "stream")


def _output(command: list[str]) -> bytes:
    try:
        return subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False).stdout
    except subprocess.TimeoutExpired:
        return b""


def _noise(found: bytes, wanted: bytes) -> float:
    """The mean squared difference of bytes."""
    import numpy as np

    if not wanted:
        return 0.0
    difference = np.frombuffer(found, np.uint8).astype(float) - np.frombuffer(wanted, np.uint8)
    return float((difference**2).mean())


def png(path: Path) -> str | None:
    """A strict reading of PNG: each critical chunk's CRC, and as much pixel data as is declared."""
    data, start, pixels, header = path.read_bytes(), 8, b"", b""
    while start + 12 <= len(data):
        size = int.from_bytes(data[start : start + 4], "big")
        kind, body = data[start + 4 : start + 8], data[start + 8 : start + 8 + size]
        checksum = data[start + 8 + size : start + 12 + size]
        critical = not kind[:1].islower()
        if critical and checksum != struct.pack(">I", zlib.crc32(kind + body)):
            return f"png: the checksum of {kind!r} does not fit"
        header = body if kind == b"IHDR" else header
        pixels += body if kind == b"IDAT" else b""
        if kind == b"IEND":
            return _pixels_missing(header, pixels)
        start += 12 + size
    return "png: no end"


def _pixels_missing(header: bytes, pixels: bytes) -> str | None:
    width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", header[:13])
    row = 1 + (width * depth * CHANNELS.get(color, 0) + 7) // 8
    try:
        unpacked = zlib.decompressobj().decompress(pixels)
    except zlib.error as error:
        return f"png: {error}"
    if not interlaced and len(unpacked) < row * height:
        return f"png: {len(unpacked)} of {row * height} bytes of pixels"
    return None


def sound(path: Path) -> str | None:
    """libsndfile reads as many frames as it announces."""
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            announced, read = file.frames, 0
            while block := len(file.read(65536)):
                read += block
    except soundfile.LibsndfileError as error:
        return f"libsndfile: {error}"
    missing = announced - read
    return f"libsndfile: {missing} of {announced} frames missing" if missing > 0 else None


def jpeg(path: Path) -> str | None:
    """libjpeg-turbo, with its warnings as errors."""
    import simplejpeg

    try:
        color = simplejpeg.decode_jpeg_header(path.read_bytes())[2]
        wanted = {"Gray": "GRAY", "CMYK": "CMYK", "YCCK": "CMYK"}.get(color, "RGB")
        simplejpeg.decode_jpeg(path.read_bytes(), colorspace=wanted, strict=True)
    except ValueError as error:
        return f"libjpeg: {error}"
    return None


def tiff(path: Path) -> str | None:
    """tifffile reads the first page."""
    import tifffile

    try:
        tifffile.imread(path, key=0)
    except ImportError:  # a compression of another package
        return None
    except Exception as error:
        return f"tifffile: {error}"
    return None


def ffmpeg(path: Path) -> str | None:
    """The command ffmpeg decodes the streams that refprep reads, and prints no error."""
    command = [
        "ffmpeg", "-nostdin", "-v", "error", *_input(path),
        "-map", "0:V:0?", "-map", "0:a:0?", "-f", "null", "-",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        return f"ffmpeg: not done after {TIMEOUT} s"
    real = real_complaints(done.stderr.decode(errors="replace"))
    return "ffmpeg: " + (real or ["refuses it"])[0][:300] if real or done.returncode else None


def real_complaints(printed: str) -> list[str]:
    """The lines that ffmpeg prints of damage; each complaint of a packet has a second line."""
    benign = (*BENIGN, *(["Error while decoding"] if INCOMPLETE_SAMPLE in printed else []))
    lines = (line for line in printed.splitlines() if line.strip())
    return [line for line in lines if not any(text in line for text in benign)]


@cache
def installed(name: str) -> bool:
    """True for a command or a Python package that is there."""
    return bool(shutil.which(name) or importlib.util.find_spec(name))


def _where(name: str, oracle: Oracle) -> Oracle:
    return lambda path: oracle(path) if installed(name) else None


ORACLES: list[tuple[Callable[[bytes], bool], Oracle]] = [
    (lambda head: head[:4] == b"\x89PNG", png),
    (lambda head: head[:2] == b"\xff\xd8", _where("simplejpeg", jpeg)),
    (lambda head: head[:4] in (b"II*\0", b"MM\0*"), _where("tifffile", tiff)),
    (
        lambda head: (
            head[:4] in (b"RIFF", b"RF64", b"FORM", b"fLaC", b"OggS", b".snd")
            and head[8:12] not in (b"AVI ", b"WEBP")
        ),
        _where("soundfile", sound),
    ),
    (lambda head: head[8:12] not in (b"heic", b"mif1", b"avif", b"avis"), _where("ffmpeg", ffmpeg)),
]
"""What tells the formats of an oracle, and the oracle."""
