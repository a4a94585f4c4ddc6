"""Validation inside the training items, on which everything is chosen: test items are for recorded runs only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.model_selection import GroupKFold

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from standoff.tasks.task import LoadedTask

FOLDS = 5
"""Of the training and validation items of a task with splits."""

INNER_FOLDS = 3
"""Of the training items of each round of a cross-validated task."""


def validation_rounds(loaded: LoadedTask) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield pairs of items to train on and items held out, groups whole, none of them scored in that round.

    With splits, the items of ``train`` and ``validation`` are cut into :data:`FOLDS` folds. With folds, the
    training items of each round are cut into :data:`INNER_FOLDS`: a model is chosen without the fold that it is
    scored on, but what is chosen for all rounds together has seen each fold as a validation fold of another round.
    """
    if loaded.folds:
        for train, _ in loaded.rounds():
            yield from _cut(train, INNER_FOLDS)
    else:
        known = loaded.frame[loaded.frame["split"].isin(("train", "validation"))].reset_index(drop=True)
        yield from _cut(known, FOLDS)


def _cut(frame: pd.DataFrame, folds: int) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    for train, held_out in GroupKFold(folds).split(frame, groups=frame["group"]):
        yield frame.iloc[train].reset_index(drop=True), frame.iloc[held_out].reset_index(drop=True)
