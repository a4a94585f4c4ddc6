"""Coefficients of agreement, computed from sums over units.

Each coefficient is a function of a small table that is a sum of one table per unit. So a resample's table is a
weighted sum of the patterns' (or groups') tables, and all resamples together are one matrix product. The tables
hold whole numbers, whose sums float64 keeps exact, so that no result depends on the order of adding.

With the table O, its row and column sums r and c, N = sum(O) and distances d, where d_ii = 0, all chance-corrected
ones are 1 - D_o / D_e = 1 - (N - a) * sum(O_ik * d_ik) / sum(r_i * c_k * d_ik). They differ in the table, the
distances and a: one rating for alpha, which expects what drawing without replacement gives, and 0 for kappas.

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

    Table: TypeAlias = Callable[[Patterns], FloatArray]
    Distance: TypeAlias = Callable[[FloatArray], FloatArray]
    Compute: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient as a value.

    Attributes:
        name: The name in :data:`COEFFICIENTS`, or with a label such as ``alpha[oppose]``.
        describes: One sentence for tables and help.
        undefined: What is the case where two or more ratings of a unit exist and it is undefined all the same.
        table: Patterns to one table each, of shape (P, K, K), whole numbers up to a common factor.
        compute: Sums of tables of shape (R, K, K), and of numbers of ratings (R,), to values of shape (R,), NaN
            where undefined.
    """

    name: str
    describes: str
    undefined: str
    table: Table
    compute: Compute

    def contributions(self, patterns: Patterns) -> FloatArray:
        """Return what one unit of each pattern adds to the sums, of shape (P, K * K + 1); ratings come last.

        Raises:
            InputError: The coefficient is for two coders and there are not two.
            NotFoundError: The coefficient is for a label that the inventory lacks.
        """
        table = self.table(patterns)
        ratings = (patterns.rows >= 0).sum(axis=1)
        return np.column_stack([table.reshape(len(table), table.shape[-1] ** 2), ratings]).astype(np.float64)

    def of_sums(self, sums: FloatArray) -> FloatArray:
        """Return the values, of shape (R,), for sums of contributions of shape (R, K * K + 1)."""
        width = round((sums.shape[-1] - 1) ** 0.5)
        return self.compute(sums[:, :-1].reshape(len(sums), width, width), sums[:, -1])

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
        lambda patterns: _coincidences(_against_rest(patterns, label)),
        partial(_alpha, distance=_nominal),
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
        lambda patterns: _coincidences(_against_rest(patterns, label)),
        lambda tables, _: _ratio(tables[:, 0, 0], tables[:, 0].sum(axis=-1)),
    )


def get_coefficient(name: str) -> Coefficient:
    """Return the coefficient of that name.

    Raises:
        NotFoundError: No such coefficient; the message suggests the nearest.
    """
    if name not in COEFFICIENTS:
        raise unknown_name("coefficient", name, COEFFICIENTS)
    return COEFFICIENTS[name]


# Tables, of shape (P, K, K)


def _pairs(tallies: IntArray) -> IntArray:
    """Return the ordered pairs of ratings (c, k) within a unit: n_c * n_k, and n_c * (n_c - 1) where c = k."""
    return tallies[:, :, None] * tallies[:, None, :] - tallies[:, :, None] * np.eye(
        tallies.shape[1], dtype=np.int64
    )


def _coincidences(tallies: IntArray) -> FloatArray:
    """Return the coincidences of units: their pairs, divided by m - 1, so that each of the m ratings weighs 1.

    Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section C. All are multiplied by the smallest
    number that makes them whole.
    """
    return _pairs(tallies) * _shares(tallies.sum(axis=1) - 1)


def _unit_pairs(patterns: Patterns) -> FloatArray:
    """Return the pairs of units divided by m * (m - 1), so that each unit weighs 1; made whole likewise."""
    ratings = patterns.tallies.sum(axis=1)
    return _pairs(patterns.tallies) * _shares(ratings * (ratings - 1))


def _confusion(patterns: Patterns) -> FloatArray:
    """Return the ratings of two coders crossed: rows the first coder's, columns the second's."""
    if len(patterns.coders) != 2:
        raise InputError(
            "Cohen's kappa is for two coders", got=patterns.coders, remedy="restrict the ratings to a pair"
        )
    eye = np.eye(len(patterns.labels))
    first, second = patterns.rows.T
    return np.asarray(eye[first][:, :, None] * eye[second][:, None, :])


