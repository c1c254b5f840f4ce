"""Whether a PNG is whole: what decoders pass over, by the clauses of the PNG specification."""

import zlib
from collections.abc import Iterator
from functools import reduce

from refprep.decoders.memory import chunks_of_png
from refprep.decoders.reader import Contents
from refprep.errors import UnreadableError

SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"Samples of a pixel, by the color type of IHDR (11.2.1)."
ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"The passes of an interlaced picture: left, top, step across, step down (8.1)."
DISPOSE_MAX = 2
"The last of the ways to clear an animation's frame."
PIECE, BLOCK = 1 << 16, 1 << 20
"Bytes that are read together; and of pixels that are unpacked together, and dropped."


def check(data: Contents) -> None:
    """Check what decoding ignores: checksums, the header, and that all pixels are there.

    Args:
        data: The file's bytes.

    Raises:
        UnreadableError: Something is wrong.
        TooBigError: There are very many chunks.
    """
    header, last, before = b"", b"", b""
    pixels = Pixels()
    for chunk in chunks_of_png(data):
        last, end = chunk.kind, chunk.start + chunk.size
        if end + 4 > len(data):
            raise _damaged("image file is truncated")
        checksum = reduce(_add_checksum, data.pieces(chunk.start - 4, end), 0)
        if checksum != int.from_bytes(data[end : end + 4], "big"):
            kind = chunk.kind.decode("ascii", "replace")
            raise _damaged(f"wrong checksum of a chunk {kind!r}")
        if last == b"IHDR":
            if header or chunk.size != 13:
                raise _damaged(
                    "it has several headers" if header else "its header has another size"
                )
            header = data[chunk.start : end]
        if last == b"IDAT":
            if pixels.begun and before != b"IDAT":
                raise _damaged("its pixels are not together")
            for start in range(chunk.start, end, PIECE):
                pixels.add(data[start : min(end, start + PIECE)])
        before = last
    if last != b"IEND":
        raise _damaged("image file is truncated")
    if header[10:12] != b"\0\0" or header[12] > 1:
        raise _damaged("its compression, filter or interlace method is none that PNG has")
    pixels.require(sum(_bytes_of_passes(header)))


def check_animation(data: Contents) -> str | None:
    """What is damaged in the order of an animation's chunks; None where nothing is.

    Its header stands before its frames and the pixels; each chunk has the next number.

    Args:
        data: The file's bytes.
    """
    number, frames, declared, pixels = 0, 0, None, False
    for chunk in chunks_of_png(data):
        start = chunk.start
        if chunk.kind == b"acTL":
            if frames or pixels:
                return "the header of its animation stands behind a frame"
            declared = int.from_bytes(data[start : start + 4], "big")
        elif chunk.kind in (b"fcTL", b"fdAT") and declared is not None:
            if int.from_bytes(data[start : start + 4], "big") != number:
                return f"part {number:,} of its animation is missing"
            number, frames = number + 1, frames + (chunk.kind == b"fcTL")
            if chunk.kind == b"fcTL" and not _is_inside(data, start):
                return f"frame {frames:,} of its animation lies beside the picture"
        elif chunk.kind in (b"fcTL", b"fdAT"):
            frames += 1
        pixels = pixels or chunk.kind == b"IDAT"
    if declared is not None and declared != frames:
        return f"its animation declares {declared:,} frames, and has {frames:,}"
    return None


def _is_inside(data: Contents, start: int) -> bool:
    """True where a frame lies in the picture, and is shown in a way that APNG knows."""
    size = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    fields = (int.from_bytes(data[start + at : start + at + 4], "big") for at in (4, 8, 12, 16))
    width, height, left, top = fields
    across, down = size
    dispose, blend = data[start + 24 : start + 26]
    fits = 0 < width <= across - left and 0 < height <= down - top
    return fits and dispose <= DISPOSE_MAX and blend <= 1


class Pixels:
    """Counts the bytes that the pixels' stream unpacks to, and keeps none of them."""

    def __init__(self) -> None:
        self.begun = False
        self._unpack = zlib.decompressobj()
        self._count = 0

    def add(self, packed: bytes) -> None:
        """Unpack a part of the stream."""
        self.begun = True
        try:
            while packed and not self._unpack.eof:
                self._count += len(self._unpack.decompress(packed, BLOCK))
                packed = self._unpack.unconsumed_tail
        except zlib.error as error:
            raise _damaged(f"its pixels cannot be unpacked ({error})") from None

    def require(self, expected: int) -> None:
        """UnreadableError where pixels are missing, or there are more than the header declares."""
        if self._count < expected:
            raise _damaged(
                f"image file is truncated ({self._count:,} of {expected:,} bytes of pixels)"
            )
        if self._count > expected:
            raise _damaged("it holds more pixels than its header declares")


def _bytes_of_passes(header: bytes) -> Iterator[int]:
    """The bytes of unpacked pixels, with a filter byte before each row."""
    width, height = (int.from_bytes(header[place : place + 4], "big") for place in (0, 4))
    bits = header[8] * SAMPLES.get(header[9], 0)
    for left, top, across, down in ADAM7 if header[12] else ((0, 0, 1, 1),):
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            yield rows * (1 + -(-columns * bits // 8))


def _add_checksum(checksum: int, piece: bytes) -> int:
    return zlib.crc32(piece, checksum)


def _damaged(why: str) -> UnreadableError:
    return UnreadableError(f"the image is damaged: {why}")
