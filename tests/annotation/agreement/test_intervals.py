from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import krippendorff
import numpy as np
import pytest

from standoff.annotation.agreement.coefficients import COEFFICIENTS, label_alpha, specific_agreement
from standoff.annotation.agreement.intervals import FEW_GROUPS, MAX_UNDEFINED, cluster_interval, estimate, widened
from standoff.annotation.agreement.ratings import Ratings, patterns
from standoff.errors import InputError, NotFoundError

LABELS = ("a", "b", "c")


def made(seed: int, n_units: int, *, groups: Any = None, agree: float = 0.6) -> Ratings:
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 3, (n_units, 1))
    values = np.where(generator.random((n_units, 3)) < agree, truth, generator.integers(-1, 3, (n_units, 3)))
    return Ratings.from_array(values, LABELS, groups=groups)


def test_what_an_estimate_says() -> None:
    values = [[0, 0, -1], [1, 1, 1], [2, 1, -1], [-1, 0, 0], [0, -1, -1], [0, 0, 1], [1, 1, 2]]
    ratings = Ratings.from_array(values, LABELS, groups=[1, 1, 2, 3, 4, 5, 6])
    found = estimate(ratings, "alpha_nominal", resamples=50, seed=7, level=0.9)
    assert (found.coefficient, found.resamples, found.seed, found.level) == ("alpha_nominal", 50, 7, 0.9)
    # The fifth unit has one rating; with it goes its group.
    assert (found.n_units, found.n_ratings, found.n_groups, found.n_coders) == (6, 15, 5, 3)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    assert found.undefined is None
    assert found.no_interval_because is None
    assert json.loads(json.dumps(found.to_json()))["n_ratings"] == 15


@pytest.mark.parametrize("grouped", [False, True])
def test_the_interval_is_that_of_the_plain_loop(*, grouped: bool) -> None:
    """Other draws, so only nearly: the ends of 2,000 resamples differ by a few hundredths of the width."""
    groups = np.sort(np.random.default_rng(1).integers(0, 40, 150)) if grouped else None
    # Labels that agree within a group make the groups matter.
    ratings = made(3, 150, groups=groups)
    generator = np.random.default_rng(5)
    data = np.where(ratings.values < 0, np.nan, ratings.values)
    members = (
        [np.array([n]) for n in range(150)]
        if groups is None
        else [np.flatnonzero(groups == group) for group in np.unique(groups)]
    )
    samples = []
    for _ in range(2000):
        rows = np.concatenate([members[n] for n in generator.integers(0, len(members), len(members))])
        samples.append(krippendorff.alpha(data[rows].T, value_domain=[0, 1, 2], level_of_measurement="nominal"))
    low, high = np.quantile(samples, [0.025, 0.975])
    found = estimate(ratings, "alpha_nominal", resamples=2000)
    assert [found.low, found.high] == pytest.approx([low, high], abs=0.06 * (high - low))


def test_groups_that_agree_within_widen_the_interval() -> None:
    """Each unit five times over in a group: the interval is that of the units without their copies."""
    once = made(1, 80)
    fivefold = Ratings.from_array(np.repeat(once.values, 5, axis=0), LABELS, groups=np.repeat(np.arange(80), 5))
    alone = replace(fivefold, groups=None)
    widths = []
    for ratings in (once, fivefold, alone):
        found = estimate(ratings, "fleiss_kappa")
        assert found.high is not None
        assert found.low is not None
        widths.append(found.high - found.low)
    assert widths[1] == pytest.approx(widths[0], rel=1e-9)
    assert widths[2] == pytest.approx(widths[0] / 5**0.5, rel=0.15)


@pytest.mark.parametrize("grouped", [False, True])
def test_the_order_of_units_does_not_matter(*, grouped: bool) -> None:
    generator = np.random.default_rng(1)
    groups = [f"g{number}" for number in generator.integers(0, 30, 100)] if grouped else None
    ratings = made(1, 100, groups=groups)
    order = generator.permutation(100)
    shuffled = Ratings.from_array(
        ratings.values[order], LABELS, groups=None if groups is None else [groups[place] for place in order]
    )
    for coefficient in (*COEFFICIENTS.values(), label_alpha("b"), specific_agreement("b")):
        pairs = [some.restrict(["0", "1"]) for some in (ratings, shuffled)]
        first, second = (estimate(some, coefficient, resamples=50) for some in pairs)
        assert first == second


def test_long_rows_in_any_order() -> None:
    generator = np.random.default_rng(1)
    rows = [
        (f"u{unit}", coder, LABELS[generator.integers(0, 3)], f"a{unit // 3}")
        for unit in range(60)
        for coder in ("al", "bo", "cy")
    ]
    shuffled = [rows[place] for place in generator.permutation(len(rows))]
    first, second = (estimate(Ratings.from_rows(some, LABELS), "alpha_ordinal") for some in (rows, shuffled))
    assert first == second


