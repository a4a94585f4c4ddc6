"""Control: random labels in the proportions of the training labels. The floor of macro-F1."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from standoff.baselines.frame_classifier import FrameInput

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray


class Stratified(FrameInput, ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Draws each label with its share among the training items; looks at nothing.

    What is drawn for an item depends on the seed and the item's id, not on the items beside it.

    Args:
        random_state: Seed of the draws.

    Attributes:
        classes_: The labels, sorted, of shape (n_labels,).
        shares_: Their shares, of shape (n_labels,).
    """

    def __init__(self, random_state: int | None = None) -> None:
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: ArrayLike) -> Self:  # noqa: ARG002, N803 - scikit-learn's name
        """Count the labels."""
        self.classes_, counts = np.unique(np.asarray(y), return_counts=True)
        self.shares_ = counts / counts.sum()
        return self

    def predict(self, X: pd.DataFrame) -> NDArray[Any]:  # noqa: N803 - scikit-learn's name
        """Return a label for each of the n items of a frame, of shape (n,)."""
        check_is_fitted(self)
        drawn = np.array([_uniform(f"{self.random_state} {item}") for item in X["id"]])
        best = np.searchsorted(np.cumsum(self.shares_)[:-1], drawn, side="right")
        predicted: NDArray[Any] = self.classes_[best]
        return predicted


def _uniform(text: str) -> float:
    """Return a number in [0, 1) that looks random and depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
