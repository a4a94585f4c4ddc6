from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score

from standoff.errors import InputError
from standoff.evaluation import resample
from standoff.evaluation.metrics import METRICS, IntArray, accuracy, confusion, macro_f1
from standoff.evaluation.resample import (
    FEW_GROUPS,
    WeightedSums,
    bootstrap,
    bootstrap_weights,
    caution,
    cluster_counts,
    effective_groups,
    interval,
    resampled_counts,
    standard_error,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from standoff.evaluation.metrics import Counts, FloatArray


def random_case(seed: int, n: int, n_groups: int) -> tuple[IntArray, IntArray, list[str]]:
    """Three labels, some predictions missing, and groups of unequal size."""
    generator = np.random.default_rng(seed)
    gold = generator.integers(0, 3, n)
    predicted = np.where(generator.random(n) < 0.5, gold, generator.integers(-1, 3, n))
    return gold, predicted, [f"g{int(n_groups * x**2)}" for x in generator.random(n)]


# By hand. Two labels; group "a" has one item, right (gold 0), group "b" has two: one right (gold 1), one wrong
# (gold 1, predicted 0).
#
#   drawn        TP0 FP0 FN0   TP1 FP1 FN1   F1 of 0    F1 of 1    macro-F1   accuracy
#   a twice       2   0   0     0   0   0     1          0          1/2        2/2
#   a and b       1   1   0     1   0   1     2/3        2/3        2/3        2/3
#   b twice       0   2   0     2   0   2     0          4/6 = 2/3  1/3        2/4
BY_GROUP = np.array([[[1, 0, 0], [0, 0, 0]], [[0, 0, 0], [1, 1, 0]]])
MACRO_F1 = {(2, 0): 1 / 2, (1, 1): 2 / 3, (0, 2): 1 / 3}
ACCURACY = {(2, 0): 1.0, (1, 1): 2 / 3, (0, 2): 1 / 2}


def test_cluster_counts_by_hand() -> None:
    counts = cluster_counts(np.array([1, 0, 1]), np.array([1, 0, 0]), ["b", "a", "b"], 2)
    assert counts.tolist() == BY_GROUP.tolist()
    assert counts.dtype == np.int64


@pytest.mark.parametrize(("metric", "expected"), [(macro_f1, MACRO_F1), (accuracy, ACCURACY)])
def test_resampled_counts_by_hand(
    metric: Callable[[Counts], FloatArray], expected: dict[tuple[int, int], float]
) -> None:
    values = metric(resampled_counts(BY_GROUP, np.array(list(expected))))
    assert values == pytest.approx(list(expected.values()), abs=1e-15)


def test_two_groups_reach_the_three_values_and_no_other() -> None:
    samples = bootstrap(BY_GROUP, macro_f1, resamples=200, seed=1)
    weights = bootstrap_weights(2, 200, 1)
    assert samples == pytest.approx([MACRO_F1[int(a), int(b)] for a, b in weights], abs=1e-15)
    assert len({tuple(row) for row in weights.tolist()}) == 3
    # The 2.5 % and 97.5 % points lie well inside the outer values, each drawn a quarter of the time.
    assert interval(samples) == pytest.approx((1 / 3, 2 / 3))


@pytest.mark.parametrize("seed", range(5))
def test_equals_repeating_the_rows_and_counting_again(seed: int) -> None:
    gold, predicted, groups = random_case(seed, n=60, n_groups=12)
    names = sorted(set(groups))
    by_group = cluster_counts(gold, predicted, groups, 3)
    ours = {
        name: bootstrap(by_group, METRICS[name].compute, resamples=40, seed=seed)
        for name in ("macro_f1", "accuracy")
    }

    theirs = np.where(predicted < 0, 3, predicted)
    for row, weights in enumerate(bootstrap_weights(len(names), 40, seed)):
        times = dict(zip(names, weights.tolist(), strict=True))
        repeated = [i for i, group in enumerate(groups) for _ in range(times[group])]
        y, z = gold[repeated], theirs[repeated]
        expected = f1_score(y, z, labels=[0, 1, 2], average="macro", zero_division=0)
        assert ours["macro_f1"][row] == pytest.approx(expected, abs=1e-12)
        assert ours["accuracy"][row] == pytest.approx(accuracy_score(y, z), abs=1e-12)


@pytest.mark.parametrize("n_groups", [12, 60])
def test_many_systems_at_once_equal_each_alone_by_scikit_learn(n_groups: int) -> None:
    gold, _, groups = random_case(1, n=60, n_groups=n_groups)
    names = sorted(set(groups))
    systems = [random_case(seed, n=60, n_groups=1)[1] for seed in range(2, 6)]
    counts = np.stack([cluster_counts(gold, one, groups, 3) for one in systems], axis=1)
    assert counts.shape == (len(names), 4, 3, 4)
    found = bootstrap(counts, macro_f1, resamples=15, seed=3)
    assert found.shape == (15, 4)
    generator = np.random.Generator(np.random.PCG64(3))
    for row, drawn in enumerate(generator.integers(0, len(names), size=(15, len(names)))):
        items = [i for place in drawn for i, group in enumerate(groups) if group == names[place]]
        for system, predicted in enumerate(systems):
            z = np.where(predicted < 0, 3, predicted)[items]
            expected = f1_score(gold[items], z, labels=[0, 1, 2], average="macro", zero_division=0)
            assert found[row, system] == pytest.approx(expected, abs=1e-12)


def test_group_counts_add_up_to_the_confusion() -> None:
    gold, predicted, groups = random_case(1, n=300, n_groups=20)
    by_group = cluster_counts(gold, predicted, groups, 3)
    assert by_group.shape == (len(set(groups)), 3, 4)
    assert by_group.sum(axis=0).tolist() == confusion(gold, predicted, 3).tolist()
    sizes = [groups.count(name) for name in sorted(set(groups))]
    assert by_group.sum(axis=(1, 2)).tolist() == sizes


def test_the_order_of_items_does_not_matter() -> None:
    gold, predicted, groups = random_case(2, n=100, n_groups=10)
    order = np.random.default_rng(3).permutation(100)
    shuffled = cluster_counts(gold[order], predicted[order], [groups[i] for i in order], 3)
    assert shuffled.tolist() == cluster_counts(gold, predicted, groups, 3).tolist()


def test_group_names_that_differ_by_a_trailing_nul_stay_apart() -> None:
    # NumPy's own fixed-width text would drop it.
    assert len(cluster_counts(np.array([0, 1]), np.array([0, 1]), ["a", "a\x00"], 2)) == 2


def test_each_item_needs_a_group() -> None:
    with pytest.raises(InputError, match="each item has one group"):
        cluster_counts(np.array([0, 1]), np.array([0, 1]), ["a"], 2)


def test_weights_draw_as_many_groups_as_there_are() -> None:
    weights = bootstrap_weights(7, 500, 12345)
    assert weights.shape == (500, 7)
    assert weights.min() >= 0
    assert set(weights.sum(axis=1).tolist()) == {7}
    # Each group is drawn once on average; the mean of 500 draws has a standard error of sqrt(6/7/500) = .041.
    assert np.abs(weights.mean(axis=0) - 1).max() < 5 * 0.041


def test_weights_depend_on_the_seed_alone() -> None:
    assert bootstrap_weights(5, 20, 1).tolist() == bootstrap_weights(5, 20, 1).tolist()
    assert bootstrap_weights(5, 20, 1).tolist() != bootstrap_weights(5, 20, 2).tolist()
    np.random.seed(0)  # noqa: NPY002 - the global generator must have no influence
    before = bootstrap_weights(5, 20, 1).tolist()
    np.random.seed(1)  # noqa: NPY002 - as above
    assert bootstrap_weights(5, 20, 1).tolist() == before


def test_weights_are_those_of_numpy_s_documented_generator() -> None:
    drawn = np.random.Generator(np.random.PCG64(9)).integers(0, 4, size=(10, 4))
    expected = [[row.count(group) for group in range(4)] for row in drawn.tolist()]
    assert bootstrap_weights(4, 10, 9).tolist() == expected
    assert bootstrap_weights(4, 10, 9).dtype == np.int64


def test_more_resamples_begin_with_the_same_ones() -> None:
    assert bootstrap_weights(5, 30, 2)[:7].tolist() == bootstrap_weights(5, 7, 2).tolist()


def test_one_group_is_always_drawn_once() -> None:
    assert bootstrap_weights(1, 3, 0).tolist() == [[1], [1], [1]]


@pytest.mark.parametrize(("n_groups", "resamples", "seed"), [(0, 10, 1), (5, 0, 1), (5, 10, -1)])
def test_what_cannot_be_resampled_is_refused(n_groups: int, resamples: int, seed: int) -> None:
    with pytest.raises(InputError, match="cannot be resampled"):
        bootstrap_weights(n_groups, resamples, seed)


@pytest.mark.parametrize(("block_bytes", "at_once"), [(1, 1), (5000, 1 << 17), (20_000, 50), (1 << 26, 31)])
def test_the_size_of_blocks_does_not_matter(
    monkeypatch: pytest.MonkeyPatch, block_bytes: int, at_once: int
) -> None:
    by_group = cluster_counts(*random_case(4, n=80, n_groups=15), 3)
    of_two = np.stack([by_group, by_group[::-1]], axis=1)
    whole = bootstrap(by_group, macro_f1, resamples=101, seed=5)
    both = bootstrap(of_two, macro_f1, resamples=101, seed=5)
    monkeypatch.setattr(resample, "BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(resample, "COUNTED_AT_ONCE", at_once)
    assert bootstrap(by_group, macro_f1, resamples=101, seed=5).tolist() == whole.tolist()
    assert bootstrap(of_two, macro_f1, resamples=101, seed=5).tolist() == both.tolist()
    assert both[:, 0].tolist() == whole.tolist()


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resample, "BLOCK_BYTES", 1 << 20)
    monkeypatch.setattr(resample, "COUNTED_AT_ONCE", 1 << 14)
    by_group = cluster_counts(*random_case(5, n=4000, n_groups=3000), 3)
    # All weights at once would take more than 1000 x 1500 x 4 bytes; there are two blocks while one is made.
    assert len(by_group) > 1500

    tracemalloc.start()
    bootstrap(by_group, macro_f1, resamples=1000, seed=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 3 * (1 << 20)


def test_large_counts_stay_exact() -> None:
    # Odd numbers above 2**24, where float32 would already round; the sums are checked in whole numbers.
    by_group = np.array([[[2**40 + 1, 3, 5], [7, 2**41 + 1, 9]], [[1, 1, 1], [2**39 + 3, 1, 1]]])
    weights = np.array([[2, 0], [1, 1], [0, 2]])
    expected = [(by_group * row[:, None, None]).sum(axis=0).tolist() for row in weights]
    assert resampled_counts(by_group, weights).tolist() == expected


@pytest.mark.parametrize("largest", [1, 2**21 - 1, 2**21, 2**21 + 1, 2**30 + 1])
def test_sums_are_exact_on_both_sides_of_what_float32_holds(largest: int) -> None:
    generator = np.random.default_rng(largest)
    counts = generator.integers(0, largest + 1, size=(8, 2, 3))
    counts[:, 0, 0] = largest
    weights = bootstrap_weights(8, 50, 1)
    weights[0] = [8, 0, 0, 0, 0, 0, 0, 0]  # the largest sum there can be: 8 * largest
    sums = WeightedSums(counts, 8)
    assert sums.dtype == (np.float32 if largest <= 2**21 else np.float64)
    assert sums(weights).tolist() == np.tensordot(weights, counts, axes=1).tolist()
    assert sums(weights).dtype == np.float64


def test_cells_that_are_empty_everywhere_stay_empty() -> None:
    counts = np.zeros((3, 2, 3), dtype=np.int64)
    counts[:, 1, 2] = [1, 2, 3]
    found = resampled_counts(counts, np.array([[1, 1, 1], [0, 0, 3]]))
    assert found[:, 1, 2].tolist() == [6, 9]
    assert found.sum() == 15
    assert resampled_counts(np.zeros((3, 2, 3), dtype=np.int64), np.ones((4, 3), dtype=np.int64)).shape == (
        4,
        2,
        3,
    )


def test_interval_by_hand() -> None:
    # 0, 1, …, 100: the quantile q of these 101 numbers is 100 q.
    samples = np.arange(101, dtype=np.float64)
    assert interval(samples) == pytest.approx((2.5, 97.5))
    assert interval(samples, 0.5) == pytest.approx((25, 75))
    assert interval(np.flip(samples), 0.9) == pytest.approx((5, 95))


def test_interval_of_equal_samples_is_a_point() -> None:
    assert interval(np.full(10, 0.25)) == (0.25, 0.25)


@pytest.mark.parametrize(
    ("samples", "level"),
    [([0.5], 0.0), ([0.5], 1.0), ([0.5], 95.0), ([], 0.95), ([0.5, float("nan")], 0.95)],
)
def test_an_interval_that_cannot_be_is_refused(samples: list[float], level: float) -> None:
    with pytest.raises(InputError):
        interval(np.array(samples, dtype=np.float64), level)


def test_an_interval_of_few_groups_reaches_further_out() -> None:
    # Five groups: t(.025, 4) = -2.7764, times sqrt(5 / 4) = -3.1042, below which a normal number falls .000954 of
    # the time.
    samples = np.arange(1_000_001) / 1_000_000
    assert interval(samples, 0.95, n_groups=5) == pytest.approx((0.000954, 0.999046), abs=2e-6)
    assert interval(samples, 0.95, n_groups=10**9) == pytest.approx((0.025, 0.975), abs=1e-6)
    ends = [interval(samples, 0.9, n_groups=g)[0] for g in (2, 2.5, 5, 20, 100)]
    assert ends == sorted(ends)
    assert ends[-1] < 0.05


@pytest.mark.parametrize(("n_groups", "level"), [(5, 0.95), (12.9, 0.95), (40, 0.9)])
def test_of_a_normal_mean_it_is_student_s_interval(n_groups: float, level: float) -> None:
    # Resamples of the mean of G numbers vary by their standard deviation with divisor G, over sqrt(G).
    spread = 0.3
    samples = spread * stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    t = stats.t.ppf((1 + level) / 2, n_groups - 1)
    expected = t * spread * np.sqrt(n_groups / (n_groups - 1))
    assert interval(samples, level, n_groups=n_groups) == pytest.approx((-expected, expected), rel=2e-3)


def test_an_interval_stays_within_what_was_reached() -> None:
    samples = np.array([0.2, 0.9, 1.0])
    low, high = interval(samples, n_groups=1.001)
    assert (low, high) == pytest.approx((0.2, 1.0))


@pytest.mark.parametrize("n_groups", [0, 1])
def test_an_interval_of_one_group_is_refused(n_groups: int) -> None:
    with pytest.raises(InputError, match="cannot rest on one group"):
        interval(np.array([0.1, 0.2]), n_groups=n_groups)
    with pytest.raises(InputError, match="cannot rest on one group"):
        standard_error(np.array([0.1, 0.2]), n_groups)


def test_groups_of_one_size_count_as_many_as_they_are_and_others_fewer() -> None:
    def sized(*sizes: int) -> IntArray:
        return np.array([[[size, 0, 0], [0, 0, 0]] for size in sizes])

    assert effective_groups(sized(4, 4, 4)) == pytest.approx(3)
    assert effective_groups(sized(3, 1)) == pytest.approx(16 / 10)
    assert effective_groups(sized(30, 10)) == pytest.approx(16 / 10)
    assert effective_groups(sized(1000, 1, 1, 1)) == pytest.approx(1.006, abs=1e-3)
    assert effective_groups(sized(7)) == 1


def test_a_standard_error_is_the_spread_and_a_little_more() -> None:
    samples = np.array([[0.1, 0.5], [0.3, 0.5], [0.8, 0.5]])
    # Deviations from .4: .09 + .01 + .16 over 2, and times 5 / 4.
    assert standard_error(samples, 5).tolist() == pytest.approx([np.sqrt(0.26 / 2 * 5 / 4), 0])
    with pytest.raises(InputError, match="two samples"):
        standard_error(samples[:1], 5)


def test_a_standard_error_of_accuracy_is_the_known_one() -> None:
    # 400 items, each its own group, 300 right: sqrt(.75 * .25 / 399).
    by_group = np.array([[[1, 0, 0], [0, 0, 0]]] * 300 + [[[0, 1, 0], [0, 0, 0]]] * 100)
    samples = bootstrap(by_group, accuracy, resamples=20_000, seed=1)
    assert float(standard_error(samples, 400)) == pytest.approx(np.sqrt(0.75 * 0.25 / 399), rel=0.02)


def test_a_label_in_few_groups_is_told() -> None:
    counts = np.zeros((25, 2, 3), dtype=np.int64)
    counts[:, 0, 0] = 3
    counts[: FEW_GROUPS - 1, 1, 2] = 1  # a gold item counts whether it is predicted or not
    assert caution(counts, ["yes", "no"]) == (
        "intervals may be too narrow, as gold labels are in fewer than 20 groups: 'no' in 19"
    )
    counts[FEW_GROUPS - 1, 1, 0] = 1
    assert caution(counts, ["yes", "no"]) is None
    said = caution(counts[:9], ["yes", "no"])
    assert said is not None
    assert said.endswith("'yes' in 9, 'no' in 9")
