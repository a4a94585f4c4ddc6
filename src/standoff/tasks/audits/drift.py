"""How far the labels of one split are distributed otherwise than those of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from standoff.tasks.audits.leaks import comparisons

if TYPE_CHECKING:
    from standoff.tasks.task import LoadedTask

DISTANCE = 0.05
SURE = 0.001
"""Labels drift when at least 5 % of a split's items would need another label, and chance gives that too seldom."""


@dataclass(frozen=True, slots=True)
class Drift:
    """How the labels of a split differ from those that a model is trained on.

    Attributes:
        split: A later split, or a fold.
        against: ``train``, or the other folds.
        distance: Total variation distance: half the sum of the absolute differences of the labels' shares.
        p_value: Of the chi-squared test of homogeneity. It takes items as independent; those of one group are
            not, so it is too small where groups are large.
        drifts: Whether distance and p-value pass :data:`DISTANCE` and :data:`SURE`.
    """

    split: str
    against: str
    distance: float
    p_value: float
    drifts: bool


def find_drift(loaded: LoadedTask) -> tuple[Drift, ...]:
    """Return the drift of each later split against train, or of each fold against the others."""
    from scipy.stats import chi2_contingency  # noqa: PLC0415 - a second that other checks need not pay

    frame, found = loaded.frame, []
    for split, against, others in comparisons(loaded):
        if not loaded.folds and against != "train":
            continue
        parts = (frame["split"] == split, frame["split"].isin(others))
        table = np.array(
            [[(frame["label"][part] == label).sum() for label in loaded.task.labels] for part in parts]
        )
        table = table[:, table.any(axis=0)]
        shares = table / table.sum(axis=1, keepdims=True)
        distance = float(np.abs(shares[0] - shares[1]).sum() / 2)
        p_value = float(chi2_contingency(table, correction=False).pvalue) if table.shape[1] > 1 else 1.0
        found.append(Drift(split, against, distance, p_value, distance > DISTANCE and p_value < SURE))
    return tuple(found)
