# ruff: noqa: INP001, T201 - a script, in no package, that prints
"""How long nominal alpha with an interval of 1,000 resamples takes, beside a loop over ``krippendorff.alpha``.

A million made-up units of three coders and three labels, resampled by unit, and by cluster of about ten units.
Ours is timed from the array of ratings on: validating, counting patterns, resampling, quantiles. The loop draws
units (or clusters), takes their rows and calls ``krippendorff.alpha``, in two ways: on the ratings, and on
``value_counts`` made beforehand, which is the quickest input it takes and whose making is not counted. Only seven
rounds of the loops are run, in turn with ours, so that what else the machine does falls on all; the quickest round
of each counts, that of a loop a thousand times.

Run: ``uv run python experiments/benchmarks/agreement_time.py``
"""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import krippendorff
import numpy as np

from standoff.annotation.agreement.intervals import estimate
from standoff.annotation.agreement.ratings import Ratings

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

UNITS, CLUSTERS, CODERS, RESAMPLES = 1_000_000, 100_000, 3, 1_000
LABELS = ("support", "none", "oppose")
ROUNDS = 7
AT_LEAST = {"units": 1_000, "clusters": 200}
"""How many times faster than the loop on the ratings, which is what one would write."""


def made_ratings(generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return ratings of shape (U, C): seven in ten are what the unit is, the others any of the labels."""
    truth = generator.integers(0, len(LABELS), (UNITS, 1))
    guesses = generator.integers(0, len(LABELS), (UNITS, CODERS))
    return np.where(generator.random((UNITS, CODERS)) < 0.7, truth, guesses)


def quickest(*calls: Callable[[], object]) -> list[float]:
    """Return the time of the quickest of some rounds of each call, in seconds; the calls take turns."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for times, call in zip(taken, calls, strict=True):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
    return [min(times) for times in taken]


def main() -> None:
    """Print a line per way of resampling; exit code 1 when ours is not as many times faster as promised."""
    generator = np.random.default_rng(12345)
    values = made_ratings(generator)
    clusters = np.sort(generator.integers(0, CLUSTERS, UNITS))
    ratings = values.astype(np.float64)  # which it takes 1.7 times faster than whole numbers
    value_counts = (values[:, :, None] == np.arange(len(LABELS))).sum(axis=1)
    sizes = np.bincount(clusters, minlength=CLUSTERS)
    starts = np.cumsum(sizes) - sizes

    def drawn_units() -> npt.NDArray[np.int64]:
        return generator.integers(0, UNITS, UNITS)

    def drawn_clusters() -> npt.NDArray[np.int64]:
        drawn = generator.integers(0, CLUSTERS, CLUSTERS)
        ends = np.cumsum(sizes[drawn])
        return np.repeat(starts[drawn] - ends + sizes[drawn], sizes[drawn]) + np.arange(ends[-1])

    def of_ratings(rows: npt.NDArray[np.int64]) -> float:
        return krippendorff.alpha(reliability_data=ratings[rows].T, level_of_measurement="nominal")

    def of_counts(rows: npt.NDArray[np.int64]) -> float:
        return krippendorff.alpha(value_counts=value_counts[rows], level_of_measurement="nominal")

    def ours(groups: npt.NDArray[np.int64] | None) -> object:
        return estimate(Ratings.from_array(values, LABELS, groups=groups), "alpha_nominal", resamples=RESAMPLES)

    slow = []
    for name, draw, groups in (("units", drawn_units, None), ("clusters", drawn_clusters, clusters)):
        seconds, *rounds = quickest(
            partial(ours, groups),
            lambda draw=draw: of_ratings(draw()),  # type: ignore[misc]  # the default binds the loop's variable
            lambda draw=draw: of_counts(draw()),  # type: ignore[misc]
        )
        loops = [RESAMPLES * one for one in rounds]
        ratios = [loop / seconds for loop in loops]
        print(f"{name}: ours {seconds * 1000:,.1f} ms")
        print(f"  loop on the ratings {loops[0]:,.0f} s, {ratios[0]:,.0f} times ours")
        print(f"  loop on value_counts {loops[1]:,.0f} s, {ratios[1]:,.0f} times ours", flush=True)
        if ratios[0] < AT_LEAST[name]:
            slow.append(f"{name}: {ratios[0]:,.0f} times, promised {AT_LEAST[name]:,}")
    found = estimate(Ratings.from_array(values, LABELS), "alpha_nominal").value
    print(f"alpha {found!r}; krippendorff {of_counts(np.arange(UNITS))!r}")
    print(f"the loops' times: the quickest of {ROUNDS} rounds, times {RESAMPLES:,}")
    if slow:
        sys.exit("; ".join(slow))


if __name__ == "__main__":
    main()
