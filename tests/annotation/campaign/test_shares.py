"""Intervals: of shares by hand, and over articles by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from standoff.annotation.campaign.proportion import Proportion
from standoff.annotation.campaign.resampled import RESAMPLES, change, mean
from standoff.evaluation.resample import bootstrap_weights
from standoff.evaluation.scores import MIN_GROUPS


def rows(*values: float, each: int = 3) -> list[tuple[str, float]]:
    return [(f"a{number}", value) for number, value in enumerate(values) for _ in range(each)]


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe 1998, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, table I
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_score_interval_is_the_published_one(hits: int, n: int, low: float, high: float) -> None:
    assert Proportion(hits, n).interval == pytest.approx((low, high), abs=5e-5)


def test_the_interval_mirrors() -> None:
    interval = Proportion(20, 20).interval
    assert interval is not None
    assert list(interval) == pytest.approx([1 - 0.1611, 1.0], abs=5e-5)


def test_of_nothing_there_is_no_share() -> None:
    assert (Proportion(0, 0).share, Proportion(0, 0).interval, str(Proportion(0, 0))) == (None, None, "none")
    assert Proportion(0, 0).to_json() == {"hits": 0, "n": 0, "share": None, "low": None, "high": None}


def test_a_share_as_it_is_printed_and_stored() -> None:
    assert str(Proportion(15, 148)) == "15/148: 10 [6, 16]"
    assert Proportion(1, 2).to_json()["share"] == 0.5


def test_the_mean_is_over_units_and_its_interval_over_articles() -> None:
    few = mean([*rows(0, 0, 0, 0, 1), ("a4", 1.0), ("a4", 1.0)], seed=1)
    assert few is not None
    assert few.value == pytest.approx(5 / 17)
    assert few.low <= few.value <= few.high
    # The same articles with ten times the units are no more evidence: the interval stays.
    once, ten = (mean(rows(0, 1, 0, 1, 0, 1, each=each), seed=1) for each in (1, 10))
    assert once == ten


def test_more_articles_make_a_narrower_interval() -> None:
    few, many = (mean(rows(*[0.0, 1.0] * n), seed=1) for n in (5, 50))
    assert few is not None
    assert many is not None
    assert many.high - many.low < (few.high - few.low) / 2


def test_too_few_articles_have_no_interval() -> None:
    assert mean(rows(*[1.0] * (MIN_GROUPS - 1)), seed=1) is None
    assert mean([], seed=1) is None
    assert change(rows(*[1.0] * 9), rows(*[1.0] * (MIN_GROUPS - 1)), seed=1) is None


def test_a_change_is_late_less_early() -> None:
    found = change(rows(*[0.0, 0.2] * 5), rows(*[0.9, 1.0] * 5), seed=1)
    assert found is not None
    assert found.value == pytest.approx(0.85)
    assert 0 < found.low < 0.85 < found.high


def test_the_seed_decides() -> None:
    values = rows(0.1, 0.5, 0.2, 0.9, 0.4, 0.3)
    assert mean(values, seed=1) == mean(values[::-1], seed=1)
    assert mean(values, seed=1) != mean(values, seed=3)


def test_the_interval_is_widened_as_articles_are_few() -> None:
    """Percentiles of means over resampled articles, drawn away from the mean by 6 / 5 (see ``widened``)."""
    values = [0.1, 0.5, 0.2, 0.9, 0.4, 0.3]
    found = mean(rows(*values), seed=1)
    assert found is not None
    samples = bootstrap_weights(6, RESAMPLES, 1) @ np.array(values) / 6
    low, high = np.quantile(0.4 + (samples - 0.4) * 6 / 5, [0.025, 0.975])
    assert [found.value, found.low, found.high] == pytest.approx([0.4, low, high])
