from __future__ import annotations

import pytest

from standoff.experiments.analysis.fitting import asked, fit_and_ask, rounds_until, training_items
from standoff.experiments.fitting import fit
from standoff.tasks.frame import SHOWN
from standoff.tasks.registry import load_task

pytestmark = pytest.mark.usefixtures("toy")


def test_a_model_sees_neither_labels_nor_slices(counts: str, seen: list[tuple[str, list[str]]]) -> None:
    loaded = load_task("toy")
    found = fit_and_ask(counts, loaded.rounds(), seed=1)
    assert {"fit", "predict"} <= {what for what, _ in seen}
    assert all(columns == list(SHOWN) for _, columns in seen)
    assert found.gold == tuple(loaded.split("test")["label"])
    assert found.groups == tuple(loaded.split("test")["group"])
    assert found.predicted == found.gold


def test_what_is_asked_of_a_model_is_what_it_predicts(counts: str) -> None:
    loaded = load_task("toy")
    model = fit(counts, loaded.split("train"), parameters={"words": False}, seed=1)
    assert set(asked(model, loaded.split("test")).predicted) == {"neg"}


def test_training_items_are_the_split_or_all_folds() -> None:
    assert set(training_items(load_task("toy"))["split"]) == {"train"}
    folds = load_task("toy", split_set="folds")
    assert len(training_items(folds)) == len(folds.frame)


def test_rounds_are_taken_until_enough_items_are_held_out() -> None:
    loaded = load_task("toy")
    every = rounds_until(loaded, None)
    assert len(every) == 5
    assert len(rounds_until(loaded, 1)) == 1
    first = len(every[0][1])
    assert len(rounds_until(loaded, first)) == 1
    assert len(rounds_until(loaded, first + 1)) == 2
    assert len(rounds_until(loaded, 10_000)) == 5
    test = set(loaded.split("test")["id"])
    assert not any(test & {*train["id"], *held_out["id"]} for train, held_out in every)
