"""A covering array: few rows in which every two values that combine stand together."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, product

Row = dict[str, str]
"""A value, by its name, for each factor; a row that is still being filled has fewer."""
Pair = frozenset[tuple[str, str]]
TRIES = 40
"""Rows drawn for each pair that is still missing; the best is kept."""


def cover(
    factors: Mapping[str, Sequence[str]], possible: Callable[[Row], bool], seed: int = 1
) -> list[Row]:
    """Rows that hold every pair of values of which `possible` knows a whole row; always the same.

    `possible` judges unfinished rows, too: no further value may make a refused row possible.
    """
    generator = random.Random(seed)
    missing = dict.fromkeys(_all_pairs(factors))
    chosen: list[Row] = []
    while missing:
        wanted = next(iter(missing))
        drawn = [row for _ in range(TRIES) if (row := _drawn(wanted, factors, possible, generator))]
        best = max(drawn, key=lambda row: sum(pair in missing for pair in pairs(row)), default=None)
        chosen += [best] if best else []
        for pair in [wanted, *(pairs(best) if best else ())]:
            missing.pop(pair, None)
    return chosen


def pairs(row: Row) -> Iterator[Pair]:
    """Every two values of a row."""
    return map(frozenset, combinations(row.items(), 2))


def _all_pairs(factors: Mapping[str, Sequence[str]]) -> Iterator[Pair]:
    for first, second in combinations(factors, 2):
        for left, right in product(factors[first], factors[second]):
            yield frozenset({(first, left), (second, right)})


def _drawn(
    wanted: Pair,
    factors: Mapping[str, Sequence[str]],
    possible: Callable[[Row], bool],
    generator: random.Random,
) -> Row | None:
    """A whole row with the wanted pair, its other values drawn by chance; None in a dead end."""
    row = dict(sorted(wanted))
    if not possible(row):
        return None
    for factor in generator.sample(list(factors), len(factors)):
        if factor not in row:
            fitting = [value for value in factors[factor] if possible({**row, factor: value})]
            if not fitting:
                return None
            row[factor] = generator.choice(fitting)
    return row
