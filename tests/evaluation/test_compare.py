from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score

from standoff.errors import InputError, NotFoundError
from standoff.evaluation.compare import compare
from standoff.evaluation.metrics import METRICS, IntArray
from standoff.evaluation.resample import bootstrap_weights, cluster_counts, effective_groups
from standoff.evaluation.scores import Estimate
from standoff.evaluation.significance import holm

LABELS = ("neg", "neu", "pos")


class Made:
    """Made-up items in 30 groups of unequal size, and five systems, each right more often than the next."""

    def __init__(self, seed: int, n: int = 300, n_groups: int = 30) -> None:
        generator = np.random.default_rng(seed)
        self.gold = generator.integers(0, 3, n)
        self.groups = [f"g{int(n_groups * x**1.5):02}" for x in generator.random(n)]
        self.predicted = {
            f"s{place}": np.where(generator.random(n) < share, self.gold, generator.integers(-1, 3, n))
            for place, share in enumerate((0.8, 0.75, 0.5, 0.45, 0.1))
        }

    def counts(self) -> dict[str, IntArray]:
        return {name: cluster_counts(self.gold, one, self.groups, 3) for name, one in self.predicted.items()}

    def macro_f1(self, name: str, items: list[int] | None = None) -> float:
        chosen = list(range(len(self.gold))) if items is None else items
        shown = np.where(self.predicted[name] < 0, 3, self.predicted[name])[chosen]
        return float(f1_score(self.gold[chosen], shown, labels=[0, 1, 2], average="macro", zero_division=0))


MADE = Made(1)
FOUND = compare(MADE.counts(), LABELS, permutations=500, resamples=200)


def approx(one: Estimate) -> object:
    return pytest.approx((one.value, one.low, one.high), abs=1e-12)


def test_scores_are_those_of_scikit_learn() -> None:
    assert (FOUND.n, FOUND.n_groups, FOUND.metric) == (300, len(set(MADE.groups)), "macro_f1")
    for one in FOUND.systems:
        assert one.value.value == pytest.approx(MADE.macro_f1(one.name), abs=1e-12)
        expected = accuracy_score(MADE.gold, MADE.predicted[one.name])
        assert one.accuracy.value == pytest.approx(expected, abs=1e-12)
        assert one.n_missing == int((MADE.predicted[one.name] < 0).sum()) > 0
    values = [one.value.value for one in FOUND.systems]
    assert values == sorted(values, reverse=True)


def test_intervals_and_the_smallest_difference_are_those_of_a_loop_over_resamples() -> None:
    names = sorted(set(MADE.groups))
    differences = []
    for weights in bootstrap_weights(len(names), 200, FOUND.seed):
        times = dict(zip(names, weights.tolist(), strict=True))
        items = [i for i, group in enumerate(MADE.groups) for _ in range(times[group])]
        differences.append(MADE.macro_f1("s0", items) - MADE.macro_f1("s3", items))
    worth = effective_groups(MADE.counts()["s0"])
    assert worth < len(names) - 1
    outside = stats.norm.cdf(stats.t.ppf(0.025, worth - 1) * np.sqrt(worth / (worth - 1)))
    pair = FOUND.between("s0", "s3")
    low, high = np.quantile(differences, [outside, 1 - outside])
    assert (pair.metric.difference.low, pair.metric.difference.high) == pytest.approx((low, high), abs=1e-12)
    error = np.std(differences, ddof=1) * np.sqrt(worth / (worth - 1))
    expected = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * error
    assert pair.smallest_difference == pytest.approx(expected)
    (first,) = (one for one in FOUND.systems if one.name == "s0")
    assert first.smallest_difference is not None
    assert first.value.low is not None
    assert first.value.high is not None
    # Of one score: 2.8 standard errors, where the interval spans some 4.1 of them.
    assert first.smallest_difference / (first.value.high - first.value.low) == pytest.approx(2.8 / 4.1, rel=0.15)


