"""The boundaries: for every rule files that break it, and files that just do not.

`python -m tools.docs` writes them to docs/boundaries.md.
"""

# ruff: noqa: E501 - the table: one row, one boundary

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

from fixtures.pictures import display_p3, png16
from refprep.api import Inputs, pack
from refprep.models.limits import Level
from refprep.models.request import LooseFiles, Request
from refprep.options import DEFAULT_ENVELOPE
from tests.boundaries.files import (
    File,
    after,
    appended,
    before,
    film,
    folder_named,
    halved,
    hum,
    joined,
    lasting,
    level,
    mp3,
    of_size,
    painted,
    photo,
    shade,
    spotted,
    with_lost_packet,
    with_transparent_pixels,
    without_packets,
    written,
)
from tests.decoders.bombs import declared_png

BYTEPLUS_25, CAPPED = "byteplus-seedance-2.5", "capped"
BYTEPLUS, FAL, JULY = "byteplus-seedance-2.0", "fal-seedance-2.0", "oxen-seedance-2.0-2026-07"


class Packed(NamedTuple):
    """A bundle to verify."""

    path: Path


Make = Callable[[Path], Inputs | Packed]
"Writes its files into a folder and returns what to check or to verify."


class Row(NamedTuple):
    """A boundary of one rule: what breaks it and what just does not, in words and as files."""

    rule: str
    level: Level
    breaks: str
    broken: Make
    spares: str
    spared: Make
    lesser_level: Level | None = None
    "The level of the finding about `spared`, where there is one of a lesser level."
    envelope: str = DEFAULT_ENVELOPE
    inline: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {self.breaks}"

    @property
    def place(self) -> str:
        """The rule, and the envelope where that is not the default."""
        return self.rule if self.envelope == DEFAULT_ENVELOPE else f"{self.rule} at {self.envelope}"


def these(*files: File) -> Make:
    """Loose files."""
    return lambda folder: [file(folder) for file in files]


def part(file: File, window: str) -> Make:
    """A window of a file."""
    return lambda folder: f"{file(folder)}#t={window}"


def parts(file: File, *windows: str) -> Make:
    """Several windows of one file."""
    return lambda folder: [f"{file(folder)}#t={window}" for window in windows]


def with_prompt(prompt: str, *files: File) -> Make:
    """Loose files and a prompt."""
    return lambda folder: LooseFiles(files=[file(folder) for file in files], prompt=prompt)


def with_faces(faces: Sequence[str], *images: File) -> Make:
    """Images, some of which are marked as real faces."""
    return lambda folder: Request(
        prompt="a", images=[image(folder) for image in images], faces=faces
    )


def packed(change: Callable[[Path], object]) -> Make:
    """A bundle of one image, changed after packing."""

    def make(folder: Path) -> Packed:
        bundle = Path(mkdtemp(dir=folder)) / "bundle"
        pack(Request(prompt="@Image1", images=[PHOTO(folder)], duration=8), bundle)
        change(bundle)
        return Packed(bundle)

    return make


def appended_to(name: str, data: bytes) -> Callable[[Path], object]:
    """Appends bytes to a file of the bundle."""

    def change(bundle: Path) -> None:
        with (bundle / name).open("ab") as file:
            file.write(data)

    return change


def replaced(packed: str, found: str) -> Callable[[Path], object]:
    """Replaces text in the request of the bundle."""

    def change(bundle: Path) -> None:
        body = bundle / "request.json"
        body.write_text(body.read_text("utf-8").replace(packed, found), encoding="utf-8")

    return change


