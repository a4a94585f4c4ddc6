"""The difference of two systems on the same items, and its mean over tasks, with intervals and p values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from standoff.errors import InputError
from standoff.evaluation.metrics import macro_f1
from standoff.evaluation.resample import bootstrap, effective_groups, groups_of_mean, interval
from standoff.evaluation.scores import LEVEL, MIN_GROUPS, SEED, Estimate
from standoff.evaluation.significance import differences, p_value, randomised_differences
from standoff.experiments.analysis.predicted import group_counts
from standoff.files import sha256_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.evaluation.metrics import FloatArray
    from standoff.experiments.analysis.predicted import Predicted

RESAMPLES = 10_000
"""Resamples behind an interval of a difference, and random assignments behind its p value."""

_PAIR = ((0, 1),)


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """How much more macro-F1 one system has than another on one task.

    Attributes:
        value: On all items, between -1 and 1.
        samples: On each of R resamples of the groups, of shape (R,).
        randomised: With the two systems swapped at random in each group, R times, of shape (R,).
        n_groups: Number of groups.
        worth: How many groups of equal size they are worth; see
            :func:`standoff.evaluation.resample.effective_groups`.
    """

    value: float
    samples: FloatArray
    randomised: FloatArray
    n_groups: int
    worth: float

    @property
    def estimate(self) -> Estimate:
        """The value with its interval; none where there are too few groups."""
        return _estimate(self.value, self.samples, self.n_groups, self.worth)

    @property
    def p(self) -> float:
        """The two-sided p value of no difference, by randomisation: it holds for any number of groups."""
        return p_value(self.value, self.randomised)


def difference(
    ours: Predicted, theirs: Predicted, labels: Sequence[str], *, seed: int, resamples: int = RESAMPLES
) -> Difference:
    """Return the paired difference in macro-F1, ours minus theirs: both are scored on the same resamples.

    Args:
        ours: What one system predicted.
        theirs: What the other predicted for the same items in the same order.
        labels: The inventory; a prediction outside it is wrong for its gold label.
        seed: Seed of the resamples and of the random assignments; see :func:`task_seed`.
        resamples: R.

    Raises:
        InputError: The two are not over the same items.
    """
    if (ours.gold, ours.groups) != (theirs.gold, theirs.groups):
        raise InputError("a paired difference is over the same items in the same order")
    counts = np.stack([group_counts(ours, labels), group_counts(theirs, labels)], axis=1)
    samples = differences(bootstrap(counts, macro_f1, resamples=resamples, seed=seed), _PAIR)
    randomised = randomised_differences(counts, macro_f1, _PAIR, permutations=resamples, seed=seed)
    value = differences(macro_f1(counts.sum(axis=0)), _PAIR)
    return Difference(
        float(value[0]), samples[:, 0], randomised[:, 0], len(counts), effective_groups(counts[:, 0])
    )


def reached(one: Predicted, labels: Sequence[str], *, seed: int = SEED, resamples: int = RESAMPLES) -> Estimate:
    """Return the macro-F1 of one system with its interval by the bootstrap over groups."""
    counts = group_counts(one, labels)
    samples = bootstrap(counts, macro_f1, resamples=resamples, seed=seed)
    return _estimate(float(macro_f1(counts.sum(axis=0))), samples, len(counts), effective_groups(counts))


def mean_difference(found: Sequence[Difference]) -> Difference:
    """Return the mean over tasks, with its resamples and random assignments.

    The tasks are fixed, their groups are not: in each resample the groups of every task are drawn anew, apart from
    those of the other tasks, and the mean is taken; groups are swapped in each task apart, too. So interval and p
    say what other articles of the same tasks would have changed, and nothing about other tasks. There is no
    interval if a task has too few groups.

    Raises:
        InputError: There is no task.
    """
    if not found:
        raise InputError("a mean over tasks needs at least one task")
    value = float(np.mean([one.value for one in found]))
    samples = np.mean([one.samples for one in found], axis=0)
    randomised = np.mean([one.randomised for one in found], axis=0)
    variances, worth = (np.array([one.samples.var() for one in found]), np.array([one.worth for one in found]))
    return Difference(
        value, samples, randomised, min(one.n_groups for one in found), groups_of_mean(variances, worth)
    )


def task_seed(seed: int, address: str) -> int:
    """Return the seed for one task: with one seed for all, tasks with as many groups would be drawn alike."""
    return int(sha256_text(f"{seed}:{address}")[:8], 16)


def _estimate(value: float, samples: FloatArray, n_groups: int, worth: float) -> Estimate:
    ends = interval(samples, LEVEL, n_groups=worth) if n_groups >= MIN_GROUPS else (None, None)
    return Estimate(value, *ends)
