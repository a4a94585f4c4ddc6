from __future__ import annotations

import pytest
from sklearn.metrics import f1_score

from standoff.errors import InputError
from standoff.experiments.analysis.predicted import Predicted, group_counts, macro_f1_of

LABELS = ("neg", "pos")
SOME = Predicted(
    gold=("neg", "neg", "pos", "pos", "neg"),
    predicted=("neg", "pos", "pos", "odd", "odd"),
    groups=("b", "a", "a", "b", "b"),
)


def test_parts_are_joined_in_order() -> None:
    one, two = Predicted(("a",), ("b",), ("g",)), Predicted(("c",), ("d",), ("h",))
    assert Predicted.joined([one, two]) == Predicted(("a", "c"), ("b", "d"), ("g", "h"))
    assert Predicted.joined([two, one]).gold == ("c", "a")


def test_counts_are_by_group_and_a_prediction_outside_the_inventory_is_a_missing_one() -> None:
    # Gold in rows; predicted neg, pos, missing in columns.
    assert group_counts(SOME, LABELS).tolist() == [[[0, 1, 0], [0, 1, 0]], [[1, 0, 1], [0, 0, 1]]]


def test_macro_f1_takes_what_is_outside_the_inventory_for_wrong() -> None:
    expected = f1_score(SOME.gold, SOME.predicted, labels=LABELS, average="macro", zero_division=0)
    assert macro_f1_of(SOME, LABELS) == pytest.approx(expected)


def test_a_gold_label_outside_the_inventory_is_refused() -> None:
    with pytest.raises(InputError, match="outside the inventory"):
        group_counts(SOME, ("neg", "neutral"))
    with pytest.raises(InputError, match="outside the inventory"):
        macro_f1_of(SOME, ("neg", "neutral"))
