"""Systems on the same items, side by side: scores, ranks with ties, and the difference of every pair."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from standoff.errors import InputError, unknown_name
from standoff.evaluation.metrics import METRICS, accuracy
from standoff.evaluation.resample import bootstrap, caution, effective_groups, interval, standard_error
from standoff.evaluation.scores import LEVEL, MIN_GROUPS, RESAMPLES, SEED, Estimate
from standoff.evaluation.significance import (
    ALPHA,
    PERMUTATIONS,
    Favoured,
    accuracy_test,
    differences,
    favoured,
    holm,
    is_exact,
    randomisation_tests,
    smallest_difference,
    tied_ranks,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from standoff.evaluation.metrics import Counts, FloatArray, IntArray, Metric


METRIC, ACCURACY = 0, 1
"""The places of the two scores among what is measured."""


@dataclass(frozen=True, slots=True)
class System:
    """One of the systems.

    Attributes:
        name: Its name.
        rank: 1 + the number of systems in the tie groups above; see
            :func:`standoff.evaluation.significance.tied_ranks`.
        value: The metric.
        accuracy: The share of items predicted right.
        n_missing: Number of items without a prediction, counted as wrong.
        better_than: How many systems it is significantly better than.
        worse_than: How many are significantly better than it.
        smallest_difference: The smallest true difference of the metric from a number fixed beforehand that this
            test set can be relied on to show; see :func:`standoff.evaluation.significance.smallest_difference`.
            None where there are too few groups for an interval, or no resample differs from another.
    """

    name: str
    rank: int
    value: Estimate
    accuracy: Estimate
    n_missing: int
    better_than: int
    worse_than: int
    smallest_difference: float | None


@dataclass(frozen=True, slots=True)
class Tested:
    """A paired difference with its test.

    Attributes:
        difference: The first system's score minus the second's, with the paired interval.
        p: Two-sided p value of no difference, of this pair alone.
        p_adjusted: The same, adjusted for the number of pairs by Holm's method.
    """

    difference: Estimate
    p: float
    p_adjusted: float

    @property
    def is_significant(self) -> bool:
        """Whether the two are told apart, among as many pairs as there are."""
        return self.p_adjusted < ALPHA


@dataclass(frozen=True, slots=True)
class Pair:
    """Two systems.

    Attributes:
        first: The one with the higher score; of equal ones the one whose name comes first.
        second: The other.
        metric: Their difference in the metric.
        accuracy: Their difference in accuracy.
        favoured: The effect without the metric's scale: in what share of the groups each has more items right.
        smallest_difference: The smallest true difference in the metric between these two that this test set can be
            relied on to show; None where there are too few groups for an interval, or the two do not differ in any
            resample.
    """

    first: str
    second: str
    metric: Tested
    accuracy: Tested
    favoured: Favoured
    smallest_difference: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What several systems reached on the same items.

    Attributes:
        metric: Name of the metric that ranks them.
        systems: From the highest score down; equal ones by name.
        pairs: Each pair of systems once, in that order.
        n: Number of items.
        n_groups: Number of groups.
        is_exact: Whether the metric's p values are exact, and not those of random assignments.
        cautions: What keeps intervals from being believed, or systems from being told apart.
        level: Level of the intervals.
        resamples: Number of resamples behind the intervals.
        permutations: Number of random assignments behind the p values.
        seed: Of both.
    """

    metric: str
    systems: tuple[System, ...]
    pairs: tuple[Pair, ...]
    n: int
    n_groups: int
    is_exact: bool
    cautions: tuple[str, ...]
    level: float
    resamples: int
    permutations: int
    seed: int

    def between(self, first: str, second: str) -> Pair:
        """Return the comparison of two systems, as the one minus the other.

        Raises:
            NotFoundError: There is no system of that name.
            InputError: They are one and the same.
        """
        names = [one.name for one in self.systems]
        for name in (first, second):
            if name not in names:
                raise unknown_name("system", name, names)
        for pair in self.pairs:
            if (pair.first, pair.second) == (first, second):
                return pair
            if (pair.second, pair.first) == (first, second):
                return _turned(pair)
        raise InputError("a system is compared with another one", got=first)

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON-ready values."""
        return asdict(self) | {"pairs": [_pair_json(pair) for pair in self.pairs]}


def compare(
    systems: Mapping[str, IntArray],
    labels: Sequence[str],
    *,
    metric: Metric = METRICS["macro_f1"],
    permutations: int = PERMUTATIONS,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Comparison:
    """Compare systems on the same items with each other.

    The interval of each difference is from the paired cluster bootstrap, its p value from the paired randomisation
    test on groups; that of accuracy is exact. The order in which systems are given does not matter.

    Args:
        systems: Name -> counts of each group, of shape (G, L, L + 1), groups in the same order; see
            :func:`standoff.evaluation.resample.cluster_counts`.
        labels: The L labels.
        metric: What ranks the systems.
        permutations: Random assignments for the p values; fewer where there are so few groups that all assignments
            can be gone through.
        resamples: Resamples for the intervals.
        seed: Of both.

    Raises:
        InputError: There are not two systems, or they are not on the same items; or ``permutations``,
            ``resamples`` or ``seed`` is out of range.
    """
    names, counts = _stacked(systems, metric)
    measured = _Measured(names, counts, metric, resamples=resamples, seed=seed)
    by_accuracy = measured.tested(ACCURACY, measured.p_of_accuracy())
    by_metric, exact = by_accuracy, True
    if metric.compute is not accuracy:
        p = randomisation_tests(counts, metric.compute, measured.pairs, permutations=permutations, seed=seed)
        by_metric, exact = measured.tested(METRIC, p.tolist()), is_exact(len(counts), permutations)
    least = 2.0 ** (1 - len(counts)) if exact else 1 / (permutations + 1)
    cautions = (caution(counts[:, 0], labels), _out_of_reach(least, len(measured.pairs)))
    return Comparison(
        metric=metric.name,
        systems=measured.as_systems(by_metric),
        pairs=measured.as_pairs(by_metric, by_accuracy),
        n=int(counts[:, 0].sum()),
        n_groups=len(counts),
        is_exact=exact,
        cautions=tuple(filter(None, cautions)),
        level=LEVEL,
        resamples=resamples,
        permutations=permutations,
        seed=seed,
    )


class _Measured:
    """What systems reach on the test set and on the same resamples of it: the metric, and accuracy.

    Args:
        names: Of the S systems, from the best down.
        counts: Shape (G, S, L, L + 1).
        metric: What ranks them.
        resamples: Number of resamples.
        seed: Of the resamples.
    """

    def __init__(
        self, names: Sequence[str], counts: IntArray, metric: Metric, *, resamples: int, seed: int
    ) -> None:
        def both(counts: Counts) -> FloatArray:
            return np.stack([metric.compute(counts), accuracy(counts)], axis=-2)

        self.names, self.counts = names, counts
        self.pairs = list(combinations(range(len(names)), 2))
        self.right = np.diagonal(counts, axis1=-2, axis2=-1).sum(axis=-1)
        self.values = both(counts.sum(axis=0))
        self.samples = bootstrap(counts, both, resamples=resamples, seed=seed)
        # How many groups intervals rest on; None where there are too few for any.
        self.worth = effective_groups(counts[:, 0]) if len(counts) >= MIN_GROUPS else None

    def p_of_accuracy(self) -> list[float]:
        return [accuracy_test(self.right[:, first], self.right[:, second]) for first, second in self.pairs]

    def tested(self, score: int, p: Sequence[float]) -> list[Tested]:
        """Return the difference of each pair in one of the two scores with its p value, as it is and adjusted."""
        values, samples = (differences(one, self.pairs) for one in (self.values[score], self.samples[:, score]))
        found = map(self._estimate, values.tolist(), samples.T)
        return [Tested(*one) for one in zip(found, p, holm(p), strict=True)]

    def as_systems(self, tested: Sequence[Tested]) -> tuple[System, ...]:
        """Return the systems, ranked by the tests of all pairs."""
        is_better = np.zeros((len(self.names), len(self.names)), dtype=np.bool_)
        for pair, one in zip(self.pairs, tested, strict=True):
            is_better[pair] = one.is_significant
        return tuple(
            System(
                name,
                rank=rank,
                value=self._estimate(float(self.values[METRIC, place]), self.samples[:, METRIC, place]),
                accuracy=self._estimate(float(self.values[ACCURACY, place]), self.samples[:, ACCURACY, place]),
                n_missing=int(self.counts[:, place, :, -1].sum()),
                better_than=int(is_better[place].sum()),
                worse_than=int(is_better[:, place].sum()),
                smallest_difference=self._smallest(self.samples[:, METRIC, place]),
            )
            for place, (name, rank) in enumerate(zip(self.names, tied_ranks(is_better), strict=True))
        )

    def as_pairs(self, by_metric: Sequence[Tested], by_accuracy: Sequence[Tested]) -> tuple[Pair, ...]:
        """Return the pairs."""
        samples = self.samples[:, METRIC]
        return tuple(
            Pair(
                self.names[first],
                self.names[second],
                metric=of_metric,
                accuracy=of_accuracy,
                favoured=favoured(self.right[:, first], self.right[:, second]),
                smallest_difference=self._smallest(samples[:, first] - samples[:, second]),
            )
            for (first, second), of_metric, of_accuracy in zip(self.pairs, by_metric, by_accuracy, strict=True)
        )

    def _estimate(self, value: float, samples: FloatArray) -> Estimate:
        ends = (None, None) if self.worth is None else interval(samples, LEVEL, n_groups=self.worth)
        return Estimate(value, *ends)

    def _smallest(self, samples: FloatArray) -> float | None:
        if self.worth is None or len(samples) < 2:
            return None
        return smallest_difference(float(standard_error(samples, self.worth))) or None


def _stacked(systems: Mapping[str, IntArray], metric: Metric) -> tuple[list[str], IntArray]:
    """Return the names from the best system down, and the counts of all of shape (G, S, L, L + 1)."""
    if len(systems) < 2:
        raise InputError("a comparison needs two systems or more", got=list(systems))
    (first, gold), *others = ((name, counts.sum(axis=-1)) for name, counts in systems.items())
    for name, other in others:
        if not np.array_equal(other, gold):
            raise InputError(
                f"{first!r} and {name!r} are not on the same items",
                expected="as many items of each gold label in each group",
            )
    names = sorted(systems, key=lambda name: (-float(metric.compute(systems[name].sum(axis=0))), name))
    return names, np.stack([systems[name] for name in names], axis=1)


def _out_of_reach(least: float, n_pairs: int) -> str | None:
    """Return why no two systems can be told apart, if none can: even the least p value would be too large."""
    if least * n_pairs < ALPHA:
        return None
    return (
        f"no two systems can be told apart: the smallest p value there can be is {least:.2g}, and adjusted for "
        f"{n_pairs} pairs it is not below {ALPHA}; it takes more groups, fewer systems, or more permutations"
    )


def _turned(pair: Pair) -> Pair:
    """Return the pair with its systems the other way round."""

    def negated(one: Tested) -> Tested:
        value, low, high = one.difference.value, one.difference.low, one.difference.high
        # Zero minus, as -0.0 would be printed with its sign.
        ends = (None, None) if low is None or high is None else (0 - high, 0 - low)
        return replace(one, difference=Estimate(0 - value, *ends))

    return replace(
        pair,
        first=pair.second,
        second=pair.first,
        metric=negated(pair.metric),
        accuracy=negated(pair.accuracy),
        favoured=Favoured(pair.favoured.second, pair.favoured.first),
    )


def _pair_json(pair: Pair) -> dict[str, Any]:
    return asdict(pair) | {"favoured": pair.favoured._asdict()}
