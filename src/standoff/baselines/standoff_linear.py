"""Ours: linear models of who does what to whom, of what is known of the names, and of both together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from standoff.baselines.features import shared_analyses
from standoff.baselines.first_level import PARTS, FirstLevel, group_folds
from standoff.baselines.frame_classifier import (
    FrameClassifier,
    check_array,
    check_linear,
    label_counts,
    linear_weights,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FOLDS = 5
"""In which a first level predicts what the second is fitted on, so that no item is judged by its own label."""

CLIP = 4.0
"""Standard deviations beyond which a column of the first level says no more."""

MAX_ITER = 3_000

ABLATIONS: dict[str, dict[str, Any]] = {
    **{part: {"parts": [one for one in PARTS if one != part]} for part in PARTS},
    "cues": {"parts": ["text and names" if one == "all" else one for one in PARTS]},
    "priors and paths": {"parts": [one for one in PARTS if one not in ("priors", "paths")]},
    "all but one machine on all views": {"parts": ["all"]},
    "leaving out a machine on cues alone": {"parts": [*PARTS, "cues"]},
    "adjustment (as if labels were equally frequent)": {"adjustment": 1.0},
    "adjustment (labels as frequent as they are)": {"adjustment": 0.0},
    "C of the machines (0.03 instead)": {"C": 0.03},
    "C of the machines (0.3 instead)": {"C": 0.3},
    "C of the second level (0.005 instead)": {"second_C": 0.005},
    "C of the second level (0.1 instead)": {"second_C": 0.1},
}
"""What can be taken out or set otherwise: the idea's name, and the arguments that do so."""