def test_group_names_do_not_matter() -> None:
    numbers = np.random.default_rng(1).integers(0, 30, 100)
    names = np.random.default_rng(2).permutation(30)[numbers]
    first, second = (estimate(made(1, 100, groups=groups), "alpha_nominal") for groups in (numbers, names))
    assert first == second


def test_each_unit_in_a_group_of_its_own_is_no_groups() -> None:
    alone, own = made(1, 100), made(1, 100, groups=[f"g{number}" for number in range(100)])
    assert estimate(alone, "alpha_nominal") == estimate(own, "alpha_nominal")


def test_a_pattern_of_more_coders_than_matter() -> None:
    """A coder who rated nothing changes nothing."""
    ratings = made(1, 100)
    wider = Ratings.from_array(np.column_stack([ratings.values, np.full(100, -1)]), LABELS)
    assert estimate(wider, "alpha_nominal") == estimate(ratings, "alpha_nominal")


@pytest.mark.parametrize(
    ("values", "coefficient", "reason"),
    [
        ([[0, 0]] * 9, "alpha_nominal", "only one value occurs"),
        ([[0, 0]] * 9, "cohen_kappa", "only one value occurs"),
        ([[0, 0]] * 9, label_alpha("b"), "no rating is b, or every one is"),
        ([[0, 0]] * 9, specific_agreement("b"), "no rating is b"),
        ([[0, -1]] * 9, "alpha_nominal", "no unit has two ratings"),
        ([[0, -1]] * 9, "percent_agreement", "no unit has two ratings"),
    ],
)
def test_undefined(values: list[list[int]], coefficient: Any, reason: str) -> None:
    found = estimate(Ratings.from_array(values, LABELS), coefficient)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert found.undefined == reason
    assert found.no_interval_because is None
    assert found.left_out == 0


def test_too_few_groups() -> None:
    values = [[0, 0], [1, 1], [0, 1], [2, 2], [1, 1], [2, 0]]
    found = estimate(Ratings.from_array(values, LABELS, groups=[0, 1, 1, 2, 3, 3]), "alpha_nominal")
    assert found.value is not None
    assert (found.low, found.high) == (None, None)
    assert found.no_interval_because == "4 groups; resampling needs at least 5"
    assert found.undefined is None
    enough = estimate(Ratings.from_array(values, LABELS, groups=[0, 1, 1, 2, 3, 4]), "alpha_nominal")
    assert enough.no_interval_because is None


def test_one_group() -> None:
    values = [[0, 0], [1, 1]]
    found = estimate(Ratings.from_array(values, LABELS, groups=[0, 0]), "alpha_nominal")
    assert found.no_interval_because == "1 group; resampling needs at least 5"


def test_resamples_without_a_value_are_left_out_and_counted() -> None:
    # One of ten units has the other value: it is not drawn with probability .9**10 = .35, so .35 have no value.
    rare = Ratings.from_array([[0, 0]] * 9 + [[1, 1]], LABELS)
    found = estimate(rare, "alpha_nominal")
    assert found.value == 1
    assert found.left_out == pytest.approx(349, abs=5 * (1000 * 0.35 * 0.65) ** 0.5)
    assert (found.low, found.high) == (None, None)
    assert found.no_interval_because == f"undefined in {found.left_out} of 1000 resamples: only one value occurs"

    # Four of ten: .6**10 = .006, which may be left out.
    less_rare = Ratings.from_array([[0, 0]] * 6 + [[1, 1]] * 4, LABELS)
    found = estimate(less_rare, "alpha_nominal")
    assert 0 < found.left_out < MAX_UNDEFINED * 1000
    assert (found.low, found.high) == (1, 1)


def test_an_interval_of_many_units_of_few_patterns() -> None:
    values = np.repeat([[0, 0], [1, 1], [0, 1]], 100_000, axis=0)
    found = estimate(Ratings.from_array(values, LABELS), "percent_agreement")
    assert found.value == pytest.approx(2 / 3)
    assert found.high is not None
    assert found.low is not None
    # A share of 300,000: 1.96 standard errors to each side.
    assert found.high - found.low == pytest.approx(2 * 1.96 * (2 / 9 / 300_000) ** 0.5, rel=0.1)


@pytest.mark.parametrize(("level", "z"), [(0.5, 0.674), (0.8, 1.282), (0.99, 2.576)])
def test_levels(level: float, z: float) -> None:
    values = np.repeat([[0, 0], [0, 1]], 5000, axis=0)
    found = estimate(Ratings.from_array(values, LABELS), "percent_agreement", level=level, resamples=4000)
    assert found.high is not None
    assert found.low is not None
    assert found.high - found.low == pytest.approx(2 * z * (0.25 / 10_000) ** 0.5, rel=0.1)


