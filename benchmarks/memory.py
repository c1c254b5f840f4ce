"""`python -m benchmarks.memory [NAME...]`: the most memory that a worker takes, by kind of file.

Large files of every kind, as phones and cameras make them and larger, are written by code; each is
checked and fixed in a worker process with the default budget, and again with five times as much
where it is refused. The figures are the greatest resident set of the file's process, in MB.
"""

import os
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pillow_heif
from PIL import Image as Pillow

import refprep
from refprep.isolation import Workers, pool
from refprep.models.budget import DEFAULT

os.environ["SVT_LOG"] = "1"  # its encoder prints its settings otherwise
FRAMES = 20
HDR = {"PQ": 16, "HLG": 18}
Size = tuple[int, int]


def drawn(size: Size, frame: int = 0) -> Any:
    """A moving pattern in RGB: an array (height, width, 3) of 8 bits."""
    width, height = size
    across = (np.arange(width, dtype=np.uint32)[None, :] + 16 * frame) // 4
    down = np.arange(height, dtype=np.uint32)[:, None] // 4
    planes = (across ^ down, across + 0 * down, 0 * across + down)
    return np.stack([plane.astype(np.uint8) for plane in planes], axis=-1)


def image(path: Path, size: Size, mode: str = "RGB", **options: Any) -> None:
    picture = Pillow.fromarray(drawn(size))
    picture.convert(mode).save(path, **options)


def heic(path: Path, size: Size, bits: int, *, alpha: bool = False) -> None:
    pixels = drawn(size).astype(np.uint16) << 8
    if alpha:
        pixels = np.dstack([pixels, np.full(size[::-1], 0x7FFF, np.uint16)])
    mode = ("RGBA" if alpha else "RGB") + (";16" if bits > 8 else "")
    data = pixels if bits > 8 else (pixels >> 8).astype(np.uint8)
    pillow_heif.options.SAVE_HDR_TO_12_BIT = bits == 12
    pillow_heif.encode(
        mode, size, np.ascontiguousarray(data).tobytes(), str(path), quality=50,
        enc_params={"preset": "ultrafast", "tu-intra-depth": "1"},
    )  # fmt: skip


def avif(path: Path, size: Size, pixel_format: str) -> None:
    options = {"preset": "12", "crf": "50", "svtav1-params": "lp=2"}
    video(path, size, pixel_format, "libsvtav1", options, frames=1)


