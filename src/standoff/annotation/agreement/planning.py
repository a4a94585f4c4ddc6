"""How many units and coders a wanted precision takes, from a pilot."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from standoff.annotation.agreement.coefficients import Coefficient, get_coefficient
from standoff.annotation.agreement.group_types import group_types, resampled
from standoff.annotation.agreement.intervals import FEW_GROUPS, MAX_UNDEFINED, check_resampling, cluster_interval
from standoff.annotation.agreement.ratings import patterns
from standoff.errors import InputError
from standoff.evaluation.scores import LEVEL, MIN_GROUPS, RESAMPLES, SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from standoff.annotation.agreement.group_types import GroupTypes
    from standoff.annotation.agreement.ratings import Ratings

MAX_PANELS = 60
"""The most panels of coders that are tried; of more, so many are drawn."""

MAX_PANEL = 10
"""The largest panel that is planned for, unless a larger one is asked for: few campaigns pay more coders."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """How precisely so many coders and units would show agreement.

    Attributes:
        coders: Number of coders, each of whom rates all units.
        units: Number of units.
        groups: Number of groups that hold so many units, with as many in each as the pilot has on average; None
            where the pilot has none.
        half_width: Half the width of the interval, the mean over the panels; None where there is none.
        lowest: The smallest value that a panel reaches on the whole pilot; None where there is none.
        highest: The largest.
        panels: Number of panels of coders that were tried.
        no_interval_because: Why there is no interval; None where there is.
        few_groups: Whether there is an interval from so few groups that it comes out too narrow.
    """

    coders: int
    units: int
    groups: int | None
    half_width: float | None
    lowest: float | None
    highest: float | None
    panels: int
    no_interval_because: str | None
    few_groups: bool

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON-ready values."""
        return asdict(self)


def planning_table(
    pilot: Ratings,
    units: Sequence[int] = (100, 200, 400, 800),
    coders: Sequence[int] | None = None,
    *,
    coefficient: Coefficient | str = "alpha_nominal",
    resamples: int = RESAMPLES,
    seed: int = SEED,
    level: float = LEVEL,
) -> list[PlanRow]:
    """Return how wide the interval of a coefficient becomes, for each number of coders and of units.

    The pilot is resampled. Its coders are taken without replacement, since one taken twice would agree with
    itself: every panel of so many coders is tried (sixty drawn at random where there are more). For each,
    groups are drawn with replacement from those with units that the whole panel rated, as many as hold so many
    units. The width is that of the interval which :func:`standoff.annotation.agreement.intervals.estimate` would
    give; how much depends on who codes is seen from ``lowest`` and ``highest``.

    Args:
        pilot: Ratings like those that are planned.
        units: Numbers of units.
        coders: Numbers of coders; default from 2 to as many as the pilot has, or ten.
        coefficient: A coefficient or its name.
        resamples: Number of resamples for each panel.
        seed: Seed of the resampling.
        level: Level of the interval, between 0 and 1.

    Returns:
        One row for each number of coders and, within it, of units, in the order given.

    Raises:
        InputError: More coders than the pilot has, fewer than two, fewer than one unit, or ``resamples``, ``seed``
            or ``level`` is out of range.
        NotFoundError: As :func:`standoff.annotation.agreement.intervals.estimate`.
    """
    chosen = get_coefficient(coefficient) if isinstance(coefficient, str) else coefficient
    wanted = tuple(range(2, min(len(pilot.coders), MAX_PANEL) + 1)) if coders is None else tuple(coders)
    if not wanted or min(wanted) < 2 or max(wanted) > len(pilot.coders) or min(units, default=1) < 1:
        raise InputError(
            "the pilot cannot be resampled to this",
            got=f"{wanted} coders, {tuple(units)} units, from a pilot of {len(pilot.coders)} coders",
            expected="from 2 coders to as many as the pilot has, and at least 1 unit",
        )
    check_resampling(resamples, seed, level)
    table = []
    for number in wanted:
        panels = [_panel(pilot, names, chosen) for names in _choose(pilot.coders, number, seed)]
        usable = [panel for panel in panels if panel.types.n_groups >= MIN_GROUPS and not np.isnan(panel.value)]
        table += [
            _row(usable, number, n_units, chosen, resamples=resamples, seed=seed, level=level) for n_units in units
        ]
    return table


class _Panel(NamedTuple):
    """Some coders on the units that they all rated: their number, their groups' types, and the coefficient."""

    n_units: int
    types: GroupTypes
    value: float


def _choose(coders: Sequence[str], number: int, seed: int) -> list[tuple[str, ...]]:
    """Return the panels of so many coders: all of them, or some drawn without replacement where they are many."""
    if comb(len(coders), number) <= MAX_PANELS:
        return list(combinations(coders, number))
    generator = np.random.default_rng(seed)
    panels: set[tuple[int, ...]] = set()
    while len(panels) < MAX_PANELS:
        panels.add(tuple(sorted(generator.choice(len(coders), number, replace=False).tolist())))
    return [tuple(coders[place] for place in panel) for panel in sorted(panels)]


def _panel(pilot: Ratings, coders: tuple[str, ...], coefficient: Coefficient) -> _Panel:
    ratings = pilot.restrict(coders)
    counted = patterns(ratings.keep(np.all(ratings.values >= 0, axis=1)))
    return _Panel(counted.n_units, group_types(counted, coefficient), coefficient.of(counted))


def _row(
    panels: Sequence[_Panel],
    coders: int,
    units: int,
    coefficient: Coefficient,
    *,
    resamples: int,
    seed: int,
    level: float,
) -> PlanRow:
    if not panels:
        why_not = f"no {coders} coders rated the same units in {MIN_GROUPS} groups, with more than one value"
        return PlanRow(coders, units, None, None, None, None, 0, why_not, few_groups=False)
    values = [panel.value for panel in panels]
    ends = (min(values), max(values), len(panels))
    groups = round(units * sum(panel.types.n_groups for panel in panels) / sum(panel.n_units for panel in panels))
    if groups < MIN_GROUPS:
        why_not = f"{units} units are {groups} groups; resampling needs at least {MIN_GROUPS}"
        return PlanRow(coders, units, groups, None, *ends, why_not, few_groups=False)
    seeds = np.random.SeedSequence((seed, coders, units)).generate_state(len(panels)).tolist()
    widths = []
    for panel, own in zip(panels, seeds, strict=True):
        samples = resampled(panel.types, coefficient, groups, resamples=resamples, seed=own)
        defined = samples[~np.isnan(samples)]
        if len(samples) - len(defined) > MAX_UNDEFINED * len(samples):
            why_not = f"undefined in {len(samples) - len(defined)} of {len(samples)} resamples of a panel"
            why_not = f"{why_not}: {coefficient.undefined}"
            return PlanRow(coders, units, groups, None, *ends, why_not, few_groups=False)
        low, high = cluster_interval(defined, panel.value, groups, level=level, lowest=coefficient.lowest)
        widths.append((high - low) / 2)
    return PlanRow(coders, units, groups, float(np.mean(widths)), *ends, None, few_groups=groups < FEW_GROUPS)
