"""The scores of one system on one task: values, intervals, and the counts they come from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from standoff.errors import InputError, listed
from standoff.evaluation.align import MISSING, align
from standoff.evaluation.calibration import brier_score, calibration_error, calibration_sums, reliability
from standoff.evaluation.metrics import BOARD, METRICS, get_metric, per_class, to_board
from standoff.evaluation.resample import bootstrap, caution, cluster_counts, effective_groups, interval
from standoff.records import BoardLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from standoff.evaluation.align import Alignment
    from standoff.evaluation.calibration import Bin
    from standoff.evaluation.metrics import Counts, FloatArray, IntArray
    from standoff.evaluation.predictions import Predictions

LEVEL = 0.95
"""Level of every interval."""

RESAMPLES = 1000
SEED = 12345
"""Number of resamples and seed behind every published interval."""

PER_CLASS = tuple(
    (lambda counts, name=name: getattr(per_class(counts), name)) for name in ("precision", "recall", "f1")
)

MIN_GROUPS = 5
"""k groups have C(2k - 1, k) different resamples: 35 for four of them, too few for the ends of an interval."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score with its interval, whose ends are None where there is none."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ClassScores:
    """The scores of one label; ``support`` is its number of gold items."""

    label: str
    precision: Estimate
    recall: Estimate
    f1: Estimate
    support: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far the probabilities of a system can be believed.

    Attributes:
        brier: The Brier score; a missing prediction counts as all probability on a wrong label.
        error: The expected calibration error of what is predicted.
        bins: The items by the probability of their most probable label.
        n_other: Number of items for which another label than the most probable one is predicted.
    """

    brier: Estimate
    error: Estimate
    bins: tuple[Bin, ...]
    n_other: int


@dataclass(frozen=True, slots=True)
class Scores:
    """What one system reached.

    Attributes:
        metric: Name of the primary metric.
        primary: The primary metric.
        accuracy: The share of items predicted right.
        others: All other metrics that apply, by name.
        level: Level of all intervals.
        no_interval_because: Why there are no intervals; None where there are.
        caution: Why intervals may be too narrow; None where nothing speaks for it.
        labels: The label inventory, in order.
        per_class: One entry per label, in order.
        confusion: L rows (gold) of L + 1 counts (predicted, then missing).
        calibration: Of the probabilities; None where there are none.
        n: Number of items.
        n_groups: Number of groups.
        n_positioned: Number of items whose gold label is support or oppose on the board; None where the labels do
            not mean support, oppose and none.
        n_missing: Number of items without a prediction, scored as wrong.
        missing_ids: The first twenty of their ids, in the order of the gold labels.
        resamples: Number of resamples of the cluster bootstrap.
        seed: Seed of the cluster bootstrap.
    """

    metric: str
    primary: Estimate
    accuracy: Estimate
    others: Mapping[str, Estimate]
    level: float
    no_interval_because: str | None
    caution: str | None
    labels: tuple[str, ...]
    per_class: tuple[ClassScores, ...]
    confusion: tuple[tuple[int, ...], ...]
    calibration: Calibration | None
    n: int
    n_groups: int
    n_positioned: int | None
    n_missing: int
    missing_ids: tuple[str, ...]
    resamples: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        """Return the scores as JSON-ready values.

        The column of missing predictions is called null, which no label can be.
        """
        return {
            "metric": self.metric,
            **asdict(self.primary),
            "accuracy": asdict(self.accuracy),
            "others": {name: asdict(one) for name, one in self.others.items()},
            "level": self.level,
            "no_interval_because": self.no_interval_because,
            "caution": self.caution,
            "per_class": [asdict(scores) for scores in self.per_class],
            "confusion": {
                "gold": list(self.labels),
                "predicted": [*self.labels, None],
                "counts": [list(row) for row in self.confusion],
            },
            "calibration": asdict(self.calibration) if self.calibration else None,
            "n": self.n,
            "n_groups": self.n_groups,
            "n_positioned": self.n_positioned,
            "n_missing": self.n_missing,
            "missing_ids": list(self.missing_ids),
            "resamples": self.resamples,
            "seed": self.seed,
        }


def score(
    gold: Mapping[str, str],
    predicted: Predictions | Mapping[str, str],
    groups: Mapping[str, str],
    labels: Sequence[str],
    *,
    board_map: Mapping[str, str] | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    metric: str = "macro_f1",
    min_groups: int = MIN_GROUPS,
) -> Scores:
    """Return the scores of ``predicted`` against ``gold``.

    A missing prediction is wrong and counted. The intervals come from a bootstrap over groups, one for all scores;
    with fewer than ``min_groups`` they are None.

    Args:
        gold: Item id to gold label.
        predicted: Item id to predicted label, or predictions with probabilities.
        groups: Item id to group (article); ids that are not in ``gold`` are ignored.
        labels: The inventory, in the order fixed by the task.
        board_map: Label to the board's label. Metrics on the board's labels need one that has all three of them.
        resamples: Number of resamples.
        seed: Seed of the resampling.
        metric: Name of the primary metric.
        min_groups: The fewest groups that an interval may rest on.

    Raises:
        InputError: The predictions do not fit the task (see :func:`standoff.evaluation.align.align`), an item
            has no group, the metric does not apply, or ``resamples`` or ``seed`` is out of range.
        NotFoundError: No such metric.
    """
    functions = applicable(labels, board_map)
    if get_metric(metric).name not in functions:
        raise InputError(
            f"{metric} needs labels that mean support, oppose and none",
            got=f"the labels {', '.join(labels)}",
            expected=f"one of {', '.join(functions)}",
        )
    aligned = align(gold, predicted, labels)
    if ungrouped := [repr(item) for item in aligned.ids if item not in groups]:
        raise InputError(f"{len(ungrouped)} items have no group:\n{listed(ungrouped)}", expected="one group each")
    grouped = [groups[item] for item in aligned.ids]
    by_group = cluster_counts(aligned.gold, aligned.predicted, grouped, len(labels))
    too_few = len(by_group) < min_groups

    worth = None if too_few else effective_groups(by_group)
    estimates = partial(_estimates, resamples=resamples, seed=seed, worth=worth)
    *whole, precision, recall, f1 = estimates(by_group, [*functions.values(), *PER_CLASS])
    values = {name: one for name, (one,) in zip(functions, whole, strict=True)}
    counts = by_group.sum(axis=0)
    calibration = None
    if aligned.probabilities is not None:
        sums = calibration_sums(aligned.gold, aligned.probabilities, grouped)
        (brier,), (error,) = estimates(sums, [brier_score, calibration_error])
        calibration = Calibration(brier, error, reliability(sums.sum(axis=0)), _n_other(aligned))
    return Scores(
        metric=metric,
        primary=values[metric],
        accuracy=values["accuracy"],
        others={name: one for name, one in values.items() if name not in {metric, "accuracy"}},
        level=LEVEL,
        no_interval_because=_too_few(len(by_group), min_groups) if too_few else None,
        caution=None if too_few else caution(by_group, labels),
        labels=tuple(labels),
        per_class=tuple(
            ClassScores(*row)
            for row in zip(labels, precision, recall, f1, counts.sum(axis=1).tolist(), strict=True)
        ),
        confusion=tuple(tuple(row) for row in counts.tolist()),
        calibration=calibration,
        n=len(aligned.ids),
        n_groups=len(by_group),
        n_positioned=_n_positioned(counts, labels, board_map),
        n_missing=len(aligned.missing),
        missing_ids=aligned.missing[:20],
        resamples=resamples,
        seed=seed,
    )


def applicable(
    labels: Sequence[str], board_map: Mapping[str, str] | None
) -> dict[str, Callable[[Counts], FloatArray]]:
    """Return the metrics that an inventory allows, by name, each as a function of the counts of its labels.

    Where the labels mean support and oppose only, those on the board's labels would say what macro-F1 says.

    Args:
        labels: The inventory, in order.
        board_map: Label to the board's label; None where they mean no stance.
    """
    board = _board_labels(labels, board_map)
    return {
        name: partial(_on_board, metric.compute, board) if metric.on_board else metric.compute
        for name, metric in METRICS.items()
        if set(board) == set(BOARD) or not metric.on_board
    }


def _board_labels(labels: Sequence[str], board_map: Mapping[str, str] | None) -> list[BoardLabel]:
    return [BoardLabel(board_map[label]) for label in labels] if board_map else []


def _estimates(
    sums: IntArray,
    functions: Sequence[Callable[[Counts], FloatArray]],
    *,
    resamples: int,
    seed: int,
    worth: float | None,
) -> list[list[Estimate]]:
    """Return what each function gives of all groups, one value or several, with intervals of the same resamples.

    Args:
        sums: Whole numbers of each group, of shape (G, ...).
        functions: Sums of shape (R, ...) to scores of shape (R,) or (R, K).
        resamples: Number of resamples.
        seed: Seed of the resampling.
        worth: How many groups of equal size the groups are worth (see
            :func:`standoff.evaluation.resample.effective_groups`); None where they are too few for intervals.
    """
    whole = sums.sum(axis=0, keepdims=True)
    values = [one(whole).reshape(-1) for one in functions]

    def all_at_once(resampled: Counts) -> FloatArray:
        return np.concatenate([one(resampled).reshape(len(resampled), -1) for one in functions], axis=1)

    samples = bootstrap(sums, all_at_once, resamples=resamples, seed=seed)
    ends = ((None, None) if worth is None else interval(column, LEVEL, n_groups=worth) for column in samples.T)
    return [[Estimate(float(value), *next(ends)) for value in found] for found in values]


def _on_board(compute: Callable[[Counts], FloatArray], board: Sequence[BoardLabel], counts: Counts) -> FloatArray:
    return compute(to_board(counts, board))


def _n_positioned(counts: IntArray, labels: Sequence[str], board_map: Mapping[str, str] | None) -> int | None:
    board = _board_labels(labels, board_map)
    return int(to_board(counts, board)[:2].sum()) if set(board) == set(BOARD) else None


def _n_other(aligned: Alignment) -> int:
    """Return for how many items another label than the most probable one is predicted."""
    if aligned.probabilities is None:
        return 0
    here = aligned.predicted != MISSING
    given = aligned.probabilities[here]
    of_predicted = given[np.arange(len(given)), aligned.predicted[here]]
    return int((of_predicted < given.max(axis=1)).sum())


def _too_few(n_groups: int, min_groups: int) -> str:
    items = "all items are in one group" if n_groups == 1 else f"the items are in {n_groups} groups"
    return f"{items}; resampling groups needs at least {min_groups}"
