from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support

from standoff.errors import InputError, NotFoundError
from standoff.evaluation.metrics import (
    BOARD,
    METRICS,
    IntArray,
    Metric,
    accuracy,
    cells,
    confusion,
    f_support_oppose,
    gate_f1,
    get_metric,
    macro_f1,
    merged,
    per_class,
    polarity_f1,
    to_board,
)
from standoff.records import BoardLabel


def indices(*values: int) -> IntArray:
    return np.array(values, dtype=np.int64)


def random_case(seed: int, n: int, n_labels: int, *, missing: bool = True) -> tuple[IntArray, IntArray]:
    generator = np.random.default_rng(seed)
    gold = generator.integers(0, n_labels, n)
    predicted = np.where(generator.random(n) < 0.5, gold, generator.integers(-1 if missing else 0, n_labels, n))
    return gold, predicted


# By hand. Three labels, ten items, one prediction missing:
#
#   gold       0 0 0 0 0 1 1 1 2 2
#   predicted  0 0 0 1 - 1 1 0 1 1
#
#   label 0: TP 3, FP 1 (item 8), FN 2 (items 4, 5)   P 3/4  R 3/5  F1 6/9 = 2/3
#   label 1: TP 2, FP 3 (items 4, 9, 10), FN 1        P 2/5  R 2/3  F1 4/8 = 1/2
#   label 2: TP 0, FP 0, FN 2                         P 0/0  R 0/2  F1 0/2 = 0
#   macro-F1 (2/3 + 1/2 + 0) / 3 = 7/18; accuracy 5/10
GOLD = indices(0, 0, 0, 0, 0, 1, 1, 1, 2, 2)
PREDICTED = indices(0, 0, 0, 1, -1, 1, 1, 0, 1, 1)
COUNTS = np.array([[3, 1, 0, 1], [1, 2, 0, 0], [0, 2, 0, 0]])


def test_confusion_by_hand() -> None:
    counts = confusion(GOLD, PREDICTED, 3)
    assert counts.tolist() == COUNTS.tolist()
    assert counts.dtype == np.int64


def test_per_class_by_hand() -> None:
    scores = per_class(COUNTS)
    assert scores.precision == pytest.approx([3 / 4, 2 / 5, 0])
    assert scores.recall == pytest.approx([3 / 5, 2 / 3, 0])
    assert scores.f1 == pytest.approx([2 / 3, 1 / 2, 0])
    assert scores.support.tolist() == [5, 3, 2]


def test_macro_f1_and_accuracy_by_hand() -> None:
    assert float(macro_f1(COUNTS)) == pytest.approx(float(Fraction(7, 18)), abs=1e-15)
    assert float(accuracy(COUNTS)) == 0.5


def test_the_case_that_four_definitions_score_differently() -> None:
    # 50 oppose, 40 support, 10 neutral; neutral is never predicted. All that is oppose is found:
    # oppose TP 50, FP 20 + 10; support TP 20, FN 20.
    gold = indices(*[0] * 50, *[1] * 40, *[2] * 10)
    predicted = indices(*[0] * 50, *[0] * 20, *[1] * 20, *[0] * 10)
    by_hand = (100 / (100 + 30) + 40 / (40 + 20) + 0) / 3
    assert float(macro_f1(confusion(gold, predicted, 3))) == pytest.approx(by_hand)
    observed_only = f1_score(gold, predicted, labels=np.unique(predicted), average="macro")
    assert observed_only == pytest.approx(by_hand * 3 / 2)  # what the fixed inventory protects from


@pytest.mark.parametrize("seed", range(20))
def test_equals_scikit_learn(seed: int) -> None:
    n_labels = 2 + seed % 4
    gold, predicted = random_case(seed, n=5 + 10 * seed, n_labels=n_labels)
    counts = confusion(gold, predicted, n_labels)
    # For scikit-learn a missing prediction is one more predicted label that is never gold.
    theirs = np.where(predicted < 0, n_labels, predicted)
    fixed = range(n_labels)

    assert counts.tolist() == confusion_matrix(gold, theirs, labels=range(n_labels + 1))[:n_labels].tolist()
    precision, recall, f1, support = precision_recall_fscore_support(gold, theirs, labels=fixed, zero_division=0)
    ours = per_class(counts)
    assert ours.precision == pytest.approx(precision, abs=1e-12)
    assert ours.recall == pytest.approx(recall, abs=1e-12)
    assert ours.f1 == pytest.approx(f1, abs=1e-12)
    assert ours.support.tolist() == support.tolist()
    expected = f1_score(gold, theirs, labels=fixed, average="macro", zero_division=0)
    assert float(macro_f1(counts)) == pytest.approx(expected, abs=1e-12)
    assert float(accuracy(counts)) == pytest.approx(accuracy_score(gold, theirs), abs=1e-12)


