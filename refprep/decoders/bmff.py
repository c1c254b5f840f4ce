"""MP4, MOV, 3GP, M4A: boxes within their parents, and samples within the file (ISO 14496-12)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from refprep.decoders.reader import Contents

HEADER = 8
PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf")
"Boxes that hold only boxes."
TOP = (b"moov", b"mdat", b"moof")
"Boxes that stand in no other."
MOST = 1 << 20
"Entries of a table that are looked at."


@dataclass(frozen=True)
class Box:
    """A box: its type, where its content begins, where it ends."""

    kind: bytes
    start: int
    end: int


class DamageError(Exception):
    """What is damaged."""


def check(data: Contents) -> str | None:
    """What is damaged; None where boxes fill their parents, and samples lie in the file."""
    try:
        for box in _boxes(data, 0, len(data), b""):
            if box.kind in (b"moov", b"moof"):
                _check_children(data, box)
    except DamageError as error:
        return str(error)
    return None


def _check_children(data: Contents, parent: Box) -> None:
    children = list(_boxes(data, parent.start, parent.end, parent.kind))
    kinds = {box.kind: box for box in children}
    for box in children:
        if box.kind in PARENTS:
            _check_children(data, box)
    for clock in filter(None, (kinds.get(b"mdhd"), kinds.get(b"mvhd"))):
        wide = data[clock.start : clock.start + 1] == b"\1"
        at = clock.start + (20 if wide else 12)
        if not 0 < int.from_bytes(data[at : at + 4], "big") < 1 << 31:
            raise DamageError("it does not tell how many ticks a second has")
    if parent.kind == b"stbl":
        _check_samples(data, kinds)


def _boxes(data: Contents, place: int, end: int, parent: bytes) -> Iterator[Box]:
    """The boxes of a range, which they must fill."""
    while place < end:
        if end - place < HEADER:
            if data[place:end].strip(b"\0"):
                raise DamageError(f"no box begins at byte {place:,}")
            return  # QuickTime ends some lists with zeros
        size, kind = struct.unpack(">I4s", data[place : place + HEADER])
        start = place + HEADER
        if size == 1:
            size, start = int.from_bytes(data[start : start + 8], "big"), start + 8
        elif size == 0:
            if parent or not any(kind):
                if data[place:end].strip(b"\0"):
                    raise DamageError(f"no box begins at byte {place:,}")
                return
            size = end - place
        if size < start - place or not _is_type(kind):
            raise DamageError(f"no box begins at byte {place:,}")
        if parent and kind in TOP:
            raise DamageError(f"a box {kind.decode()} is within another, at byte {place:,}")
        if place + size > end and (parent or kind != b"mdat"):  # what lacks of that is measured
            raise DamageError(f"the box at byte {place:,} is longer than what holds it")
        yield Box(kind, start, min(place + size, end))
        place += size


def _is_type(kind: bytes) -> bool:
    """True for four characters; QuickTime has some beyond ASCII."""
    return all(byte >= 0x20 for byte in kind)


def _check_samples(data: Contents, tables: dict[bytes, Box]) -> None:
    """DamageError where the tables of a track name samples outside of the file."""
    sizes, chunks = _sizes(data, tables), _chunks(data, tables)
    if not sizes or not chunks:
        return
    runs = _runs(data, tables)
    sample = 0
    for number, offset in enumerate(chunks, 1):
        while len(runs) > 1 and runs[1][0] <= number:
            runs.pop(0)
        count = runs[0][1] if runs else 0
        end = offset + sum(sizes[sample : sample + count])
        if end > len(data):
            raise DamageError("its index names data after the end of the file")
        sample += count
    if len(sizes) < MOST and len(chunks) < MOST and sample < len(sizes):
        raise DamageError(f"its index places {sample:,} of {len(sizes):,} samples")


def _sizes(data: Contents, tables: dict[bytes, Box]) -> list[int]:
    if (box := tables.get(b"stsz")) is None or box.end - box.start < 12:
        return []
    same, count = struct.unpack(">II", data[box.start + 4 : box.start + 12])
    if same:
        return []  # of sound: sizes are those of its format
    return _numbers(data, box, box.start + 12, count, "I")


def _chunks(data: Contents, tables: dict[bytes, Box]) -> list[int]:
    for kind, form in ((b"stco", "I"), (b"co64", "Q")):
        if box := tables.get(kind):
            return _numbers(data, box, box.start + 8, _count(data, box), form)
    return []


def _runs(data: Contents, tables: dict[bytes, Box]) -> list[list[int]]:
    """From which chunk on, samples in each."""
    if (box := tables.get(b"stsc")) is None:
        return []
    flat = _numbers(data, box, box.start + 8, 3 * _count(data, box), "I")
    return [[flat[at], flat[at + 1]] for at in range(0, len(flat) - 2, 3)]


def _count(data: Contents, box: Box) -> int:
    return int.from_bytes(data[box.start + 4 : box.start + 8], "big")


def _numbers(data: Contents, box: Box, start: int, count: int, form: str) -> list[int]:
    """The numbers of a table, as many as are looked at."""
    width = struct.calcsize(form)
    if start + width * count > box.end:
        raise DamageError(f"a table of its index has no room for {count:,} entries")
    count = min(count, MOST)
    return list(struct.unpack(f">{count}{form}", data[start : start + width * count]))
