"""Means over tasks by hand, and what is drawn beneath them."""

from __future__ import annotations

import numpy as np
import pytest

from standoff.evaluation.metrics import accuracy, confusion
from standoff.evaluation.resample import bootstrap
from standoff.evaluation.significance import p_value
from standoff.experiments.analysis.paired import task_seed
from standoff.experiments.leaderboard.overall import Mean
from standoff.experiments.leaderboard.standing import Part, Settings

SETTINGS = Settings(resamples=300, permutations=500, seed=5)


def part(address: str, shares: dict[str, float], *, groups: int = 40, seed: int = 0) -> Part:
    """Systems that are right on about these shares of two-label items, three in a group."""
    generator = np.random.default_rng(seed)
    gold = generator.integers(0, 2, (groups, 3))
    counts = []
    for share in shares.values():
        right = generator.random((groups, 3)) < share
        counts.append([confusion(*one, 2) for one in zip(gold, np.where(right, gold, 1 - gold), strict=True)])
    stacked = np.stack([np.stack(one) for one in counts], axis=1)
    return Part(
        address=address,
        names=tuple(shares),
        labels=("a", "b"),
        metric="accuracy",
        of_seeds=tuple(stacked[:, at : at + 1] for at in range(len(shares))),
        by_seed=tuple((float(value),) for value in accuracy(stacked.sum(axis=0))),
        missing=(0,) * len(shares),
        settings=SETTINGS,
    )


def test_the_mean_is_the_mean_of_the_tasks() -> None:
    one, two = part("one", {"x": 0.9, "y": 0.5}), part("two", {"x": 0.7, "y": 0.6}, seed=1)
    found = Mean((one, two)).estimates()
    assert list(found) == ["x", "y"]
    for place, name in enumerate("xy"):
        assert found[name].value == pytest.approx((one.means[place] + two.means[place]) / 2)
        low, high = found[name].low, found[name].high
        assert low is not None
        assert high is not None
        assert low < found[name].value < high


def test_tasks_are_drawn_apart_from_one_another() -> None:
    one, two = part("one", {"x": 0.9}), part("two", {"x": 0.9})
    assert (one.counts == two.counts).all()
    assert (one.samples() != two.samples()).any()
    seed = task_seed(SETTINGS.seed, "one")
    assert (one.samples() == bootstrap(one.counts, accuracy, resamples=300, seed=seed)).all()


def test_a_difference_of_means_is_tested_with_swaps_of_each_task_by_itself() -> None:
    parts = part("one", {"x": 0.8, "y": 0.5}), part("two", {"x": 0.7, "y": 0.55}, seed=1)
    ranks, (pair,) = Mean(parts).ranked(["x", "y"])
    by_hand = np.mean([one.randomised([("x", "y")])[:, 0] for one in parts], axis=0)
    assert pair.p == p_value(float(np.mean([one.means[0] - one.means[1] for one in parts])), by_hand)
    assert pair.p == pair.p_adjusted < 0.05
    assert ranks == {"x": 1, "y": 2}


def test_systems_that_cannot_be_told_apart_share_a_rank_and_the_same_system_is_no_better() -> None:
    same = part("one", {"x": 0.8, "twin": 0.8, "z": 0.3})
    same.of_seeds[1][:] = same.of_seeds[0]
    ranks, pairs = Mean((same,)).ranked(["x", "twin", "z"])
    assert ranks == {"x": 1, "twin": 1, "z": 3}
    assert pairs[0].p == 1
    assert Mean((same,)).ranked(["x"]) == ({"x": 1}, ())


def test_a_task_with_too_few_groups_leaves_no_interval() -> None:
    mean = Mean((part("one", {"x": 0.9, "y": 0.2}), part("two", {"x": 0.9, "y": 0.2}, groups=3)))
    assert all(one.low is None for one in mean.estimates().values())
    assert mean.ranked(["x", "y"])[1][0].difference.low is None
