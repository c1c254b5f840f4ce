"""AIFF: as many samples as its header says (Audio Interchange File Format 1.3)."""

import struct

from refprep.decoders.reader import Contents

CHUNK = 8
COMMON, SOUND = b"COMM", b"SSND"
PLAIN = (b"NONE", b"twos", b"sowt")
"Compressions of AIFF-C that are none."


def check(data: Contents) -> str | None:
    """What is damaged; None where header and samples agree."""
    place, wanted = 12, None
    while place + CHUNK <= len(data):
        name, size = struct.unpack(">4sI", data[place : place + CHUNK])
        body = data[place + CHUNK : place + CHUNK + min(size, 22)]
        if name == COMMON and len(body) >= 18:
            channels, frames, bits = struct.unpack(">HIH", body[:8])
            plain = data[8:12] == b"AIFF" or body[18:22] in PLAIN
            wanted = frames * channels * ((bits + 7) // 8) if plain else None
        if name == SOUND and wanted is not None and len(body) >= 8:
            held = size - 8 - int.from_bytes(body[:4], "big")
            if wanted != held:
                return f"its header declares {wanted:,} bytes of samples, it has {held:,}"
        place += CHUNK + size + size % 2
    return None
