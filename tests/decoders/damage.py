"""Damaged copies of made files: the same ones for the same seed."""

import random


def damaged(data: bytes, seed: int) -> bytes:
    """A copy with one kind of damage: bits, bytes, a hole, a gap, an insertion, a cut."""
    chance = random.Random(seed)
    copy = bytearray(data)
    place = chance.randrange(len(data))
    length = chance.randint(1, max(2, len(data) // 20))
    match chance.randrange(6):
        case 0:
            copy[place] ^= 1 << chance.randrange(8)
        case 1:
            copy[place : place + 4] = chance.randbytes(len(copy[place : place + 4]))
        case 2:
            copy[place : place + length] = bytes(len(copy[place : place + length]))
        case 3:
            del copy[place : place + length]
        case 4:
            copy[place:place] = chance.randbytes(min(length, 64))
        case _:
            del copy[max(1, place) :]
    return bytes(copy)
