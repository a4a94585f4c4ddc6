from __future__ import annotations

import tracemalloc
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from standoff.errors import InputError
from standoff.evaluation import resample
from standoff.evaluation.metrics import FloatArray, IntArray, accuracy, macro_f1
from standoff.evaluation.resample import cluster_counts
from standoff.evaluation.significance import (
    accuracy_test,
    differences,
    favoured,
    holm,
    is_exact,
    p_value,
    randomisation_tests,
    randomised_differences,
    smallest_difference,
    tied_ranks,
)

PAIR = [(0, 1)]


def made(seed: int, n: int, n_groups: int, n_systems: int = 2) -> tuple[IntArray, list[IntArray], list[str]]:
    """Three labels; what some systems predict, with holes, the first being the best; groups of unequal size."""
    generator = np.random.default_rng(seed)
    gold = generator.integers(0, 3, n)
    systems = [
        np.where(generator.random(n) < 0.75 - 0.1 * place, gold, generator.integers(-1, 3, n))
        for place in range(n_systems)
    ]
    return gold, systems, [f"g{int(n_groups * x**2):02}" for x in generator.random(n)]


def counted(gold: IntArray, systems: list[IntArray], groups: list[str]) -> IntArray:
    return np.stack([cluster_counts(gold, one, groups, 3) for one in systems], axis=1)


def macro_f1_of(gold: IntArray, predicted: IntArray) -> float:
    shown = np.where(predicted < 0, 3, predicted)
    return float(f1_score(gold, shown, labels=[0, 1, 2], average="macro", zero_division=0))


# By hand. Two labels, two groups of one item each: "a" (gold 0) and "b" (gold 1). A has both right, B neither.
#
#   swapped    A has right    macro-F1 of A    of B    difference
#   none       a and b        1                0        1
#   a          b              1/3              1/3      0      (A: both predicted 1; F1 of 1 is 2/3, of 0 is 0)
#   b          a              1/3              1/3      0
#   both       neither        0                1       -1
BY_HAND = np.array(
    [[[[1, 0, 0], [0, 0, 0]], [[0, 1, 0], [0, 0, 0]]], [[[0, 0, 0], [0, 1, 0]], [[0, 0, 0], [1, 0, 0]]]]
)


def test_two_groups_by_hand() -> None:
    found = randomised_differences(BY_HAND, macro_f1, PAIR, permutations=400, seed=1)
    values, times = np.unique(found, return_counts=True)
    assert values.tolist() == [-1, 0, 1]
    # A quarter, a half and a quarter: within four standard errors of 400 draws.
    assert np.abs(times / 400 - [0.25, 0.5, 0.25]).max() < 4 * np.sqrt(0.25 / 400)
    assert randomisation_tests(BY_HAND, macro_f1, PAIR, permutations=4, seed=1).tolist() == [2 / 4]


