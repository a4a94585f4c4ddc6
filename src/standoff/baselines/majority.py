"""Control: the most frequent training label, always. The floor of accuracy."""

from __future__ import annotations

from sklearn.dummy import DummyClassifier


class Majority(DummyClassifier):  # type: ignore[misc]  # scikit-learn ships no types
    """Predicts the most frequent label of the training items; looks at nothing."""

    def __init__(self) -> None:
        super().__init__(strategy="most_frequent")
