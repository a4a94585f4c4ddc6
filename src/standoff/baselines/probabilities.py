"""Which baselines give probabilities, and of which these are not what decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standoff.baselines.registry import BASELINES, make_baseline

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin


def is_adjusted(estimator: ClassifierMixin) -> bool:
    """Return whether decisions weigh the labels otherwise than the probabilities do.

    A baseline says so by a parameter ``adjustment`` other than 0, as
    :class:`standoff.baselines.standoff_linear.StandoffLinear` does: its most probable label may lose.
    """
    return hasattr(estimator, "predict_proba") and bool(getattr(estimator, "adjustment", 0.0))


def probable_baselines() -> list[str]:
    """Return the baselines with probabilities, controls left out: theirs say nothing of an item."""
    return [
        name
        for name, baseline in BASELINES.items()
        if baseline.role != "control" and hasattr(make_baseline(name), "predict_proba")
    ]
