"""Anchor: TF-IDF and logistic regression, as everyone knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from standoff.baselines.tfidf_linear import TfidfLinear

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

MAX_ITER = 1_000


class TfidfLogreg(TfidfLinear):
    """:class:`TfidfLinear` with multinomial logistic regression and balanced class weights.

    Args:
        candidates: Values of C to choose from, in ascending order.
    """

    def __init__(self, candidates: Sequence[float] = (0.3, 3.0, 30.0)) -> None:
        self.candidates = candidates

    def predict_proba(self, X: pd.DataFrame) -> NDArray[np.float64]:  # noqa: N803 - scikit-learn's name
        """Return the probability of each label, shape (n, n_labels), as if labels were equally frequent."""
        check_is_fitted(self)
        values: NDArray[np.float64] = self.classifier_.predict_proba(self.features_.transform(X))
        return values

    def _classifier(self, c: float) -> LogisticRegression:
        return LogisticRegression(C=c, class_weight="balanced", max_iter=MAX_ITER)
