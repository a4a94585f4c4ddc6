"""Means over units, with intervals over articles: an article's units are read together and are not independent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from standoff.annotation.agreement.intervals import widened
from standoff.evaluation.resample import bootstrap_weights, interval
from standoff.evaluation.scores import MIN_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from standoff.evaluation.metrics import FloatArray

RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval over resampled articles."""

    value: float
    low: float
    high: float


def mean(values: Iterable[tuple[str, float]], *, seed: int) -> Estimate | None:
    """Return the mean of values given as (article_id, value); None with fewer than five articles."""
    found = _resample(values, seed)
    return None if found is None else _estimate(*found)


def change(early: Iterable[tuple[str, float]], late: Iterable[tuple[str, float]], *, seed: int) -> Estimate | None:
    """Return the mean of ``late`` less that of ``early``; None where either has fewer than five articles."""
    before, after = _resample(early, seed), _resample(late, seed + 1)
    if before is None or after is None:
        return None
    return _estimate(after[0] - before[0], after[1] - before[1])


def _estimate(value: float, samples: FloatArray) -> Estimate:
    return Estimate(value, *interval(samples))


def _resample(values: Iterable[tuple[str, float]], seed: int) -> tuple[float, FloatArray] | None:
    """Return the mean and its resamples, of shape (R,), widened as there are few articles."""
    rows = list(values)
    articles = {article_id: place for place, article_id in enumerate(sorted({row[0] for row in rows}))}
    if len(articles) < MIN_GROUPS:
        return None
    place = np.array([articles[row[0]] for row in rows])
    sums = np.bincount(place, weights=np.array([row[1] for row in rows]))
    counts = np.bincount(place).astype(np.float64)
    weights = bootstrap_weights(len(articles), RESAMPLES, seed).astype(np.float64)
    value = float(sums.sum() / counts.sum())
    samples = (weights @ sums) / (weights @ counts)
    return value, widened(samples, value, len(articles))
