"""Coefficients of agreement, computed from sums over units.

Each coefficient is a function of a few numbers that are sums over units. So a resample's numbers are a weighted
sum of those of the patterns (or groups), and all resamples together are one matrix product. The numbers are whole
where float64 keeps their sums exact, so that no result depends on the order of adding; see :func:`_shares`.

With a table O of pairs of values, its row and column sums r and c, N = sum(O) and distances d, where d_ii = 0, all
chance-corrected ones are 1 - D_o / D_e = 1 - (N - a) * sum(O_ik * d_ik) / sum(r_i * c_k * d_ik). They differ in
the table, the distances and a: one rating for alpha, which expects what drawing without replacement gives, and 0
for kappas. Nominal ones, where d_ik = 1, need of the table only its sums on and off the diagonal, and r and c:
with hundreds of labels that is hundreds of numbers and not their square.

A coefficient is NaN here where D_e = 0: only one value occurs, and nothing shows whether coders could tell two
apart. Neither 1 nor 0 would be true.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import lcm
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from standoff.errors import InputError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from standoff.annotation.agreement.ratings import Patterns
    from standoff.evaluation.metrics import FloatArray, IntArray

    Adds: TypeAlias = Callable[[Patterns], FloatArray]
    Distance: TypeAlias = Callable[[FloatArray], FloatArray]
    Compute: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]

EXACT = 2.0**53
"""Whole numbers up to this are exact in float64."""

MAX_CELLS = 1 << 27
"""The most numbers that tables of patterns may hold (1 GiB); ordinal alpha of many labels would take more."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient as a value.

    Attributes:
        name: The name in :data:`COEFFICIENTS`, or with a label such as ``alpha[oppose]``.
        describes: One sentence for tables and help.
        undefined: What is the case where two or more ratings of a unit exist and it is undefined all the same.
        adds: Patterns to what a unit of each adds to the sums, of shape (P, S), up to a common factor.
        compute: Sums of shape (R, S), and of numbers of ratings (R,), to values of shape (R,); NaN: undefined.
        lowest: The lower end of its range; the upper is 1.
    """

    name: str
    describes: str
    undefined: str
    adds: Adds
    compute: Compute
    lowest: float = -1.0

    def contributions(self, patterns: Patterns) -> FloatArray:
        """Return what one unit of each pattern adds to the sums, of shape (P, S + 1); ratings come last.

        Raises:
            InputError: The coefficient is for two coders and there are not two, or the tables would be too large.
            NotFoundError: The coefficient is for a label that the inventory lacks.
        """
        ratings = (patterns.rows >= 0).sum(axis=1)
        return np.column_stack([self.adds(patterns), ratings]).astype(np.float64)

    def of_sums(self, sums: FloatArray) -> FloatArray:
        """Return the values, of shape (R,), for sums of contributions of shape (R, S + 1)."""
        return self.compute(sums[:, :-1], sums[:, -1])

    def of(self, patterns: Patterns) -> float:
        """Return the value for all units; NaN where it is undefined.

        Raises:
            InputError, NotFoundError: As :meth:`contributions`.
        """
        sums = patterns.counts.astype(np.float64) @ self.contributions(patterns)
        return float(self.of_sums(sums[None])[0])


def label_alpha(label: str) -> Coefficient:
    """Return nominal alpha of one label against all others together: do coders agree on when it applies?

    All other labels are taken as one, and alpha is that of two values (Krippendorff 2011, section C). Where it is
    used on ratings without the label, NotFoundError is raised.
    """
    return Coefficient(
        f"alpha[{label}]",
        f"Krippendorff's alpha of {label} against the rest.",
        f"no rating is {label}, or every one is",
        lambda patterns: _nominal_coincidences(patterns, _against_rest(patterns, label)),
        _alpha_nominal,
    )


def specific_agreement(label: str) -> Coefficient:
    """Return specific agreement on a label: where one coder gives it, the chance that another does too.

    With the coincidences o and their row sums n, o_cc / n_c; for two coders 2a / (2a + b + c) (Cicchetti and
    Feinstein 1990, High agreement but low kappa II, J Clin Epidemiol 43:551-558). Not corrected for chance.
    """
    return Coefficient(
        f"specific[{label}]",
        f"Chance that another coder gives {label} where one does; not corrected for chance.",
        f"no rating is {label}",
        lambda patterns: _coincidences(patterns, _against_rest(patterns, label))[:, 0],
        lambda row, _: _ratio(row[:, 0], row.sum(axis=-1)),
        lowest=0.0,
    )


def get_coefficient(name: str) -> Coefficient:
    """Return the coefficient of that name.

    Raises:
        NotFoundError: No such coefficient; the message suggests the nearest.
    """
    if name not in COEFFICIENTS:
        raise unknown_name("coefficient", name, COEFFICIENTS)
    return COEFFICIENTS[name]


# What patterns add


def _coincidences(patterns: Patterns, tallies: IntArray) -> FloatArray:
    """Return the coincidences of units, of shape (P, K, K): their pairs over m - 1, so that a rating weighs 1.

    A unit's ordered pairs of ratings (c, k) are n_c * n_k, and n_c * (n_c - 1) where c = k (Krippendorff 2011,
    Computing Krippendorff's Alpha-Reliability, section C).
    """
    n_labels = tallies.shape[1]
    if len(tallies) * n_labels**2 > MAX_CELLS:
        raise InputError(
            "these labels are too many for a coefficient that looks at each pair of them",
            got=f"{n_labels} labels in {len(tallies)} patterns of ratings",
            remedy="put labels together, or use a nominal coefficient",
        )
    pairs = tallies[:, :, None] * tallies[:, None, :] - tallies[:, :, None] * np.eye(n_labels, dtype=np.int64)
    divisors = tallies.sum(axis=1) - 1
    return pairs * _shares(divisors, patterns, most=tallies.sum(axis=1))[:, :, None]


def _ordered_coincidences(patterns: Patterns) -> FloatArray:
    """Return the coincidences of all labels in the inventory's order, of shape (P, K * K)."""
    tallies = patterns.tallies
    return _coincidences(patterns, tallies).reshape(len(tallies), tallies.shape[1] ** 2)


