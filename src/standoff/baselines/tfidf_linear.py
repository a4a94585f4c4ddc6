"""What the anchors share: TF-IDF of columns, a linear model, its strength chosen on whole groups."""

from __future__ import annotations

from abc import abstractmethod
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from standoff.baselines.features import FrameTfidf, shared_analyses
from standoff.baselines.frame_classifier import FrameClassifier, check_linear, label_counts, linear_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

FOLDS = 3


class TfidfLinear(FrameClassifier):
    """Word 1-2 and character 3-5 TF-IDF of columns, and a linear classifier.

    ``C`` is the candidate with the best mean macro-F1 in a cross-validation inside the training items that keeps
    groups whole; of equal ones the smallest. With fewer than three groups the middle candidate is taken.

    Args:
        candidates: Values of C to choose from, in ascending order.

    Attributes:
        classes_: The labels, sorted, of shape (n_labels,).
        C_: The chosen C.
        features_: The fitted :class:`FrameTfidf`.
        classifier_: The fitted classifier.
    """

    columns: ClassVar[tuple[str, ...]] = ("text", "actor", "target")
    """The columns it looks at."""

    splitters: ClassVar[tuple[str, ...]] = ("words", "characters")
    """What they are split into."""

    candidates: Sequence[float]

    def fit(self, X: pd.DataFrame, y: ArrayLike) -> Self:  # noqa: N803 - scikit-learn's name
        """Fit on a frame of n items and their n labels; the column ``group`` keeps articles whole.

        Raises:
            ValueError: There is only one label, no candidate, or no item has a text in any of the columns.
        """
        labels = np.asarray(y)
        self.classes_, _ = label_counts(labels)
        views = [f"{column} {how}" for column in self.columns for how in self.splitters]
        with shared_analyses(), threadpool_limits(1):  # folds share texts; threads could change the last bits
            self.C_ = self._choose(X, labels, views)
            self.features_ = FrameTfidf(views)
            rows = self.features_.fit_transform(X)
            if not rows.shape[1]:
                raise ValueError(f"no item has a word in {' or '.join(self.columns)}: there is nothing to look at")
            self.classifier_ = self._classifier(self.C_).fit(rows, labels)
        return self

    def decision_function(self, X: pd.DataFrame) -> NDArray[np.float64]:  # noqa: N803 - scikit-learn's name
        """Return how much speaks for each label: shape (n, n_labels), or (n,) for the second of two labels."""
        check_is_fitted(self)
        values: NDArray[np.float64] = self.classifier_.decision_function(self.features_.transform(X))
        return values

    def feature_weights(self) -> pd.DataFrame:
        """Return the columns label, feature and weight; positive weights speak for the label."""
        check_is_fitted(self)
        return linear_weights(self.classes_, self.features_.get_feature_names_out(), self.classifier_.coef_)

    @abstractmethod
    def _classifier(self, c: float) -> Any:
        """Return the unfitted classifier of strength ``c``."""

    def _choose(self, frame: pd.DataFrame, labels: NDArray[np.str_], views: Sequence[str]) -> float:
        if isinstance(self.candidates, Real) or not len(self.candidates):
            raise ValueError(f"candidates is {self.candidates!r}: write a list of one or more values of C")
        if frame["group"].nunique() < FOLDS or len(self.candidates) == 1:
            return float(self.candidates[len(self.candidates) // 2])
        reached = np.zeros(len(self.candidates))
        for train, held_out in GroupKFold(FOLDS).split(frame, labels, groups=frame["group"]):
            # The features do not depend on C, so each fold computes them once.
            features = FrameTfidf(views)
            rows = features.fit_transform(frame.iloc[train])
            if len(np.unique(labels[train])) < 2 or not rows.shape[1]:
                continue  # from such items nothing is learnt, whatever C is
            tested = features.transform(frame.iloc[held_out])
            for index, c in enumerate(self.candidates):
                predicted = self._classifier(c).fit(rows, labels[train]).predict(tested)
                reached[index] += f1_score(
                    labels[held_out], predicted, labels=self.classes_, average="macro", zero_division=0
                )
        return float(self.candidates[int(np.argmax(reached))])

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "classifier_" in state:
            check_linear(self.classifier_, self.classes_, self.features_.n_features_)
