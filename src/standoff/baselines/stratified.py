"""Control: random labels in the proportions of the training labels. The floor of macro-F1."""

from __future__ import annotations

from sklearn.dummy import DummyClassifier


class Stratified(DummyClassifier):  # type: ignore[misc]  # scikit-learn ships no types
    """Draws each label with its share among the training items; looks at nothing.

    Args:
        random_state: Seed of the draws.
    """

    def __init__(self, random_state: int | None = None) -> None:
        super().__init__(strategy="stratified", random_state=random_state)
