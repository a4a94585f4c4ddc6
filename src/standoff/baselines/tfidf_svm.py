"""Anchor: TF-IDF and a linear support vector machine, as everyone knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from sklearn.utils.validation import check_is_fitted

from standoff.baselines.features import filled, tfidf

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

FOLDS = 3
MAX_ITER = 20_000
"""Enough for the coordinate descent to converge on sparse text; the default of 1,000 is not."""


class TfidfSvm(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Word 1-2 and character 3-5 TF-IDF of text, actor and target; LinearSVC with balanced class weights.

    ``C`` is the candidate with the best mean macro-F1 in a cross-validation inside the training items that keeps
    groups whole; of equal ones the smallest. With fewer than three groups the middle candidate is taken.

    Args:
        candidates: Values of C to choose from, in ascending order.
        random_state: Seed of the coordinate descent.

    Attributes:
        classes_: The labels, sorted, of shape (n_labels,).
        C_: The chosen C.
        pipeline_: The fitted features and classifier.
    """

    columns: ClassVar[tuple[str, ...]] = ("text", "actor", "target")
    """The columns it looks at."""

    def __init__(self, candidates: Sequence[float] = (0.01, 0.1, 1.0), random_state: int | None = None) -> None:
        self.candidates = candidates
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: Sequence[str]) -> Self:  # noqa: N803 - scikit-learn's name
        """Fit on a frame of n items and their n labels; the column ``group`` keeps articles whole."""
        labels = np.asarray(y)
        columns = filled(X, self.columns)
        self.classes_ = np.unique(labels)
        self.C_ = self._choose(X, labels, columns)
        self.pipeline_ = self._pipeline(columns, self.C_).fit(X, labels)
        return self

    def predict(self, X: pd.DataFrame) -> NDArray[np.str_]:  # noqa: N803 - scikit-learn's name
        """Return the label of each of the n items of a frame, of shape (n,)."""
        check_is_fitted(self)
        predicted: NDArray[np.str_] = self.pipeline_.predict(X)
        return predicted

    def _pipeline(self, columns: Sequence[str], c: float) -> Pipeline:
        return make_pipeline(tfidf(columns), self._classifier(c))

    def _classifier(self, c: float) -> LinearSVC:
        return LinearSVC(C=c, class_weight="balanced", max_iter=MAX_ITER, random_state=self.random_state)

    def _choose(self, frame: pd.DataFrame, labels: NDArray[np.str_], columns: Sequence[str]) -> float:
        if frame["group"].nunique() < FOLDS or len(self.candidates) == 1:
            return float(self.candidates[len(self.candidates) // 2])
        reached = np.zeros(len(self.candidates))
        for train, held_out in GroupKFold(FOLDS).split(frame, labels, groups=frame["group"]):
            # The features do not depend on C, so each fold computes them once.
            features = tfidf(columns)
            rows = features.fit_transform(frame.iloc[train])
            tested = features.transform(frame.iloc[held_out])
            for index, c in enumerate(self.candidates):
                predicted = self._classifier(c).fit(rows, labels[train]).predict(tested)
                reached[index] += f1_score(
                    labels[held_out], predicted, labels=self.classes_, average="macro", zero_division=0
                )
        return float(self.candidates[int(np.argmax(reached))])
