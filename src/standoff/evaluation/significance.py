"""Is one system better than another, or could it be chance? Paired tests on the counts of each group.

A group (article) is swapped as a whole, because its items are not independent. Under the null hypothesis the two
systems are interchangeable: which of them gave which of two answers to a group is a toss of a coin.
"""

from __future__ import annotations

from functools import partial
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from standoff.errors import InputError
from standoff.evaluation import resample
from standoff.evaluation.resample import WeightedSums
from standoff.evaluation.scores import LEVEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from standoff.evaluation.metrics import Counts, FloatArray, IntArray

Bits: TypeAlias = npt.NDArray[np.uint8]

PERMUTATIONS = 10_000
"""Random assignments behind a published p value."""

ALPHA = 0.05
"""Systems are told apart where the adjusted p value is below."""

POWER = 0.80
"""How often a true difference of the smallest size that can be shown is found."""

ROUNDING = 1e-12
"""Differences that are closer than this are the same: what they differ by is the order of adding up."""


class Favoured(NamedTuple):
    """Shares of the groups in which one system has more items right than the other; the rest are even."""

    first: float
    second: float


def is_exact(n_groups: int, permutations: int) -> bool:
    """Return whether all 2**G assignments are gone through, as they are no more than the random ones would be."""
    return n_groups < permutations.bit_length()


def randomised_differences(
    counts_by_group: IntArray,
    metric: Callable[[Counts], FloatArray],
    pairs: Sequence[tuple[int, int]],
    *,
    permutations: int = PERMUTATIONS,
    seed: int,
) -> FloatArray:
    """Return what the systems of each pair differ by when their answers to each group are swapped at random.

    Approximate randomisation (Noreen 1989, Computer-Intensive Methods for Testing Hypotheses, 2; Yeh 2000, More
    accurate tests for the statistical significance of result differences, COLING), on groups. With W the groups
    that are not swapped, A and B the counts of two systems, the one has the counts sum(B) + W @ (A - B) and the
    other sum(A) - W @ (A - B): W @ A for every system is one matrix product, from which all pairs follow.

    Args:
        counts_by_group: Shape (G, S, L, L + 1), for S systems on the same items.
        metric: Counts of shape (R, P, L, L + 1) to scores of shape (R, P).
        pairs: P pairs of places among the S systems.
        permutations: R, the number of random assignments.
        seed: Of NumPy's ``PCG64``; one seed swaps the same groups for every pair and metric.

    Returns:
        The first system's score minus the second's, of shape (R, P).

    Raises:
        InputError: There is no group or no pair, ``permutations`` is below 1 or ``seed`` below 0.
    """
    _refuse_nothing(counts_by_group, pairs)
    at_random = partial(_random_assignments, len(counts_by_group), permutations, seed)
    return np.concatenate(list(_blocks(counts_by_group, metric, pairs, at_random)))


def randomisation_tests(
    counts_by_group: IntArray,
    metric: Callable[[Counts], FloatArray],
    pairs: Sequence[tuple[int, int]],
    *,
    permutations: int = PERMUTATIONS,
    seed: int,
) -> FloatArray:
    """Return the two-sided p value of each pair of systems by randomisation, of shape (P,).

    It is :func:`p_value` of :func:`randomised_differences`, in memory that does not grow with the permutations.
    Where all 2**G assignments are no more than ``permutations``, each of them is taken once, and p is exact.

    Arguments and errors are those of :func:`randomised_differences`.
    """
    _refuse_nothing(counts_by_group, pairs)
    n_groups = len(counts_by_group)
    exact = is_exact(n_groups, permutations)
    take = _all_assignments if exact else _random_assignments
    value = differences(metric(counts_by_group.sum(axis=0)), pairs)
    extreme, n = np.zeros(len(pairs)), 0
    for block in _blocks(counts_by_group, metric, pairs, partial(take, n_groups, permutations, seed)):
        extreme += _is_extreme(value, block).sum(axis=0)
        n += len(block)
    # Of all assignments the observed one is one; to random ones it is added.
    return extreme / n if exact else (extreme + 1) / (n + 1)


