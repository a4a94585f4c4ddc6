"""The scores of one system on one task: values, intervals, and the counts they come from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, listed
from standoff.evaluation.align import align
from standoff.evaluation.metrics import METRICS, confusion, get_metric, per_class
from standoff.evaluation.resample import bootstrap, cluster_counts, interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from standoff.evaluation.metrics import IntArray, Metric

LEVEL = 0.95
"""Level of every interval."""

RESAMPLES = 1000
SEED = 12345
"""Number of resamples and seed behind every published interval."""

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
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Scores:
    """What one system reached.

    Attributes:
        metric: Name of the primary metric.
        primary: The primary metric.
        accuracy: The share of items predicted right.
        level: Level of the two intervals.
        no_interval_because: Why there are no intervals; None where there are.
        labels: The label inventory, in order.
        per_class: One entry per label, in order.
        confusion: L rows (gold) of L + 1 counts (predicted, then missing).
        n: Number of items.
        n_groups: Number of groups.
        n_missing: Number of items without a prediction, scored as wrong.
        missing_ids: The first twenty of their ids, in the order of the gold labels.
        resamples: Number of resamples of the cluster bootstrap.
        seed: Seed of the cluster bootstrap.
    """

    metric: str
    primary: Estimate
    accuracy: Estimate
    level: float
    no_interval_because: str | None
    labels: tuple[str, ...]
    per_class: tuple[ClassScores, ...]
    confusion: tuple[tuple[int, ...], ...]
    n: int
    n_groups: int
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
            "level": self.level,
            "no_interval_because": self.no_interval_because,
            "per_class": [asdict(scores) for scores in self.per_class],
            "confusion": {
                "gold": list(self.labels),
                "predicted": [*self.labels, None],
                "counts": [list(row) for row in self.confusion],
            },
            "n": self.n,
            "n_groups": self.n_groups,
            "n_missing": self.n_missing,
            "missing_ids": list(self.missing_ids),
            "resamples": self.resamples,
            "seed": self.seed,
        }


def score(
    gold: Mapping[str, str],
    predicted: Mapping[str, str],
    groups: Mapping[str, str],
    labels: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    metric: str = "macro_f1",
    min_groups: int = MIN_GROUPS,
) -> Scores:
    """Return the scores of ``predicted`` against ``gold``.

    A missing prediction is wrong and counted. The intervals come from a bootstrap over groups; with fewer
    than ``min_groups`` they are None.

    Args:
        gold: Item id to gold label.
        predicted: Item id to predicted label.
        groups: Item id to group (article); ids that are not in ``gold`` are ignored.
        labels: The inventory, in the order fixed by the task.
        resamples: Number of resamples.
        seed: Seed of the resampling.
        metric: Name of the primary metric.
        min_groups: The fewest groups that an interval may rest on.

    Raises:
        InputError: The predictions do not fit the task (see :func:`standoff.evaluation.align.align`), an item
            has no group, or ``resamples`` or ``seed`` is out of range.
        NotFoundError: No such metric.
    """
    primary = get_metric(metric)
    aligned = align(gold, predicted, labels)
    if ungrouped := [repr(item) for item in aligned.ids if item not in groups]:
        raise InputError(f"{len(ungrouped)} items have no group:\n{listed(ungrouped)}", expected="one group each")
    by_group = cluster_counts(aligned.gold, aligned.predicted, [groups[i] for i in aligned.ids], len(labels))
    too_few = len(by_group) < min_groups
    counts = confusion(aligned.gold, aligned.predicted, len(labels))

    def estimate(one: Metric) -> Estimate:
        value = float(one.compute(counts))
        low, high = interval(bootstrap(by_group, one.compute, resamples=resamples, seed=seed), LEVEL)
        return Estimate(value, *((None, None) if too_few else (low, high)))

    return Scores(
        metric=metric,
        primary=estimate(primary),
        accuracy=estimate(METRICS["accuracy"]),
        level=LEVEL,
        no_interval_because=_too_few(len(by_group), min_groups) if too_few else None,
        labels=tuple(labels),
        per_class=_class_scores(counts, labels),
        confusion=tuple(tuple(row) for row in counts.tolist()),
        n=len(aligned.ids),
        n_groups=len(by_group),
        n_missing=len(aligned.missing),
        missing_ids=aligned.missing[:20],
        resamples=resamples,
        seed=seed,
    )


def _too_few(n_groups: int, min_groups: int) -> str:
    items = "all items are in one group" if n_groups == 1 else f"the items are in {n_groups} groups"
    return f"{items}; resampling groups needs at least {min_groups}"


def _class_scores(counts: IntArray, labels: Sequence[str]) -> tuple[ClassScores, ...]:
    columns = (column.tolist() for column in per_class(counts))
    return tuple(ClassScores(*row) for row in zip(labels, *columns, strict=True))
