"""Small files that ask for much: each is a few kilobytes, or some megabytes where it must be."""

import io
import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pillow_heif
from PIL import Image as Pillow


def _saved(name: str, mode: str = "RGB", size: tuple[int, int] = (64, 64), **options: Any) -> bytes:
    output = io.BytesIO()
    Pillow.new(mode, size).save(output, format=name, **options)
    return output.getvalue()


def png(
    width: int,
    height: int,
    depth: int,
    color: int,
    before: bytes = b"",
    *,
    interlaced: bool = False,
) -> bytes:
    """A black PNG, made without its pixels ever being in memory."""
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    pack, row = zlib.compressobj(9), bytes(1 + -(-width * bits // 8))
    body = b"".join(pack.compress(row * 64) for _ in range(height // 64 + 1)) + pack.flush()
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + before
        + chunk(b"IDAT", body)
        + chunk(b"IEND", b"")
    )


def declared_png(width: int, height: int, depth: int, color: int) -> bytes:
    """A PNG with the pixels of a smaller one."""
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    small = png(64, 64, depth, color)
    return small[:8] + chunk(b"IHDR", head) + small[33:]


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def jpeg_of_size(data: bytes, width: int, height: int) -> bytes:
    """A JPEG with another size in its frame header; its data end early."""
    place = next(
        data.find(bytes((0xFF, kind))) for kind in (0xC0, 0xC2) if bytes((0xFF, kind)) in data
    )
    return data[: place + 5] + struct.pack(">HH", height, width) + data[place + 9 :]


def tiff(entries: list[tuple[int, int, int, int]], tail: bytes = b"", following: int = 0) -> bytes:
    """A TIFF of one directory: tag, type, count and value of each entry."""
    rows = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (
        b"II*\0\x08\0\0\0"
        + struct.pack("<H", len(entries))
        + rows
        + struct.pack("<I", following)
        + tail
    )


def endless_tiff(pages: int) -> bytes:
    """Pages without end: each directory has one entry and names the next."""
    body = b"".join(
        struct.pack("<HHHIII", 1, 256, 3, 1, 1, 8 + 18 * (page + 1)) for page in range(pages)
    )
    return b"II*\0\x08\0\0\0" + body


def shared_tags(size: int, count: int) -> bytes:
    """A TIFF whose tags all name the same bytes."""
    return tiff([(40_000 + place, 7, size, 64) for place in range(count)], bytes(size))


def jpeg2000_of_size(width: int, height: int, *, header: bool = True, **options: Any) -> bytes:
    """A JPEG 2000 whose codestream, and its header box too, say another size."""
    data = bytearray(_saved("JPEG2000", "L", (256, 256), **options))
    place = data.index(b"\xff\x4f\xff\x51") + 8
    data[place : place + 8] = struct.pack(">II", width, height)
    data[place + 16 : place + 24] = struct.pack(">II", width, height)
    box = data.index(b"ihdr") + 4
    if header:
        data[box : box + 8] = struct.pack(">II", height, width)
    return bytes(data)


def webp_of_size(width: int, height: int) -> bytes:
    """34 bytes: a canvas with nothing on it."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size + b"ANIM"
    return b"RIFF" + struct.pack("<I", len(body)) + body


def still_webp(width: int, height: int) -> bytes:
    data = bytearray(_saved("WEBP"))
    place = data.index(b"\x9d\x01\x2a") + 3
    data[place : place + 4] = struct.pack("<HH", width, height)
    return bytes(data)


def heif(width: int, height: int, mode: str = "RGB") -> bytes:
    output = io.BytesIO()
    pillow_heif.from_pillow(Pillow.new(mode, (width, height))).save(output)
    return output.getvalue()


def gif_of(pictures: int) -> bytes:
    """A GIF with very many pictures of one pixel."""
    data = _saved("GIF", "P", (1, 1))
    place = data.index(b",")
    return data[:place] + data[place:-1] * pictures + b";"


def exif(size: int, count: int) -> bytes:
    """EXIF data whose tags all name the same bytes."""
    return shared_tags(size, count)


def jpeg_with_segments(count: int) -> bytes:
    data = _saved("JPEG")
    return data[:2] + b"\xff\xe5\0\x02" * count + data[2:]


BOMBS: dict[str, Callable[[], bytes]] = {
    "canvas.webp": lambda: webp_of_size(16_383, 16_383),
    "still.webp": lambda: still_webp(16_383, 16_383),
    "tile.jp2": lambda: jpeg2000_of_size(30_000, 12_000),
    "codestream.jp2": lambda: jpeg2000_of_size(40_000, 40_000, header=False),
    "blocks.jp2": lambda: jpeg2000_of_size(9_000, 9_000, codeblock_size=(4, 4)),
    "precincts.jp2": lambda: jpeg2000_of_size(
        9_000, 9_000, codeblock_size=(8, 8), precinct_size=(32, 32)
    ),
    "cmyk.jpg": lambda: jpeg_of_size(_saved("JPEG", "CMYK", progressive=True), 16_000, 12_000),
    "declared.jpg": lambda: jpeg_of_size(_saved("JPEG", progressive=True), 65_500, 65_500),
    "declared-baseline.jpg": lambda: jpeg_of_size(_saved("JPEG"), 65_500, 65_500),
    "segments.jpg": lambda: jpeg_with_segments(2_000_000),
    "bits.png": lambda: png(30_000, 24_000, 1, 0, chunk(b"tRNS", b"\0\0")),
    "bits-interlaced.png": lambda: png(
        8_000, 8_000, 1, 0, chunk(b"tRNS", b"\0\0"), interlaced=True
    ),
    "deep.png": lambda: declared_png(24_000, 24_000, 16, 6),
    "palette.png": lambda: png(
        30_000, 30_000, 8, 3, chunk(b"PLTE", bytes(768)) + chunk(b"tRNS", bytes(256))
    ),
    "chunks.png": lambda: png(8, 8, 8, 0, chunk(b"prVt", b"") * 1_000_000),
    "text.png": lambda: png(
        8, 8, 8, 0, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000))) * 50
    ),
    "profile.png": lambda: png(
        8, 8, 8, 0, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(1 << 28)))
    ),
    "exif.png": lambda: png(8, 8, 8, 0, chunk(b"eXIf", exif(2_000_000, 2_000))),
    "screen.gif": lambda: b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + _saved("GIF", "P")[10:],
    "pictures.gif": lambda: gif_of(500_000),
    "declared.bmp": lambda: _bmp(60_000, 60_000),
    "rle.bmp": lambda: _bmp(30_000, 30_000, compression=1),
    "strip.tif": lambda: strip_tiff(16_000, 14_000),
    "bits.tif": lambda: strip_tiff(40_000, 40_000, bits=1, samples=1),
    "pages.tif": lambda: endless_tiff(500_000),
    "tags.tif": lambda: shared_tags(2_000_000, 2_000),
    "declared.avif": lambda: sized(_saved("AVIF"), 16_000, 16_000),
    "still.mov": lambda: movie(png(16_000, 16_000, 8, 2), "png"),
    "deep.mov": lambda: movie(png(16_000, 12_000, 16, 6), "png"),
    "samples.mov": lambda: movie(_saved("JPEG", size=(2_000, 2_000)), "mjpeg", 1_000_000),
    "declared.heic": lambda: sized(heif(64, 64), 16_000, 16_000),
}
"By name; most would take gigabytes."


def sized(data: bytes, width: int, height: int) -> bytes:
    """An ISO 14496-12 file that declares another size in every `ispe` box."""
    parts = data.split(b"ispe\0\0\0\0")
    size = struct.pack(">II", width, height)
    return parts[0] + b"".join(b"ispe\0\0\0\0" + size + part[8:] for part in parts[1:])


def strip_tiff(width: int, height: int, *, bits: int = 8, samples: int = 3) -> bytes:
    """A TIFF of one deflated strip, black."""
    pack, row = zlib.compressobj(9), bytes(-(-width * samples * bits // 8))
    strip = b"".join(pack.compress(row * 20) for _ in range(height // 20)) + pack.flush()
    photometric = 2 if samples == 3 else 1
    entries = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, bits), (259, 3, 1, 8),
        (262, 3, 1, photometric), (273, 4, 1, 8 + 2 + 12 * 9 + 4), (277, 3, 1, samples),
        (278, 4, 1, height), (279, 4, 1, len(strip)),
    ]  # fmt: skip
    return tiff(entries, strip)


def _bmp(width: int, height: int, compression: int = 0) -> bytes:
    data = bytearray(_saved("BMP", "P"))
    data[18:26] = struct.pack("<ii", width, height)
    data[30:34] = struct.pack("<I", compression)
    return bytes(data)


def movie(packet: bytes, codec: str, samples: int = 1) -> bytes:
    """A MOV whose samples are all the same still.

    Args:
        packet: The still.
        codec: `png` or `mjpeg`.
        samples: How often the index names it.
    """
    output = io.BytesIO()
    with av.open(output, "w", format="mov") as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = {"png": "rgb24", "mjpeg": "yuvj420p"}[codec]
        still = av.Packet(packet)
        still.stream, still.time_base, still.is_keyframe = stream, Fraction(1, 25), True
        still.pts = still.dts = 0
        still.duration = 1
        container.mux(still)
    data = output.getvalue()
    return _repeated(data, samples) if samples > 1 else data


def _repeated(data: bytes, samples: int) -> bytes:
    """The index of a movie of one sample, so that it names that sample very often (stsc, stsz)."""
    box = {name: data.index(name) for name in (b"stts", b"stsz", b"stco")}
    edited = bytearray(data)
    edited[box[b"stts"] + 12 : box[b"stts"] + 16] = struct.pack(">I", samples)
    # one size for all samples
    size = struct.unpack_from(">I", data, box[b"stsz"] + 8)[0]
    assert size, "the muxer wrote a table of sizes"
    edited[box[b"stsz"] + 12 : box[b"stsz"] + 16] = struct.pack(">I", samples)
    edited[data.index(b"edts") : data.index(b"edts") + 4] = b"free"
    return _with_chunks(bytes(edited), samples)


def _with_chunks(data: bytes, count: int) -> bytes:
    """The movie with as many chunks as it has samples, all at one place."""
    place = data.index(b"stco")
    offset = struct.unpack_from(">I", data, place + 12)[0]
    grown = 4 * (count - 1)
    table = struct.pack(">II", 0, count) + struct.pack(">I", offset) * count
    edited = bytearray(data[: place + 4] + table + data[place + 16 :])
    for name in (b"stco", b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        start = edited.index(name) - 4
        size = struct.unpack_from(">I", edited, start)[0]
        edited[start : start + 4] = struct.pack(">I", size + grown)
    return bytes(edited)


def write(folder: Path, name: str) -> Path:
    """Write a bomb."""
    path = folder / name
    path.write_bytes(BOMBS[name]())
    return path
