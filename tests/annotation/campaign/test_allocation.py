"""Who gets which article: fair, with overlaps, and the same for everybody who asks again."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from standoff.annotation.campaign.allocation import allocate

SYRIA = [7, 7, 7, 8, 8, 8, 12, 16, 20, 24, 27]
"""Units of the articles of a real conflict."""

Allocation = dict[str, frozenset[str]]


def sized(sizes: list[int]) -> dict[str, int]:
    return {f"a{number:03}": size for number, size in enumerate(sizes)}


def coders(n: int) -> list[str]:
    return [f"c{number:02}" for number in range(n)]


def loads(found: Allocation, sizes: dict[str, int], n: int) -> list[int]:
    return [sum(sizes[name] for name, readers in found.items() if coder in readers) for coder in coders(n)]


def spread(found: Allocation, sizes: dict[str, int], n: int) -> int:
    return max(loads(found, sizes, n)) - min(loads(found, sizes, n))


def common(found: Allocation, sizes: dict[str, int], n: int) -> list[int]:
    return [
        sum(sizes[name] for name, readers in found.items() if {*pair} <= readers)
        for pair in combinations(coders(n), 2)
    ]


@pytest.mark.parametrize(("n", "per_article"), [(2, 1), (2, 2), (3, 2), (5, 3), (4, 4), (8, 2)])
def test_every_article_has_exactly_its_readers(n: int, per_article: int) -> None:
    found = allocate(sized(SYRIA), coders(n), per_article, seed=3)
    assert found.keys() == sized(SYRIA).keys()
    assert {len(readers) for readers in found.values()} == {per_article}
    assert {reader for readers in found.values() for reader in readers} <= set(coders(n))


@pytest.mark.parametrize("sizes", [[5, 4, 3, 3, 2, 1], [9, 1, 1, 1], [7, 7, 8, 8, 12], [6, 5, 4, 3, 2]])
@pytest.mark.parametrize("n", [2, 3])
def test_with_one_reader_no_other_way_is_fairer(sizes: list[int], n: int) -> None:
    by_name = sized(sizes)
    best = min(
        spread({name: frozenset({one}) for name, one in zip(by_name, way, strict=True)}, by_name, n)
        for way in product(coders(n), repeat=len(sizes))
    )
    squares = {seed: spread(allocate(by_name, coders(n), 1, seed=seed), by_name, n) for seed in range(3)}
    assert max(squares.values()) <= best + 1


@pytest.mark.parametrize(("n", "largest"), [(3, 1), (4, 4), (5, 5), (8, 6)])
def test_loads_are_nearly_equal_and_every_pair_overlaps_where_articles_suffice(n: int, largest: int) -> None:
    sizes = sized(SYRIA * 3)
    found = allocate(sizes, coders(n), 2, seed=1)
    assert spread(found, sizes, n) <= largest
    assert min(common(found, sizes, n)) > 0


def test_pairs_overlap_even_where_it_costs_fairness() -> None:
    sizes = sized([30, 1, 1])
    found = allocate(sizes, coders(3), 2, seed=1)
    assert min(common(found, sizes, 3)) > 0


def test_more_pairs_than_articles_leaves_as_few_apart_as_can_be() -> None:
    sizes = sized([10] * 12)
    found = allocate(sizes, coders(8), 2, seed=5)
    assert sum(units > 0 for units in common(found, sizes, 8)) == 12


def test_the_seed_decides_and_orders_do_not() -> None:
    sizes = sized(SYRIA)
    turned = dict(reversed(sizes.items()))
    first = allocate(sizes, coders(4), 2, seed=1)
    assert first == allocate(turned, list(reversed(coders(4))), 2, seed=1)
    assert first != allocate(sizes, coders(4), 2, seed=2)


def test_what_is_held_stays_and_is_counted() -> None:
    sizes = sized([10] * 9)
    held = {name: frozenset({"c00", "c01"}) for name in list(sizes)[:3]}
    found = allocate(sizes, coders(3), 2, seed=1, held=held)
    assert all(found[name] == readers for name, readers in held.items())
    assert max(loads(found, sizes, 3)) - min(loads(found, sizes, 3)) <= 10
    assert loads(found, sizes, 3)[2] >= 60


def test_readers_who_have_left_count_as_readers_and_get_nothing() -> None:
    sizes = sized([10, 10])
    found = allocate(sizes, coders(2), 2, seed=1, held={"a000": frozenset({"gone"})})
    assert len(found["a000"]) == 2
    assert "gone" in found["a000"]
    assert found["a001"] == {"c00", "c01"}


def test_a_reader_more_for_each_article_keeps_the_others() -> None:
    sizes = sized(SYRIA)
    before = allocate(sizes, coders(3), 2, seed=1)
    after = allocate(sizes, coders(4), 3, seed=1, held=before)
    assert all(before[name] < after[name] and len(after[name]) == 3 for name in sizes)


def test_a_pair_is_not_left_apart_for_the_sake_of_equal_loads() -> None:
    # Equal loads are 20 each, with one pair on both large articles and one on both small ones.
    sizes = sized([10, 10, 10, 10, 1, 1])
    found = allocate(sizes, coders(4), 2, seed=1)
    assert min(common(found, sizes, 4)) > 0
