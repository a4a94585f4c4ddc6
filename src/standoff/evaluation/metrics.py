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
from standoff.records import BoardLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

IntArray: TypeAlias = npt.NDArray[np.int64]
FloatArray: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64 | np.float64]

BOARD = (BoardLabel.SUPPORT, BoardLabel.OPPOSE, BoardLabel.NONE)
"""The board's labels in the order of their counts."""


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
        on_board: Whether ``compute`` takes the counts of the board's labels, support, oppose and none (see
            :func:`to_board`), and not those of the task's own labels.
    """

    name: str
    compute: Callable[[Counts], FloatArray]
    describes: str
    short: str
    on_board: bool = False


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


def merged(counts: Counts, places: Sequence[int], n: int) -> Counts:
    """Return counts in which labels are merged, of shape (..., n, n + 1).

    Args:
        counts: Shape (..., L, L + 1).
        places: For each of the L labels the one of the ``n`` that it becomes.
        n: Number of labels that there are then.
    """
    into = np.zeros((len(places), n), dtype=np.int64)
    into[np.arange(len(places)), places] = 1
    columns = np.zeros((len(places) + 1, n + 1), dtype=np.int64)
    columns[:-1, :-1], columns[-1, -1] = into, 1  # what is missing stays so
    result: Counts = np.asarray(into.T @ counts @ columns)
    return result


def to_board(counts: Counts, board_labels: Sequence[BoardLabel]) -> Counts:
    """Return the counts of the board's labels, of shape (..., 3, 4), in the order of :data:`BOARD`.

    Args:
        counts: Shape (..., L, L + 1).
        board_labels: The board's label of each of the L labels.
    """
    return merged(counts, [BOARD.index(label) for label in board_labels], len(BOARD))


def f_support_oppose(board: Counts) -> FloatArray:
    """Return the mean of the F1 of support and of oppose, of shape (...), from the board's counts.

    None has no F1 of its own in it, but what is taken for it, or it for, counts (Mohammad et al. 2016,
    SemEval-2016 Task 6: F_avg of favor and against).
    """
    return np.asarray(per_class(board).f1[..., :2].mean(axis=-1), dtype=np.float64)


def gate_f1(board: Counts) -> FloatArray:
    """Return macro-F1 of whether a position is taken at all, of shape (...), from the board's counts."""
    return macro_f1(merged(board, [0, 0, 1], 2))


def polarity_f1(board: Counts) -> FloatArray:
    """Return macro-F1 of support and oppose on the items with a position by gold, of shape (...).

    There, a prediction of none is like one that is missing: wrong for its gold label, the fault of no other.
    """
    polar = np.empty((*board.shape[:-2], 2, 3), dtype=board.dtype)
    polar[..., :2] = board[..., :2, :2]
    polar[..., 2] = board[..., :2, 2:].sum(axis=-1)
    return macro_f1(polar)


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
        Metric(
            "f_support_oppose",
            f_support_oppose,
            "Mean of the F1 of support and of oppose; none has none of its own.",
            "fSupportOppose",
            on_board=True,
        ),
        Metric(
            "gate_f1",
            gate_f1,
            "Macro-F1 of whether a position is taken: support or oppose, or none.",
            "gateF1",
            on_board=True,
        ),
        Metric(
            "polarity_f1",
            polarity_f1,
            "Macro-F1 of support and oppose on the items whose gold label is one of them.",
            "polarityF1",
            on_board=True,
        ),
    )
}
"""All metrics by name; to add one, write its function and add its line here."""
