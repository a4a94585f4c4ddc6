"""Metrics computed from confusion counts, so that a thousand resamples cost no more than one array operation.

Counts have shape (..., L, L + 1) for L labels: rows are gold, columns predicted, and the last column holds the
items without a prediction. A missing prediction is thus wrong for its gold label (a false negative) and blames
no other label. Leading dimensions are carried through: (groups, L, L + 1) gives one score per group.

A ratio whose denominator is 0 is 0, as with ``zero_division=0`` in scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from standoff.errors import InputError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable

IntArray: TypeAlias = npt.NDArray[np.int64]
FloatArray: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64 | np.float64]


class PerClass(NamedTuple):
    """Scores of each label, each of shape (..., L); ``support`` is the number of gold items."""

    precision: FloatArray
    recall: FloatArray
    f1: FloatArray
    support: Counts


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as a value.

    Attributes:
        name: The name in :data:`METRICS`.
        compute: Counts of shape (..., L, L + 1) to scores of shape (...).
        describes: One sentence for tables and help.
        short: The name in a signature: letters and digits only.
    """

    name: str
    compute: Callable[[Counts], FloatArray]
    describes: str
    short: str


def cells(gold: IntArray, predicted: IntArray, n_labels: int) -> IntArray:
    """Return for each item the position of its cell in a flattened (L, L + 1) table of counts.

    Args:
        gold: Shape (n,): label indices from 0 to ``n_labels`` - 1.
        predicted: Shape (n,): the same, or -1 where there is no prediction.
        n_labels: L.

    Raises:
        InputError: The shapes differ or an index is out of range.
    """
    if gold.ndim != 1 or gold.shape != predicted.shape:
        raise InputError(
            "gold and predicted labels are two lists of one length", got=(gold.shape, predicted.shape)
        )
    if np.any((gold < 0) | (gold >= n_labels)) or np.any((predicted < -1) | (predicted >= n_labels)):
        raise InputError(
            "a label index is out of range",
            expected=f"gold from 0 to {n_labels - 1}; predicted the same, or -1 where missing",
        )
    columns: IntArray = np.where(predicted < 0, n_labels, predicted)
    return gold * (n_labels + 1) + columns


def confusion(gold: IntArray, predicted: IntArray, n_labels: int) -> IntArray:
    """Return the counts of shape (L, L + 1): rows gold, columns predicted, the last column missing.

    Arguments and errors are those of :func:`cells`.
    """
    flat = np.bincount(cells(gold, predicted, n_labels), minlength=n_labels * (n_labels + 1))
    return flat.reshape(n_labels, n_labels + 1).astype(np.int64, copy=False)


def per_class(counts: Counts) -> PerClass:
    """Return precision, recall, F1 and support of each label, each of shape (..., L).

    With TP, FP and FN of one label against the rest: precision TP / (TP + FP), recall TP / (TP + FN) and
    F1 = 2TP / (2TP + FP + FN), each 0 where its denominator is 0.
    """
    hits = _hits(counts)
    support = counts.sum(axis=-1)  # TP + FN, the missing among the FN
    claimed = counts[..., :-1].sum(axis=-2)  # TP + FP
    return PerClass(
        precision=_ratio(hits, claimed),
        recall=_ratio(hits, support),
        f1=_ratio(2 * hits, claimed + support),
        support=support,
    )


def macro_f1(counts: Counts) -> FloatArray:
    """Return the mean of the labels' F1, of shape (...), over the fixed inventory.

    A label that is neither in the gold labels nor predicted counts with F1 = 0. This differs from averaging over
    the labels that happen to be observed, scikit-learn's default, under which a system gains by never predicting
    a hard label that the gold data lacks, and two systems are averaged over different sets of labels.
    """
    return np.asarray(per_class(counts).f1.mean(axis=-1), dtype=np.float64)


def accuracy(counts: Counts) -> FloatArray:
    """Return the share of items predicted right, of shape (...); a missing prediction is not right."""
    return _ratio(_hits(counts).sum(axis=-1), counts.sum(axis=(-2, -1)))


def get_metric(name: str) -> Metric:
    """Return the metric of that name.

    Raises:
        NotFoundError: No such metric; the message suggests the nearest.
    """
    if name not in METRICS:
        raise unknown_name("metric", name, METRICS)
    return METRICS[name]


def _hits(counts: Counts) -> Counts:
    return np.diagonal(counts, axis1=-2, axis2=-1)


def _ratio(part: Counts, whole: Counts) -> FloatArray:
    return np.divide(part, whole, out=np.zeros(np.shape(whole), dtype=np.float64), where=np.asarray(whole) > 0)


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("macro_f1", macro_f1, "Mean of the labels' F1 over the task's fixed inventory.", "macroF1"),
        Metric("accuracy", accuracy, "Share of items predicted right.", "accuracy"),
    )
}
"""All metrics by name; to add one, write its function and add its line here."""
