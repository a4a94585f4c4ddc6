from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from standoff.annotation.agreement import coefficients
from standoff.annotation.agreement.coefficients import (
    COEFFICIENTS,
    Coefficient,
    get_coefficient,
    label_alpha,
    specific_agreement,
)
from standoff.annotation.agreement.ratings import Ratings, patterns
from standoff.errors import InputError, NotFoundError

LEVELS = ("nominal", "ordinal", "interval")


def value(values: Any, coefficient: Coefficient | str, n_labels: int = 3) -> float:
    """The coefficient on an array of positions of labels "0", "1", …."""
    chosen = get_coefficient(coefficient) if isinstance(coefficient, str) else coefficient
    return chosen.of(patterns(Ratings.from_array(values, [str(place) for place in range(n_labels)])))


# Krippendorff 2011, section C: four observers, twelve units, values 1 to 5, "." missing.
TEXTBOOK = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


@pytest.mark.parametrize(("level", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_the_textbook(level: str, expected: float) -> None:
    rows = [[-1 if cell == "." else int(cell) - 1 for cell in line.split()] for line in TEXTBOOK]
    assert value(np.transpose(rows), f"alpha_{level}", 5) == pytest.approx(expected, abs=5e-4)


def test_alpha_by_hand() -> None:
    # Units (0, 0), (0, 1), (1, 1, 1). Coincidences: o_00 = 2, o_01 = o_10 = 1, o_11 = 1/2 * 3 * 2 = 3; n_0 = 3,
    # n_1 = 4, n = 7. alpha = 1 - (n - 1) * (o_01 + o_10) / (2 * n_0 * n_1) = 1 - 6 * 2 / 24 = 1/2.
    assert value([[0, 0, -1], [0, -1, 1], [1, 1, 1]], "alpha_nominal") == pytest.approx(1 / 2, abs=1e-15)


def theirs(values: Any, level: Any, n_labels: int) -> float | None:
    """What the package ``krippendorff`` says; None where it refuses or divides by zero."""
    data = np.where(np.asarray(values) < 0, np.nan, values).T
    try:
        with np.errstate(invalid="raise", divide="raise"):
            found = krippendorff.alpha(data, value_domain=list(range(n_labels)), level_of_measurement=level)
    except (ValueError, FloatingPointError):
        return None
    return float(found)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[int]], int]:
    """Some units, coders and labels, with holes."""
    n_labels, n_coders = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    row = st.lists(st.integers(-1, n_labels - 1), min_size=n_coders, max_size=n_coders)
    return draw(st.lists(row, min_size=1, max_size=25)), n_labels


@given(tables())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_alpha_equals_the_package(table: tuple[list[list[int]], int]) -> None:
    values, n_labels = table
    for level in LEVELS:
        ours = value(values, f"alpha_{level}", n_labels)
        expected = theirs(values, level, n_labels)
        assert np.isnan(ours) if expected is None else ours == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_equals_the_package_with_many_coders(level: str) -> None:
    """The common factor of 2 to 60 ratings a unit has more digits than float64; the value hardly suffers."""
    generator = np.random.default_rng(1)
    values = np.where(
        generator.random((400, 60)) < generator.random((400, 1)), generator.integers(0, 4, (400, 60)), -1
    )
    assert value(values, f"alpha_{level}", 4) == pytest.approx(theirs(values, level, 4), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_cohen_equals_scikit_learn(seed: int) -> None:
    generator = np.random.default_rng(seed)
    first = generator.integers(0, 4, 80)
    second = np.where(generator.random(80) < 0.5, first, generator.integers(0, 4, 80))
    ours = value(np.column_stack([first, second]), "cohen_kappa", 4)
    assert ours == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)


def test_cohen_leaves_out_what_only_one_rated() -> None:
    rated = [[0, 0], [0, 1], [1, 1], [2, 2]]
    assert value([*rated, [0, -1], [-1, 2]], "cohen_kappa") == value(rated, "cohen_kappa")


def test_cohen_is_for_two_coders() -> None:
    with pytest.raises(InputError, match=r"for two coders(.|\n)*restrict"):
        value([[0, 0, 1]], "cohen_kappa")


