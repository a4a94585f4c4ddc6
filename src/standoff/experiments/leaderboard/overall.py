"""Where systems stand over several tasks: means over those that have no hole, and which can be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from standoff.evaluation.resample import groups_of_mean, interval
from standoff.evaluation.scores import LEVEL, Estimate
from standoff.evaluation.significance import ALPHA, holm, p_value, tied_ranks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.evaluation.metrics import FloatArray
    from standoff.experiments.leaderboard.standing import Part


@dataclass(frozen=True, slots=True)
class Told:
    """Two systems, and whether they can be told apart by their means.

    Attributes:
        first: The one with the higher mean.
        second: The other.
        difference: The first's mean minus the second's, with its interval.
        p: Two-sided, by approximate randomisation of groups.
        p_adjusted: For all pairs, by Holm's method.
    """

    first: str
    second: str
    difference: Estimate
    p: float
    p_adjusted: float


@dataclass(frozen=True, eq=False)
class Mean:
    """The mean of systems over several tasks, each of which has all of them.

    The tasks are fixed, their groups are not: groups of each task are drawn, or swapped, apart from those of the
    others. So intervals and tests say what other articles of the same tasks would have changed.

    Attributes:
        parts: One for each task, with the same systems in the same order.
    """

    parts: tuple[Part, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The systems."""
        return self.parts[0].names

    def estimates(self) -> dict[str, Estimate]:
        """Return each system's mean with its interval, best first; none where a task has too few groups."""
        means = np.mean([part.means for part in self.parts], axis=0)
        found = {
            name: self._estimate(float(value), column)
            for name, value, column in zip(self.names, means, np.moveaxis(self._samples, 2, 0), strict=True)
        }
        return dict(sorted(found.items(), key=lambda one: (-one[1].value, one[0])))

    def ranked(self, systems: Sequence[str]) -> tuple[dict[str, int], tuple[Told, ...]]:
        """Return the ranks of systems, given best first, and every pair of them.

        Those that cannot be told apart share a rank; see :func:`standoff.evaluation.significance.tied_ranks`.
        """
        pairs = list(combinations(systems, 2))
        if not pairs:
            return dict.fromkeys(systems, 1), ()
        places = np.array([[self.names.index(name) for name in pair] for pair in pairs]).T
        samples = self._samples[:, :, places[0]] - self._samples[:, :, places[1]]
        values = np.mean([part.differences(pairs) for part in self.parts], axis=0)
        randomised = np.mean([part.randomised(pairs) for part in self.parts], axis=0)
        p_values = [p_value(float(value), column) for value, column in zip(values, randomised.T, strict=True)]
        told = tuple(
            Told(*pair, self._estimate(float(value), column), p, adjusted)
            for pair, value, column, p, adjusted in zip(
                pairs, values, np.moveaxis(samples, 2, 0), p_values, holm(p_values), strict=True
            )
        )
        is_better = np.zeros((len(systems), len(systems)), dtype=np.bool_)
        for (first, second), one in zip(combinations(range(len(systems)), 2), told, strict=True):
            # Where the first seeds differ the other way round than the means, nothing is told apart.
            is_better[first, second] = one.p_adjusted < ALPHA and one.difference.value > 0
        return dict(zip(systems, tied_ranks(is_better), strict=True)), told

    @cached_property
    def _samples(self) -> FloatArray:
        """The systems' scores on resamples of each task, of shape (T, R, S)."""
        return np.stack([part.samples() for part in self.parts])

    def _estimate(self, value: float, samples: FloatArray) -> Estimate:
        """Return a mean with its interval, from what was drawn of each task, of shape (T, R)."""
        if not all(part.has_intervals for part in self.parts):
            return Estimate(value, None, None)
        worth = np.array([part.worth for part in self.parts])
        rests_on = groups_of_mean(samples.var(axis=1), worth)
        return Estimate(value, *interval(samples.mean(axis=0), LEVEL, n_groups=rests_on))
