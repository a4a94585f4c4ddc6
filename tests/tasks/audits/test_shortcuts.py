"""Models that do not read."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from standoff.evaluation.metrics import confusion, macro_f1
from standoff.evaluation.scores import score
from standoff.tasks.audits.shortcuts import find_shortcuts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from standoff.tasks.audits.shortcuts import Shortcut
    from standoff.tasks.task import LoadedTask

    Load = Callable[[Sequence[dict[str, Any]]], LoadedTask]

LABELS = ("neg", "none", "pos")


def rows(n: int = 300, seed: int = 0) -> list[dict[str, Any]]:
    """Return items whose label says nothing of the others, the last third of them test items."""
    rng = random.Random(seed)  # noqa: S311 - made-up items
    return [
        {
            "text": "word " * rng.randint(5, 50),
            "actor": rng.choice(["Ann", "Bo", "Cy"]),
            "target": rng.choice(["a plan", "a bill", "a law"]),
            "label": rng.choice(LABELS),
            "group": f"g{number // 3}",
            "split": "train" if number < 2 * n // 3 else "test",
        }
        for number in range(n)
    ]


def model(loaded: LoadedTask, sees: str) -> Shortcut:
    return next(one for one in find_shortcuts(loaded).models if one.sees == sees)


def above_chance(loaded: LoadedTask) -> list[str]:
    found = find_shortcuts(loaded)
    assert found.chance is not None
    return [one.sees for one in found.models if one.low is not None and one.low > found.chance + 0.05]


def test_nothing_is_found_where_labels_are_random(load: Load) -> None:
    found = find_shortcuts(load(rows()))
    assert above_chance(load(rows())) == []
    assert [one.sees for one in found.models] == ["target", "actor", "length"]
    assert (found.n, found.none_because) == (100, None)


@pytest.mark.parametrize("column", ["actor", "target"])
def test_a_column_that_tells_the_label_is_found(load: Load, column: str) -> None:
    names = {"neg": "Ann", "none": "Bo", "pos": "Cy"}
    found = load([row | {column: names[row["label"]]} for row in rows()])
    assert above_chance(found) == [column]
    assert model(found, column).macro_f1 == 1


def test_words_of_a_name_tell_the_label_of_one_that_was_not_seen(load: Load) -> None:
    names = {"neg": "Minister of War", "none": "Chair of Trade", "pos": "Envoy of Peace"}
    told = load([row | {"actor": f"{names[row['label']]} {number}"} for number, row in enumerate(rows())])
    assert model(told, "actor").macro_f1 == 1


def test_a_name_is_more_than_its_words(load: Load) -> None:
    names = {"neg": "US-China", "none": "US, China", "pos": "China US"}
    told = load([row | {"target": names[row["label"]]} for row in rows()])
    assert model(told, "target").macro_f1 == 1


def test_a_length_that_tells_the_label_is_found(load: Load) -> None:
    words = {"neg": 5, "none": 20, "pos": 40}
    told = load(
        [row | {"text": "word " * (words[row["label"]] + number % 7)} for number, row in enumerate(rows())]
    )
    assert above_chance(told) == ["length"]
    assert model(told, "length").macro_f1 == 1


def test_folds_are_predicted_in_turn(load: Load) -> None:
    folds = [row | {"split": f"fold-{number % 5 + 1}"} for number, row in enumerate(rows())]
    assert find_shortcuts(load(folds)).n == 300
    told = load([row | {"actor": f"{row['label']} {row['split']}"} for row in folds])
    assert model(told, "actor").macro_f1 == 1
    # An actor that stands in one fold only tells a model that has not seen the fold nothing.
    untold = load([row | {"actor": f"{row['label']}{row['split'][-1]}"} for row in folds])
    value = model(untold, "actor").macro_f1
    assert value is not None
    assert value < 0.5


def test_rare_labels_weigh_as_much_as_frequent_ones(load: Load) -> None:
    # A tenth is positive, all of it on Ann; of the others every third is: most items on Ann are not positive.
    made = [row | {"label": "pos" if number % 10 == 0 else "neg"} for number, row in enumerate(rows())]
    told = [row | {"actor": "Bo" if row["label"] == "neg" and n % 3 else "Ann"} for n, row in enumerate(made)]
    test = [row for row in told if row["split"] == "test"]
    said = ["pos" if row["actor"] == "Ann" else "neg" for row in test]
    table = confusion(
        np.array([LABELS.index(row["label"]) for row in test]),
        np.array([LABELS.index(label) for label in said]),
        3,
    )
    assert model(load(told), "actor").macro_f1 == pytest.approx(macro_f1(table))


def test_values_and_intervals_are_those_of_score(load: Load) -> None:
    told = load([row | {"target": row["label"] if number % 3 else "none"} for number, row in enumerate(rows())])
    test = told.split("test")
    expected = score(
        dict(zip(test["id"], test["label"], strict=True)),
        dict(zip(test["id"], test["target"], strict=True)),
        dict(zip(test["id"], test["group"], strict=True)),
        LABELS,
    ).primary
    found = model(told, "target")
    assert (found.macro_f1, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))


def test_chance_is_what_guessing_reaches(load: Load) -> None:
    rng = np.random.default_rng(0)
    gold, training = rng.choice(3, 600, p=[0.6, 0.3, 0.1]), rng.choice(3, 900, p=[0.2, 0.3, 0.5])
    made = [{"label": LABELS[label], "split": "train"} for label in training]
    made += [{"label": LABELS[label], "split": "test"} for label in gold]
    found = find_shortcuts(load(made))
    shares = np.bincount(training) / len(training)
    guesses = [macro_f1(confusion(gold, rng.choice(3, 600, p=shares), 3)) for _ in range(2000)]
    assert found.chance == pytest.approx(np.mean(guesses), abs=0.003)
    assert found.majority == pytest.approx(macro_f1(confusion(gold, np.full(600, 2), 3)))


def test_chance_by_hand(load: Load) -> None:
    shares = {"neg": 3, "none": 1}  # in training 3/4 and 1/4, in test 1/2 and 1/2; "pos" is in neither
    made = [{"label": label} for label, n in shares.items() for _ in range(n)]
    made += [{"label": label, "split": "test"} for label in shares]
    found = find_shortcuts(load(made))
    assert found.chance == pytest.approx((2 * 0.5 * 0.75 / 1.25 + 2 * 0.5 * 0.25 / 0.75) / 3)
    assert found.majority == pytest.approx((2 / 3) / 3)


def test_empty_and_constant_columns_have_no_model_and_say_so(load: Load) -> None:
    found = load([row | {"actor": "", "target": "the plan"} for row in rows()])
    assert model(found, "actor").none_because == "the task has no actor"
    assert model(found, "target").none_because == "every target is the same"
    assert model(found, "target").macro_f1 is None
    assert model(found, "length").none_because is None


def test_a_training_label_alone_is_always_given(load: Load) -> None:
    told = [row | ({"label": "neg"} if row["split"] == "train" else {}) for row in rows()]
    found = find_shortcuts(load(told))
    assert {one.macro_f1 for one in found.models} == {found.majority}


def test_too_few_groups_have_no_interval(load: Load) -> None:
    found = find_shortcuts(load([row | {"group": "one"} for row in rows()]))
    assert all(one.low is None and one.macro_f1 is not None for one in found.models)
    assert all("no interval" in str(one.none_because) for one in found.models)


@pytest.mark.parametrize("missing", ["train", "test"])
def test_without_training_or_test_items_there_is_nothing(load: Load, missing: str) -> None:
    found = find_shortcuts(load([row for row in rows() if row["split"] != missing]))
    assert (found.n, found.chance, found.models) == (0, None, ())
    assert found.none_because == f"there are no items in {missing}"
