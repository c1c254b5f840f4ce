"""Matroska and WebM: elements within their parents, and their checksums (RFC 8794, RFC 9559)."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from refprep.decoders.reader import Contents

HEAD, SEGMENT, CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675
TOP = frozenset(
    (0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1941A469, 0x1043A770, 0x1254C367, CLUSTER)
)
"Children of a segment: the end of one of unknown size."
BLOCK_GROUP, CHECKSUM = 0xA0, 0xBF
TRACK, VIDEO, AUDIO = 0xAE, 0xE0, 0xE1
TRACKS = 0x1654AE6B
INNER = {TRACKS: (TRACK,), TRACK: (VIDEO, AUDIO), CLUSTER: (BLOCK_GROUP,)}
"Further elements whose children are looked at, by what holds them."
MOST = 10_000
"Elements at the top of a file that are looked at; there are two, and perhaps what fills up."


@dataclass(frozen=True)
class Element:
    """An element: its ID, where its content begins, where it ends; None where that is unknown."""

    id: int
    start: int
    end: int | None


class DamageError(Exception):
    """What is damaged."""


def check(data: Contents) -> str | None:
    """What is damaged; None where every element is within its parent and all checksums fit."""
    try:
        top = list(islice(_children(data, 0, len(data)), MOST))
        for element in top:
            if element.id in (HEAD, SEGMENT):
                _check_children(data, element, len(data))
    except DamageError as error:
        return str(error)
    return None if SEGMENT in (element.id for element in top) else "no segment of it is found"


def _check_children(data: Contents, parent: Element, limit: int) -> None:
    end = limit if parent.end is None else parent.end
    for child in _children(data, parent.start, end):
        if child.id == CHECKSUM:
            wanted = int.from_bytes(data[child.start : child.end], "little")
            if child.end is not None and zlib.crc32(data[child.end : end]) != wanted:
                raise DamageError(f"wrong checksum of the element at byte {parent.start:,}")
        elif child.id in (TOP if parent.id == SEGMENT else INNER.get(parent.id, ())):
            _check_children(data, child, end)


def _children(data: Contents, start: int, end: int) -> Iterator[Element]:
    """The elements of a range; one of unknown size ends where the next of its level begins."""
    place = start
    while place < end:
        element = _element(data, place)
        if element.end is None and element.id not in (SEGMENT, CLUSTER):
            raise DamageError(f"the element at byte {place:,} has no end")
        if element.end is None:
            yield Element(element.id, element.start, stop := _unknown_end(data, element, end))
            place = stop
            continue
        if element.end > end:
            raise DamageError(f"the element at byte {place:,} is longer than what holds it")
        yield element
        place = element.end


def _unknown_end(data: Contents, element: Element, end: int) -> int:
    """Where an element of unknown size ends: a segment with the file, a cluster before the next."""
    if element.id != CLUSTER:
        return end
    place = element.start
    while place < end:
        child = _element(data, place)
        if child.id in TOP:
            return place
        if child.end is None or child.end > end:
            raise DamageError(f"the element at byte {place:,} is longer than what holds it")
        place = child.end
    return end


def _element(data: Contents, place: int) -> Element:
    first = data[place]
    size = 9 - first.bit_length()
    if size > 4:
        raise DamageError(f"no element begins at byte {place:,}")
    name = int.from_bytes(data[place : place + size], "big")
    place += size
    first = data[place] if place < len(data) else 0
    size = 9 - first.bit_length()
    if size > 8:
        raise DamageError(f"the element at byte {place:,} has no size")
    bits = 7 * size
    length = int.from_bytes(data[place : place + size], "big") & ((1 << bits) - 1)
    unknown = length == (1 << bits) - 1
    return Element(name, place + size, None if unknown else place + size + length)
