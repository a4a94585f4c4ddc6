"""The four-way view: seeking for oneself apart from supporting, where a task's items have the finer label.

A task whose labels are the board's may have a slice column ``stance``: the gold label in the corpus's own values.
A system may predict these, for all items, in place of the board's labels; it is then scored both ways. Of any
system it can be seen how the board's labels fall on the finer ones.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from standoff.evaluation.predictions import Predictions
from standoff.evaluation.scores import score
from standoff.records import BOARD_LABEL, BoardLabel, Stance

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from standoff.evaluation.scores import Estimate

COLUMN = "stance"
FOUR = tuple(stance for stance in Stance if BOARD_LABEL[stance] is not None)
"""The stances that are on the board, in the corpus's order."""


@dataclass(frozen=True, slots=True)
class FourWay:
    """How a system does on the finer labels.

    Attributes:
        labels: The four stances.
        macro_f1: Over the four; None for a system that predicts the board's labels.
        predicted: What the columns of ``counts`` are: the four, or the board's labels; then None, for missing.
        counts: Four rows (gold) of counts (predicted, then missing).
    """

    labels: tuple[str, ...]
    macro_f1: Estimate | None
    predicted: tuple[str | None, ...]
    counts: tuple[tuple[int, ...], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the view as JSON-ready values."""
        return {
            "macro_f1": asdict(self.macro_f1) if self.macro_f1 else None,
            "confusion": {
                "gold": list(self.labels),
                "predicted": list(self.predicted),
                "counts": [list(row) for row in self.counts],
            },
        }


def has_four_way(rows: pd.DataFrame, labels: tuple[str, ...]) -> bool:
    """Return whether the items of a task have the finer label.

    Args:
        rows: Items.
        labels: The task's inventory.
    """
    return set(labels) == {*BoardLabel} and COLUMN in rows and set(rows[COLUMN]) <= {*FOUR}


def predicts_four(labels: Mapping[str, str]) -> bool:
    """Return whether the labels that are predicted are the four stances, and not the board's."""
    return bool(labels) and set(labels.values()) <= {*FOUR}


def as_scored(rows: pd.DataFrame, labels: tuple[str, ...], predictions: Predictions) -> Predictions:
    """Return predictions by a task's own labels: stances become labels of the board where that is what they are.

    Args:
        rows: The items that are scored.
        labels: The task's inventory.
        predictions: As they were given.
    """
    if not (has_four_way(rows, labels) and predicts_four(predictions.labels)):
        return predictions
    on_board = {item: str(BOARD_LABEL[Stance(stance)]) for item, stance in predictions.labels.items()}
    if predictions.probabilities is None:
        return Predictions(on_board)
    if any(not {*FOUR} >= shares.keys() for shares in predictions.probabilities.values()):
        return Predictions(on_board, predictions.probabilities)  # to be refused with its labels
    summed: dict[str, dict[str, float]] = {}
    for item, shares in predictions.probabilities.items():
        summed[item] = dict.fromkeys(labels, 0.0)
        for stance, share in shares.items():
            summed[item][str(BOARD_LABEL[Stance(stance)])] += share
    return Predictions(on_board, summed)


def four_way(rows: pd.DataFrame, labels: Mapping[str, str], *, resamples: int, seed: int) -> FourWay:
    """Return the four-way view of predictions.

    Args:
        rows: The items that are scored.
        labels: Item id to what is predicted: one of the four for all, or the board's.
        resamples: Number of resamples of the bootstrap over groups.
        seed: Its seed.
    """
    gold = dict(zip(rows["id"], rows[COLUMN], strict=True))
    here = {item: labels[item] for item in gold if item in labels}
    if predicts_four(labels):
        groups = dict(zip(rows["id"], rows["group"], strict=True))
        scores = score(gold, here, groups, FOUR, resamples=resamples, seed=seed)
        return FourWay(FOUR, scores.primary, (*FOUR, None), scores.confusion)
    columns = (*BoardLabel, None)
    counts = [
        [sum(1 for one in gold if (gold[one], here.get(one)) == (row, to)) for to in columns] for row in FOUR
    ]
    return FourWay(FOUR, None, columns, tuple(map(tuple, counts)))