def _pairs(tallies: IntArray) -> IntArray:
    """Return the ordered pairs of ratings that agree, those that do not, and those with each label first.

    The first two sum to m * (m - 1), and so do the others, n_c * (m - 1): shape (P, 2 + K).
    """
    ratings = tallies.sum(axis=1)
    agree = (tallies * (tallies - 1)).sum(axis=1)
    disagree = ratings * (ratings - 1) - agree
    return np.column_stack([agree, disagree, tallies * (ratings - 1)[:, None]])


def _nominal_coincidences(patterns: Patterns, tallies: IntArray) -> FloatArray:
    """Return the pairs of units over m - 1, so that each of the m ratings weighs 1 (see :func:`_coincidences`)."""
    ratings = tallies.sum(axis=1)
    return _pairs(tallies) * _shares(ratings - 1, patterns, most=ratings)


def _unit_pairs(patterns: Patterns) -> FloatArray:
    """Return the pairs of units over m * (m - 1), so that each unit weighs 1."""
    tallies = patterns.sorted_tallies
    ratings = tallies.sum(axis=1)
    return _pairs(tallies) * _shares(ratings * (ratings - 1), patterns, most=np.ones_like(ratings))


def _crossed(patterns: Patterns) -> FloatArray:
    """Return whether two coders agree, whether not, the first one's label and the second one's: (P, 2 + 2 * K)."""
    if len(patterns.coders) != 2:
        raise InputError(
            "Cohen's kappa is for two coders", got=patterns.coders, remedy="restrict the ratings to a pair"
        )
    first, second = patterns.rows.T
    eye = np.eye(len(patterns.labels))[:, patterns.label_order]
    return np.column_stack([first == second, first != second, eye[first], eye[second]]).astype(np.float64)


