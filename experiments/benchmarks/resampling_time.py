# ruff: noqa: INP001, T201 - a script, in no package, that prints
"""How long resampling on counts takes, beside a loop over scikit-learn's ``f1_score``.

Twenty made-up systems on 10,000 items of three labels, each item its own group, or in 1,000 groups; 10,000
resamples of macro-F1. Ours is timed from the labels on: counting, drawing, adding up, macro-F1; then the paired
differences of all 190 pairs, and 10,000 random swaps for their p values. The loop is over the same draws and the
same systems: it takes the rows of the items drawn and calls ``f1_score(average="macro", labels=…,
zero_division=0)``. Only some resamples of the loop are run, and its time is scaled to all of them. It scores each
system on each resample once; a loop of swaps calls ``f1_score`` twice for each pair and permutation.
What both give is compared on every resample that the loop does. One processor, threads of libraries off. The
quickest of a few rounds of each counts, in turn, so that what else the machine does falls on both.

Run: ``uv run python experiments/benchmarks/resampling_time.py``
"""

from __future__ import annotations

import sys
import time
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import f1_score
from threadpoolctl import threadpool_limits

from standoff.evaluation.metrics import FloatArray, IntArray, macro_f1
from standoff.evaluation.resample import bootstrap, cluster_counts
from standoff.evaluation.significance import differences, randomisation_tests, randomised_differences

if TYPE_CHECKING:
    from collections.abc import Callable

ITEMS, SYSTEMS, LABELS = 10_000, 20, 3
RESAMPLES = PERMUTATIONS = 10_000
GROUPS = (10_000, 1_000)
SEED = 12345
LOOPED = 10
"""Resamples, and permutations of one pair, that a loop does in a round."""

ROUNDS = 3
AT_LEAST = 250
"""How many times faster than the loop resampling has to be."""

EQUAL = 1e-12
PAIRS = list(combinations(range(SYSTEMS), 2))


class Made:
    """Made-up items, and what the systems predict: each is right somewhat more often than the one before it."""

    def __init__(self, n_groups: int) -> None:
        generator = np.random.default_rng(SEED)
        self.gold = generator.integers(0, LABELS, ITEMS)
        right = generator.random((SYSTEMS, ITEMS)) < np.linspace(0.4, 0.6, SYSTEMS)[:, None]
        self.predicted: IntArray = np.where(right, self.gold, generator.integers(0, LABELS, (SYSTEMS, ITEMS)))
        self.n_groups = n_groups
        self.group = np.arange(ITEMS) % n_groups
        self.names = [f"{group:05}" for group in self.group]  # in sorted order as the numbers are

    def counts(self) -> IntArray:
        """Return the counts of each group and system, of shape (G, S, L, L + 1)."""
        return np.stack([cluster_counts(self.gold, one, self.names, LABELS) for one in self.predicted], axis=1)

    def bootstrap(self) -> FloatArray:
        """Return macro-F1 on each resample, of shape (R, S), from the labels on."""
        return bootstrap(self.counts(), macro_f1, resamples=RESAMPLES, seed=SEED)

    def looped_bootstrap(self) -> FloatArray:
        """Return the first rows of the same."""
        order = np.argsort(self.group, kind="stable").reshape(self.n_groups, -1)
        drawn = np.random.Generator(np.random.PCG64(SEED)).integers(0, self.n_groups, (LOOPED, self.n_groups))
        return np.array(
            [
                [macro(self.gold[items], one[items]) for one in self.predicted]
                for items in (order[groups].ravel() for groups in drawn)
            ]
        )

    def permutation(self) -> FloatArray:
        """Return the p value of every pair, from the labels on."""
        return randomisation_tests(self.counts(), macro_f1, PAIRS, permutations=PERMUTATIONS, seed=SEED)

    def looped_permutation(self) -> FloatArray:
        """Return the first differences of the first pair, swapped at random."""
        width = -(-self.n_groups // 64)
        words = np.random.PCG64(SEED).random_raw(LOOPED * width).reshape(LOOPED, width)
        bits = np.unpackbits(words.view(np.uint8), axis=1, count=self.n_groups, bitorder="little").astype(bool)
        first, second = self.predicted[:2]
        return np.array(
            [
                macro(self.gold, np.where(kept, first, second)) - macro(self.gold, np.where(kept, second, first))
                for kept in bits[:, self.group]
            ]
        )


def macro(gold: IntArray, predicted: IntArray) -> float:
    """Return macro-F1 as scikit-learn has it."""
    return float(f1_score(gold, predicted, average="macro", labels=range(LABELS), zero_division=0))


def quickest(*calls: Callable[[], FloatArray]) -> tuple[list[float], list[FloatArray]]:
    """Return the time of the quickest of some rounds of each call, in seconds, and what each gives."""
    taken: list[list[float]] = [[] for _ in calls]
    found: list[FloatArray] = []
    for _ in range(ROUNDS):
        found = []
        for times, call in zip(taken, calls, strict=True):
            start = time.perf_counter()
            found.append(call())
            times.append(time.perf_counter() - start)
    return [min(times) for times in taken], found


def look(n_groups: int) -> list[str]:
    """Print what takes how long on this many groups; return what is slower than promised, or not equal."""
    made, wrong = Made(n_groups), []
    (ours, loop), (samples, looped) = quickest(made.bootstrap, made.looped_bootstrap)
    loop *= RESAMPLES / LOOPED
    gap = float(np.abs(samples[:LOOPED] - looped).max())
    print(f"{ITEMS:,} items in {n_groups:,} groups, {SYSTEMS} systems")
    print(
        f"  {RESAMPLES:,} resamples: {ours:.2f} s; loop {loop:,.0f} s, {loop / ours:,.0f} times; "
        f"apart by {gap:.0e}"
    )
    start = time.perf_counter()
    paired = differences(samples, PAIRS)
    print(f"  paired differences of {len(PAIRS)} pairs, of these: {time.perf_counter() - start:.2f} s more")
    if loop / ours < AT_LEAST:
        wrong.append(f"{n_groups:,} groups: {loop / ours:,.0f} times, promised {AT_LEAST}")
    gap = max(gap, float(np.abs(paired[:LOOPED] - differences(looped, PAIRS)).max()))
    (swaps, loop), (p, looped) = quickest(made.permutation, made.looped_permutation)
    loop *= len(PAIRS) * PERMUTATIONS / LOOPED
    alone = randomised_differences(made.counts(), macro_f1, PAIRS[:1], permutations=LOOPED, seed=SEED)
    gap = max(gap, float(np.abs(alone[:, 0] - looped).max()))
    print(
        f"  {PERMUTATIONS:,} permutations of {len(PAIRS)} pairs: {swaps:.2f} s; loop {loop:,.0f} s, "
        f"{loop / swaps:,.0f} times; {int((p < 0.05).sum())} p values below 0.05"
    )
    if loop / swaps < AT_LEAST:
        wrong.append(f"{n_groups:,} groups, permutations: {loop / swaps:,.0f} times, promised {AT_LEAST}")
    if not gap < EQUAL:
        wrong.append(f"{n_groups:,} groups: apart by {gap}")
    return wrong


def main() -> None:
    """Print; exit code 1 when ours is not as many times faster as promised, or not equal."""
    with threadpool_limits(1):
        wrong = [problem for n_groups in GROUPS for problem in look(n_groups)]
    print(f"loops: {LOOPED} resamples of {SYSTEMS} systems, {LOOPED} permutations of a pair, scaled to all")
    if wrong:
        sys.exit("; ".join(wrong))


if __name__ == "__main__":
    main()
