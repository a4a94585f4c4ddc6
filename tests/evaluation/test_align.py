from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from standoff.errors import InputError
from standoff.evaluation.align import MISSING, align
from standoff.evaluation.predictions import Predictions

LABELS = ("neg", "pos")
GOLD = {"c": "pos", "a": "neg", "b": "pos"}


def refusal(
    gold: dict[str, str], predicted: dict[str, str] | Predictions, labels: tuple[str, ...] = LABELS
) -> str:
    with pytest.raises(InputError) as caught:
        align(gold, predicted, labels)
    return str(caught.value)


def test_indices_in_the_order_of_the_gold_labels() -> None:
    aligned = align(GOLD, {"a": "pos", "b": "pos", "c": "neg"}, LABELS)
    assert aligned.ids == ("c", "a", "b")
    assert aligned.gold.tolist() == [1, 0, 1]
    assert aligned.predicted.tolist() == [0, 1, 1]
    assert aligned.missing == ()
    assert aligned.gold.dtype == aligned.predicted.dtype == np.int64


def test_indices_follow_the_order_of_the_inventory() -> None:
    aligned = align(GOLD, GOLD, ("pos", "neg"))
    assert aligned.gold.tolist() == aligned.predicted.tolist() == [0, 1, 0]


def test_the_order_of_the_predictions_does_not_matter() -> None:
    one = align(GOLD, {"a": "pos", "b": "neg", "c": "neg"}, LABELS)
    other = align(GOLD, {"c": "neg", "b": "neg", "a": "pos"}, LABELS)
    assert one.predicted.tolist() == other.predicted.tolist()


def test_a_missing_prediction_is_a_hole() -> None:
    aligned = align(GOLD, {"a": "pos"}, LABELS)
    assert aligned.predicted.tolist() == [MISSING, 0 + 1, MISSING]
    assert aligned.missing == ("c", "b")


def test_no_prediction_at_all_is_only_holes() -> None:
    aligned = align(GOLD, {}, LABELS)
    assert aligned.missing == aligned.ids
    assert aligned.predicted.tolist() == [MISSING] * 3


def test_extra_ids_are_refused() -> None:
    message = refusal(GOLD, {"a": "neg", "z": "pos", "a ": "neg"})
    assert "ids that are not items of the task: 2" in message
    assert "outside the inventory" not in message
    assert "id 'z': not an item of the task" in message
    assert "id 'a ': not an item of the task" in message
    assert "the task's 3 items" in message


@pytest.mark.parametrize(
    ("label", "hint"),
    [
        ("positive", " (did you mean 'pos'?)"),
        ("NEG", " (did you mean 'neg'?)"),
        ("    pos \n", " (did you mean 'pos'?)"),
        ("1", ""),
    ],
)
def test_an_unknown_label_is_refused_with_the_nearest(label: str, hint: str) -> None:
    message = refusal(GOLD, {"a": label})
    assert "labels outside the inventory: 1" in message
    assert f"id 'a': label {label!r} is unknown{hint}\n" in message
    assert "each one of 'neg', 'pos'" in message


def test_the_suggestion_keeps_the_spelling_of_the_inventory() -> None:
    assert "did you mean 'Against'?" in refusal({"a": "Against"}, {"a": "against"}, ("Against", "Favor"))


def test_a_label_that_is_no_text_is_refused_as_unknown() -> None:
    assert "label nan is unknown" in refusal(GOLD, {"a": float("nan")})  # type: ignore[dict-item]


def test_totals_by_kind_and_the_first_twenty() -> None:
    predicted = {f"x{i:02}": "pos" for i in range(18)} | {"a": "po", "y": "maybe"} | {"b": "ne"}
    message = refusal(GOLD, predicted)
    assert "ids that are not items of the task: 19 and labels outside the inventory: 3; the first 20:" in message
    assert message.count("\n  - ") == 20
    # In the order of the predictions: 18 extra ids, a's label, y's id; y's label and b's are counted only.
    assert "id 'x17': not an item" in message
    assert "id 'a': label 'po' is unknown" in message
    assert "id 'y': not an item" in message
    assert "id 'y': label" not in message
    assert "'ne'" not in message


def test_a_gold_label_outside_the_inventory_blames_the_data() -> None:
    message = refusal(GOLD | {"d": "neutral"}, GOLD)
    assert "the gold data has labels outside the task's inventory, 1 in all" in message
    assert "item 'd': label 'neutral'" in message
    assert "the predictions are not at fault" in message


