"""JPEG: its header, and whether its data are whole, by libjpeg-turbo's own warnings."""

import io
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from refprep.decoders.memory import FRAMES_MAX, PROCESS, require, too_many
from refprep.decoders.reader import Reader, reading
from refprep.errors import TooBigError, UnreadableError

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
SOF = (0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
"Markers of frame headers (ITU-T T.81, table B.1)."
PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
HUFFMAN = (0xC0, 0xC1, 0xC2)
SCALE = 8
"A check decodes an eighth of each side: all data are read, few pixels are made of them."
PADDING = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
EXIF_MAX = 1 << 20
"Bytes of EXIF data; Pillow reads every tag of it, however often they name the same bytes."


@dataclass(frozen=True)
class Header:
    """What decoding depends on, in front of the first scan."""

    width: int = 0
    height: int = 0
    components: tuple[tuple[int, int], ...] = ()
    "The horizontal and vertical sampling factors of each."
    buffered: bool = False
    "True where all coefficients are held: progressive, or a scan for each component."
    huffman: bool = False
    "True for the kinds that all decoders know: baseline, extended, progressive, Huffman-coded."
    start: int = 2
    "Where the first segment is that is neither application data nor a comment."
    scan: int = 2
    "Where the data of the first scan begin: an end marker before it is a number in a table."

    @property
    def coefficient_bytes(self) -> int:
        """Bytes that the decoder holds beside the picture: two for each coefficient."""
        if not self.buffered:
            return 0
        across = max((h for h, _ in self.components), default=1) or 1
        down = max((v for _, v in self.components), default=1) or 1
        samples = sum(h * v for h, v in self.components) / (across * down)
        return int(2 * samples * (self.width + 16) * (self.height + 16))


def read_header(path: Path) -> Header:
    """Read the segments up to the first scan.

    Raises:
        TooBigError: They are more than are read.
    """
    with reading(path) as file:
        return header_of(file)


def header_of(file: BinaryIO | Reader) -> Header:
    """The header of an open file."""
    fields: dict[str, object] = {}
    count = exif = 0
    file.seek(2)
    while len(marker := file.read(2)) == 2:
        if marker[0] != 0xFF:
            file.seek(-1, 1)  # as decoders do, up to the next marker
            continue
        kind = marker[1]
        if kind == 0xFF:
            file.seek(-1, 1)
            continue
        if kind in (0, 1, *range(0xD0, 0xD9)):
            continue
        place = file.tell()
        length = int.from_bytes(file.read(2), "big")
        count += 1
        if count > FRAMES_MAX:
            raise too_many(FRAMES_MAX, "segments before its pixels")
        if kind == 0xE1:
            exif += length if file.read(4) == b"Exif" else 0
            if exif > EXIF_MAX:
                raise TooBigError(f"holds more than {EXIF_MAX:,} bytes of EXIF data")
        elif kind != 0xFE and not 0xE0 <= kind <= 0xEF:
            fields.setdefault("start", place - 2)
        if kind in SOF and "width" not in fields:
            _, height, width, components = struct.unpack(">BHHB", file.read(6).ljust(6, b"\0"))
            rows = file.read(3 * components)
            factors = tuple((row >> 4, row & 15) for row in rows[1::3])
            fields |= {"width": width, "height": height, "components": factors}
            fields |= {"buffered": kind in PROGRESSIVE, "huffman": kind in HUFFMAN}
        if kind in (0xDA, 0xD9):
            parts = file.read(1)[:1] or b"\0"
            several = parts[0] < len(fields.get("components", ()))  # type: ignore[arg-type]
            fields["buffered"] = bool(fields.get("buffered")) or several
            fields["scan"] = place + length
            break
        file.seek(place + max(2, length))
    return Header(**fields)  # type: ignore[arg-type]


def check(path: Path, header: Header, memory: int) -> str | None:
    """Decode a JPEG to its end, at an eighth of its size.

    Application data are left out: what is odd about them is no damage to the picture. A picture
    that is whole needs no end marker.

    Args:
        path: The file.
        header: Its header.
        memory: Bytes that decoding may take.

    Returns:
        What libjpeg-turbo complains of; None where nothing is wrong.

    Raises:
        TooBigError: It takes more memory.
        UnreadableError: This decoder does not know its kind of JPEG.
    """
    pixels = header.width * header.height
    taken = header.coefficient_bytes + 4 * pixels // SCALE**2 + path.stat().st_size
    require(taken, memory, header.width, header.height)
    with reading(path) as file:
        data = bytearray(file.read() + EOI)
    begin = header.start - 2
    data[begin : begin + 2] = SOI
    return check_data(memoryview(data)[begin:], header, header.scan - begin)


def check_blocks(path: Path, header: Header, memory: int) -> str | None:
    """Decode a baseline JPEG with FFmpeg, which knows what libjpeg passes over in silence.

    libjpeg drops coefficients after the 64th of a block: only wrong bits make such ones. Decoding
    takes a third of the time of libjpeg's; of progressive ones nothing more is found.

    Args:
        path: The file, which libjpeg does not complain of.
        header: Its header.
        memory: Bytes that decoding may take; where it takes more, nothing is looked at.

    Returns:
        What is wrong; None where nothing is.
    """
    taken = 4 * header.width * header.height + 2 * path.stat().st_size + PROCESS
    if not header.huffman or header.buffered or len(header.components) not in (1, 3, 4):
        return None
    if taken > memory:
        return None
    import av

    with reading(path) as file:
        whole = file.read()
    decoder = av.CodecContext.create("mjpeg", "r")
    decoder.options = {"err_detect": "explode"}
    try:
        decoder.decode(av.Packet(SOI + whole[header.start :] + EOI))
    except av.error.InvalidDataError:
        return "wrong codes in its pixels, which decoders show in different ways"
    except av.error.FFmpegError:  # a kind that this decoder does not know
        return None
    return None


def is_damaged(data: bytes) -> bool:
    """True where libjpeg-turbo warns of a JPEG; one that it does not know is none."""
    header = header_of(io.BytesIO(data))
    whole = memoryview(data + EOI)
    try:
        text = _warning(whole, "CMYK" if len(header.components) == 4 else "GRAY")
        return bool(text and _complaint(text, whole, data.find(EOI, header.scan)))
    except UnreadableError:
        return False


def check_data(data: memoryview, header: Header, scan: int) -> str | None:
    """As `check`, for data that end with an end marker; `scan` is where their pixels begin."""
    space = "CMYK" if len(header.components) == 4 else "GRAY"
    end = bytes(data).find(EOI, scan)  # in a scan only 0 or a restart follows 0xff
    if text := _warning(data, space):
        return _complaint(text, data, end)
    if header.huffman and _is_overlong(data, end, space):
        return "its data are damaged: more of them than the picture takes"
    return None


def _warning(data: memoryview, space: str) -> str | None:
    """The first warning of the decoder; None where there is none."""
    import simplejpeg

    try:
        simplejpeg.decode_jpeg(data, space, True, True, 1, 1, SCALE, strict=True)
    except ValueError as error:
        return str(error)
    return None


def _is_overlong(data: memoryview, end: int, space: str) -> bool:
    """True where the last byte of the last scan is not needed.

    The decoder stops after the last block, and says nothing of what is left. Of data that are
    whole, every byte is needed, but for what some cameras fill up with.
    """
    used = end
    while used > 2 and data[used - 1] in (0x00, 0xFF):
        used -= 1
    shorter = bytearray(data[: used - 1])
    if shorter[-1] == 0xFF:
        shorter.append(0)
    return _warning(memoryview(shorter + EOI), space) is None


def _complaint(text: str, data: memoryview, end: int) -> str | None:
    """What is wrong, in words; None where only zeros fill up the space before the end marker."""
    if found := PADDING.search(text):
        padding = data[max(0, end - int(found[1])) : end]
        if not bytes(padding).strip(b"\0"):
            return None
    lower = text.lower()
    if "premature" in lower:
        return (
            "image file is truncated"
            if end == len(data) - 2
            else "its data are damaged: a scan lacks some"
        )
    if "corrupt" in lower or "inconsistent" in lower or "invalid" in lower or "bogus" in lower:
        return f"its data are damaged: {text}"
    raise UnreadableError(text)