def differences(scores: FloatArray, pairs: Sequence[tuple[int, int]]) -> FloatArray:
    """Return the first system's score minus the second's for each pair, of shape (..., P).

    Args:
        scores: Shape (..., S).
        pairs: P pairs of places among the S systems.
    """
    first, second = np.array(pairs).T
    found: FloatArray = scores[..., first] - scores[..., second]
    return found


def p_value(value: float, randomised: FloatArray) -> float:
    """Return the share of randomised differences that are at least as far from zero as the one observed.

    The observed one is counted with them, so that p is never 0 and the test is valid for any number of them
    (Phipson and Smyth 2010, Permutation p-values should never be zero, Statistical Applications in Genetics and
    Molecular Biology 9:39).

    Args:
        value: The observed difference.
        randomised: Shape (R,), from :func:`randomised_differences`; or their mean over several tasks, each with
            swaps of its own, for a mean difference.
    """
    return (int(_is_extreme(np.float64(value), randomised).sum()) + 1) / (len(randomised) + 1)


def accuracy_test(right_by_group: IntArray, other_by_group: IntArray) -> float:
    """Return the exact two-sided p value of a difference in accuracy.

    Under the null hypothesis the sign of each group's difference is a toss of a coin. The distribution of their
    sum is known: groups in which one system has d more items right than the other add d times a binomial number.
    So nothing is drawn, and p is exact for any number of groups. Where each group is one item, this is McNemar's
    test in its exact, binomial form; otherwise it is what :func:`randomisation_tests` of accuracy tends to.

    Args:
        right_by_group: How many items of each group the one system has right, of shape (G,).
        other_by_group: The same of the other.
    """
    by_group = right_by_group - other_by_group
    sizes, how_many = np.unique(np.abs(by_group[by_group != 0]), return_counts=True)
    total = abs(int(by_group.sum()))
    if total == 0:
        return 1.0
    # The probability of each sum of the differences that are in favour of one of the systems.
    lead: FloatArray = np.ones(1)
    for size, n in zip(sizes.tolist(), how_many.tolist(), strict=True):
        spaced = np.zeros(size * n + 1)
        spaced[::size] = _fair_binomial(n)
        lead = np.asarray(np.convolve(lead, spaced), dtype=np.float64)
    # The differences add up to the total or more where (all - total) / 2 at most are against; or the other way.
    most_against = (len(lead) - 1 - total) // 2
    return min(1.0, 2 * float(lead[: most_against + 1].sum()))


def favoured(right_by_group: IntArray, other_by_group: IntArray) -> Favoured:
    """Return in what share of the groups each of two systems has more items right than the other.

    Args:
        right_by_group: How many items of each group the first system has right, of shape (G,).
        other_by_group: The same of the second.
    """
    return Favoured(
        float((right_by_group > other_by_group).mean()), float((right_by_group < other_by_group).mean())
    )


def smallest_difference(standard_error: float, *, level: float = LEVEL, power: float = POWER) -> float:
    """Return the smallest true difference that a test set can be relied on to show.

    (z(1 - (1 - level) / 2) + z(power)) * standard error: a true difference of that size is found, at that level of
    a two-sided test, in that share of test sets like this one (Card et al. 2020, With little power comes great
    responsibility, EMNLP). With the defaults it is 2.80 standard errors.

    Args:
        standard_error: Of the paired difference; or of one system's score, for one that is to be compared with a
            number fixed beforehand.
        level: Of the test.
        power: Between 0 and 1.
    """
    z = NormalDist().inv_cdf
    return (z(1 - (1 - level) / 2) + z(power)) * standard_error


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