def held(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    """Changes the envelope that the manifest of the bundle holds."""

    def edit(bundle: Path) -> None:
        path = bundle / "manifest.json"
        manifest = json.loads(path.read_text("utf-8"))
        change(manifest["envelope"])
        path.write_text(json.dumps(manifest), encoding="utf-8")

    return edit


def with_image_size(more: int) -> Callable[[dict[str, Any]], object]:
    """Raises the accepted size of an image by so many bytes."""

    def change(envelope: dict[str, Any]) -> None:
        envelope["limits"]["image-file-size"]["limit"]["max"] += more

    return change


def request(
    prompt: str | None = None,
    *,
    images: Sequence[File] = (),
    videos: Sequence[File] = (),
    audios: Sequence[File] = (),
    **parameters: Any,
) -> Make:
    """A request."""
    return lambda folder: Request(
        prompt=prompt,
        images=[file(folder) for file in images],
        videos=[file(folder) for file in videos],
        audios=[file(folder) for file in audios],
        **parameters,
    )


def at_urls(*urls: str, kind: str = "images") -> Make:
    """A request whose media are at URLs."""
    return lambda folder: Request.model_validate({"prompt": "a", kind: urls})


def frames(*, images: Sequence[File] = (), **single: File) -> Make:
    """A request with a first or a last frame."""
    return lambda folder: Request(
        prompt="a",
        images=[file(folder) for file in images],
        media={slot: file(folder) for slot, file in single.items()},
    )


def request_of_part(file: File, window: str) -> Make:
    """A request with a window of a video."""
    return lambda folder: Request(prompt="a", videos=[f"{file(folder)}#t={window}"])


PHOTO, OTHER = photo(), photo(404, 400)
FILM, WAV = film(), hum()
PNG, HEIC = photo(name="photo.png"), photo(name="photo.heic")
FAST = joined("fast.mp4", film(duration=3, frame_rate=Fraction(20)), movflags="+faststart")
FRAGMENTED = joined("fragmented.mp4", FILM, movflags="frag_keyframe+empty_moov")
WEBM = film(name="film.webm", codec="libvpx", duration=3)
MP3 = mp3((64_000, 4), (128_000, 8), xing=True)
M4A = hum(name="hum.m4a")
FILM_WITH_AUDIO = film(audio="aac")
CJK = "\u732b"
"A Chinese character."

# fmt: off
ROWS = (
    Row("file-unreadable", "error", "0 bytes named .jpg", written("empty.jpg", b""), "a JPEG", PHOTO),
    Row("file-unreadable", "error", "JSON named .webp", written("error.webp", b'{"error": 404}'), "a WebP", photo(name="photo.webp")),
    Row("file-unreadable", "error", "a folder named film.mp4", folder_named("film.mp4"), "an MP4 named film.mp4", FILM),
    Row("file-unreadable", "error", "an MP4 cut before the moov at its end", film().then(before(b"moov")), "an MP4 whose moov is at its end", FILM),
    Row("file-unreadable", "error", "the head of a fragmented MP4, without a fragment", FRAGMENTED.then(before(b"moof")), "a fragmented MP4", FRAGMENTED),
    Row("file-unreadable", "error", "a WAV of 0 samples", hum(0), "a WAV of 1 sample", hum(1 / 8000)),

    Row("file-too-big", "error", "a PNG that declares 20,000 x 20,000 pixels", written("large.png", declared_png(20_000, 20_000, 8, 2)), "a PNG of 3,000 x 3,000 pixels", photo(3000, 3000, name="large.png")),

    Row("file-kind", "error", "a video in an image slot", request(images=[FILM]), "an animated GIF in an image slot", request(images=[photo(name="moving.gif", frames=2)])),
    Row("file-kind", "error", "an MP4 that holds only audio in a video slot", request(videos=[joined("sound.mp4", M4A)]), "an MP4 without audio in a video slot", request(videos=[FILM])),
    Row("file-kind", "error", "a video in an audio slot", request(audios=[FILM_WITH_AUDIO]), "its audio in an audio slot", request(audios=[M4A])),

    Row("file-extension", "warning", "a PNG named .jpg", PNG.named("photo.jpg"), "a PNG named .PNG", PNG.named("photo.PNG")),
    Row("file-extension", "warning", "a HEIC named .jpg", HEIC.named("photo.jpg"), "a HEIC named .heif", HEIC.named("photo.heif")),
    Row("file-extension", "warning", "an MP4 named .mov", FILM.named("film.mov"), "an MP4 named .m4v", FILM.named("film.m4v")),
    Row("file-extension", "warning", "an MP3 named .wav", MP3.named("hum.wav"), "an MP3 whose name has no suffix", MP3.named("hum")),

    Row("file-truncated", "error", "a JPEG cut in the middle", photo().then(halved), "a JPEG with 2 bytes after its end", photo().then(appended(b"\r\n"))),
    Row("file-truncated", "error", "a PNG cut in the middle", photo(name="photo.png").then(halved), "the whole PNG", PNG),
    Row("file-truncated", "error", "an MP4 whose moov comes first, cut in the middle", FAST.then(halved), "the whole MP4", FAST),
    Row("file-truncated", "error", "an MP4 whose last 0.30 s are missing", FAST.then(without_packets(6)), "an MP4 whose last 0.25 s are missing", FAST.then(without_packets(5))),
    Row("file-truncated", "error", "a WebM of 3 s cut in the middle", WEBM.then(halved), "a live WebM, which declares no duration", joined("live.webm", WEBM, live="1")),
    Row("file-truncated", "error", "a FLAC cut in the middle", hum(name="hum.flac").then(halved), "the whole FLAC", hum(name="hum.flac")),
    Row("file-truncated", "error", "a WAV of 8 s cut in the middle", hum(8).then(halved), "a streamed WAV, which declares 4 GB", hum(8).then(after(b"data", b"\xff" * 4))),
    Row("file-truncated", "error", "an MP3 of 12 s by its frame count, cut in the middle", MP3.then(halved), "an MP3 of 12 s without a frame count, whose first frame implies 20 s", mp3((64_000, 4), (128_000, 8), xing=False)),

    Row("file-corrupt", "error", "a PNG with 64 bytes of its pixels lost", photo(name="photo.png").then(after(b"IDAT", bytes(64), gap=300)), "the whole PNG", PNG),
    Row("file-corrupt", "warning", "an MP4 with a lost frame", film().then(with_lost_packet), "an MP4 with bytes lost in a free box", film().then(of_size(9_000), appended(b"\0\0\0\x10free" + b"\xff" * 8))),

    Row("duration-mismatch", "warning", "an MP3 of 12 s without a frame count, whose first frame implies 20 s", mp3((64_000, 4), (128_000, 8), xing=False), "the same with a frame count", MP3),
    Row("duration-mismatch", "warning", "an MP4 of 14.50 s which an edit list delays by 0.51 s", lasting(14.5, 0.51), "by 0.50 s", lasting(14.5, 0.5)),
    Row("duration-mismatch", "warning", "a WebM that declares 3 s and holds half of them", WEBM.then(halved), "a live WebM, which declares no duration", joined("live.webm", WEBM, live="1")),

    Row("trim-range", "error", "#t=2,3 of 2.00 s", part(lasting(2.0), "2,3"), "#t=1.9,2 of 2.00 s", part(lasting(2.0), "1.9,2")),
    Row("trim-range", "info", "#t=1,2.01 of 2.00 s", part(lasting(2.0), "1,2.01"), "#t=1,2 of 2.00 s", part(lasting(2.0), "1,2")),
    Row("trim-range", "error", "#t=2 of a WAV of 2.00 s", part(hum(2.0), "2"), "#t=1.99 of a WAV of 2.00 s", part(hum(2.0), "1.99")),

    Row("duplicate-file", "warning", "two files of the same bytes", these(photo(), photo()), "two files that differ in their last byte", these(photo().then(appended(b"\0")), photo().then(appended(b"\1")))),
    Row("duplicate-file", "warning", "the same window of a video twice", parts(lasting(5.0), "0,2", "0,2"), "two windows of one video", parts(lasting(5.0), "0,2", "2,4")),

    Row("image-format", "error", "a GIF", photo(name="photo.gif"), "a PNG", PNG),
    Row("image-format", "error", "a HEIC", HEIC, "a JPEG", PHOTO),
    Row("image-format", "error", "an AVIF", photo(name="photo.avif"), "a WebP", photo(name="photo.webp")),
    Row("image-format", "error", "a TIFF", photo(name="photo.tif"), "an MPO: a JPEG with further images", photo(name="photo.mpo", frames=2), "warning"),
    Row("image-format", "warning", "an MPO", photo(name="photo.mpo", frames=2), "a JPEG", PHOTO),
    Row("image-format", "error", "an AVIF", photo(name="photo.avif"), "a GIF, a BMP, a TIFF and a HEIC", these(*(photo(name=f"photo{ending}") for ending in (".gif", ".bmp", ".tif")), HEIC), envelope=BYTEPLUS),
    Row("image-dimensions", "warning", "299 x 300 pixels", photo(299, 300), "300 x 300 pixels", photo(300, 300)),
    Row("image-dimensions", "warning", "300 x 299 pixels", photo(300, 299), "300 x 300 pixels", photo(300, 300)),
    Row("image-dimensions", "warning", "6,001 x 300 pixels", photo(6001, 300), "6,000 x 300 pixels", photo(6000, 300)),
    Row("image-dimensions", "warning", "300 x 6,001 pixels", photo(300, 6001), "300 x 6,000 pixels", photo(300, 6000)),
    Row("image-pixels", "warning", "299 x 301 pixels", photo(299, 301), "300 x 300 pixels", photo(300, 300), envelope=BYTEPLUS),
    Row("image-aspect-ratio", "warning", "399 x 1,000 pixels: 0.399", photo(399, 1000), "400 x 1,000 pixels: 0.4", photo(400, 1000)),
    Row("image-aspect-ratio", "warning", "1,001 x 400 pixels: 2.5025", photo(1001, 400), "1,000 x 400 pixels: 2.5", photo(1000, 400)),
    Row("image-orientation", "warning", "a JPEG with EXIF orientation 6", photo(orientation=6), "a JPEG stored upright", PHOTO),
    Row("image-orientation", "warning", "a JPEG with EXIF orientation 2", photo(orientation=2), "a JPEG stored upright", PHOTO),
    Row("image-color", "warning", "CMYK", photo(mode="CMYK"), "RGB", PHOTO),
    Row("image-color", "warning", "Display P3", photo(icc=display_p3()), "gray", photo(mode="L")),
    Row("image-color", "warning", "16 bits per channel", File("deep.png", png16), "8 bits per channel", PNG),
    Row("image-color", "warning", "16 bits of gray", photo(name="gray.png", mode="I;16"), "8 bits of gray", photo(name="gray.png", mode="L")),
    Row("image-animated", "warning", "a WebP of 2 frames", photo(name="photo.webp", frames=2), "a WebP of 1 frame", photo(name="photo.webp")),
    Row("image-animated", "warning", "a PNG of 2 frames", photo(name="photo.png", frames=2), "a PNG of 1 frame", PNG),
    Row("image-alpha", "info", "an RGBA PNG with 1 pixel half transparent", with_transparent_pixels(1), "an RGBA PNG with all pixels opaque", with_transparent_pixels(0)),
    Row("image-alpha", "info", "an RGBA PNG, half of it transparent", photo(name="photo.png", mode="RGBA"), "an RGB PNG", PNG),
    Row("image-file-size", "warning", "30,000,001 bytes", photo().then(of_size(30_000_001)), "30,000,000 bytes", photo().then(of_size(30_000_000))),
    Row("image-file-size", "error", "31,457,281 bytes", photo().then(of_size(31_457_281)), "31,457,280 bytes", photo().then(of_size(31_457_280)), "warning"),
    Row("image-count", "error", "10 images", request(images=[PHOTO] * 10), "9 images", request(images=[PHOTO] * 9)),

    Row("video-format", "error", "H.264 in Matroska", film(name="film.mkv"), "H.264 in MP4", FILM),
    Row("video-format", "error", "H.264 in 3GP", film(name="film.3gp"), "H.264 in MOV", film(name="film.mov")),
    Row("video-format", "error", "a WebM", WEBM, "H.264 in M4V", film(name="film.m4v")),
    Row("video-codec", "warning", "VP9 in MP4", film(codec="libvpx-vp9"), "H.265 in MP4", film(codec="libx265")),
    Row("video-codec", "warning", "MPEG-4 Part 2 in MP4", film(codec="mpeg4"), "H.264 in MP4", FILM),
    Row("video-pixel-format", "warning", "H.264 of 10 bits", film(pixel_format="yuv420p10le", duration=0.1), "H.264 of 8 bits", FILM),
    Row("video-pixel-format", "warning", "H.264 of 4:2:2", film(pixel_format="yuv422p", duration=0.1), "8 bits of full range", film(pixel_format="yuvj420p", duration=0.1)),
    Row("video-audio-codec", "warning", "Opus beside H.264", film(audio="libopus"), "AAC beside H.264", FILM_WITH_AUDIO),
    Row("video-audio-codec", "warning", "PCM beside H.264", film(name="film.mov", audio="pcm_s16le"), "MP3 beside H.264", film(audio="libmp3lame")),
    Row("video-audio-codec", "warning", "FLAC beside H.264", film(audio="flac"), "no audio", FILM),
    Row("video-pixels", "error", "238 x 1,721 = 409,598 pixels", film(238, 1721, pixel_format="yuv422p", duration=0.1), "640 x 640 = 409,600 pixels", film(640, 640, duration=0.1)),
    Row("video-pixels", "error", "638 x 642 = 409,596 pixels", film(638, 642, duration=0.1), "512 x 800 = 409,600 pixels", film(512, 800, duration=0.1)),
    Row("video-pixels", "error", "110 x 8,431 = 927,410 pixels", film(110, 8431, pixel_format="yuv422p", duration=0.1), "834 x 1,112 = 927,408 pixels", film(834, 1112, duration=0.1)),
    Row("video-pixels", "error", "754 x 1,230 = 927,420 pixels", film(754, 1230, duration=0.1), "1,280 x 720 = 921,600 pixels", film(1280, 720, duration=0.1)),
    Row("video-pixels", "error", "480 x 640 pixels", film(480, 640, duration=0.1), "480 x 640 pixels, displayed as 640 x 640", film(480, 640, sample_aspect_ratio=Fraction(4, 3), duration=0.1)),
    Row("video-dimensions", "warning", "299 x 1,400 pixels", film(299, 1400, pixel_format="yuv444p", duration=0.1), "300 x 1,400 pixels", film(300, 1400, duration=0.1)),
    Row("video-dimensions", "warning", "6,001 x 300 pixels", film(6001, 300, pixel_format="yuv444p", duration=0.1), "6,000 x 300 pixels", film(6000, 300, duration=0.1)),
    Row("video-aspect-ratio", "warning", "399 x 1,000 pixels: 0.399", film(399, 1000, pixel_format="yuv444p", duration=0.1), "400 x 1,000 pixels: 0.4", film(400, 1000, duration=0.1)),
    Row("video-aspect-ratio", "warning", "1,001 x 400 pixels: 2.5025", film(1001, 400, pixel_format="yuv444p", duration=0.1), "1,000 x 400 pixels: 2.5", film(1000, 400, duration=0.1)),
    Row("video-rotation", "warning", "rotation metadata 90°", film(rotation=90), "stored upright", FILM),
    Row("video-rotation", "warning", "mirrored by its display matrix", film(mirror=True), "stored upright", FILM),
    Row("video-sample-aspect-ratio", "warning", "sample aspect ratio 1001:1000", film(sample_aspect_ratio=Fraction(1001, 1000)), "sample aspect ratio 1:1", FILM),
    Row("video-hdr", "warning", "HLG in 10 bits", film(transfer="hlg"), "BT.709 in 10 bits", film(codec="libx265", pixel_format="yuv420p10le")),
    Row("video-hdr", "warning", "PQ in 10 bits", film(transfer="pq"), "BT.709 in 8 bits", film(codec="libx265")),
    Row("video-interlaced", "warning", "H.264 coded as fields, top field first", film(options={"x264-params": "tff=1"}), "progressive H.264 in a stream that allows fields", film(options={"x264-params": "fake-interlaced=1"})),
    Row("video-fps", "warning", "23.976 fps", film(frame_rate=Fraction(24000, 1001)), "24 fps", FILM),
    Row("video-fps", "warning", "61 fps", film(frame_rate=Fraction(61)), "60 fps", film(frame_rate=Fraction(60))),
    Row("video-vfr", "info", "0.040 and 0.061 s per frame", film(times=(0, 0.04, 0.101), frame_rate=Fraction(25)), "0.040 and 0.060 s per frame", film(times=(0, 0.04, 0.1), frame_rate=Fraction(25))),
    Row("video-streams", "info", "a video stream and two audio streams", joined("two.mp4", FILM_WITH_AUDIO, M4A), "a video stream and one audio stream", FILM_WITH_AUDIO),
    Row("video-black", "warning", "luma code 37, 0.096 of the way to white", painted(*[shade(37)] * 4), "luma code 38, 0.1005", painted(*[shade(38)] * 4)),
    Row("video-black", "warning", "black", painted(*[shade(16)] * 4), "black with a white spot of 1/144 of the frame", painted(*[spotted(235, 4)] * 4)),
    Row("video-frozen", "warning", "the same frame four times", painted(*[spotted(235, 4)] * 4), "a spot of 1/144 of the frame that appears and disappears", painted(shade(16), spotted(235, 4), shade(16), spotted(235, 4))),
    Row("video-frozen", "warning", "a spot of 1/576 of the frame that becomes half white: 0.0009", painted(shade(16), spotted(125, 2)), "that becomes white: 0.0017", painted(shade(16), spotted(235, 2))),
    Row("video-duration", "warning", "1.99 s", lasting(1.99), "2.00 s", lasting(2.0)),
    Row("video-duration", "warning", "15.01 s", lasting(15.01), "15.00 s", lasting(15.0)),
    Row("video-duration", "warning", "#t=0,1.99 of 15.01 s", part(lasting(15.01), "0,1.99"), "#t=0.01,15.01 of 15.01 s", part(lasting(15.01), "0.01,15.01")),
    Row("video-total-duration", "error", "1.99 s", lasting(1.99), "2.00 s", lasting(2.0)),
    Row("video-total-duration", "error", "15.01 s", lasting(15.01), "15.00 s", lasting(15.0)),
    Row("video-total-duration", "error", "0.66 + 0.66 + 0.67 = 1.99 s", these(lasting(0.66), lasting(0.66), lasting(0.67)), "0.66 + 0.67 + 0.67 = 2.00 s", these(lasting(0.66), lasting(0.67), lasting(0.67))),
    Row("video-total-duration", "error", "5.00 + 5.00 + 5.01 = 15.01 s", these(lasting(5.0), lasting(5.0), lasting(5.01)), "5.00 + 5.00 + 5.00 = 15.00 s", these(*[lasting(5.0)] * 3)),
    Row("video-file-size", "warning", "200,000,001 bytes", film().then(of_size(200_000_001)), "two videos of 200,000,000 bytes", these(*[film().then(of_size(200_000_000))] * 2), envelope=BYTEPLUS),
    Row("video-file-size", "error", "209,715,201 bytes", film().then(of_size(209_715_201)), "209,715,200 bytes", film().then(of_size(209_715_200)), "warning", BYTEPLUS),
    Row("video-total-size", "warning", "50,000,000 bytes", film().then(of_size(50_000_000)), "49,999,999 bytes", film().then(of_size(49_999_999))),
    Row("video-total-size", "warning", "25,000,000 + 25,000,000 bytes", these(*[film().then(of_size(25_000_000))] * 2), "25,000,000 + 24,999,999 bytes", these(film().then(of_size(25_000_000)), film().then(of_size(24_999_999)))),
    Row("video-total-size", "error", "52,428,800 bytes", film().then(of_size(52_428_800)), "52,428,799 bytes", film().then(of_size(52_428_799)), "warning"),
    Row("video-count", "error", "4 videos", request(videos=[FILM] * 4), "3 videos", request(videos=[FILM] * 3)),

    Row("audio-format", "error", "AAC in M4A", M4A, "16-bit PCM in WAV", WAV),
    Row("audio-format", "error", "Opus in Ogg", hum(name="hum.opus", sample_rate=48000), "MP3", MP3),
    Row("audio-format", "error", "16-bit PCM in AIFF", hum(name="hum.aiff"), "16-bit PCM in WAV", WAV),
    Row("audio-codec", "warning", "24-bit PCM in WAV", hum(subtype="PCM_24"), "16-bit PCM in WAV", WAV),
    Row("audio-codec", "warning", "floating point in WAV", hum(subtype="FLOAT"), "MP3", MP3),
    Row("audio-duration", "warning", "1.99 s", hum(1.99), "2.00 s", hum(2.0)),
    Row("audio-duration", "warning", "15.01 s", hum(15.01), "15.00 s", hum(15.0)),
    Row("audio-total-duration", "error", "15.01 s", hum(15.01), "15.00 s", hum(15.0)),
    Row("audio-total-duration", "error", "5.00 + 5.00 + 5.01 = 15.01 s", these(hum(5.0), hum(5.0), hum(5.01)), "5.00 + 5.00 + 5.00 = 15.00 s", these(*[hum(5.0)] * 3)),
    Row("audio-silent", "warning", "a peak of 32 of 32,767", level(32), "a peak of 33 of 32,767", level(33)),
    Row("audio-silent", "warning", "digital silence", hum(silent=True), "a peak of -59 dB", level(37)),
    Row("audio-file-size", "warning", "15,000,001 bytes", hum().then(of_size(15_000_001)), "15,000,000 bytes", hum().then(of_size(15_000_000))),
    Row("audio-file-size", "error", "15,728,641 bytes", hum().then(of_size(15_728_641)), "15,728,640 bytes", hum().then(of_size(15_728_640)), "warning"),
    Row("audio-file-size", "warning", "10,000,000 bytes", hum().then(of_size(10_000_000)), "9,999,999 bytes", hum().then(of_size(9_999_999)), envelope=FAL),
    Row("audio-count", "error", "4 audio files", request(audios=[WAV] * 4), "3 audio files", request(audios=[WAV] * 3)),
    Row("audio-only", "error", "an audio file", request(audios=[WAV]), "an audio file and an image", request(audios=[WAV], images=[PHOTO])),
    Row("audio-only", "error", "two audio files", request(audios=[WAV] * 2), "an audio file and a video", request(audios=[WAV], videos=[FILM])),

    Row("file-count", "error", "9 images, 2 videos and 2 audio files", request(images=[PHOTO] * 9, videos=[FILM] * 2, audios=[WAV] * 2), "9 images, 2 videos and an audio file", request(images=[PHOTO] * 9, videos=[FILM] * 2, audios=[WAV])),
    Row("file-count", "error", "10 images, 3 videos and 3 audio files", request(images=[PHOTO] * 10, videos=[FILM] * 3, audios=[WAV] * 3), "9 images, 3 videos and 3 audio files", request(images=[PHOTO] * 9, videos=[FILM] * 3, audios=[WAV] * 3), envelope=JULY),
    Row("slot-unknown", "error", "a first frame, which this model does not take", frames(first_frame=PHOTO), "an image", request(images=[PHOTO])),
    Row("slot-conflict", "error", "a first frame and an image", frames(first_frame=PHOTO, images=[PHOTO]), "a first and a last frame", frames(first_frame=PHOTO, last_frame=PHOTO), envelope=BYTEPLUS),
    Row("slot-conflict", "error", "a last frame alone", frames(last_frame=PHOTO), "a first frame alone", frames(first_frame=PHOTO), envelope=BYTEPLUS),
    Row("slot-count", "error", "2 images and a video, where 2 are taken together", request(images=[PHOTO] * 2, videos=[FILM]), "an image and a video", request(images=[PHOTO], videos=[FILM]), envelope=CAPPED),
    Row("no-reference", "info", "a prompt only", request("A red kite"), "a prompt and an image", request("A red kite", images=[PHOTO])),
    Row("request-size", "warning", "48,000,001 bytes, inlined", photo().then(of_size(48_000_001)), "47,999,700 bytes, inlined", photo().then(of_size(47_999_700)), inline=True),
    Row("request-size", "warning", "24,000,000 + 24,000,001 bytes, inlined", these(*(photo().then(of_size(size)) for size in (24_000_000, 24_000_001))), "24,000,000 + 23,999,700 bytes, inlined", these(*(photo().then(of_size(size)) for size in (24_000_000, 23_999_700))), inline=True),

    Row("inline-media", "warning", "an image, inlined", request("@Image1", images=[PHOTO]), "only text, inlined", request("a"), inline=True),
    Row("inline-media", "error", "a video, inlined", request("Video 1", videos=[FILM]), "an image and an audio file, inlined", request("Image 1", images=[PHOTO], audios=[WAV]), envelope=BYTEPLUS, inline=True),
    Row("asset-media", "error", "`asset://` where no ids are taken", at_urls("asset://asset-1"), "a file", request("@Image1", images=[PHOTO])),
    Row("asset-media", "error", "`mm_file://` at a provider with ids of its own", at_urls("mm_file://1"), "`asset://`", at_urls("asset://asset-1"), envelope=BYTEPLUS),
    Row("media-scheme", "error", "an http URL", at_urls("http://cdn.example/a.png"), "an https URL", at_urls("https://cdn.example/a.png")),
    Row("media-unchecked", "info", "a URL that is not fetched", at_urls("https://cdn.example/a.png"), "a file", request("@Image1", images=[PHOTO])),
    Row("media-unchecked", "error", "a part of a URL that is not fetched", at_urls("https://cdn.example/a.mp4#t=3,9", kind="videos"), "a part of a file", request_of_part(FILM, "0,0.5")),
    Row("media-unreachable", "error", "`https://192.168.1.20/`", at_urls("https://192.168.1.20/a.png"), "`https://8.8.8.8/`", at_urls("https://8.8.8.8/a.png")),
    Row("media-unreachable", "error", "`https://nas.local/`", at_urls("https://nas.local/a.png"), "`https://nas.example/`", at_urls("https://nas.example/a.png")),
    Row("media-unreachable", "error", "`https://2130706433/`, which is 127.0.0.1", at_urls("https://2130706433/a.png"), "`https://134744072/`, which is 8.8.8.8", at_urls("https://134744072/a.png")),
    Row("face-slot", "warning", "`image1` marked, and no fields for faces", with_faces(["image1"], PHOTO), "`image1` not marked", with_faces([], PHOTO)),
    Row("face-slot", "error", "`image2` marked, and 1 image", with_faces(["image2"], PHOTO), "`image1` marked, and 1 image", with_faces(["image1"], PHOTO), envelope=JULY),

    Row("prompt-missing", "error", "no prompt", request(images=[PHOTO]), "a prompt of 1 letter", request("a", images=[PHOTO])),
    Row("prompt-missing", "error", "spaces and a line break", request("  \n", images=[PHOTO]), "a prompt of 1 tag", request("@Image1", images=[PHOTO])),
    Row("prompt-unchecked", "info", "loose files", these(PHOTO), "loose files and a prompt", with_prompt("a", PHOTO)),
    Row("prompt-tag", "error", "`@Image2` and 1 image", request("@Image2 dances", images=[PHOTO]), "`@Image1` and 1 image", request("@Image1 dances", images=[PHOTO])),
    Row("prompt-tag", "error", "`@Image0` and 1 image", request("@Image0 dances", images=[PHOTO]), "`@image1` and 1 image", request("@image1 dances", images=[PHOTO])),
    Row("prompt-tag", "error", "`@Video1` and 1 image", request("@Video1 dances", images=[PHOTO]), "`@Video1` and 1 video", request("@Video1 dances", videos=[FILM])),
    Row("prompt-tag", "error", "`@Image10` and 1 image", request("@Image10 dances", images=[PHOTO]), "`a@image10.example` and 1 image", request("a@image10.example dances", images=[PHOTO])),
    Row("prompt-tag", "error", "`Image 2` and 1 image", request("Image 2 dances", images=[PHOTO]), "`Image 1` and 1 image", request("Image 1 dances", images=[PHOTO]), envelope=BYTEPLUS),
    Row("prompt-tag-style", "warning", "`[Image1]`", request("[Image1] dances", images=[PHOTO]), "`@Image1`", request("@Image1 dances", images=[PHOTO])),
    Row("prompt-tag-style", "warning", "`<Image 1>`", request("<Image 1> dances", images=[PHOTO]), "`@image1`", request("@image1 dances", images=[PHOTO])),
    Row("prompt-tag-style", "warning", "`Image 1`", request("Image 1 dances", images=[PHOTO]), "`Image 2`, which no file has", request("Image 2 dances", images=[PHOTO])),
    Row("prompt-tag-style", "warning", "`{Video1}`", request("{Video1} dances", videos=[FILM]), "`1 video`", request("1 video dances", videos=[FILM])),
    Row("prompt-tag-style", "warning", "`audio #1`", request("to audio #1", images=[PHOTO], audios=[WAV]), "`audio`", request("to the audio", images=[PHOTO], audios=[WAV])),
    Row("prompt-tag-style", "warning", "`@Image1`", request("@Image1 dances", images=[PHOTO]), "`Image 1`", request("Image 1 dances", images=[PHOTO]), envelope=BYTEPLUS),
    Row("prompt-length", "info", "1,001 words", request("word " * 1001), "1,000 words", request("word " * 1000)),
    Row("prompt-length", "info", "501 Chinese characters", request(CJK * 501), "500 Chinese characters", request(CJK * 500)),
    Row("prompt-length", "info", "500 Chinese characters and 1 word", request(CJK * 500 + " word"), "499 Chinese characters and 2 words", request(CJK * 499 + " two words")),
    Row("prompt-flags", "warning", "`--ratio 16:9`", request("dance --ratio 16:9"), "`16:9 ratio`", request("dance in 16:9 ratio")),
    Row("prompt-flags", "warning", "`--dur 5`", request("dance --dur 5"), "`--durable`", request("dance --durable")),
    Row("prompt-flags", "warning", "`--seed 7`", request("--seed 7"), "`well--seed it`", request("well--seed it")),
    Row("edit-like-prompt", "info", "`Replace the sky` with a video", request("Replace the sky", videos=[FILM]), "`Replace the sky` with an image", request("Replace the sky", images=[PHOTO])),
    Row("edit-like-prompt", "info", "`remove the hat` with a video", request("remove the hat", videos=[FILM]), "`an irreplaceable hat` with a video", request("an irreplaceable hat", videos=[FILM])),
    Row("unused-reference", "info", "2 images, of which 1 is named", request("@Image1 dances", images=[PHOTO, OTHER]), "2 images, both named", request("@Image1 meets @Image2", images=[PHOTO, OTHER])),
    Row("unused-reference", "info", "`@Image10` and 1 image", request("@Image10 dances", images=[PHOTO]), "`@image1` and 1 image", request("@image1 dances", images=[PHOTO])),

    Row("resolution", "error", "4k", request(resolution="4k"), "1080p", request(resolution="1080p")),
    Row("resolution", "error", "2k", request(resolution="2k"), "4k", request(resolution="4k"), envelope=BYTEPLUS),
    Row("duration", "error", "3", request(duration=3), "4", request(duration=4)),
    Row("duration", "error", "16", request(duration=16), "15", request(duration=15)),
    Row("duration", "error", "8s", request(duration="8s"), "the string 8", request(duration="8")),
    Row("duration", "error", "-1", request(duration=-1), "auto", request(duration="auto")),
    Row("duration", "error", "auto", request(duration="auto"), "-1", request(duration=-1), envelope=JULY),
    Row("aspect-ratio", "error", "adaptive", request(aspect_ratio="adaptive"), "auto", request(aspect_ratio="auto")),
    Row("aspect-ratio", "error", "9:21", request(aspect_ratio="9:21"), "21:9", request(aspect_ratio="21:9")),
    Row("aspect-ratio", "error", "auto", request(aspect_ratio="auto"), "adaptive", request(aspect_ratio="adaptive"), envelope=BYTEPLUS),
    Row("generate-audio", "error", "the number 1", request(generate_audio=1), "true", request(generate_audio=True)),
    Row("generate-audio", "error", "the string false", request(generate_audio="false"), "false", request(generate_audio=False)),
    Row("seed", "error", "7.5", request(seed=7.5), "7", request(seed=7)),
    Row("seed", "error", "true", request(seed=True), "0", request(seed=0)),
    Row("seed", "error", "7, where there is no seed", request(seed=7), "no seed", request(), envelope=BYTEPLUS),
    Row("watermark", "error", "the number 1", request(watermark=1), "true", request(watermark=True), envelope=BYTEPLUS),
    Row("watermark", "error", "false, where there is no watermark", request(watermark=False), "no watermark", request()),
    Row("parameter", "error", "bitrate_mode best", request(bitrate_mode="best"), "bitrate_mode high", request(bitrate_mode="high"), envelope=FAL),
    Row("parameter", "error", "a parameter `duraton`", request(duraton=8), "a parameter `duration`", request(duration=8)),
    Row("parameter-default", "info", "no duration, where the default costs more", request(), "duration 8", request(duration=8), envelope=BYTEPLUS_25),

    Row("bundle-missing", "error", "a bundle without its image", packed(lambda bundle: (bundle / "media" / "image1.jpg").unlink()), "a whole bundle", packed(lambda bundle: None)),
    Row("bundle-missing", "error", "a bundle without request.json", packed(lambda bundle: (bundle / "request.json").unlink()), "a whole bundle", packed(lambda bundle: None)),
    Row("bundle-changed", "error", "a byte after its image", packed(appended_to("media/image1.jpg", b"\0")), "no byte after its image", packed(appended_to("media/image1.jpg", b""))),
    Row("bundle-added", "warning", "an empty file beside its media", packed(appended_to("media/notes.txt", b"")), "an empty folder beside its media", packed(lambda bundle: (bundle / "media" / "notes").mkdir())),
    Row("request-edited", "error", "another duration", packed(replaced('"8"', '"9"')), "the same duration", packed(replaced('"8"', '"8"'))),
    Row("request-edited", "info", "an https URL in place of a file", packed(replaced("media/", "https://cdn.example/")), "the file", packed(lambda bundle: None)),
    Row("request-edited", "info", "other whitespace", packed(replaced("  ", " ")), "the same whitespace", packed(replaced("  ", "  "))),
    Row("request-shape", "error", "the duration as a number", packed(replaced('"8"', "8")), "the duration as text", packed(replaced('"8"', '"9"'))),
    Row("request-shape", "error", "an http URL", packed(replaced("media/", "http://cdn.example/")), "an https URL", packed(replaced("media/", "https://cdn.example/"))),
    Row("request-shape", "error", "a request.json that is no JSON", packed(replaced('"prompt"', '"prompt')), "the request.json as packed", packed(lambda bundle: None)),

    Row("envelope-changed", "warning", "a manifest that takes an image of a byte more", packed(held(with_image_size(1))), "one of the same limits", packed(held(with_image_size(0)))),
    Row("envelope-unknown", "warning", "a manifest with an envelope named mine", packed(held(lambda envelope: envelope.update(name="mine"))), "one with refprep's envelope", packed(held(lambda envelope: None))),
    Row("rules-ignored", "warning", "a manifest that ignores video-fps", packed(held(lambda envelope: envelope.update(ignore=["video-fps"]))), "one that ignores nothing", packed(held(lambda envelope: envelope.update(ignore=[])))),
)
# fmt: on
