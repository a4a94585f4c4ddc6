"""What baselines predict in an analysis, on the rounds that it may look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from standoff.experiments.analysis.predicted import Predicted
from standoff.experiments.fitting import ask, fit
from standoff.experiments.validation import validation_rounds
from standoff.tasks.task import FOLDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from sklearn.base import ClassifierMixin

    from standoff.tasks.task import LoadedTask

Round = tuple["pd.DataFrame", "pd.DataFrame"]


def fit_and_ask(
    baseline: str, rounds: Iterable[Round], *, parameters: Mapping[str, Any] | None = None, seed: int
) -> Predicted:
    """Return what a baseline predicts for the second frame of each round after fitting on the first."""
    return Predicted.joined(
        [asked(fit(baseline, train, parameters=parameters, seed=seed), items) for train, items in rounds]
    )


def asked(model: ClassifierMixin, items: pd.DataFrame) -> Predicted:
    """Return what a fitted model predicts for the items of a frame, beside their gold labels."""
    return Predicted(tuple(items["label"]), tuple(ask(model, items)), tuple(items["group"]))


def training_items(loaded: LoadedTask) -> pd.DataFrame:
    """Return what a model of the whole task is trained on: the split ``train``, or the items of all folds."""
    return loaded.split(FOLDS if loaded.folds else "train")


def rounds_until(loaded: LoadedTask, enough: int | None) -> list[Round]:
    """Return the first validation rounds that together hold out at least ``enough`` items; all for None."""
    chosen: list[Round] = []
    for one in validation_rounds(loaded):
        chosen.append(one)
        if enough is not None and sum(len(held_out) for _, held_out in chosen) >= enough:
            break
    return chosen