def tied_ranks(is_better: npt.NDArray[np.bool_]) -> list[int]:
    """Return the rank of each system, where systems that cannot be told apart share one.

    There is a boundary only where every system above is significantly better than every system below (as in the
    human evaluations of WMT since 2013), so that a tie group may hold two systems that can be told apart, but two
    groups never hold two that cannot. The rank is 1 + the number of systems in the groups above.

    Args:
        is_better: Shape (S, S), systems from the best score down: whether the one of the row is significantly
            better than the one of the column.
    """
    ranks: list[int] = []
    for place in range(len(is_better)):
        starts_group = bool(is_better[:place, place:].all())
        ranks.append(place + 1 if starts_group else ranks[-1])
    return ranks


def _is_extreme(value: FloatArray | np.float64, randomised: FloatArray) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(randomised) >= np.abs(value) - ROUNDING)


def _refuse_nothing(counts_by_group: IntArray, pairs: Sequence[tuple[int, int]]) -> None:
    if not len(counts_by_group) or not pairs:
        raise InputError(
            "there is nothing to compare", got=f"{len(counts_by_group)} groups, {len(pairs)} pairs of systems"
        )


def _fair_binomial(n: int) -> FloatArray:
    """Return the probabilities of 0 to ``n`` heads in ``n`` tosses."""
    from scipy.special import gammaln  # noqa: PLC0415 - comes with scikit-learn, and only this test needs it

    heads = np.arange(n + 1)
    logarithm = gammaln(n + 1) - gammaln(heads + 1) - gammaln(n - heads + 1) - n * np.log(2)
    return np.asarray(np.exp(logarithm), dtype=np.float64)


def _blocks(
    counts_by_group: IntArray,
    metric: Callable[[Counts], FloatArray],
    pairs: Sequence[tuple[int, int]],
    assignments: Callable[[int], Iterator[Bits]],
) -> Iterator[FloatArray]:
    """Yield the differences under some of the assignments at a time, each block of shape (rows, P)."""
    n_groups, _, *table = counts_by_group.shape
    first, second = np.array(pairs).T
    totals = counts_by_group.sum(axis=0).astype(np.float64)
    sums = WeightedSums(counts_by_group, n_groups)
    # A row also holds the counts of both systems of each pair, and what the metric makes of them.
    row_bytes = 8 * n_groups + sums.bytes_of_row + 4 * 8 * len(pairs) * int(np.prod(table))
    for is_kept in assignments(max(1, resample.BLOCK_BYTES // row_bytes)):
        of_system = sums(is_kept)
        from_first = of_system[:, first] - of_system[:, second]  # W @ (A - B)
        yield metric(totals[second] + from_first) - metric(totals[first] - from_first)


def _random_assignments(n_groups: int, permutations: int, seed: int, rows: int) -> Iterator[Bits]:
    """Yield which groups are not swapped, 0 or 1 of shape (rows, G), at random.

    A row takes the bits of as many 64-bit words as it needs, so that blocks of any size hold the same rows.
    """
    if permutations < 1 or seed < 0:
        raise InputError(
            "these groups cannot be swapped at random",
            got=f"{permutations} permutations, seed {seed}",
            expected="at least 1 permutation, and a seed of 0 or more",
        )
    words, width = np.random.PCG64(seed), -(-n_groups // 64)
    for start in range(0, permutations, rows):
        n_rows = min(rows, permutations - start)
        yield _bits(words.random_raw(n_rows * width).reshape(n_rows, width), n_groups)


def _all_assignments(n_groups: int, _permutations: int, _seed: int, rows: int) -> Iterator[Bits]:
    """Yield the same for each of the 2**G ways to swap groups."""
    for start in range(0, 1 << n_groups, rows):
        numbers = np.arange(start, min(start + rows, 1 << n_groups), dtype=np.uint64)
        yield _bits(numbers[:, None], n_groups)


def _bits(words: npt.NDArray[np.uint64], n_groups: int) -> Bits:
    as_bytes = words.astype("<u8").view(np.uint8)
    bits: Bits = np.unpackbits(as_bytes, axis=1, count=n_groups, bitorder="little")
    return bits
