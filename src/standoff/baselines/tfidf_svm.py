"""Anchor: TF-IDF and a linear support vector machine, as everyone knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.svm import LinearSVC

from standoff.baselines.tfidf_linear import TfidfLinear

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ITER = 20_000
"""Enough for the coordinate descent to converge on sparse text; the default of 1,000 is not."""


class TfidfSvm(TfidfLinear):
    """:class:`TfidfLinear` with LinearSVC and balanced class weights.

    The order of the coordinate descent is fixed: it ends at the one optimum, whatever the order.

    Args:
        candidates: Values of C to choose from, in ascending order.
    """

    def __init__(self, candidates: Sequence[float] = (0.01, 0.1, 1.0)) -> None:
        self.candidates = candidates

    def _classifier(self, c: float) -> LinearSVC:
        return LinearSVC(C=c, class_weight="balanced", max_iter=MAX_ITER, random_state=0)
