from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from standoff.errors import InputError
from standoff.evaluation.calibration import (
    N_BINS,
    brier_score,
    calibration_error,
    calibration_sums,
    reliability,
)
from standoff.evaluation.metrics import FloatArray, IntArray

NAN = float("nan")


def random_case(seed: int, n: int = 200, n_labels: int = 3) -> tuple[IntArray, FloatArray, list[str]]:
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet([0.7] * n_labels, n)
    gold = generator.integers(0, n_labels, n)
    return gold, probabilities, [f"group-{generator.integers(20)}" for _ in range(n)]


# By hand. Two labels, five items, the last without a prediction.
#
#   gold  p(0)  p(1)   Brier                    largest  right  bin
#   0     .8    .2     .04 + .04 = .08          .8       yes    .8 to .9
#   1     .85   .15    .7225 + .7225 = 1.445    .85      no     .8 to .9
#   1     .4    .6     .16 + .16 = .32          .6       yes    .6 to .7
#   0     1     0      0                        1        yes    .9 to 1
#   1     -     -      2
#
#   Brier (.08 + 1.445 + .32 + 0 + 2) / 5 = .769
#   calibration error (|1.65 - 1| + |.6 - 1| + |1 - 1|) / 4 = .2625
GOLD = np.array([0, 1, 1, 0, 1])
PROBABILITIES = np.array([[0.8, 0.2], [0.85, 0.15], [0.4, 0.6], [1.0, 0.0], [NAN, NAN]])


def test_by_hand() -> None:
    sums = calibration_sums(GOLD, PROBABILITIES, ["b", "b", "a", "a", "a"])
    assert sums.shape == (2, 1 + N_BINS, 3)
    assert sums[0, 0].tolist() == [3, 2_320_000, 0]
    assert sums[1, 0].tolist() == [2, 1_525_000, 0]
    whole = sums.sum(axis=0)
    assert float(brier_score(whole)) == pytest.approx(0.769)
    assert float(calibration_error(whole)) == pytest.approx(0.2625)
    bins = reliability(whole)
    assert [(one.low, one.n, one.mean, one.right) for one in bins if one.n] == [
        (0.6, 1, pytest.approx(0.6), 1.0),
        (0.8, 2, pytest.approx(0.825), 0.5),
        (0.9, 1, 1.0, 1.0),
    ]
    assert (bins[0].mean, bins[0].right) == (None, None)


@pytest.mark.parametrize("seed", range(5))
def test_equal_an_independent_loop(seed: int) -> None:
    gold, probabilities, groups = random_case(seed)
    whole = calibration_sums(gold, probabilities, groups).sum(axis=0)
    # scikit-learn's own for two labels is half of it.
    two = np.column_stack([1 - probabilities[:, 0], probabilities[:, 0]])
    halved = brier_score_loss((gold == 0).astype(int), probabilities[:, 0])
    of_two = calibration_sums((gold == 0).astype(np.int64), two, groups).sum(axis=0)
    assert float(brier_score(of_two)) == pytest.approx(2 * halved, abs=1e-5)
    error = 0.0
    for low in range(N_BINS):
        inside = [
            place
            for place, row in enumerate(probabilities)
            if low / N_BINS <= max(row) and (max(row) < (low + 1) / N_BINS or low == N_BINS - 1)
        ]
        if inside:
            mean = np.mean([max(probabilities[place]) for place in inside])
            right = np.mean([probabilities[place].argmax() == gold[place] for place in inside])
            error += len(inside) / len(gold) * abs(mean - right)
    assert float(calibration_error(whole)) == pytest.approx(error, abs=1e-5)


def test_certain_and_right_is_perfect_and_certain_and_wrong_is_worst() -> None:
    gold = np.array([0, 1, 2])
    right = calibration_sums(gold, np.eye(3), ["a", "b", "c"]).sum(axis=0)
    wrong = calibration_sums(gold, np.eye(3)[[1, 2, 0]], ["a", "b", "c"]).sum(axis=0)
    assert (float(brier_score(right)), float(calibration_error(right))) == (0, 0)
    assert (float(brier_score(wrong)), float(calibration_error(wrong))) == (2, 1)


def test_order_of_items_and_names_of_labels_do_not_matter() -> None:
    gold, probabilities, groups = random_case(7)
    sums = calibration_sums(gold, probabilities, groups)
    order = np.random.default_rng(0).permutation(len(gold))
    again = calibration_sums(gold[order], probabilities[order], [groups[place] for place in order])
    assert (sums == again).all()
    turned = np.array([2, 0, 1])
    assert (calibration_sums(turned[gold], probabilities[:, np.argsort(turned)], groups) == sums).all()


def test_of_many_groups_at_once() -> None:
    sums = calibration_sums(*random_case(8))
    each = [float(brier_score(one)) for one in sums]
    assert brier_score(sums).tolist() == each
    assert calibration_error(sums).tolist() == [float(calibration_error(one)) for one in sums]


def test_nothing_predicted_is_the_worst_brier_score_and_has_no_bin() -> None:
    whole = calibration_sums(np.array([0]), np.array([[NAN, NAN]]), ["a"]).sum(axis=0)
    assert float(brier_score(whole)) == 2
    assert float(calibration_error(whole)) == 0
    assert all(one.n == 0 for one in reliability(whole))


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(InputError, match="each item has one gold label"):
        calibration_sums(np.array([0]), np.eye(2), ["a"])