@pytest.mark.parametrize("name", METRICS)
def test_gold_against_gold_is_one(name: str) -> None:
    gold, _ = random_case(1, n=50, n_labels=3)
    assert float(METRICS[name].compute(confusion(gold, gold, 3))) == 1.0


@pytest.mark.parametrize("name", METRICS)
def test_nothing_predicted_is_zero(name: str) -> None:
    gold, _ = random_case(2, n=50, n_labels=3)
    assert float(METRICS[name].compute(confusion(gold, np.full_like(gold, -1), 3))) == 0.0


@pytest.mark.parametrize("name", METRICS)
def test_no_items_is_zero_and_not_a_warning(name: str) -> None:
    assert float(METRICS[name].compute(np.zeros((3, 4), dtype=np.int64))) == 0.0


@pytest.mark.parametrize("name", METRICS)
def test_the_order_of_items_does_not_matter(name: str) -> None:
    gold, predicted = random_case(3, n=200, n_labels=3)
    order = np.random.default_rng(4).permutation(200)
    compute = METRICS[name].compute
    assert compute(confusion(gold, predicted, 3)) == compute(confusion(gold[order], predicted[order], 3))


@pytest.mark.parametrize("relabelling", list(permutations(range(3))))
def test_relabelling_permutes(relabelling: tuple[int, ...]) -> None:
    gold, predicted = random_case(5, n=200, n_labels=3)
    new = indices(*relabelling, -1)  # the last entry keeps -1, missing, where it is
    before = confusion(gold, predicted, 3)
    after = confusion(new[gold], new[predicted], 3)
    for old_column, new_column in zip(per_class(before), per_class(after), strict=True):
        assert new_column[new[:3]].tolist() == old_column.tolist()
    assert float(macro_f1(after)) == pytest.approx(float(macro_f1(before)), abs=1e-15)
    assert accuracy(after) == accuracy(before)


def test_a_label_never_seen_still_counts() -> None:
    gold = indices(0, 0, 1, 1)
    assert float(macro_f1(confusion(gold, gold, 2))) == 1.0
    assert float(macro_f1(confusion(gold, gold, 3))) == pytest.approx(2 / 3)


def test_a_missing_prediction_costs_its_own_label_only() -> None:
    gold = indices(0, 0, 1, 1)
    wrong = per_class(confusion(gold, indices(1, 0, 1, 1), 2))
    missing = per_class(confusion(gold, indices(-1, 0, 1, 1), 2))
    assert missing.recall[0] == wrong.recall[0] == 0.5
    assert missing.precision.tolist() == [1, 1]
    assert wrong.precision.tolist() == pytest.approx([1, 2 / 3])


def test_two_labels_wrongly_predicted_lower_macro_f1_below_missing() -> None:
    gold = indices(0, 1)
    assert macro_f1(confusion(gold, indices(1, 1), 2)) < macro_f1(confusion(gold, indices(-1, 1), 2))
    assert accuracy(confusion(gold, indices(1, 1), 2)) == accuracy(confusion(gold, indices(-1, 1), 2))


def test_leading_dimensions_are_carried_through() -> None:
    tables = np.random.default_rng(6).integers(0, 9, size=(2, 5, 3, 4))
    for metric in METRICS.values():
        together = metric.compute(tables)
        assert together.shape == (2, 5)
        assert together.tolist() == [[float(metric.compute(table)) for table in row] for row in tables]
    assert {column.shape for column in per_class(tables)} == {(2, 5, 3)}


def test_counts_may_be_floats() -> None:
    for metric in METRICS.values():
        assert metric.compute(COUNTS.astype(np.float64)) == metric.compute(COUNTS)


def test_cells_number_the_table_row_by_row() -> None:
    every_gold, every_predicted = indices(0, 0, 0, 1, 1, 1), indices(0, 1, -1, 0, 1, -1)
    assert cells(every_gold, every_predicted, 2).tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("gold", "predicted"),
    [
        (indices(0, 1), indices(0)),
        (indices(0, 2), indices(0, 1)),
        (indices(0, -1), indices(0, 1)),
        (indices(0, 1), indices(0, 2)),
        (indices(0, 1), indices(0, -2)),
        (np.zeros((2, 2), dtype=np.int64), np.zeros((2, 2), dtype=np.int64)),
    ],
    ids=["lengths", "gold high", "gold missing", "predicted high", "predicted low", "two-dimensional"],
)
def test_indices_that_do_not_fit_are_refused(gold: IntArray, predicted: IntArray) -> None:
    with pytest.raises(InputError):
        confusion(gold, predicted, 2)