def _shares(divisors: IntArray) -> FloatArray:
    """Return 1 / divisor for each pattern, of shape (P, 1, 1), times the smallest number that makes all whole."""
    whole = lcm(*np.unique(divisors).tolist())
    return np.array([whole // divisor for divisor in divisors.tolist()], dtype=np.float64)[:, None, None]


def _against_rest(patterns: Patterns, label: str) -> IntArray:
    """Return how many coders gave the label and how many another, of shape (P, 2)."""
    if label not in patterns.labels:
        raise unknown_name("label", label, patterns.labels)
    given = patterns.tallies[:, patterns.labels.index(label)]
    return np.stack([given, (patterns.rows >= 0).sum(axis=1) - given], axis=1)


# Values, of shape (R,)


def _alpha(
    tables: FloatArray, n_ratings: FloatArray, *, distance: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Return Krippendorff's alpha: 1 - (n - 1) * sum(o_ck * d_ck) / sum(n_c * n_k * d_ck) (2011, section D).

    Tables are coincidences times a common factor f; so is N = n * f, and n - 1 becomes N - f.
    """
    total = tables.sum(axis=(-2, -1))
    return _corrected(tables, total - _ratio(total, n_ratings), distance(tables.sum(axis=-1)))


def _kappa(tables: FloatArray, _: FloatArray) -> FloatArray:
    """Return (p_o - p_e) / (1 - p_e), with p_e the sum of r_i * c_i / N**2 (see the coefficients for sources)."""
    return _corrected(tables, tables.sum(axis=(-2, -1)), _nominal(tables.sum(axis=-1)))


def _corrected(tables: FloatArray, total: FloatArray, distances: FloatArray) -> FloatArray:
    """Return 1 - (N - a) * sum(O_ik * d_ik) / sum(r_i * c_k * d_ik), ``total`` being N - a; see the module."""
    rows, columns = tables.sum(axis=-1), tables.sum(axis=-2)
    observed = (tables * distances).sum(axis=(-2, -1))
    expected = (rows[:, :, None] * columns[:, None, :] * distances).sum(axis=(-2, -1))
    return 1 - _ratio(total * observed, expected)


def _percent(tables: FloatArray, _: FloatArray) -> FloatArray:
    return _ratio(np.trace(tables, axis1=-2, axis2=-1), tables.sum(axis=(-2, -1)))


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    ratio: FloatArray = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)
    return ratio


# Distances, of shape (R, K, K) or (1, K, K), from the numbers of ratings with each value, of shape (R, K)


def _nominal(marginals: FloatArray) -> FloatArray:
    return 1 - np.eye(marginals.shape[-1])[None]


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
        *(
            Coefficient(
                f"alpha_{level}",
                f"Krippendorff's alpha, {level} (2011; 2019, chapter 12).",
                ONE_VALUE,
                lambda patterns: _coincidences(patterns.tallies),
                partial(_alpha, distance=distance),
            )
            for level, distance in (("nominal", _nominal), ("ordinal", _ordinal), ("interval", _interval))
        ),
        # Cohen 1960, A coefficient of agreement for nominal scales, Educ Psychol Meas 20:37-46.
        Coefficient("cohen_kappa", "Cohen's kappa of two coders (1960).", ONE_VALUE, _confusion, _kappa),
        # Fleiss 1971, Measuring nominal scale agreement among many raters, Psychol Bull 76:378-382, where all
        # units have as many ratings. Where they have not, the share of agreeing pairs and the shares of the labels
        # are means over the units with two or more ratings, each unit weighing 1 (as in Gwet 2014, Handbook of
        # Inter-Rater Reliability, 4th ed., who takes units with one rating into the shares of the labels too).
        Coefficient("fleiss_kappa", "Fleiss' kappa (1971), a unit weighing 1.", ONE_VALUE, _unit_pairs, _kappa),
        # The P-bar of Fleiss 1971.
        Coefficient(
            "percent_agreement",
            "Share of pairs of ratings that agree, a unit weighing 1; not corrected for chance.",
            "no unit has two ratings",
            _unit_pairs,
            _percent,
        ),
    )
}
"""The coefficients for all labels, by name; for one, see :func:`label_alpha` and :func:`specific_agreement`."""
