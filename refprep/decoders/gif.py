"""GIF: blocks that follow each other up to the trailer (GIF89a, 12 and Appendix A)."""

import struct

from refprep.decoders.reader import Contents

HEADER, DESCRIPTOR = 13, 10
EXTENSION, PICTURE, TRAILER = 0x21, 0x2C, 0x3B
CONTROL = 0xF9
"The extension that says how the next picture is shown; at most one comes before each."
CODE_SIZES = range(1, 9)
"Bits of a pixel before compression."


def check(data: Contents) -> str | None:
    """What is damaged; None where decoders find the same blocks.

    Args:
        data: The file's bytes, whose pictures are known to be not too many.
    """
    flags = data[10] if len(data) > HEADER else 0
    width, height = struct.unpack("<HH", data[6:10].ljust(4, b"\0"))
    place, controlled = HEADER + _colors(flags), False
    while place < len(data):
        kind = data[place]
        if kind == TRAILER:
            return "the last of its pictures is missing" if controlled else None
        if kind == EXTENSION and place + 1 < len(data):
            control = data[place + 1] == CONTROL
            if control and controlled:
                return f"a picture is missing before byte {place:,}"
            controlled, blocks = controlled or control, place + 2
        elif kind == PICTURE and place + DESCRIPTOR < len(data):
            controlled, blocks = False, place + DESCRIPTOR + _colors(data[place + 9]) + 1
            left, top = struct.unpack("<HH", data[place + 1 : place + 5])
            if left >= width or top >= height:
                return f"the picture at byte {place:,} lies beside the screen"
            bits = data[blocks - 1] if blocks <= len(data) else 0
            if bits not in CODE_SIZES:
                return f"the picture at byte {place:,} has codes of {bits} bits"
        else:
            return f"no block begins at byte {place:,}"
        while blocks < len(data) and data[blocks]:
            blocks += data[blocks] + 1
        place = blocks + 1
    return "it ends within a picture" if place > len(data) else "its end is missing"


def _colors(flags: int) -> int:
    """Bytes of the color table that flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
