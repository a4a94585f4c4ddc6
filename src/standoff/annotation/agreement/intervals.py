"""Agreement with its interval, from a bootstrap over groups.

Groups (articles) are drawn with replacement, as many as there are, because units of one article are not
independent (Field and Welsh 2007, Bootstrapping clustered data, JRSS B 69:369-390). Where each unit is its own
group, this is the bootstrap over units. With few groups percentiles alone are too narrow; see :func:`widened`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from standoff.annotation.agreement.coefficients import Coefficient, get_coefficient
from standoff.annotation.agreement.group_types import group_types, resampled
from standoff.annotation.agreement.ratings import Patterns, patterns
from standoff.errors import InputError
from standoff.evaluation.resample import interval
from standoff.evaluation.scores import LEVEL, MIN_GROUPS, RESAMPLES, SEED

if TYPE_CHECKING:
    from standoff.annotation.agreement.ratings import Ratings
    from standoff.evaluation.metrics import FloatArray

MAX_UNDEFINED = 0.05
"""The largest share of resamples without a value that may be left out; above it there is no interval."""

FEW_GROUPS = 20
"""With fewer groups than this intervals come out too narrow, widened as they are, and that is said."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Agreement on some ratings.

    Attributes:
        coefficient: Name of the coefficient.
        value: The coefficient; None where it is undefined.
        low: Lower end of the interval; None where there is no interval.
        high: Upper end of the interval; None where there is no interval.
        level: Level of the interval.
        undefined: Why the coefficient is undefined; None where it is not.
        no_interval_because: Why there is a value and no interval; None otherwise.
        few_groups: Whether there is an interval from so few groups that it comes out too narrow.
        n_units: Number of units with two or more ratings; others do not count.
        n_ratings: Number of these units' ratings.
        n_groups: Number of groups that hold these units.
        n_coders: Number of coders who rated one of these units.
        resamples: Number of resamples.
        left_out: Number of resamples in which the coefficient is undefined, left out of the interval.
        seed: Seed of the resampling.
    """

    coefficient: str
    value: float | None
    low: float | None
    high: float | None
    level: float
    undefined: str | None
    no_interval_because: str | None
    few_groups: bool
    n_units: int
    n_ratings: int
    n_groups: int
    n_coders: int
    resamples: int
    left_out: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        """Return the estimate as JSON-ready values."""
        return asdict(self)


def estimate(
    ratings: Ratings | Patterns,
    coefficient: Coefficient | str,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    level: float = LEVEL,
) -> Estimate:
    """Return a coefficient with the interval of a bootstrap over groups, from :func:`cluster_interval`.

    Resamples in which the coefficient is undefined are left out and counted. There is no interval where they are
    more than 5 %, or the groups fewer than five. The order of the units does not matter.

    Args:
        ratings: Who gave which label to which unit; or their patterns, where several coefficients share them.
        coefficient: A coefficient, or the name of one in
            :data:`standoff.annotation.agreement.coefficients.COEFFICIENTS`.
        resamples: Number of resamples.
        seed: Seed of the resampling.
        level: Level of the interval, between 0 and 1.

    Raises:
        InputError: ``resamples``, ``seed`` or ``level`` is out of range, or the coefficient is for two coders and
            there are not two.
        NotFoundError: No such coefficient, or it is for a label that the inventory lacks.
    """
    chosen = get_coefficient(coefficient) if isinstance(coefficient, str) else coefficient
    check_resampling(resamples, seed, level)
    counted = ratings if isinstance(ratings, Patterns) else patterns(ratings)
    types = group_types(counted, chosen)
    value = float(chosen.of_sums((types.counts @ types.sums)[None])[0])
    undefined = why_not = None
    samples: FloatArray = np.empty(0)
    if np.isnan(value):
        undefined = chosen.undefined if counted.n_units else "no unit has two ratings"
    elif counted.n_groups < MIN_GROUPS:
        groups = "1 group" if counted.n_groups == 1 else f"{counted.n_groups} groups"
        why_not = f"{groups}; resampling needs at least {MIN_GROUPS}"
    else:
        samples = resampled(types, chosen, types.n_groups, resamples=resamples, seed=seed)
    left_out = int(np.isnan(samples).sum())
    if left_out > MAX_UNDEFINED * resamples:
        why_not = f"undefined in {left_out} of {resamples} resamples: {chosen.undefined}"
    ends = None
    if not undefined and not why_not:
        defined = samples[~np.isnan(samples)]
        ends = cluster_interval(defined, value, counted.n_groups, level=level, lowest=chosen.lowest)
    return Estimate(
        coefficient=chosen.name,
        value=None if undefined else value,
        low=ends and ends[0],
        high=ends and ends[1],
        level=level,
        undefined=undefined,
        no_interval_because=why_not,
        few_groups=ends is not None and counted.n_groups < FEW_GROUPS,
        n_units=counted.n_units,
        n_ratings=counted.n_ratings,
        n_groups=counted.n_groups,
        n_coders=counted.n_coders,
        resamples=resamples,
        left_out=left_out,
        seed=seed,
    )


def widened(samples: FloatArray, value: float, n_groups: int) -> FloatArray:
    """Return resamples of G groups drawn away from the value of them all by G / (G - 1).

    The spread over G groups comes out too small by the root of that (Davison and Hinkley 1997, Bootstrap Methods
    and their Application, 2.3); the other root stands for what Student's t is wider than a normal distribution.
    In simulations with 5, 8 and 20 groups some 84, 87 and 93 of 100 such intervals of 95 % held the truth, and 90,
    91 and 94 with this.

    Args:
        samples: Shape (R,), or (R, K) for K values at once.
        value: That of all groups.
        n_groups: G, at least 2.
    """
    return value + (samples - value) * (n_groups / (n_groups - 1))


def cluster_interval(
    samples: FloatArray, value: float, n_groups: int, *, level: float = LEVEL, lowest: float, highest: float = 1.0
) -> tuple[float, float]:
    """Return the ends of the percentile interval of widened resamples, within the range of what is estimated.

    Args:
        samples: Shape (R,), all defined.
        value: That of all groups.
        n_groups: The number of groups of a resample.
        level: Level of the interval, between 0 and 1.
        lowest: The least that the value could be.
        highest: The most.
    """
    low, high = interval(widened(samples, value, n_groups), level)
    return max(low, lowest), min(high, highest)


def check_resampling(resamples: int, seed: int, level: float) -> None:
    """Raise :class:`InputError` where no interval could be made of these, whatever the ratings."""
    if resamples < 1 or seed < 0 or not 0 < level < 1:
        raise InputError(
            "there is no such interval",
            got=f"{resamples} resamples, seed {seed}, level {level}",
            expected="at least 1 resample, a seed of 0 or more, and a level between 0 and 1",
        )