class StandoffLinear(FrameClassifier):
    """Logistic regression on what a :class:`FirstLevel` says of an item: one configuration for all sets.

    The first level is fitted :data:`FOLDS` times on other groups to say what the second is fitted on, and once on
    all items to be asked later. With z the logits of the second level and s the shares of the labels among the
    training items, the decision is for the largest z - adjustment · log s (Menon et al., 2021, "Long-tail learning
    via logit adjustment"): macro-F1 wants neither labels as frequent as they are nor all equally frequent.

    Probabilities are those of z, so they answer to the labels' real shares; the label with the largest one need
    not be the one that is predicted.

    Args:
        parts: Of the first level, names in :data:`standoff.baselines.first_level.KNOWN`.
        C: Strength of the first level's machines.
        second_C: Strength of the logistic regression.
        adjustment: From 0 (labels as frequent as they are) to 1 (as if equally frequent).

    Attributes:
        classes_: The labels, sorted, of shape (n_labels,).
        shares_: Their shares among the training items, of shape (n_labels,).
        first_: The first level, fitted on all items.
        mean_: Of the first level's columns, of shape (n_columns,).
        scale_: Their standard deviations, of shape (n_columns,).
        second_: The fitted logistic regression.
    """

    def __init__(
        self,
        parts: Sequence[str] = PARTS,
        C: float = 0.1,  # noqa: N803 - as LinearSVC
        second_C: float = 0.02,  # noqa: N803 - the same
        adjustment: float = 0.6,
    ) -> None:
        self.parts = parts
        self.C = C
        self.second_C = second_C
        self.adjustment = adjustment

    def fit(self, X: pd.DataFrame, y: Sequence[str]) -> Self:  # noqa: N803 - scikit-learn's name
        """Fit on a frame of n items and their n labels; the column ``group`` keeps articles whole.

        Raises:
            ValueError: There is only one label, a part is unknown, or there is nothing to look at.
        """
        labels = np.asarray(y)
        self.classes_, counts = label_counts(labels)
        self.shares_ = counts / counts.sum()
        with shared_analyses(), threadpool_limits(1):  # folds share texts; threads could change the last bits
            self.first_ = FirstLevel(self.parts, self.C).fit(X, labels)
            held_out = self._held_out(X, labels)
            self.mean_ = held_out.mean(axis=0)
            self.scale_ = np.where(held_out.std(axis=0) > 1e-9, held_out.std(axis=0), 1.0)
            self.second_ = LogisticRegression(C=self.second_C, max_iter=MAX_ITER).fit(
                self._scaled(held_out), labels
            )
        return self

    def decision_function(self, X: pd.DataFrame) -> Floats:  # noqa: N803 - scikit-learn's name
        """Return how much speaks for each label: shape (n, n_labels), or (n,) for the second of two labels."""
        values = self._logits(X)
        adjusted = self.adjustment * np.log(self.shares_)
        decided: Floats = values - (adjusted if values.ndim == 2 else adjusted[1] - adjusted[0])
        return decided

    def predict_proba(self, X: pd.DataFrame) -> Floats:  # noqa: N803 - scikit-learn's name
        """Return the probability of each label, shape (n, n_labels)."""
        values = self._logits(X)
        both = np.column_stack([np.zeros(len(values)), values]) if values.ndim == 1 else values
        probabilities: Floats = softmax(both, axis=1)
        return probabilities

    def feature_weights(self) -> pd.DataFrame:
        """Return the columns label, feature and weight; positive weights speak for the label.

        A weight is what the feature adds to a label's logit, where no column is clipped and the gate stays as it
        is. For words, n-grams and cues it is through all machines that see them, and for the TF-IDF value 1: the
        most there is, of an item with nothing else in that view. Priors and paths have units of their own (log
        ratios, products of small numbers) and no such most, so that their weights are for one standard deviation
        among the training items. ``attrs["note"]`` of the frame says so.
        """
        check_is_fitted(self)
        columns = self.first_.get_feature_names_out()
        of_machine = [name.partition(": ")[0] in self.first_.machines_ for name in columns]
        names, weights = self.first_.weights(self.second_.coef_ / np.where(of_machine, self.scale_, 1.0))
        found = linear_weights(self.classes_, names, weights)
        if not all(of_machine):
            found.attrs["note"] = (
                "Weights of priors and paths are for one standard deviation among the training items, those of "
                "all other features for the TF-IDF value 1, the most that there is."
            )
        return found

    def _held_out(self, frame: pd.DataFrame, labels: NDArray[Any]) -> Floats:
        """Return the first level's columns of each item, from one that was fitted on other groups.

        A column that such a first level lacks, because its items have no such label or name, is 0.
        """
        columns = {name: at for at, name in enumerate(self.first_.get_feature_names_out())}
        if not columns:
            raise ValueError("there is nothing to look at: no item has a word, and all have the same names")
        values = np.zeros((len(frame), len(columns)))
        for train, held_out in group_folds(frame, FOLDS):
            first = FirstLevel(self.parts, self.C).fit(frame.iloc[train], labels[train])
            names = first.get_feature_names_out()
            known = np.array([at for at, name in enumerate(names) if name in columns], dtype=np.intp)
            places = np.array([columns[names[at]] for at in known], dtype=np.intp)
            values[np.ix_(held_out, places)] = first.transform(frame.iloc[held_out])[:, known]
        return values

    def _logits(self, frame: pd.DataFrame) -> Floats:
        """Return the second level's logits of items to predict, shaped as decision values."""
        check_is_fitted(self)
        with shared_analyses(), threadpool_limits(1):
            columns = self._scaled(self.first_.transform(frame))
        # A matrix product adds in an order that depends on the number of items; this does not.
        values: Floats = (columns[:, None, :] * self.second_.coef_).sum(axis=2) + self.second_.intercept_
        return values[:, 0] if len(self.classes_) == 2 else values

    def _scaled(self, values: Floats) -> Floats:
        scaled: Floats = np.clip((values - self.mean_) / self.scale_, -CLIP, CLIP)
        return scaled

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "second_" in state:
            n_columns, n_labels = len(self.first_.get_feature_names_out()), len(self.classes_)
            check_linear(self.second_, self.classes_, n_columns)
            for name, size in (("mean_", n_columns), ("scale_", n_columns), ("shares_", n_labels)):
                check_array(self, name, (size,))
