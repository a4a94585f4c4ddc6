from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from standoff.errors import InputError
from standoff.evaluation.metrics import macro_f1
from standoff.evaluation.resample import bootstrap_weights
from standoff.evaluation.significance import randomisation_tests
from standoff.experiments.analysis.paired import Difference, difference, mean_difference, reached, task_seed
from standoff.experiments.analysis.predicted import Predicted, group_counts

LABELS = ("neg", "pos")


def made(predicted: str, gold: str = "nnppnnppnp", groups: str = "aabbccddee") -> Predicted:
    names = {"n": "neg", "p": "pos", "?": "odd"}
    return Predicted(tuple(names[one] for one in gold), tuple(names[one] for one in predicted), tuple(groups))


OURS, THEIRS = made("nnpppnppnp"), made("npnpnnpnpp")


def repeated(one: Predicted, weights: dict[str, int]) -> float:
    """Macro-F1 of the items repeated as often as their group was drawn, by scikit-learn."""
    rows = [row for row in zip(one.gold, one.predicted, one.groups, strict=True) for _ in range(weights[row[2]])]
    gold, predicted = [row[0] for row in rows], [row[1] for row in rows]
    return float(f1_score(gold, predicted, labels=LABELS, average="macro", zero_division=0))


def test_a_difference_is_that_of_repeating_the_same_groups_for_both() -> None:
    found = difference(OURS, THEIRS, LABELS, seed=7, resamples=50)
    expected = []
    for row in bootstrap_weights(5, 50, 7):
        weights = dict(zip("abcde", row.tolist(), strict=True))
        expected.append(repeated(OURS, weights) - repeated(THEIRS, weights))
    assert found.samples == pytest.approx(expected)
    assert found.value == pytest.approx(
        repeated(OURS, dict.fromkeys("abcde", 1)) - repeated(THEIRS, dict.fromkeys("abcde", 1))
    )
    assert (found.n_groups, found.worth) == (5, 5)


def test_its_p_value_is_that_of_swapping_the_same_groups() -> None:
    found = difference(OURS, THEIRS, LABELS, seed=7, resamples=20_000)
    counts = np.stack([group_counts(OURS, LABELS), group_counts(THEIRS, LABELS)], axis=1)
    exact = float(randomisation_tests(counts, macro_f1, [(0, 1)], permutations=2**5, seed=0)[0])
    assert 0 < exact < 1
    assert found.p == pytest.approx(exact, abs=0.015)
    assert difference(THEIRS, OURS, LABELS, seed=7, resamples=20_000).p == found.p


def test_a_system_does_not_differ_from_itself() -> None:
    found = difference(OURS, OURS, LABELS, seed=1, resamples=100)
    assert (found.estimate.value, found.estimate.low, found.estimate.high) == (0, 0, 0)
    assert found.p == 1


def test_the_sign_is_ours_minus_theirs() -> None:
    assert difference(OURS, THEIRS, LABELS, seed=1, resamples=10).value > 0
    assert difference(THEIRS, OURS, LABELS, seed=1, resamples=10).value < 0


def test_two_systems_are_compared_on_the_same_items_only() -> None:
    for other in (made("nnpppnppnp", gold="pnppnnppnp"), made("nnpppnppnp", groups="aabbccddff")):
        with pytest.raises(InputError, match="same items"):
            difference(OURS, other, LABELS, seed=1, resamples=10)


def test_with_four_groups_there_is_no_interval() -> None:
    few = made("nnpppnpp", gold="nnppnnpp", groups="aabbccdd")
    found = difference(few, few, LABELS, seed=1, resamples=10).estimate
    assert (found.value, found.low, found.high) == (0, None, None)
    assert reached(few, LABELS, resamples=10).low is None


def test_a_mean_is_over_tasks_whose_groups_are_drawn_apart() -> None:
    first = difference(OURS, THEIRS, LABELS, seed=task_seed(5, "one"), resamples=4000)
    second = difference(OURS, THEIRS, LABELS, seed=task_seed(5, "two"), resamples=4000)
    found = mean_difference([first, second]).estimate
    assert found.value == pytest.approx(first.value)
    assert found.low is not None
    assert found.high is not None
    # Two differences of five groups each and of equal variance have eight degrees of freedom together.
    mean = mean_difference([first, second])
    assert mean.worth == pytest.approx(1 + 8, rel=0.02)
    outside = stats.norm.cdf(stats.t.ppf(0.025, mean.worth - 1) * np.sqrt(mean.worth / (mean.worth - 1)))
    assert found.low == pytest.approx(np.quantile((first.samples + second.samples) / 2, outside))
    assert mean.randomised == pytest.approx((first.randomised + second.randomised) / 2)
    # Were both drawn alike, the mean would vary as much as each; drawn apart, by 1 / sqrt(2) of it.
    one = first.estimate
    assert one.low is not None
    assert one.high is not None
    assert (found.high - found.low) / (one.high - one.low) == pytest.approx(0.5**0.5, abs=0.09)


def test_a_mean_has_no_interval_where_one_task_has_too_few_groups() -> None:
    few = made("nnpppnpp", gold="nnppnnpp", groups="aabbccdd")
    both = [difference(one, one, LABELS, seed=1, resamples=10) for one in (OURS, few)]
    assert mean_difference(both).estimate.low is None
    assert mean_difference(both).p == 1  # of two systems with themselves
    with pytest.raises(InputError, match="at least one task"):
        mean_difference([])


def test_each_task_has_a_seed_of_its_own() -> None:
    assert task_seed(12345, "seesaw") == task_seed(12345, "seesaw")
    assert len({task_seed(seed, task) for seed in (1, 2) for task in ("seesaw", "gwsd")}) == 4


def test_a_mean_rests_most_on_the_task_that_varies_most() -> None:
    def varying(spread: float, worth: float) -> Difference:
        samples = np.array([-spread, spread])
        return Difference(0.0, samples, samples, 9, worth)

    assert mean_difference([varying(1, 6), varying(0, 90)]).worth == pytest.approx(6)
    # Variances 1 and 4, freedoms 5 and 10: 25 / (1 / 5 + 16 / 10).
    assert mean_difference([varying(1, 6), varying(2, 11)]).worth == pytest.approx(1 + 25 / 1.8)
    assert mean_difference([varying(0, 6), varying(0, 90)]).worth == 6
    assert mean_difference([varying(1, 1), varying(1, 90)]).worth == 1


def test_a_p_value_counts_swaps_that_are_as_far_from_zero() -> None:
    found = Difference(0.2, np.zeros(3), np.array([0.1, -0.2, 0.3, 0.05]), 4, 4.0)
    assert found.p == (2 + 1) / 5
    assert found.estimate.low is None
