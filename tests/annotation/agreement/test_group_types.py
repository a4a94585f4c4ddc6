from __future__ import annotations

import itertools
import tracemalloc

import krippendorff
import numpy as np
import pytest

from standoff.annotation.agreement import group_types as module
from standoff.annotation.agreement.coefficients import COEFFICIENTS, get_coefficient
from standoff.annotation.agreement.group_types import FREQUENT, draw, group_types, resampled
from standoff.annotation.agreement.ratings import Ratings, patterns
from standoff.errors import InputError
from standoff.evaluation.metrics import FloatArray, IntArray

LABELS = ("a", "b", "c")


def made(seed: int, n_units: int = 60, n_groups: int | None = None) -> Ratings:
    """Three coders, some ratings missing, groups of unequal size."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 3, (n_units, 1))
    values = np.where(generator.random((n_units, 3)) < 0.6, truth, generator.integers(-1, 3, (n_units, 3)))
    groups = None if n_groups is None else [int(n_groups * x**2) for x in generator.random(n_units)]
    return Ratings.from_array(values, LABELS, groups=groups)


def all_weights(counts: IntArray, n_drawn: int, resamples: int, seed: int) -> FloatArray:
    return np.concatenate(list(draw(counts, n_drawn, resamples=resamples, seed=seed)))


def test_kinds_of_units_by_hand() -> None:
    """Nominal alpha does not see who gave which label: (a, b) and (b, a) are one kind."""
    ratings = Ratings.from_array([[0, 1], [1, 0], [0, 0], [0, 1], [1, -1]], ("a", "b"))
    types = group_types(patterns(ratings), get_coefficient("alpha_nominal"))
    # Coincidences that agree, those that do not, n_a, n_b, number of ratings
    assert types.sums.tolist() == [[0, 2, 1, 1, 2], [2, 0, 2, 0, 2]]
    assert types.counts.tolist() == [3, 1]


def test_kinds_of_groups_by_hand() -> None:
    values = [[0, 1], [0, 0], [0, 0], [1, 0], [1, 1]]
    ratings = Ratings.from_array(values, ("a", "b"), groups=["x", "x", "y", "y", "z"])
    types = group_types(patterns(ratings), get_coefficient("alpha_nominal"))
    assert types.sums.tolist() == [[2, 0, 0, 2, 2], [2, 2, 3, 1, 4]]
    assert types.counts.tolist() == [1, 2]
    assert types.n_groups == 3


def test_cohen_sees_who_gave_which_label() -> None:
    ratings = Ratings.from_array([[0, 1], [1, 0]], ("a", "b"))
    assert len(group_types(patterns(ratings), get_coefficient("cohen_kappa")).counts) == 2


@pytest.mark.parametrize("n_groups", [None, 12])
@pytest.mark.parametrize("name", [name for name in COEFFICIENTS if name != "cohen_kappa"])
def test_sums_over_kinds_are_the_sums_over_units(name: str, n_groups: int | None) -> None:
    counted, coefficient = patterns(made(1, n_groups=n_groups)), get_coefficient(name)
    types = group_types(counted, coefficient)
    assert (types.counts @ types.sums).tolist() == (counted.counts @ coefficient.contributions(counted)).tolist()
    assert types.n_groups == counted.n_groups
    assert len(np.unique(types.sums, axis=0)) == len(types.sums)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
@pytest.mark.parametrize("n_groups", [None, 12])
@pytest.mark.parametrize("seed", range(3))
def test_equals_repeating_the_rows_and_computing_again(seed: int, n_groups: int | None, level: str) -> None:
    ratings = made(seed, n_groups=n_groups)
    coefficient = get_coefficient(f"alpha_{level}")
    types = group_types(patterns(ratings), coefficient)
    ours = resampled(types, coefficient, types.n_groups, resamples=40, seed=seed)

    # The rows of one group of each kind, which stands for all groups of that kind.
    numbers = np.arange(len(ratings.values)) if ratings.groups is None else ratings.groups
    rows_of_kind: dict[int, list[list[int]]] = {}
    for number in sorted(set(numbers.tolist())):
        rows = [row for row in ratings.values[numbers == number].tolist() if sum(v >= 0 for v in row) >= 2]
        if rows:
            alone = patterns(Ratings.from_array(rows, LABELS))
            adds = alone.counts @ coefficient.contributions(alone)
            # The common factor is 2 with 2 and 3 ratings per unit, 1 where the group has only units of 2.
            n = adds[:2].sum() if level == "nominal" else adds[:-1].sum()
            table = adds[:-1] * (2 * adds[-1] / n)
            if level == "nominal":
                # Labels stand by their frequency, which is another among all units than in the group.
                by_place = dict(zip(alone.label_order, table[2:], strict=True))
                table[2:] = [by_place[place] for place in patterns(ratings).label_order]
            (kind,) = np.flatnonzero((types.sums == [*table, adds[-1]]).all(axis=1))
            rows_of_kind[int(kind)] = rows
    assert sorted(rows_of_kind) == list(range(len(types.counts)))

    for mine, weights in zip(ours, all_weights(types.counts, types.n_groups, 40, seed), strict=True):
        repeated = [row for kind, times in enumerate(weights) for row in rows_of_kind[kind] * int(times)]
        data = np.where(np.array(repeated) < 0, np.nan, repeated).T
        expected = krippendorff.alpha(data, value_domain=[0, 1, 2], level_of_measurement=level)  # type: ignore[arg-type]
        assert mine == pytest.approx(expected, abs=1e-9)


SHAPES = {
    "all rare": [1] * 30,
    "all frequent": [40, 90, 20],
    "both": [40, 1, 3, 90, 2, 1, 1],
    "one": [50],
    "one group": [1],
}


@pytest.mark.parametrize("counts", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("share", [0.5, 1.0, 3.0])
def test_weights_have_the_moments_of_a_multinomial(counts: list[int], share: float) -> None:
    """Means G * p, variances G * p * (1 - p), covariances -G * p * q, within five standard errors."""
    types, n_drawn, resamples = np.array(counts), max(1, int(share * sum(counts))), 4000
    weights = all_weights(types, n_drawn, resamples, 1)
    assert weights.shape == (resamples, len(types))
    assert (weights % 1 == 0).all()
    assert weights.min() >= 0
    assert set(weights.sum(axis=1).tolist()) == {n_drawn}
    p = types / types.sum()
    spread = np.sqrt(n_drawn * p * (1 - p))
    assert (np.abs(weights.mean(axis=0) - n_drawn * p) <= 5 * spread / np.sqrt(resamples)).all()
    if len(types) > 1:
        expected = n_drawn * (np.diag(p) - np.outer(p, p))
        error = np.abs(np.cov(weights.T) - expected) / np.outer(spread, spread)
        assert error.max() < 6 * np.sqrt(2 / resamples)


def test_two_groups_by_hand() -> None:
    """Drawn twice from two: each pair of weights with its probability, a quarter, a half, a quarter."""
    weights = all_weights(np.array([1, 1]), 2, 4000, 5).tolist()
    shares = [weights.count(pair) / 4000 for pair in ([2, 0], [1, 1], [0, 2])]
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=5 * (0.25 / 4000) ** 0.5)


@pytest.mark.parametrize("counts", SHAPES.values(), ids=SHAPES)
def test_blocks_do_not_matter(counts: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    types = np.array(counts)
    whole = all_weights(types, 25, 50, 7)
    for rows in (1, 7):
        monkeypatch.setattr(module, "BLOCK_BYTES", rows * 8 * len(types))
        blocks = list(draw(types, 25, resamples=50, seed=7))
        assert [len(block) for block in blocks] == [rows] * (50 // rows) + ([50 % rows] if 50 % rows else [])
        assert np.concatenate(blocks).tolist() == whole.tolist()


def test_memory_is_bounded() -> None:
    counts = np.ones(20_000, dtype=np.int64)
    tracemalloc.start()
    for _ in draw(counts, 20_000, resamples=500, seed=1):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * module.BLOCK_BYTES < 500 * 20_000 * 8 / 4


def test_seeds() -> None:
    counts = np.array([FREQUENT * 3, *[1] * 20])
    first, again, other = (all_weights(counts, 50, 10, seed).tolist() for seed in (1, 1, 2))
    assert first == again != other
    assert all(row != following for row, following in itertools.pairwise(first))


@pytest.mark.parametrize(
    ("counts", "n_drawn", "resamples", "seed"), [([], 1, 1, 1), ([1], 0, 1, 1), ([1], 1, 0, 1), ([1], 1, 1, -1)]
)
def test_what_cannot_be_drawn(counts: list[int], n_drawn: int, resamples: int, seed: int) -> None:
    with pytest.raises(InputError, match=f"{n_drawn} draws from {len(counts)} groups, {resamples} resamples"):
        all_weights(np.array(counts, dtype=np.int64), n_drawn, resamples, seed)
