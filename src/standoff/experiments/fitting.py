"""Fitting and asking a baseline: always on the columns that a model may see, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

from standoff.baselines.registry import make_baseline
from standoff.errors import InputError
from standoff.tasks.frame import SHOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from sklearn.base import ClassifierMixin


def fit(
    baseline: str, train: pd.DataFrame, *, parameters: Mapping[str, Any] | None = None, seed: int
) -> ClassifierMixin:
    """Return a baseline fitted on the items of a frame.

    Raises:
        NotFoundError: No such baseline.
        InputError: A parameter that the baseline does not have or cannot be fitted with, or a column that no
            baseline is shown.
    """
    model = make_baseline(baseline, parameters, seed=seed)
    try:
        # Threads may add up numbers in another order: with one, their number cannot change a bit.
        with threadpool_limits(1):
            return model.fit(shown(train), train["label"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"baseline {baseline} cannot be fitted: {type(error).__name__}: {error}",
            got=dict(parameters or {}),
            expected=f"that it is fitted on the columns {', '.join(SHOWN)}, and has an answer to any items",
            remedy="check the parameters, and that the task has what the baseline looks at; nothing was written",
        ) from error


def ask(model: ClassifierMixin, items: pd.DataFrame) -> list[str]:
    """Return the labels that a fitted model predicts for the n items of a frame, in order."""
    with threadpool_limits(1):
        return [str(label) for label in model.predict(shown(items))]


def shown(items: pd.DataFrame) -> pd.DataFrame:
    """Return the items as a model gets to see them.

    Neither label nor slice columns: some of these are made from the label, and no analyst has them.
    """
    return items[list(SHOWN)]