def test_no_gold_labels() -> None:
    assert "no gold labels" in refusal({}, {})


def test_an_inventory_names_each_label_once() -> None:
    assert "each label once" in refusal(GOLD, GOLD, ("neg", "pos", "neg"))


def test_a_very_long_label_is_not_compared() -> None:
    label = "neg" * 1_000_000
    tracemalloc.start()
    message = refusal(GOLD, {"a": label})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "did you mean" not in message
    assert len(message) < 1000
    assert peak < 20_000_000  # to compare it would take some forty times its length


def test_an_id_in_another_spelling_of_unicode_is_another_id() -> None:
    gold = {"caf\xe9": "pos", "b": "neg"}
    message = refusal(gold, {"cafe\u0301": "pos", "th\xe9": "neg"})
    assert "not an item of the task; it differs from 'caf\\xe9' by Unicode normalisation only" in message
    assert message.count("normalisation") == 1


SHARES = {"a": {"pos": 0.25, "neg": 0.75}, "c": {"neg": 0.0, "pos": 1.0}}


def test_probabilities_in_the_order_of_gold_labels_and_inventory() -> None:
    aligned = align(GOLD, Predictions({"a": "neg", "c": "pos"}, SHARES), LABELS)
    assert aligned.probabilities is not None
    assert aligned.probabilities.dtype == np.float64
    np.testing.assert_array_equal(aligned.probabilities, [[0.0, 1.0], [0.75, 0.25], [np.nan, np.nan]])
    assert aligned.predicted.tolist() == [1, 0, MISSING]
    turned = align(GOLD, Predictions({"a": "neg", "c": "pos"}, SHARES), ("pos", "neg"))
    np.testing.assert_array_equal(turned.probabilities, aligned.probabilities[:, ::-1])


def test_predictions_without_probabilities() -> None:
    for predictions in (GOLD, Predictions(GOLD)):
        aligned = align(GOLD, predictions, LABELS)
        assert aligned.probabilities is None
        assert aligned.predicted.tolist() == [1, 0, 1]


def test_probabilities_of_no_item_at_all() -> None:
    aligned = align(GOLD, Predictions({}, {}), LABELS)
    assert aligned.probabilities is not None
    assert aligned.probabilities.shape == (3, 2)
    assert np.isnan(aligned.probabilities).all()


@pytest.mark.parametrize(
    ("shares", "kinds", "says"),
    [
        (
            {"neg": 0.5, "pos": 0.25, "neu": 0.25},
            "items with probabilities of labels outside the inventory: 1",
            ["there are probabilities of 'neu', and no such labels"],
        ),
        ({"neg": 1.0}, "items without the probability of a label: 1", ["there is no probability of 'pos'"]),
        (
            {"negative": 0.5, "positive": 0.5},
            "labels outside the inventory: 1 and items without the probability of a label: 1",
            ["there are probabilities of 'negative', 'positive', and", "there is no probability of 'neg', 'pos'"],
        ),
    ],
)
def test_probabilities_are_those_of_the_inventory(shares: dict[str, float], kinds: str, says: list[str]) -> None:
    message = refusal(GOLD, Predictions({"c": "pos", "a": "neg"}, {"c": shares, "a": SHARES["a"]}))
    assert kinds in message
    for one in says:
        assert f"\n  - id 'c': {one}" in message
    assert "id 'a'" not in message


def test_probabilities_of_thousands_of_labels_are_counted() -> None:
    shares = dict.fromkeys([*LABELS, *(f"{i}" + "x" * 1000 for i in range(5000))], 1 / 5002)
    predictions = Predictions(dict.fromkeys(GOLD, "neg"), dict.fromkeys(GOLD, shares))
    message = refusal(GOLD, predictions)
    assert "and 4,995 more" in message
    assert len(message) < 3000


def test_probabilities_and_labels_are_counted_together() -> None:
    labels = {f"x{i:02}": "pos" for i in range(15)} | {"a": "po"}
    message = refusal(GOLD, Predictions(labels, {item: {"neg": 1.0} for item in labels}))
    assert (
        "ids that are not items of the task: 15 and labels outside the inventory: 1 "
        "and items without the probability of a label: 16; the first 20:"
    ) in message
    assert message.count("\n  - ") == 20
