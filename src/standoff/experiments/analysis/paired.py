"""The difference of two systems on the same items, and its mean over tasks, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from standoff.errors import InputError
from standoff.evaluation.metrics import macro_f1
from standoff.evaluation.resample import bootstrap, interval
from standoff.evaluation.scores import LEVEL, MIN_GROUPS, SEED, Estimate
from standoff.experiments.analysis.predicted import group_counts
from standoff.files import sha256_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.evaluation.metrics import Counts, FloatArray
    from standoff.experiments.analysis.predicted import Predicted

RESAMPLES = 10_000
"""Resamples behind an interval of a difference."""


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """How much more macro-F1 one system has than another on one task.

    Attributes:
        value: On all items, between -1 and 1.
        samples: On each of R resamples of the groups, of shape (R,).
        n_groups: Number of groups.
    """

    value: float
    samples: FloatArray
    n_groups: int

    @property
    def estimate(self) -> Estimate:
        """The value with its percentile interval; none where there are too few groups."""
        low, high = interval(self.samples, LEVEL) if self.n_groups >= MIN_GROUPS else (None, None)
        return Estimate(self.value, low, high)

    @property
    def p(self) -> float | None:
        """The two-sided p value of no difference; None where there are too few groups for an interval.

        Twice the smaller share of resamples on one side of zero, by which the percentile interval just leaves
        zero out. Each count has one added, so that it is never 0 (Davison and Hinkley 1997, Bootstrap Methods
        and their Application, 4.2).
        """
        if self.n_groups < MIN_GROUPS:
            return None
        samples = self.samples.round(12)  # what is zero but for the order of adding up is zero
        fewer = min(int((samples <= 0).sum()), int((samples >= 0).sum()))
        return min(1.0, 2 * (fewer + 1) / (len(self.samples) + 1))


def difference(
    ours: Predicted, theirs: Predicted, labels: Sequence[str], *, seed: int, resamples: int = RESAMPLES
) -> Difference:
    """Return the paired difference in macro-F1, ours minus theirs: both are scored on the same resamples.

    Args:
        ours: What one system predicted.
        theirs: What the other predicted for the same items in the same order.
        labels: The inventory; a prediction outside it is wrong for its gold label.
        seed: Seed of the resamples; see :func:`task_seed`.
        resamples: R.

    Raises:
        InputError: The two are not over the same items.
    """
    if (ours.gold, ours.groups) != (theirs.gold, theirs.groups):
        raise InputError("a paired difference is over the same items in the same order")
    # Both tables of a group stand above one another, so that one draw of groups resamples both.
    counts = np.concatenate([group_counts(ours, labels), group_counts(theirs, labels)], axis=1)

    def minus(both: Counts) -> FloatArray:
        return macro_f1(both[..., : len(labels), :]) - macro_f1(both[..., len(labels) :, :])

    samples = bootstrap(counts, minus, resamples=resamples, seed=seed)
    return Difference(float(minus(counts.sum(axis=0))), samples, len(counts))


def reached(one: Predicted, labels: Sequence[str], *, seed: int = SEED, resamples: int = RESAMPLES) -> Estimate:
    """Return the macro-F1 of one system with its interval by the bootstrap over groups."""
    counts = group_counts(one, labels)
    samples = bootstrap(counts, macro_f1, resamples=resamples, seed=seed)
    return Difference(float(macro_f1(counts.sum(axis=0))), samples, len(counts)).estimate


def mean_difference(differences: Sequence[Difference]) -> Difference:
    """Return the mean over tasks, with its resamples.

    The tasks are fixed, their groups are not: in each resample the groups of every task are drawn anew, apart from
    those of the other tasks, and the mean is taken. So the interval says what other articles of the same tasks
    would have changed, and nothing about other tasks. There is no interval if a task has too few groups.

    Raises:
        InputError: There is no task.
    """
    if not differences:
        raise InputError("a mean over tasks needs at least one task")
    value = float(np.mean([one.value for one in differences]))
    samples = np.mean([one.samples for one in differences], axis=0)
    return Difference(value, samples, min(one.n_groups for one in differences))


def holm(values: Sequence[float]) -> list[float]:
    """Return p values that are adjusted for their number, in the order given.

    The k-th smallest of n is multiplied by n - k + 1, and none ends below a smaller one: taking those below 0.05
    for real is wrong about any of them in at most 5 % of cases, however they depend on one another (Holm 1979, A
    simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6:65-70).
    """
    adjusted = [0.0] * len(values)
    reached = 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=lambda place: values[place])):
        reached = max(reached, min(1.0, (len(values) - rank) * values[place]))
        adjusted[place] = reached
    return adjusted


def task_seed(seed: int, address: str) -> int:
    """Return the seed for one task: with one seed for all, tasks with as many groups would be drawn alike."""
    return int(sha256_text(f"{seed}:{address}")[:8], 16)