def _shares(divisors: IntArray, patterns: Patterns, *, most: IntArray) -> FloatArray:
    """Return 1 / divisor for each pattern, of shape (P, 1), up to a common factor.

    All are multiplied by the smallest number that makes them whole, where the sums of the largest resample still
    are whole numbers that float64 holds exactly. With many different numbers of ratings that factor grows beyond
    any bound, e**m or so; then they are what they are, and sums are exact to some 15 digits.

    Args:
        divisors: Shape (P,).
        patterns: The patterns, for how many units a resample may hold.
        most: Shape (P,): the sum of what one unit adds, before the common factor.
    """
    whole = lcm(*np.unique(divisors).tolist())
    if whole * int(most.max(initial=0)) * patterns.most_drawn > EXACT:
        return np.asarray(1 / divisors[:, None])
    return np.array([whole // divisor for divisor in divisors.tolist()], dtype=np.float64)[:, None]


def _against_rest(patterns: Patterns, label: str) -> IntArray:
    """Return how many coders gave the label and how many another, of shape (P, 2)."""
    if label not in patterns.labels:
        raise unknown_name("label", label, patterns.labels)
    given = (patterns.rows == patterns.labels.index(label)).sum(axis=1)
    return np.stack([given, (patterns.rows >= 0).sum(axis=1) - given], axis=1)


# Values, of shape (R,)


def _alpha(sums: FloatArray, n_ratings: FloatArray, *, distance: Distance) -> FloatArray:
    """Return Krippendorff's alpha: 1 - (n - 1) * sum(o_ck * d_ck) / sum(n_c * n_k * d_ck) (2011, section D).

    Tables are coincidences times a common factor f; so is N = n * f, and n - 1 becomes N - f.
    """
    width = round(sums.shape[-1] ** 0.5)
    tables = sums.reshape(len(sums), width, width)
    marginals = tables.sum(axis=-1)
    distances = distance(marginals)
    total = marginals.sum(axis=-1)
    observed = (tables * distances).sum(axis=(-2, -1))
    expected = (marginals[:, :, None] * marginals[:, None, :] * distances).sum(axis=(-2, -1))
    return 1 - _ratio((total - _ratio(total, n_ratings)) * observed, expected)


def _alpha_nominal(sums: FloatArray, n_ratings: FloatArray) -> FloatArray:
    """Return nominal alpha, as :func:`_alpha` where all distances are 1."""
    total = sums[:, :2].sum(axis=-1)
    marginals = sums[:, 2:]
    return _nominal(sums, total - _ratio(total, n_ratings), marginals, marginals)


def _fleiss(sums: FloatArray, _: FloatArray) -> FloatArray:
    """Return (p_o - p_e) / (1 - p_e), with p_e the sum of squared shares (see the coefficient for the source)."""
    return _nominal(sums, sums[:, :2].sum(axis=-1), sums[:, 2:], sums[:, 2:])


def _cohen(sums: FloatArray, _: FloatArray) -> FloatArray:
    """Return (p_o - p_e) / (1 - p_e), with p_e the sum of r_i * c_i / N**2 (source: see the coefficient)."""
    rows, columns = np.split(sums[:, 2:], 2, axis=-1)
    return _nominal(sums, sums[:, :2].sum(axis=-1), rows, columns)


def _nominal(sums: FloatArray, total: FloatArray, rows: FloatArray, columns: FloatArray) -> FloatArray:
    """Return 1 - (N - a) * (pairs that differ) / sum(r_i * (N - c_i)), ``total`` being N - a; see the module."""
    # The other values' sum and not N - c_i, which with sums that are not whole need not be 0 where it should.
    others = np.cumsum(columns, axis=-1) - columns
    others += np.cumsum(columns[:, ::-1], axis=-1)[:, ::-1] - columns
    return 1 - _ratio(total * sums[:, 1], (rows * others).sum(axis=-1))


def _percent(sums: FloatArray, _: FloatArray) -> FloatArray:
    return _ratio(sums[:, 0], sums[:, :2].sum(axis=-1))


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    ratio: FloatArray = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)
    return ratio


# Distances, of shape (R, K, K) or (1, K, K), from the numbers of ratings with each value, of shape (R, K)


def _ordinal(marginals: FloatArray) -> FloatArray:
    """Return (sum of n_g from c to k - (n_c + n_k) / 2)**2: ranks between the middles of two values, squared."""
    middles = np.cumsum(marginals, axis=-1) - marginals / 2
    return np.asarray((middles[:, :, None] - middles[:, None, :]) ** 2)


def _interval(marginals: FloatArray) -> FloatArray:
    """Return (c - k)**2, where the values are their places in the inventory."""
    places = np.arange(marginals.shape[-1], dtype=np.float64)
    return np.asarray((places[:, None] - places)[None] ** 2)


ONE_VALUE = "only one value occurs"

COEFFICIENTS: dict[str, Coefficient] = {
    coefficient.name: coefficient
    for coefficient in (
        Coefficient(
            "alpha_nominal",
            "Krippendorff's alpha, nominal (2011; 2019, chapter 12).",
            ONE_VALUE,
            lambda patterns: _nominal_coincidences(patterns, patterns.sorted_tallies),
            _alpha_nominal,
        ),
        *(
            Coefficient(
                f"alpha_{level}",
                f"Krippendorff's alpha, {level} (2011; 2019, chapter 12).",
                ONE_VALUE,
                _ordered_coincidences,
                partial(_alpha, distance=distance),
            )
            for level, distance in (("ordinal", _ordinal), ("interval", _interval))
        ),
        # Cohen 1960, A coefficient of agreement for nominal scales, Educ Psychol Meas 20:37-46.
        Coefficient("cohen_kappa", "Cohen's kappa of two coders (1960).", ONE_VALUE, _crossed, _cohen),
        # Fleiss 1971, Measuring nominal scale agreement among many raters, Psychol Bull 76:378-382, where all
        # units have as many ratings. Where they have not, the share of agreeing pairs and the shares of the labels
        # are means over the units with two or more ratings, each unit weighing 1 (as in Gwet 2014, Handbook of
        # Inter-Rater Reliability, 4th ed., who takes units with one rating into the shares of the labels too).
        Coefficient("fleiss_kappa", "Fleiss' kappa (1971), a unit weighing 1.", ONE_VALUE, _unit_pairs, _fleiss),
        # The P-bar of Fleiss 1971.
        Coefficient(
            "percent_agreement",
            "Share of pairs of ratings that agree, a unit weighing 1; not corrected for chance.",
            "no unit has two ratings",
            _unit_pairs,
            _percent,
            lowest=0.0,
        ),
    )
}
"""The coefficients for all labels, by name; for one, see :func:`label_alpha` and :func:`specific_agreement`."""
