"""WAV: the fields of its header agree, and its chunks lie in the file (RIFF, EBU Tech 3306)."""

import struct
from dataclasses import dataclass

from refprep.decoders.reader import Contents

CHUNK = 8
ALL = 0xFFFFFFFF
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
BITS = {PCM: range(1, 65), FLOAT: (32, 64)}
SUBFORMAT = 24
"Where the tag of an extensible format stands in its chunk."
RATE_MAX = 1 << 24
"In Hz; nothing is sampled faster."
ONCE, MOST = (b"fmt ", b"fact", b"ds64"), 100
"Chunks of which a file has one; and how many names of chunks are remembered."
RIFF = (b"RIFF", b"RF64", b"BW64")
IMA, MICROSOFT = 0x11, 2
"Tags of ADPCM in blocks that begin with a state for each channel."
STEPS, PREDICTORS = 89, 7
"How many values the index in such a state has, unless the format lists more predictors."
STREAMED = (0, ALL)
"Sizes that a header has where it was never completed."


@dataclass(frozen=True)
class Format:
    """The fields of the chunk `fmt `."""

    tag: int
    channels: int
    rate: int
    byte_rate: int
    block: int
    "Bytes of a sample in all channels."
    bits: int
    samples: int | None = None
    "Of a block of ADPCM, in each channel; None where it is not known."


def check(data: Contents) -> str | None:
    """What is damaged; None where a reader of each field finds the same sound."""
    if data[:4] not in RIFF or data[8:12] != b"WAVE":
        return None
    form: Format | None = None
    place, wide, names = 12, 0, list[bytes]()
    while place + CHUNK <= len(data):
        name, size = struct.unpack("<4sI", data[place : place + CHUNK])
        start = place + CHUNK
        if name in ONCE and name in names:
            return f"a second chunk {name.decode().strip()} begins at byte {place:,}"
        names = [*names[-MOST:], name]
        if name == b"ds64" and size >= 24:
            wide = int.from_bytes(data[start + 8 : start + 16], "little")
        elif name == b"fmt ":
            form = _format(data[start : start + size])
            if complaint := _contradiction(form):
                return complaint
        elif name == b"data":
            size = wide if size == ALL and data[:4] != b"RIFF" else size
            return _data_damage(data, form, start, size)
        if not name.isascii() or not name.decode("ascii").isprintable():
            return f"no chunk begins at byte {place:,}"
        place = start + size + size % 2
    return "it has no chunk of samples where its header says"


def _format(body: bytes) -> Format | None:
    if len(body) < 14:
        return None
    tag, channels, rate, byte_rate, block = struct.unpack("<HHIIH", body[:14])
    bits = int.from_bytes(body[14:16], "little")
    if tag == EXTENSIBLE and len(body) >= SUBFORMAT + 2:
        tag = int.from_bytes(body[SUBFORMAT : SUBFORMAT + 2], "little")
    is_named = tag in (IMA, MICROSOFT) and len(body) >= 20
    samples = int.from_bytes(body[18:20], "little") if is_named else None
    return Format(tag, channels, rate, byte_rate, block, bits, samples)


def _contradiction(form: Format | None) -> str | None:
    if form is None:
        return "its format is not described to the end"
    if not form.channels or not 0 < form.rate <= RATE_MAX:
        return f"its header declares {form.channels:,} channels at {form.rate:,} Hz"
    if form.tag in (IMA, MICROSOFT):
        return _adpcm_contradicts(form)
    if form.tag not in BITS:
        return None
    if form.bits not in BITS[form.tag]:
        return f"its header declares samples of {form.bits:,} bits"
    return _sizes_contradict(form)


def _adpcm_contradicts(form: Format) -> str | None:
    """A block's bytes hold a state, then samples of 4 bits (Microsoft, RIFFNEW)."""
    if form.bits != 4:
        return None if form.tag == IMA and form.bits == 3 else _contradiction_of_block(form)
    state, first = (4, 1) if form.tag == IMA else (7, 2)
    fitting = 2 * (form.block // form.channels - state) + first
    if form.block <= state * form.channels or form.samples not in (None, fitting):
        return _contradiction_of_block(form)
    return None


def _contradiction_of_block(form: Format) -> str:
    fields = f"{form.samples or 0:,} samples of {form.bits} bits in {form.block:,} bytes"
    return f"the fields of its header contradict each other: {fields}"


def _state_damage(data: Contents, form: Format, start: int, end: int) -> str | None:
    """A block of ADPCM whose state has an index that does not exist."""
    if form.tag not in (IMA, MICROSOFT) or form.bits != 4:
        return None
    for channel in range(form.channels):
        fields = [(channel, PREDICTORS)]
        if form.tag == IMA:  # an index, then a byte that is 0
            fields = [(4 * channel + 2, STEPS), (4 * channel + 3, 1)]
        for at, count in fields:
            indexes = data[start + at : end : form.block]
            wrong = next((n for n, index in enumerate(indexes) if index >= count), None)
            if wrong is not None:
                place = start + wrong * form.block
                return f"the block of samples at byte {place:,} cannot be decoded"
    if (end - start) % form.block:
        return "its samples end within a block"
    return None


def _sizes_contradict(form: Format) -> str | None:
    block = form.channels * ((form.bits + 7) // 8)
    if form.block != block:
        fields = f"{form.channels:,} channels of {form.bits} bits in {form.block:,} bytes"
        return f"the fields of its header contradict each other: {fields}"
    if form.byte_rate and form.byte_rate != form.rate * block:
        fields = f"{form.rate:,} Hz of {block} bytes are not {form.byte_rate:,} bytes a second"
        return f"the fields of its header contradict each other: {fields}"
    return None


def _data_damage(data: Contents, form: Format | None, start: int, size: int) -> str | None:
    """What is wrong with the size of the samples, with them, or with what follows them."""
    if form is None:
        return "the samples come before their format"
    end = len(data) if size in STREAMED else min(len(data), start + size)
    if complaint := _state_damage(data, form, start, end):
        return complaint
    if size in STREAMED or start + size > len(data):  # the latter is a truncated file
        return None
    if form.tag in BITS and size % form.block:
        return f"its samples end within one: {size:,} bytes, {form.block:,} each"
    return _damage_after(data, end + size % 2)


def _damage_after(data: Contents, place: int) -> str | None:
    """What is wrong with the chunks after the samples."""
    while place + CHUNK <= len(data):
        name, length = struct.unpack("<4sI", data[place : place + CHUNK])
        if not name.isascii() or not name.decode("ascii").isprintable():
            return f"no chunk begins at byte {place:,}, after its samples"
        if name in RIFF:
            return f"another file begins at byte {place:,}"
        if name == b"data":
            return f"a second chunk of samples begins at byte {place:,}"
        place += CHUNK + length + length % 2
    return None
