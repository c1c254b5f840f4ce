"""BMP: the sizes in its header agree with the file (BITMAPFILEHEADER, BITMAPINFOHEADER)."""

from refprep.decoders.reader import Contents

SIZE, PIXELS, HEADER = slice(2, 6), slice(10, 14), slice(14, 18)
PLANES, LONG = slice(26, 28), 40
"A field of headers of at least so many bytes."
PLACES = 14
"Bytes before the header of the picture."


def check(data: Contents) -> str | None:
    """What is damaged; None where the file is as long as its header says.

    Args:
        data: The file's bytes.
    """
    size, pixels, header = (int.from_bytes(data[part], "little") for part in (SIZE, PIXELS, HEADER))
    planes = int.from_bytes(data[PLANES], "little")
    if header >= LONG and planes != 1:
        return f"its header declares {planes:,} planes of color; there is one"
    if size > len(data):
        return f"its header declares {size:,} bytes, the file has {len(data):,}"
    if 0 < size < pixels or not PLACES + header <= pixels <= len(data):
        return f"its pixels would begin at byte {pixels:,}"
    return None
