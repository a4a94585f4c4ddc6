"""The cluster bootstrap on counts.

Items of one article are not independent, so whole groups are drawn with replacement, as many as there are (Field
and Welsh 2007, Bootstrapping clustered data, JRSS B 69:369-390). The counts of a resample are the sum of the drawn
groups' counts, each as often as it was drawn: all resamples of all systems together are one matrix product, equal
to repeating the rows and counting again.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from standoff.errors import InputError
from standoff.evaluation.metrics import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from standoff.evaluation.metrics import Counts, FloatArray, IntArray

Weights: TypeAlias = npt.NDArray[Any]
"""Whole numbers of 0 or more, in any type that holds them."""

BLOCK_BYTES = 1 << 26
"""Memory for the resamples worked on at once (64 MiB)."""

COUNTED_AT_ONCE = 1 << 17
"""Drawn groups that are counted at once: few enough to stay in the cache of a processor, which is faster."""

FEW_GROUPS = 20
"""Where a gold label is in fewer groups, an interval of 95 % may hold the truth less often than it says:
``experiments/studies/significance.py`` measures how often."""

_EXACT_IN_FLOAT32 = 1 << 24
"""float32 holds every whole number up to this."""


def cluster_counts(gold: IntArray, predicted: IntArray, groups: Sequence[str], n_labels: int) -> IntArray:
    """Return the counts of each group, of shape (G, L, L + 1), groups in sorted order.

    The order of the items does not matter: the same items give the same array, and so the same resamples.

    Args:
        gold: Shape (n,): label indices.
        predicted: Shape (n,): label indices, -1 where missing.
        groups: The n items' groups.
        n_labels: L.

    Raises:
        InputError: The lengths differ or an index is out of range.
    """
    if len(groups) != len(gold):
        raise InputError("each item has one group", got=f"{len(gold)} items and {len(groups)} groups")
    rank = {group: position for position, group in enumerate(sorted(set(groups)))}
    rows = np.fromiter((rank[group] for group in groups), dtype=np.int64, count=len(groups))
    width = n_labels * (n_labels + 1)
    flat = np.bincount(rows * width + cells(gold, predicted, n_labels), minlength=len(rank) * width)
    return flat.reshape(len(rank), n_labels, n_labels + 1).astype(np.int64, copy=False)


class WeightedSums:
    """Weighted sums of the groups' counts, prepared once for many blocks of weights.

    The sums are exact, whatever the order in which a linear-algebra library adds: all addends and partial sums are
    whole numbers. The product is done in float32, twice as fast, only where none of them can pass 2**24, up to
    which float32 holds every whole number; otherwise in float64, which does up to 2**53. Cells that are 0 in every
    group take no part in it.

    Args:
        counts_by_group: Whole numbers of 0 or more, of shape (G, ...).
        most: The largest sum of a row of weights.
    """

    def __init__(self, counts_by_group: IntArray, most: int) -> None:
        n_groups, *self._table = counts_by_group.shape
        flat = counts_by_group.reshape(n_groups, -1)
        self._filled: npt.NDArray[np.bool_] = np.asarray(flat.any(axis=0))
        is_small = most * int(flat.max(initial=0)) <= _EXACT_IN_FLOAT32
        self.dtype = np.dtype(np.float32 if is_small else np.float64)
        self._matrix = flat[:, self._filled].astype(self.dtype)

    def __call__(self, weights: Weights) -> FloatArray:
        """Return the sums, float64, of shape (R, ...).

        Args:
            weights: Whole numbers of 0 or more, of shape (R, G).
        """
        sums = np.zeros((len(weights), len(self._filled)))
        sums[:, self._filled] = weights.astype(self.dtype, copy=False) @ self._matrix
        return sums.reshape(len(weights), *self._table)

    @property
    def bytes_of_row(self) -> int:
        """Memory for a row of weights as the product takes them, the sums, and what a metric makes of them."""
        return self.dtype.itemsize * len(self._matrix) + 4 * 8 * len(self._filled)


def bootstrap_weights(n_groups: int, resamples: int, seed: int) -> IntArray:
    """Return how often each group is drawn in each resample, of shape (R, G); rows sum to G.

    Groups are drawn by index, from NumPy's ``Generator(PCG64(seed)).integers(0, G, size=(R, G))``, and counted.

    Raises:
        InputError: There is no group, ``resamples`` is below 1 or ``seed`` below 0.
    """
    return np.concatenate(list(_weight_blocks(n_groups, resamples, seed, np.dtype(np.int64), rows=resamples)))


def resampled_counts(counts_by_group: IntArray, weights: IntArray) -> FloatArray:
    """Return the counts of each resample, of shape (R, ...); they are exact, see :class:`WeightedSums`.

    Args:
        counts_by_group: Shape (G, ...).
        weights: Shape (R, G).
    """
    return WeightedSums(counts_by_group, int(weights.sum(axis=1).max(initial=0)))(weights)


def bootstrap(
    counts_by_group: IntArray, metric: Callable[[Counts], FloatArray], *, resamples: int, seed: int
) -> FloatArray:
    """Return the metric on each of R resamples of the groups.

    Resamples are worked on in blocks of about 64 MiB; the result does not depend on the size of the blocks.

    Args:
        counts_by_group: Shape (G, L, L + 1), from :func:`cluster_counts`; or (G, S, L, L + 1) for S systems on the
            same items, all of which are then scored on the same resamples; or whatever ``metric`` takes.
        metric: Counts of shape (R, ...) to scores, such as :func:`standoff.evaluation.metrics.macro_f1`.
        resamples: R.
        seed: Seed of the generator; one seed draws the same groups for every metric and system.

    Returns:
        Shape (R,), or (R, S) for S systems.

    Raises:
        InputError: As :func:`bootstrap_weights`.
    """
    n_groups = len(counts_by_group)
    sums = WeightedSums(counts_by_group, n_groups)
    rows = max(1, BLOCK_BYTES // sums.bytes_of_row)
    blocks = _weight_blocks(n_groups, resamples, seed, sums.dtype, rows=rows)
    return np.concatenate([metric(sums(weights)) for weights in blocks])


def effective_groups(counts_by_group: IntArray) -> float:
    """Return how many groups of equal size would be worth as much as these, which is at most G.

    (sum of sizes)**2 / (sum of squared sizes) (Kish 1965, Survey Sampling; for clusters Carter, Schnepel and
    Steigerwald 2017, Asymptotic behavior of a t-test robust to cluster heterogeneity, Review of Economics and
    Statistics 99:698-709): where a few articles hold most of the items, the others add little.

    Args:
        counts_by_group: Shape (G, L, L + 1), not all 0.
    """
    sizes = counts_by_group.reshape(len(counts_by_group), -1).sum(axis=1).astype(np.float64)
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def groups_of_mean(variances: FloatArray, worth: FloatArray) -> float:
    """Return how many groups a mean over several test sets rests on, by its degrees of freedom, one fewer.

    Those of a sum of variances v are sum(v)**2 / sum(v**2 / freedom) (Welch 1947, The generalization of Student's
    problem, Biometrika 34:28-35).

    Args:
        variances: Of the score on each set, of shape (T,).
        worth: How many groups each set is worth, of shape (T,); see :func:`effective_groups`.
    """
    freedom = worth - 1
    if not variances.any() or not freedom.all():
        return float(worth.min())
    return 1 + float(variances.sum() ** 2 / (variances**2 / freedom).sum())


def interval(samples: FloatArray, level: float = 0.95, *, n_groups: float | None = None) -> tuple[float, float]:
    """Return the percentile interval (low, high) that holds the middle ``level`` of the samples, or a wider one.

    Quantiles are interpolated linearly (Efron and Tibshirani 1993, An Introduction to the Bootstrap, 13.3). Of few
    groups percentiles alone are too narrow: resamples of G groups vary by less than samples of the population do,
    by the root of (G - 1) / G, and a normal distribution stands in for Student's. With ``n_groups``, the ends
    lie as far out as makes up for both, at the quantiles F(-t * sqrt(G / (G - 1))) and F(t * sqrt(G / (G - 1))),
    with F the normal distribution function and t the quantile of Student's with G - 1 degrees of freedom
    (Hesterberg 2015, What teachers should know about the bootstrap, The American Statistician 69:371-386: the
    expanded percentile interval). They stay within the range of the metric, as resamples do.

    Args:
        samples: Shape (R,).
        level: Between 0 and 1, both excluded.
        n_groups: G, above 1: the number of groups that were drawn from, as :func:`effective_groups` counts them;
            None for plain percentiles.

    Raises:
        InputError: No samples, a sample that is not a number, a level out of range, or a single group.
    """
    if not 0 < level < 1:
        raise InputError("the level of an interval lies between 0 and 1", got=level)
    if samples.size == 0 or np.isnan(samples).any():
        raise InputError("an interval needs samples, all of them numbers", got=samples)
    outside = (1 - level) / 2
    if n_groups is not None:
        outside = _expanded(outside, n_groups)
    low, high = np.quantile(samples, [outside, 1 - outside])
    return float(low), float(high)


def standard_error(samples: FloatArray, n_groups: float) -> FloatArray:
    """Return the standard error by the bootstrap: the samples' standard deviation, times sqrt(G / (G - 1)).

    The factor makes up for resamples of G groups varying by too little; see :func:`interval`.

    Args:
        samples: Shape (R, ...), R at least 2.
        n_groups: G, above 1; see :func:`effective_groups`.

    Returns:
        Shape (...).

    Raises:
        InputError: A single group or sample.
    """
    _refuse_single(n_groups)
    if len(samples) < 2:
        raise InputError("a standard error needs two samples or more", got=len(samples))
    found: FloatArray = np.asarray(samples.std(axis=0, ddof=1) * np.sqrt(n_groups / (n_groups - 1)))
    return found


def caution(counts_by_group: IntArray, labels: Sequence[str]) -> str | None:
    """Return why intervals on these groups may be too narrow; None where each gold label is in enough of them.

    Args:
        counts_by_group: Shape (G, L, L + 1).
        labels: The L labels.
    """
    held = (counts_by_group.sum(axis=-1) > 0).sum(axis=0).tolist()
    rare = [f"{label!r} in {n}" for label, n in zip(labels, held, strict=True) if n < FEW_GROUPS]
    if not rare:
        return None
    return f"intervals may be too narrow, as gold labels are in fewer than {FEW_GROUPS} groups: {', '.join(rare)}"


def _expanded(outside: float, n_groups: float) -> float:
    """Return what share is to lie below an interval so that about ``outside`` does."""
    _refuse_single(n_groups)
    from scipy.special import stdtrit  # noqa: PLC0415 - comes with scikit-learn, and only intervals need it

    t = float(stdtrit(n_groups - 1, outside))
    return NormalDist().cdf(t * (n_groups / (n_groups - 1)) ** 0.5)


def _refuse_single(n_groups: float) -> None:
    if n_groups <= 1:
        raise InputError("an interval cannot rest on one group", got=n_groups, expected="two groups or more")


def _weight_blocks(
    n_groups: int, resamples: int, seed: int, dtype: np.dtype[Any], *, rows: int
) -> Iterator[Weights]:
    """Yield the weights, at most ``rows`` resamples at a time; one stream of random numbers runs through all."""
    if n_groups < 1 or resamples < 1 or seed < 0:
        raise InputError(
            "these groups cannot be resampled",
            got=f"{n_groups} groups, {resamples} resamples, seed {seed}",
            expected="at least 1 group, at least 1 resample, and a seed of 0 or more",
        )
    generator = np.random.Generator(np.random.PCG64(seed))
    strip = max(1, COUNTED_AT_ONCE // n_groups)
    for start in range(0, resamples, rows):
        weights = np.empty((min(rows, resamples - start), n_groups), dtype)
        for top in range(0, len(weights), strip):
            part = weights[top : top + strip]
            drawn = generator.integers(0, n_groups, size=part.shape)
            drawn += np.arange(0, part.size, n_groups)[:, None]  # each resample is counted by itself
            part[:] = np.bincount(drawn.ravel(), minlength=part.size).reshape(part.shape)
        yield weights