@pytest.mark.parametrize("keywords", [{"level": 1.0}, {"level": 0}, {"resamples": 0}, {"seed": -1}])
@pytest.mark.parametrize("values", [[[0, 1], [1, 1]], [[0, 0], [0, 0]]])
def test_what_cannot_be_resampled(values: list[list[int]], keywords: Any) -> None:
    """Also where the coefficient is undefined or the groups are too few."""
    with pytest.raises(InputError, match="there is no such interval"):
        estimate(Ratings.from_array(values, LABELS), "alpha_nominal", **keywords)


def test_an_unknown_coefficient() -> None:
    with pytest.raises(NotFoundError, match="no coefficient named 'kapa'"):
        estimate(made(1, 10), "kapa")


def test_real_ratings(gwsd: Ratings) -> None:
    """The intervals of plain bootstraps of 2,295 of these rows: .348 to .384, and .441 to .478."""
    nominal, ordinal = (estimate(gwsd, name) for name in ("alpha_nominal", "alpha_ordinal"))
    assert [nominal.low, nominal.high] == pytest.approx([0.348, 0.384], abs=0.006)
    assert [ordinal.low, ordinal.high] == pytest.approx([0.441, 0.478], abs=0.006)
    assert (nominal.n_units, nominal.n_ratings, nominal.n_coders) == (2300, 18400, 8)


def test_few_groups_widen_the_interval_by_hand() -> None:
    """Drawn away from the value by G / (G - 1), here 5 / 4."""
    samples = np.array([0.4, 0.5, 0.8])
    assert widened(samples, 0.5, 5).tolist() == pytest.approx([0.375, 0.5, 0.875])
    assert cluster_interval(samples, 0.5, 5, level=0.5, lowest=0) == pytest.approx((0.4375, 0.6875))


def test_ends_stay_within_the_range() -> None:
    samples = np.array([0.01, 0.99])
    assert cluster_interval(samples, 0.5, 5, level=0.99, lowest=0) == (0, 1)
    assert cluster_interval(samples, 0.5, 5, level=0.99, lowest=-1)[0] < 0


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_an_interval_of_few_groups_is_within_the_range(name: str) -> None:
    values = [[0, 0], [1, 1], [0, 0], [2, 2], [0, 1], [2, 2]]
    found = estimate(Ratings.from_array(values, LABELS), name)
    assert found.high == 1
    assert found.low is not None
    assert found.low >= (0 if name == "percent_agreement" else -1)


def test_few_groups_are_said() -> None:
    assert [estimate(made(1, n), "alpha_nominal").few_groups for n in (15, 60)] == [True, False]
    values = np.random.default_rng(1).integers(0, 3, (FEW_GROUPS, 2))
    edge = [estimate(Ratings.from_array(values[n:], LABELS), "percent_agreement").few_groups for n in (0, 1)]
    assert edge == [False, True]
    none = estimate(Ratings.from_array([[0, 0], [1, 1], [0, 1]], LABELS), "alpha_nominal")
    assert (none.low, none.few_groups) == (None, False)


def test_coverage_with_eight_articles() -> None:
    """Of 200 data sets whose truth is known: percentiles alone hold it too rarely, the widened ones more often.

    Two coders know the label with the article's probability, from Beta(4, 2), and guess otherwise: alpha is the
    expected square of that, 10 / 21.
    """
    generator = np.random.default_rng(4)
    truth = 10 / 21
    held = {"plain": 0, "widened": 0}
    for _ in range(200):
        knows = np.repeat(generator.beta(4, 2, 8), 6)
        label = generator.integers(0, 3, 48)
        values = [np.where(generator.random(48) < knows, label, generator.integers(0, 3, 48)) for _ in range(2)]
        ratings = Ratings.from_array(np.stack(values, axis=1), LABELS, groups=np.repeat(np.arange(8), 6))
        found = estimate(ratings, "alpha_nominal", resamples=500)
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        held["widened"] += found.low <= truth <= found.high
        # The ends as they were before they were widened.
        low, high = (found.value + (end - found.value) * 7 / 8 for end in (found.low, found.high))
        held["plain"] += low <= truth <= high
    assert held["widened"] >= 180
    assert held["widened"] >= held["plain"] + 6


def test_what_a_seed_draws_does_not_depend_on_the_inventory() -> None:
    ratings = made(2, 60, groups=np.arange(60) // 3)
    for order in ((2, 0, 1), (1, 2, 0)):
        labels = [LABELS[place] for place in order]
        other = ratings.map_labels({label: label for label in LABELS}, [*labels, "never"])
        for name in ("alpha_nominal", "fleiss_kappa", "percent_agreement"):
            assert estimate(other, name) == estimate(ratings, name)
        pairs = [some.restrict(["0", "1"]) for some in (other, ratings)]
        assert estimate(pairs[0], "cohen_kappa") == estimate(pairs[1], "cohen_kappa")


def test_patterns_do_in_place_of_ratings() -> None:
    assert estimate(patterns(made(1, 50)), "alpha_nominal") == estimate(made(1, 50), "alpha_nominal")
