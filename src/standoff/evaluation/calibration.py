"""How far probabilities can be believed: Brier score, calibration error, and the bins of a reliability plot.

All of it is computed from sums over groups, as metrics are from counts, so that it is resampled in the same way.
Probabilities are taken in millionths: sums of whole numbers are exact, in whatever order they are added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from standoff.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.evaluation.metrics import Counts, FloatArray, IntArray

N_BINS = 10
"""Bins of equal width for the probability of the most probable label."""

UNIT = 1_000_000
"""Parts of one."""

WORST_BRIER = 2
"""The Brier score of all probability on one wrong label, which is what a missing prediction counts as."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Items by the probability of their most probable label.

    Attributes:
        low: Where the bin starts.
        high: Where it ends; only the last one includes its end.
        n: Number of items.
        mean: Their mean probability; None where there is no item.
        right: The share of them whose most probable label is the gold one; None where there is no item.
    """

    low: float
    high: float
    n: int
    mean: float | None
    right: float | None


def calibration_sums(gold: IntArray, probabilities: FloatArray, groups: Sequence[str]) -> IntArray:
    """Return what the scores of probabilities need of each group, of shape (G, 1 + bins, 3), in sorted order.

    Row 0 holds the number of items, their Brier scores in millionths, and 0. Each other row holds of a bin the
    number of items, their largest probabilities in millionths, and how many are right. A missing one is in none.

    Args:
        gold: Shape (n,): label indices.
        probabilities: Shape (n, L), rows of NaN where the prediction is missing.
        groups: The n items' groups.

    Raises:
        InputError: The lengths differ.
    """
    if not len(gold) == len(probabilities) == len(groups):
        raise InputError(
            "each item has one gold label, one row of probabilities and one group",
            got=f"{len(gold)}, {len(probabilities)}, {len(groups)}",
        )
    here = np.asarray(~np.isnan(probabilities).any(axis=1))
    given = np.where(here[:, None], probabilities, 0.0)
    truth = np.eye(probabilities.shape[1])[gold]
    brier = np.where(here, ((given - truth) ** 2).sum(axis=1), WORST_BRIER)
    largest = given.max(axis=1)
    bins = 1 + np.minimum((largest * N_BINS).astype(np.int64), N_BINS - 1)
    rank = {group: place for place, group in enumerate(sorted(set(groups)))}
    rows = np.fromiter((rank[group] for group in groups), dtype=np.int64, count=len(groups))
    sums = np.zeros((len(rank), 1 + N_BINS, 3), dtype=np.int64)
    right = given.argmax(axis=1) == gold
    of_all = np.stack([np.ones_like(rows), _in_units(brier), np.zeros_like(rows)], axis=1)
    of_here = np.stack([np.ones_like(rows), _in_units(largest), right.astype(np.int64)], axis=1)
    add: Any = np.add.at  # its stub does not know tuples of indices
    add(sums, (rows, 0), of_all)
    add(sums, (rows[here], bins[here]), of_here[here])
    return sums


def brier_score(sums: Counts) -> FloatArray:
    """Return the mean over items of the squared distance to the gold label, of shape (...), from 0 to 2.

    The distance is the sum over labels of (probability - 1 for the gold label, else 0) squared (Brier 1950,
    Verification of forecasts expressed in terms of probability, Monthly Weather Review 78:1-3).

    Args:
        sums: Shape (..., 1 + bins, 3); see :func:`calibration_sums`.
    """
    return np.asarray(sums[..., 0, 1] / (UNIT * np.maximum(sums[..., 0, 0], 1)), dtype=np.float64)


def calibration_error(sums: Counts) -> FloatArray:
    """Return the expected calibration error, of shape (...), from 0 to 1.

    By how much the probability of the most probable label is off from how often that label is right, in each bin,
    averaged over the items in bins (Naeini, Cooper and Hauskrecht 2015, Obtaining well calibrated probabilities
    using Bayesian binning, AAAI). With few items in a bin, chance alone keeps it above 0.

    Args:
        sums: Shape (..., 1 + bins, 3); see :func:`calibration_sums`.
    """
    gaps = np.abs(sums[..., 1:, 1] / UNIT - sums[..., 1:, 2]).sum(axis=-1)
    return np.asarray(gaps / np.maximum(sums[..., 1:, 0].sum(axis=-1), 1), dtype=np.float64)


def reliability(sums: Counts) -> tuple[Bin, ...]:
    """Return the bins from sums of shape (1 + bins, 3)."""
    found = []
    for place, (n, units, right) in enumerate(sums[1:].tolist()):
        mean, share = (units / UNIT / n, right / n) if n else (None, None)
        found.append(Bin(place / N_BINS, (place + 1) / N_BINS, int(n), mean, share))
    return tuple(found)


def _in_units(values: FloatArray) -> Any:
    return np.rint(values * UNIT).astype(np.int64)