# Ten subjects, fourteen raters, five categories: how many raters put each subject into each category.
FLEISS = [
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
]


def test_fleiss_by_hand() -> None:
    """The usual example, .210, and the same in fractions.

    Sum of n_ij * (n_ij - 1) is 688, so P-bar = 688 / (10 * 14 * 13) = 172/455. The categories have 20, 28, 39, 21
    and 32 of 140 ratings, so P_e = (400 + 784 + 1521 + 441 + 1024) / 19600 = 417/1960.
    """
    values = [[place for place, n in enumerate(row) for _ in range(n)] for row in FLEISS]
    observed, expected = Fraction(172, 455), Fraction(417, 1960)
    kappa = (observed - expected) / (1 - expected)
    assert round(float(kappa), 3) == 0.210
    assert value(values, "fleiss_kappa", 5) == pytest.approx(float(kappa), abs=1e-15)
    assert value(values, "percent_agreement", 5) == pytest.approx(float(observed), abs=1e-15)


def test_fleiss_with_varying_numbers_of_raters() -> None:
    """By hand: a unit weighs 1, however many rated it.

    Units (0, 0), (0, 1, 1), and one with a single rating, which does not count. Agreeing pairs: 1 and 1/3, so
    P-bar = 2/3. Shares of label 0: 1 and 1/3, so p_0 = 2/3, p_1 = 1/3 and P_e = 5/9.
    kappa = (2/3 - 5/9) / (1 - 5/9) = 1/4.
    """
    values = [[0, 0, -1], [0, 1, 1], [1, -1, -1]]
    assert value(values, "fleiss_kappa") == pytest.approx(1 / 4, abs=1e-15)
    assert value(values, "percent_agreement") == pytest.approx(2 / 3, abs=1e-15)


def test_alpha_is_fleiss_but_for_the_size_of_the_sample() -> None:
    """With n ratings, as many on each unit, 1 - alpha = (1 - kappa) * (n - 1) / n."""
    values = np.random.default_rng(1).integers(0, 3, (20, 4))
    alpha, kappa = (value(values, name) for name in ("alpha_nominal", "fleiss_kappa"))
    assert 1 - alpha == pytest.approx((1 - kappa) * 79 / 80, abs=1e-12)


@pytest.mark.parametrize("label", range(3))
def test_label_alpha_is_alpha_of_two_values(label: int) -> None:
    values = np.random.default_rng(label).integers(-1, 3, (60, 4))
    merged = np.where(values < 0, -1, values == label)
    ours = value(values, label_alpha(str(label)))
    assert ours == pytest.approx(theirs(merged, "nominal", 2), abs=1e-9)


def test_specific_agreement_by_hand() -> None:
    """2a / (2a + b + c) for two coders: 0 given by both once, by one of them three times."""
    values = [[0, 0], [0, 1], [1, 0], [2, 0], [1, 1]]
    assert value(values, specific_agreement("0")) == pytest.approx(2 / 5, abs=1e-15)
    assert value(values, specific_agreement("1")) == pytest.approx(2 / 4, abs=1e-15)
    assert value(values, specific_agreement("2")) == 0


@pytest.mark.parametrize("make", [label_alpha, specific_agreement])
def test_a_coefficient_for_an_unknown_label(make: Any) -> None:
    with pytest.raises(NotFoundError, match="no label named '7'"):
        value([[0, 1]], make("7"))


ALL = [*COEFFICIENTS.values(), label_alpha("0"), specific_agreement("0")]
CORRECTED = [one for one in ALL if not one.name.startswith(("percent", "specific"))]


@pytest.mark.parametrize("coefficient", CORRECTED, ids=lambda one: one.name)
def test_one_value_is_undefined(coefficient: Coefficient) -> None:
    assert np.isnan(value([[0, 0], [0, 0]], coefficient))
    assert np.isnan(value([[0, 0], [0, 0]], coefficient, 1))


@pytest.mark.parametrize("coefficient", ALL, ids=lambda one: one.name)
def test_no_pair_is_undefined(coefficient: Coefficient) -> None:
    assert np.isnan(value([[0, -1], [-1, 1]], coefficient))


