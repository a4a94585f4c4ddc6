"""Learning curves: what a baseline reaches with a part of the training articles, on validation folds."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from standoff.baselines.features import shared_analyses
from standoff.errors import InputError
from standoff.evaluation.scores import SEED
from standoff.experiments.analysis.fitting import fit_and_ask, rounds_until
from standoff.experiments.analysis.predicted import macro_f1_of
from standoff.experiments.analysis.results import document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from standoff.experiments.analysis.fitting import Round
    from standoff.tasks.task import LoadedTask

FRACTIONS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
ORDERS = 3
ENOUGH = 1000
"""Items that a curve is scored on, at least, where the task has as many to hold out."""


@dataclass(frozen=True, slots=True)
class Point:
    """What is reached with one part of the training groups.

    Attributes:
        fraction: The part.
        n_groups: Training groups, on average over the rounds.
        n_items: Training items, on average over rounds and orders.
        values: Macro-F1 for each order; one value where all groups are taken.
        mean: Of the values.
        low: The smallest value.
        high: The largest value.
    """

    fraction: float
    n_groups: float
    n_items: float
    values: tuple[float, ...]
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """One baseline on one task; ``n_held_out`` is the number of items that each value is over."""

    baseline: str
    task: str
    label_kind: str
    n_held_out: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, eq=False)
class LearningCurves:
    """Curves of baselines on tasks, those of a task one after the other."""

    curves: tuple[Curve, ...]
    tasks: tuple[LoadedTask, ...]
    orders: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        """Return the curves as a document; see :func:`standoff.experiments.analysis.results.document`."""
        return document(
            "curve",
            {"orders": self.orders, "curves": [asdict(curve) for curve in self.curves]},
            tasks=self.tasks,
            seeds={"random_state": self.seed, "orders": self.seed},
        )


def learning_curves(
    baselines: Sequence[str],
    tasks: Sequence[LoadedTask],
    *,
    fractions: Sequence[float] = FRACTIONS,
    orders: int = ORDERS,
    enough: int | None = ENOUGH,
    seed: int = SEED,
    report: Callable[[str], None] = lambda _: None,
) -> LearningCurves:
    """Return the learning curve of each baseline on each task.

    Whole groups are taken, in several random orders; along one order each part holds the smaller ones. Nothing of
    the test split is looked at: see :func:`standoff.experiments.validation.validation_rounds`.

    Args:
        baselines: Names of baselines.
        tasks: The tasks.
        fractions: Parts of the training groups of a round, between 0 and 1, ascending.
        orders: How many random orders.
        enough: Validation rounds are taken until this many items are held out; None takes all.
        seed: Seed of the orders and of the baselines.
        report: Called with a line before each point of a curve.

    Raises:
        NotFoundError: No such baseline.
        InputError: A part has items of one label only, or a fraction or ``orders`` is out of range.
    """
    if orders < 1 or not fractions or not all(0 < fraction <= 1 for fraction in fractions):
        raise InputError(
            "these curves cannot be drawn",
            got=f"{orders} orders, fractions {list(fractions)}",
            expected="at least one order, and fractions above 0 up to 1",
        )
    curves = []
    points_made, total = count(1), len(tasks) * len(baselines) * len(fractions)
    for loaded in tasks:
        rounds = rounds_until(loaded, enough)
        # Every part of a task is made of the same texts.
        with shared_analyses():
            for baseline in baselines:
                points = []
                for fraction in fractions:
                    report(f"{next(points_made)}/{total} {baseline} on {loaded.address}, {fraction:.0%}")
                    points.append(_point(baseline, loaded, rounds, fraction, orders=orders, seed=seed))
                held_out = sum(len(items) for _, items in rounds)
                curves.append(Curve(baseline, loaded.address, loaded.task.label_kind, held_out, tuple(points)))
    return LearningCurves(tuple(curves), tuple(tasks), orders, seed)


def _point(
    baseline: str, loaded: LoadedTask, rounds: Sequence[Round], fraction: float, *, orders: int, seed: int
) -> Point:
    values, groups, items = [], [], []
    # All orders end in the same whole.
    for order in range(orders if fraction < 1 else 1):
        parts = [(part(train, fraction, seed=seed + order), held_out) for train, held_out in rounds]
        for train, _ in parts:
            if train["label"].nunique() < 2:
                raise InputError(
                    f"{fraction:.0%} of the training groups have items of one label only",
                    where=f"task {loaded.address}",
                    remedy="leave the task out, or begin with a larger part",
                )
            groups.append(train["group"].nunique())
            items.append(len(train))
        values.append(macro_f1_of(fit_and_ask(baseline, parts, seed=seed), loaded.task.labels))
    return Point(
        fraction=fraction,
        n_groups=float(np.mean(groups)),
        n_items=float(np.mean(items)),
        values=tuple(values),
        mean=float(np.mean(values)),
        low=min(values),
        high=max(values),
    )


def part(train: pd.DataFrame, fraction: float, *, seed: int) -> pd.DataFrame:
    """Return the items of the first groups in the random order of a seed, in the order of the frame.

    Args:
        train: Items.
        fraction: Part of the groups, rounded up.
        seed: Of the order; the part of a smaller fraction is inside that of a larger one.
    """
    groups = sorted(set(train["group"]))
    order = np.random.Generator(np.random.PCG64(seed)).permutation(len(groups))
    taken = {groups[place] for place in order[: math.ceil(fraction * len(groups))]}
    return train[train["group"].isin(taken)].reset_index(drop=True)
