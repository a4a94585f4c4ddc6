"""Resampling groups by their types.

Groups that add the same to a coefficient's sums are one type, and only how often each type is drawn matters. Where
each unit is its own group, a million units are a few dozen types. The types stand in the order of what they add,
so that neither the order nor the names of units and groups decide what a seed draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from standoff.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from standoff.annotation.agreement.coefficients import Coefficient
    from standoff.annotation.agreement.ratings import Patterns
    from standoff.evaluation.metrics import FloatArray, IntArray


class GroupTypes(NamedTuple):
    """Groups that add the same to the sums, taken together: T types in lexicographic order of what they add.

    Attributes:
        sums: Shape (T, S): what one group of the type adds.
        counts: Shape (T,): how many such groups there are.
    """

    sums: FloatArray
    counts: IntArray

    @property
    def n_groups(self) -> int:
        """The number of groups."""
        return int(self.counts.sum())


def group_types(counted: Patterns, coefficient: Coefficient) -> GroupTypes:
    """Return the types of groups as a coefficient sees them.

    Raises:
        InputError, NotFoundError: As :meth:`Coefficient.contributions`.
    """
    contributions = coefficient.contributions(counted)
    if counted.cells is None:
        return _distinct(contributions, counted.counts)
    group, pattern, count = counted.cells.group, counted.cells.pattern, counted.cells.count
    by_group = [
        np.bincount(group, weights=column[pattern] * count, minlength=counted.n_groups)
        for column in contributions.T
    ]
    return _distinct(np.stack(by_group, axis=1), np.ones(counted.n_groups, dtype=np.int64))


def _distinct(sums: FloatArray, counts: IntArray) -> GroupTypes:
    """Return the distinct rows of the sums, and the total of the counts of each."""
    order = np.lexsort(sums.T[::-1])
    ordered = sums[order]
    first = np.concatenate([np.ones(min(1, len(sums)), dtype=bool), (ordered[1:] != ordered[:-1]).any(axis=1)])
    return GroupTypes(ordered[first], np.bincount(np.cumsum(first) - 1, weights=counts[order]).astype(np.int64))


def resampled(
    types: GroupTypes, coefficient: Coefficient, n_drawn: int, *, resamples: int, seed: int
) -> FloatArray:
    """Return a coefficient on R resamples of ``n_drawn`` groups each, of shape (R,); NaN where it is undefined.

    Resamples are worked on in blocks; the result does not depend on the size of the blocks.

    Raises:
        InputError: ``resamples`` or ``n_drawn`` is below 1, or ``seed`` below 0.
    """
    blocks = draw(types.counts, n_drawn, resamples=resamples, seed=seed)
    return np.concatenate([coefficient.of_sums(weights @ types.sums) for weights in blocks])


BLOCK_BYTES = 1 << 22
"""Memory for the weights worked on at once (4 MiB): they stay in the processor's cache until they are summed."""

FREQUENT = 12
"""From so many expected draws of a type on, one binomial number takes less time than the draws."""


def draw(counts: IntArray, n_drawn: int, *, resamples: int, seed: int) -> Iterator[FloatArray]:
    """Yield how often each type is drawn in each resample, in blocks of shape (B, T) with rows that sum to D.

    A row is multinomial: D draws with replacement of a group, each as likely. NumPy's generator gives the numbers
    of the frequent types, and that of all rare ones together; the rare ones are then drawn one by one and counted,
    which is ten times faster where most groups are a type of their own.

    Args:
        counts: Shape (T,): the number of groups of each type.
        n_drawn: D.
        resamples: Number of rows in all blocks.
        seed: Seed of the generator.

    Raises:
        InputError: There is no group, ``n_drawn`` or ``resamples`` is below 1, or ``seed`` below 0.
    """
    if counts.sum() < 1 or n_drawn < 1 or resamples < 1 or seed < 0:
        raise InputError(
            "these groups cannot be resampled",
            got=f"{n_drawn} draws from {counts.sum()} groups, {resamples} resamples, seed {seed}",
            expected="at least 1 of each, and a seed of 0 or more",
        )
    rows = max(1, BLOCK_BYTES // (8 * len(counts)))
    frequent = counts * n_drawn >= FREQUENT * counts.sum()
    rare = np.flatnonzero(~frequent)
    # A place for each rare group, which holds its type.
    places = np.repeat(rare, counts[rare])
    shares = np.append(counts[frequent], len(places)) / counts.sum()
    if not len(places):
        shares = shares[:-1]  # NumPy gives what rounding leaves over to the last, which must exist
    # Each part has a stream of its own, so that the size of the blocks does not matter.
    of_frequent, of_rare = np.random.Generator(np.random.PCG64(seed)).spawn(2)
    for start in range(0, resamples, rows):
        numbers = of_frequent.multinomial(n_drawn, shares, size=min(rows, resamples - start))
        weights = np.zeros((len(numbers), len(counts)))
        for row, n_rare in zip(weights, numbers[:, -1].tolist() if len(places) else [], strict=False):
            drawn = places.take(of_rare.integers(0, len(places), size=n_rare))
            row[:] = np.bincount(drawn, minlength=len(counts))
        weights[:, frequent] = numbers[:, : frequent.sum()]
        yield weights