def video(  # noqa: PLR0913  a stream has so many properties
    path: Path,
    size: Size,
    pixel_format: str,
    codec: str,
    options: dict[str, str] | None = None,
    *,
    rate: int = 30,
    transfer: str = "",
    frames: int = FRAMES,
) -> None:
    with av.open(str(path), "w") as output:
        stream: Any = output.add_stream(codec, rate=Fraction(rate), options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pixel_format
        context = stream.codec_context
        context.thread_type = "AUTO"
        if transfer:
            context.color_primaries = context.colorspace = 9
            context.color_trc = HDR[transfer]
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(drawn(size, number), "rgb24")
            output.mux(stream.encode(frame.reformat(format=pixel_format)))
        output.mux(stream.encode(None))


def tiff(  # noqa: PLR0913  as a picture in a TIFF
    path: Path, size: Size, tile: Size | None, *, bits: int = 8, samples: int = 3, packed: bool
) -> None:
    """Black pixels, in tiles or one strip, deflated or not; never all of them in memory."""
    width, height = size
    columns, rows = tile or size
    count = -(-width // columns) * -(-height // rows)
    row = bytes(columns * samples * bits // 8)
    pack = zlib.compressobj(1)
    parts = [pack.compress(row) for _ in range(rows)] if packed else []
    data = b"".join(parts) + pack.flush() if packed else b""
    stored = len(data) if packed else len(row) * rows
    head = 8 + 2 + 12 * 12 + 4
    tables = struct.pack(f"<{samples}H", *[bits] * samples)
    start = head + len(tables) + 8 * count
    places = [start + (0 if packed else stored * number) for number in range(count)]
    listed = struct.pack(f"<{count}I", *places) + struct.pack(f"<{count}I", *[stored] * count)
    at = head + len(tables)
    first, second = (at, at + 4 * count) if count > 1 else (places[0], stored)
    short, long = 3, 4
    entries = [
        (256, long, 1, width), (257, long, 1, height), (258, short, samples, head),
        (259, short, 1, 8 if packed else 1), (262, short, 1, 2),
        *([] if tile else [(273, long, count, first)]), (277, short, 1, samples),
        *([] if tile else [(278, long, 1, rows), (279, long, count, second)]), (284, short, 1, 1),
        *([(322, long, 1, columns), (323, long, 1, rows), (324, long, count, first),
           (325, long, count, second)] if tile else []),
    ]  # fmt: skip
    with path.open("wb") as file:
        file.write(b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)))
        file.writelines(struct.pack("<HHII", *entry) for entry in entries)
        file.write(bytes(head - file.tell()) + tables + listed)
        if packed:
            file.write(data)
        else:
            file.truncate(start + stored * count)


FULL_HD, UHD, CINEMA, EIGHT = (1920, 1080), (3840, 2160), (4096, 2160), (7680, 4320)
MP12, MP48, MP50, MP108, MP200 = (
    (4032, 3024), (8064, 6048), (8160, 6120), (12_000, 9_000), (16_320, 12_240),
)  # fmt: skip
Make = Callable[[Path], None]
OPTIONS = {
    "libx264": {"preset": "ultrafast", "refs": "4", "bf": "3", "crf": "40"},
    "libx265": {
        "preset": "ultrafast",
        "x265-params": "ref=4:bframes=4:b-adapt=0:log-level=none:crf=40",
    },
    "libsvtav1": {"preset": "12", "crf": "55", "svtav1-params": "lp=2"},
    "libvpx-vp9": {
        "deadline": "realtime", "cpu-used": "8", "crf": "50", "b": "0", "row-mt": "1"
    },
    "dnxhd": {"profile": "dnxhr_444"},
}  # fmt: skip


def film(codec: str, size: Size, pixel_format: str, **facts: Any) -> Make:
    options = OPTIONS.get(codec)
    return partial(
        video, size=size, pixel_format=pixel_format, codec=codec, options=options, **facts
    )


FILES: dict[str, tuple[str, Make]] = {
    "HEIC 12 MP": (".heic", partial(heic, size=MP12, bits=8)),
    "HEIC 12 MP 10 bit": (".heic", partial(heic, size=MP12, bits=10)),
    "HEIC 48 MP": (".heic", partial(heic, size=MP48, bits=8)),
    "HEIC 48 MP 10 bit": (".heic", partial(heic, size=MP48, bits=10)),
    "HEIC 48 MP 12 bit": (".heic", partial(heic, size=MP48, bits=12)),
    "HEIC 48 MP 10 bit alpha": (".heic", partial(heic, size=MP48, bits=10, alpha=True)),
    "HEIC 108 MP 10 bit": (".heic", partial(heic, size=MP108, bits=10)),
    "AVIF 48 MP": (".avif", partial(avif, size=MP48, pixel_format="yuv420p")),
    "AVIF 48 MP 10 bit": (".avif", partial(avif, size=MP48, pixel_format="yuv420p10le")),
    "AVIF 71 MP 10 bit": (".avif", partial(avif, size=(8192, 8704), pixel_format="yuv420p10le")),
    "JPEG 2000 50 MP": (".jp2", partial(image, size=MP50)),
    "JPEG 2000 50 MP tiles": (".jp2", partial(image, size=MP50, tile_size=(1024, 1024))),
    "TIFF 200 MP, tiles 512": (".tif", partial(tiff, size=MP200, tile=(512, 512), packed=True)),
    "TIFF 200 MP, a strip, raw": (".tif", partial(tiff, size=MP200, tile=None, packed=False)),
    "TIFF 108 MP, one tile": (".tif", partial(tiff, size=MP108, tile=(12_000, 9_008), packed=True)),
    "TIFF 108 MP 16 bit, tiles": (
        ".tif", partial(tiff, size=MP108, tile=(4096, 4096), bits=16, packed=True)
    ),
    "TIFF 108 MP 16 bit, a strip": (
        ".tif", partial(tiff, size=MP108, tile=None, bits=16, packed=True)
    ),
    "PNG 108 MP": (".png", partial(image, size=MP108, compress_level=1)),
    "PNG 200 MP": (".png", partial(image, size=MP200, compress_level=1)),
    "WebP 50 MP": (".webp", partial(image, size=(8192, 6144), method=0)),
    "H.264 4K": (".mp4", film("libx264", UHD, "yuv420p")),
    "H.264 8K": (".mp4", film("libx264", EIGHT, "yuv420p")),
    "H.264 8K 4:4:4 10 bit": (".mp4", film("libx264", EIGHT, "yuv444p10le")),
    "HEVC 4K60 10 bit HLG": (".mov", film("libx265", UHD, "yuv420p10le", rate=60, transfer="HLG")),
    "HEVC 8K30": (".mp4", film("libx265", EIGHT, "yuv420p")),
    "HEVC 8K30 10 bit HLG": (".mp4", film("libx265", EIGHT, "yuv420p10le", transfer="HLG")),
    "HEVC 8K 4:2:2 10 bit": (".mp4", film("libx265", EIGHT, "yuv422p10le")),
    "AV1 4K 10 bit PQ": (".mp4", film("libsvtav1", UHD, "yuv420p10le", transfer="PQ")),
    "AV1 8K": (".mp4", film("libsvtav1", EIGHT, "yuv420p")),
    "AV1 8K 10 bit": (".mp4", film("libsvtav1", EIGHT, "yuv420p10le")),
    "VP9 8K": (".webm", film("libvpx-vp9", EIGHT, "yuv420p", frames=10)),
    "ProRes 4444 4K": (".mov", film("prores_ks", UHD, "yuva444p10le", frames=8)),
    "ProRes 4444 8K": (".mov", film("prores_ks", EIGHT, "yuva444p10le", frames=4)),
    "ProRes 422 8K": (".mov", film("prores_ks", EIGHT, "yuv422p10le", frames=4)),
    "DNxHR 444 4K": (".mov", film("dnxhd", UHD, "yuv444p10le", frames=8)),
    "FFV1 8K 16 bit": (".mkv", film("ffv1", EIGHT, "gbrp16le", frames=3)),
    "JPEG 2000 4K 12 bit MXF": (".mxf", film("jpeg2000", CINEMA, "yuv444p12le", frames=3)),
    "JPEG 2000 8K MOV": (".mov", film("jpeg2000", EIGHT, "yuv420p", frames=2)),
    "CineForm 8K": (".mov", film("cfhd", EIGHT, "gbrp12le", frames=4)),
    "MJPEG 8K": (".mov", film("mjpeg", EIGHT, "yuvj422p", frames=8)),
    "PNG 8K MOV": (".mov", film("png", EIGHT, "rgb48be", frames=2)),
}  # fmt: skip


def measured(work: Callable[[], Any]) -> tuple[Any, int, float]:
    """What a call of refprep finds, the greatest resident set of its workers, and seconds."""
    Workers.peak, begun = 0, time.perf_counter()
    found = work()
    rules = {row.rule for row in found.findings if row.rule.startswith("file-")}
    return " ".join(sorted(rules)) or "-", Workers.peak >> 20, time.perf_counter() - begun


def figures(source: Path, folder: Path, memory: int) -> Iterator[str]:
    keywords: Any = {"cache": False, "isolate": True, "max_memory": memory}
    for work in (
        partial(refprep.check, [source], **keywords),
        partial(refprep.fix, [source], folder, force=True, **keywords),
    ):
        rules, peak, seconds = measured(work)
        yield f"{peak:7,} MB {seconds:6.1f} s {rules:16}"


def main(names: Sequence[str]) -> None:
    """Print a line per file: the peak of check and of fix, and the findings about the file."""
    for name, (suffix, make) in FILES.items():
        if names and not any(part.lower() in name.lower() for part in names):
            continue
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / f"source{suffix}"
            try:
                make(source)
            except (MemoryError, OSError, ValueError, RuntimeError) as error:
                print(f"{name:28} cannot be made: {error}", flush=True)
                continue
            for memory in (DEFAULT.memory, 6 * DEFAULT.memory):
                lines = [*figures(source, Path(folder) / "out", memory)]
                print(f"{name:28} {memory >> 20:6,} MiB", *lines, sep=" | ", flush=True)
                if not any("file-" in line for line in lines):
                    break
    pool.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
