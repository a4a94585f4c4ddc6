"""Anchor: a linear support vector machine on naive Bayes log-count ratios (Wang and Manning, 2012, "NBSVM")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import LinearSVC
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from standoff.baselines.frame_classifier import label_counts
from standoff.baselines.tfidf_linear import TfidfLinear
from standoff.baselines.tfidf_svm import MAX_ITER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class NaiveBayesSvm(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Linear support vector machines over which features occur, each weighted by its log-count ratio.

    For a label, with p the smoothed shares of the features in the items that have it and q in those that have
    not, r = log(p / q); the machine for the label sees x · r where x is 1 for a feature that is positive. Its
    weights are interpolated with their mean magnitude: w' = (1 - beta) · mean|w| + beta · w (Wang and Manning,
    2012, section 2.3; they take one machine for two classes, and here each label has one against the others).

    Args:
        C: Strength of the machines.
        alpha: Smoothing, positive: added to each feature's count.
        beta: Trust in the machine over naive Bayes, from 0 to 1.

    Attributes:
        classes_: The labels, sorted.
        coef_: Weights of the features, shape (n_labels, n_features); (1, n_features) for two labels.
        intercept_: Shape (n_labels,); (1,) for two labels.
    """

    def __init__(self, C: float = 1.0, alpha: float = 1.0, beta: float = 0.25) -> None:  # noqa: N803 - as LinearSVC
        self.C = C
        self.alpha = alpha
        self.beta = beta

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803 - scikit-learn's name
        """Fit on a matrix of n items, shape (n, n_features), dense or CSR, and their labels."""
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float64)  # noqa: N806
        check_classification_targets(y)
        self.classes_, _ = label_counts(y)
        occurs = _occurs(X)
        asked = self.classes_[1:] if len(self.classes_) == 2 else self.classes_
        fitted = [self._fit_one(occurs, y == label) for label in asked]
        self.coef_ = np.vstack([weights for weights, _ in fitted])
        self.intercept_ = np.array([intercept for _, intercept in fitted])
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:  # noqa: N803 - scikit-learn's name
        """Return how much speaks for each label: shape (n, n_labels), or (n,) for the second of two labels."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)  # noqa: N806
        values: NDArray[np.float64] = np.asarray(_occurs(X) @ self.coef_.T) + self.intercept_
        return values[:, 0] if len(self.classes_) == 2 else values

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803 - scikit-learn's name
        """Return the label of each item, shape (n,)."""
        values = self.decision_function(X)
        best = (values > 0).astype(int) if values.ndim == 1 else values.argmax(axis=1)
        return self.classes_[best]  # type: ignore[no-any-return]

    def _fit_one(self, occurs: Any, has: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
        shares = [
            counts / counts.sum()
            for rows in (has, ~has)
            for counts in [np.asarray(occurs[rows].sum(axis=0)).ravel() + self.alpha]
        ]
        ratio = np.log(shares[0] / shares[1])
        seen = occurs.multiply(ratio).tocsr() if issparse(occurs) else occurs * ratio
        machine = LinearSVC(C=self.C, class_weight="balanced", max_iter=MAX_ITER, random_state=0).fit(seen, has)
        weights = machine.coef_[0]
        mixed = (1 - self.beta) * np.abs(weights).mean() + self.beta * weights
        return mixed * ratio, float(machine.intercept_[0])

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's tags: sparse matrices are fine; numbers that count nothing tell it little."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        tags.input_tags.sparse = True
        return tags


def _occurs(matrix: Any) -> Any:
    """Return 1 where a value is positive, else 0, of the same shape and kind."""
    if not issparse(matrix):
        return (matrix > 0).astype(np.float64)
    ones = matrix.copy()
    ones.data = (ones.data > 0).astype(np.float64)
    return ones


class NbSvm(TfidfLinear):
    """:class:`NaiveBayesSvm` on words and pairs of words of text, actor and target.

    An anchor should be as strong as it can be: the interpolation of the paper (beta 0.25) did worse than none on
    the validation folds of every set that it was tried on. Its features are not of length one as TF-IDF's are, so
    that smaller C than those of the other anchors pay.

    Args:
        candidates: Values of C to choose from, in ascending order.
        beta: Trust in the machine over naive Bayes, from 0 to 1.
    """

    splitters: ClassVar[tuple[str, ...]] = ("words",)

    def __init__(self, candidates: Sequence[float] = (1e-5, 1e-4, 1e-3, 0.01, 0.1), beta: float = 1.0) -> None:
        self.candidates = candidates
        self.beta = beta

    def _classifier(self, c: float) -> NaiveBayesSvm:
        return NaiveBayesSvm(C=c, beta=self.beta)