def test_the_registry() -> None:
    assert {name: metric.name for name, metric in METRICS.items()} == {name: name for name in METRICS}
    assert list(METRICS)[0] == "macro_f1"  # noqa: RUF015 - the first of the table is the primary one
    assert all(metric.short.isalnum() and metric.describes.endswith(".") for metric in METRICS.values())
    assert len({metric.short for metric in METRICS.values()}) == len(METRICS)
    assert get_metric("accuracy") is METRICS["accuracy"]


def test_an_unknown_metric_is_named_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="did you mean macro_f1"):
        get_metric("macro-f1")


# By hand, on the board. Ten items, labels in the task's order against, neutral, for; one prediction missing (-).
#
#   gold       a a a a n n n f f f
#   predicted  a a n f n n a f n -
#
# On the board (support, oppose, none, missing), gold in rows:
#   support  1 0 1 1
#   oppose   1 2 1 0
#   none     0 1 2 0
#
#   F1 of support: TP 1, FP 1, FN 2: 2/5.  F1 of oppose: TP 2, FP 1, FN 2: 4/7.  F(support, oppose) = 17/35
#   gate, position or none: position TP 4, FP 1, FN 3 (one of them missing): 8/12; none TP 2, FP 2, FN 1: 4/7
#   polarity, on the seven with a position: support TP 1, FP 1, FN 2: 2/5; oppose TP 2, FP 0, FN 2: 4/6
AGAINST_NEUTRAL_FOR = np.array([[2, 1, 1, 0], [1, 2, 0, 0], [0, 1, 1, 1]])
BOARD_OF = (BoardLabel.OPPOSE, BoardLabel.NONE, BoardLabel.SUPPORT)


def test_the_board_by_hand() -> None:
    board = to_board(AGAINST_NEUTRAL_FOR, BOARD_OF)
    assert BOARD == (BoardLabel.SUPPORT, BoardLabel.OPPOSE, BoardLabel.NONE)
    assert board.tolist() == [[1, 0, 1, 1], [1, 2, 1, 0], [0, 1, 2, 0]]
    assert float(f_support_oppose(board)) == pytest.approx(float((Fraction(2, 5) + Fraction(4, 7)) / 2))
    assert float(gate_f1(board)) == pytest.approx(float((Fraction(8, 12) + Fraction(4, 7)) / 2))
    assert float(polarity_f1(board)) == pytest.approx(float((Fraction(2, 5) + Fraction(4, 6)) / 2))


@pytest.mark.parametrize("seed", range(10))
def test_the_board_equals_scikit_learn(seed: int) -> None:
    gold, predicted = random_case(seed, 80, 3)
    board = confusion(gold, predicted, 3)
    expected = f1_score(gold, predicted, labels=[0, 1], average="macro", zero_division=0)
    assert float(f_support_oppose(board)) == pytest.approx(expected)
    # A missing prediction (-1) is neither a position nor none.
    gates = np.where(predicted < 0, -1, predicted == 2)
    expected = f1_score(gold == 2, gates, labels=[0, 1], average="macro", zero_division=0)
    assert float(gate_f1(board)) == pytest.approx(expected)
    polar = gold != 2
    expected = f1_score(gold[polar], predicted[polar], labels=[0, 1], average="macro", zero_division=0)
    assert float(polarity_f1(board)) == pytest.approx(expected)


@pytest.mark.parametrize("metric", [metric for metric in METRICS.values() if metric.on_board])
def test_on_the_board_gold_against_gold_is_one_and_support_is_as_good_as_oppose(metric: Metric) -> None:
    gold, predicted = random_case(3, 60, 3)
    assert float(metric.compute(confusion(gold, gold, 3))) == 1
    turned = np.array([1, 0, 2, -1])
    board = confusion(gold, predicted, 3), confusion(turned[gold], turned[predicted], 3)
    assert float(metric.compute(board[0])) == pytest.approx(float(metric.compute(board[1])))
    # Leading dimensions are carried through.
    both = np.stack([board[0], confusion(gold, gold, 3)])
    assert metric.compute(both).tolist() == [float(metric.compute(board[0])), 1]


@pytest.mark.parametrize("seed", range(5))
def test_merged_labels_are_those_of_items_whose_labels_were_merged_before(seed: int) -> None:
    gold, predicted = random_case(seed, 70, 5)
    places = np.array([2, 0, 1, 0, 2, -1])
    before = confusion(places[gold], places[predicted], 3)
    assert merged(confusion(gold, predicted, 5), places[:-1].tolist(), 3).tolist() == before.tolist()
