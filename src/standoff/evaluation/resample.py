"""The cluster bootstrap on counts.

Items of one article are not independent, so whole groups are drawn with replacement, as many as there are (Field
and Welsh 2007, Bootstrapping clustered data, JRSS B 69:369-390). A draw of groups is a vector of multinomial
weights, and the counts of a resample are the weighted sum of the groups' counts: all resamples together are one
matrix product, equal to repeating the rows and counting again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from standoff.errors import InputError
from standoff.evaluation.metrics import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from standoff.evaluation.metrics import Counts, FloatArray, IntArray

BLOCK_BYTES = 1 << 26
"""Memory for the resamples worked on at once (64 MiB)."""


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


def bootstrap_weights(n_groups: int, resamples: int, seed: int) -> IntArray:
    """Return how often each group is drawn in each resample, of shape (R, G); rows sum to G.

    Each row is multinomial(G, 1/G), from NumPy's ``Generator(PCG64(seed))``.

    Raises:
        InputError: There is no group, ``resamples`` is below 1 or ``seed`` below 0.
    """
    return np.concatenate(list(_weight_blocks(n_groups, resamples, seed, rows=resamples)))


def resampled_counts(counts_by_group: IntArray, weights: IntArray) -> FloatArray:
    """Return the counts of each resample, of shape (R, L, L + 1).

    They are float64, for which matrix products are fast, and yet exact: all addends and partial sums are whole
    numbers, which float64 holds exactly up to 2**53, far above any number of items. So the result does not
    depend on the order in which a linear-algebra library adds.

    Args:
        counts_by_group: Shape (G, L, L + 1).
        weights: Shape (R, G).
    """
    n_groups, n_labels, width = counts_by_group.shape
    flat = counts_by_group.reshape(n_groups, n_labels * width).astype(np.float64)
    return (weights.astype(np.float64) @ flat).reshape(len(weights), n_labels, width)


def bootstrap(
    counts_by_group: IntArray, metric: Callable[[Counts], FloatArray], *, resamples: int, seed: int
) -> FloatArray:
    """Return the metric on each of R resamples of the groups, of shape (R,).

    Resamples are worked on in blocks of about 64 MiB; the result does not depend on the size of the blocks.

    Args:
        counts_by_group: Shape (G, L, L + 1), from :func:`cluster_counts`.
        metric: Counts of shape (R, L, L + 1) to scores of shape (R,), such as
            :func:`standoff.evaluation.metrics.macro_f1`.
        resamples: R.
        seed: Seed of the generator; one seed draws the same groups for every metric and system.

    Raises:
        InputError: As :func:`bootstrap_weights`.
    """
    n_groups, *table = counts_by_group.shape
    # A row holds its weights as drawn and as float64, its counts, and what the metric makes of them.
    row_bytes = 8 * (2 * n_groups + 3 * int(np.prod(table)))
    rows = max(1, BLOCK_BYTES // row_bytes)
    blocks = _weight_blocks(n_groups, resamples, seed, rows=rows)
    return np.concatenate([metric(resampled_counts(counts_by_group, weights)) for weights in blocks])


def interval(samples: FloatArray, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval (low, high) that holds the middle ``level`` of the samples.

    Quantiles are interpolated linearly (Efron and Tibshirani 1993, An Introduction to the Bootstrap, 13.3).

    Args:
        samples: Shape (R,).
        level: Between 0 and 1, both excluded.

    Raises:
        InputError: No samples, a sample that is not a number, or a level out of range.
    """
    if not 0 < level < 1:
        raise InputError("the level of an interval lies between 0 and 1", got=level)
    if samples.size == 0 or np.isnan(samples).any():
        raise InputError("an interval needs samples, all of them numbers", got=samples)
    low, high = np.quantile(samples, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _weight_blocks(n_groups: int, resamples: int, seed: int, *, rows: int) -> Iterator[IntArray]:
    """Yield the weights, at most ``rows`` resamples at a time; one stream of random numbers runs through all."""
    if n_groups < 1 or resamples < 1 or seed < 0:
        raise InputError(
            "these groups cannot be resampled",
            got=f"{n_groups} groups, {resamples} resamples, seed {seed}",
            expected="at least 1 group, at least 1 resample, and a seed of 0 or more",
        )
    generator = np.random.Generator(np.random.PCG64(seed))
    share = np.full(n_groups, 1 / n_groups)
    for start in range(0, resamples, rows):
        yield generator.multinomial(n_groups, share, size=min(rows, resamples - start))
