"""Mutations that know a file's structure. (name, seed, index) gives the same bytes each time."""

from collections.abc import Callable, Mapping
from random import Random

from tests.fuzz import structure
from tests.fuzz.structure import Chunk

LONGEST = 200_000
"Bytes of a mutated file: a case must cost little."
MOST = 4
"Mutations of one file."
EXTREMES = (0, 1, 2, 7, 255, 256, 32767, 65535, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1)
Mutation = Callable[[bytes, Random, bytes], bytes]
"Takes the bytes, the source of chance, and the bytes of another seed."


def mutated(name: str, seed: int, index: int, seeds: Mapping[str, bytes]) -> bytes:
    """The bytes of one case.

    Args:
        name: The seed file's name, one of `seeds`.
        seed: The number of the run.
        index: The number of the case.
        seeds: The contents of all seed files by their names.
    """
    chance = Random(f"{name} {seed} {index}")
    data = seeds[name]
    # Mostly of the same family: a box of another format's is a box that no reader skips.
    family = [other for other in seeds if other.partition("-")[0] == name.partition("-")[0]]
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, MOST))):
        other = seeds[chance.choice(family if chance.random() < 0.7 else sorted(seeds))]
        mutation = chance.choice(MUTATIONS)
        data = mutation(data, chance, other)[:LONGEST] or data[:1]
    if data[:4] == b"\x89PNG" and chance.random() < 0.7:
        data = structure.with_png_checksums(data)
    if data[:4] == b"OggS" and chance.random() < 0.7:
        data = structure.with_ogg_checksums(data)
    return data


def flip_bits(data: bytes, chance: Random, other: bytes) -> bytes:
    """One to eight bits, anywhere."""
    result = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        result[chance.randrange(len(result))] ^= 1 << chance.randrange(8)
    return bytes(result)


def flip_in_head(data: bytes, chance: Random, other: bytes) -> bytes:
    """A bit of the first 300 bytes, where headers are."""
    result = bytearray(data)
    result[chance.randrange(min(300, len(result)))] ^= 1 << chance.randrange(8)
    return bytes(result)


def noise(data: bytes, chance: Random, other: bytes) -> bytes:
    """A run of other bytes in place of what is there."""
    start, stop = _range(data, chance)
    filler = chance.choice((bytes(stop - start), b"\xff" * (stop - start)))
    if chance.random() < 0.6:
        filler = chance.randbytes(stop - start)
    return data[:start] + filler + data[stop:]


def truncate(data: bytes, chance: Random, other: bytes) -> bytes:
    """The beginning only."""
    return data[: chance.randrange(1, len(data) + 1)]


def remove(data: bytes, chance: Random, other: bytes) -> bytes:
    """A run of bytes less."""
    start, stop = _range(data, chance)
    return data[:start] + data[stop:]


def double(data: bytes, chance: Random, other: bytes) -> bytes:
    """A run of bytes twice or more often."""
    start, stop = _range(data, chance)
    return data[:stop] + data[start:stop] * chance.choice((1, 1, 3, 20)) + data[stop:]


def append(data: bytes, chance: Random, other: bytes) -> bytes:
    """Bytes behind the end."""
    return data + chance.choice((bytes(9), b"\n", other[:500], chance.randbytes(64)))


def splice(data: bytes, chance: Random, other: bytes) -> bytes:
    """The beginning of one file, the end of another."""
    return data[: chance.randrange(1, len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def lie(data: bytes, chance: Random, other: bytes) -> bytes:
    """A field that says another number: an extreme, or one off."""
    _, fields = structure.parts_of(data)
    if not fields:
        return data
    result = bytearray(data)
    for _ in range(chance.choice((1, 1, 2))):
        field = chance.choice(fields)
        order: structure.Order = "little" if field.little else "big"
        place = slice(field.offset, field.offset + field.width)
        value = int.from_bytes(result[place], order)
        new = chance.choice((*EXTREMES, value + 1, value - 1, value * 2, value // 2, value ^ 0x80))
        result[place] = (new % (1 << 8 * field.width)).to_bytes(field.width, order)
    return bytes(result)


def remove_chunk(data: bytes, chance: Random, other: bytes) -> bytes:
    """A box, chunk, element, segment, page or packet less."""
    chunk = _chunk(data, chance)
    return data[: chunk.start] + data[chunk.stop :]


def double_chunk(data: bytes, chance: Random, other: bytes) -> bytes:
    """A chunk twice, or twenty times."""
    chunk = _chunk(data, chance)
    content = data[chunk.start : chunk.stop]
    return data[: chunk.stop] + content * chance.choice((1, 1, 1, 20)) + data[chunk.stop :]


def swap_chunks(data: bytes, chance: Random, other: bytes) -> bytes:
    """Two chunks in each other's place."""
    first, second = sorted((_chunk(data, chance), _chunk(data, chance)), key=lambda c: c.start)
    if second.start < first.stop:
        return data
    between = data[first.stop : second.start]
    swapped = data[second.start : second.stop] + between + data[first.start : first.stop]
    return data[: first.start] + swapped + data[second.stop :]


def foreign_chunk(data: bytes, chance: Random, other: bytes) -> bytes:
    """A chunk of another file in place of one, or before one."""
    chunk, stranger = _chunk(data, chance), _chunk(other, chance)
    rest = chunk.stop if chance.random() < 0.7 else chunk.start
    return data[: chunk.start] + other[stranger.start : stranger.stop] + data[rest:]


def empty_chunk(data: bytes, chance: Random, other: bytes) -> bytes:
    """A chunk whose second half is missing, or is zeros."""
    chunk = _chunk(data, chance)
    middle = (chunk.start + chunk.stop + 1) // 2
    filler = bytes(chunk.stop - middle) if chance.random() < 0.5 else b""
    return data[:middle] + filler + data[chunk.stop :]


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits, flip_bits, flip_in_head, noise, truncate, remove, double, append, splice,
    lie, lie, lie, lie, remove_chunk, double_chunk, swap_chunks, foreign_chunk, empty_chunk,
)  # fmt: skip


def _range(data: bytes, chance: Random) -> tuple[int, int]:
    start = chance.randrange(len(data))
    return start, min(len(data), start + chance.choice((1, 2, 4, 16, 64, 512, 4096)))


def _chunk(data: bytes, chance: Random) -> Chunk:
    chunks, _ = structure.parts_of(data)
    return chance.choice(chunks)
