"""refprep's own parsers answer, or refuse in refprep's own words, whatever they are given."""

from random import Random

import pytest

from tests.fuzz import mutate
from tests.fuzz.coverage import NAMES
from tests.fuzz.targets import targets

MUTATIONS = (
    mutate.flip_bits, mutate.noise, mutate.truncate, mutate.remove, mutate.double, mutate.append,
    mutate.splice, mutate.lie,
)  # fmt: skip
WORDS = (
    b"[", b"]", b"{", b"}", b'"', b"'", b"\n", b"\0", b"\xff", b"\xed\xa0\x80", b"1e999", b"NaN",
    b"-1", b"99999999999999999999", b"null", b"true", b"#t=", b"://", b"..", b"/", b"&a", b"*a",
    b"!!int ", b"!!python/object:os.system ", b"\xe2\x80\xae", b"[[[[[[[[[[[[", b"@Image", b"{{",
    b"2024-01-01", b"inf", b"\xef\xbb\xbf", b"0x1F", b"<<: ",
)  # fmt: skip
CASES = 150


def test_every_harness_is_replayed() -> None:
    assert set(NAMES) == set(targets())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("data", [b"", b"\0", b"ID3", b"ncv#t=8//"])
def test_a_parser_takes_the_shortest_inputs(name: str, data: bytes) -> None:
    targets()[name](data)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_parser_refuses_in_its_own_words_only(name: str) -> None:
    target = targets()[name]
    for index in range(CASES):
        chance = Random(f"{name} {index}")
        data = chance.choice(target.examples)
        for _ in range(chance.choice((1, 2, 4))):
            if chance.random() < 0.5:
                place = chance.randrange(len(data) + 1)
                data = (
                    data[:place] + chance.choice(WORDS) * chance.choice((1, 1, 40)) + data[place:]
                )
            else:
                mutation = chance.choice(MUTATIONS)
                data = mutation(data, chance, chance.choice(target.examples)) or b"x"
        try:
            target(data)
        except Exception as error:
            error.add_note(f"{name} {index}: {data!r}")
            raise
