"""What baselines predict in an analysis, on the rounds that it may look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standoff.experiments.fitting import ask, fit
from standoff.experiments.validation import validation_rounds
from standoff.tasks.task import FOLDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from sklearn.base import ClassifierMixin

    from standoff.tasks.task import LoadedTask

Round = tuple["pd.DataFrame", "pd.DataFrame"]


@dataclass(frozen=True, slots=True)
class Predicted:
    """Items that were predicted, in order; an item held out in several rounds is there once for each.

    Attributes:
        gold: The n gold labels.
        predicted: The n predicted labels.
        groups: The n groups.
    """

    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    groups: tuple[str, ...]

    @classmethod
    def joined(cls, parts: Sequence[Predicted]) -> Predicted:
        """Return the items of all parts, in order."""
        return cls(
            tuple(label for part in parts for label in part.gold),
            tuple(label for part in parts for label in part.predicted),
            tuple(group for part in parts for group in part.groups),
        )


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