def test_specific_agreement_on_what_nobody_gave_is_undefined() -> None:
    assert np.isnan(value([[1, 1], [1, 2]], specific_agreement("0")))


@pytest.mark.parametrize("coefficient", ALL, ids=lambda one: one.name)
def test_full_agreement_is_one(coefficient: Coefficient) -> None:
    assert value([[0, 0], [1, 1], [2, 2]], coefficient) == 1


@pytest.mark.parametrize(
    "coefficient", [one for one in ALL if one.name != "cohen_kappa"], ids=lambda one: one.name
)
def test_units_and_coders_in_any_order(coefficient: Coefficient) -> None:
    """Not only nearly: the sums are exact."""
    values = np.random.default_rng(1).integers(-1, 3, (50, 4))
    order = np.random.default_rng(2).permutation(50)
    assert value(values[order], coefficient) == value(values, coefficient)
    for coders in permutations(range(4)):
        assert value(values[:, coders], coefficient) == value(values, coefficient)


@pytest.mark.parametrize("name", ["alpha_nominal", "fleiss_kappa", "percent_agreement"])
def test_labels_in_any_order(name: str) -> None:
    values = np.random.default_rng(1).integers(-1, 3, (50, 4))
    renamed = np.array([2, 0, 1, -1])[values]
    assert value(renamed, name) == pytest.approx(value(values, name), abs=1e-15)


def test_ordinal_alpha_ranks_by_the_labels_order() -> None:
    """Coders one step apart agree more than coders two steps apart."""
    near, far = [[0, 1], [1, 1], [2, 2], [0, 0]], [[0, 2], [1, 1], [2, 2], [0, 0]]
    assert value(near, "alpha_ordinal") > value(far, "alpha_ordinal") + 0.1


def test_many_sums_at_once() -> None:
    values = np.random.default_rng(1).integers(-1, 3, (50, 2))
    counted = patterns(Ratings.from_array(values, ("a", "b", "c")))
    weights = np.random.default_rng(2).integers(0, 3, (7, len(counted.rows))).astype(np.float64)
    for coefficient in COEFFICIENTS.values():
        sums = weights @ coefficient.contributions(counted)
        together = coefficient.of_sums(sums)
        one_by_one = [float(coefficient.of_sums(row[None])[0]) for row in sums]
        assert together.tolist() == one_by_one


def test_contributions_are_whole() -> None:
    values = np.random.default_rng(1).integers(-1, 3, (200, 9))
    counted = patterns(Ratings.from_array(values, ("0", "1", "2")))
    for coefficient in ALL:
        if coefficient.name != "cohen_kappa":
            contributions = coefficient.contributions(counted)
            assert (contributions % 1 == 0).all()


# Of all 2,300 rows, and of the 2,050 with a posterior: nominal, ordinal, gate, polarity given polar.
GWSD = {"gwsd": (0.368, 0.460, 0.293, 0.640), "gwsd_with_posterior": (0.330, 0.428, 0.252, 0.611)}


@pytest.mark.parametrize("rows", GWSD)
def test_real_ratings(rows: str, request: pytest.FixtureRequest) -> None:
    ratings: Ratings = request.getfixturevalue(rows)
    gate = ratings.map_labels({"disagrees": "position", "neutral": "neutral", "agrees": "position"})
    polarity = ratings.map_labels({"disagrees": "disagrees", "neutral": None, "agrees": "agrees"})
    nominal, ordinal = get_coefficient("alpha_nominal"), get_coefficient("alpha_ordinal")
    cases = ((ratings, nominal), (ratings, ordinal), (gate, nominal), (polarity, nominal))
    found = [coefficient.of(patterns(some)) for some, coefficient in cases]
    assert found == pytest.approx(GWSD[rows], abs=5e-4)
    expected = [
        theirs(some.values, coefficient.name.removeprefix("alpha_"), len(some.labels))
        for some, coefficient in cases
    ]
    assert found == pytest.approx(expected, abs=1e-9)
    assert label_alpha("neutral").of(patterns(ratings)) == pytest.approx(found[2], abs=1e-12)


