from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from standoff.errors import InputError
from standoff.evaluation.resample import bootstrap_weights
from standoff.experiments.analysis.paired import Difference, difference, holm, mean_difference, reached, task_seed
from standoff.experiments.analysis.predicted import Predicted

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
    assert found.n_groups == 5


def test_a_system_does_not_differ_from_itself() -> None:
    found = difference(OURS, OURS, LABELS, seed=1, resamples=100).estimate
    assert (found.value, found.low, found.high) == (0, 0, 0)


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
    assert found.low == pytest.approx(np.quantile((first.samples + second.samples) / 2, 0.025))
    # Were both drawn alike, the mean would vary as much as each; drawn apart, by 1 / sqrt(2) of it.
    one = first.estimate
    assert one.low is not None
    assert one.high is not None
    assert (found.high - found.low) / (one.high - one.low) == pytest.approx(0.5**0.5, abs=0.08)


def test_a_mean_has_no_interval_where_one_task_has_too_few_groups() -> None:
    few = made("nnpppnpp", gold="nnppnnpp", groups="aabbccdd")
    both = [difference(one, one, LABELS, seed=1, resamples=10) for one in (OURS, few)]
    assert mean_difference(both).estimate.low is None
    assert mean_difference(both).p is None
    with pytest.raises(InputError, match="at least one task"):
        mean_difference([])


def test_each_task_has_a_seed_of_its_own() -> None:
    assert task_seed(12345, "seesaw") == task_seed(12345, "seesaw")
    assert len({task_seed(seed, task) for seed in (1, 2) for task in ("seesaw", "gwsd")}) == 4


def sampled(*samples: float, n_groups: int = 5) -> Difference:
    return Difference(0.0, np.array(samples), n_groups)


def test_a_p_value_counts_the_fewer_resamples_beyond_zero() -> None:
    assert sampled(*[0.1] * 97, -0.1, -0.2, 0.0).p == pytest.approx(2 * (3 + 1) / 101)
    assert sampled(*[-0.1] * 97, 0.1, 0.2, 0.0).p == pytest.approx(2 * (3 + 1) / 101)
    assert sampled(*[0.1] * 99).p == pytest.approx(2 / 100)
    assert sampled(0.1, -0.1).p == 1
    assert sampled(0.1, 0.2, n_groups=4).p is None


def test_a_rounding_error_counts_as_zero() -> None:
    assert sampled(*[1e-17] * 99).p == 1


def test_a_p_value_is_below_a_twentieth_just_where_the_interval_leaves_zero_out() -> None:
    rng = np.random.Generator(np.random.PCG64(3))
    for shift in np.linspace(1.5, 2.5, 11):
        found = Difference(shift, rng.normal(shift, 1, size=20_000), 9)
        low = found.estimate.low
        assert low is not None
        assert found.p is not None
        assert (low > 0.02) <= (found.p < 0.05) <= (low > -0.02)


def test_p_values_are_adjusted_for_their_number() -> None:
    # Holm: 0.01 * 4, 0.02 * 3, 0.03 * 2 (no smaller than the one before), 0.5.
    assert holm([0.03, 0.01, 0.5, 0.02]) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert holm([0.4, 0.9]) == pytest.approx([0.8, 0.9])
    assert holm([0.6, 0.7]) == [1, 1]
    assert holm([]) == []
