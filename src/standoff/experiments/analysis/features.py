"""The features that weigh most for and against each label in a linear model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from standoff.errors import InputError, RefusedError

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

TOP = 15
"""Features listed for each label, by default."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """A feature and its weight in the decision function of a label."""

    feature: str
    weight: float


@dataclass(frozen=True, slots=True)
class TopFeatures:
    """The features of one label: those that speak for it most, and those that speak against it most."""

    label: str
    speak_for: tuple[Weighted, ...]
    speak_against: tuple[Weighted, ...]


@dataclass(frozen=True, slots=True)
class FeatureAnalysis:
    """The features of all labels of a model.

    Attributes:
        system: Name of the model.
        n_features: How many features it has in all.
        labels: In the model's order.
        notes: What must be said beside the weights.
    """

    system: str
    n_features: int
    labels: tuple[TopFeatures, ...]
    notes: tuple[str, ...]

    def content(self) -> dict[str, Any]:
        """Return the analysis as JSON-ready values, for a document."""
        return asdict(self)


def top_features(model: ClassifierMixin, system: str, *, top: int = TOP) -> FeatureAnalysis:
    """Return the features with the largest weights for and against each label; of equal ones the first by name.

    A weight is for one unit of its feature, so weights of one model can be compared where its features have one
    unit, as those of TF-IDF have. With two labels, what speaks against one speaks for the other.

    Args:
        model: A fitted model with ``feature_weights()``: columns label, feature, weight. Where units differ,
            ``attrs["note"]`` of what it returns says which they are, and becomes a note of the analysis.
        system: Its name.
        top: How many, at most.

    Raises:
        RefusedError: The model has no weights of features.
        InputError: ``top`` is below 1.
    """
    if top < 1:
        raise InputError("at least one feature is listed", got=top)
    if not hasattr(model, "feature_weights"):
        raise RefusedError(
            f"{system} has no weights of features: it is no linear model over words",
            expected="a model with feature_weights(), such as tfidf_svm",
            remedy="`standoff explain` works with every model that has a decision function or probabilities",
        )
    weights = model.feature_weights()

    def largest(label: str, sign: int) -> tuple[Weighted, ...]:
        rows = weights[(weights["label"] == label) & (weights["weight"] * sign > 0)]
        ranked = sorted(
            zip(rows["feature"], rows["weight"], strict=True), key=lambda pair: (-sign * pair[1], pair[0])
        )
        return tuple(Weighted(str(feature), float(weight)) for feature, weight in ranked[:top])

    labels = [str(label) for label in model.classes_ if (weights["label"] == label).any()]
    return FeatureAnalysis(
        system=system,
        n_features=int(weights["feature"].nunique()),
        labels=tuple(TopFeatures(label, largest(label, 1), largest(label, -1)) for label in labels),
        notes=(weights.attrs["note"],) if "note" in weights.attrs else (),
    )