def test_real_ratings_of_pairs(gwsd: Ratings) -> None:
    pair = gwsd.restrict(["0", "5"])
    expected = cohen_kappa_score(*pair.values.T)
    assert get_coefficient("cohen_kappa").of(patterns(pair)) == pytest.approx(expected, abs=1e-12)


def test_names() -> None:
    assert all(name == coefficient.name for name, coefficient in COEFFICIENTS.items())
    with pytest.raises(
        NotFoundError, match=r"no coefficient named 'alpha_nominl'(.|\n)*did you mean alpha_nominal"
    ):
        get_coefficient("alpha_nominl")


@pytest.mark.parametrize("most", [45, 200, 1000])
def test_units_with_very_many_raters(most: int) -> None:
    """From 2 to ``most`` ratings a unit: numbers whose common factor has hundreds of digits."""
    generator = np.random.default_rng(most)
    n_rated = np.linspace(2, most, min(most - 1, 400)).astype(int)
    n_units = len(n_rated)
    values = np.where(np.arange(most) < n_rated[:, None], generator.integers(0, 4, (n_units, most)), -1)
    values[:, :20][(generator.random((n_units, 20)) < 0.5) & (values[:, :20] >= 0)] = 1
    for level in LEVELS:
        assert value(values, f"alpha_{level}", 4) == pytest.approx(theirs(values, level, 4), abs=1e-9)
    tallies = np.stack([(values == label).sum(axis=1) for label in range(4)], axis=1)
    ratings = tallies.sum(axis=1)
    observed = ((tallies * (tallies - 1)).sum(axis=1) / (ratings * (ratings - 1))).mean()
    expected = ((tallies / ratings[:, None]).mean(axis=0) ** 2).sum()
    assert value(values, "percent_agreement", 4) == pytest.approx(observed, abs=1e-12)
    assert value(values, "fleiss_kappa", 4) == pytest.approx((observed - expected) / (1 - expected), abs=1e-12)
    label = label_alpha("1")
    assert value(values, label, 4) == pytest.approx(
        theirs(np.where(values < 0, -1, values == 1), "nominal", 2), abs=1e-9
    )


@pytest.mark.parametrize("coefficient", ALL, ids=lambda one: one.name)
def test_the_ends_are_exact_with_many_raters_too(coefficient: Coefficient) -> None:
    """Sums are not whole there; full agreement is 1 all the same, and one value undefined."""
    if coefficient.name == "cohen_kappa":
        return
    holes = np.arange(200) < np.linspace(2, 200, 30).astype(int)[:, None]
    same = np.where(holes, np.arange(30)[:, None] % 3, -1)
    assert value(same, coefficient) == 1
    only = value(np.where(holes, 0, -1), coefficient)
    assert np.isnan(only) if coefficient in CORRECTED else only == 1


def test_sums_are_whole_as_long_as_float64_holds_them() -> None:
    few, many = (np.where(np.arange(m) < np.arange(2, m + 1)[:, None], 0, -1) for m in (12, 60))
    whole = [
        (get_coefficient("alpha_nominal").contributions(patterns(Ratings.from_array(rows, "ab"))) % 1 == 0).all()
        for rows in (few, many)
    ]
    assert whole == [True, False]


def test_hundreds_of_labels_take_hundreds_of_numbers() -> None:
    values = np.random.default_rng(1).integers(0, 200, (300, 3))
    counted = patterns(Ratings.from_array(values, [str(place) for place in range(200)]))
    for name in ("alpha_nominal", "fleiss_kappa", "percent_agreement"):
        assert get_coefficient(name).contributions(counted).shape == (len(counted.rows), 203)
    assert value(values, "alpha_nominal", 200) == pytest.approx(theirs(values, "nominal", 200), abs=1e-9)


def test_too_many_labels_for_ordinal_alpha(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coefficients, "MAX_CELLS", 17)
    with pytest.raises(InputError, match="too many for a coefficient that looks at each pair"):
        value([[0, 1], [1, 1]], "alpha_ordinal")
    assert value([[0, 1], [1, 1]], "alpha_nominal") == 0