@pytest.mark.parametrize("seed", range(4))
def test_exact_p_values_are_those_of_scipy(seed: int) -> None:
    counts = counted(*made(seed, n=30, n_groups=9))
    n_groups = len(counts)
    assert n_groups <= 10
    flat = np.concatenate([counts[:, 0], counts[:, 1]])

    def statistic(first: IntArray, second: IntArray) -> float:
        return abs(float(macro_f1(flat[first].sum(axis=0)) - macro_f1(flat[second].sum(axis=0))))

    # The paired observations are the groups: the first system's tables, and beside them the second's.
    expected = stats.permutation_test(
        (np.arange(n_groups), np.arange(n_groups) + n_groups),
        statistic,
        permutation_type="samples",
        n_resamples=np.inf,
        alternative="greater",
        vectorized=False,
    ).pvalue
    assert is_exact(n_groups, 1024)
    found = randomisation_tests(counts, macro_f1, PAIR, permutations=1024, seed=0)
    assert found[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n_groups", [9, 64, 65, 200])
def test_random_swaps_equal_a_loop_that_swaps_predictions(n_groups: int) -> None:
    gold, (first, second), _ = made(3, n=250, n_groups=1)
    groups = [f"g{item % n_groups:03}" for item in range(250)]
    names = sorted(set(groups))
    counts = counted(gold, [first, second], groups)
    found = randomised_differences(counts, macro_f1, PAIR, permutations=8, seed=5)
    assert found.shape == (8, 1)
    width = -(-len(names) // 64)
    words = np.random.PCG64(5).random_raw(8 * width).reshape(8, width)
    for row, bits in enumerate(words.tolist()):
        kept = {name: bits[place // 64] >> place % 64 & 1 for place, name in enumerate(names)}
        stays = np.array([kept[group] for group in groups], dtype=bool)
        ours, theirs = np.where(stays, first, second), np.where(stays, second, first)
        assert found[row, 0] == pytest.approx(macro_f1_of(gold, ours) - macro_f1_of(gold, theirs), abs=1e-12)


def test_many_pairs_at_once_are_each_pair_alone() -> None:
    counts = counted(*made(4, n=80, n_groups=25, n_systems=4))
    pairs = [(0, 1), (2, 1), (3, 0)]
    together = randomised_differences(counts, macro_f1, pairs, permutations=60, seed=2)
    p = randomisation_tests(counts, macro_f1, pairs, permutations=60, seed=2)
    for place, (first, second) in enumerate(pairs):
        alone = randomised_differences(counts[:, [first, second]], macro_f1, PAIR, permutations=60, seed=2)
        assert together[:, place].tolist() == alone[:, 0].tolist()
        value = differences(macro_f1(counts.sum(axis=0)), pairs)[place]
        assert p[place] == p_value(float(value), together[:, place])


@pytest.mark.parametrize("block_bytes", [1, 4000, 50_000])
@pytest.mark.parametrize("permutations", [101, 1 << 13])
def test_the_size_of_blocks_does_not_matter(
    monkeypatch: pytest.MonkeyPatch, block_bytes: int, permutations: int
) -> None:
    counts = counted(*made(6, n=60, n_groups=12, n_systems=3))
    pairs = [(0, 1), (0, 2)]
    whole = randomisation_tests(counts, macro_f1, pairs, permutations=permutations, seed=3)
    drawn = randomised_differences(counts, macro_f1, pairs, permutations=101, seed=3)
    monkeypatch.setattr(resample, "BLOCK_BYTES", block_bytes)
    assert randomised_differences(counts, macro_f1, pairs, permutations=101, seed=3).tolist() == drawn.tolist()
    if block_bytes > 1 or permutations == 101:
        again = randomisation_tests(counts, macro_f1, pairs, permutations=permutations, seed=3)
        assert again.tolist() == whole.tolist()


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resample, "BLOCK_BYTES", 1 << 20)
    counts = counted(*made(7, n=4000, n_groups=3000))
    tracemalloc.start()
    randomisation_tests(counts, macro_f1, PAIR, permutations=5000, seed=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * (1 << 20)


def test_a_system_does_not_differ_from_itself() -> None:
    counts = counted(*made(8, n=50, n_groups=30))
    same = counts[:, [0, 0]]
    assert not randomised_differences(same, macro_f1, PAIR, permutations=20, seed=1).any()
    assert randomisation_tests(same, macro_f1, PAIR, permutations=20, seed=1).tolist() == [1]


def test_the_other_way_round_the_signs_turn_and_p_stays() -> None:
    counts = counted(*made(9, n=90, n_groups=40))
    there = randomised_differences(counts, macro_f1, [(0, 1)], permutations=50, seed=1)
    back = randomised_differences(counts, macro_f1, [(1, 0)], permutations=50, seed=1)
    assert back.tolist() == (-there).tolist()
    p = [randomisation_tests(counts, macro_f1, [pair], permutations=50, seed=1)[0] for pair in ((0, 1), (1, 0))]
    assert p[0] == p[1]


def test_other_names_of_the_labels_change_nothing() -> None:
    gold, systems, groups = made(10, n=90, n_groups=40)
    turn = np.array([2, 0, 1, -1])
    counts = counted(gold, systems, groups)
    turned = counted(turn[gold], [turn[one] for one in systems], groups)
    expected = randomised_differences(counts, macro_f1, PAIR, permutations=50, seed=1)
    assert randomised_differences(turned, macro_f1, PAIR, permutations=50, seed=1) == pytest.approx(expected)


def test_p_counts_what_is_as_far_from_zero_and_the_observed_one() -> None:
    drawn = np.array([0.1, -0.2, 0.3, -0.3, 0.25, -0.1, 0.0, 0.05, 0.2])
    assert p_value(0.25, drawn) == (3 + 1) / 10
    assert p_value(-0.25, drawn) == (3 + 1) / 10
    assert p_value(0.3 + 1e-15, drawn) == (2 + 1) / 10  # apart by the order of adding up only
    assert p_value(0.31, drawn) == 1 / 10
    assert p_value(0.0, drawn) == 1


def test_exact_p_values_may_be_smaller_than_random_ones_and_are_never_zero() -> None:
    # Ten groups of two items, the first system always right and the second never: 2 of 2**10 assignments.
    right, wrong = [[1, 0, 0], [0, 1, 0]], [[0, 1, 0], [1, 0, 0]]
    counts = np.array([[right, wrong]] * 10)
    assert randomisation_tests(counts, macro_f1, PAIR, permutations=1024, seed=1).tolist() == [2 / 1024]
    assert randomisation_tests(counts, macro_f1, PAIR, permutations=9, seed=1)[0] >= 1 / 10


@pytest.mark.parametrize(
    ("n_groups", "permutations", "expected"),
    [(13, 10_000, True), (14, 10_000, False), (3, 8, True), (3, 7, False), (1, 2, True), (1, 1, False)],
)
def test_all_assignments_are_taken_where_they_are_no_more(
    n_groups: int, permutations: int, expected: bool
) -> None:
    assert is_exact(n_groups, permutations) is expected
    assert (2**n_groups <= permutations) is expected


@pytest.mark.parametrize(
    ("pairs", "permutations", "seed"), [([], 10, 1), (PAIR, 0, 1), (PAIR, 10, -1), (PAIR, -5, 0)]
)
def test_what_cannot_be_compared_is_refused(pairs: list[tuple[int, int]], permutations: int, seed: int) -> None:
    counts = counted(*made(1, n=60, n_groups=30))
    for test in (randomised_differences, randomisation_tests):
        with pytest.raises(InputError, match=r"nothing to compare|cannot be swapped"):
            test(counts, macro_f1, pairs, permutations=permutations, seed=seed)
    with pytest.raises(InputError, match="nothing to compare"):
        randomisation_tests(counts[:0], macro_f1, PAIR, permutations=10, seed=1)


@pytest.mark.parametrize(("ours", "theirs"), [(0, 1), (3, 9), (5, 5), (0, 12), (40, 61), (900, 1000)])
def test_accuracy_on_single_items_is_mcnemar_s_exact_test(ours: int, theirs: int) -> None:
    first = np.array([1] * ours + [0] * theirs + [1] * 7 + [0] * 4)
    second = np.array([0] * ours + [1] * theirs + [1] * 7 + [0] * 4)
    expected = stats.binomtest(ours, ours + theirs, 0.5).pvalue
    assert accuracy_test(first, second) == pytest.approx(expected, rel=1e-9)
    assert accuracy_test(second, first) == accuracy_test(first, second)


@pytest.mark.parametrize("seed", range(6))
def test_accuracy_on_groups_is_exact_over_all_signs(seed: int) -> None:
    generator = np.random.default_rng(seed)
    first, second = generator.integers(0, 6, size=(2, 10))
    by_group = (first - second).tolist()
    sums = [sum(s * d for s, d in zip(signs, by_group, strict=True)) for signs in product((1, -1), repeat=10)]
    expected = sum(abs(one) >= abs(sum(by_group)) for one in sums) / 2**10
    assert accuracy_test(first, second) == pytest.approx(expected, abs=1e-12)


def test_accuracy_is_tested_as_by_swaps() -> None:
    counts = counted(*made(11, n=60, n_groups=10))
    right = np.diagonal(counts, axis1=-2, axis2=-1).sum(axis=-1)
    by_swaps = randomisation_tests(counts, accuracy, PAIR, permutations=1 << 12, seed=1)[0]
    assert is_exact(len(counts), 1 << 12)
    assert accuracy_test(right[:, 0], right[:, 1]) == pytest.approx(by_swaps, abs=1e-12)


def test_accuracy_that_is_the_same_has_p_one() -> None:
    assert accuracy_test(np.array([1, 2, 0]), np.array([1, 2, 0])) == 1
    assert accuracy_test(np.array([3, 0]), np.array([0, 3])) == 1
    assert accuracy_test(np.array([1]), np.array([0])) == 1


def test_a_tiny_p_value_keeps_its_digits() -> None:
    # 300 of 300: 2 / 2**300.
    assert accuracy_test(np.ones(300, dtype=np.int64), np.zeros(300, dtype=np.int64)) == pytest.approx(
        2.0**-299, rel=1e-9
    )


def test_groups_favour_the_one_with_more_right() -> None:
    found = favoured(np.array([2, 0, 1, 5]), np.array([1, 1, 1, 0]))
    assert found == (0.5, 0.25)
    assert (found.first, found.second) == (0.5, 0.25)


def test_the_smallest_difference_is_found_in_four_of_five() -> None:
    # z(.975) + z(.80) = 1.95996 + .84162.
    assert smallest_difference(0.01) == pytest.approx(0.0280158, abs=1e-7)
    error = 0.02
    true = smallest_difference(error, level=0.9, power=0.7)
    critical = stats.norm.ppf(0.95) * error
    assert stats.norm.sf(critical, loc=true, scale=error) == pytest.approx(0.7)


def test_p_values_are_adjusted_for_their_number() -> None:
    # Holm: 0.01 * 4, 0.02 * 3, 0.03 * 2 (no smaller than the one before), 0.5.
    assert holm([0.03, 0.01, 0.5, 0.02]) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert holm([0.4, 0.9]) == pytest.approx([0.8, 0.9])
    assert holm([0.6, 0.7]) == [1, 1]
    assert holm([0.03]) == [0.03]
    assert holm([]) == []


@pytest.mark.parametrize("seed", range(5))
def test_adjusted_values_reject_what_the_steps_of_holm_reject(seed: int) -> None:
    values = (np.random.default_rng(seed).random(12) ** 4).tolist()
    for alpha in (0.01, 0.05, 0.2):
        rejected = set()
        for step, place in enumerate(sorted(range(12), key=lambda place: values[place])):
            if values[place] > alpha / (12 - step):
                break
            rejected.add(place)
        assert {place for place, p in enumerate(holm(values)) if p <= alpha} == rejected


def better(*rows: str) -> npt.NDArray[np.bool_]:
    return np.array([[cell == "x" for cell in row] for row in rows])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((".xx", "..x", "..."), [1, 2, 3]),
        (("...", "...", "..."), [1, 1, 1]),
        # The first is better than the last, but neither differs from the one between: all share a rank.
        (("..x", "...", "..."), [1, 1, 1]),
        ((".xx", "...", "..."), [1, 2, 2]),
        (("..x", "..x", "..."), [1, 1, 3]),
        ((".xxx", "....", "....", "...."), [1, 2, 2, 2]),
        (("..xx", "..xx", "....", "...."), [1, 1, 3, 3]),
        # One above does not differ from one below: no boundary between them.
        (("..xx", "..x.", "....", "...."), [1, 1, 1, 1]),
        ((".",), [1]),
    ],
)
def test_ties_share_a_rank(rows: tuple[str, ...], expected: list[int]) -> None:
    assert tied_ranks(better(*rows)) == expected


@pytest.mark.parametrize("seed", range(20))
def test_systems_of_two_ranks_are_always_told_apart_and_groups_are_as_small_as_can_be(seed: int) -> None:
    generator = np.random.default_rng(seed)
    n = int(generator.integers(2, 9))
    is_better = np.triu(generator.random((n, n)) < 0.9, k=1)
    ranks = tied_ranks(is_better)
    assert ranks[0] == 1
    for first in range(n):
        for second in range(first + 1, n):
            assert ranks[first] <= ranks[second]
            if ranks[first] < ranks[second]:
                assert is_better[first, second]
    for place in range(1, n):
        if ranks[place] == ranks[place - 1]:  # a boundary here would part two that cannot be told apart
            assert not all(is_better[above, below] for above in range(place) for below in range(place, n))
        else:
            assert ranks[place] == place + 1


def test_a_mean_over_tasks_is_tested_by_the_mean_of_its_swaps() -> None:
    tasks = [counted(*made(seed, n=60, n_groups=20)) for seed in (21, 22)]
    drawn = [
        randomised_differences(counts, macro_f1, PAIR, permutations=4000, seed=seed)[:, 0]
        for seed, counts in enumerate(tasks)
    ]
    values: list[FloatArray] = [differences(macro_f1(counts.sum(axis=0)), PAIR) for counts in tasks]
    mean = float(np.mean(values))
    # Apart from one another, so that their mean varies by 1 / sqrt(2) of what one does.
    spread = float(np.mean(drawn, axis=0).std())
    assert spread == pytest.approx(np.sqrt(drawn[0].var() + drawn[1].var()) / 2, rel=0.05)
    p = p_value(mean, np.asarray(np.mean(drawn, axis=0)))
    assert p == pytest.approx(2 * stats.norm.sf(abs(mean) / spread), abs=0.02)


def test_the_smallest_difference_is_shown_by_four_of_five_test_sets() -> None:
    generator = np.random.default_rng(1)
    n, first = 600, 0.7
    second = first
    for _ in range(50):  # the share right at which the difference is the smallest that can be shown
        error = float(np.sqrt((first * (1 - first) + second * (1 - second)) / n))
        second = first - smallest_difference(error)
    right = generator.random((500, 2, n)) < np.array([first, second])[:, None]
    found = [accuracy_test(*one.astype(np.int64)) < 0.05 for one in right]
    assert np.mean(found) == pytest.approx(0.8, abs=0.045)
