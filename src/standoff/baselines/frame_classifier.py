"""What all baselines over the common frame share: what they look at, and their contract with scikit-learn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class FrameInput:
    """Says by scikit-learn's tags that what is fitted are frames with texts, not matrices of numbers."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]  # of BaseEstimator, which this stands before
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags


class FrameClassifier(FrameInput, ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn ships no types
    """A classifier of the items of a frame by the largest decision value.

    Attributes:
        classes_: The labels, sorted, of shape (n_labels,).
    """

    classes_: NDArray[Any]

    @abstractmethod
    def decision_function(self, X: pd.DataFrame) -> NDArray[np.float64]:  # noqa: N803 - scikit-learn's name
        """Return how much speaks for each label: shape (n, n_labels), or (n,) for the second of two labels."""

    def predict(self, X: pd.DataFrame) -> NDArray[np.str_]:  # noqa: N803 - scikit-learn's name
        """Return the label of each of the n items of a frame, of shape (n,)."""
        check_is_fitted(self)
        values = self.decision_function(X)
        best = (values > 0).astype(int) if values.ndim == 1 else values.argmax(axis=1)
        predicted: NDArray[np.str_] = self.classes_[best]
        return predicted


def label_counts(labels: ArrayLike) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the labels of n training items, sorted, and how many have each.

    Raises:
        ValueError: There is only one.
    """
    found, counts = np.unique(labels, return_counts=True)
    if len(found) < 2:
        raise ValueError(f"the training items have one class only: {found[0]}")
    return found, counts


def linear_weights(
    classes: NDArray[Any], names: NDArray[np.object_], weights: NDArray[np.float64]
) -> pd.DataFrame:
    """Return the columns label, feature and weight; positive weights speak for the label.

    Args:
        classes: The labels, sorted, shape (n_labels,).
        names: Of the features, shape (n_features,).
        weights: As ``coef_``: shape (n_labels, n_features), or (1, n_features) for the second of two labels.
    """
    rows = np.vstack([-weights, weights]) if len(weights) == 1 else weights
    return pd.DataFrame(
        {
            "label": np.repeat(np.asarray(classes, dtype=object), len(names)),
            "feature": np.tile(names, len(classes)),
            "weight": rows.ravel(),
        }
    )


def check_linear(classifier: Any, classes: NDArray[Any], n_features: int) -> None:
    """Refuse a linear classifier that no fit on these labels and features leaves behind.

    Raises:
        ValueError: Its weights are of another type or shape, or it has other labels.
    """
    rows = 1 if len(classes) == 2 else len(classes)
    check_array(classifier, "coef_", (rows, n_features))
    check_array(classifier, "intercept_", (rows,))
    if list(classifier.classes_) != list(classes) or classifier.n_features_in_ != n_features:
        raise ValueError("the classifier has other labels or features than the model")


def check_array(estimator: Any, name: str, shape: tuple[int, ...]) -> None:
    """Refuse a fitted attribute that is not an array of floats of that shape.

    Raises:
        ValueError: It is of another type or shape.
    """
    values = getattr(estimator, name, None)
    if not isinstance(values, np.ndarray) or values.dtype != np.float64 or values.shape != shape:
        found = f"{values.dtype} of shape {values.shape}" if isinstance(values, np.ndarray) else "no array"
        raise ValueError(f"{name} is {found}, not float64 of shape {shape}")
