"""What was predicted for items, beside their gold labels, from a recorded run or from a model fitted here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from standoff.errors import InputError
from standoff.evaluation.align import MISSING
from standoff.evaluation.metrics import macro_f1
from standoff.evaluation.resample import cluster_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.evaluation.metrics import IntArray


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


def group_counts(one: Predicted, labels: Sequence[str]) -> IntArray:
    """Return the counts of each group, of shape (G, L, L + 1); a prediction outside ``labels`` is a missing one.

    Raises:
        InputError: A gold label is outside the inventory.
    """
    index = {label: position for position, label in enumerate(labels)}
    if outside := sorted(set(one.gold) - set(index)):
        raise InputError("gold labels outside the inventory", got=outside, expected=", ".join(labels))
    gold = np.array([index[label] for label in one.gold], dtype=np.int64)
    predicted = np.array([index.get(label, MISSING) for label in one.predicted], dtype=np.int64)
    return cluster_counts(gold, predicted, one.groups, len(labels))


def macro_f1_of(one: Predicted, labels: Sequence[str]) -> float:
    """Return macro-F1 over all items; raises as :func:`group_counts`."""
    return float(macro_f1(group_counts(one, labels).sum(axis=0)))