def test_each_pair_is_there_once_from_the_better_to_the_worse() -> None:
    names = [one.name for one in FOUND.systems]
    assert [(pair.first, pair.second) for pair in FOUND.pairs] == list(combinations(names, 2))
    assert all(pair.metric.difference.value >= 0 for pair in FOUND.pairs)
    for tested in ([pair.metric for pair in FOUND.pairs], [pair.accuracy for pair in FOUND.pairs]):
        assert [one.p_adjusted for one in tested] == holm([one.p for one in tested])


def test_ranks_part_what_is_told_apart() -> None:
    ranks = {one.name: one.rank for one in FOUND.systems}
    assert ranks == {"s0": 1, "s1": 1, "s2": 3, "s3": 3, "s4": 5}
    by_name = {one.name: one for one in FOUND.systems}
    assert (by_name["s0"].better_than, by_name["s0"].worse_than) == (3, 0)
    assert (by_name["s3"].better_than, by_name["s3"].worse_than) == (1, 2)
    for name, one in by_name.items():
        above = [pair for pair in FOUND.pairs if pair.first == name and pair.metric.is_significant]
        below = [pair for pair in FOUND.pairs if pair.second == name and pair.metric.is_significant]
        assert (len(above), len(below)) == (one.better_than, one.worse_than)


def test_the_order_of_systems_does_not_matter() -> None:
    counts = MADE.counts()
    turned = {name: counts[name] for name in ("s3", "s0", "s4", "s1", "s2")}
    assert compare(turned, LABELS, permutations=500, resamples=200) == FOUND


def test_one_minus_the_other_is_minus_the_other_minus_the_one() -> None:
    there, back = FOUND.between("s0", "s2"), FOUND.between("s2", "s0")
    assert (there.first, back.first) == ("s0", "s2")
    for ours, theirs in ((there.metric, back.metric), (there.accuracy, back.accuracy)):
        assert theirs.difference.low is not None
        assert theirs.difference.high is not None
        turned = (-theirs.difference.value, -theirs.difference.high, -theirs.difference.low)
        assert turned == approx(ours.difference)
        assert (ours.p, ours.p_adjusted) == (theirs.p, theirs.p_adjusted)
    assert tuple(back.favoured) == tuple(reversed(there.favoured))
    assert back.smallest_difference == there.smallest_difference


def test_a_swap_of_two_systems_turns_the_signs() -> None:
    counts = MADE.counts()
    two = compare({"a": counts["s0"], "b": counts["s2"]}, LABELS, permutations=100, resamples=50)
    swapped = compare({"a": counts["s2"], "b": counts["s0"]}, LABELS, permutations=100, resamples=50)
    assert (two.pairs[0].first, swapped.pairs[0].first) == ("a", "b")
    assert swapped.between("a", "b").metric.difference.value == -two.between("a", "b").metric.difference.value
    assert swapped.pairs[0].metric.p == two.pairs[0].metric.p


def test_other_names_of_the_labels_change_nothing() -> None:
    turn = np.array([1, 2, 0, -1])
    turned = Made(1)
    turned.gold = turn[turned.gold]
    turned.predicted = {name: turn[one] for name, one in turned.predicted.items()}
    found = compare(turned.counts(), ("pos", "neg", "neu"), permutations=500, resamples=200)
    for ours, theirs in zip(FOUND.systems, found.systems, strict=True):
        assert (ours.value.value, ours.value.low, ours.value.high) == approx(theirs.value)
        assert (ours.name, ours.rank, ours.n_missing) == (theirs.name, theirs.rank, theirs.n_missing)
    assert [pair.metric.p for pair in found.pairs] == [pair.metric.p for pair in FOUND.pairs]


def test_a_system_and_itself_are_tied() -> None:
    counts = MADE.counts()["s1"]
    found = compare({"b": counts, "a": counts}, LABELS, permutations=100, resamples=50)
    assert [(one.name, one.rank) for one in found.systems] == [("a", 1), ("b", 1)]
    (pair,) = found.pairs
    for tested in (pair.metric, pair.accuracy):
        assert (tested.difference.value, tested.difference.low, tested.difference.high) == (0, 0, 0)
        assert (tested.p, tested.p_adjusted, tested.is_significant) == (1, 1, False)
    assert tuple(pair.favoured) == (0, 0)
    assert pair.smallest_difference is None  # nothing varies, so nothing is known of what could be shown
    back = found.between("b", "a").metric.difference
    assert str(back) == str(pair.metric.difference)  # no -0.0


