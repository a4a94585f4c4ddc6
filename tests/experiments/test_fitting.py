from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from standoff.baselines import registry
from standoff.baselines.registry import Baseline
from standoff.errors import InputError
from standoff.experiments.config import RunConfig
from standoff.experiments.fitting import ask, fit, shown
from standoff.experiments.run import run
from standoff.experiments.training import train
from standoff.tasks.frame import SHOWN
from standoff.tasks.registry import load_task

SEEN: list[list[str]] = []


class Cheat(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Looks for the gold label in a slice column, if it is shown one."""

    def __init__(self, column: str = "stance") -> None:
        self.column = column

    def fit(self, X: pd.DataFrame, y: Sequence[str]) -> Self:  # noqa: N803 - scikit-learn's name
        SEEN.append(list(X.columns))
        self.classes_ = np.unique(np.asarray(y))
        return self

    def predict(self, X: pd.DataFrame) -> npt.NDArray[np.str_]:  # noqa: N803 - the same
        SEEN.append(list(X.columns))
        predicted: npt.NDArray[np.str_] = np.asarray(X.get(self.column, pd.Series(["none"] * len(X))))
        return predicted


class Reader(Cheat):
    """Insists on the column when it is fitted."""

    def fit(self, X: pd.DataFrame, y: Sequence[str]) -> Self:  # noqa: N803 - scikit-learn's name
        X[self.column].unique()
        return super().fit(X, y)


@pytest.fixture
def cheat(monkeypatch: pytest.MonkeyPatch) -> None:
    SEEN.clear()
    module = ModuleType("cheating")
    module.Cheat, module.Reader = Cheat, Reader  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cheating", module)
    for name in ("Cheat", "Reader"):
        monkeypatch.setitem(registry.BASELINES, name.lower(), Baseline(f"cheating:{name}", "ours", ("text",)))


@pytest.mark.usefixtures("cheat")
def test_a_run_shows_no_column_that_is_made_with_the_label(tmp_path: Path) -> None:
    done = run(RunConfig(task="intervention", baseline="cheat"), tmp_path / "run")
    assert SEEN
    assert all(columns == list(SHOWN) for columns in SEEN)
    assert done.evaluation.scores.primary.value < 0.5


@pytest.mark.usefixtures("cheat")
def test_training_a_model_shows_none_either(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape("KeyError: 'stance'")) as refused:
        train(RunConfig(task="intervention", baseline="reader"), tmp_path / "model")
    assert "fitted on the columns id, group, text, actor, target" in str(refused.value)
    assert not (tmp_path / "model").exists()


def test_what_is_shown_is_neither_label_nor_split_nor_slice() -> None:
    items = load_task("intervention").split("validation")
    assert not {"label", "split", "stance", "kind"} & set(SHOWN)
    assert list(shown(items).columns) == list(SHOWN)


def test_labels_are_texts_in_the_order_of_the_items() -> None:
    loaded = load_task("intervention")
    items = loaded.split("validation")
    model = fit("stratified", loaded.split("train"), seed=3)
    labels = ask(model, items)
    assert [type(label) for label in labels] == [str] * len(items)
    assert ask(model, items.iloc[::-1]) == labels[::-1]


def test_what_cannot_be_fitted_is_refused_with_the_parameters() -> None:
    items = load_task("intervention").split("train")
    with pytest.raises(InputError, match="one class only") as refused:
        fit("tfidf_svm", items[items["label"] == "none"], parameters={"candidates": [0.1]}, seed=1)
    assert "candidates" in str(refused.value)
