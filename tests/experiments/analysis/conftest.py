"""A small linear model over words, registered as a baseline for a test; its weights can be counted by hand."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Sequence
from types import ModuleType
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from standoff.baselines import registry

SEEN: list[tuple[str, list[str]]] = []
"""What the model was shown: ``fit`` or ``predict``, and the columns of the frame."""


class Counts(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Score of a label: for each word of the text, the training items of that label that have it.

    Args:
        words: Without them, every score is 0 and the first label is predicted.
        offset: Added to the score of the last label.
    """

    def __init__(self, words: bool = True, offset: float = 0.0) -> None:
        self.words = words
        self.offset = offset

    def fit(self, X: pd.DataFrame, y: Sequence[str]) -> Self:  # noqa: N803 - scikit-learn's name
        SEEN.append(("fit", list(X.columns)))
        self.classes_ = np.unique(np.asarray(y))
        self.counts_ = {label: Counter[str]() for label in self.classes_}
        for text, label in zip(X["text"], y, strict=True):
            self.counts_[label].update(set(split(text)))
        return self

    def scores(self, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
        SEEN.append(("predict", list(frame.columns)))
        rows = [
            [
                sum(self.counts_[label][word] for word in split(text)) if self.words else 0
                for label in self.classes_
            ]
            for text in frame["text"]
        ]
        found = np.array(rows, dtype=np.float64)
        found[:, -1] += self.offset
        return found

    def decision_function(self, X: pd.DataFrame) -> npt.NDArray[np.float64]:  # noqa: N803
        scores = self.scores(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def predict(self, X: pd.DataFrame) -> npt.NDArray[np.str_]:  # noqa: N803
        predicted: npt.NDArray[np.str_] = self.classes_[self.scores(X).argmax(axis=1)]
        return predicted

    def feature_weights(self) -> pd.DataFrame:
        words = sorted({word for counts in self.counts_.values() for word in counts})
        return pd.DataFrame(
            [
                {
                    "label": label,
                    "feature": word,
                    "weight": float(2 * counts[word] - sum(one[word] for one in self.counts_.values())),
                }
                for label, counts in self.counts_.items()
                for word in words
            ]
        )


def split(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the model as a baseline, which has two ideas that can be taken out."""
    module = ModuleType("toy_counts_module")
    module.__dict__.update(Counts=Counts, ABLATIONS={"words": {"words": False}, "nothing": {"offset": 0.0}})
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(
        registry.BASELINES, "counts", registry.Baseline("toy_counts_module:Counts", "ours", ("text",))
    )
    SEEN.clear()
    return "counts"


@pytest.fixture
def seen() -> list[tuple[str, list[str]]]:
    return SEEN