def test_accuracy_may_rank_and_is_then_tested_exactly() -> None:
    found = compare(MADE.counts(), LABELS, metric=METRICS["accuracy"], permutations=20, resamples=50)
    assert found.is_exact
    assert all(pair.metric == pair.accuracy for pair in found.pairs)
    assert all(one.value == one.accuracy for one in found.systems)
    by_pair = {(pair.first, pair.second): pair.accuracy.p for pair in FOUND.pairs}
    assert all(pair.metric.p == by_pair[pair.first, pair.second] for pair in found.pairs)


def test_few_groups_have_exact_p_values_and_no_interval() -> None:
    few = Made(2, n=80, n_groups=4)
    counts = {name: few.counts()[name] for name in ("s0", "s4")}
    found = compare(counts, LABELS, permutations=100, resamples=50)
    assert found.n_groups == 4
    assert found.is_exact
    (pair,) = found.pairs
    assert pair.metric.p * 2**4 == round(pair.metric.p * 2**4)
    assert (pair.metric.difference.low, pair.smallest_difference) == (None, None)
    assert found.systems[0].value.low is None
    assert found.systems[0].smallest_difference is None
    narrow, reach = found.cautions
    assert narrow.startswith("intervals may be too narrow, as gold labels are in fewer than 20 groups: 'neg' in")
    # 2 of the 16 assignments are the least there can be.
    assert reach.startswith("no two systems can be told apart: the smallest p value there can be is 0.12,")


@pytest.mark.parametrize(
    ("n_systems", "permutations", "can_be"), [(2, 19, False), (2, 20, True), (5, 199, False), (5, 200, True)]
)
def test_it_is_told_when_nothing_can_be_significant(n_systems: int, permutations: int, can_be: bool) -> None:
    # The least p value is 1 / (permutations + 1), of 1 or 10 pairs.
    counts = dict(list(MADE.counts().items())[:n_systems])
    found = compare(counts, LABELS, permutations=permutations, resamples=20)
    assert any("can be told apart" in one for one in found.cautions) is not can_be
    assert can_be or not any(pair.metric.is_significant for pair in found.pairs)


def test_there_is_no_caution_where_all_is_well() -> None:
    counts = Made(3, n=400, n_groups=60).counts()
    assert compare(counts, LABELS, permutations=2000, resamples=20).cautions == ()


def test_what_is_not_on_the_same_items_is_refused() -> None:
    counts = MADE.counts()
    other = Made(5, n=300).counts()
    with pytest.raises(InputError, match="'s0' and 'else' are not on the same items"):
        compare({"s0": counts["s0"], "else": other["s0"]}, LABELS)
    with pytest.raises(InputError, match="not on the same items"):
        compare({"s0": counts["s0"], "else": counts["s1"][:-1]}, LABELS)
    with pytest.raises(InputError, match="two systems or more"):
        compare({"s0": counts["s0"]}, LABELS)


def test_a_name_that_is_none_is_not_compared() -> None:
    with pytest.raises(NotFoundError, match="no system named 'S1'"):
        FOUND.between("s0", "S1")
    with pytest.raises(InputError, match="with another one"):
        FOUND.between("s0", "s0")


def test_it_becomes_json() -> None:
    read = json.loads(json.dumps(FOUND.to_json(), allow_nan=False))
    assert {"metric", "systems", "pairs", "n", "n_groups", "cautions", "permutations", "resamples", "seed"} <= set(
        read
    )
    assert set(read["systems"][0]) == set(FOUND.systems[0].__slots__)
    pair = read["pairs"][0]
    assert set(pair["metric"]) == {"difference", "p", "p_adjusted"}
    assert set(pair["metric"]["difference"]) == {"value", "low", "high"}
    assert set(pair["favoured"]) == {"first", "second"}
    assert read["level"] == 0.95


def test_the_same_seed_gives_the_same_and_another_another() -> None:
    counts = MADE.counts()
    assert compare(counts, LABELS, permutations=500, resamples=200, seed=12345) == FOUND
    assert compare(counts, LABELS, permutations=500, resamples=200, seed=1) != FOUND
